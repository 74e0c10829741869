"""How strong an unmeasured reason would have to be to explain a difference away."""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from clvlab.arguments import number
from clvlab.errors import InputError


@dataclass(frozen=True)
class Robustness:
    """Robustness values of a difference.

    Attributes
    ----------
    value : float
        An unmeasured reason that explains this share of what is left unexplained both of who was in the group and of
        the outcome would bring the difference to 0.
    significance : float
        That would make it not significant; 0 where it is not.
    """

    value: float
    significance: float


def robustness_value(estimate: float, error: float, df: float, *, alpha: float = 0.05) -> Robustness:
    """Robustness value of a coefficient of least squares.

    Parameters
    ----------
    estimate, error : float
        Coefficient and standard error.
    df : float
        Residual degrees of freedom.
    alpha : float
        Level of the two-sided test.

    Raises
    ------
    InputError
        An error or degrees of freedom of 0 or less, or alpha outside 0 to 1.

    Notes
    -----
    Source: Cinelli & Hazlett (2020), sections 4.2 and 4.3; their example (exposure to violence in Darfur) below.

    Examples
    --------
    >>> found = robustness_value(0.0973, 0.02326, 783)
    >>> round(found.value, 3), round(found.significance, 3)
    (0.139, 0.076)
    """
    number(error, "error", above=0.0)
    number(df, "df", above=1.0)
    if not 0.0 < alpha < 1.0:
        raise InputError(f"alpha= lies between 0 and 1, such as 0.05; got {alpha!r}.")
    f = abs(number(estimate, "estimate")) / error / np.sqrt(df)
    critical = float(stats.t.ppf(1.0 - alpha / 2.0, df - 1.0)) / np.sqrt(df - 1.0)
    excess = f - critical
    if excess <= 0.0:
        significance = 0.0
    elif f > 1.0 / critical:
        significance = float((f**2 - critical**2) / (1.0 + f**2))  # the extreme case of their appendix
    else:
        significance = _root(excess)
    return Robustness(_root(f), significance)


def _root(f: float) -> float:
    return float((np.sqrt(f**4 + 4.0 * f**2) - f**2) / 2.0)


def e_value(ratio: float, low: float | None = None, high: float | None = None) -> tuple[float, float]:
    """E-value of a risk ratio, and of the end of its interval that is nearer to 1.

    An unmeasured reason that is linked to being in the group and to the outcome by risk ratios of the E-value each,
    above what is adjusted for, could explain the ratio away; a weaker one could not.

    Parameters
    ----------
    ratio : float
        Of risks, above 0.
    low, high : float, optional
        Ends of its interval; the second value is 1 where it holds 1, and that of the ratio without them.

    Raises
    ------
    InputError
        A ratio of 0 or less.

    Notes
    -----
    Source: VanderWeele & Ding (2017).

    Examples
    --------
    >>> [round(each, 2) for each in e_value(3.9, 1.8, 8.7)]
    [7.26, 3.0]
    """
    number(ratio, "ratio", above=0.0)
    if low is None or high is None:
        return _of_ratio(ratio), _of_ratio(ratio)
    number(high, "high", above=0.0)
    near = max(low, 1e-12) if ratio >= 1.0 else high
    explained = low <= 1.0 <= high
    return _of_ratio(ratio), 1.0 if explained else _of_ratio(near)


def _of_ratio(ratio: float) -> float:
    above = ratio if ratio >= 1.0 else 1.0 / ratio
    return float(above + np.sqrt(above * (above - 1.0)))
