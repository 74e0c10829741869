"""A reader's language and currency, as one immutable value that writes sentences, numbers, money and days."""

import re
import string
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from numbers import Real
from typing import SupportsFloat, cast

from clvlab.errors import InputError
from clvlab.notes import Note, Span
from clvlab.words.catalogue import Catalogue, WordsError, catalogue
from clvlab.words.numbers import Kind, digits_for, grouped, missing
from clvlab.words.quoting import quoted

_FORMAT = re.compile(r"(number|percent|money|points)(\d?)|(date|month|period|short|text)")
_PERIOD = re.compile(r"(\d{4})(?:Q([1-4])|-(\d\d))?")


@dataclass(frozen=True)
class Locale:
    """How a reader is told things.

    Parameters
    ----------
    language : str
        Code of a language that has a catalogue.
    currency : str, optional
        ISO 4217 code of the currency amounts are in; unset, no sign is printed.

    Raises
    ------
    InputError
        No such language, or a currency that is no code.

    Examples
    --------
    >>> Locale(currency="GBP").money(1234.5)
    '£1,234'
    >>> ENGLISH.say("report.rows_read", n=6919)
    '6,919 rows'
    """

    language: str = "en"
    currency: str | None = None

    def __post_init__(self) -> None:
        try:
            catalogue(self.language)
        except WordsError as error:
            raise InputError(str(error)) from error
        if self.currency is not None and not re.fullmatch("[A-Z]{3}", self.currency):
            raise InputError(
                f"currency is the three capital letters of ISO 4217, such as GBP, USD or CNY; found {self.currency!r}."
            )

    def into(self, language: str) -> "Locale":
        """The same currency for a reader of another language."""
        return replace(self, language=language)

    @property
    def words(self) -> Catalogue:
        """The catalogue of the language."""
        return catalogue(self.language)

    def say(self, what: str | Note, /, **values: object) -> str:
        """Write a sentence, title or label.

        Parameters
        ----------
        what : str or Note
            A key such as ``"report.contents"``, with what goes into its braces as keywords; or a note, which brings
            its values along.
        **values
            Written as `written` does, in the format the catalogue asks for (``{share:percent}``, ``{x:number2}``). A
            year is not a quantity: give it as text.

        Raises
        ------
        WordsError
            The key is not in the catalogue, or a value in braces was not given.

        Examples
        --------
        >>> ENGLISH.say("report.rows_read", n=1)
        '1 row'
        """
        if isinstance(what, Note):
            return self.say(what.code, **{**what.values, **values})
        text = self.words[what]
        if isinstance(text, Mapping):
            if "n" not in values:
                raise WordsError(f"{what!r} changes with a count: give n=.")
            text = text["one"] if values["n"] == 1 and "one" in text else text["other"]
        if not isinstance(text, str):
            raise WordsError(f"{what!r} is a list, not a sentence.")
        return _Sentence(what, self).vformat(text, (), values)

    def label(self, kind: str, identifier: object) -> str:
        """The name a reader knows something by; what has none, as a competitor a user named, is its own.

        >>> ENGLISH.label("competitor", "last_period"), ENGLISH.label("competitor", "my model")
        ('last period', 'my model')
        """
        key = f"labels.{kind}.{identifier}"
        return self.say(key) if key in self.words else str(identifier)

    def number(self, x: SupportsFloat | None, digits: int | None = None) -> str:
        """Write a number with thousands separators.

        Parameters
        ----------
        x : number
            Missing (None, NaN) is written as a dash.
        digits : int, optional
            Decimals. Unset: none from 100 up and for whole numbers, otherwise about three significant figures.

        Examples
        --------
        >>> [ENGLISH.number(x) for x in (1652.4, 12, 4.4142, 0.2431, None)]
        ['1,652', '12', '4.41', '0.243', '–']
        """
        if x is None or missing(x):
            return self.words.text("numbers.unknown")
        if isinstance(x, int) and not digits:
            digits = 0
        digits = digits_for([x]) if digits is None else digits
        signs = {name: self.words.text(f"numbers.{name}") for name in ("thousands", "decimal")}
        return grouped(float(x), digits, **signs)

    def percent(self, x: SupportsFloat | None, digits: int | None = None) -> str:
        """Write a share, given as a fraction of 1, in percent.

        Examples
        --------
        >>> [ENGLISH.percent(x) for x in (0.27, 0.034, 0.997, 1, 0.00042)]
        ['27%', '3.4%', '99.7%', '100%', '0.042%']
        """
        if x is None or missing(x):
            return self.words.text("numbers.unknown")
        digits = digits_for([x], kind="percent") if digits is None else digits
        return self.say("numbers.percent", x=self.number(100 * float(x), digits))

    def money(self, x: SupportsFloat | None, digits: int | None = None) -> str:
        """Write an amount of money in the currency.

        Parameters
        ----------
        x : number
            In whole units of the currency. A known sign stands before the amount, an unknown code after it.
        digits : int, optional
            Decimals. Unset: none from 100 up, otherwise two.

        Examples
        --------
        >>> Locale(currency="EUR").money(35.2), Locale(currency="USD").money(-1200), Locale(currency="CHF").money(1200)
        ('€35.20', '-$1,200', '1,200 CHF')
        >>> ENGLISH.money(35.2)
        '35.20'
        """
        if x is None or missing(x):
            return self.words.text("numbers.unknown")
        value, magnitude = float(x), ""
        for least, sign in self._magnitudes():
            if abs(value) >= least:
                value, magnitude = value / least, sign
                digits = 2 if abs(value) < 9.995 else 1
                break
        if digits is None:
            no_minor_unit = self.currency in self.words.texts("numbers.no_minor_unit")
            digits = 0 if no_minor_unit else digits_for([value], kind="money")
        text = self.number(value, digits) + magnitude
        if not self.currency:
            return text
        key = f"numbers.signs.{self.currency}"
        if key not in self.words:
            return self.say("numbers.amount_and_code", amount=text, code=self.currency)
        minus = "-" if text.startswith("-") else ""
        return minus + self.say("numbers.sign_and_amount", sign=self.words.text(key), amount=text.removeprefix("-"))

    def interval(self, low: SupportsFloat, high: SupportsFloat, kind: Kind = "number") -> str:
        """Write an interval, both ends with the same decimals.

        Examples
        --------
        >>> ENGLISH.interval(1570, 1737), ENGLISH.interval(0.24, 0.31, "percent")
        ('1,570 to 1,737', '24% to 31%')
        """
        if kind not in ("number", "percent", "money"):
            raise WordsError(f"An interval is of kind number, percent or money, not {kind!r}.")
        spec = f"{kind}{digits_for([low, high], kind=kind)}"
        return self.say("numbers.low_to_high", low=self.written(low, spec), high=self.written(high, spec))

    def date(self, when: object) -> str:
        """Write a day.

        Parameters
        ----------
        when : date, datetime, pandas.Timestamp, numpy.datetime64 or ISO text
            The day; a time of day is not shown.

        Examples
        --------
        >>> ENGLISH.date("1998-06-30")
        '30 June 1998'
        """
        if missing(when):
            return self.words.text("numbers.unknown")
        day = when if isinstance(when, date) else datetime.fromisoformat(str(when)[:10])
        month = self.words.texts("numbers.months")[day.month - 1]
        return self.say("numbers.day_month_year", day=str(day.day), month=month, year=str(day.year))

    def month(self, when: object) -> str:
        """Write a month, given as a day in it, a period or text such as 2011-01.

        >>> ENGLISH.month("2011-01")
        'Jan 2011'
        """
        if missing(when):
            return self.words.text("numbers.unknown")
        year, number = str(when)[:7].split("-")
        month = self.words.texts("numbers.short_months")[int(number) - 1]
        return self.say("numbers.month_year", month=month, year=year)

    def period(self, when: object) -> str:
        """Write a year, quarter or month; what is none is left as it is.

        >>> [ENGLISH.period(each) for each in ("2024", "2024Q2", "2024-03", "before")]
        ['2024', '2024Q2', 'Mar 2024', 'before']
        """
        found = _PERIOD.fullmatch(str(when))
        if found is None:
            return str(when)
        year, quarter, month = found.groups()
        if month:
            return self.month(str(when))
        return self.say("numbers.quarter_year" if quarter else "numbers.year", quarter=quarter, year=year)

    def listed(self, items: Iterable[str]) -> str:
        """Texts as a list in a sentence."""
        return self.words.text("numbers.comma").join(items)

    def written(self, value: object, spec: str | None = None) -> str:
        """Write one value as a format asks, or as its type suggests.

        Parameters
        ----------
        value : object
            Text, number, day, span, note, missing; or several of them, written as a list.
        spec : str, optional
            ``number``, ``percent``, ``points`` (percentage points) or ``money``, with decimals if wished (``number2``);
            ``short``, with a decimal at most; ``p_value``; ``date``, ``month``, ``period``, ``text``; ``quoted``, as an
            error's message; or a kind of label (``competitor``, ``unit``, ...) for an identifier.

        Raises
        ------
        WordsError
            The format is none of these.

        Examples
        --------
        >>> ENGLISH.written(0.124, "percent1"), ENGLISH.written("1998-06-30", "date"), ENGLISH.written(1998, "text")
        ('12.4%', '30 June 1998', '1998')
        >>> ENGLISH.written(["last_period", "BG/NBD"], "competitor"), ENGLISH.written(Span(39, "week"))
        ('last period, BG/NBD', '39 weeks')
        """
        if isinstance(value, Note):
            return self.say(value)
        if isinstance(value, Span):
            length = round(value.length, 1)
            return self.say(f"labels.span.{value.unit}", n=int(length) if length == int(length) else length)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return self.listed(self.written(each, spec) for each in value)
        if spec is None:
            return self._as_it_is(value)
        if spec == "p_value":
            return self._p_value(value)
        if spec == "quoted":
            return self.words.text("numbers.unknown") if missing(value) else quoted(value)
        found = _FORMAT.fullmatch(spec)
        if found is None:
            if not any(key.startswith(f"labels.{spec}.") for key in self.words):
                raise WordsError(
                    f"{spec!r} is no format: use number, percent, money (with decimals: number2), p_value, date, "
                    "month, period, text, or a kind of label."
                )
            return self.words.text("numbers.unknown") if missing(value) else self.label(spec, value)
        if missing(value):
            return self.words.text("numbers.unknown")
        digits = int(found[2]) if found[2] else None
        amount = cast("SupportsFloat", value)
        match found[1] or found[3]:
            case "number":
                return self.number(amount, digits)
            case "percent":
                return self.percent(amount, digits)
            case "points":
                return self.number(100.0 * float(amount), digits)
            case "money":
                return self.money(amount, digits)
            case "date":
                return self.date(value)
            case "month":
                return self.month(value)
            case "period":
                return self.period(value)
            case "short":
                return self.number(amount, 0 if isinstance(value, int) else 1)
        return str(value)

    def _as_it_is(self, value: object) -> str:
        if isinstance(value, bool):
            return self.say("numbers.yes" if value else "numbers.no")
        if isinstance(value, Real) or missing(value):
            return self.number(cast("SupportsFloat | None", value))
        return self.date(value) if isinstance(value, date) else str(value)

    def _p_value(self, value: object) -> str:
        if missing(value):
            return self.words.text("numbers.unknown")
        p = float(cast("SupportsFloat", value))
        return self.say("numbers.p_below") if p < 0.001 else self.number(p, 3)

    def _magnitudes(self) -> list[tuple[float, str]]:
        """Largest first: amounts from which the language counts in a larger unit, and its sign."""
        told = self.words["numbers.magnitudes"]
        pairs = [cast("Sequence[object]", each) for each in told] if isinstance(told, list) else []
        return sorted(((float(cast("SupportsFloat", least)), str(sign)) for least, sign in pairs), reverse=True)


class _Sentence(string.Formatter):
    """Plain names in braces only, each written by the locale."""

    def __init__(self, key: str, locale: Locale) -> None:
        self.key, self.locale = key, locale

    def get_field(self, field_name: str, args: Sequence[object], kwargs: Mapping[str, object]) -> tuple[object, str]:
        del args
        if field_name not in kwargs:
            given = ", ".join(sorted(kwargs)) or "nothing"
            raise WordsError(f"{self.key!r} needs a value called {field_name!r}; given: {given}.")
        return kwargs[field_name], field_name

    def format_field(self, value: object, format_spec: str) -> str:
        return self.locale.written(value, format_spec or None)


ENGLISH = Locale()
