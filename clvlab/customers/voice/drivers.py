"""Which items drive the overall answer."""

from collections.abc import Sequence
from itertools import combinations
from math import comb

import numpy as np
import pandas as pd

from clvlab.arguments import number, whole
from clvlab.customers.measure import LEVEL
from clvlab.customers.voice.answers import Float, items_of
from clvlab.customers.voice.resampling import correlations, covariance, resampled_covariances
from clvlab.errors import InputError

DRAWS = 500
EXACT = 10  # items up to which every order of entering is averaged over
RIDGE = 1e-9  # items that say the same share their part evenly


def drivers(
    answers: pd.DataFrame, *, overall: str, items: Sequence[str], draws: int = DRAWS, seed: int = 1
) -> pd.DataFrame:
    """How much of the variance of the overall answer each item explains.

    The items' parts of the R-squared of a linear regression, averaged over all orders in which items can enter it
    (LMG, also Shapley values); of more than ten items Johnson's relative weights, which come close to them. They say
    what goes with the overall answer, not what would change it.

    Parameters
    ----------
    answers : DataFrame
        One row per respondent; only who answered every item and the overall question counts.
    overall : str
        Column of the overall answer.
    items : sequence of str
        Columns of the items.
    draws : int
        Samples of respondents behind the intervals.
    seed : int
        Of those samples.

    Returns
    -------
    DataFrame, index item, the most important first
        importance (part of R-squared, 0 to 1; their sum is R-squared), low, high (95 %, percentiles of the bootstrap:
        of an item that explains nothing they end above 0, as no part is below 0), correlation (with the overall answer;
        its sign says in which direction). NaN where the overall answer does not vary or respondents are fewer than
        items and 2. ``attrs``: n, r_squared.

    Raises
    ------
    InputError
        No such column, or the overall answer among the items.

    Notes
    -----
    Source: Lindeman, Merenda & Gold (1980); Gromping (2007); Johnson (2000).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> answers = pd.DataFrame(rng.normal(size=(300, 2)), columns=["price", "service"])
    >>> answers["overall"] = 2 * answers["service"] + answers["price"] + rng.normal(size=300)
    >>> drivers(answers, overall="overall", items=["price", "service"])["importance"].round(2).to_dict()
    {'service': 0.64, 'price': 0.15}
    """
    if overall in items:
        raise InputError(f"The overall answer cannot be among the items that drive it; take {overall!r} out of items=.")
    number(draws, "draws", least=2, example="500")
    whole(seed)
    given = items_of(answers, [*items, overall], least=2)
    given = given[~np.isnan(given).any(axis=1)]
    n, k = len(given), len(items)
    found = pd.DataFrame(
        np.nan, index=pd.Index(items, name="item"), columns=["importance", "low", "high", "correlation"]
    )
    found.attrs = {"n": n, "r_squared": float("nan")}
    if n < k + 2 or not given[:, -1].std() > 1e-9:
        return found
    of = correlations(covariance(given))
    shares = _importance(of[None])[0]
    drawn = _importance(correlations(resampled_covariances(given, draws=draws, seed=seed)))
    low, high = np.quantile(drawn, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0], axis=0)
    found = found.assign(importance=shares, low=low, high=high, correlation=of[:-1, -1])
    found.attrs = {"n": n, "r_squared": float(shares.sum())}
    return found.sort_values("importance", ascending=False, kind="stable")


def _importance(of: Float) -> Float:
    """Each item's part, from correlations whose last row is the overall answer's; shape (draws, items)."""
    among, overall = of[:, :-1, :-1], of[:, :-1, -1]
    return lmg(among, overall) if among.shape[1] <= EXACT else relative_weights(among, overall)


def lmg(among: Float, overall: Float) -> Float:
    """Parts of R-squared averaged over orders of entering.

    Parameters
    ----------
    among : ndarray, shape (draws, items, items)
        Correlations among items.
    overall : ndarray, shape (draws, items)
        Correlations with the overall answer.

    Returns
    -------
    ndarray, shape (draws, items)

    Examples
    --------
    >>> lmg(np.array([[[1.0, 0.5], [0.5, 1.0]]]), np.array([[0.6, 0.6]])).round(2).tolist()
    [[0.24, 0.24]]
    """
    draws, k = overall.shape
    among = among + RIDGE * np.eye(k)
    explained: dict[tuple[int, ...], Float] = {(): np.zeros(draws)}
    for size in range(1, k + 1):
        for chosen in combinations(range(k), size):
            at = list(chosen)
            right = overall[:, at]
            slopes = np.linalg.solve(among[:, at][:, :, at], right[:, :, None])[:, :, 0]
            explained[chosen] = (slopes * right).sum(axis=1)
    found = np.zeros((draws, k))
    for chosen, value in explained.items():
        for item in chosen:
            before = tuple(other for other in chosen if other != item)
            found[:, item] += (value - explained[before]) / (k * comb(k - 1, len(before)))
    return found


def relative_weights(among: Float, overall: Float) -> Float:
    """Johnson's relative weights: parts of R-squared by way of the nearest uncorrelated items.

    Parameters
    ----------
    among : ndarray, shape (draws, items, items)
        Correlations among items.
    overall : ndarray, shape (draws, items)
        Correlations with the overall answer.

    Returns
    -------
    ndarray, shape (draws, items)

    Examples
    --------
    >>> relative_weights(np.array([[[1.0, 0.5], [0.5, 1.0]]]), np.array([[0.6, 0.6]])).round(2).tolist()
    [[0.24, 0.24]]
    """
    values, vectors = np.linalg.eigh(among + RIDGE * np.eye(among.shape[-1]))
    half = np.sqrt(np.maximum(values, RIDGE))
    root = vectors * half[:, None, :] @ vectors.swapaxes(1, 2)
    back = vectors / half[:, None, :] @ vectors.swapaxes(1, 2)
    slopes = (back @ overall[:, :, None])[:, :, 0]  # on the uncorrelated items
    return np.asarray((root**2 @ slopes[:, :, None] ** 2)[:, :, 0])
