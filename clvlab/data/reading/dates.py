"""Dates written as text: one format for the whole column, otherwise the column is refused."""

import re
from dataclasses import dataclass

import duckdb

from clvlab.data.hiding import shape
from clvlab.data.reading.date_formats import FORMATS, DateFormat, spelled
from clvlab.data.reading.zones import local_time
from clvlab.data.sql import counts, number, quoted
from clvlab.errors import InputError
from clvlab.notes import Note

_OFFSET = r"(?:[0-9]{2}|\.[0-9]+)\s*(Z|z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})$"
_TAIL = r"\s*(Z|z|UTC|GMT|[+-][0-9]{2}:?[0-9]{2})$"


@dataclass(frozen=True)
class TextColumn:
    """A column of text in ``raw`` that is to hold dates.

    Attributes
    ----------
    con : connection
    role : str
        Its name in ``raw``.
    column : str
        Its name in the source, for messages.
    """

    con: duckdb.DuckDBPyConnection
    role: str
    column: str

    def count(self, expression: str) -> int:
        """One number of the whole column."""
        return number(self.con, f"SELECT {expression} FROM raw")

    def examples(self, where: str = "true") -> str:
        """The first three values that a condition holds for, with their rows."""
        rows = self.con.execute(
            f"SELECT rowid + 1, {self.role} FROM raw WHERE {self.role} IS NOT NULL AND ({where}) ORDER BY rowid LIMIT 3"
        ).fetchall()
        return ", ".join(f"{shape(value)!r} (row {row})" for row, value in rows) or "missing in every row"


