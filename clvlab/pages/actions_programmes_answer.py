"""What the page of actions opens with on membership, win-back and campaigns without a control group, as notes."""

import numpy as np

from clvlab.customers.programmes import Membership, ProgrammeStudy, Returned, Unrandomised
from clvlab.notes import Note
from clvlab.pages.exhibits import Metric
from clvlab.pages.exhibits.notice import Level


def sentences(study: ProgrammeStudy) -> tuple[Note, ...]:
    """What joiners bought beside the expected, whether that covers rewards, who came back, campaigns, what to do."""
    told: list[Note | None] = []
    if isinstance(study.membership, Membership):
        told += [_joined(study.membership), _net(study.membership)]
    if isinstance(study.unrandomised, Unrandomised):
        told.append(_campaigns(study.unrandomised))
    if isinstance(study.returned, Returned):
        told.append(_returned(study.returned))
    told.append(_do(study))
    return tuple(note for note in told if note)


def _joined(found: Membership) -> Note:
    row = found.table.loc["purchases"]
    if not found.parallel:
        return Note("actions_programmes.answer.not_parallel", p=float(row["trend_p"]), n=found.compared)
    code = "actions_programmes.answer.alike"
    if row["low"] > 0:
        code = "actions_programmes.answer.more"
    elif row["high"] < 0:
        code = "actions_programmes.answer.fewer"
    return Note(
        code, joiners=float(row["joiners"]), expected=float(row["expected"]), after=found.after,
        difference=abs(float(row["difference"])), low=float(row["low"]), high=float(row["high"]), n=found.compared,
        p=float(row["trend_p"]),
    )  # fmt: skip


def _net(found: Membership) -> Note | None:
    if "net" not in found.table.index or not found.parallel or not bool(found.table.loc["net", "parallel"]):
        return None
    row = found.table.loc["net"]
    values = {"net": float(row["difference"]), "low": float(row["low"]), "high": float(row["high"]),
              "after": found.after}  # fmt: skip
    if row["low"] > 0:
        return Note("actions_programmes.answer.net_above", **values)
    if row["high"] < 0:
        return Note("actions_programmes.answer.net_below", **values)
    return Note("actions_programmes.answer.net_alike", **values)


def _campaigns(found: Unrandomised) -> Note:
    return Note(
        "actions_programmes.answer.campaigns", n=len(found.table), significant=int(found.table["significant"].sum()),
        days=found.window,
    )  # fmt: skip


def _returned(found: Returned) -> Note:
    return Note("actions_programmes.answer.returned", share=found.share, low=found.low, high=found.high,
                days=found.threshold)  # fmt: skip


def _do(study: ProgrammeStudy) -> Note | None:
    if isinstance(study.membership, Membership):
        return Note("actions_programmes.answer.do_membership")
    if isinstance(study.unrandomised, Unrandomised):
        return Note("actions_programmes.answer.do_campaigns")
    return None


def metrics(study: ProgrammeStudy) -> tuple[Metric, ...]:
    """Purchases and profit of joiners beyond the expected, where trends before were parallel; the share that returned."""
    told = []
    found = study.membership
    if isinstance(found, Membership) and found.parallel:
        labels = {
            "purchases": (Note("actions_programmes.metrics.purchases"), "number"),
            "net": (Note("actions_programmes.metrics.net"), "money"),
        }
        for name, (label, kind) in labels.items():
            row = found.table.loc[name] if name in found.table.index else None
            if row is not None and bool(row["parallel"]) and np.isfinite(row["difference"]):
                told.append(Metric(
                    label=label, value=float(row["difference"]), low=float(row["low"]), high=float(row["high"]),
                    interval="confidence95", kind="money" if kind == "money" else "number", digits=2,
                    note=Note("actions_programmes.metrics.after", after=found.after),
                ))  # fmt: skip
    if isinstance(study.returned, Returned):
        back = study.returned
        told.append(Metric(label=Note("actions_programmes.metrics.returned"), value=back.share, low=back.low,
                           high=back.high, interval="confidence95", kind="percent"))  # fmt: skip
    return tuple(told)


def cautions(study: ProgrammeStudy) -> list[tuple[Note, Level]]:
    """What readers must know of the records."""
    found: list[tuple[Note, Level]] = []
    if isinstance(study.membership, Membership):
        found += [(note, "info") for note in study.membership.notes]
        if study.membership.sampled:
            found.append((Note("actions_programmes.membership.sampled", n=study.membership.customers), "info"))
    return found
