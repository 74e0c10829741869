"""Defaults that a report chooses where its parameters are not set."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from clvlab.churn.curves import kaplan_meier
from clvlab.churn.spell_table import Spells
from clvlab.models.covariates import Encoding

MOST_LEVELS = 12
FEWEST = 20  # customers, and leavings, of a level


def usable_covariates(spells: Spells) -> list[str]:
    """Covariates a regression can take: known for all, more than one value, no level too rare, not an identifier."""
    kept = []
    afterwards = written_at_leaving(spells)
    for name in spells.covariates:
        values = spells.table[name]
        if values.isna().any() or values.nunique() < 2 or name in afterwards:
            continue
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            kept.append(name)
            continue
        if pd.api.types.is_datetime64_any_dtype(values) or values.nunique() > MOST_LEVELS:
            continue
        sizes = values.astype(str).value_counts()
        left = spells.table["event"].groupby(values.astype(str)).sum()
        if sizes.min() >= FEWEST and left.min() > 0:
            kept.append(name)
    return _without_repeats(spells.table, kept)


def written_at_leaving(spells: Spells) -> list[str]:
    """Columns with one value for all current customers and several for those who left: they contain later information.

    Such a column (a flag of the reason, say) would explain leaving by itself. Fewer than twenty who are still here may
    well be alike.
    """
    left = spells.table["event"].to_numpy()
    if (~left).sum() < FEWEST:
        return []
    table = spells.table[spells.covariates]
    here, gone = (table[rows].nunique(dropna=False).to_numpy() for rows in (~left, left))
    return [str(name) for name in table.columns[(here == 1) & (gone > 1)]]


def _without_repeats(table: pd.DataFrame, names: list[str]) -> list[str]:
    """Leave out what earlier covariates already say: their columns would not be told apart."""
    kept: list[str] = []
    matrix = np.ones((len(table), 1))
    for name in names:
        own = np.column_stack(list(Encoding.learn(table, [name]).columns(table).values()))
        together = np.column_stack([matrix, own])
        if np.linalg.matrix_rank(together) == together.shape[1]:
            kept.append(name)
            matrix = together
    return kept


def telling_group(spells: Spells, names: Sequence[str]) -> str | None:
    """The covariate with few levels whose curves differ most (log-rank statistic per degree of freedom)."""
    best, highest = None, 0.0
    for name in names:
        values = spells.table[name]
        if pd.api.types.is_float_dtype(values) or not 2 <= values.nunique() <= 6:
            continue
        test = kaplan_meier(spells, by=name).test
        score = test["statistic"] / test["freedom"] if test else 0.0
        if score > highest:
            best, highest = name, score
    return best
