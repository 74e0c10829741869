"""The private DuckDB connection behind an Orders: tables in, blocks of purchase days out."""

import shutil
import tempfile
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from clvlab.data.hiding import add_function
from clvlab.data.reading.refunds import TOLERANCE, Netting
from clvlab.data.sql import counts, one_row

_MEMORY = "1500MB"
# Purchase days handed out at a time: 3 arrays of 5 million take 100 MB.
_BLOCK = 5_000_000


def connect() -> tuple[duckdb.DuckDBPyConnection, str]:
    """Open an in-memory database that spills to its own folder."""
    folder = tempfile.mkdtemp(prefix="clvlab-")
    config: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": _MEMORY,
        "temp_directory": folder,
    }
    con = duckdb.connect(":memory:", config=config)
    add_function(con)
    return con, folder


def close(con: duckdb.DuckDBPyConnection, folder: str) -> None:
    """Close what ``connect`` opened, and take its folder away."""
    con.close()
    shutil.rmtree(folder, ignore_errors=True)


@dataclass(frozen=True)
class Block:
    """Purchase days of some customers, sorted by customer and day.

    Attributes
    ----------
    code
        The customer's place in the order of identifiers, one entry per purchase day.
    day
        Days since 1970-01-01.
    amount
        What the day's orders came to, refunds known by then taken off; NaN where amounts are unknown.
    """

    code: np.ndarray
    day: np.ndarray
    amount: np.ndarray


