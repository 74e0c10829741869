"""Rules for spells: an error names the customers who break one, with rows and values."""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from clvlab.churn.spell_table import Spells
from clvlab.errors import InputError

SHOWN = 5


def hold(frame: pd.DataFrame | pd.Series, rule: str, broken: ArrayLike, values: pd.Series | None = None) -> None:
    """Raise where a rule is broken, naming rows and values."""
    bad = np.asarray(broken, dtype=bool)
    if not bad.any():
        return
    rows = frame.index[bad].tolist()[:SHOWN]
    shown = [repr(row) for row in rows]
    if values is not None:
        shown = [f"{value!r} in row {row!r}" for row, value in zip(rows, values[bad].tolist(), strict=False)]
    more = f" and {int(bad.sum()) - SHOWN} more" if bad.sum() > SHOWN else ""
    columns = [frame.name] if isinstance(frame, pd.Series) else list(frame.columns)
    if not any(isinstance(name, str) and rule.startswith(name) for name in columns):
        rule = rule[0].upper() + rule[1:]
    raise InputError(f"{rule}; broken by {', '.join(shown)}{more}.")


def check_events(of: Spells, what: str) -> None:
    """Refuse spells if none of them ended: nothing can be learned about leaving."""
    if not of.n_events:
        raise InputError(
            f"{what} learns from customers who left; none of these {len(of):,} spells ended (all are censored). "
            "Check the column that says who left, or watch for longer."
        )


def worth_of(spells: Spells, column: str) -> pd.Series:
    """Revenue a unit of time of each customer, from a column of the table; NaN where it is empty.

    Raises
    ------
    InputError
        There is no such column, or it holds something that is no number.
    """
    if column not in spells.covariates:
        raise InputError(f"There is no column {column} for value=; there are {', '.join(spells.covariates) or 'none'}.")
    told = spells.table[column]
    worth = pd.to_numeric(told, errors="coerce").astype(float)
    blank = told.isna() | (told.astype(str).str.strip() == "")
    hold(spells.table, f"{column} must hold numbers to be a value (value=)", worth.isna() & ~blank, told)
    return worth
