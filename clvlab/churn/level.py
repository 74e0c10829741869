"""Errors of a group's chances at earlier ends of the same records, and the correction of its current chances.

A model's chances of not buying may all be too high or too low at once: a season comes, a shop declines. Such an error
of the level shifts the log odds of everybody in a group alike. The next shift is drawn from the shifts that were, by
a normal law with unknown mean and spread; the prior is worth one end without an error (of the mean) and three ends with
a spread of a third (of the spread). A third of log odds is what purchases a quarter above or below their forecast make
of a chance of about one half.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special, stats

Float = NDArray[np.float64]
PRIOR_ENDS, PRIOR_SPREAD_ENDS, PRIOR_SPREAD = 1.0, 3.0, 1.0 / 3.0
NODES = 99  # quantiles that stand for a law
SURE = 1e-9  # a chance is kept this far from 0 and 1
FARTHEST = 50.0  # log odds


@dataclass(frozen=True)
class LevelError:
    """The shift of log odds to be expected: Student's t.

    Attributes
    ----------
    ends : int
        How many earlier ends it was learned from.
    shift : float
        In log odds.
    scale, degrees : float
        Of Student's t around it.
    """

    ends: int
    shift: float
    scale: float
    degrees: float

    @property
    def nodes(self) -> Float:
        """Equally likely shifts, shape (99,)."""
        at = (np.arange(NODES) + 0.5) / NODES
        return np.asarray(self.shift + self.scale * stats.t.ppf(at, self.degrees))

    def shifted(self, chance: ArrayLike) -> Float:
        """Chances, shape (customers,), that allow for the error: their mean over what the next shift may be."""
        odds = log_odds(chance)
        found = np.zeros(len(odds))
        for each in self.nodes:
            found += special.expit(odds + each)
        return found / NODES

    def interval(self, low: ArrayLike, high: ArrayLike) -> tuple[Float, Float]:
        """A 90 % interval of each chance, widened by what the level may be off; shape (customers,) each."""
        bottom, top = log_odds(low), log_odds(high)
        reach = stats.t.ppf(0.95, self.degrees) * self.scale
        half = np.sqrt(((top - bottom) / 2.0) ** 2 + reach**2)
        middle = (bottom + top) / 2.0 + self.shift
        return np.asarray(special.expit(middle - half)), np.asarray(special.expit(middle + half))

    def count(self, chance: ArrayLike) -> tuple[float, float, float]:
        """How many of these customers it will happen to: expected, and the 90 % prediction interval.

        Customers are independent given the shift, which they share.
        """
        odds = log_odds(chance)
        if not len(odds):
            return 0.0, 0.0, 0.0
        luck = stats.norm.ppf((np.arange(NODES) + 0.5) / NODES)
        drawn, means = [], []
        for each in self.nodes:
            p = special.expit(odds + each)
            means.append(p.sum())
            drawn.append(means[-1] + np.sqrt((p * (1.0 - p)).sum()) * luck)
        low, high = np.quantile(np.concatenate(drawn), [0.05, 0.95])
        # A count is whole: the smallest with at least as much chance below it.
        return float(np.mean(means)), max(float(np.floor(low)), 0.0), min(float(np.ceil(high)), float(len(odds)))


def level_error(shifts: Sequence[float]) -> LevelError:
    """The shift to expect at the next end, from those at earlier ends.

    Parameters
    ----------
    shifts : sequence of float
        ``shift_of`` at each earlier end; none leaves the prior alone.

    Notes
    -----
    The conjugate prior of a normal law's mean and variance (Gelman et al. 2013, section 3.3). What sampling adds to a
    shift counts as spread, which errs on the side of wide intervals for small groups.

    Examples
    --------
    >>> level_error([]).degrees, round(level_error([0.3, 0.4, 0.5]).shift, 2)
    (3.0, 0.3)
    """
    seen = np.asarray(shifts, dtype=float)
    n, mean = len(seen), float(seen.mean()) if len(seen) else 0.0
    weight, degrees = PRIOR_ENDS + n, PRIOR_SPREAD_ENDS + n
    squares = (
        PRIOR_SPREAD_ENDS * PRIOR_SPREAD**2 + float(((seen - mean) ** 2).sum()) + PRIOR_ENDS * n / weight * mean**2
    )
    return LevelError(n, n * mean / weight, float(np.sqrt((1.0 + 1.0 / weight) * squares / degrees)), degrees)


def shift_of(chance: ArrayLike, happened: ArrayLike) -> float:
    """The shift of log odds that would have made the chances, shape (customers,), add up to what happened.

    Half a customer is added on either side, so that it is finite where it happened to all or to none.

    Examples
    --------
    >>> round(shift_of([0.5] * 99, [True] * 66 + [False] * 33), 2)
    0.69
    """
    odds, came = log_odds(chance), np.asarray(happened, dtype=float)
    share = (came.sum() + 0.5) / (len(came) + 1.0)
    return float(optimize.brentq(lambda each: special.expit(odds + each).mean() - share, -FARTHEST, FARTHEST))


def log_odds(chance: ArrayLike) -> Float:
    """Of chances, kept off 0 and 1."""
    return np.asarray(special.logit(np.clip(np.asarray(chance, dtype=float), SURE, 1.0 - SURE)))
