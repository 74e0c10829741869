"""Was it drawn by chance? What was so before a campaign, as columns, and a test that arms are alike in it."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from clvlab.customers.campaigns.estimate import Float
from clvlab.errors import InputError

MOST = 12  # values of a category that have a column of their own
NOT_RANDOM = 0.001  # p value of arms being alike before, below which no chance drew them


def columns_of(frame: pd.DataFrame, before: Sequence[str]) -> Float:
    """Columns of numbers: categories as indicators of their commonest values, missing numbers at their median.

    Parameters
    ----------
    frame : DataFrame
    before : sequence of str

    Returns
    -------
    array, shape (rows, columns)
        A number that is missing for some has an indicator of that beside it.

    Raises
    ------
    InputError
        A column that is not there.

    Examples
    --------
    >>> columns_of(pd.DataFrame({"spent": [1.0, None, 3.0], "region": ["n", "s", "n"]}), ["spent", "region"]).tolist()
    [[1.0, 0.0, 0.0], [2.0, 1.0, 1.0], [3.0, 0.0, 0.0]]
    """
    found: list[Float] = []
    for name in before:
        if name not in frame:
            raise InputError(f"before= names columns of the frame; there is no column {name!r}.")
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
            values = column.to_numpy(dtype=float, na_value=np.nan)
            absent = ~np.isfinite(values)
            found.append(np.where(absent, np.median(values[~absent]) if (~absent).any() else 0.0, values))
            if absent.any():
                found.append(absent.astype(float))
        else:
            told = column.astype(str).where(column.notna(), "")
            common = told.value_counts().index[1 : MOST + 1]  # all but the commonest
            found += [(told == value).to_numpy(dtype=float) for value in common]
    return np.column_stack(found) if found else np.empty((len(frame), 0))


def p_alike(before: Float, arm: NDArray[np.object_] | NDArray[np.bool_]) -> float:
    """How likely arms drawn by chance are at least as unlike in ranks of ``before``: a p value.

    Notes
    -----
    Pillai's trace of a multivariate analysis of variance of ranks, which for two arms is Hotelling's test (Mardia,
    Kent & Bibby 1979, ch. 12).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> past, arm = rng.gamma(1.0, size=(500, 2)), rng.random(500) < 0.3
    >>> p_alike(past, arm) > 0.01, p_alike(past, past[:, 0] > 1.0) < 1e-6
    (True, True)
    """
    ranks = np.column_stack([stats.rankdata(each) for each in before.T]) if before.shape[1] else before
    ranks = ranks[:, ranks.std(axis=0) > 0] if ranks.size else ranks
    names, place = np.unique(arm.astype(str), return_inverse=True)
    if not ranks.size or len(names) < 2:
        return 1.0
    centred = ranks - ranks.mean(axis=0)
    centred /= centred.std(axis=0)
    k = int(np.linalg.matrix_rank(centred))
    n, groups = len(ranks), len(names)
    size = np.bincount(place).astype(float)
    middle = np.column_stack([np.bincount(place, column) for column in centred.T]) / size[:, None]
    between = (middle * size[:, None]).T @ middle
    trace = float(np.trace(between @ np.linalg.pinv(centred.T @ centred)))
    s = min(k, groups - 1)
    above = s * (abs(k - groups + 1) + s)
    below = s * (n - groups - k + s)
    if below < 1 or trace >= s:
        return 1.0 if below < 1 else 0.0
    return float(stats.f.sf(below * trace / (above * (s - trace)), above, below))
