"""The order lines in DuckDB: from text or numbers to typed lines with their reasons."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from clvlab.data.hiding import hidden_sql
from clvlab.data.people import says_who
from clvlab.data.reading.columns import Columns
from clvlab.data.reading.currencies import in_one_currency
from clvlab.data.reading.keys import key_sql
from clvlab.data.reading.moments import FIRST_YEAR, LAST_YEAR, moment_sql
from clvlab.data.reading.numbers import is_number, number_sql
from clvlab.data.reading.placeholders import future, placeholder
from clvlab.data.reading.statuses import status_sql
from clvlab.data.reading.zones import check_zone
from clvlab.data.sources.source import Source, close_source, require_rows
from clvlab.data.sql import counts, first_line, name, number
from clvlab.errors import InputError
from clvlab.notes import Note

(PURCHASE, MISSING_CUSTOMER, BAD_DATE, FUTURE, PLACEHOLDER, BAD_AMOUNT, CANCELLED, REFUND, ZERO, DUPLICATE) = range(10)
REASONS = {
    PURCHASE: "purchase",
    MISSING_CUSTOMER: "missing customer",
    BAD_DATE: "bad date",
    FUTURE: "future date",
    PLACEHOLDER: "placeholder date",
    BAD_AMOUNT: "bad amount",
    CANCELLED: "cancelled by its status",
    REFUND: "cancellation or refund",
    ZERO: "zero amount",
    DUPLICATE: "duplicate",
}
UNSEEN = "refund of an unseen purchase"

# Above this a double no longer holds cents, and sums of a base's orders lose them.
LARGEST_AMOUNT = 1e15


@dataclass(frozen=True)
class Lines:
    """Facts about the lines once read: number of rows, and notes on how they were read."""

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
    rates: Mapping[str, float] | None = None,
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
        "status": columns.status,
        "currency": columns.currency,
    }
    taken = [f"{name(column)} AS {role}" for role, column in roles.items() if column is not None]
    taken += [f"{name(column)} AS attribute_{i}" for i, column in enumerate(columns.attributes)]
    # The hash stands for the row. Of 64 bits, it is shared by chance among 10 million rows 3 times in a million.
    taken.append(f"hash({', '.join(name(column) for column in source.types)}) AS twin")
    try:
        con.execute(f"CREATE TABLE raw AS SELECT {', '.join(taken)} FROM source")
    except duckdb.Error as error:
        raise InputError(f"{source.name!r} cannot be read: {first_line(error)}") from None
    close_source(con)
    rows = number(con, "SELECT count(*) FROM raw")
    require_rows(rows, source.name)

    types = {role: source.types[column] for role, column in roles.items() if column is not None}
    notes: list[Note] = []
    key, said = key_sql(con, "customer", types["customer"], columns.customer)
    notes += said
    key = hidden_sql(key)
    zone = source.zones.get(columns.date)
    moment, said = moment_sql(
        con, "date", types["date"], columns.date, zone=zone, timezone=timezone, date_format=date_format
    )
    notes += said
    amount, said = _amount(con, types, columns)
    notes += said
    if columns.currency is not None and columns.has_amounts:
        amount = in_one_currency(con, amount, columns.currency, rates)
    ended, said = status_sql(con, columns.status, columns.cancelled)
    notes += said
    cancelled, said = _cancelled(con, types, columns, amount)
    notes += said
    carried = "".join(f"attribute_{i}, " for i in range(len(columns.attributes)))
    held = "".join(
        f"{hidden_sql(f'attribute_{i}')} AS attribute_{i}, " if says_who(each) else f"attribute_{i}, "
        for i, each in enumerate(columns.attributes)
    )
    dated = f"isfinite(moment) AND year(moment) BETWEEN {FIRST_YEAR} AND {LAST_YEAR}"
    good = f"isfinite(amount) AND abs(amount) <= {LARGEST_AMOUNT}" if columns.has_amounts else "true"
    con.execute(f"""
        CREATE TABLE lines AS
        WITH dated AS (
            SELECT {held}
                rowid AS row, {key} AS key, {moment} AS moment, {amount} AS amount, {cancelled} AS cancelled,
                {ended} AS ended, twin,
                {"nullif(trim(product::VARCHAR), '')" if columns.product else "NULL::VARCHAR"} AS product
            FROM raw
        )
        SELECT {carried}row, key, moment, (moment::DATE - DATE '1970-01-01')::INTEGER AS day, product, twin,
            CASE WHEN {good} THEN amount END AS amount,
            CASE
                WHEN key IS NULL THEN {MISSING_CUSTOMER}
                WHEN ({dated}) IS NOT TRUE THEN {BAD_DATE}
                WHEN {future("moment")} THEN {FUTURE}
                WHEN {placeholder("moment", "dated")} THEN {PLACEHOLDER}
                WHEN ({good}) IS NOT TRUE THEN {BAD_AMOUNT}
                WHEN ended THEN {CANCELLED}
                WHEN cancelled OR amount < 0 THEN {REFUND}
                WHEN amount = 0 THEN {ZERO}
                ELSE {PURCHASE}
            END::UTINYINT AS reason
        FROM dated
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


def _amount(con: duckdb.DuckDBPyConnection, types: dict[str, str], columns: Columns) -> tuple[str, list[Note]]:
    """SQL for what a line came to: its amount, or quantity times price."""
    if columns.amount is not None:
        return number_sql(con, "amount", types["amount"], columns.amount)
    if columns.price is None or columns.quantity is None:
        return "NULL::DOUBLE", []
    quantity, said = number_sql(con, "quantity", types["quantity"], columns.quantity)
    price, also = number_sql(con, "price", types["price"], columns.price)
    return f"({quantity}) * ({price})", [*said, *also]


def _cancelled(
    con: duckdb.DuckDBPyConnection, types: dict[str, str], columns: Columns, amount: str
) -> tuple[str, list[Note]]:
    """SQL for whether the order number marks a cancellation: a C, then digits, as in UCI's Online Retail."""
    if "order_id" not in types or is_number(types["order_id"]):
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
