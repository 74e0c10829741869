"""Days: what callers write, the numbers arrays hold, and pandas dates."""

import re
from datetime import date, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.errors import InputError

DateLike = str | date | datetime | pd.Timestamp | np.datetime64
_DATES = (date, np.datetime64)
_YEAR_FIRST = r"\d{4}-\d{1,2}-\d{1,2}([ T].*)?|\d{4}/\d{1,2}/\d{1,2}|\d{8}"


def as_day(value: DateLike, argument: str) -> pd.Timestamp:
    """Return the day of a date, whatever its type; an InputError names the argument where it is none.

    Text has the year first: in 05/06/1998 day and month cannot be told apart, and a number counts from no day.
    """
    wrong = InputError(f"{argument}={value!r} is no date. Write it as year-month-day, such as '1997-09-30'.")
    clear = re.fullmatch(_YEAR_FIRST, value.strip()) if isinstance(value, str) else isinstance(value, _DATES)
    if not clear:
        raise wrong
    try:
        day = pd.Timestamp(value)
    except (ValueError, TypeError):
        raise wrong from None
    if pd.isna(day):
        raise wrong
    return day.tz_localize(None).normalize().as_unit("s")


def day_number(day: pd.Timestamp) -> int:
    """Return the days since 1970-01-01."""
    return (day - pd.Timestamp(0)).days


def day_numbers(days: pd.Series | pd.DatetimeIndex) -> NDArray[np.int64]:
    """Return the days since 1970-01-01 of each, which must all be known."""
    return np.asarray(days.to_numpy().astype("datetime64[D]").astype(np.int64))


def to_days(numbers: np.ndarray) -> np.ndarray:
    """Return days since 1970-01-01 as datetime64[s]."""
    return np.asarray(numbers).astype("datetime64[D]").astype("datetime64[s]")
