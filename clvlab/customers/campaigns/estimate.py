"""Means of an outcome in an arm and in its control group, plainly or adjusted by what was so before."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from clvlab.customers.intervals import ratio

Float = NDArray[np.float64]
Flags = NDArray[np.bool_]

TOGETHER = 1e-10  # least variance of standardised columns in any direction


@dataclass(frozen=True)
class Means:
    """Means of an outcome in an arm and in its control group.

    Attributes
    ----------
    arm, control : float
    arm_variance, control_variance, covariance : float
        Of these means, over draws of customers and of the assignment.
    n, control_n : int
    removed : float
        Share of the difference's variance that the adjustment removed; 0 without one.
    df : float
        Degrees of freedom of the difference (Welch-Satterthwaite).
    """

    arm: float
    control: float
    arm_variance: float
    control_variance: float
    covariance: float
    n: int
    control_n: int
    removed: float
    df: float

    @property
    def value(self) -> float:
        """The arm's mean less the control group's."""
        return self.arm - self.control

    @property
    def error(self) -> float:
        """Standard error of ``value``."""
        return float(np.sqrt(max(self.arm_variance + self.control_variance - 2.0 * self.covariance, 0.0)))

    def p_value(self) -> float:
        """Two-sided, of no difference; NaN where nobody's outcome differs from anybody's."""
        return float(2.0 * stats.t.sf(abs(self.value) / self.error, self.df)) if self.error > 0 else np.nan

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Confidence interval of ``value``."""
        half = float(stats.t.ppf((1.0 + level) / 2.0, self.df)) * self.error if self.error > 0 else np.nan
        return self.value - half, self.value + half

    def lift(self, level: float = 0.95) -> tuple[float, float, float]:
        """``value`` as a share of the control group's mean, with Fieller's interval; NaN where that mean may be 0."""
        n = float(self.n + self.control_n)
        above, below = n * self.arm, n * self.control
        # Sums of n units whose means have these variances.
        square = [(n - 1.0) * n * each for each in (self.arm_variance, self.control_variance, self.covariance)]
        found = ratio(n, above, below, square[0] + above**2 / n, square[1] + below**2 / n,
                      square[2] + above * below / n, level=level)  # fmt: skip
        value, low, high = (float(each) - 1.0 for each in found)
        return value, low, high


def means(outcome: Float, treated: Flags, before: Float | None = None) -> Means:
    """Compare an arm with its control group.

    With ``before``, CUPED in the form that cannot lose precision in large samples: least squares of the outcome on the
    centred columns, apart in each arm, at the mean of all customers (Lin 2013).

    Parameters
    ----------
    outcome : array, shape (n,)
    treated : array of bool, shape (n,)
    before : array, shape (n, k), optional
        What was so before anybody was assigned.

    Returns
    -------
    Means
        Without ``before`` the difference and its standard error are Welch's.

    Notes
    -----
    Source: Deng, Xu, Kohavi & Walker (2013), CUPED; Lin (2013). The variance counts that the mean of ``before`` is
    itself one of a sample: b' S b / n for slopes b (Negi & Wooldridge 2021).

    Examples
    --------
    >>> y, arm = np.array([1.0, 2.0, 3.0, 2.0, 4.0, 6.0]), np.array([0, 0, 0, 1, 1, 1], dtype=bool)
    >>> found = means(y, arm)
    >>> found.value, round(found.error, 3)
    (2.0, 1.291)
    """
    sides = (treated, ~treated)
    plain = [_plain(outcome[side]) for side in sides]
    sizes = [int(side.sum()) for side in sides]
    columns = np.empty((len(outcome), 0)) if before is None else _independent(before, treated)
    if not columns.shape[1]:
        return _means([mean for mean, _ in plain], [spread for _, spread in plain], [0.0, 0.0, 0.0], sizes, 0, None)
    centred = columns - columns.mean(axis=0)
    spread = np.atleast_2d(np.cov(centred.T)) / len(outcome)
    found = [_adjusted(outcome[side], centred[side]) for side in sides]
    slopes = [slope for _, _, slope in found]
    common = [float(one @ spread @ other) for one, other in ((slopes[0], slopes[0]), (slopes[1], slopes[1]), slopes)]
    return _means([mean for mean, _, _ in found], [left for _, left, _ in found], common, sizes, columns.shape[1],
                  sum(variance for _, variance in plain))  # fmt: skip


def _plain(outcome: Float) -> tuple[float, float]:
    n = len(outcome)
    return float(outcome.mean()), float(outcome.var(ddof=1) / n) if n > 1 else np.nan


def _adjusted(outcome: Float, centred: Float) -> tuple[float, float, Float]:
    """Intercept at the mean of all, its variance by what is left, and slopes."""
    design = np.column_stack([np.ones(len(centred)), centred])
    inverse = np.linalg.inv(design.T @ design)
    coefficients = inverse @ (design.T @ outcome)
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    left = (outcome - design @ coefficients) / np.sqrt(np.maximum(1.0 - leverage, 1e-8))  # HC2
    middle = design @ inverse[:, 0]
    return float(coefficients[0]), float((middle * left) @ (middle * left)), coefficients[1:]


def _independent(before: Float, treated: Flags) -> Float:
    """Columns that vary in both arms and do not follow from one another, on a common scale; few enough for the arms."""
    spread = before.std(axis=0)
    columns = (before[:, spread > 0] - before[:, spread > 0].mean(axis=0)) / spread[spread > 0]
    apart = [np.atleast_2d(np.cov(columns[side].T)) for side in (treated, ~treated)]
    kept: list[int] = []
    smallest = min(int(treated.sum()), int((~treated).sum()))
    for place in range(columns.shape[1]):
        tried = [*kept, place]
        free = all(np.linalg.eigvalsh(each[np.ix_(tried, tried)])[0] > TOGETHER for each in apart)
        if free and 10 * len(tried) < smallest:
            kept.append(place)
    found: Float = columns[:, kept]
    return found


def _means(
    mean: list[float], left: list[float], common: list[float], sizes: list[int], k: int, plain: float | None
) -> Means:  # fmt: skip
    own = [left[0] + common[0], left[1] + common[1]]
    variance = own[0] + own[1] - 2.0 * common[2]
    free = [max(size - 1 - k, 1) for size in sizes]
    with np.errstate(invalid="ignore", divide="ignore"):
        df = float(np.divide((left[0] + left[1]) ** 2, left[0] ** 2 / free[0] + left[1] ** 2 / free[1]))
    removed = 0.0 if not plain else 1.0 - variance / plain
    return Means(mean[0], mean[1], own[0], own[1], common[2], sizes[0], sizes[1], removed,
                 df if np.isfinite(df) else float(sum(free)))  # fmt: skip
