"""The row ledger: each source row once, under one reason, used or not, so that the rows add up."""

import duckdb
import numpy as np
import pandas as pd

from clvlab.data.hiding import shape
from clvlab.data.reading.lines import BAD_AMOUNT, DUPLICATE, PURCHASE, REASONS, REFUND, UNSEEN, ZERO
from clvlab.data.reading.refunds import TOLERANCE, Netting
from clvlab.notes import Note

_EXAMPLES = 5


def make_ledger(
    con: duckdb.DuckDBPyConnection,
    *,
    netting: Netting | None,
    keep_zero: bool,
    keep_duplicates: bool,
    has_amounts: bool,
) -> pd.DataFrame:
    """Count rows and money by reason.

    A refund that finds purchases for only a part of its amount is counted once, as used; the part without a
    purchase stands as money under "refund of an unseen purchase", so that both columns add up.

    Returns
    -------
    DataFrame
        reason, used (bool), rows, amount (the source's unit; NaN where amounts are unknown), examples (tuple
        of the first source rows, 1-based).
    """
    found = con.execute(f"""
        SELECT CASE WHEN twins.row IS NOT NULL THEN {DUPLICATE} ELSE reason END AS code,
            count(*) AS n, fsum(amount) AS amount, min(lines.row, {_EXAMPLES}) AS examples
        FROM lines LEFT JOIN twins ON lines.row = twins.row
        GROUP BY ALL ORDER BY code
        """).fetchall()
    kept = {PURCHASE: True, ZERO: keep_zero, DUPLICATE: keep_duplicates}
    table: list[dict[str, object]] = []
    for code, rows, amount, examples in found:
        if code == REFUND and netting is not None:
            table += _refund_rows(netting, float(amount or 0.0))
            continue
        table.append(
            {
                "reason": REASONS[code],
                "used": kept.get(code, False),
                "rows": int(rows),
                "amount": float(amount or 0.0) if has_amounts else np.nan,
                "examples": tuple(int(row) + 1 for row in examples),
            }
        )
    return pd.DataFrame(table, columns=["reason", "used", "rows", "amount", "examples"])


def _refund_rows(netting: Netting, total: float) -> list[dict[str, object]]:
    used = (netting.matched > 0) | (netting.asked == 0)
    apart = netting.asked - netting.matched
    unseen = -float(apart[apart > TOLERANCE * netting.asked].sum())
    table: list[dict[str, object]] = []
    for reason, which, amount in ((REASONS[REFUND], used, total - unseen), (UNSEEN, ~used, unseen)):
        if which.any() or (reason == UNSEEN and unseen):
            rows = np.sort(netting.rows[which])
            table.append(
                {
                    "reason": reason,
                    "used": reason != UNSEEN,
                    "rows": int(which.sum()),
                    "amount": amount,
                    "examples": tuple(int(row) + 1 for row in rows[:_EXAMPLES]),
                }
            )
    return table


def ledger_text(ledger: pd.DataFrame) -> str:
    """Return the ledger as an aligned table, its last line the sum."""
    head = ("reason", "used", "rows", "amount", "example rows")
    body = [
        (
            reason,
            "yes" if used else "no",
            f"{rows:,}",
            "" if np.isnan(amount) else f"{amount:,.2f}",
            ", ".join(str(number) for number in examples[:3]),
        )
        for reason, used, rows, amount, examples in ledger.to_numpy().tolist()
    ]
    known = ledger["amount"].notna().all()
    total = f"{ledger['amount'].sum():,.2f}" if known else ""
    body.append(("rows read", "", f"{int(ledger['rows'].sum()):,}", total, ""))
    width = [max(len(line[i]) for line in [head, *body]) for i in range(5)]
    return "\n".join(
        f"{a:<{width[0]}}  {b:<{width[1]}}  {c:>{width[2]}}  {d:>{width[3]}}  {e}".rstrip()
        for a, b, c, d, e in [head, *body]
    )


def bad_amount_note(con: duckdb.DuckDBPyConnection, ledger: pd.DataFrame, expression: str) -> list[Note]:
    """Show what the amounts that are no numbers look like."""
    rows = ledger.loc[ledger["reason"] == REASONS[BAD_AMOUNT]]
    if rows.empty:
        return []
    numbers = [row - 1 for row in rows["examples"].iloc[0][:3]]
    found = con.execute(
        f"SELECT rowid + 1, {expression} FROM raw WHERE rowid IN ({', '.join(map(str, numbers))}) ORDER BY rowid"
    ).fetchall()
    return [
        Note(
            "data.bad_amounts",
            n=int(rows["rows"].iloc[0]),
            values=[repr(shape(value)) for _, value in found],
            rows=[int(row) for row, _ in found],
        )
    ]
