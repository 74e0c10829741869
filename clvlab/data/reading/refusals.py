"""The rules of a contract, in order: each row gets the first reason that applies, or none."""

from collections.abc import Mapping

import duckdb
import pandas as pd

from clvlab.data.reading.placeholders import future, placeholder
from clvlab.data.reading.values import LARGEST, Typed, sql_name
from clvlab.data.sql import quoted
from clvlab.data.tables.contract import Contract, Rule, plain

EXAMPLES = 5
USED = "used"
_TWICE = "row_number() OVER (PARTITION BY twin ORDER BY row) > 1"

__all__ = ["LARGEST", "ledger_of", "reason_sql", "used_sql"]


def reason_sql(known: Contract, values: Mapping[str, Typed]) -> str:
    """SQL of ``typed`` for the number of a row's reason: 0 is used, then the rules, then a duplicate that is kept."""
    cases = []
    for code, rule in enumerate(known.rules, start=1):
        held = _holds(known, rule, values) if rule.kind != "duplicate" else _TWICE if _identified(known, values) else ""
        if held:
            cases.append(f"WHEN {held} THEN {code}")
    # Where a table may well say the same thing twice, a row that repeats an earlier one is used, and counted apart.
    return f"CASE {' '.join([*cases, f'WHEN {_TWICE} THEN {len(known.rules) + 1}'])} ELSE 0 END::UTINYINT"


def used_sql(known: Contract) -> str:
    """SQL for whether a row of ``reasons`` is used."""
    return f"reason IN (0, {len(known.rules) + 1})"


def _identified(known: Contract, values: Mapping[str, Typed]) -> bool:
    """Whether rows say whose they are: without, two equal rows may be of two customers."""
    return any(known.columns[role].kind == "identifier" for role in values)


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
    kept = (0, len(known.rules) + 1)
    rows = [
        {"reason": names[code], "used": code in kept, "rows": int(n), "examples": tuple(int(row) + 1 for row in first)}
        for code, n, first in found
    ]
    return pd.DataFrame(rows, columns=["reason", "used", "rows", "examples"])
