"""How numbers, shares, money, intervals and dates are written for a reader."""

import math
import re
from collections.abc import Callable, Iterable
from datetime import date as _date
from datetime import datetime
from numbers import Real
from typing import Any, Literal

from clvlab.errors import InputError
from clvlab.words.catalogue import WordsError, entry, say

Kind = Literal["number", "percent", "money"]

_SIGNS = {
    "AUD": "A$", "BRL": "R$", "CAD": "C$", "CNY": "¥", "EUR": "€", "GBP": "£", "HKD": "HK$", "INR": "₹",
    "JPY": "¥", "KRW": "₩", "NZD": "NZ$", "TWD": "NT$", "USD": "$",
}  # fmt: skip
_NO_MINOR_UNIT = {"JPY", "KRW"}
_currency: str | None = None


def use_currency(currency: str | None) -> None:
    """Write money in this currency where none is named; None prints no sign.

    Parameters
    ----------
    currency : str or None
        An ISO 4217 code such as ``"GBP"``.

    Raises
    ------
    InputError
        It is no such code.

    Examples
    --------
    >>> use_currency("GBP"); money(1234.5)
    '£1,234'
    >>> use_currency(None); money(1234.5)
    '1,234'
    """
    global _currency
    if currency and not re.fullmatch("[A-Z]{3}", currency):
        raise InputError(
            f"currency is the three capital letters of ISO 4217, such as GBP, USD or CNY; found {currency!r}."
        )
    _currency = currency or None


def _missing(x: Any) -> bool:
    if x is None:
        return True
    try:
        return bool(x != x)
    except TypeError:  # pandas.NA has no truth value
        return True


def digits_for(values: Iterable[Any], *, kind: Kind = "number") -> int:
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
    finite = [abs(float(x)) for x in values if not _missing(x) and math.isfinite(x)]
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


def number(x: Any, digits: int | None = None) -> str:
    """Write a number with thousands separators.

    Parameters
    ----------
    x : number
        Missing (None, NaN) is written as a dash.
    digits : int, optional
        Decimals. Unset: none from 100 up and for whole numbers, otherwise about three significant figures.

    Examples
    --------
    >>> number(1652.4), number(12), number(4.4142), number(0.2431), number(None)
    ('1,652', '12', '4.41', '0.243', '–')
    """
    if _missing(x):
        return str(entry("numbers.unknown"))
    value = float(x)
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    if isinstance(x, int) and not digits:
        return f"{x:,}"
    text = f"{value:,.{digits_for([value]) if digits is None else digits}f}"
    return text.removeprefix("-") if re.fullmatch(r"-[0.,]+", text) else text


def percent(x: Any, digits: int | None = None) -> str:
    """Write a share, given as a fraction of 1, in percent.

    Examples
    --------
    >>> percent(0.27), percent(0.034), percent(0.997), percent(1), percent(0.00042)
    ('27%', '3.4%', '99.7%', '100%', '0.042%')
    """
    if _missing(x):
        return str(entry("numbers.unknown"))
    digits = digits_for([x], kind="percent") if digits is None else digits
    return number(100 * float(x), digits) + "%"


def money(x: Any, currency: str | None = None, digits: int | None = None) -> str:
    """Write an amount of money.

    Parameters
    ----------
    x : number
        The amount, in whole units of the currency.
    currency : str, optional
        An ISO 4217 code. A known sign stands before the amount, an unknown code after it. Unset: the one
        given to `use_currency`, or no sign.
    digits : int, optional
        Decimals. Unset: none from 100 up, otherwise two.

    Examples
    --------
    >>> money(48210.7, "GBP"), money(35.2, "EUR"), money(-1200, "USD"), money(1200, "CHF"), money(35.2)
    ('£48,211', '€35.20', '-$1,200', '1,200 CHF', '35.20')
    """
    if _missing(x):
        return str(entry("numbers.unknown"))
    currency = currency or _currency
    if digits is None:
        digits = 0 if currency in _NO_MINOR_UNIT else digits_for([x], kind="money")
    text = number(float(x), digits)
    if not currency:
        return text
    sign = _SIGNS.get(currency)
    if sign is None:
        return f"{text} {currency}"
    return f"-{sign}{text[1:]}" if text.startswith("-") else f"{sign}{text}"


def interval(low: Any, high: Any, kind: Kind = "number", *, currency: str | None = None) -> str:
    """Write an interval, both ends with the same decimals.

    Examples
    --------
    >>> interval(1570, 1737)
    '1,570 to 1,737'
    >>> interval(0.24, 0.31, "percent"), interval(1570.4, 1737.1, "money", currency="GBP")
    ('24% to 31%', '£1,570 to £1,737')
    """
    digits = digits_for([low, high], kind=kind)
    writers: dict[str, Callable[[Any], str]] = {
        "number": lambda x: number(x, digits),
        "percent": lambda x: percent(x, digits),
        "money": lambda x: money(x, currency, digits),
    }
    if kind not in writers:
        raise WordsError(f"An interval is of kind number, percent or money, not {kind!r}.")
    return say("numbers.low_to_high", low=writers[kind](low), high=writers[kind](high))


def date(when: Any) -> str:
    """Write a day.

    Parameters
    ----------
    when : date, datetime, pandas.Timestamp, numpy.datetime64 or ISO text
        The day; a time of day is not shown.

    Examples
    --------
    >>> date("1998-06-30")
    '30 June 1998'
    """
    if _missing(when):
        return str(entry("numbers.unknown"))
    day = when
    if not isinstance(day, _date):
        day = datetime.fromisoformat(str(day)[:10])
    month = entry("numbers.months")[day.month - 1]
    return say("numbers.day_month_year", day=str(day.day), month=month, year=str(day.year))


def written(value: Any, spec: str | None = None) -> str:
    """Write one value as a format asks, or as its type suggests.

    Parameters
    ----------
    value : object
        Text, number, date or missing.
    spec : str, optional
        ``number``, ``percent`` or ``money``, each with decimals if wished (``number2``, ``percent1``);
        ``date``; ``text``; ``p_value``, which is never 0.000.

    Raises
    ------
    WordsError
        The format is none of these.

    Examples
    --------
    >>> written(0.124, "percent1"), written(6919), written("1998-06-30", "date"), written(1998, "text")
    ('12.4%', '6,919', '30 June 1998', '1998')
    >>> written(0.0314, "p_value"), written(2e-9, "p_value")
    ('0.031', '< 0.001')
    """
    if spec is None:
        if isinstance(value, bool):
            return str(value)
        if isinstance(value, Real) or _missing(value):
            return number(value)
        return date(value) if isinstance(value, _date) else str(value)
    if spec == "p_value":
        return "< 0.001" if value is not None and value < 0.001 else number(value, 3)
    found = re.fullmatch(r"(number|percent|money)(\d?)|(date|text)", spec)
    if found is None:
        raise WordsError(
            f"{spec!r} is no format: use number, percent, money (with decimals: number2), p_value, date or text."
        )
    digits = int(found[2]) if found[2] else None
    match found[1] or found[3]:
        case "number":
            return number(value, digits)
        case "percent":
            return percent(value, digits)
        case "money":
            return money(value, digits=digits)
        case "date":
            return date(value)
    return number(value) if _missing(value) else str(value)
