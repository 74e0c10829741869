"""Refunds subtracted from the purchases they undo, in time order, so that no day uses a later refund."""

from collections import defaultdict
from dataclasses import dataclass

import duckdb
import numpy as np

from clvlab.data.reading.lines import PURCHASE, REFUND, ZERO
from clvlab.data.sql import number

# The share of a purchase that counts as nothing left: sums of cents in binary leave crumbs.
TOLERANCE = 1e-9


@dataclass(frozen=True)
class Netting:
    """Refunds netted.

    Attributes
    ----------
    code, day, refund_day
        Arrays, one entry per allocation: the customer's code, the day of the purchase reduced and the day of
        the refund (days since 1970-01-01); sorted by all three.
    amount
        Money taken off that purchase day, above zero.
    rows, matched
        Source rows (0-based) of the refunds, and how much of each found a purchase.
    asked
        How much each refund gives back, above or at zero.
    """

    code: np.ndarray
    day: np.ndarray
    refund_day: np.ndarray
    amount: np.ndarray
    rows: np.ndarray
    matched: np.ndarray
    asked: np.ndarray


def net_refunds(con: duckdb.DuckDBPyConnection, *, used: str) -> Netting:
    """Subtract refunds from the latest earlier purchases of the same customer and product.

    Where a refund names no product, any product of the customer's will do. A refund sees only purchases that
    come before it (at the same moment, the purchase comes first), and takes what earlier refunds have left.

    Parameters
    ----------
    con
        Connection with ``lines`` and ``customers``.
    used
        SQL condition that a purchase line is used.

    Returns
    -------
    Netting
    """
    if number(con, f"SELECT count(*) FROM lines WHERE reason = {REFUND}") == 0:
        return _allocate(*(np.empty(0),) * 6)
    found = con.execute(f"""
        WITH refund AS (SELECT key, product FROM lines WHERE reason = {REFUND} GROUP BY ALL),
        touched AS (
            SELECT row, key, moment, day, abs(amount) AS amount, coalesce(product, '') AS product,
                reason = {REFUND} AS back
            FROM lines
            WHERE reason = {REFUND}
               OR (reason IN ({PURCHASE}, {ZERO}) AND amount > 0 AND {used}
                   AND (key IN (SELECT key FROM refund WHERE product IS NULL)
                        OR (key, product) IN (SELECT (key, product) FROM refund WHERE product IS NOT NULL)))
        )
        SELECT row, coalesce(code, -1) AS code, day, amount, product, back
        FROM touched LEFT JOIN customers USING (key)
        ORDER BY code, moment, back, amount, product, row
        """).fetchnumpy()
    return _allocate(*(np.asarray(found[column]) for column in ("row", "code", "day", "amount", "product", "back")))


def _allocate(
    row: np.ndarray,
    code: np.ndarray,
    day: np.ndarray,
    amount: np.ndarray,
    product: np.ndarray,
    back: np.ndarray,
) -> Netting:
    allocated: list[tuple[int, int, int, float]] = []
    rows, matched, asked = [], [], []
    stacks: dict[str, list[list[float]]] = {}
    everything: list[list[float]] = []
    current = None
    for i, (who, when, money, what, is_refund) in enumerate(
        zip(code.tolist(), day.tolist(), amount.tolist(), product.tolist(), back.tolist(), strict=True)
    ):
        if who != current:
            current, stacks, everything = who, defaultdict(list), []
        if not is_refund:
            entry = [when, money, money]
            stacks[what].append(entry)
            everything.append(entry)
            continue
        left = money
        stack = stacks[what] if what else everything
        while stack and left > TOLERANCE * money:
            entry = stack[-1]
            if entry[1] <= TOLERANCE * entry[2]:
                stack.pop()
                continue
            taken = min(left, entry[1])
            entry[1] -= taken
            left -= taken
            allocated.append((who, int(entry[0]), when, taken))
        rows.append(row[i])
        matched.append(money if left <= TOLERANCE * money else money - left)
        asked.append(money)
    allocated.sort()
    table = np.array(allocated, dtype=float).reshape(-1, 4)
    return Netting(
        code=table[:, 0].astype(np.int64),
        day=table[:, 1].astype(np.int64),
        refund_day=table[:, 2].astype(np.int64),
        amount=table[:, 3],
        rows=np.array(rows, dtype=np.int64),
        matched=np.array(matched, dtype=float),
        asked=np.array(asked, dtype=float),
    )
