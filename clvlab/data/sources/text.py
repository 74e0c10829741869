"""Text files with separators, in whatever encoding they are written."""

import csv
import gzip
import io
from pathlib import Path

import duckdb

from clvlab.data.sql import first_line, quoted
from clvlab.data.sql import name as column_name
from clvlab.errors import InputError
from clvlab.notes import Note

_CDNOW = {
    5: ("customer_id", "sample_id", "date", "number_of_cds", "dollar_value"),
    4: ("customer_id", "date", "number_of_cds", "dollar_value"),
}


def _head(path: Path) -> tuple[str, str]:
    opener = gzip.open if path.name.casefold().endswith(".gz") else open
    try:
        with opener(path, "rb") as file:
            raw = file.read(1 << 18)
    except (OSError, EOFError) as error:
        raise InputError(f"{path.name!r} cannot be uncompressed: {first_line(error)}") from None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw[: len(raw) // 2 * 2].decode("utf-16", errors="ignore"), "utf-16"
    try:
        return raw[: raw.rfind(b"\n") + 1 or None].decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return raw.decode("latin-1"), "latin-1"


def read_text(con: duckdb.DuckDBPyConnection, path: Path) -> list[Note]:
    head, encoding = _head(path)
    line = next((each for each in head.splitlines() if each.strip()), "")
    if not line:
        raise InputError(f"{path.name!r} is empty. Orders need a header line and one line an order.")
    outside = "".join(part for i, part in enumerate(line.split('"')) if i % 2 == 0)
    mark = max(",;\t|", key=outside.count)
    if outside.count(mark) == 0 and len(line.split()) > 1:
        return _spaced(con, path, line, encoding)
    names = [name.strip() for name in next(csv.reader(io.StringIO(head), delimiter=mark))]
    names = [name or f"unnamed_{i}" for i, name in enumerate(names, start=1)]
    _check_header(path, names)
    fields = "{" + ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in names) + "}"
    options = (
        f"columns = {fields}, header = true, delim = {quoted(mark)}, quote = '\"', escape = '\"', "
        "auto_detect = false, null_padding = false, parallel = true"
    )
    notes: list[Note] = []
    for trial in dict.fromkeys((encoding, "latin-1")):
        try:
            con.execute(
                f"CREATE OR REPLACE TABLE source AS SELECT * FROM read_csv({quoted(str(path))}, {options}, "
                f"encoding = {quoted(trial)})"
            )
        except duckdb.Error as error:
            if "unicode" in str(error).casefold() and trial == "utf-8":
                continue
            raise InputError(
                f"{path.name!r} cannot be read as {len(names)} columns separated by {mark!r}: {_said(error)}"
            ) from None
        if trial == "latin-1":
            notes.append(Note("data.read_as_latin_1", file=path.name))
        break
    return notes


def _said(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    kept = [line for line in lines if line.startswith(("Original Line", "Expected")) or "Error on Line" in line]
    return "; ".join(kept or lines[:1]) + ". Correct that line, or quote the values that hold the separator."


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


def _spaced(con: duckdb.DuckDBPyConnection, path: Path, line: str, encoding: str) -> list[Note]:
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
        f" OVER () AS number FROM read_csv({quoted(str(path))}, columns = {{'line': 'VARCHAR'}}, delim ="
        " '\x1f', quote = '', escape = '', header = false, auto_detect = false, encoding ="
        f" {quoted(encoding)}) WHERE trim(line) <> ''"
    )
    if not headless:
        con.execute("DELETE FROM spaced WHERE number = 1")
    odd = con.execute(
        f"SELECT number, array_to_string(parts, ' ') FROM spaced WHERE len(parts) <> {len(names)} ORDER BY 1 LIMIT 1"
    ).fetchall()
    if odd:
        raise InputError(
            f"{path.name!r} has {len(names)} columns separated by spaces, but line {odd[0][0]} does not:"
            f" {odd[0][1]!r}. Correct that line, or separate columns by commas."
        )
    con.execute(f"CREATE TABLE source AS SELECT {parts} FROM spaced ORDER BY number")
    con.execute("DROP TABLE spaced")
    return notes
