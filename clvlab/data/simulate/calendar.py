"""The three years that a simulated company has behind it, as day numbers: 0 is 1 January 2023."""

import numpy as np

START = "2023-01-01"
AS_OF = "2025-12-31"
DAYS = int((np.datetime64(AS_OF) - np.datetime64(START)).astype(int)) + 1
YEAR = 365.25  # days

_DATES = np.datetime64(START, "D") + np.arange(DAYS)
_SINCE_1970 = _DATES.astype("datetime64[M]").astype(int)
MONTH_OF = (_SINCE_1970 - _SINCE_1970[0]).astype(np.int8)  # of each day, 0 to 35
MONTHS = int(MONTH_OF[-1]) + 1
MONTH_STARTS = np.searchsorted(MONTH_OF, np.arange(MONTHS + 1)).astype(np.int16)  # with the day after the last


def dates(days: np.ndarray) -> np.ndarray:
    """Day numbers as datetime64[s]; numbers below 0 are no day.

    Examples
    --------
    >>> dates(np.array([0, 59, -1])).astype(str).tolist()
    ['2023-01-01T00:00:00', '2023-03-01T00:00:00', 'NaT']
    """
    found = np.datetime64(START, "s") + days.astype("timedelta64[D]").astype("timedelta64[s]")
    missing = days < 0
    if missing.any():
        found[missing] = np.datetime64("NaT", "s")
    return found


def day_of(date: str) -> int:
    """The day number of a date.

    Examples
    --------
    >>> day_of("2023-01-31"), day_of("2025-12-31")
    (30, 1095)
    """
    return int((np.datetime64(date, "D") - np.datetime64(START, "D")).astype(int))


def month_names() -> list[str]:
    """The 36 months: "2023-01" to "2025-12"."""
    return [str(month) for month in _DATES[MONTH_STARTS[:-1]].astype("datetime64[M]")]


def month_number(month: str) -> int:
    """The number of a month, 0 to 35.

    Examples
    --------
    >>> month_number("2024-02")
    13
    """
    return int((np.datetime64(month, "M") - np.datetime64(START, "M")).astype(int))


def clock(by_month: np.ndarray) -> np.ndarray:
    """Intensity passed at the start of each day, and at the end of the last, where each month has a pace of its own.

    Parameters
    ----------
    by_month : array of 36 floats
        The pace of each month; 1 is a day a day.

    Returns
    -------
    array of 1,097 floats
        0 at first.

    Examples
    --------
    >>> clock(np.full(36, 2.0))[[0, 1, -1]].tolist()
    [0.0, 2.0, 2192.0]
    """
    return np.concatenate([[0.0], np.cumsum(by_month[MONTH_OF])])


EVEN = clock(np.ones(MONTHS))
