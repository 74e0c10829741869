"""How much each dimension counts: by how it varies (entropy), by comparisons (AHP), or as given."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clvlab.arguments import instance
from clvlab.customers.grades.parts import DIMENSION
from clvlab.errors import InputError
from clvlab.notes import Note

RANDOM_INDEX = (0.0, 0.0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49)  # of 1 to 10 things: Saaty (1980)
CONSISTENT = 0.1
MOST = 9.0  # of Saaty's scale


@dataclass(frozen=True, eq=False)
class AHP:
    """Weights from comparisons of pairs.

    Attributes
    ----------
    weights : Series, index dimension
        They sum to 1.
    consistency_ratio : float
        Consistency index over that of comparisons made at random; 0 is consistent, above .1 is not.
    index : float
        (largest eigenvalue - n) / (n - 1).
    notes : tuple of Note
        Which comparison fits the others least, where the ratio is above .1; of three things all fit alike.
    """

    weights: pd.Series
    consistency_ratio: float
    index: float
    notes: tuple[Note, ...] = ()


def entropy_weights(table: pd.DataFrame) -> pd.Series:
    """Weights by how unequally each column is shared out among customers.

    With shares s of a column's sum, e = - sum of s log s / log n; a weight is 1 - e over the sum of these. It says
    how much customers differ, not how much the column matters.

    Parameters
    ----------
    table : DataFrame, one row per customer
        Scores of 0 or more; rows with a missing one are left out.

    Returns
    -------
    Series, index column
        They sum to 1; all are the same where no column tells customers apart.

    Raises
    ------
    InputError
        No columns, no whole row, or values below 0.

    Notes
    -----
    Source: Shannon (1948); Hwang & Yoon (1981), ch. 3. A share of 0 counts as 0 log 0 = 0.

    Examples
    --------
    >>> entropy_weights(pd.DataFrame({"value": [1.0, 9.0], "loyalty": [4.0, 6.0]})).round(3).to_dict()
    {'value': 0.948, 'loyalty': 0.052}
    """
    instance(table, pd.DataFrame, "table", "it is a frame of scores, one column per dimension")
    whole = table.dropna().to_numpy(dtype=float).T
    if not whole.size:
        raise InputError(f"Weights need a column and a row without missing scores; found a table of {table.shape}.")
    low = [str(name) for name, column in zip(table.columns, whole, strict=True) if not (column >= 0).all()]
    if low:
        raise InputError(f"Entropy weights are of scores of 0 or more; there are lower ones in {', '.join(low)}.")
    apart = np.zeros(len(whole))
    for place, column in enumerate(whole):
        total = column.sum()
        if total > 0 and len(column) > 1 and column.max() > column.min():
            share = column[column > 0] / total
            apart[place] = 1.0 + (share * np.log(share)).sum() / np.log(len(column))
    known = apart.sum() > 1e-15
    return pd.Series(apart / apart.sum() if known else 1.0 / len(apart), index=table.columns, name="weight")


def ahp(comparisons: pd.DataFrame | Mapping[tuple[str, str], float]) -> AHP:
    """Weights from comparisons of pairs (analytic hierarchy process): the principal eigenvector.

    Parameters
    ----------
    comparisons : DataFrame, or mapping of (a, b) to number
        How many times as important a is as b: 1 to 9, or 1 over it. A frame is the whole reciprocal matrix; of pairs
        every two things are compared once.

    Raises
    ------
    InputError
        Pairs missing, compared twice or off the scale; a matrix that is not reciprocal.

    Notes
    -----
    Source: Saaty (1980), The Analytic Hierarchy Process.

    Examples
    --------
    >>> found = ahp({("value", "loyalty"): 3, ("value", "profit"): 5, ("loyalty", "profit"): 2})
    >>> found.weights.round(3).to_dict(), round(found.consistency_ratio, 3)
    ({'value': 0.648, 'loyalty': 0.23, 'profit': 0.122}, 0.003)
    """
    names, matrix = _matrix(comparisons)
    n = len(names)
    values, vectors = np.linalg.eig(matrix)
    largest = int(np.argmax(values.real))
    vector = np.abs(vectors[:, largest].real)
    weights = vector / vector.sum()
    index = max(float(values[largest].real) - n, 0.0) / (n - 1) if n > 1 else 0.0
    ratio = index / RANDOM_INDEX[n - 1] if n > 2 else 0.0
    notes: tuple[Note, ...] = ()
    if ratio > CONSISTENT:
        off = np.triu(np.abs(np.log(matrix * weights / weights[:, None]))).round(9)
        a, b = np.unravel_index(int(np.argmax(off)), off.shape)
        notes = (
            Note("grades.inconsistent", ratio=ratio, most=CONSISTENT, first=names[a], second=names[b],
                 found=matrix[a, b], agrees=_on_the_scale(float(weights[a] / weights[b]))),
        )  # fmt: skip
    return AHP(pd.Series(weights, index=pd.Index(names), name="weight"), float(ratio), index, notes)


def weights_of(weights: str | AHP | Mapping[str, float] | pd.Series, table: pd.DataFrame) -> pd.Series:
    """Weights of a table's columns, which sum to 1.

    Parameters
    ----------
    weights : "entropy", "equal", AHP, or mapping of column to number
        Of an AHP or a mapping, columns that are not there are left out of it, and the rest share the whole.

    Raises
    ------
    InputError
        No such kind of weights, names that are none of the eight dimensions nor columns, or weights below 0.
    """
    if isinstance(weights, str):
        if weights == "equal":
            return pd.Series(1.0 / len(table.columns), index=table.columns, name="weight")
        if weights == "entropy":
            return entropy_weights(table)
        raise InputError(f"weights= is 'entropy', 'equal', clv.customers.ahp(...) or a mapping; found {weights!r}.")
    given = dict((weights.weights if isinstance(weights, AHP) else pd.Series(weights, dtype=float)).items())
    strange = [str(name) for name in given if name not in table and name not in DIMENSION]
    if strange:
        there = ", ".join(map(str, table.columns))
        raise InputError(f"weights= names {', '.join(strange)}, which is no dimension; there are {there}.")
    found = np.array([float(given.get(name, 0.0)) for name in table])
    if not np.isfinite(found).all() or (found < 0).any() or not found.sum() > 0:
        raise InputError(f"weights= are numbers of 0 or more, one at least above 0; found {dict(given)!r}.")
    return pd.Series(found / found.sum(), index=table.columns, name="weight")


def _matrix(comparisons: pd.DataFrame | Mapping[tuple[str, str], float]) -> tuple[list[str], np.ndarray]:
    if isinstance(comparisons, pd.DataFrame):
        if list(comparisons.index) != list(comparisons.columns):
            raise InputError("comparisons= as a frame names the same things in rows and columns, in one order.")
        names = [str(name) for name in comparisons.columns]
        matrix = comparisons.to_numpy(dtype=float)
    else:
        instance(comparisons, Mapping, "comparisons", "a frame or a mapping {('value', 'loyalty'): 3} is taken")
        names = list(dict.fromkeys(str(each) for pair in comparisons for each in pair))
        matrix = np.full((len(names), len(names)), np.nan)
        np.fill_diagonal(matrix, 1.0)
        for (a, b), value in comparisons.items():
            at, to = names.index(a), names.index(b)
            if at == to or not np.isnan(matrix[at, to]):
                raise InputError(f"comparisons= compares {a} with {b} twice, or with itself.")
            matrix[at, to], matrix[to, at] = float(value), 1.0 / float(value) if value else np.inf
    if not 2 <= len(names) <= len(RANDOM_INDEX):
        raise InputError(f"comparisons= are of 2 to {len(RANDOM_INDEX)} things; found {len(names)}.")
    missing = [f"{names[a]} and {names[b]}" for a, b in zip(*np.nonzero(np.isnan(matrix)), strict=True) if a < b]
    if missing:
        raise InputError(f"comparisons= lacks {', '.join(missing)}: every two things are compared.")
    if not ((matrix >= 1.0 / MOST - 1e-9) & (matrix <= MOST + 1e-9)).all():
        raise InputError("comparisons= are numbers from 1/9 to 9, Saaty's scale.")
    if not np.allclose(matrix * matrix.T, 1.0, rtol=0.02):
        raise InputError("comparisons= as a frame is reciprocal: b to a is 1 over a to b, and 1 on the diagonal.")
    return names, matrix


def _on_the_scale(times: float) -> float:
    """The nearest of 1/9 to 9."""
    scale = np.concatenate([1.0 / np.arange(MOST, 1.0, -1.0), np.arange(1.0, MOST + 1.0)])
    return float(scale[np.argmin(np.abs(np.log(scale / times)))])
