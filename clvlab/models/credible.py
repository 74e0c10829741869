"""Mean and credible interval over draws of what is forecast for each group of customers.

Of a small base every draw is computed for every group. Of a large one an ``Expansion`` stands for the draws; some
groups by all draws tell where it does, and where it does not groups are computed by all draws as well.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clvlab.inference.factored import Groups
from clvlab.inference.link import Link
from clvlab.models.expansion import Expansion, agrees
from clvlab.models.outlook import Outlook, Params, count, interval

Float = NDArray[np.float64]
Rows = NDArray[np.int64]
Told = dict[str, tuple[Float, Float, Float]]
OverDraws = Callable[[Outlook], Mapping[str, Float]]

LARGE = 4_000_000  # groups x draws from which on an expansion is tried
SAMPLED = 240  # groups computed both ways


class Forecasting(Protocol):
    """What is asked of a fit."""

    @property
    def link(self) -> Link:
        """Its link."""
        ...

    def given(self, groups: Groups, *params: Params) -> Iterator[tuple[Rows, list[Outlook]]]:
        """Forecasts of groups."""
        ...


def over_draws(fit: Forecasting, groups: Groups, draws: Params, function: OverDraws, names: tuple[str, ...]) -> Told:
    """(mean, low, high) over draws of each named function, arrays of shape (groups,)."""
    expansion = Expansion.of(fit.link, draws) if len(groups) * count(draws) >= LARGE else None
    if expansion is None:
        return _by_all(fit, groups, draws, function, names)[0]
    found = {name: tuple(np.empty(len(groups)) for _ in range(3)) for name in names}
    doubt, points = np.zeros(len(groups)), expansion.basis.shape[1]
    for rows, (outlook,) in fit.given(groups, expansion.probed):
        values = function(outlook)
        for name in names:
            whole = np.broadcast_to(values[name], (count(expansion.probed), len(rows)))
            each = whole[:points]
            for into, told in zip(found[name], (expansion.mean(each), *expansion.interval(each)), strict=True):
                into[rows] = told
            doubt[rows] = np.maximum(doubt[rows], expansion.doubt(whole))
    # Groups in order of how far probes are off: from the first that fails its check on, all draws.
    order = np.argsort(doubt, kind="stable")
    place = np.unique(np.linspace(0, len(groups) - 1, min(SAMPLED, len(groups))).round().astype(int))
    known, deviation = _by_all(fit, _some(groups, order[place]), draws, function, names)
    good = np.ones(len(place), dtype=bool)
    for name in names:
        low, middle, high = (each[order[place]] for each in found[name])
        good &= agrees((low, middle, high), known[name], deviation[name])
    if not good.all():
        first = int(np.argmin(good))
        again = order[place[first - 1] + 1 if first else 0 :]
        exact, _ = _by_all(fit, _some(groups, again), draws, function, names)
        for name in names:
            for into, told in zip(found[name], exact[name], strict=True):
                into[again] = told
    return {name: (mean, low, high) for name, (mean, low, high) in found.items()}


def _by_all(
    fit: Forecasting, groups: Groups, draws: Params, function: OverDraws, names: tuple[str, ...]
) -> tuple[Told, dict[str, Float]]:
    """By all draws, and the standard deviation over them."""
    found = {name: np.full((4, len(groups)), np.nan) for name in names}
    for rows, (outlook,) in fit.given(groups, draws):
        values = function(outlook)
        for name in names:
            each = values[name]
            low, high = interval(each)
            for into, told in zip(found[name], (each.mean(axis=0), low, high, each.std(axis=0)), strict=True):
                into[rows] = told
    return {name: (each[0], each[1], each[2]) for name, each in found.items()}, {k: v[3] for k, v in found.items()}


def _some(groups: Groups, rows: Rows) -> Groups:
    """Some of the groups, one customer each."""
    return Groups({name: values[rows] for name, values in groups.values.items()})
