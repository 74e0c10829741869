"""When something happened: days, times with and without a zone, text, epochs and a spreadsheet's numbers."""

import duckdb

from clvlab.data.hiding import shape
from clvlab.data.reading.dates import TextColumn, text_dates
from clvlab.data.reading.numbers import is_number
from clvlab.data.reading.zones import local_time
from clvlab.data.sql import counts, number
from clvlab.errors import InputError
from clvlab.notes import Note

FIRST_YEAR, LAST_YEAR = 1900, 2200
# Numbers that count from a day: what is read, the least and most that are taken for it, and the timestamp in SQL.
_COUNTED = (
    ("epoch_milliseconds", 500_000_000_000, 7_300_000_000_000, "epoch_ms({}::BIGINT)"),
    ("epoch_seconds", 500_000_000, 7_300_000_000, "epoch_ms(({}::DOUBLE * 1000)::BIGINT)"),
    ("spreadsheet_days", 14_000, 110_000, "TIMESTAMP '1899-12-30' + to_seconds(({}::DOUBLE * 86400)::BIGINT)"),
)


def moment_sql(
    con: duckdb.DuckDBPyConnection,
    role: str,
    kind: str,
    column: str,
    *,
    zone: str | None,
    timezone: str | None,
    date_format: str | None,
) -> tuple[str, list[Note]]:
    """SQL for the wall-clock time of a column of ``raw``: a TIMESTAMP, NULL where it is no date.

    Parameters
    ----------
    con : connection with ``raw``
    role, kind, column : str
        Its name in ``raw``, its DuckDB type, and its name in the source.
    zone : str or None
        Of a column that states one, whose values are instants.
    timezone : str or None
        Whose days count.
    date_format : str or None
        strptime pattern of text.

    Raises
    ------
    InputError
        The column's dates follow no one way of writing.
    """
    if kind == "TIMESTAMP WITH TIME ZONE" or zone is not None:
        instant = role if kind == "TIMESTAMP WITH TIME ZONE" else f"{role}::TIMESTAMP AT TIME ZONE 'UTC'"
        known = timezone or zone or "UTC"
        return local_time(instant, known), [Note("data.days_of_zone", column=column, zone=known)]
    unused = [] if timezone is None else [Note("data.zone_not_needed", column=column, zone=timezone)]
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return f"{role}::TIMESTAMP", unused
    if is_number(kind):
        return _numbers(con, role, role, column, timezone)
    if kind != "VARCHAR":
        con.execute(f"ALTER TABLE raw ALTER {role} TYPE VARCHAR")
    filled, digits, eights = counts(
        con,
        f"SELECT count(*) FILTER (trim({role}) <> ''), "
        f"count(*) FILTER (regexp_full_match(trim({role}), '[0-9]{{4,13}}(\\.[0-9]+)?')), "
        f"count(*) FILTER (regexp_full_match(trim({role}), '[0-9]{{8}}')) FROM raw",
    )
    if not filled:
        raise InputError(f"A date is needed, and {column!r} is missing in every row. Pass another column.")
    if date_format is None and 2 * digits > filled and not eights:
        return _numbers(con, role, f"try_cast(trim({role}) AS DOUBLE)", column, timezone)
    return text_dates(TextColumn(con, role, column), timezone=timezone, date_format=date_format)


def _numbers(
    con: duckdb.DuckDBPyConnection, role: str, value: str, column: str, timezone: str | None
) -> tuple[str, list[Note]]:
    """Of numbers: as most of them can be read."""
    written = (
        f"try_strptime(CASE WHEN {value} = trunc({value}) THEN try_cast({value} AS BIGINT)::VARCHAR END, '%Y%m%d')"
    )
    ways = {"yyyymmdd": f"CASE WHEN year({written}) BETWEEN {FIRST_YEAR} AND {LAST_YEAR} THEN {written} END"}
    for name, least, most, sql in _COUNTED:
        ways[name] = f"CASE WHEN {value} BETWEEN {least} AND {most} THEN {sql.format(f'({value})')} END"
    counted = {name: number(con, f"SELECT count({sql}) FROM raw") for name, sql in ways.items()}
    chosen = max(counted, key=lambda name: counted[name])
    if not counted[chosen]:
        found = con.execute(f"SELECT {role} FROM raw WHERE {role} IS NOT NULL LIMIT 3").fetchall()
        raise InputError(
            "Numbers are read as dates where they are written yyyymmdd (19970101), count seconds or milliseconds since "
            f"1970, or days as a spreadsheet does. {column!r} holds "
            f"{', '.join(str(shape(row[0])) for row in found) or 'nothing'}. Convert the column to dates first."
        )
    if chosen == "yyyymmdd":
        return written, [Note("data.dates_read_as", column=column, layout="YYYYMMDD")]
    if chosen == "spreadsheet_days":
        return ways[chosen], [Note("data.dates_are_spreadsheet_days", column=column)]
    zone = timezone or "UTC"
    note = Note("data.dates_are_epochs", column=column, zone=zone)
    return local_time(f"({ways[chosen]}) AT TIME ZONE 'UTC'", zone), [note]
