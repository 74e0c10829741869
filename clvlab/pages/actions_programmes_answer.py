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
    row = found.figures("purchases")
    if not found.parallel:
        return Note("actions_programmes.answer.not_parallel", p=found.trend_p, n=found.compared)
    code = "actions_programmes.answer.alike"
    if row["low"] > 0:
        code = "actions_programmes.answer.more"
    elif row["high"] < 0:
        code = "actions_programmes.answer.fewer"
    return Note(
        code, joiners=row["joiners"], expected=row["expected"], after=found.after, difference=abs(row["difference"]),
        low=row["low"], high=row["high"], n=found.compared, p=found.trend_p,
    )  # fmt: skip


def _headlined(found: Membership, outcome: str) -> dict[str, float]:
    """Figures of an outcome that moved alike before, as purchases did; empty of any other."""
    row = found.figures(outcome)
    alike = bool(row) and found.parallel and bool(found.table["parallel"].to_dict()[outcome])
    return row if alike and np.isfinite(row["difference"]) else {}


def _net(found: Membership) -> Note | None:
    row = _headlined(found, "net")
    if not row:
        return None
    code = "actions_programmes.answer.net_alike"
    if row["low"] > 0:
        code = "actions_programmes.answer.net_above"
    elif row["high"] < 0:
        code = "actions_programmes.answer.net_below"
    return Note(code, net=row["difference"], low=row["low"], high=row["high"], after=found.after)


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
    """Purchases and profit of joiners beyond the expected, where trends were parallel; the share that returned."""
    told = []
    found = study.membership
    if isinstance(found, Membership):
        about = Note("actions_programmes.metrics.after", after=found.after)
        if row := _headlined(found, "purchases"):
            told.append(Metric(
                label=Note("actions_programmes.metrics.purchases"), value=row["difference"],
                low=row["low"], high=row["high"], interval="confidence95", digits=2, note=about,
            ))  # fmt: skip
        if row := _headlined(found, "net"):
            told.append(Metric(
                label=Note("actions_programmes.metrics.net"), value=row["difference"], low=row["low"],
                high=row["high"], interval="confidence95", kind="money", digits=2, note=about,
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
