"""What the page of actions opens with, as notes: what paid, what did not, what cannot be known, what to test."""

import pandas as pd

from clvlab.customers.actions import ActionsStudy
from clvlab.customers.campaigns import CampaignStudy, Pooled
from clvlab.customers.programmes import Returned
from clvlab.notes import Note
from clvlab.pages import actions_programmes_answer
from clvlab.pages.exhibits import Metric
from clvlab.pages.exhibits.notice import Level


def sentences(study: ActionsStudy) -> tuple[Note, ...]:
    """Campaigns first, then membership, win-back and campaigns without a control group."""
    found = study.campaigns
    told = [found] if isinstance(found, Note) else [note for note in _campaigns(found) if note]
    return (*told, *actions_programmes_answer.sentences(study.programmes))


def _campaigns(found: CampaignStudy) -> list[Note | None]:
    table = found.table
    if table.empty:
        return [Note("actions.answer.no_control", n=len(found.unknown))]
    if "gross" not in table:
        return [_purchases(table)]
    return [_paid(table), _lost(table), _open(found), _together(found)]


def _names(rows: pd.DataFrame) -> list[str]:
    return [f"{campaign} ({arm})" for campaign, arm in zip(rows["campaign"], rows["arm"], strict=True)]


def _paid(table: pd.DataFrame) -> Note:
    rows = table[table["pays"] == "yes"].sort_values("total", ascending=False)
    if rows.empty:
        return Note("actions.answer.none_paid", n=len(table))
    best = rows.iloc[0]
    return Note(
        "actions.answer.paid", n=len(rows), of=len(table), names=_names(rows), best=_names(rows)[0],
        total=float(best["total"]), low=float(best["total_low"]), high=float(best["total_high"]),
        contacted=int(best["n"]),
    )  # fmt: skip


def _lost(table: pd.DataFrame) -> Note | None:
    rows = table[table["pays"] == "no"].sort_values("total")
    if rows.empty:
        return None
    return Note("actions.answer.lost", n=len(rows), names=_names(rows), total=float(-rows["total"].sum()))


def _open(found: CampaignStudy) -> Note | None:
    rows = found.table[found.table["pays"] == "unclear"]
    if rows.empty:
        return None
    tests = found.next_test
    if tests.empty:
        return Note("actions.answer.open", n=len(rows), names=_names(rows))
    row = tests.sort_values("n").iloc[0]
    campaign, arm = tests.sort_values("n").index[0]
    return Note("actions.answer.open_test", n=len(rows), names=_names(rows), next=f"{campaign} ({arm})",
                customers=int(row["n"]) + int(row["control_n"]), cost=float(row["cost"]))  # fmt: skip


def _together(found: CampaignStudy) -> Note | None:
    log = found.log
    if not isinstance(log, Pooled):
        return None
    row = log.table.reset_index().sort_values("value").iloc[-1]
    return Note(
        "actions.answer.together", best=f"{row['campaign']} ({row['arm']})", value=float(row["value"]),
        pooled=float(row["pooled"]), low=float(row["low"]), high=float(row["high"]), n=len(log.table),
    )  # fmt: skip


def _purchases(table: pd.DataFrame) -> Note:
    rows = table[table["found"] == "more"]
    if rows.empty:
        return Note("actions.answer.no_more_purchases", n=len(table))
    return Note("actions.answer.more_purchases", n=len(rows), of=len(table), names=_names(rows))


def metrics(study: ActionsStudy) -> tuple[Metric, ...]:
    """What campaigns earned that paid and that did not, and the measures of programmes."""
    found = study.campaigns
    told: list[Metric] = []
    if isinstance(found, CampaignStudy) and "total" in found.table:
        best = found.table.sort_values("total", ascending=False).iloc[0]
        told.append(Metric(
            label=Note("actions.metrics.best"), value=float(best["total"]), low=float(best["total_low"]),
            high=float(best["total_high"]), interval="confidence95", kind="money", digits=0,
            note=Note("actions.metrics.of", campaign=str(best["campaign"]), arm=str(best["arm"])),
        ))  # fmt: skip
        told.append(Metric(label=Note("actions.metrics.paid"), value=float((found.table["pays"] == "yes").sum()),
                           digits=0, note=Note("actions.metrics.measured", n=len(found.table))))  # fmt: skip
    back = study.programmes.returned
    if not told and isinstance(back, Returned):
        told.append(Metric(label=Note("actions.metrics.lost"), value=float(back.lost), digits=0,
                           note=Note("actions.metrics.without", days=back.threshold)))  # fmt: skip
    return (*told, *actions_programmes_answer.metrics(study.programmes))


def cautions(study: ActionsStudy) -> list[tuple[Note, Level]]:
    """What readers must know of the records."""
    found: list[tuple[Note, Level]] = []
    if isinstance(study.campaigns, CampaignStudy):
        found += [(note, "info") for note in study.campaigns.notes]
        found += [(note, "warning") for note in study.campaigns.unknown]
    return found + actions_programmes_answer.cautions(study.programmes)
