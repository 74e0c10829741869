r"""Shifted-beta-geometric: how long customers under contract stay.

At the end of each period a customer leaves with a probability theta that is theirs and does not change;
theta ~ Beta(alpha, beta) across customers. Retention of a cohort rises with its age only because those likely to
leave have left.

Sources: Fader & Hardie (2007), How to Project Customer Retention, J. Interactive Marketing 21(1), equation numbers
below; Fader & Hardie (2010), Customer-Base Valuation in a Contractual Setting: The Perils of Ignoring Heterogeneity,
Marketing Science 29(1), for residual lifetimes. ``alpha`` and ``beta`` have no unit; time counts contract periods.

All functions broadcast: parameters may be scalars, one value per customer, or (draws, 1) against (customers,).
"""

import sys
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clvlab.errors import FitError, InputError
from clvlab.formulas.beta_survival import HEAD, minus_log, tail_sum
from clvlab.formulas.namespace import NUMPY, Known, Namespace, Number

NAME = "Shifted-beta-geometric"
PARAMETERS = ("alpha", "beta")
TIME_POWERS: dict[str, int] = {}
DIFFERENCES = {"churn": {"alpha": 0.5, "beta": -0.5}, "churn shape": {"alpha": 1.0, "beta": 1.0}}
HISTORY = ("period", "lost")
STATE = ("period",)
FORWARD = sys.modules[__name__]  # who is still there goes on as a new customer, parameters updated

Float = NDArray[np.float64]


def log_likelihood(period: Known, lost: Known, alpha: Number, beta: Number, *, xp: Namespace = NUMPY) -> Number:
    """Log-probability of what is known of each customer, eq. (5) and (6).

    Parameters
    ----------
    period : array
        Contract periods (count): the one at whose end the customer left (1 or more), or those survived so far.
    lost : array
        1 where the customer left at the end of ``period``, 0 where still there after it.

    Examples
    --------
    >>> round(float(log_likelihood(2, 1, 0.668, 3.806)), 4)  # log of alpha beta / ((alpha + beta) (alpha + beta + 1))
    -2.2652
    """
    before = xp.where(lost > 0, xp.maximum(period, 1.0) - 1.0, period)
    survived = (
        xp.gammaln(beta + before) - xp.gammaln(beta) + xp.gammaln(alpha + beta) - xp.gammaln(alpha + beta + before)
    )
    return survived + xp.where(lost > 0, xp.log(alpha) - xp.log(alpha + beta + before), 0.0)


def survival(t: ArrayLike, alpha: ArrayLike, beta: ArrayLike) -> Float:
    """S(t): the share of a new cohort still there after t periods, eq. (6).

    Examples
    --------
    >>> round(float(survival(12, 0.668, 3.806)), 3)
    0.378
    """
    with np.errstate(divide="ignore"):
        log_t = np.log(np.asarray(t, dtype=float))
    found: Float = np.exp(-np.asarray(minus_log(log_t, np.asarray(alpha, dtype=float), np.asarray(beta, dtype=float))))
    return found


def retention(t: ArrayLike, alpha: ArrayLike, beta: ArrayLike) -> Float:
    """r(t) = S(t) / S(t - 1): of those there after t - 1 periods, the share that stays for one more, eq. (7).

    Examples
    --------
    >>> round(float(retention(1, 0.668, 3.806)), 3)
    0.851
    """
    left = np.asarray(t, dtype=float) - 1.0
    found: Float = (np.asarray(beta) + left) / (np.asarray(alpha) + np.asarray(beta) + left)
    return found


def given_alive(period: ArrayLike, alpha: ArrayLike, beta: ArrayLike) -> dict[str, Float]:
    """Parameters of the same story from now on for a customer who survived ``period`` periods.

    Having stayed so often says theta is likely small: theta ~ Beta(alpha, beta + period).
    """
    return {
        "alpha": np.asarray(alpha, dtype=float),
        "beta": np.asarray(beta, dtype=float) + np.asarray(period, dtype=float),
    }


def expected_renewals(
    t: ArrayLike, alpha: ArrayLike, beta: ArrayLike, *, renewals: ArrayLike = 0.0, discount_rate: ArrayLike = 0.0
) -> Float:
    """How many of the next t renewals a customer is expected to make, each discounted to the first of them.

    The sum over j = 1..t of S(n + j) / S(n) (1 + d)^-(j - 1), where n is ``renewals``.

    Parameters
    ----------
    t : array
        Renewal opportunities ahead: whole numbers, or infinity.
    renewals : array
        Renewals the customer has made.
    discount_rate : array
        d, a contract period; 0 or more.

    Raises
    ------
    FitError
        The sum is infinite: no end, no discount and alpha of 1 or less.

    Examples
    --------
    >>> round(float(expected_renewals(2, 1.0, 1.0)), 4)  # 1/2 + 1/3
    0.8333
    """
    t, rate = opportunities(t), checked_rate(discount_rate)
    after = given_alive(renewals, alpha, beta)
    a, b = after["alpha"], after["beta"]
    endless = np.isinf(t) & (rate == 0)
    if endless.any():
        if (endless & (a <= 1.0)).any():
            raise FitError(
                "Without a discount the expected lifetime of the shifted-beta-geometric is infinite where alpha <= 1 "
                f"(found {a.min():.3g}): some customers all but never leave. Give a discount rate or a horizon."
            )
        closed = b / np.where(endless, a - 1.0, 1.0)
        if endless.all():
            return closed + np.zeros_like(rate)
        return np.where(endless, closed, _summed(np.where(endless, 1.0, t), rate, a, b))
    return _summed(t, rate, a, b)


