"""Whole calendar periods of the records, up to the day that counts as now."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.data.days import day_numbers
from clvlab.errors import InputError

Whole = NDArray[np.int64]

FREQUENCIES = {"month": "M", "quarter": "Q", "year": "Y"}
A_YEAR = {"M": 12, "Q": 4, "Y": 1}


@dataclass(frozen=True)
class Windows:
    """Whole periods, in order.

    Attributes
    ----------
    index : PeriodIndex
    first, last : arrays of int, shape (periods,)
        First and last day of each, in days since 1970.
    unfinished : Period or None
        The period that has begun by now and is not over: in no measure.
    """

    index: pd.PeriodIndex
    first: Whole
    last: Whole
    unfinished: pd.Period | None

    def __len__(self) -> int:
        """Number of periods."""
        return len(self.index)

    @property
    def days(self) -> Whole:
        """Length of each, in days."""
        return self.last - self.first + 1

    @property
    def a_year(self) -> int:
        """Periods of a year."""
        return a_year(self.index)

    def of(self, days: Whole) -> Whole:
        """Number of the period that holds each day; -1 where none does."""
        found = np.searchsorted(self.first, days, side="right") - 1
        return np.where((found >= 0) & (days <= self.last[found]), found, -1)


def windows(first: pd.Timestamp, as_of: pd.Timestamp, period: str = "month") -> Windows:
    """The whole periods from the first day of the records to ``as_of``.

    A period that begins before the records do is not whole, unless by two days or fewer (a shop is closed on New
    Year's Day).

    Raises
    ------
    InputError
        No such period, or none of the records' is whole.

    Examples
    --------
    >>> found = windows(pd.Timestamp("2024-01-02"), pd.Timestamp("2024-03-15"))
    >>> [str(each) for each in found.index], str(found.unfinished)
    (['2024-01', '2024-02'], '2024-03')
    """
    if period not in FREQUENCIES:
        raise InputError(f"period= is one of {', '.join(FREQUENCIES)}; found {period!r}.")
    frequency = FREQUENCIES[period]
    every = pd.period_range(pd.Period(first - pd.Timedelta(days=2), freq=frequency) + 1, as_of, freq=frequency)
    if pd.Period(first, freq=frequency).start_time >= first - pd.Timedelta(days=2):
        every = pd.period_range(pd.Period(first, freq=frequency), as_of, freq=frequency)
    over = np.asarray([each.end_time.normalize() <= as_of for each in every], dtype=bool)
    if not over.any():
        raise InputError(
            f"The records, {first:%Y-%m-%d} to {as_of:%Y-%m-%d}, hold no whole {period}. Take a shorter period=."
        )
    return windows_of(every[over], None if over.all() else every[~over][0])


def windows_of(periods: pd.PeriodIndex, unfinished: pd.Period | None = None) -> Windows:
    """These periods."""
    starts = day_numbers(periods.start_time)
    ends = day_numbers(periods.end_time)
    return Windows(periods, starts, ends, unfinished)


def a_year(periods: pd.PeriodIndex) -> int:
    """How many of them make a year."""
    return A_YEAR[str(periods.freqstr)[0]]
