"""Amounts in several currencies: refused, or converted to one by the caller's rates."""

from collections.abc import Mapping

import duckdb

from clvlab.data.sql import quoted
from clvlab.errors import InputError


def in_one_currency(con: duckdb.DuckDBPyConnection, amount: str, column: str, rates: Mapping[str, float] | None) -> str:
    """SQL for the amount in one currency.

    Parameters
    ----------
    con : connection with ``raw``, whose ``currency`` is the column
    amount : str
        SQL of the amount as it stands.
    column : str
        Name of the currency's column in the source.
    rates : mapping of str to float, optional
        What one unit of each currency is worth.

    Raises
    ------
    InputError
        There are several currencies and no rates, or a currency has no rate.
    """
    mark = "upper(trim(currency::VARCHAR))"
    found = con.execute(f"SELECT {mark}, min(rowid) + 1 FROM raw WHERE {mark} <> '' GROUP BY 1 ORDER BY 2").fetchall()
    if rates is None:
        if len(found) > 1:
            shown = ", ".join(f"{code} (row {row})" for code, row in found[:4])
            raise InputError(
                f"Amounts must be in one currency, and {column!r} names {len(found)}: {shown}. Pass rates= with what "
                "one unit of each is worth, such as rates={'EUR': 1.0, 'USD': 0.92}."
            )
        return amount
    worth = {code.strip().upper(): float(rate) for code, rate in rates.items()}
    bad = [code for code, rate in worth.items() if not 0 < rate < float("inf")]
    if bad:
        raise InputError(f"A rate is a number above 0; rates= holds {', '.join(f'{c}: {worth[c]}' for c in bad)}.")
    missing = [f"{code} (row {row})" for code, row in found if code not in worth]
    if missing:
        raise InputError(f"rates= lacks {', '.join(missing[:5])}, which {column!r} names.")
    cases = " ".join(f"WHEN {quoted(code)} THEN {rate!r}" for code, rate in worth.items())
    return f"(({amount}) * CASE {mark} {cases} END)"
