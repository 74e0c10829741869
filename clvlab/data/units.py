"""Units of time: they scale durations, and never group purchases."""

from typing import Literal

from clvlab.errors import InputError

Unit = Literal["day", "week", "month", "year"]
DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12.0, "year": 365.25}


def days_in(unit: str) -> float:
    """Days in one ``unit``.

    Examples
    --------
    >>> days_in("week")
    7.0
    """
    if not isinstance(unit, str) or unit not in DAYS:
        raise InputError(f"A unit of time is one of {', '.join(DAYS)}; found {unit!r}.")
    return DAYS[unit]


def units_in_a_year(unit: str) -> float:
    """A year in whole units: 365 days, 52 weeks, 12 months.

    Examples
    --------
    >>> units_in_a_year("week")
    52.0
    """
    return float(int(365.25 / days_in(unit) + 1e-9))
