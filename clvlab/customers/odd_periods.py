"""Periods unlike those around them, of measures that seasons leave alone."""

from collections.abc import Mapping, Sequence

import pandas as pd

from clvlab.customers.intervals import difference, false_discovery
from clvlab.customers.measures import MEASURES
from clvlab.customers.segment_rows import p_of_difference
from clvlab.customers.summing import valued
from clvlab.customers.sums import Sums

NEIGHBOURS = 3  # periods on either side that a period is held against
COLUMNS = ["measure", "t", "period", "value", "low", "high", "n", "usual", "change", "p_value"]

type ByPeriod = Mapping[str, Mapping[int, Sums]]


def odd_periods(sums: ByPeriod, begins: Sequence[pd.Timestamp], *, rate: float) -> pd.DataFrame:
    """Periods that differ from their neighbours by more than noise.

    An odd month makes its neighbours look odd: each measure's oddest is set apart, then all are looked at again.

    Parameters
    ----------
    sums : mapping of measure to period to Sums
    begins : sequence of Timestamp
        First day of each period.
    rate : float
        False discovery rate.

    Returns
    -------
    DataFrame, the least likely first
        measure, period, value, low, high, n, usual (the neighbours together), change, p_value.
    """
    apart: set[tuple[str, int]] = set()
    while True:
        found = pd.DataFrame(_against_neighbours(sums, begins, apart), columns=COLUMNS)
        news = false_discovery(found["p_value"].to_numpy(float), rate=rate)
        told = found[news].sort_values("p_value", kind="stable", ignore_index=True)
        fresh = told[[(name, t) not in apart for name, t in zip(told["measure"], told["t"], strict=True)]]
        if fresh.empty:
            return told.drop(columns="t")
        oddest = fresh.drop_duplicates("measure")
        apart |= set(zip(oddest["measure"], oddest["t"], strict=True))


def _against_neighbours(
    sums: ByPeriod, begins: Sequence[pd.Timestamp], apart: set[tuple[str, int]]
) -> list[dict[str, object]]:
    """Each period against those around it, but for those set apart."""
    rows: list[dict[str, object]] = []
    for name, by_period in sums.items():
        record = MEASURES[name]
        for t, own in by_period.items() if record.steady else ():
            around = [
                by_period[k] for k in range(t - NEIGHBOURS, t + NEIGHBOURS + 1)
                if k != t and k in by_period and (name, k) not in apart
            ]  # fmt: skip
            if not around:
                continue
            near = around[0]
            for each in around[1:]:
                near = near + each
            now, usual = valued(record.kind, own), valued(record.kind, near)
            by = difference(*now[:3], *usual[:3])
            p_value = p_of_difference(record.kind, by.p_value, own, near)
            rows.append({
                "measure": name, "t": t, "period": begins[t], "value": float(now.value[0]), "low": float(now.low[0]),
                "high": float(now.high[0]), "n": int(now.n[0]), "usual": float(usual.value[0]),
                "change": float(by.value[0]), "p_value": float(p_value[0]),
            })  # fmt: skip
    return rows