class Store:
    """Owns the connection; closes it and removes its folder when nothing refers to it any more."""

    def __init__(self, con: duckdb.DuckDBPyConnection, folder: str) -> None:
        self.con = con
        self.finalizer = weakref.finalize(self, close, con, folder)
        self.lock = threading.Lock()
        self.netting: Netting | None = None
        self.counts: dict[int, tuple[int, int]] = {}

    def make_days(self, *, used: str) -> None:
        """Number the customers in the order of their identifiers, and add each one's orders up by day."""
        con = self.con
        con.execute(
            "CREATE TABLE customers AS SELECT key, key::VARCHAR AS customer_id, "
            "(row_number() OVER (ORDER BY key::VARCHAR) - 1)::INTEGER AS code "
            f"FROM (SELECT DISTINCT key FROM lines WHERE {used})"
        )
        con.execute(
            "CREATE TABLE days AS SELECT code, day, sum(amount) AS amount, count(*)::INTEGER AS n "
            f"FROM lines JOIN customers USING (key) WHERE {used} GROUP BY code, day ORDER BY code, day"
        )
        # Sums of three amounts or more depend on their order in the last digit; these are summed again from
        # the smallest up, so that the same orders in any row order give the same bits.
        con.execute(
            "UPDATE days SET amount = again.amount FROM ("
            "SELECT code, day, list_sum(list_sort(list(amount))) AS amount FROM lines "
            "JOIN (SELECT key, code, day FROM days JOIN customers USING (code) WHERE n >= 3) USING (key, day) "
            f"WHERE {used} GROUP BY code, day) AS again "
            "WHERE days.code = again.code AND days.day = again.day"
        )

    def make_attributes(self, count: int, *, used: str) -> None:
        """Keep attributes of the first order of each day that is, or after refunds may be, the first."""
        touched = np.unique(self.netting.code) if self.netting is not None else np.empty(0, dtype=np.int64)
        self.con.register("touched_codes", pd.DataFrame({"code": touched}))
        values = ", ".join(f"'attribute_{i}': attribute_{i}" for i in range(count))
        self.con.execute(f"""
            CREATE TABLE attributes AS
            SELECT code, day, unnest(first) FROM (
                SELECT code, day, arg_min({{{values}}}, {{'moment': moment, 'row': row}}) AS first
                FROM lines JOIN (
                    SELECT key, code, opening, code IN (SELECT code FROM touched_codes) AS touched
                    FROM customers JOIN (SELECT code, min(day) AS opening FROM days GROUP BY code) USING (code)
                ) USING (key)
                WHERE {used} AND (day = opening OR touched)
                GROUP BY code, day
            )
            """)
        self.con.unregister("touched_codes")

    def span(self, end: int | None = None) -> tuple[int, int] | None:
        """Return the first day with an order, and the last with an order or a refund that found one."""
        with self.lock:
            first, last = one_row(self.con, "SELECT min(day), max(day) FROM days WHERE day <= coalesce(?, day)", [end])
        if first is None or last is None:
            return None
        refunds = self.netting.refund_day if self.netting is not None else np.empty(0, dtype=np.int64)
        known = refunds if end is None else refunds[refunds <= end]
        return int(first), max(int(last), int(known.max(initial=last)))

    def drop_lines(self) -> None:
        """Let the copied rows go: what is asked later is answered from the days."""
        for statement in ("DROP TABLE lines", "DROP TABLE raw", "DROP TABLE twins"):
            self.con.execute(statement)

    def blocks(self, end: int) -> Iterator[Block]:
        """Yield the purchase days up to ``end`` (days since 1970-01-01) as they were known on that day."""
        with self.lock:
            total, customers = counts(self.con, "SELECT (SELECT count(*) FROM days), (SELECT count(*) FROM customers)")
        step = max(1, -(-customers // max(1, -(-total // _BLOCK))))
        for low in range(0, customers, step):
            with self.lock:
                found = self.con.execute(
                    "SELECT code, day, amount FROM days WHERE code >= ? AND code < ? AND day <= ? ORDER BY code, day",
                    [low, low + step, end],
                ).fetchnumpy()
            amount = np.ma.filled(np.ma.asarray(found["amount"], dtype=float), np.nan)
            block = Block(np.asarray(found["code"]), np.asarray(found["day"]), amount)
            yield self._net(block, low, low + step, end)

    def _net(self, block: Block, low: int, high: int, end: int) -> Block:
        netting = self.netting
        if netting is None or not len(netting.code):
            return block
        known = (netting.code >= low) & (netting.code < high) & (netting.refund_day <= end)
        if not known.any():
            return block
        place = np.searchsorted(_key(block.code, block.day), _key(netting.code[known], netting.day[known]))
        taken = np.zeros(len(block.code))
        np.add.at(taken, place, netting.amount[known])
        left = block.amount - taken
        gone = (taken > 0) & (left <= TOLERANCE * block.amount)
        return Block(block.code[~gone], block.day[~gone], left[~gone])

    def customer_ids(self) -> pd.Index:
        """Return all identifiers, placed by code."""
        with self.lock:
            table = self.con.sql("SELECT customer_id FROM customers ORDER BY code").to_arrow_table()
        found: pd.Index = pd.Index(table.column(0).to_pandas().astype("str"), name="customer_id")
        return found

    def attributes(self, count: int) -> pd.DataFrame:
        """Return code, day and the attributes, as kept."""
        kinds = dict(self.con.execute("SELECT column_name, column_type FROM (DESCRIBE attributes)").fetchall())
        taken = ", ".join(
            (
                f"attribute_{i}::VARCHAR AS attribute_{i}"
                if str(kinds[f"attribute_{i}"]).startswith(("ENUM", "UUID", "TIMESTAMP WITH"))
                else f"attribute_{i}"
            )
            for i in range(count)
        )
        with self.lock:
            table = self.con.sql(f"SELECT code, day, {taken} FROM attributes ORDER BY code, day").to_arrow_table()
        found: pd.DataFrame = table.to_pandas()
        return found


def _key(code: np.ndarray, day: np.ndarray) -> np.ndarray:
    # Days from 1900 to 2200 lie within +-2**17, so a customer and a day make one sortable integer.
    return code.astype(np.int64) * (1 << 20) + day.astype(np.int64)
