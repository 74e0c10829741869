"""Earlier ends of the same records, from which forecasts of the same horizon can be checked."""

from dataclasses import dataclass

import pandas as pd

from clvlab.data.days import DateLike, as_day
from clvlab.data.order_book import Orders
from clvlab.data.split import Split, split
from clvlab.data.units import Unit, days_in
from clvlab.errors import InputError

MOST = 4  # earlier ends looked at: older ones say less of today, and cost as much


@dataclass(frozen=True, eq=False)
class EarlierEnds:
    """Earlier calibration ends whose whole horizons had passed by the end of the forecast to be made.

    Attributes
    ----------
    end : Timestamp
        The end of the forecast to be made: nothing later was looked at.
    horizon : float
        In ``unit``.
    unit : str
    splits : tuple of Split
        One an earlier end, in time; their holdouts follow each other without overlapping.

    Raises
    ------
    InputError
        A holdout that had not passed by ``end``, or two that overlap.
    """

    end: pd.Timestamp
    horizon: float
    unit: str
    splits: tuple[Split, ...]

    def __post_init__(self) -> None:
        last = None
        for each in self.splits:
            if each.holdout_end > self.end:
                raise InputError(
                    f"An earlier forecast counts only if its whole horizon had passed by {self.end:%Y-%m-%d}; that "
                    f"from {each.calibration_end:%Y-%m-%d} ran to {each.holdout_end:%Y-%m-%d}. Leave it out."
                )
            if last is not None and each.calibration_end < last:
                raise InputError(
                    f"Horizons of earlier forecasts must not overlap; that from {each.calibration_end:%Y-%m-%d} begins "
                    f"before {last:%Y-%m-%d}, when the one before it ends. Take ends a horizon apart."
                )
            last = each.holdout_end


def earlier_ends(
    orders: Orders,
    *,
    end: DateLike,
    horizon: float,
    unit: Unit = "week",
    acquired_from: DateLike | None = None,
    most: int = MOST,
) -> EarlierEnds:
    """Go back from ``end`` in steps of the horizon, as long as the records before are as long as the horizon.

    Parameters
    ----------
    orders : Orders
        What came after ``end`` is not looked at, refunds included.
    end : date
        Where the forecast to be made begins.
    horizon : float
        Its length, in units.
    acquired_from : date, optional
        Only customers acquired from this day on; the records are then those since that day.
    most : int
        How many ends at most.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> found = earlier_ends(datasets.cdnow(), end="1998-06-30", horizon=26.0)
    >>> [f"{each.calibration_end:%Y-%m-%d}" for each in found.splits]
    ['1997-12-30']
    """
    day = as_day(end, "end")
    known = orders.until(day)
    first = known.first_date if acquired_from is None else max(known.first_date, as_day(acquired_from, "acquired_from"))
    length = round(horizon * days_in(unit))
    found: list[Split] = []
    for back in range(1, most + 1 if length else 1):
        until = day - pd.Timedelta(days=length * (back - 1))
        at = until - pd.Timedelta(days=length)
        if (at - first).days < length:
            break
        try:
            parts = split(known, calibration_end=at, holdout_end=until, unit=unit, acquired_from=acquired_from)
        except InputError:  # the records do not cover that holdout, or nobody had been acquired
            continue
        found.append(parts)
    return EarlierEnds(day, horizon, unit, tuple(reversed(found)))
