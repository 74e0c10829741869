r"""Beta-discrete-Weibull: contracts where a customer's own chance of leaving changes with time.

Given theta, a customer is still there after t periods with probability (1 - theta)^(t^c): c below 1 means that a
customer grows attached, c above 1 that one tires; c = 1 is the shifted-beta-geometric. theta ~ Beta(alpha, beta)
across customers.

Source: Fader, Hardie, Liu, Davin & Steenburgh (2018), "How to Project Customer Retention" Revisited: The Role of
Duration Dependence, J. Interactive Marketing 43; equation numbers below are that paper's. No parameter has a unit;
time counts contract periods.

All functions broadcast: parameters may be scalars, one value per customer, or (draws, 1) against (customers,).
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clvlab.errors import FitError
from clvlab.formulas.beta_survival import HEAD, minus_log, tail_sum
from clvlab.formulas.namespace import NUMPY, Known, Namespace, Number
from clvlab.formulas.shifted_beta_geometric import checked_rate, leave, opportunities

NAME = "Beta-discrete-Weibull"
PARAMETERS = ("alpha", "beta", "c")
TIME_POWERS: dict[str, int] = {}
DIFFERENCES = {
    "churn": {"alpha": 0.5, "beta": -0.5},
    "churn shape": {"alpha": 1.0, "beta": 1.0},
    "duration": {"c": 1.0},
}
HISTORY = ("period", "lost")

Float = NDArray[np.float64]

FAR = 60.0  # log t^c above which beta + t^c is t^c, and only alpha log t^c still changes


def log_likelihood(
    period: Known, lost: Known, alpha: Number, beta: Number, c: Number, *, xp: Namespace = NUMPY
) -> Number:
    """Log-probability of what is known of each customer.

    Parameters
    ----------
    period : array
        Contract periods (count): the one at whose end the customer left (1 or more), or those survived so far.
    lost : array
        1 where the customer left at the end of ``period``, 0 where still there after it.

    Examples
    --------
    >>> round(float(log_likelihood(2, 1, 0.668, 3.806, 1.0)), 4)
    -2.2652
    """
    before = xp.maximum(period, 2.0) - 1.0
    later = period > 1
    survived = xp.where(later, minus_log(c * xp.log(before), alpha, beta, xp=xp), 0.0)
    log_now, log_more = _step(before, xp.log1p(1.0 / before), c, xp)
    # In the first period (0^c to 1^c) Beta(alpha, beta) itself, at 1.
    drop = minus_log(xp.where(later, log_more, 0.0), alpha, beta + xp.where(later, xp.exp(log_now), 0.0), xp=xp)
    known = xp.where(lost > 0, xp.log(-xp.expm1(-drop)), -drop) - survived
    return xp.where(period > 0, known, 0.0)


def _step(n: Number, log_growth: Number, c: Number, xp: Namespace = NUMPY) -> tuple[Number, Number]:
    """Log n^c and log(m^c - n^c) for m > n > 0, where ``log_growth`` is log(m / n).

    log S(n) - log S(m) is ``minus_log`` under Beta(alpha, beta + n^c) at m^c - n^c, which loses nothing where m is
    near n. Both are capped together, which leaves that difference as it is.
    """
    log_now = xp.minimum(c * xp.log(n), FAR)
    growth = c * log_growth
    return log_now, log_now + growth + xp.log(-xp.expm1(-growth))


def _drop_ahead(log_ahead: Float, n: Float, alpha: Float, beta: Float, c: Float) -> Float:
    """Log S(n) - log S(n + ahead), n = 0 included."""
    some = np.maximum(n, 1.0)
    log_now, log_more = (np.asarray(each) for each in _step(some, np.logaddexp(0.0, log_ahead - np.log(some)), c))
    return np.asarray(
        minus_log(np.where(n > 0, log_more, c * log_ahead), alpha, beta + np.where(n > 0, np.exp(log_now), 0.0))
    )


def survival(t: ArrayLike, alpha: ArrayLike, beta: ArrayLike, c: ArrayLike) -> Float:
    """S(t): the share of a new cohort still there after t periods, B(alpha, beta + t^c) / B(alpha, beta).

    Examples
    --------
    >>> round(float(survival(12, 0.668, 3.806, 1.0)), 3)
    0.378
    """
    alpha, beta, c = (np.asarray(v, dtype=float) for v in (alpha, beta, c))
    with np.errstate(divide="ignore"):
        log_t = np.log(np.asarray(t, dtype=float))
    found: Float = np.exp(-np.asarray(minus_log(c * log_t, alpha, beta)))
    return found


def retention(t: ArrayLike, alpha: ArrayLike, beta: ArrayLike, c: ArrayLike) -> Float:
    """r(t) = S(t) / S(t - 1): of those there after t - 1 periods, the share that stays for one more.

    Examples
    --------
    >>> round(float(retention(1, 0.668, 3.806, 1.0)), 3)
    0.851
    """
    alpha, beta, c = (np.asarray(v, dtype=float) for v in (alpha, beta, c))
    return np.exp(-_drop_ahead(np.asarray(0.0), np.asarray(t, dtype=float) - 1.0, alpha, beta, c))


def expected_renewals(
    t: ArrayLike,
    alpha: ArrayLike,
    beta: ArrayLike,
    c: ArrayLike,
    *,
    renewals: ArrayLike = 0.0,
    discount_rate: ArrayLike = 0.0,
) -> Float:
    """How many of the next t renewals a customer is expected to make, each discounted to the first of them.

    The sum over j = 1..t of S(n + j) / S(n) (1 + d)^-(j - 1), where n is ``renewals``: 64 terms one by one, the others
    by integral.

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
        The sum is infinite: no end, no discount and alpha c of 1 or less (S(t) falls as t^(-alpha c)).

    Examples
    --------
    >>> round(float(expected_renewals(2, 1.0, 1.0, 1.0)), 4)  # 1/2 + 1/3
    0.8333
    """
    t, rate = opportunities(t), checked_rate(discount_rate)
    alpha, beta, c, n = (np.asarray(v, dtype=float) for v in (alpha, beta, c, renewals))
    power = alpha * c
    unending, undiscounted = np.isinf(t), np.isinf(t) & (rate == 0)
    if (undiscounted & (power <= 1.0)).any():
        raise FitError(
            "Without a discount the expected lifetime of the beta-discrete-Weibull is infinite where alpha c <= 1 "
            f"(found {np.min(power):.3g}): some customers all but never leave. Give a discount rate or a horizon."
        )
    log_step = np.log1p(rate)

    def log_term(log_j: Float) -> Float:
        discount = (np.exp(np.minimum(log_j, 700.0)) - 1.0) * log_step
        return -_drop_ahead(log_j, n, alpha, beta, c) - discount

    total = np.zeros(np.broadcast_shapes(t.shape, rate.shape, power.shape, beta.shape, n.shape))
    for j in range(1, int(min(HEAD, t.max(initial=0.0))) + 1):
        total += np.where(t >= j, np.exp(log_term(np.asarray(np.log(j)))), 0.0)
    if not (t > HEAD).any():
        return total
    # An endless sum goes to where nothing is left of the discount or, undiscounted, where S is its power law.
    power_law = np.maximum(
        np.log(1e13 * (1.0 + alpha) * (1.0 + alpha + beta)) / c, np.log1p(n) + 30.0 + np.log1p(power)
    )
    power_law = np.maximum(power_law, np.log(HEAD + 0.5))
    discounted = np.log(HEAD + 0.5 + 80.0 / np.where(rate > 0, log_step, 1.0))
    finite = np.log(np.where(unending, HEAD, np.maximum(t, HEAD)) + 0.5)
    log_last = np.where(undiscounted, power_law, np.where(unending, discounted, finite))
    further = tail_sum(log_term, log_last, endless=unending)
    if undiscounted.any():
        with np.errstate(over="ignore"):
            beyond = np.exp(log_term(power_law) + power_law) / np.where(undiscounted, power - 1.0, 1.0)
        further = further + np.where(undiscounted, beyond, 0.0)
    if not np.isfinite(further).all():
        raise FitError(
            f"The expected lifetime passes 1e308 periods (alpha as large as {alpha.max():.3g}, c as small as "
            f"{c.min():.3g}): S(t) all but stops falling. Give a discount rate or a horizon."
        )
    return total + np.where(t > HEAD, further, 0.0)


def expected_lifetime(renewals: ArrayLike, alpha: ArrayLike, beta: ArrayLike, c: ArrayLike) -> Float:
    """Expected further renewals of a customer who has made ``renewals``.

    Raises
    ------
    FitError
        Where alpha c is 1 or less it is infinite.

    Examples
    --------
    >>> round(float(expected_lifetime(0, 3.0, 8.0, 1.0)), 9)
    4.0
    """
    return expected_renewals(np.inf, alpha, beta, c, renewals=renewals)


def discounted_expected_residual_lifetime(
    discount_rate: ArrayLike, renewals: ArrayLike, alpha: ArrayLike, beta: ArrayLike, c: ArrayLike
) -> Float:
    """DERL: what a customer who has renewed ``renewals`` times is worth, in payments, just before the next renewal.

    The sum over t >= n of S(t) / S(n - 1) (1 + d)^-(t - n), n = renewals + 1, as Fader & Hardie (2010) define it.

    Parameters
    ----------
    discount_rate : array
        d, a contract period.

    Examples
    --------
    >>> discounted_expected_residual_lifetime(0.1, np.arange(5), 3.80, 15.20, 1.0).round(2)
    array([3.31, 3.45, 3.59, 3.72, 3.84])
    """
    return expected_renewals(np.inf, alpha, beta, c, renewals=renewals, discount_rate=discount_rate)


def simulate(
    rng: np.random.Generator, duration: ArrayLike, alpha: ArrayLike, beta: ArrayLike, c: ArrayLike
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
    count = len(duration)
    theta = rng.beta(np.broadcast_to(alpha, count), np.broadcast_to(beta, count))
    with np.errstate(divide="ignore"):
        log_stay = np.log1p(-theta)
    shape = np.broadcast_to(np.asarray(c, dtype=float), count)

    def hazard(t: int) -> Float:
        with np.errstate(over="ignore", invalid="ignore"):
            found: Float = -np.expm1(log_stay * (t**shape - (t - 1.0) ** shape))
            return found

    return leave(rng, duration, hazard)
