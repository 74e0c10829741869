"""Identifiers in a source: text as written, without the white space around it or the decimal that a float gave it."""

import duckdb

from clvlab.data.reading.numbers import is_number
from clvlab.data.sql import counts
from clvlab.notes import Note

SPACE = "chr(32) || chr(9) || chr(10) || chr(13) || chr(11) || chr(12) || chr(160) || chr(12288) || chr(65279)"


def key_sql(con: duckdb.DuckDBPyConnection, role: str, kind: str, column: str) -> tuple[str, list[Note]]:
    """SQL for an identifier: NULL where missing; a whole number stays a number, which is quick to group by.

    Parameters
    ----------
    con : connection with ``raw``
    role : str
        Its name in ``raw``.
    kind : str
        Its DuckDB type.
    column : str
        Its name in the source, for notes.

    Returns
    -------
    (str, list of Note)
    """
    if kind.startswith(("FLOAT", "DOUBLE", "DECIMAL")):
        whole = f"{role} = trunc({role}) AND abs({role}) < 1e15"
        return (
            f"CASE WHEN NOT isfinite({role}::DOUBLE) THEN NULL WHEN {whole} THEN {role}::BIGINT::VARCHAR "
            f"ELSE {role}::VARCHAR END"
        ), []
    if is_number(kind):
        return role, []
    text = f"{role}::VARCHAR"
    trimmed = f"trim({text}, {SPACE})"
    (odd,) = counts(con, f"SELECT count(*) FILTER ({edges_sql(text)} OR contains({text}, '.0')) FROM raw")
    if not odd:
        return text, []
    float_ = "'-?[0-9]+\\.0+'"
    spaced, floats = counts(
        con,
        f"SELECT count(*) FILTER ({trimmed} <> {text} AND {trimmed} <> ''), "
        f"count(*) FILTER (regexp_full_match({trimmed}, {float_})) FROM raw",
    )
    notes = [Note("data.identifiers_trimmed", column=column, n=spaced)] if spaced else []
    if not floats:
        return f"nullif({trimmed}, '')", notes
    notes.append(Note("data.identifiers_without_decimal", column=column, n=floats))
    return (
        f"nullif(CASE WHEN regexp_full_match({trimmed}, {float_}) THEN split_part({trimmed}, '.', 1) "
        f"ELSE {trimmed} END, '')"
    ), notes


def edges_sql(text: str) -> str:
    """SQL for whether a text may have white space around it.

    Nearly every text begins and ends above the blank and below the no-break space, and is spared the trimming.
    """
    return f"{text} < '!' OR {text} >= chr(160) OR right({text}, 1) <= ' ' OR right({text}, 1) >= chr(160)"


def trimmed_sql(con: duckdb.DuckDBPyConnection, role: str, kind: str) -> str:
    """SQL for a column's text without the white space around it; empty where there is nothing else."""
    text = f"{role}::VARCHAR"
    spaces = kind == "VARCHAR" and counts(con, f"SELECT count(*) FILTER ({edges_sql(text)}) FROM raw")[0]
    return f"trim({text}, {SPACE})" if spaces else text
