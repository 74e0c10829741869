"""From a yearly rate of discount to that of a unit of time."""

import numpy as np

from clvlab.data.units import days_in


def discount_rate_per_unit(annual_rate: float, unit: str) -> float:
    """Delta = log(1 + annual rate) x unit in days / 365.25, the continuous rate of one unit of time.

    Examples
    --------
    >>> round(discount_rate_per_unit(0.10, "year"), 5)
    0.09531
    """
    return float(np.log1p(annual_rate) * days_in(unit) / 365.25)
