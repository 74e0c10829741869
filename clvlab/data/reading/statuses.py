"""Meanings of a status: an order was cancelled, a deal was won or lost. Statuses without a meaning are listed."""

import duckdb

from clvlab.data.sql import quoted
from clvlab.data.tables.contract import plain
from clvlab.notes import Note

MOST = 1000  # distinct values: beyond, it is no status


def status_sql(con: duckdb.DuckDBPyConnection, column: str | None, meaning: frozenset[str]) -> tuple[str, list[Note]]:
    """SQL for whether ``raw.status`` is one of the words of a meaning.

    Parameters
    ----------
    con : connection with ``raw``
    column : str or None
        Name of the status in the source; None where there is none.
    meaning : frozenset of str
        Words as ``plain`` writes them.

    Returns
    -------
    (str, list of Note)
        The notes count the rows of each word that says so, and list the words that do not.
    """
    if column is None:
        return "false", []
    found = con.execute(
        "SELECT trim(status::VARCHAR) AS said, count(*) FROM raw WHERE trim(status::VARCHAR) <> '' "
        f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {MOST}"
    ).fetchall()
    words = [said for said, _ in found if plain(said) in meaning]
    if not words:
        return "false", []
    others = [said for said, _ in found if said not in words]
    rows = sum(n for said, n in found if said in words)
    note = Note("data.cancelled_by_status", column=column, n=rows, words=words, others=others[:20] or ["-"])
    return f"coalesce(trim(status::VARCHAR) IN ({', '.join(map(quoted, words))}), false)", [note]
