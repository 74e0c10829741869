"""Tables of segments: by recency, frequency and spend, by stage, by clusters, and those that differ."""

import numpy as np
import pandas as pd

from clvlab.customers.segments import STAGES, Clusters, SegmentStudy
from clvlab.customers.segments.lifecycle import NOT_YET_KNOWN
from clvlab.notes import Note

PERIODS = 8  # shown
MOST_COMPARED = 20
CLUSTER = "cluster_"


def cuts(study: SegmentStudy) -> pd.DataFrame:
    """What each score stands for."""
    found = study.rfm.cuts.reset_index()
    ends = zip(found["low"].to_numpy(float), found["high"].to_numpy(float), strict=True)
    ranges = pd.Series([_range(low, high) for low, high in ends], index=found.index, dtype=object)
    return found.assign(range=ranges)


def _range(low: float, high: float) -> Note:
    if np.isinf(low) and np.isinf(high):
        return Note("segments_and_grades.cuts.everything")
    if np.isinf(low):
        return Note("segments_and_grades.cuts.up_to", high=high)
    if np.isinf(high):
        return Note("segments_and_grades.cuts.above", low=low)
    return Note("segments_and_grades.cuts.between", low=low, high=high)


def stages(study: SegmentStudy) -> pd.DataFrame:
    """Customers by stage at the end of the last periods, the latest last."""
    found = study.lifecycle.counts.tail(PERIODS)
    return found.set_axis(pd.Index([str(each) for each in found.index], name="period"), axis=0)


def moves(study: SegmentStudy) -> tuple[pd.DataFrame, dict[str, Note], Note | None]:
    """Share of each stage that moved to each, heads of the stages, and which periods they are of."""
    life = study.lifecycle
    if life.compared is None:
        return pd.DataFrame(), {}, None
    before, after = (str(life.facts.windows.index[t]) for t in life.compared)
    wide = life.moves.set_index(["from", "to"])["share"].unstack()  # noqa: PD010 (one share a pair)
    order = [each for each in (*STAGES, NOT_YET_KNOWN) if each in wide.index]
    wide = wide.loc[order, [each for each in STAGES if each in wide.columns]].fillna(0.0)
    named = wide.rename_axis("stage").rename_axis(None, axis=1)
    heads = {name: Note("segments_and_grades.stage", stage=name) for name in named.columns}
    return named, heads, Note("segments_and_grades.moves.of", before=before, after=after)


def by_chance(study: SegmentStudy) -> Note:
    """How many of the growing and declining would be called so by chance."""
    found = study.lifecycle.by_chance
    told = {name: float(found[name]["growing"]) for name in ("expected", "low", "high")}
    growing, declining = (int(found["customers"][stage]) for stage in ("growing", "declining"))
    return Note("segments_and_grades.by_chance.said", growing=growing, declining=declining, **told)


def clusters(found: Clusters) -> pd.DataFrame:
    """Clusters by what sets them apart."""
    marks = found.marks
    told = []
    for cluster in found.sizes.index:
        own = marks[marks["cluster"] == cluster]
        named = [
            Note("segments_and_grades.clusters.mark", side=side, feature=feature)
            for side, feature in own[["side", "feature"]].itertuples(index=False)
        ]
        told.append(named or [Note("segments_and_grades.clusters.unmarked")])
    return found.sizes.assign(marks=pd.Series(told, index=found.sizes.index, dtype=object), agreement=found.agreement)


def one_group(division: str, found: Clusters) -> Note:
    """Why customers are not divided into clusters."""
    if found.notes:
        because = Note("segments_and_grades.one_group.reason", note=found.notes[-1])
    else:
        because = Note("segments_and_grades.one_group.not_significant", p=found.p_value)
    return Note("segments_and_grades.one_group.said", division=division, because=because)


def compared(study: SegmentStudy) -> pd.DataFrame:
    """Segments that differ significantly from the others, values written out."""
    found = study.compared
    told = found[found["news"].astype(bool)]
    if told.empty:
        return told
    told = told.assign(size=(told["change"] / told["rest"]).abs()).sort_values("size", ascending=False, kind="stable")
    rows = []
    for row in told.head(MOST_COMPARED).itertuples():
        money = row.measure == "spend_per_customer"
        code = "segments_and_grades.compared.money" if money else "segments_and_grades.compared.percent"
        alone = "segments_and_grades.compared.money_alone" if money else "segments_and_grades.compared.percent_alone"
        rows.append({
            "division": row.division, "segment": segment(str(row.segment)), "customers": row.customers,
            "measure": row.measure, "value": Note(code, value=row.value, low=row.low, high=row.high),
            "rest": Note(alone, value=row.rest),
        })  # fmt: skip
    return pd.DataFrame(rows)


def segment(name: str) -> Note:
    """A segment as it is said."""
    if name.startswith(CLUSTER):
        return Note("segments_and_grades.cluster", n=int(name.removeprefix(CLUSTER)))
    return Note("segments_and_grades.segment", segment=name)
