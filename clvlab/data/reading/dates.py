"""Dates written as text or as numbers: one format for the whole column, or a plain refusal."""

import re
import zoneinfo
from dataclasses import dataclass

import duckdb

from clvlab.data.sql import counts, number
from clvlab.errors import InputError
from clvlab.notes import Note

_CLOCKS = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%I:%M:%S%p")
_OFFSET = r"(?:[0-9]{2}|\.[0-9]+)\s*(Z|z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})$"
_WORD = "[A-Za-z]+"
_LETTERS = {"%Y": "YYYY", "%y": "YY", "%m": "MM", "%b": "MMM", "%B": "MMMM", "%d": "DD"}


@dataclass(frozen=True)
class DateFormat:
    """A way of writing a day: what people call it, its strptime pattern, and the shape it needs."""

    said: str
    pattern: str
    shape: str

    @property
    def layout(self) -> str:
        """The pattern in letters that any reader knows, as DD/MM/YYYY."""
        found = self.pattern
        for mark, letters in _LETTERS.items():
            found = found.replace(mark, letters)
        return found


_FORMATS = (
    DateFormat("year-month-day", "%Y-%m-%d", "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"),
    DateFormat("year/month/day", "%Y/%m/%d", "[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}"),
    DateFormat("year.month.day", "%Y.%m.%d", r"[0-9]{4}\.[0-9]{1,2}\.[0-9]{1,2}"),
    DateFormat("yyyymmdd", "%Y%m%d", "[0-9]{8}"),
    DateFormat("年月日", "%Y年%m月%d日", "[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日"),
    *(
        DateFormat(
            f"{said}{mark}year{note}",
            f"{first}{mark}{second}{mark}{year}",
            f"[0-9]{{1,2}}{re.escape(mark)}[0-9]{{1,2}}{re.escape(mark)}{digits}",
        )
        for mark in "/-."
        for year, digits, note in (("%Y", "[0-9]{4}", ""), ("%y", "[0-9]{2}", " (two digits)"))
        for said, first, second in ((f"day{mark}month", "%d", "%m"), (f"month{mark}day", "%m", "%d"))
    ),
    *(
        DateFormat(
            f"day{mark}month name{mark}year",
            f"%d{mark}{month}{mark}{year}",
            f"[0-9]{{1,2}}{mark}{_WORD}{mark}{digits}",
        )
        for mark in " -"
        for month in ("%b", "%B")
        for year, digits in (("%Y", "[0-9]{4}"), ("%y", "[0-9]{2}"))
    ),
    *(
        DateFormat(f"month name day{comma} year", f"{month} %d{comma} %Y", f"{_WORD} [0-9]{{1,2}}{comma} [0-9]{{4}}")
        for month in ("%b", "%B")
        for comma in (",", "")
    ),
)


