"""What the page of segments and grades opens with, as notes: every number comes from the studies."""

import numpy as np

from clvlab.customers.grades import GradeStudy
from clvlab.customers.grades.tiers import SURE
from clvlab.customers.segments import SegmentStudy
from clvlab.notes import Note, Span
from clvlab.pages.exhibits import Metric

AT_RISK = "cannot_lose"


def sentences(study: GradeStudy, segments: SegmentStudy) -> tuple[Note, ...]:
    """Who is in the first tier, how sure that is, who moved, and whom to look at first."""
    said = [_first_tier(study), _uncertain(study), _kept(study), _inactive(segments)]
    return tuple(note for note in said if note)


def _first_tier(study: GradeStudy) -> Note | None:
    found = study.value_tiers
    if isinstance(found, Note):
        return Note("segments_and_grades.no_value", reason=found)
    sizes = found.sizes
    value, total = float(sizes["value"].iloc[0]), float(sizes["value"].sum())
    belonging = {name: float(sizes[name].iloc[0]) for name in ("expected", "low", "high")}
    return Note("segments_and_grades.answer.tier", tier=str(sizes.index[0]), n=int(sizes["customers"].iloc[0]),
                value=value, total=total, share=value / total, horizon=Span(study.horizon, "week"),
                **belonging)  # fmt: skip


def _uncertain(study: GradeStudy) -> Note | None:
    found = study.value_tiers
    if isinstance(found, Note):
        return None
    return Note("segments_and_grades.answer.uncertain", n=int(found.sizes["uncertain"].sum()), all=len(found.table),
                least=SURE)  # fmt: skip


def _kept(study: GradeStudy) -> Note | None:
    if isinstance(study.migration, Note):
        return None
    first = study.tiers[0]
    shares = study.migration.shares
    of, share, low, high = shares[["of", "share", "low", "high"]].xs((first, first)).to_numpy(dtype=float)
    if not of:
        return None
    return Note("segments_and_grades.answer.kept", tier=first, share=float(share), low=float(low), high=float(high),
                since=study.days[1])  # fmt: skip


def _inactive(segments: SegmentStudy) -> Note | None:
    found = segments.rfm.segments
    n, spend = int(found["customers"][AT_RISK]), float(found["spend"][AT_RISK])
    if not n or np.isnan(spend):
        return None
    return Note("segments_and_grades.answer.inactive", n=n, segment=AT_RISK, spend=spend)


def weights(study: GradeStudy) -> Note:
    """How much grades depend on the weights."""
    changed = study.grades.sensitivity["changed"]
    if study.weights == "equal":
        return Note("segments_and_grades.answer.other_than_equal", changed=float(changed["entropy"]))
    return Note("segments_and_grades.answer.other_than_given", changed=float(changed["equal"]))


def metrics(study: GradeStudy, segments: SegmentStudy) -> tuple[Metric, ...]:
    """Headline numbers."""
    found = [Metric(label=Note("segments_and_grades.metrics.graded"), digits=0,
                    value=float(study.grades.table["grade"].notna().sum()))]  # fmt: skip
    tiers = study.value_tiers
    if not isinstance(tiers, Note):
        first, sizes = str(tiers.sizes.index[0]), tiers.sizes
        share = float(sizes["value"].iloc[0] / sizes["value"].sum())
        found += [
            Metric(label=Note("segments_and_grades.metrics.held_by_first_tier", tier=first), value=share,
                   kind="percent"),
            Metric(label=Note("segments_and_grades.metrics.uncertain"), digits=0,
                   value=float(sizes["uncertain"].sum())),
        ]  # fmt: skip
    lost = float(segments.lifecycle.counts["lost"].iloc[-1])
    return (*found, Metric(label=Note("segments_and_grades.metrics.lost"), value=lost, digits=0))
