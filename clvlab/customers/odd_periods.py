"""Periods unlike their neighbours, for measures without a season."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from clvlab.customers.intervals import difference, false_discovery
from clvlab.customers.measures import MEASURES
from clvlab.customers.segment_rows import p_of_difference
from clvlab.customers.summing import valued
from clvlab.customers.sums import Sums

NEIGHBOURS = 3  # periods on either side that a period is held against
COLUMNS = ["measure", "t", "period", "value", "low", "high", "n", "usual", "change", "p_value"]


def odd_periods(sums: Mapping[str, Sums], begins: pd.DatetimeIndex, *, rate: float) -> pd.DataFrame:
    """Periods that differ significantly from their neighbours.

    An odd month makes its neighbours look odd: each measure's oddest is set apart, then all are looked at again.

    Parameters
    ----------
    sums : mapping of measure to Sums
        A group a period.
    begins : DatetimeIndex
        First day of each period.
    rate : float
        False discovery rate.

    Returns
    -------
    DataFrame, the least likely first
        measure, period, value, low, high, n, usual (the neighbours together), change, p_value.
    """
    apart: dict[str, set[int]] = {name: set() for name in sums}
    while True:
        each = [_against_neighbours(name, sums[name], begins, apart[name]) for name in sums]
        found = pd.concat(each, ignore_index=True) if each else pd.DataFrame(columns=COLUMNS)
        news = false_discovery(found["p_value"].to_numpy(float), rate=rate)
        told = found[news].sort_values("p_value", kind="stable", ignore_index=True)
        fresh = told[[t not in apart[name] for name, t in zip(told["measure"], told["t"], strict=True)]]
        if fresh.empty:
            return told.drop(columns="t")
        for name, t in fresh.drop_duplicates("measure")[["measure", "t"]].itertuples(index=False):
            apart[name].add(t)


def _against_neighbours(name: str, own: Sums, begins: pd.DatetimeIndex, apart: set[int]) -> pd.DataFrame:
    """Each period of a measure against those around it, but for those set apart."""
    kind, places = MEASURES[name].kind, np.arange(len(begins))
    distance = np.abs(places[:, None] - places)
    around = ((distance <= NEIGHBOURS) & (distance > 0) & ~np.isin(places, list(apart))).astype(float)
    near = Sums(*(around @ column for column in vars(own).values()))
    now, usual = valued(kind, own), valued(kind, near)
    by = difference(*now[:3], *usual[:3])
    found = pd.DataFrame({
        "measure": name, "t": places, "period": begins, "value": now.value, "low": now.low, "high": now.high,
        "n": now.n.astype(np.int64), "usual": usual.value, "change": by.value,
        "p_value": p_of_difference(kind, by.p_value, own, near),
    })[COLUMNS]  # fmt: skip
    return found[around.any(axis=1)]