def text_dates(of: TextColumn, *, timezone: str | None, date_format: str | None) -> tuple[str, list[Note]]:
    """Find how a text column writes its days.

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
        parsed = f"try_strptime(trim({of.role}), {quoted(date_format)})"
        if of.count(f"count({parsed})") == 0:
            raise InputError(
                f"No value of {of.column!r} is written as date_format={date_format!r}. "
                f"The first values are {of.examples()}."
            )
        if "%z" in date_format and timezone is not None:
            return local_time(f"{parsed}::TIMESTAMPTZ", timezone), []
        return parsed, [Note("data.dates_read_as", column=of.column, layout=date_format)]

    text, notes, shift = _without_offset(of, timezone)
    chosen = _choose(of, text)
    parsed = f"try_strptime({text}, {spelled(chosen.pattern)})"
    notes.insert(0, Note("data.dates_read_as", column=of.column, layout=chosen.layout))
    if shift and timezone is not None:
        instant = f"(({parsed}) - to_minutes({shift})) AT TIME ZONE 'UTC'"
        return local_time(instant, timezone), notes
    return parsed, notes


def _without_offset(of: TextColumn, timezone: str | None) -> tuple[str, list[Note], str]:
    """SQL for the text without its offset from UTC, and for the offset's minutes where it has any."""
    bare = f"trim({of.role})"
    if not of.count(f"max((contains({of.role}, ':') AND regexp_matches({bare}, '{_OFFSET}'))::INTEGER)"):
        return bare, [], ""
    mark = f"regexp_extract({bare}, '{_OFFSET}', 1)"
    found = of.con.execute(
        f"SELECT upper({mark}) AS mark, count(*), min(rowid) + 1 FROM raw WHERE {of.role} IS NOT NULL "
        f"AND contains({of.role}, ':') GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    zones = sorted({_minutes(row[0]) for row in found if row[0]})
    if not zones:
        return bare, [], ""
    text = f"CASE WHEN {mark} <> '' THEN regexp_replace({bare}, '{_TAIL}', '') ELSE {bare} END"
    plain = [row for row in found if not row[0]]
    if len(zones) + bool(plain) > 1 and (timezone is None or plain):
        shown = ", ".join(f"{row[0] or 'no offset'} (row {row[2]})" for row in found[:4])
        remedy = (
            "Write them all with one offset, or pass timezone= (such as 'Europe/London') for the zone whose days count."
            if not plain
            else "Give every row its offset, or none."
        )
        raise InputError(
            f"A day needs one time zone, and {of.column!r} holds more than one offset from UTC: {shown}. {remedy}"
        )
    if timezone is None:
        return text, [Note("data.days_at_offset", offset=found[0][0])], ""
    digits = f"replace(replace({mark}, ':', ''), '+', '')"
    shift = (
        f"CASE WHEN regexp_full_match({mark}, '[+-].*') THEN (try_cast(substr(replace({mark}, ':', ''), 2, 2)"
        f" AS INTEGER) * 60 + try_cast(right({digits}, 2) AS INTEGER)) * (CASE WHEN {mark} LIKE '-%' THEN -1"
        " ELSE 1 END) ELSE 0 END"
    )
    return text, [Note("data.days_of_zone", column=of.column, zone=timezone)], shift


def _minutes(mark: str) -> int:
    match = re.fullmatch(r"([+-])(\d{2}):?(\d{2})", mark)
    if match is None:
        return 0
    return (int(match[2]) * 60 + int(match[3])) * (-1 if match[1] == "-" else 1)


def _choose(of: TextColumn, text: str) -> DateFormat:
    """The one format that all dates of the column follow."""
    shapes = of.con.execute(
        f"SELECT any_value(t), count(*) FROM (SELECT {text} AS t FROM raw WHERE {of.role} IS NOT NULL) "
        "GROUP BY translate(t, '123456789', '000000000') ORDER BY 2 DESC LIMIT 500"
    ).fetchall()
    fits = {
        each: sum(rows for value, rows in shapes if re.fullmatch(each.shape + r"([ T]\s*[0-9].*)?", value))
        for each in FORMATS
    }
    most = max(fits.values())
    if most == 0:
        raise InputError(
            f"The dates in {of.column!r} are in no format known here: {of.examples()}. Pass date_format= with "
            "the pattern they follow, such as '%d/%m/%Y %H:%M'."
        )
    counted = {
        each: of.count(f"count(try_strptime({text}, {spelled(each.pattern)}))")
        for each, rows in fits.items()
        if rows == most
    }
    best = max(counted, key=lambda each: counted[each])
    if counted[best] == 0:
        raise InputError(
            f"The dates in {of.column!r} look like {best.said}, but none is a day of the calendar: "
            f"{of.examples()}. Pass date_format= with the pattern they follow."
        )
    for rival, rows in counted.items():
        if rival is not best and rows and "%b" not in rival.pattern and "%B" not in rival.pattern:
            _check_order(of, text, best, rival)
    return best


def _check_order(of: TextColumn, text: str, best: DateFormat, rival: DateFormat) -> None:
    """Refuse what could be read in two ways, or is written in two."""
    this = f"try_strptime({text}, {spelled(best.pattern)})"
    that = f"try_strptime({text}, {spelled(rival.pattern)})"
    only_best, only_rival, differ = counts(
        of.con,
        "SELECT count(*) FILTER (a IS NOT NULL AND b IS NULL), count(*) FILTER (a IS NULL AND b IS NOT"
        f" NULL), count(*) FILTER (a <> b) FROM (SELECT {this} AS a, {that} AS b FROM raw)",
    )
    # Four digits, month, day is a standard (ISO 8601): it is doubted only where some row can be nothing but the other.
    standard = best.pattern.startswith("%Y") and best.pattern.endswith("%d")
    if only_best == 0 and differ and not standard:
        raise InputError(
            f"Day and month cannot be told apart in {of.column!r}: every date, such as"
            f" {of.examples(f'({this}) <> ({that})')}, is a day of the calendar both as {best.said} and as"
            f" {rival.said}. Pass date_format={best.pattern!r} or date_format={rival.pattern!r} (with the"
            " time of day after it, where there is one)."
        )
    # Up to one row in a hundred is taken for a slip of the pen: it stands in the ledger as a bad date.
    if only_rival * 100 > only_best:
        raise InputError(
            f"Dates in {of.column!r} follow two orders: {only_best} rows can only be {best.said} and"
            f" {only_rival} only {rival.said}, such as"
            f" {of.examples(f'({this}) IS NULL AND ({that}) IS NOT NULL')}. Write the column in one order,"
            " or pass date_format= to take the others as bad dates."
        )
