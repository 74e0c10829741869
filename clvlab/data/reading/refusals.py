"""The rules of a contract, in order: each row gets the first reason that holds, or none."""

from collections.abc import Mapping

import duckdb
import pandas as pd

from clvlab.data.reading.placeholders import future, placeholder
from clvlab.data.reading.values import LARGEST, Typed, sql_name
from clvlab.data.sql import quoted
from clvlab.data.tables.contract import Contract, Rule, plain

EXAMPLES = 5
USED = "used"

__all__ = ["LARGEST", "ledger_of", "reason_sql"]


def reason_sql(known: Contract, values: Mapping[str, Typed]) -> str:
    """SQL of ``typed`` for the number of a row's reason: 0 is used, then the contract's rules, then duplicate."""
    cases = []
    for code, rule in enumerate(known.rules, start=1):
        held = _holds(known, rule, values)
        if held:
            cases.append(f"WHEN {held} THEN {code}")
    # A row that repeats an earlier one in every column of the source says nothing new, whatever the table.
    twice = f"WHEN row_number() OVER (PARTITION BY twin ORDER BY row) > 1 THEN {len(known.rules) + 1}"
    return f"CASE {' '.join([*cases, twice])} ELSE 0 END::UTINYINT"


def _holds(known: Contract, rule: Rule, values: Mapping[str, Typed]) -> str:
    """SQL for whether a rule refuses the row; empty where the table lacks what it looks at."""
    if rule.column not in values or (rule.kind == "before" and rule.other not in values):
        return ""
    role = sql_name(rule.column)
    if rule.kind == "missing":
        return f"{role} IS NULL"
    if rule.kind == "bad":
        bad = f"(filled_{rule.column} AND {role} IS NULL)"
        return f"{role} IS NULL" if known.columns[rule.column].needed else bad
    if rule.kind == "future":
        return f"{future(role)} IS TRUE"
    if rule.kind == "placeholder":
        return placeholder(role, "typed")
    if rule.kind == "negative":
        return f"({role} < 0) IS TRUE"
    if rule.kind == "repeated":
        return f"row_number() OVER (PARTITION BY {role} ORDER BY row) > 1"
    if rule.kind == "before":
        return f"({role}::DATE < {sql_name(rule.other)}::DATE) IS TRUE"
    words = sorted(known.status[rule.other])
    said = f"lower(regexp_replace({role}::VARCHAR, '[^\\p{{L}}\\p{{N}}]', '', 'g'))"
    return f"({said} IN ({', '.join(quoted(plain(word)) for word in words)})) IS TRUE"


def ledger_of(con: duckdb.DuckDBPyConnection, known: Contract) -> pd.DataFrame:
    """Count rows by reason: reason, used, rows, examples; the rows add up to those read."""
    found = con.execute(f"SELECT reason, count(*), min(row, {EXAMPLES}) FROM reasons GROUP BY 1 ORDER BY 1").fetchall()
    names = [USED, *(rule.reason for rule in known.rules), "duplicate"]
    rows = [
        {"reason": names[code], "used": code == 0, "rows": int(n), "examples": tuple(int(row) + 1 for row in first)}
        for code, n, first in found
    ]
    return pd.DataFrame(rows, columns=["reason", "used", "rows", "examples"])
