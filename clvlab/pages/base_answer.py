"""The opening of the customer base page, as notes: every number comes from the study."""

import numpy as np
import pandas as pd

from clvlab.customers.measures import MEASURES
from clvlab.customers.study import BaseStudy
from clvlab.notes import Note
from clvlab.pages.base_cells import cell
from clvlab.pages.exhibits import Metric
from clvlab.pages.exhibits.notice import Level
from clvlab.pages.orders_read import older_than_they_seem

HEADLINES = {
    "active_customers": "customer_base.metrics.active_customers",
    "revenue": "customer_base.metrics.revenue",
    "churn_rate": "customer_base.metrics.churn_rate",
    "repeat_rate": "customer_base.metrics.repeat_rate",
    "nps": "customer_base.metrics.nps",
    "complaint_rate": "customer_base.metrics.complaint_rate",
}
# Of a sum that a larger base has more of, news is what stands beside it.
FOLLOWS = ("lost_customers", "tenure", "purchases", "retention_rate", "value_churn", "lifecycle_churn")
MOST = 4


def sentences(study: BaseStudy) -> tuple[Note, ...]:
    """How many customers there are, what changed significantly, and what to look at first."""
    return tuple(
        note for note in (_active(study), _changed(study), _missed(study), _odd(study), _channel(study), _cohort(study))
        if note
    )  # fmt: skip


def _active(study: BaseStudy) -> Note:
    board, windows = study.board, study.board.facts.windows
    now, before, change, low, high = board.row("active_customers")
    said = {"n": round(now), "period": windows.index[-1].end_time.normalize()}
    if not before > 0:
        return Note("customer_base.answer.active", **said)
    code = "customer_base.answer.active_the_same"
    if bool(board.table.loc["active_customers", "news"]):
        code = "customer_base.answer.active_more" if change > 0 else "customer_base.answer.active_fewer"
    # A year back; or a period, where the records are too short.
    since = windows.index[-1 - int(board.against or 1)].end_time.normalize()
    ends = sorted(abs(each) / before for each in (low, high))
    return Note(code, **said, change=abs(change) / before, since=since, low=ends[0], high=ends[1])


def _changed(study: BaseStudy) -> Note | None:
    table = study.board.table
    if table.empty or study.board.against is None:
        return None
    told = table[table["news"] & ~table.index.isin([*FOLLOWS, "active_customers"])].sort_values(
        "p_value", kind="stable"
    )
    better, worse = ([_change(name, table) for name in told.index[told["good"].fillna(False) == good][:MOST]]
                     for good in (True, False))  # fmt: skip
    worse = [each for each in worse if MEASURES[str(each.values["measure"])].better != "none"]
    if better and worse:
        return Note("customer_base.answer.better_and_worse", better=better, worse=worse)
    if better:
        return Note("customer_base.answer.better", better=better)
    if worse:
        return Note("customer_base.answer.worse", worse=worse)
    return Note("customer_base.answer.nothing_changed", n=int(table["p_value"].notna().sum()))


def _change(name: str, table: pd.DataFrame) -> Note:
    value, before = table.loc[[name], ["value", "before"]].to_numpy(dtype=float)[0]
    return Note("customer_base.answer.change", measure=name, value=cell(name, value), before=cell(name, before))


def _missed(study: BaseStudy) -> Note | None:
    table = study.board.table
    missed = list(table.index[table["met"] == "no"]) if len(table) else []
    if not study.board.targets:
        return None
    if not missed:
        return Note("customer_base.answer.no_target_missed", n=len(study.board.targets))
    return Note("customer_base.answer.targets_missed", measures=missed, n=len(missed), all=len(study.board.targets))


def _odd(study: BaseStudy) -> Note | None:
    found = study.board.unusual
    if found.empty:
        return None
    first = found.iloc[0]
    together = found[found["period"] == first["period"]]["measure"].tolist()
    return Note("customer_base.answer.odd_period", period=first["period"], measure=first["measure"],
                value=cell(first["measure"], first["value"]), usual=cell(first["measure"], first["usual"]),
                also=Note("customer_base.answer.also", measures=together[1:]) if together[1:] else "")  # fmt: skip


def _channel(study: BaseStudy) -> Note | None:
    found = study.channels
    if isinstance(found, Note):
        return None
    known = found.dropna(subset=["ratio"])
    if len(known) < 2:
        return None
    best, last = known.iloc[0], known.iloc[-1]
    apart = best["ratio_low"] > known["ratio_high"].iloc[1]
    return Note("customer_base.answer.best_channel" if apart else "customer_base.answer.leading_channel",
                channel=str(known.index[0]), times=float(best["ratio"]), low=float(best["ratio_low"]),
                high=float(best["ratio_high"]), second=str(known.index[1]), least=str(known.index[-1]),
                least_times=float(last["ratio"]))  # fmt: skip


def _cohort(study: BaseStudy) -> Note | None:
    found = study.board.cohorts
    worse = found[found["news"] & (found["change"] < 0)].sort_values("p_value", kind="stable")
    if worse.empty:
        return None
    row = worse.iloc[0]
    return Note("customer_base.answer.worse_cohort", cohort=row["segment"], value=float(row["value"]),
                rest=float(row["rest"]), measure=row["measure"])  # fmt: skip


def metrics(study: BaseStudy) -> tuple[Metric, ...]:
    """Headline numbers with their intervals; counts of all customers have none."""
    table = study.board.table
    found, index = [], study.board.facts.windows.index
    of = {"now": str(index[-1]), "since": str(index[-1 - int(study.board.against or 0)])}
    for name, label in HEADLINES.items():
        if name not in table.index:
            continue
        value, low, high, before = table.loc[[name], ["value", "low", "high", "before"]].to_numpy(dtype=float)[0]
        if np.isnan(value):
            continue
        counted = MEASURES[name].kind in ("count", "total")
        found.append(
            Metric(
                label=Note(label),
                value=float(value),
                low=None if counted else float(low),
                high=None if counted else float(high),
                interval=None if counted else "confidence95",
                kind=MEASURES[name].number,
                digits=MEASURES[name].digits,
                note=None if np.isnan(before) else Note("customer_base.metrics.before", value=cell(name, before), **of),
            )
        )
    return tuple(found)


def cautions(study: BaseStudy) -> list[tuple[Note, Level]]:
    """Which period this is, and what the records do not show."""
    facts = study.board.facts
    found: list[tuple[Note, Level]] = []
    if facts.windows.unfinished is not None:
        found.append((Note("customer_base.unfinished", period=facts.windows.unfinished.start_time), "info"))
    if facts.company.empty:
        found.append((Note("customer_base.empty_tables", tables=list(facts.company.empty)), "info"))
    return [*found, *older_than_they_seem(facts.company, "customer_base.there_before")]