def check_zone(timezone: str | None) -> str | None:
    """Return the zone's name, or say that there is no such zone."""
    if timezone is None:
        return None
    if re.fullmatch(r"[+-][0-9]{2}:[0-9]{2}", timezone):
        return timezone
    try:
        zoneinfo.ZoneInfo(timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(
            f"timezone={timezone!r} is no time zone known here. Pass a name such as 'Europe/London', or 'UTC'."
        ) from None
    return timezone


def local_time(expression: str, zone: str) -> str:
    """SQL for the wall-clock time in ``zone`` of an instant (a TIMESTAMPTZ expression)."""
    offset = re.fullmatch(r"(?:UTC|pytz\.FixedOffset\()?([+-])?(\d{2}):?(\d{2})\)?", zone)
    if offset:
        minutes = (int(offset[2]) * 60 + int(offset[3])) * (-1 if offset[1] == "-" else 1)
        return f"(({expression}) AT TIME ZONE 'UTC' + to_minutes({minutes}))"
    return f"(({expression}) AT TIME ZONE '{zone}')"


def _spelled(pattern: str) -> str:
    patterns = [pattern, *(f"{pattern}{gap}{clock}" for clock in _CLOCKS for gap in (" ", "T"))]
    return "[" + ", ".join("'" + each.replace("'", "''") + "'" for each in patterns) + "]"


def text_dates(
    con: duckdb.DuckDBPyConnection, *, column: str, timezone: str | None, date_format: str | None
) -> tuple[str, list[Note]]:
    """Find how the text column ``raw.date`` writes its days.

    Returns
    -------
    (str, list of Note)
        SQL that makes a TIMESTAMP (NULL where the text is no date in that format), and notes.

    Raises
    ------
    InputError
        No format fits, day and month cannot be told apart, rows contradict each other, or more than one
        offset from UTC is there and no ``timezone`` is given.
    """
    if date_format is not None:
        quoted = date_format.replace("'", "''")
        parsed = f"try_strptime(trim(date), '{quoted}')"
        if _number_of(con, f"count({parsed})") == 0:
            raise InputError(
                f"No value of {column!r} is written as date_format={date_format!r}. "
                f"The first values are {_examples(con)}."
            )
        if "%z" in date_format and timezone is not None:
            return local_time(f"{parsed}::TIMESTAMPTZ", timezone), []
        return parsed, [Note("data.dates_read_as", column=column, layout=date_format)]

    text, notes, shift = _without_offset(con, column, timezone)
    chosen = _choose(con, text, column)
    parsed = f"try_strptime({text}, {_spelled(chosen.pattern)})"
    notes.insert(0, Note("data.dates_read_as", column=column, layout=chosen.layout))
    if shift and timezone is not None:
        instant = f"(({parsed}) - to_minutes({shift})) AT TIME ZONE 'UTC'"
        return local_time(instant, timezone), notes
    return parsed, notes


def _number_of(con: duckdb.DuckDBPyConnection, expression: str) -> int:
    return number(con, f"SELECT {expression} FROM raw")


def _examples(con: duckdb.DuckDBPyConnection, where: str = "date IS NOT NULL") -> str:
    rows = con.execute(f"SELECT rowid + 1, date FROM raw WHERE {where} ORDER BY rowid LIMIT 3").fetchall()
    return ", ".join(f"{value!r} (row {row})" for row, value in rows) or "missing in every row"


def _without_offset(con: duckdb.DuckDBPyConnection, column: str, timezone: str | None) -> tuple[str, list[Note], str]:
    if not _number_of(con, f"max((contains(date, ':') AND regexp_matches(trim(date), '{_OFFSET}'))::INTEGER)"):
        return "trim(date)", [], ""
    mark = f"regexp_extract(trim(date), '{_OFFSET}', 1)"
    found = con.execute(
        f"SELECT upper({mark}) AS mark, count(*), min(rowid) + 1 FROM raw WHERE date IS NOT NULL "
        "AND contains(date, ':') GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    zones = sorted({_minutes(row[0]) for row in found if row[0]})
    if not zones:
        return "trim(date)", [], ""
    text = "regexp_replace(trim(date), '\\s*(Z|z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})$', '')"
    text = f"CASE WHEN {mark} <> '' THEN {text} ELSE trim(date) END"
    plain = [row for row in found if not row[0]]
    if len(zones) + bool(plain) > 1 and (timezone is None or plain):
        shown = ", ".join(f"{row[0] or 'no offset'} (row {row[2]})" for row in found[:4])
        remedy = (
            "Write them all with one offset, or pass timezone= (such as 'Europe/London') for the zone whose days count."
            if not plain
            else "Give every row its offset, or none."
        )
        raise InputError(
            f"A day needs one time zone, and {column!r} holds more than one offset from UTC: {shown}. {remedy}"
        )
    if timezone is None:
        return text, [Note("data.days_at_offset", offset=found[0][0])], ""
    digits = f"replace(replace({mark}, ':', ''), '+', '')"
    shift = (
        f"CASE WHEN regexp_full_match({mark}, '[+-].*') THEN (try_cast(substr(replace({mark}, ':', ''), 2, 2)"
        f" AS INTEGER) * 60 + try_cast(right({digits}, 2) AS INTEGER)) * (CASE WHEN {mark} LIKE '-%' THEN -1"
        " ELSE 1 END) ELSE 0 END"
    )
    return text, [Note("data.days_of_zone", column=column, zone=timezone)], shift


def _minutes(mark: str) -> int:
    match = re.fullmatch(r"([+-])(\d{2}):?(\d{2})", mark)
    if match is None:
        return 0
    return (int(match[2]) * 60 + int(match[3])) * (-1 if match[1] == "-" else 1)


def _choose(con: duckdb.DuckDBPyConnection, text: str, column: str) -> DateFormat:
    shapes = con.execute(
        f"SELECT any_value(t), count(*) FROM (SELECT {text} AS t FROM raw WHERE date IS NOT NULL) "
        "GROUP BY translate(t, '123456789', '000000000') ORDER BY 2 DESC LIMIT 500"
    ).fetchall()
    fits = {
        each: sum(rows for value, rows in shapes if re.fullmatch(each.shape + r"([ T]\s*[0-9].*)?", value))
        for each in _FORMATS
    }
    most = max(fits.values())
    if most == 0:
        raise InputError(
            f"The dates in {column!r} are in no format known here: {_examples(con)}. Pass date_format= with "
            "the pattern they follow, such as '%d/%m/%Y %H:%M'."
        )
    counts = {
        each: _number_of(con, f"count(try_strptime({text}, {_spelled(each.pattern)}))")
        for each, rows in fits.items()
        if rows == most
    }
    best = max(counts, key=lambda each: counts[each])
    if counts[best] == 0:
        raise InputError(
            f"The dates in {column!r} look like {best.said}, but none is a day of the calendar: "
            f"{_examples(con)}. Pass date_format= with the pattern they follow."
        )
    rival = next((e for e in counts if e is not best and e.said.startswith(("day", "month")) and counts[e]), None)
    if rival is not None and ("%m" in best.pattern and "%m" in rival.pattern):
        _check_order(con, text, column, best, rival)
    return best


def _check_order(con: duckdb.DuckDBPyConnection, text: str, column: str, best: DateFormat, rival: DateFormat) -> None:
    this = f"try_strptime({text}, {_spelled(best.pattern)})"
    that = f"try_strptime({text}, {_spelled(rival.pattern)})"
    only_best, only_rival, differ = counts(
        con,
        "SELECT count(*) FILTER (a IS NOT NULL AND b IS NULL), count(*) FILTER (a IS NULL AND b IS NOT"
        f" NULL), count(*) FILTER (a <> b) FROM (SELECT {this} AS a, {that} AS b FROM raw)",
    )
    if only_best == 0 and differ:
        raise InputError(
            f"Day and month cannot be told apart in {column!r}: every date, such as"
            f" {_examples(con, f'({this}) <> ({that})')}, is a day of the calendar both as {best.said} and as"
            f" {rival.said}. Pass date_format={best.pattern!r} or date_format={rival.pattern!r} (with the"
            " time of day after it, where there is one)."
        )
    # Up to one row in a hundred is taken for a slip of the pen: it stands in the ledger as a bad date.
    if only_rival * 100 > only_best:
        raise InputError(
            f"Dates in {column!r} follow two orders: {only_best} rows can only be {best.said} and"
            f" {only_rival} only {rival.said}, such as"
            f" {_examples(con, f'({this}) IS NULL AND ({that}) IS NOT NULL')}. Write the column in one order,"
            " or pass date_format= to take the others as bad dates."
        )
