"""What curves over tenure show."""

from collections.abc import Mapping, Sequence

import pandas as pd

from clvlab.notes import Note, Span
from clvlab.pages.exhibits.alternatives.items import FROM_TO, competitor, ends, extremes, named


def survival(*, table: pd.DataFrame, unit: str, **_: object) -> Mapping[str, object]:
    """The share of each group still here at the end of its curve, the highest first, and how long it was watched."""
    last = table.groupby("group", sort=False)["survival"].last().sort_values(ascending=False)
    told = [named(str(group), float(share), "percent") for group, share in last.items()]
    return {"groups": told, "end": float(last.iloc[0]), "watched": Span(float(table["last"].max()), unit)}


def incidence(*, table: pd.DataFrame, unit: str, **_: object) -> Mapping[str, object]:
    """The share that each reason has taken at the end, the largest first, and their sum."""
    last = table.groupby("reason", sort=False)["incidence"].last().sort_values(ascending=False)
    told = [named(str(reason), float(share), "percent") for reason, share in last.items()]
    return {"reasons": told, "all": float(last.sum()), "watched": Span(float(table["time"].max()), unit)}


def hazard_ratios(*, table: pd.DataFrame, **_: object) -> Mapping[str, object]:
    """The highest and the lowest ratio, and how many intervals leave 1 out."""
    found = extremes(table["hazard_ratio"])
    sure = int(((table["low"] > 1) | (table["high"] < 1)).sum())
    return {"high": found.high, "highest": found.highest, "low": found.low, "lowest": found.lowest, "sure": sure,
            "covariates": len(table)}  # fmt: skip


def schoenfeld(*, table: pd.DataFrame, unit: str, **_: object) -> Mapping[str, object]:
    """The first and the last value of each coefficient, and over which tenures."""
    told = []
    for name, own in table.groupby("covariate", sort=False):
        start, end = ends(own["mean"])
        told.append(Note(FROM_TO["number"], name=str(name), start=start, end=end))
    first, last = Span(float(table["tenure"].min()), unit), Span(float(table["tenure"].max()), unit)
    return {"coefficients": told, "first": first, "last": last}


def rates(*, table: pd.DataFrame, ways: Sequence[str], **_: object) -> Mapping[str, object]:
    """The first and the last value of each way of counting, and the highest of the first way."""
    told = []
    for way in ways:
        start, end = ends(table[way])
        told.append(Note(FROM_TO["percent"], name=Note("figures.told.churn_rate", id=way), start=start, end=end))
    best = extremes(table[ways[0]])
    return {"ways": told, "high": best.high, "when": str(best.highest)}


def projection(
    *, observed: pd.DataFrame, projected: Mapping[str, pd.DataFrame], unit: str, **_: object
) -> Mapping[str, object]:
    """The share still here where observation ends, and by each projection at its end."""
    told = [named(competitor(key), float(table["survival"].iloc[-1]), "percent") for key, table in projected.items()]
    longest = max((int(table.index.max()) for table in projected.values()), default=0)
    return {"last": ends(observed["survival"])[1], "watched": Span(float(observed["last"].iloc[0]), unit),
            "until": Span(longest, unit), "projections": told}  # fmt: skip
