"""How other inactivity thresholds would change the results."""

from collections.abc import Sequence

import pandas as pd

from clvlab.churn.from_orders import spells_from_orders
from clvlab.churn.silence import Gap
from clvlab.data.days import DateLike
from clvlab.data.order_book import Orders
from clvlab.data.units import Unit


def gap_sensitivity(
    orders: Orders, gaps: Sequence[Gap], *, unit: Unit = "month", as_of: DateLike | None = None
) -> pd.DataFrame:
    """Results of each inactivity threshold for the same customers.

    Parameters
    ----------
    gaps : sequence
        Limits, as ``gap`` of ``spells_from_orders``.

    Returns
    -------
    DataFrame, one row per limit
        gap, spells, left (how many ended), share_left, won_back (share of those who left that bought again: high where
        the limit is too short), median_duration (of all spells, in units).
    """
    rows = []
    for each in gaps:
        found = spells_from_orders(orders, gap=each, unit=unit, as_of=as_of)
        left = found.table["event"]
        again = found.table["spell"] > 1
        rows.append(
            {
                "gap": each if isinstance(each, str | int | float) else each.name,
                "spells": len(found),
                "left": int(left.sum()),
                "share_left": float(left.mean()),
                "won_back": float(again.sum() / max(int(left.sum()), 1)),
                "median_duration": float(found.table["duration"].median()),
            }
        )
    return pd.DataFrame(rows)
