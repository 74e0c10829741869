"""How many decimals a number is written with, and its digits in groups."""

import math
import re
from collections.abc import Iterable
from typing import Literal, SupportsFloat

Kind = Literal["number", "percent", "money"]


def missing(x: object) -> bool:
    """Whether this is no value at all: None, NaN, NaT, pandas.NA."""
    if x is None:
        return True
    try:
        return bool(x != x)
    except TypeError:  # pandas.NA has no truth value
        return True


def digits_for(values: Iterable[SupportsFloat], *, kind: Kind = "number") -> int:
    """Decimals that suit all these values together, judged by the largest.

    Parameters
    ----------
    values : iterable of numbers
        Missing and infinite ones do not count.
    kind : {"number", "percent", "money"}
        How they will be written. Shares are given as fractions of 1.

    Returns
    -------
    int

    Examples
    --------
    >>> digits_for([1570.2, 1737.9]), digits_for([0.243, 4.414]), digits_for([0.012, 0.4], kind="percent")
    (0, 2, 0)
    """
    finite = [abs(float(x)) for x in values if not missing(x) and math.isfinite(x)]
    largest = max(finite, default=0.0)
    if all(x == int(x) for x in finite) and kind != "percent":
        return 0 if kind == "number" or largest >= 100 else (0 if largest == 0 else 2)
    if kind == "money":
        return 0 if largest >= 100 else 2
    if kind == "percent":
        largest *= 100
        if largest == 0 or 10 <= largest <= 99.5 or largest >= 100:
            return 0
        return 1 if largest >= 1 else min(4, 1 - math.floor(math.log10(largest)))
    if largest >= 100:
        return 0
    if largest >= 1:
        return 1 if largest >= 10 else 2
    return min(6, 2 - math.floor(math.log10(largest)))


def grouped(x: float, digits: int, *, thousands: str = ",", decimal: str = ".") -> str:
    """Digits in groups of three; never a minus before nothing but zeros.

    >>> grouped(-1234.56, 1), grouped(-0.001, 2), grouped(1234.5, 1, thousands=".", decimal=",")
    ('-1,234.6', '0.00', '1.234,5')
    """
    if math.isinf(x):
        return "∞" if x > 0 else "-∞"
    text = f"{x:,.{digits}f}"
    text = text.removeprefix("-") if re.fullmatch(r"-[0.,]+", text) else text
    return text.replace(",", "\0").replace(".", decimal).replace("\0", thousands)
