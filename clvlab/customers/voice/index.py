"""One index of satisfaction from many items."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from clvlab.customers.measure import Measure
from clvlab.customers.voice.answers import Float, items_of
from clvlab.customers.voice.scores import mean_within
from clvlab.errors import InputError
from clvlab.notes import Note

BEST = 100.0


def satisfaction_index(
    answers: pd.DataFrame,
    *,
    items: Sequence[str],
    weights: Mapping[str, float] | Sequence[float] | None = None,
    scale: tuple[float, float] = (1, 10),
) -> Measure:
    """Customer satisfaction index: the mean over respondents of their weighted answers, 0 to 100.

    Parameters
    ----------
    answers : DataFrame
        One row per respondent, one column per item. Of who left items out the answered ones count, their weights scaled
        up; who answered none is left out.
    items : sequence of str
        Columns of the index.
    weights : mapping or sequence of float, optional
        One an item, 0 or more; scaled to sum to 1. Equal unless given.
    scale : (float, float)
        The worst answer, which counts 0, and the best, which counts 100.

    Returns
    -------
    Measure
        In points; ``n`` counts respondents. The interval is of the mean over respondents; there is none of one, nor
        where all are alike.

    Raises
    ------
    InputError
        No such item, an answer off the scale, weights that are no weights.

    Examples
    --------
    >>> answers = pd.DataFrame({"price": [10, 1, 4], "service": [10, None, 7]})
    >>> round(satisfaction_index(answers, items=["price", "service"]).value, 1)
    50.0
    """
    low, high = scale
    if not low < high:
        raise InputError(f"scale= is the worst and the best answer, such as (1, 10); found {scale!r}.")
    given = items_of(answers, items, least=1, low=low, high=high)
    shares = _shares(items, weights)
    found = respondents(given, shares, low, high)
    found = found[~np.isnan(found)]
    parts = [Note("measures.satisfaction_index.part", item=str(item), weight=float(weight))
             for item, weight in zip(items, shares, strict=True)]  # fmt: skip
    return Measure(
        "satisfaction_index",
        *mean_within(found, 0.0, BEST),
        len(found),
        Note("measures.satisfaction_index.definition", parts=parts, low=low, high=high),
    )


def respondents(given: Float, weights: Float, low: float, high: float) -> Float:
    """Each respondent's index, 0 to 100: NaN where nothing with a weight was answered.

    >>> respondents(np.array([[10.0, np.nan], [np.nan, np.nan]]), np.array([0.5, 0.5]), 1.0, 10.0).tolist()
    [100.0, nan]
    """
    weight = np.where(np.isnan(given), 0.0, weights)
    total = weight.sum(axis=1)
    with np.errstate(invalid="ignore"):
        value = np.nansum(weight * given, axis=1) / np.where(total > 0, total, np.nan)
    return np.asarray(BEST * (value - low) / (high - low))


def _shares(items: Sequence[str], weights: Mapping[str, float] | Sequence[float] | None) -> Float:
    if weights is None:
        return np.full(len(items), 1.0 / len(items))
    if isinstance(weights, Mapping):
        wrong = sorted({str(each) for each in weights} ^ {str(each) for each in items})
        if wrong:
            raise InputError(f"weights= has one for each of items= and no other; they differ in {', '.join(wrong)}.")
        weights = [weights[item] for item in items]
    found = np.asarray(weights, dtype=float)
    if found.shape != (len(items),) or not (found >= 0).all() or not 0 < found.sum() < np.inf:
        raise InputError(f"weights= are {len(items)} numbers of 0 or more, one an item; found {found.tolist()}.")
    return np.asarray(found / found.sum())
