"""Which competitors cannot be distinguished from the best: a model confidence set.

Source: Hansen, Lunde & Nason (2011), The Model Confidence Set, Econometrica 79(2), 453-497, with the range statistic
T_R. Customers are the units that are drawn: each one with all its rows, over all calibration ends.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from clvlab.evaluation.resampling import ResampledLosses, resampled

Float = NDArray[np.float64]

LEVEL = 0.90
# Of the mean loss, in mean absolute difference: two forecasts that differ by less are nearly identical. One model
# fitted by two methods differs a little for every customer, to the same side: no resample would doubt it, and nobody
# would care.
NEGLIGIBLE = 0.01


def p_values(losses: Mapping[str, Float], *, seed: int, clusters: NDArray[np.int64] | None = None) -> dict[str, float]:
    """How plausible it is that each competitor is among the best: its MCS p-value.

    Parameters
    ----------
    losses : mapping of str to array, shape (rows,)
        Lower is better. Competitors whose losses are nearly identical stand or fall together. One whose mean loss is
        infinite gets 0 and stays out of the comparison of the others; where all are infinite nobody can be told apart,
        and all get 1.
    seed : int
    clusters : array of int, shape (rows,), optional
        The customer behind each row, from 0; each row its own unless given.

    Returns
    -------
    dict
        Competitor to p-value, in the order given. Those above 1 - ``LEVEL`` are the set, which holds every competitor
        whose expected loss is the least in at least that share of samples.

    Examples
    --------
    >>> one = np.random.default_rng(1).exponential(1.0, 500)
    >>> p_values({"good": one, "same": one + 1e-9, "bad": one + 0.5}, seed=1)
    {'good': 1.0, 'same': 1.0, 'bad': 0.0}
    """
    groups = _groups({key: loss for key, loss in losses.items() if np.isfinite(loss.mean())})
    if not groups:
        return dict.fromkeys(losses, 1.0)
    found = _eliminated(
        resampled({key: losses[key] for key in groups}, next(iter(groups)), seed=seed, clusters=clusters)
    )
    at = {key: found[first] for first, others in groups.items() for key in (first, *others)}
    return {key: at.get(key, 0.0) for key in losses}


def _groups(losses: Mapping[str, Float]) -> dict[str, list[str]]:
    """Competitors that differ, lowest loss first, each with those of nearly the same loss."""
    means = {key: float(loss.mean()) for key, loss in losses.items()}
    found: dict[str, list[str]] = {}
    for key in sorted(losses, key=means.__getitem__):
        near = (one for one in found if np.abs(losses[key] - losses[one]).mean() <= NEGLIGIBLE * abs(means[one]))
        first = next(near, None)
        if first is None:
            found[key] = []
        else:
            found[first].append(key)
    return found


def _eliminated(of: ResampledLosses) -> dict[str, float]:
    """MCS p-value of each: while those left differ by more than chance, the one that is surest to be worse goes."""
    left, p, found = list(range(len(of.keys))), 0.0, dict.fromkeys(of.keys, 1.0)
    if len(of.size) == 1:  # one customer says nothing of others
        return found
    # t[i, j]: by how many standard errors i is worse than j.
    t = _ratio(of.means[:, None] - of.means[None, :], of.errors)
    while len(left) > 1:
        inside = t[np.ix_(left, left)]
        at = int(inside.max(axis=1).argmax())
        p = max(p, float((_widest(of.drawn[:, left], of.errors[np.ix_(left, left)]) >= inside.max()).mean()))
        found[of.keys[left.pop(at)]] = p
    return found


def _widest(means: Float, errors: Float) -> Float:
    """The largest difference of two competitors in each resample, in its standard errors: shape (resamples,)."""
    widest = np.zeros(len(means))
    for i in range(means.shape[1] - 1):
        widest = np.maximum(
            widest, _ratio(np.abs(means[:, i, None] - means[:, i + 1 :]), errors[i, i + 1 :]).max(axis=1)
        )
    return widest


def _ratio(difference: Float, error: Float) -> Float:
    """In standard errors; 0 of 0 is 0."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(difference == 0.0, 0.0, difference / error)
