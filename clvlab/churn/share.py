"""The share still here after a round length of time, such as a year."""

from dataclasses import dataclass

import numpy as np

from clvlab.churn.curves import Curves
from clvlab.churn.spell_table import Spells
from clvlab.data.units import units_in_a_year


@dataclass(frozen=True)
class ShareAfter:
    """Share still here after a tenure.

    Attributes
    ----------
    after : float
        In the spells' unit.
    survival, low, high : float
        With its 90 % interval.
    """

    after: float
    survival: float
    low: float
    high: float


def share_after(curve: Curves, spells: Spells) -> ShareAfter:
    """Share still here after a year, or after half the longest tenure where nobody was watched for a year.

    Parameters
    ----------
    curve : Curves
        Of all customers (``kaplan_meier`` without ``by``).
    """
    year = 365.0 if spells.unit == "day" else units_in_a_year(spells.unit)
    longest = float(curve.table["last"].max())
    after = year if year <= longest else float(np.floor(longest / 2.0) or longest)
    rows = curve.table[curve.table["time"] <= after]
    if rows.empty:
        return ShareAfter(after, 1.0, 1.0, 1.0)
    at = rows.iloc[-1]
    return ShareAfter(after, float(at["survival"]), float(at["low"]), float(at["high"]))
