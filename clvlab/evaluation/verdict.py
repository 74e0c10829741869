"""Which competitor forecasts best, as far as the number of customers allows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from clvlab.evaluation.confidence_set import LEVEL, p_values
from clvlab.evaluation.resampling import resampled
from clvlab.shown import Shown

Float = NDArray[np.float64]
Difference = tuple[float, float, float]  # with its 90 % interval: difference, low, high

DECIDES = "deviance"  # of the expected count: every competitor has one
THEN = "log_score"  # of the distribution, where there is one
OF_VALUE = "value_deviance"


@dataclass(frozen=True, repr=False)
class Verdict(Shown):
    """The outcome of a comparison: a 90 % model confidence set.

    Only scores consistent for what was forecast decide, since a forecaster can do no better by them than to say what it
    believes: the Poisson deviance, of the expected count, among all; then the log score among those left that forecast
    a distribution. One that forecasts none is not judged by the log score, and stays.

    Attributes
    ----------
    best_set : tuple of str
        Keys of the competitors that cannot be told apart from the best, lowest deviance first. Only one that is alone
        here is the best. Empty where every competitor failed.
    beaten : mapping of str to str
        The others, lowest deviance first, each with the score that it lost by: "deviance", "log_score"; of value,
        "value_deviance".
    p_values : mapping of str to float
        MCS p-value of each, the lower one where two scores judged it: in the set above .10.
    against : mapping of str to (difference, low, high)
        Deviance less that of ``best``, a customer, with the 90 % interval of this one difference, lowest first;
        infinite for a forecast of zero where purchases came.
    naive : tuple of str
        Keys of the naive baselines, lowest deviance first.
    value : Verdict or None
        The same of value, decided apart by its deviance; None where nobody forecast value.
    """

    best_set: tuple[str, ...] = ()
    beaten: Mapping[str, str] = field(default_factory=dict)
    p_values: Mapping[str, float] = field(default_factory=dict)
    against: Mapping[str, Difference] = field(default_factory=dict, repr=False)
    naive: tuple[str, ...] = ()
    value: "Verdict | None" = None

    @property
    def best(self) -> str:
        """The member of the set with the lowest deviance, not proven better than the others; empty if all failed."""
        return self.best_set[0] if self.best_set else ""

    @property
    def baseline(self) -> str:
        """The naive baseline with the lowest deviance; empty where none was compared."""
        return self.naive[0] if self.naive else ""

    @property
    def beats_baseline(self) -> bool:
        """Whether baselines were compared and all of them are beaten."""
        return bool(self.naive) and not set(self.naive) & set(self.best_set)


def judge(
    losses: Mapping[str, Float],
    *,
    then: Mapping[str, Float] | None = None,
    by: tuple[str, str] = (DECIDES, THEN),
    naive: Collection[str] = (),
    value: Verdict | None = None,
    seed: int,
    clusters: NDArray[np.int64] | None = None,
) -> Verdict:
    """Find the competitors that cannot be distinguished from the best.

    Parameters
    ----------
    losses : mapping of str to array, shape (rows,)
        Deviance of each competitor's forecast of each customer (and calibration end).
    then : mapping of str to array, optional
        Minus the log score, of those that forecast a distribution.
    by : (str, str)
        Ids of the two scores.
    naive : collection of str
        Keys of the naive ones.
    value : Verdict, optional
        That of value.
    clusters : array of int, optional
        The customer behind each row, where customers have several.

    Examples
    --------
    >>> one = np.random.default_rng(1).exponential(1.0, 500)
    >>> found = judge({"bad": one + 0.5, "good": one, "again": one + 1e-9}, naive=["bad"], seed=1)
    >>> found.best_set, found.beaten, found.beats_baseline
    (('good', 'again'), {'bad': 'deviance'}, True)
    """
    order = sorted(losses, key=lambda key: float(losses[key].mean()))
    first = p_values({key: losses[key] for key in order}, seed=seed, clusters=clusters)
    left = [key for key in order if first[key] > 1.0 - LEVEL]
    second = p_values({key: then[key] for key in left if key in then}, seed=seed, clusters=clusters) if then else {}
    least = {key: min(p, second.get(key, 1.0)) for key, p in first.items()}
    best_set = tuple(key for key in order if least[key] > 1.0 - LEVEL)
    best = best_set[0] if best_set else ""
    return Verdict(
        best_set,
        {key: by[1] if key in left else by[0] for key in order if key not in best_set},
        least,
        _against({key: losses[key] for key in order}, best, seed, clusters),
        tuple(key for key in order if key in naive),
        value,
    )


def _against(
    losses: Mapping[str, Float], best: str, seed: int, clusters: NDArray[np.int64] | None
) -> dict[str, Difference]:
    """Each one's loss less the best one's; infinite ones without interval, and where the best is infinite, NaN."""
    finite = {key: loss for key, loss in losses.items() if np.isfinite(loss).all()}
    if best not in finite:
        return {key: (0.0, 0.0, 0.0) if key == best else (np.nan, np.nan, np.nan) for key in losses}
    found = resampled(finite, best, seed=seed, clusters=clusters).intervals()
    return {key: found.get(key, (np.inf, np.nan, np.nan)) for key in losses}
