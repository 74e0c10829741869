"""Orders kept in files: text with separators, Parquet and Excel, each checked to be what its name says."""

import csv
import gzip
import io
import warnings
from pathlib import Path

import duckdb
import pandas as pd

from clvlab.data.frames import open_pandas
from clvlab.data.sql import name as column_name
from clvlab.data.sql import quoted
from clvlab.errors import InputError
from clvlab.notes import Note

TEXT = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz")
PARQUET = (".parquet", ".pq")
EXCEL = (".xlsx", ".xlsm")
_CDNOW = {
    5: ("customer_id", "sample_id", "date", "number_of_cds", "dollar_value"),
    4: ("customer_id", "date", "number_of_cds", "dollar_value"),
}
_MAGIC = {
    b"PAR1": "a Parquet file",
    b"PK\x03\x04": "an Excel workbook or another zip archive",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (.xls)",
    b"\x1f\x8b": "compressed with gzip",
    b"SQLite": "a SQLite database",
    b"%PDF": "a PDF document",
}


def ending(path: Path) -> str:
    """Return the file's ending in lower case, ``.csv.gz`` taken as one."""
    name = path.name.casefold()
    return next((end for end in (*TEXT, *PARQUET, *EXCEL) if name.endswith(end)), path.suffix.casefold())


def check_file(path: Path) -> str:
    """Return the file's ending once its first bytes agree with it; an InputError says otherwise."""
    if not path.exists():
        raise InputError(f"There is no file {str(path)!r}. Check the path; it is read from {str(Path.cwd())!r}.")
    if path.is_dir():
        raise InputError(f"{str(path)!r} is a folder. Pass the path of one file.")
    end = ending(path)
    if end not in (*TEXT, *PARQUET, *EXCEL):
        raise InputError(
            f"{path.name!r} ends in {end or 'nothing'}, which is not read. Files that end in "
            f"{', '.join((*TEXT, *PARQUET, *EXCEL))} are."
        )
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip():
        raise InputError(f"{path.name!r} is empty. Orders need a header line and one line an order.")
    is_a = next((what for magic, what in _MAGIC.items() if head.startswith(magic)), None)
    expected = (
        "a Parquet file"
        if end in PARQUET
        else (
            "an Excel workbook or another zip archive"
            if end in EXCEL
            else "compressed with gzip"
            if end.endswith(".gz")
            else None
        )
    )
    utf16 = head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if is_a != expected or (expected is None and b"\0" in head and not utf16):
        raise InputError(
            f"{path.name!r} ends in {end}, but its content is"
            f" {is_a or ('not text' if b'\0' in head else 'plain text')}. Give it the ending of what it"
            " holds, or save it again in the format its name says."
        )
    return end


def open_file(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[dict[str, str], list[Note]]:
    """Make the view or table ``source`` of a file's rows.

    Returns
    -------
    (dict, list of Note)
        Time zone by column, where the file states one, and notes.
    """
    end = check_file(path)
    if end in PARQUET:
        return _parquet(con, path)
    if end in EXCEL:
        return {}, _excel(con, path)
    return {}, _text(con, path)


def _parquet(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[dict[str, str], list[Note]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
        # A path may hold characters that a glob would read as wildcards.
        literal = "".join(f"[{letter}]" if letter in "*?[" else letter for letter in str(path))
        con.execute(f"CREATE VIEW source AS SELECT * FROM read_parquet({quoted(literal)})")
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise InputError(f"{path.name!r} is not a readable Parquet file: {_first_line(error)}") from None
    zones = {f.name: f.type.tz for f in schema if pa.types.is_timestamp(f.type) and f.type.tz is not None}
    return zones, []


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]


def _head(path: Path) -> tuple[str, str]:
    opener = gzip.open if path.name.casefold().endswith(".gz") else open
    try:
        with opener(path, "rb") as file:
            raw = file.read(1 << 18)
    except (OSError, EOFError) as error:
        raise InputError(f"{path.name!r} cannot be uncompressed: {_first_line(error)}") from None
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw[: len(raw) // 2 * 2].decode("utf-16", errors="ignore"), "utf-16"
    try:
        return raw[: raw.rfind(b"\n") + 1 or None].decode("utf-8-sig"), "utf-8"
    except UnicodeDecodeError:
        return raw.decode("latin-1"), "latin-1"


def _text(con: duckdb.DuckDBPyConnection, path: Path) -> list[Note]:
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


def _excel(con: duckdb.DuckDBPyConnection, path: Path) -> list[Note]:
    try:
        with warnings.catch_warnings():
            # openpyxl warns of styles and extensions it leaves aside; none of them touches a cell's value.
            warnings.simplefilter("ignore", UserWarning)
            sheets = pd.read_excel(path, sheet_name=None, dtype=object)
    except Exception as error:
        raise InputError(f"{path.name!r} is not a readable Excel workbook: {_first_line(error)}") from None
    filled = {name: sheet for name, sheet in sheets.items() if len(sheet.columns)}
    if not filled:
        raise InputError(f"{path.name!r} is empty. Orders need a header line and one line an order.")
    first, *others = filled
    same = [first, *(name for name in others if list(filled[name].columns) == list(filled[first].columns))]
    open_pandas(con, pd.concat([filled[name] for name in same], ignore_index=True))
    notes: list[Note] = []
    if len(same) > 1:
        notes.append(Note("data.sheets_read_together", sheets=[str(name) for name in same]))
    left = [name for name in filled if name not in same]
    if left:
        notes.append(Note("data.sheets_left_aside", sheet=str(first), others=[str(name) for name in left]))
    return notes
