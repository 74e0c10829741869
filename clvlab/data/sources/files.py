"""Orders kept in files: text with separators, Parquet and Excel, each checked to be what its name says."""

from pathlib import Path

import duckdb

from clvlab.data.sources.excel import read_excel
from clvlab.data.sources.text import read_text
from clvlab.data.sql import first_line, literal
from clvlab.errors import InputError
from clvlab.notes import Note

TEXT = (".csv", ".csv.gz", ".tsv", ".tsv.gz", ".txt", ".txt.gz")
PARQUET = (".parquet", ".pq")
EXCEL = (".xlsx", ".xlsm")
DATABASES = {".db": "sqlite", ".sqlite": "sqlite", ".sqlite3": "sqlite", ".duckdb": "duckdb"}
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
    if not path.is_file():
        raise InputError(f"{str(path)!r} is a pipe or a device. Save what it gives to a file, and pass that.")
    end = ending(path)
    if end in DATABASES:
        raise InputError(
            f"{path.name!r} ends in {end}, as a database does. Give its address, with the table that is meant: "
            f"'{DATABASES[end]}:///{path.resolve()}#TABLE'."
        )
    if end not in (*TEXT, *PARQUET, *EXCEL):
        raise InputError(
            f"{path.name!r} ends in {end or 'nothing'}, which is not read. Files that end in "
            f"{', '.join((*TEXT, *PARQUET, *EXCEL))} are."
        )
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip():
        raise InputError(f"{path.name!r} is empty. A table needs a header line and one line per row.")
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
    # UTF-16 writes every other byte of plain text as 0.
    zeros = head.count(0) / len(head)
    binary = zeros > 0 and not head.startswith((b"\xff\xfe", b"\xfe\xff")) and not 0.2 < zeros < 0.6
    if is_a != expected or (expected is None and binary):
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
        return {}, read_excel(con, path)
    return {}, read_text(con, path)


def _parquet(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[dict[str, str], list[Note]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(path)
        con.execute(f"CREATE VIEW source AS SELECT * FROM read_parquet({literal(path)}, hive_partitioning = false)")
    except (duckdb.Error, pa.ArrowException, OSError) as error:
        raise InputError(f"{path.name!r} is not a readable Parquet file: {first_line(error)}") from None
    zones = {f.name: f.type.tz for f in schema if pa.types.is_timestamp(f.type) and f.type.tz is not None}
    return zones, []
