"""Rows on their way into DuckDB's table ``source``, a block at a time, each column of one type for all of them."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import duckdb

from clvlab.data.sql import counts, name, quoted
from clvlab.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

type Row = Sequence[object]

# What Python makes of a database's values, and the type in DuckDB of a column that holds nothing else but NULL.
_KINDS = {
    frozenset({"double"}): "DOUBLE",
    frozenset({"truth"}): "BOOLEAN",
    frozenset({"day"}): "DATE",
    frozenset({"time"}): "TIMESTAMP",
    frozenset({"day", "time"}): "TIMESTAMP",
    frozenset({"instant"}): "TIMESTAMP WITH TIME ZONE",
}


def land_batches(
    con: duckdb.DuckDBPyConnection, batches: "pa.RecordBatchReader", *, numbers: Collection[str] = ()
) -> None:
    """Make the table ``source`` of Arrow batches, holding one at a time.

    Parameters
    ----------
    con
        The connection that is to see the rows.
    batches
        Of one schema.
    numbers
        Columns of text that hold numbers, as decimals of any length do.
    """
    import pyarrow as pa

    _check_names(batches.schema.names)
    con.register("arriving", batches.schema.empty_table())
    con.execute("CREATE TABLE source AS FROM arriving")
    con.unregister("arriving")
    for batch in batches:
        con.register("arriving", pa.Table.from_batches([batch]))
        con.execute("INSERT INTO source FROM arriving")
        con.unregister("arriving")
    for column in numbers:
        _as_numbers(con, column)


def land_rows(con: duckdb.DuckDBPyConnection, names: Sequence[str], blocks: Iterable[Sequence[Row]]) -> None:
    """Make the table ``source`` of blocks of rows whose values are Python's.

    Every value arrives as text, exactly; once all are there, a column becomes what all of its values are: so neither a
    block that is NULL throughout nor a value of another kind late in the table can change what came before.
    """
    import pyarrow as pa

    seen: list[set[str]] = [set() for _ in names]

    def batches() -> Iterable["pa.RecordBatch"]:
        for block in blocks:
            columns = [_texts(values, kinds) for values, kinds in zip(zip(*block, strict=True), seen, strict=True)]
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    _check_names(names)
    schema = pa.schema([(column, pa.string()) for column in names])
    land_batches(con, pa.RecordBatchReader.from_batches(schema, batches()))
    for column, kinds in zip(names, seen, strict=True):
        if kinds in ({"number"}, {"number", "double"}):
            _as_numbers(con, column)
        elif frozenset(kinds) in _KINDS:
            con.execute(f"ALTER TABLE source ALTER {name(column)} TYPE {_KINDS[frozenset(kinds)]}")


def _texts(values: Sequence[object], kinds: set[str]) -> "pa.Array":
    """A column of a block as text, its kinds of value noted."""
    import pyarrow as pa

    types = set(map(type, values)) - {type(None)}
    if types <= {str}:
        kinds.update("text" for _ in types)
        return pa.array(values, pa.string())
    if types == {int}:
        kinds.add("number")
        return pa.array([None if value is None else str(value) for value in values], pa.string())
    return pa.array([None if value is None else _text(value, kinds) for value in values], pa.string())


def _text(value: object, kinds: set[str]) -> str:
    if isinstance(value, bool):
        kinds.add("truth")
        return str(value).lower()
    if isinstance(value, (int, float, Decimal)):
        kinds.add("double" if isinstance(value, float) else "number")
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if isinstance(value, datetime):
        kinds.add("time" if value.tzinfo is None else "instant")
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        kinds.add("day")
        return value.isoformat()
    kinds.add("text")
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value).hex()
    return json.dumps(value, default=str) if isinstance(value, (dict, list)) else str(value)


def _as_numbers(con: duckdb.DuckDBPyConnection, column: str) -> None:
    """Give a column of numbers in text their type: whole ones stay exact whatever their length, others are doubles.

    The double is the nearest to what is written, as it is where a file is read.
    """
    held = name(column)
    filled, odd, long = counts(
        con,
        f"SELECT count({held}), count(*) FILTER (NOT regexp_full_match({held}, '[+-]?[0-9]+(\\.0*)?')), "
        f"max(length(split_part({held}, '.', 1))) FROM source",
    )
    if filled and (long > 15 if odd else long > 38):
        return  # a double would lose digits: it stays text
    kind = "DOUBLE" if odd or not filled else "BIGINT" if long <= 18 else "HUGEINT"
    value = held if kind == "DOUBLE" else f"split_part({held}, '.', 1)"
    con.execute(f"ALTER TABLE source ALTER {held} TYPE {kind} USING {value}::{kind}")


def _check_names(names: Sequence[str]) -> None:
    folded = [each.casefold() for each in names]
    twice = sorted({each for each in names if folded.count(each.casefold()) > 1})
    if twice:
        raise InputError(
            f"The query names a column twice: {', '.join(map(quoted, twice))}. Give one of each another name with AS."
        )
    if not names:
        raise InputError("The query has no columns.")
