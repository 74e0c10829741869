"""The order lines as DuckDB holds them: text or numbers in, a typed line with its reason out."""

from dataclasses import dataclass

import duckdb

from clvlab.data.reading.columns import Columns
from clvlab.data.reading.dates import check_zone, local_time, text_dates
from clvlab.data.sources.source import Source, close_source, require_rows
from clvlab.data.sql import counts, name, number
from clvlab.errors import InputError
from clvlab.notes import Note

PURCHASE, MISSING_CUSTOMER, BAD_DATE, BAD_AMOUNT, REFUND, ZERO, DUPLICATE = range(7)
REASONS = {
    PURCHASE: "purchase",
    MISSING_CUSTOMER: "missing customer",
    BAD_DATE: "bad date",
    BAD_AMOUNT: "bad amount",
    REFUND: "cancellation or refund",
    ZERO: "zero amount",
    DUPLICATE: "duplicate",
}
UNSEEN = "refund of an unseen purchase"

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "U")
_SPACE = "chr(32) || chr(9) || chr(10) || chr(13) || chr(11) || chr(12) || chr(160) || chr(12288)"
# Above this a double no longer holds cents, and sums of a base's orders lose them.
LARGEST_AMOUNT = 1e15
FIRST_YEAR, LAST_YEAR = 1900, 2200


@dataclass(frozen=True)
class Lines:
    """What is known once the lines stand: rows read, and notes on how they were read."""

    rows: int
    notes: tuple[Note, ...]


def make_lines(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    columns: Columns,
    *,
    timezone: str | None,
    date_format: str | None,
    duplicates: bool,
) -> Lines:
    """Copy what is needed into ``raw``, type it in ``lines``, and note equal rows in ``twins``: three tables.

    ``lines`` has row (0-based), key (the customer), moment (wall-clock time), day (days since 1970-01-01),
    amount, product and reason: one reason a row, in the order of the codes above.
    """
    timezone = check_zone(timezone)
    roles = {
        "customer": columns.customer,
        "date": columns.date,
        "amount": columns.amount,
        "quantity": columns.quantity,
        "price": columns.price,
        "product": columns.product,
        "order_id": columns.order_id,
    }
    taken = [f"{name(column)} AS {role}" for role, column in roles.items() if column is not None]
    taken += [f"{name(column)} AS attribute_{i}" for i, column in enumerate(columns.attributes)]
    # The hash stands for the row. Of 64 bits, it is shared by chance among 10 million rows 3 times in a million.
    taken.append(f"hash({', '.join(name(column) for column in source.types)}) AS twin")
    try:
        con.execute(f"CREATE TABLE raw AS SELECT {', '.join(taken)} FROM source")
    except duckdb.Error as error:
        raise InputError(f"{source.name!r} cannot be read: {str(error).splitlines()[0]}") from None
    close_source(con)
    rows = number(con, "SELECT count(*) FROM raw")
    require_rows(rows, source.name)

    types = {role: source.types[column] for role, column in roles.items() if column is not None}
    notes: list[Note] = []
    key = _key(con, types["customer"])
    moment, said = _moment(con, types["date"], columns.date, source.zones.get(columns.date), timezone, date_format)
    notes += said
    amount = _amount(types)
    cancelled, said = _cancelled(con, types, columns, amount)
    notes += said
    carried = "".join(f"attribute_{i}, " for i in range(len(columns.attributes)))
    dated = f"isfinite(moment) AND year(moment) BETWEEN {FIRST_YEAR} AND {LAST_YEAR}"
    good = f"isfinite(amount) AND abs(amount) <= {LARGEST_AMOUNT}" if columns.has_amounts else "true"
    con.execute(f"""
        CREATE TABLE lines AS
        SELECT {carried}row, key, moment, (moment::DATE - DATE '1970-01-01')::INTEGER AS day, product, twin,
            CASE WHEN {good} THEN amount END AS amount,
            CASE
                WHEN key IS NULL THEN {MISSING_CUSTOMER}
                WHEN ({dated}) IS NOT TRUE THEN {BAD_DATE}
                WHEN ({good}) IS NOT TRUE THEN {BAD_AMOUNT}
                WHEN cancelled OR amount < 0 THEN {REFUND}
                WHEN amount = 0 THEN {ZERO}
                ELSE {PURCHASE}
            END::UTINYINT AS reason
        FROM (
            SELECT {carried}
                rowid AS row, {key} AS key, {moment} AS moment, {amount} AS amount, {cancelled} AS cancelled,
                twin,
                {"nullif(trim(product::VARCHAR), '')" if columns.product else "NULL::VARCHAR"} AS product
            FROM raw
        )
        """)
    con.execute("CREATE TABLE twins (row BIGINT)")
    if duplicates:
        # Duplicates are looked for among purchases only: every other row has its reason already, and a row
        # that equals it in every column has the same one.
        con.execute(
            f"CREATE TABLE repeated AS SELECT twin FROM lines WHERE reason = {PURCHASE} "
            "GROUP BY twin HAVING count(*) > 1"
        )
        con.execute(
            "INSERT INTO twins SELECT row FROM (SELECT row, row_number() OVER (PARTITION BY twin ORDER BY"
            f" row) AS n FROM lines SEMI JOIN repeated USING (twin) WHERE reason = {PURCHASE}) WHERE n > 1"
        )
        con.execute("DROP TABLE repeated")
    return Lines(rows, tuple(notes))


