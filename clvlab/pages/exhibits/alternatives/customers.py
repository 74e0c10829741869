"""What figures of measures and of answers show."""

from collections.abc import Mapping

import pandas as pd

from clvlab.notes import Note
from clvlab.pages.exhibits.alternatives.items import BETWEEN, FROM_TO, ends, extremes, measure
from clvlab.words import Kind


def measures_over_time(*, table: pd.DataFrame, kinds: Mapping[str, Kind], **_: object) -> Mapping[str, object]:
    """The first and the last known value of each measure."""
    told = []
    for name, kind in kinds.items():
        start, end = ends(table.loc[table["measure"] == name, "value"])
        told.append(Note(FROM_TO[kind], name=measure(name), start=start, end=end))
    return {"measures": told}


def measures_by_segment(*, table: pd.DataFrame, kinds: Mapping[str, Kind], **_: object) -> Mapping[str, object]:
    """The lowest and the highest segment by each measure."""
    told = []
    for name, kind in kinds.items():
        own = table[(table["measure"] == name) & table["segment"].notna()]
        found = extremes(own.set_index("segment")["value"])
        told.append(Note(BETWEEN[kind], name=measure(name), low=found.low, lowest=found.lowest, high=found.high,
                         highest=found.highest))  # fmt: skip
    return {"measures": told}


def importance_performance(*, table: pd.DataFrame, **_: object) -> Mapping[str, object]:
    """The items of most and of least importance, with their scores."""
    found = extremes(table["importance"])
    by_importance = table.sort_values("importance", kind="stable")["score"]
    return {
        "item": found.highest, "share": found.high, "score": float(by_importance.iloc[-1]),
        "last_item": found.lowest, "last_share": found.low, "last_score": float(by_importance.iloc[0]),
        "n": len(table),
    }  # fmt: skip
