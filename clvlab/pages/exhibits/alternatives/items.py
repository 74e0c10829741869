"""Parts of alternative texts: a name with its number, and where a series starts, ends, is highest and lowest."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from clvlab.notes import Note
from clvlab.words import Kind

NAMED = {
    "percent": "figures.told.percent",
    "money": "figures.told.money",
    "number": "figures.told.number",
}
FROM_TO = {
    "percent": "figures.told.from_to_percent",
    "money": "figures.told.from_to_money",
    "number": "figures.told.from_to_number",
}
BETWEEN = {
    "percent": "figures.told.between_percent",
    "money": "figures.told.between_money",
    "number": "figures.told.between_number",
}


class Extremes(NamedTuple):
    """Highest and lowest of a series, with the names of where they are."""

    high: float
    highest: object
    low: float
    lowest: object


def extremes(series: pd.Series) -> Extremes:
    """The highest and the lowest known value; missing where none is.

    >>> extremes(pd.Series({"a": 2.0, "b": 5.0, "c": float("nan")}))
    Extremes(high=5.0, highest='b', low=2.0, lowest='a')
    """
    known = series[np.isfinite(series.to_numpy(dtype=float))]
    if known.empty:
        return Extremes(np.nan, None, np.nan, None)
    up, down = int(np.argmax(known)), int(np.argmin(known))
    return Extremes(float(known.iloc[up]), known.index[up], float(known.iloc[down]), known.index[down])


def ends(series: pd.Series) -> tuple[float, float]:
    """The first and the last known value.

    >>> ends(pd.Series([float("nan"), 1.0, 3.0, 2.0]))
    (1.0, 2.0)
    """
    known = series[np.isfinite(series.to_numpy(dtype=float))]
    return (float(known.iloc[0]), float(known.iloc[-1])) if len(known) else (np.nan, np.nan)


def named(name: object, x: float, kind: Kind) -> Note:
    """A name with its number."""
    return Note(NAMED[kind], name=name, x=x)


def competitor(key: str) -> Note:
    """A competitor as a reader knows it."""
    return Note("figures.told.competitor", id=key)


def strategy(of: Sequence[str]) -> Note:
    """A (kind, strategy) as a reader knows it."""
    kind, name = of
    return competitor(name) if kind == "competitor" else Note("figures.told.strategy", id=name)


def measure(key: str) -> Note:
    """A measure as a reader knows it."""
    return Note("figures.told.measure", id=key)
