"""Qini curves: what a campaign gains by share of customers contacted, those of the largest predicted uplift first."""

import numpy as np
import pandas as pd
from scipy import stats

from clvlab.customers.campaigns.estimate import Flags, Float
from clvlab.errors import InputError


def qini_curve(outcome: Float, treated: Flags, score: Float) -> pd.DataFrame:
    """Incremental responses by number of customers targeted: Radcliffe's Qini curve.

    Parameters
    ----------
    outcome : array, shape (n,)
        0 and 1, or amounts.
    treated : array of bool, shape (n,)
        Who was contacted; drawn by chance.
    score : array, shape (n,)
        Who would be contacted first: the largest. Customers with the same score enter together.

    Returns
    -------
    DataFrame, index targeted (number of customers, from 0 to n)
        treated, control (how many of each are among them); incremental: the sum of outcomes of the treated ones, less
        that of the others scaled by treated / control (0 where there is none of either).

    Raises
    ------
    InputError
        Lengths differ.

    Notes
    -----
    Source: Radcliffe (2007), "Using control groups to target on predicted lift".

    Examples
    --------
    >>> y, sent = np.array([1.0, 0.0, 1.0, 0.0]), np.array([True, False, False, True])
    >>> qini_curve(y, sent, np.array([4.0, 3.0, 2.0, 1.0]))["incremental"].tolist()
    [0.0, 1.0, 1.0, 0.5, 0.0]
    """
    outcome, treated, score = np.asarray(outcome, float), np.asarray(treated, bool), np.asarray(score, float)
    if not len(outcome) == len(treated) == len(score):
        raise InputError(f"outcome, treated and score are of the same customers; they have {len(outcome)}, "
                         f"{len(treated)} and {len(score)}.")  # fmt: skip
    place, groups = _places(score)
    size, n, gained, lost = (
        np.concatenate([[0.0], np.cumsum(np.bincount(place, weights=weight, minlength=groups))])
        for weight in (np.ones(len(score)), treated.astype(float), outcome * treated, outcome * ~treated)
    )
    held = size - n
    scaled = np.divide(lost * n, held, out=np.zeros(groups + 1), where=held > 0)
    index = pd.Index(size.astype(int), name="targeted")
    return pd.DataFrame({"treated": n.astype(int), "control": held.astype(int), "incremental": gained - scaled}, index)


def _places(score: Float) -> tuple[np.ndarray, int]:
    """Of each customer: which group of equal scores, the largest first; and how many groups there are."""
    distinct, place = np.unique(-score, return_inverse=True)
    return place, len(distinct)


def gains(effect: Float, score: Float, shares: Float, weight: Float | None = None) -> Float:
    """What contacting a share of customers gains per customer of the whole base.

    Parameters
    ----------
    effect : array, shape (n,)
        Unbiased of each customer's own effect, such as a doubly robust score.
    score : array, shape (n,)
    shares : array
        From 0 to 1.
    weight : array, shape (n,), optional

    Returns
    -------
    array, one entry a share
        Mean of ``effect`` times being among that share of the largest scores; of customers with the same score, a part
        of each.
    """
    weight = np.ones(len(score)) if weight is None else weight
    return _gains(effect, *_places(score), shares, weight)


def _gains(effect: Float, place: np.ndarray, groups: int, shares: Float, weight: Float) -> Float:
    across = np.concatenate([[0.0], np.cumsum(np.bincount(place, weights=weight, minlength=groups))]) / weight.sum()
    up = np.concatenate([[0.0], np.cumsum(np.bincount(place, weights=weight * effect, minlength=groups))])
    return np.asarray(np.interp(shares, across, up / weight.sum()))


def qini(effect: Float, score: Float) -> tuple[float, float]:
    """Area between the curve of ``gains`` and the line of a random order, and its standard error.

    The area is the mean of ``effect`` times (rank of the score - 1/2), ranks from 0 to 1: positive where customers with
    larger scores have larger effects. 0 with an error of 0 where all scores are the same.

    Notes
    -----
    Source: Yadlowsky, Fleming, Shah, Brunskill & Wager (2025), whose QINI it is. The error is of the influence of each
    customer, by its own effect and by its place among the others.

    Examples
    --------
    >>> value, error = qini(np.array([2.0, 1.0, 0.0, 1.0]), np.array([4.0, 3.0, 2.0, 1.0]))
    >>> value
    0.125
    """
    n = len(score)
    rank = (stats.rankdata(score) - 0.5) / n
    apart = effect - effect.mean()
    own = apart * (rank - 0.5)
    value = float(own.mean())
    influence = own + gains(apart, score, 1.0 - rank)
    return value, float(influence.std(ddof=1) / np.sqrt(n)) if np.ptp(score) > 0 else 0.0


def spread_of_gains(effect: Float, score: Float, shares: Float, *, draws: int, rng: np.random.Generator) -> Float:
    """Variance of ``gains`` beyond the line of a random order: a bootstrap of customers.

    Returns
    -------
    array, one entry a share
    """
    n = len(score)
    place, groups = _places(score)
    found = np.empty((draws, len(shares)))
    for each in range(draws):
        weight = rng.multinomial(n, np.full(n, 1.0 / n)).astype(float)
        curve = _gains(effect, place, groups, shares, weight)
        found[each] = curve - shares * (weight @ effect) / n
    return np.asarray(found.var(axis=0, ddof=1))
