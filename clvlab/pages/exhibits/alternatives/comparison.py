"""What figures of forecasts and what then happened show."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.notes import Note, Span
from clvlab.pages.exhibits.alternatives.items import competitor, ends, extremes, named

Float = NDArray[np.float64]
MANY = 7  # the last frequency of the figure, which stands for that many and more
LEAST, MOST = 0.88, 0.92  # the green zone of the figure


def tracking(
    *, table: pd.DataFrame, labels: Sequence[str], cumulative: bool = False, **_: object
) -> Mapping[str, object]:
    """Actual purchases at their highest and at the end, and each forecast at the end."""
    column = "cumulative" if cumulative else "expected"
    actual = table[table["series"] == "actual"].set_index("date")[column].dropna()
    told = []
    for label in labels:
        rows = table[(table["series"] == "forecast") & (table["competitor"] == label)]
        told.append(named(competitor(label), ends(rows[column])[1], "number"))
    best = extremes(actual)
    return {"high": best.high, "when": best.highest, "last": ends(actual)[1], "until": actual.index[-1],
            "forecasts": told}  # fmt: skip


def by_frequency(*, table: pd.DataFrame, labels: Sequence[str], **_: object) -> Mapping[str, object]:
    """Actual means of the lowest and the highest frequency, and the forecasts of the highest."""
    shown = table[table["competitor"].isin(list(labels))].sort_values("frequency", kind="stable")
    actual = shown.drop_duplicates("frequency")
    top = shown[shown["frequency"] == actual["frequency"].iloc[-1]].set_index("competitor")["expected"]
    start, end = ends(actual["actual"])
    top_frequency = int(actual["frequency"].iloc[-1])
    return {
        "least": int(actual["frequency"].iloc[0]), "most": _many(top_frequency), "start": start,
        "end": end, "forecasts": [named(competitor(each), float(top[each]), "number") for each in labels],
    }  # fmt: skip


def _many(frequency: int) -> str:
    return f"{frequency}+" if frequency >= MANY else str(frequency)


def by_recency(*, table: pd.DataFrame, labels: Sequence[str], unit: str, **_: object) -> Mapping[str, object]:
    """Actual means of the most recent and the longest inactive customers, and the forecasts of the latter."""
    column = "time_since_last_purchase"
    shown = table[table["competitor"].isin(list(labels))].sort_values(column, kind="stable")
    actual = shown.drop_duplicates(column)
    far = shown[shown[column] == actual[column].iloc[-1]].set_index("competitor")["expected"]
    start, end = ends(actual["actual"])
    return {
        "near": Span(float(actual[column].iloc[0]), unit), "far": Span(float(actual[column].iloc[-1]), unit),
        "start": start, "end": end,
        "forecasts": [named(competitor(each), float(far[each]), "number") for each in labels],
    }  # fmt: skip


def score_differences(*, table: pd.DataFrame, best: str, **_: object) -> Mapping[str, object]:
    """The other forecasts, the closest first, and how many there are."""
    others = table.loc[table.index != best, "difference"].sort_values()
    if others.empty:
        return {"others": 0, "told": Note("figures.told.nothing_else")}
    near, far = (
        Note("figures.told.difference", name=competitor(others.index[place]), x=float(others.iloc[place]))
        for place in (0, -1)
    )
    told = Note("figures.told.one_other", near=near)
    if len(others) > 1:
        told = Note("figures.told.closest_and_farthest", near=near, far=far)
    return {"others": len(others), "told": told}


def score_intervals(*, table: pd.DataFrame, **_: object) -> Mapping[str, object]:
    """The first and the last of a list sorted from the best."""
    first, last = (
        Note("figures.told.interval", name=competitor(table.index[place]),
             **{name: float(table[name].iloc[place]) for name in ("mean", "low", "high")}) for place in (0, -1)
    )  # fmt: skip
    return {"first": first, "last": last, "forecasts": len(table)}


def coverage(*, table: pd.DataFrame, **_: object) -> Mapping[str, object]:
    """The highest and the lowest share, and how many are about 90 %."""
    share = table["pit_share"].dropna()
    found = extremes(share)
    return {
        "high": found.high, "highest": competitor(str(found.highest)), "low": found.low,
        "lowest": competitor(str(found.lowest)), "inside": int(share.between(LEAST, MOST).sum()), "all": len(share),
    }  # fmt: skip


def reliability(*, tables: Mapping[str, pd.DataFrame], **_: object) -> Mapping[str, object]:
    """What came true of the lowest and of the highest chances that the first forecast gave."""
    first, table = next(iter(tables.items()))
    low, high = ends(table["predicted"])
    came_of_low, came_of_high = ends(table["observed"])
    return {"first": competitor(first), "low": low, "came_of_low": came_of_low, "high": high,
            "came_of_high": came_of_high}  # fmt: skip


def frequency_histogram(*, table: pd.DataFrame, **_: object) -> Mapping[str, object]:
    """Observed and expected share at the first frequency, and where the two differ most."""
    gap = extremes((table["observed"] - table["mean"]).abs())
    widest = table.iloc[int((table["observed"] - table["mean"]).abs().to_numpy().argmax())]
    return {
        "frequency": str(table.index[0]), "observed": float(table["observed"].iloc[0]),
        "expected": float(table["mean"].iloc[0]), "gap_at": str(gap.highest),
        "gap_observed": float(widest["observed"]), "gap_expected": float(widest["mean"]),
    }  # fmt: skip


def recency_frequency(
    *, frequency: Float, recency: Float, alive: Float, expected: Float, unit: str, **_: object
) -> Mapping[str, object]:
    """Least and most of both maps, and the customer of whom most is expected."""
    row, column = np.unravel_index(int(np.nanargmax(expected)), np.shape(expected))
    return {
        "alive_low": float(np.nanmin(alive)), "alive_high": float(np.nanmax(alive)),
        "low": float(np.nanmin(expected)), "high": float(np.nanmax(expected)),
        "frequency": float(np.asarray(frequency)[row]), "recency": Span(float(np.asarray(recency)[column]), unit),
    }  # fmt: skip


def prior_and_posterior(*, densities: pd.DataFrame, **_: object) -> Mapping[str, object]:
    """Where prior and posterior of each parameter are highest."""
    parts: dict[str, list[Note]] = {"prior": [], "posterior": []}
    for name, own in densities.groupby("parameter", sort=False):
        for column, told in parts.items():
            told.append(named(str(name), float(own["value"].iloc[int(np.argmax(own[column]))]), "number"))
    return dict(parts)