def _is_number(kind: str) -> bool:
    return kind.startswith(_NUMBERS) and kind not in ("UUID", "UNION")


def _key(con: duckdb.DuckDBPyConnection, kind: str) -> str:
    """SQL for the customer's identifier: NULL where missing, 17850.0 as 17850, all else as it stands."""
    if kind.startswith(("FLOAT", "DOUBLE", "DECIMAL")):
        whole = "customer = trunc(customer) AND abs(customer) < 1e15"
        return (
            f"CASE WHEN NOT isfinite(customer::DOUBLE) THEN NULL WHEN {whole} THEN customer::BIGINT::VARCHAR "
            "ELSE customer::VARCHAR END"
        )
    if _is_number(kind):
        return "customer"
    # Nearly every identifier begins above the blank and below the no-break space, and is spared the trimming.
    text = (
        "CASE WHEN customer::VARCHAR >= '!' AND customer::VARCHAR < chr(160) THEN customer::VARCHAR "
        f"WHEN trim(customer::VARCHAR, {_SPACE}) <> '' THEN customer::VARCHAR END"
    )
    # Numbers that went through a float on their way into text all end in .0; where one does not, all stay.
    floats = "bool_and(regexp_full_match(customer::VARCHAR, '-?[0-9]+\\.0+'))"
    for part in ("(SELECT * FROM raw LIMIT 1000)", "raw"):
        if not number(con, f"SELECT ({floats})::INTEGER FROM {part} WHERE ({text}) IS NOT NULL"):
            return text
    return f"CASE WHEN trim(customer::VARCHAR, {_SPACE}) <> '' THEN split_part(customer::VARCHAR, '.', 1) END"


def _moment(
    con: duckdb.DuckDBPyConnection,
    kind: str,
    column: str,
    zone: str | None,
    timezone: str | None,
    date_format: str | None,
) -> tuple[str, list[Note]]:
    """SQL for an order's wall-clock time, a TIMESTAMP, NULL where it is no date."""
    if kind == "TIMESTAMP WITH TIME ZONE" or zone is not None:
        instant = "date" if kind == "TIMESTAMP WITH TIME ZONE" else "date::TIMESTAMP AT TIME ZONE 'UTC'"
        return local_time(instant, timezone or zone or "UTC"), [
            Note("data.days_of_zone", column=column, zone=timezone or zone or "UTC")
        ]
    unused: list[Note] = []
    if timezone is not None:
        unused = [Note("data.zone_not_needed", column=column, zone=timezone)]
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return "date::TIMESTAMP", unused
    if _is_number(kind):
        parsed = "try_strptime(CASE WHEN date = trunc(date) THEN try_cast(date AS BIGINT)::VARCHAR END, '%Y%m%d')"
        some = f"SELECT count(*) FROM raw WHERE year({parsed}) BETWEEN {FIRST_YEAR} AND {LAST_YEAR}"
        if not number(con, some):
            found = con.execute("SELECT date FROM raw WHERE date IS NOT NULL LIMIT 3").fetchall()
            raise InputError(
                "Numbers are read as dates only where they are written yyyymmdd, such as 19970101."
                f" {column!r} holds {', '.join(str(row[0]) for row in found) or 'nothing'}. Convert the"
                " column to dates first."
            )
        return parsed, [*unused, Note("data.dates_read_as", column=column, layout="YYYYMMDD")]
    if kind != "VARCHAR":
        con.execute("ALTER TABLE raw ALTER date TYPE VARCHAR")
    if not number(con, "SELECT count(*) FROM raw WHERE trim(date) <> ''"):
        raise InputError(f"Orders need a date, and {column!r} is missing in every row. Pass date= with another column.")
    parsed, notes = text_dates(con, column=column, timezone=timezone, date_format=date_format)
    return parsed, notes


def _double(role: str, kind: str) -> str:
    if _is_number(kind):
        return f"{role}::DOUBLE"
    # DuckDB reads 1_000 as a number; no till writes one so.
    return f"CASE WHEN NOT contains({role}::VARCHAR, '_') THEN try_cast({role}::VARCHAR AS DOUBLE) END"


def _amount(types: dict[str, str]) -> str:
    if "amount" in types:
        return _double("amount", types["amount"])
    if "price" in types:
        return f"({_double('quantity', types['quantity'])}) * ({_double('price', types['price'])})"
    return "NULL::DOUBLE"


def _cancelled(
    con: duckdb.DuckDBPyConnection, types: dict[str, str], columns: Columns, amount: str
) -> tuple[str, list[Note]]:
    """SQL for whether the order number marks a cancellation: a C, then digits, as in UCI's Online Retail."""
    if "order_id" not in types or _is_number(types["order_id"]):
        return "false", []
    mark = "regexp_full_match(trim(order_id::VARCHAR), '[Cc][0-9]+')"
    marked, positive, rows = counts(
        con, f"SELECT count(*) FILTER ({mark}), count(*) FILTER ({mark} AND ({amount}) > 0), count(*) FROM raw"
    )
    if marked == 0:
        return "false", []
    if 2 * marked > rows:
        return "false", [Note("data.too_many_for_cancellations", column=columns.order_id, n=marked, rows=rows)]
    notes = [Note("data.cancellations", column=columns.order_id, n=marked)]
    if positive:
        notes.append(Note("data.cancellations_above_zero", n=positive))
    return f"coalesce({mark}, false)", notes