def _summed(t: Float, rate: Float, alpha: Float, beta: Float) -> Float:
    """The sum of ``expected_renewals``: term by term, then by integral."""
    log_step = np.log1p(rate)
    term: Float | float = 1.0
    total = np.zeros(np.broadcast_shapes(t.shape, rate.shape, alpha.shape, beta.shape))
    for j in range(1, int(min(HEAD, t.max(initial=0.0))) + 1):
        term = term * ((beta + (j - 1.0)) / (alpha + beta + (j - 1.0)))
        total += np.where(t >= j, term * np.exp(-(j - 1.0) * log_step), 0.0)
    long = t > HEAD
    if not long.any():
        return total
    # Beyond exp(-80) of the discount nothing is left of an endless sum.
    reach = HEAD + 0.5 + 80.0 / np.where(np.isinf(t), log_step, 1.0)
    log_last = np.log(np.where(np.isinf(t), reach, np.maximum(t, HEAD) + 0.5))
    further = tail_sum(
        lambda log_j: -np.asarray(minus_log(log_j, alpha, beta)) - (np.exp(log_j) - 1.0) * log_step,
        log_last,
        endless=np.isinf(t),
    )
    return total + np.where(long, further, 0.0)


def expected_lifetime(renewals: ArrayLike, alpha: ArrayLike, beta: ArrayLike) -> Float:
    """Expected further renewals of a customer who has made ``renewals``: (beta + renewals) / (alpha - 1).

    Raises
    ------
    FitError
        Where alpha is 1 or less it is infinite.

    Examples
    --------
    >>> float(expected_lifetime(0, 3.0, 8.0))
    4.0
    """
    return expected_renewals(np.inf, alpha, beta, renewals=renewals)


def discounted_expected_residual_lifetime(
    discount_rate: ArrayLike, renewals: ArrayLike, alpha: ArrayLike, beta: ArrayLike
) -> Float:
    """DERL: what a customer who has renewed ``renewals`` times is worth, in payments, just before the next renewal.

    Fader & Hardie (2010): the sum over t >= n of S(t) / S(n - 1) (1 + d)^-(t - n), n = renewals + 1, which is
    (beta + n - 1) / (alpha + beta + n - 1) 2F1(1, beta + n; alpha + beta + n; 1 / (1 + d)). It is summed rather than
    taken from 2F1: all terms are positive.

    Parameters
    ----------
    discount_rate : array
        d, a contract period.

    Examples
    --------
    >>> discounted_expected_residual_lifetime(0.1, np.arange(5), 3.80, 15.20).round(2)
    array([3.31, 3.45, 3.59, 3.72, 3.84])
    """
    return expected_renewals(np.inf, alpha, beta, renewals=renewals, discount_rate=discount_rate)


def simulate(
    rng: np.random.Generator, duration: ArrayLike, alpha: ArrayLike, beta: ArrayLike
) -> tuple[Float, NDArray[np.bool_]]:
    """Draw each customer's theta, then stay or leave at the end of each period.

    Parameters
    ----------
    duration : array, shape (customers,)
        Periods each customer is watched for.

    Returns
    -------
    period : array, shape (customers,)
        The period at whose end the customer left, or ``duration``.
    lost : array of bool, shape (customers,)
    """
    duration = opportunities(duration)
    n = len(duration)
    theta = rng.beta(np.broadcast_to(alpha, n), np.broadcast_to(beta, n))
    return leave(rng, duration, lambda _: theta)


def leave(rng: np.random.Generator, duration: Float, hazard: Callable[[int], Float]) -> tuple[Float, NDArray[np.bool_]]:
    """Live through each period: ``hazard(t)`` is each customer's probability of leaving at the end of period t."""
    period, lost = duration.copy(), np.zeros(len(duration), dtype=bool)
    active = np.flatnonzero(duration > 0)
    t = 0
    while active.size:
        t += 1
        goes = rng.random(active.size) < hazard(t)[active]
        period[active[goes]] = t
        lost[active[goes]] = True
        active = active[~goes]
        active = active[duration[active] > t]
    return period, lost


def opportunities(t: ArrayLike) -> Float:
    """Opportunities are whole numbers, 0 or more, or infinity."""
    t = np.asarray(t, dtype=float)
    if not ((t >= 0) & ((t == np.floor(t)) | np.isinf(t))).all():
        raise InputError(
            f"Periods are counted: whole numbers, 0 or more; found {t[~(t == np.floor(t)) | (t < 0)][:5]}."
        )
    return t


def checked_rate(discount_rate: ArrayLike) -> Float:
    """A discount rate is a finite number, 0 or more."""
    rate: Float = np.asarray(discount_rate, dtype=float)
    if not (np.isfinite(rate) & (rate >= 0)).all():
        raise InputError(f"A discount rate is 0 or more, a contract period; found {rate}.")
    return rate
