"""Text files with separators, in whatever encoding they are written."""

import csv
import io
from pathlib import Path

import duckdb

from clvlab.data.hiding import shape
from clvlab.data.sources.encodings import as_utf8
from clvlab.data.sql import first_line, literal, quoted
from clvlab.data.sql import name as column_name
from clvlab.errors import InputError
from clvlab.notes import Note

_CDNOW = {
    5: ("customer_id", "sample_id", "date", "number_of_cds", "dollar_value"),
    4: ("customer_id", "date", "number_of_cds", "dollar_value"),
}


def read_text(con: duckdb.DuckDBPyConnection, path: Path) -> list[Note]:
    """Make the table ``source`` of a text file's rows."""
    text = as_utf8(path, Path(str(con.execute("SELECT current_setting('temp_directory')").fetchall()[0][0])))
    head = text.head
    line = next((each for each in head.splitlines() if each.strip()), "")
    if not line:
        raise InputError(f"{path.name!r} is empty. Orders need a header line and one line per order.")
    outside = "".join(part for i, part in enumerate(line.split('"')) if i % 2 == 0)
    mark = max(",;\t|", key=outside.count)
    if outside.count(mark) == 0 and len(line.split()) > 1:
        return [*text.notes, *_spaced(con, text.path, path, line)]
    names = [name.strip() for name in next(csv.reader(io.StringIO(head), delimiter=mark))]
    names = [name or f"unnamed_{i}" for i, name in enumerate(names, start=1)]
    _check_header(path, names)
    fields = "{" + ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in names) + "}"
    options = (
        f"columns = {fields}, header = true, delim = {quoted(mark)}, quote = '\"', escape = '\"', "
        "auto_detect = false, null_padding = false, parallel = true, hive_partitioning = false"
    )
    try:
        con.execute(f"CREATE OR REPLACE TABLE source AS SELECT * FROM read_csv({literal(text.path)}, {options})")
    except duckdb.Error as error:
        raise InputError(
            f"{path.name!r} cannot be read as {len(names)} columns separated by {mark!r}: {_said(error)}"
        ) from None
    return list(text.notes)


def _said(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    kept = [line for line in lines if line.startswith(("Original Line", "Expected")) or "Error on Line" in line]
    said = [f"{line[:14]}{shape(line[14:])}" if line.startswith("Original Line:") else line
            for line in kept or [first_line(error)]]  # fmt: skip
    return "; ".join(said) + ". Correct that line, or quote the values that hold the separator."


def _check_header(path: Path, names: list[str]) -> None:
    folded = [name.casefold() for name in names]
    twice = sorted({name for name in names if folded.count(name.casefold()) > 1})
    if twice:
        raise InputError(f"{path.name!r} names a column twice: {', '.join(map(repr, twice))}. Rename one of each.")
    if all(_is_number(name) for name in names):
        raise InputError(
            f"{path.name!r} has no header line: its first line is {', '.join(names)!r}. Add a line with the "
            "columns' names on top."
        )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _spaced(con: duckdb.DuckDBPyConnection, readable: Path, path: Path, line: str) -> list[Note]:
    """Read columns that are separated by spaces, as the CDNOW files are, with or without a header."""
    first = line.split()
    headless = all(_is_number(name) for name in first)
    notes: list[Note] = []
    if headless:
        names = _CDNOW.get(len(first), ())
        if not names or len(first[names.index("date")]) != 8:
            _check_header(path, first)
        notes.append(Note("data.layout_of_cdnow", file=path.name))
    else:
        names = tuple(first)
        _check_header(path, first)
    parts = ", ".join(f"parts[{i}] AS {column_name(name)}" for i, name in enumerate(names, start=1))
    con.execute(
        "CREATE TEMP TABLE spaced AS SELECT string_split_regex(trim(line), '\\s+') AS parts, row_number()"
        f" OVER () AS number FROM read_csv({literal(readable)}, columns = {{'line': 'VARCHAR'}}, delim ="
        " '\x1f', quote = '', escape = '', header = false, auto_detect = false)"
        " WHERE trim(line) <> ''"
    )
    if not headless:
        con.execute("DELETE FROM spaced WHERE number = 1")
    odd = con.execute(
        f"SELECT number, array_to_string(parts, ' ') FROM spaced WHERE len(parts) <> {len(names)} ORDER BY 1 LIMIT 1"
    ).fetchall()
    if odd:
        raise InputError(
            f"{path.name!r} has {len(names)} columns separated by spaces, but line {odd[0][0]} does not:"
            f" {shape(odd[0][1])!r}. Correct that line, or separate columns by commas."
        )
    con.execute(f"CREATE TABLE source AS SELECT {parts} FROM spaced ORDER BY number")
    con.execute("DROP TABLE spaced")
    return notes
