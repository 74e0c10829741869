"""How large the next test must be, and what a test of a given size can find."""

import numpy as np
from scipy import optimize, special, stats

from clvlab.arguments import number
from clvlab.errors import InputError

ALPHA, WANTED = 0.05, 0.80
MOST = 1e12  # customers
MANY = 1e5  # degrees of freedom from which Student's t is the normal distribution to six digits


def power_of(
    n: float, control_n: float, *, effect: float, sd: float, removed: float = 0.0, alpha: float = ALPHA
) -> float:
    """Chance that a test of two groups finds a difference significant.

    Parameters
    ----------
    n, control_n : float
        Customers contacted, and held out.
    effect : float
        True difference of means.
    sd : float
        Standard deviation of the outcome in either group; of a share p it is sqrt(p (1 - p)).
    removed : float
        Share of the variance that an adjustment by what was so before takes away.
    alpha : float
        Two-sided.

    Returns
    -------
    float

    Raises
    ------
    InputError
        Fewer than two customers in a group, no spread, or a share that is none.

    Notes
    -----
    Student's t with n + control_n - 2 degrees of freedom, noncentral.

    Examples
    --------
    >>> round(power_of(400, 400, effect=0.2, sd=1.0), 3)
    0.806
    """
    _check(sd, removed, alpha)
    if min(n, control_n) < 2:
        raise InputError(f"A test needs 2 customers in either group; found {n:g} and {control_n:g}.")
    return _power(n, control_n, effect / (sd * np.sqrt(1.0 - removed)), alpha)


def size_for(
    effect: float, *, sd: float, control: float = 0.5, removed: float = 0.0, alpha: float = ALPHA,
    wanted: float = WANTED,
) -> tuple[int, int]:  # fmt: skip
    """Customers needed to find a difference: contacted, and held out.

    Parameters
    ----------
    effect, sd, removed, alpha
        As in ``power_of``.
    control : float
        Share of customers held out.
    wanted : float
        Chance to find it.

    Returns
    -------
    n, control_n : int

    Raises
    ------
    InputError
        No effect, one that no number of customers shows, or shares that are none.

    Examples
    --------
    >>> size_for(0.2, sd=1.0), size_for(0.2, sd=1.0, removed=0.5)
    ((394, 394), (198, 198))
    """
    number(control, "control", above=0, most=0.99, example="0.3")
    number(wanted, "wanted", above=alpha, most=0.9999, example="0.80")
    _check(sd, removed, alpha)
    if effect == 0 or not np.isfinite(effect):
        raise InputError(f"No number of customers shows that there is no difference: effect= is one; got {effect!r}.")
    away = effect / (sd * np.sqrt(1.0 - removed))

    def short(total: float) -> float:
        return _power(total * (1.0 - control), total * control, away, alpha) - wanted

    total = 2.0 / min(control, 1.0 - control)
    if short(MOST) < 0:
        raise InputError(f"An effect of {effect:g} beside a standard deviation of {sd:g} takes more customers than "
                         "there are. Test something that changes more.")  # fmt: skip
    if short(total) < 0:
        total = float(optimize.brentq(short, total, MOST, xtol=1e-3, rtol=1e-12))
    return int(np.ceil(total * (1.0 - control) - 1e-6)), int(np.ceil(total * control - 1e-6))


def detectable(
    n: float, control_n: float, *, sd: float, removed: float = 0.0, alpha: float = ALPHA, wanted: float = WANTED
) -> float:
    """Smallest difference that a test of this size finds with the wanted chance.

    Examples
    --------
    >>> round(detectable(394, 394, sd=1.0), 3)
    0.2
    """
    number(wanted, "wanted", above=alpha, most=0.9999, example="0.80")
    _check(sd, removed, alpha)
    if min(n, control_n) < 2:
        raise InputError(f"A test needs 2 customers in either group; found {n:g} and {control_n:g}.")
    unit = np.sqrt(1.0 / n + 1.0 / control_n)
    away = optimize.brentq(lambda each: _power(n, control_n, each * unit, alpha) - wanted, 0.0, 50.0)
    return float(away * unit * sd * np.sqrt(1.0 - removed))


def _power(n: float, control_n: float, away: float, alpha: float) -> float:
    """Of a difference in standard deviations."""
    df = n + control_n - 2.0
    shift = abs(away) / np.sqrt(1.0 / n + 1.0 / control_n)
    if df > MANY:
        limit = -float(special.ndtri(alpha / 2.0))
        return float(special.ndtr(shift - limit) + special.ndtr(-shift - limit))
    limit = float(stats.t.isf(alpha / 2.0, df))
    # Far from 0 the series does not end: then one tail has all of it, the other nothing.
    right, left = special.nctdtr(df, -shift, -limit), special.nctdtr(df, shift, -limit)
    return float(np.nan_to_num(right, nan=1.0) + np.nan_to_num(left, nan=0.0))


def _check(sd: float, removed: float, alpha: float) -> None:
    number(sd, "sd", above=0, example="30.0")
    number(removed, "removed", least=0, most=0.999, example="0.3")
    number(alpha, "alpha", above=0, most=0.5, example="0.05")
