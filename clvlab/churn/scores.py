"""Scores of survival forecasts on held-out customers: functions of arrays with one value per customer.

A customer still there when observation ended is censored: whether they left by a later time is unknown. Scores marked
IPCW give each outcome that is known the weight 1 / G, where G is the chance of still being observed by then, taken
from the training customers (inverse probability of censoring weights); censoring must not depend on the risk.

Who leaves at a time does so before observation of others ends at that time. Weights of those who left take G at that
time, as scikit-survival does. In continuous time that is G just before it, which the theory asks for; in whole months,
where many are censored at the same time, it is less, and leavers weigh a few per cent too much.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from clvlab.churn.censoring import censoring_survival, counts_by_time, weights_at
from clvlab.churn.pairs import concordant_pairs
from clvlab.churn.score_inputs import chances, customers, rising_times, risks
from clvlab.errors import InputError

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]
TAIL = 0.05


def concordance(risk: ArrayLike, duration: ArrayLike, event: ArrayLike) -> float:
    """Harrell's c: the chance that of two customers the one at higher risk left first (.5: as tossing a coin).

    Pairs count where one is known to have left first. A customer still there at the time another left counts as having
    stayed longer; two who left at the same time are no pair; the same risk counts half.

    Parameters
    ----------
    risk : array, one value per customer
        Any number that is higher for who is expected to leave sooner: a hazard, not a survival probability.
    duration, event : arrays, one value per customer
        How long each was followed, and whether they left then.

    Raises
    ------
    InputError
        Arrays of other shapes, missing values, negative durations, nobody who left, or no pair to compare.

    Examples
    --------
    >>> concordance([0.9, 0.5, 0.7, 0.1], [2.0, 4.0, 5.0, 9.0], [True, True, False, True])
    0.8

    Source: Harrell, Lee & Mark (1996).
    """
    duration, event = customers(duration, event)
    return _share_of_pairs(risks(risk, duration), duration, event, event, np.ones(len(duration)))


def concordance_ipcw(
    risk: ArrayLike,
    duration: ArrayLike,
    event: ArrayLike,
    *,
    train_duration: ArrayLike,
    train_event: ArrayLike,
    until: float | None = None,
) -> float:
    """Uno's c: concordance as if nobody were censored, so that samples followed for longer or shorter compare.

    Parameters
    ----------
    risk, duration, event : arrays, one value per customer
        As in ``concordance``.
    train_duration, train_event : arrays, one value per training customer
        Where the weights against censoring come from.
    until : float, optional
        Pairs count where the first left before this time. Needed where customers leave later than training knows.

    Raises
    ------
    InputError
        As ``concordance``; or a customer left when training customers were no longer followed.

    Source: Uno, Cai, Pencina, D'Agostino & Wei (2011).
    """
    duration, event = customers(duration, event)
    risk = risks(risk, duration)
    first = event if until is None else event & (duration < until)
    if not first.any():
        raise InputError(
            f"Somebody must have left before until={until:g}; the first left at {duration[event].min():g}."
        )
    weight = np.zeros(len(duration))
    weight[first] = weights_at(censoring_survival(train_duration, train_event), duration[first]) ** 2
    return _share_of_pairs(risk, duration, event, first, weight)


def auc_at(
    risk: ArrayLike,
    duration: ArrayLike,
    event: ArrayLike,
    times: ArrayLike,
    *,
    train_duration: ArrayLike,
    train_event: ArrayLike,
) -> tuple[Float, float]:
    """At each time, the chance that who had left by then was ranked above who had not (IPCW); and their mean.

    Parameters
    ----------
    risk, duration, event, train_duration, train_event : arrays
        As in ``concordance_ipcw``.
    times : array
        Rising; from the first time anybody left to before the last follow-up.

    Returns
    -------
    auc : array, one value per time
    mean : float
        Weighted by the share of customers (Kaplan-Meier, those held out) who left since the time before.

    Raises
    ------
    InputError
        As ``concordance_ipcw``; or times out of range.

    Source: Uno, Cai, Tian & Wei (2007); Hung & Chiang (2010); the mean is Lambert & Chevret's (2016).
    """
    duration, event = customers(duration, event)
    risk = risks(risk, duration)
    times = rising_times(times, duration, first=duration[event].min())
    rank = np.unique(risk, return_inverse=True)[1]
    case = event & (duration <= times[-1])
    weight = np.zeros(len(duration))
    weight[case] = weights_at(censoring_survival(train_duration, train_event), duration[case])
    auc = np.empty(len(times))
    for k, time in enumerate(times):
        left = case & (duration <= time)
        stayed = np.bincount(rank[duration > time], minlength=int(rank.max()) + 1)
        above = (np.cumsum(stayed) - 0.5 * stayed)[rank[left]]
        auc[k] = weight[left] @ above / (weight[left].sum() * stayed.sum())
    distinct, at_risk, leaving, _ = counts_by_time(duration, event)
    survival = np.cumprod(1.0 - leaving / at_risk)[np.searchsorted(distinct, times, side="right") - 1]
    share = -np.diff(survival, prepend=1.0)
    return auc, float(auc @ share / share.sum())


def brier_at(
    survival: ArrayLike,
    duration: ArrayLike,
    event: ArrayLike,
    times: ArrayLike,
    *,
    train_duration: ArrayLike,
    train_event: ArrayLike,
) -> Float:
    """Mean squared distance, at each time, of the chance of staying from staying (1) or having left (0), by IPCW.

    Parameters
    ----------
    survival : array, shape (customers, times)
        Each customer's forecast chance of being there after each time.
    duration, event, train_duration, train_event : arrays
        As in ``concordance_ipcw``.
    times : array
        Rising; from 0 to before the last follow-up.

    Raises
    ------
    InputError
        As ``auc_at``; or chances outside 0 to 1.

    Examples
    --------
    >>> left, all_seen = [1.0, 2.0, 3.0, 4.0], [True] * 4
    >>> chances = [[0.5], [0.5], [0.5], [1.0]]
    >>> brier_at(chances, left, all_seen, [2.5], train_duration=left, train_event=all_seen).tolist()
    [0.1875]

    Source: Graf, Schmoor, Sauerbrei & Schumacher (1999).
    """
    duration, event = customers(duration, event)
    times = rising_times(times, duration, first=0.0)
    survival = chances(survival, (len(duration), len(times)), "one row per customer, one column per time")
    observed = censoring_survival(train_duration, train_event)
    case = event & (duration <= times[-1])
    weight = np.zeros(len(duration))
    weight[case] = weights_at(observed, duration[case])
    found = np.empty(len(times))
    for k, (time, staying) in enumerate(zip(times, weights_at(observed, times), strict=True)):
        chance, stayed = survival[:, k], duration > time
        loss = np.where(stayed, staying * (1.0 - chance) ** 2, weight * chance**2)
        found[k] = loss.mean()
    return found


def integrated_brier(
    survival: ArrayLike,
    duration: ArrayLike,
    event: ArrayLike,
    times: ArrayLike,
    *,
    train_duration: ArrayLike,
    train_event: ArrayLike,
) -> float:
    """Mean of ``brier_at`` over the span of two times or more, by the trapezoidal rule."""
    train = {"train_duration": train_duration, "train_event": train_event}
    found = brier_at(survival, duration, event, times, **train)
    times = np.asarray(times, dtype=float)
    if len(times) < 2:
        raise InputError("Integrating needs at least two times; found one. brier_at scores a single time.")
    return float(np.trapezoid(found, times) / (times[-1] - times[0]))


def calibration_at(
    survival: ArrayLike, duration: ArrayLike, event: ArrayLike, at: float, *, bins: int = 10
) -> pd.DataFrame:
    """Forecast chances of leaving by a time against the share that did, in bins of as many customers each.

    Parameters
    ----------
    survival : array, one value per customer
        Forecast chance of being there after ``at``.
    duration, event : arrays, one value per customer
        As in ``concordance``.
    at : float
        Later than 0, until the last follow-up.
    bins : int
        At most so many; the same forecast is in the same bin.

    Returns
    -------
    DataFrame, one row per bin
        customers, predicted (mean chance of leaving), observed (one less Kaplan-Meier), low and high (its 90 %
        interval: Greenwood's variance on the log-log scale; where nobody or all left, the exact one-sided limit on
        customers whose fate is known). Observed and interval are missing where nobody in the bin was followed so far.

    Raises
    ------
    InputError
        As ``brier_at``.
    """
    duration, event = customers(duration, event)
    leaving = 1.0 - chances(survival, (len(duration),), "one value per customer")
    if not 0.0 < at <= duration.max():
        raise InputError(
            f"Calibration is judged after 0 and until the last follow-up, {duration.max():g}; found {at:g}."
        )
    if bins < 1:
        raise InputError(f"Calibration needs at least one bin; found bins={bins}.")
    edges = np.unique(np.quantile(leaving, np.linspace(0.0, 1.0, bins + 1)))
    which = np.clip(np.searchsorted(edges, leaving, side="right") - 1, 0, max(len(edges) - 2, 0))
    rows = []
    for number in np.unique(which):
        own = which == number
        rows.append((int(own.sum()), float(leaving[own].mean()), *_left_by(duration[own], event[own], at)))
    return pd.DataFrame(rows, columns=["customers", "predicted", "observed", "low", "high"])


def _left_by(duration: Float, event: Bool, at: float) -> tuple[float, float, float]:
    """Share who left by a time, Kaplan-Meier, and its 90 % interval."""
    times, at_risk, left, _ = counts_by_time(duration, event)
    past = times <= at
    at_risk, left = at_risk[past], left[past]
    stayed = float(np.prod(1.0 - left / at_risk))
    if stayed > 0 and duration.max() < at:
        return float("nan"), float("nan"), float("nan")
    if stayed in (0.0, 1.0):
        known = int((event | (duration >= at)).sum()) if stayed else int(left.sum())
        limit = float(TAIL ** (1.0 / known))
        return (0.0, 0.0, 1.0 - limit) if stayed else (1.0, limit, 1.0)
    error = np.sqrt((left / (at_risk * (at_risk - left))).sum()) / -np.log(stayed)
    spread = np.exp(stats.norm.isf(TAIL) * error)
    return 1.0 - stayed, float(1.0 - stayed ** (1.0 / spread)), float(1.0 - stayed**spread)


def _share_of_pairs(risk: Float, duration: Float, event: Bool, first: Bool, weight: Float) -> float:
    agree, pairs = concordant_pairs(risk, duration, event, first, weight)
    if not pairs > 0:
        raise InputError("Concordance needs a customer who stayed longer than one who left; found no such pair.")
    return agree / pairs
