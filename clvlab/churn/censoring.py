"""Censoring: the probability that a customer who has not left is still observed, and the resulting weights."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clvlab.churn.score_inputs import customers
from clvlab.errors import InputError

Float = NDArray[np.float64]
Int = NDArray[np.int64]
Bool = NDArray[np.bool_]


@dataclass(frozen=True)
class CensoringSurvival:
    """G, the chance that a customer who has not left is still observed: a falling step curve from 1.

    Attributes
    ----------
    times, probability : array of float
        The distinct durations, rising, and G at and after each until the next.
    """

    times: Float
    probability: Float

    def at(self, time: ArrayLike) -> Float:
        """G(t): observed beyond t. Raises ``InputError`` where t is after the last follow-up and G not yet 0."""
        return self._read(time, "right")

    def before(self, time: ArrayLike) -> Float:
        """G(t-): observed until t at least. Raises ``InputError`` as ``at`` does."""
        return self._read(time, "left")

    def _read(self, time: ArrayLike, side: Literal["left", "right"]) -> Float:
        time = np.asarray(time, dtype=float)
        if self.probability[-1] > 0 and (time > self.times[-1]).any():
            raise InputError(
                "Weights against censoring are known as far as the training customers were followed, from 0 to "
                f"{self.times[-1]:g}; found {time.max():g}. Score at earlier times, or end earlier with until=."
            )
        return np.concatenate([[1.0], self.probability])[np.searchsorted(self.times, time, side=side)]


def censoring_survival(duration: ArrayLike, event: ArrayLike) -> CensoringSurvival:
    """Kaplan-Meier curve of the end of observation, from training customers.

    Parameters
    ----------
    duration, event : arrays, one value per customer
        How long each was followed, in any unit, and whether they left then (False: observation ended).

    Raises
    ------
    InputError
        Arrays of other shapes, missing or negative durations, or nobody who left.

    Examples
    --------
    >>> G = censoring_survival([1.0, 2.0, 2.0, 3.0], [True, False, True, False])
    >>> G.at([1.0, 2.0, 3.0]).tolist(), G.before([2.0, 3.0]).tolist()
    ([1.0, 0.5, 0.0], [1.0, 0.5])
    """
    times, at_risk, left, ended = counts_by_time(*customers(duration, event, "training customers"))
    staying = at_risk - left
    return CensoringSurvival(times, np.cumprod(1.0 - ended / np.maximum(staying, 1)))


def counts_by_time(duration: Float, event: Bool) -> tuple[Float, Int, Int, Int]:
    """Distinct durations; and at each, customers at risk, who left, and whose observation ended."""
    times, which = np.unique(duration, return_inverse=True)
    total = np.bincount(which)
    left = np.bincount(which[event], minlength=len(times))
    return times, total[::-1].cumsum()[::-1], left, total - left


def weights_at(observed: CensoringSurvival, time: Float) -> Float:
    """1 / G at times that training customers were still followed beyond."""
    chance = observed.at(time)
    if not (chance > 0).all():
        known = observed.times[observed.probability <= 0][0]
        raise InputError(
            f"Weights against censoring need training customers followed beyond each time; none was beyond {known:g}, "
            f"found {time[chance <= 0].max():g}. Score before {known:g} (until= in concordance_ipcw)."
        )
    return 1.0 / chance
