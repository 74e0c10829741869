"""The posterior as a sampler sees it: a density over numbers without bounds, with its gradient."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from clvlab.formulas.namespace import NUMPY, Number
from clvlab.inference.graph import GRAPH, Graph, Traced
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.priors import Prior
from clvlab.inference.program import Program

Float = NDArray[np.float64]
Density = Callable[[Float], tuple[float, Float]]

# Standard deviation a priori of how far segments move: half-normal, so that they differ by tens of percent more likely
# than by factors.
SEGMENT_SPREAD = 0.5


class Target:
    """Likelihood times priors over free values.

    With segments, each has moved from the population in each difference by ``spread`` times a standard normal offset
    (non-centred), and one more offset, on which no data bear, stands for a segment not yet seen. The free values are
    then those of the population, the logarithms of the spreads, and the offsets, difference by difference.

    Parameters
    ----------
    likelihood : Likelihood
    priors : mapping of estimated value's name to Prior

    Attributes
    ----------
    size : int
        How many free values there are.
    widest : int
        Numbers in the largest array of its computation.
    """

    def __init__(self, likelihood: Likelihood, priors: Mapping[str, Prior]) -> None:
        self.likelihood, self.link = likelihood, likelihood.link
        self.priors = {name: priors[name] for name in self.link.names}
        segment = self.link.segment
        self._differences = tuple(self.link.differences) if segment else ()
        self._segments = int(likelihood.groups.values[segment].max()) + 2 if segment else 0
        offsets = len(self._differences) * self._segments
        self.size = len(self.priors) + len(self._differences) + offsets
        graph = Graph(likelihood.groups)
        self._total, self._besides = self._recorded(graph)
        self.widest = max(math.prod(node.shape) for node in graph.recorded)
        # What is not normal is divided by infinity, and counts for nothing here.
        unknown = (0.0, np.inf)
        normal = [unknown if prior.normal is None else prior.normal for prior in self.priors.values()]
        placed = [*normal, *[unknown] * len(self._differences), *[(0.0, 1.0)] * offsets]
        self._mean, self._deviation = np.array(placed).T
        finite = self._deviation[np.isfinite(self._deviation)]
        self._constant = -float(np.log(finite * np.sqrt(2.0 * np.pi)).sum())

    def density(self) -> Density:
        """Log-density and gradient as a function of free values, with arrays of its own: one for each thread."""
        program = Program(self._total, self.size, self._besides)

        def of(free: Float) -> tuple[float, Float]:
            with np.errstate(all="ignore"):
                value, gradient = program(free)
                away = (free - self._mean) / self._deviation
                return value - 0.5 * float(away @ away) + self._constant, gradient - away / self._deviation

        return of

    def start(self, seed: int) -> Float:
        """Where a chain begins: within one unit of the middle of the priors, as PyMC's do."""
        return np.asarray(self._mean + np.random.default_rng(seed).uniform(-1.0, 1.0, self.size))

    def _recorded(self, graph: Graph) -> tuple[Traced, list[Traced]]:
        """The log-likelihood of each history, and densities of what is not normal a priori."""
        values: dict[str, Number] = {}
        besides: list[Number] = []
        for i, (name, (_, column)) in enumerate(zip(self.priors, self.link.terms, strict=True)):
            prior = self.priors[name]
            estimated = prior.from_free(graph.estimated(i), GRAPH)
            values[name] = GRAPH.exp(estimated) if column is None else estimated
            if prior.normal is None:
                besides.append(prior.log_density(estimated, GRAPH))
        link = self.link
        if link.segment:
            values, link = self._of_segments(graph, values, besides), replace(link, segment="")
        columns = self.likelihood.groups.columns()
        history = {name: columns[name] for name in self.likelihood.formula.HISTORY}
        natural = link.natural(values, columns, exp=GRAPH.exp)
        total = self.likelihood.formula.log_likelihood(**history, **natural, xp=GRAPH)
        return cast(Traced, total), cast(list[Traced], besides)

    def named(self, free: Float) -> dict[str, Float]:
        """Named values from free ones, shape (..., size): the population's, and those of segments along a last axis."""
        shared = {
            name: np.asarray(prior.from_free(free[..., i], NUMPY))
            for i, (name, prior) in enumerate(self.priors.items())
        }
        found = {
            name: np.exp(shared[name]) if column is None else shared[name]
            for name, (_, column) in zip(shared, self.link.terms, strict=True)
        }
        if self.link.segment:
            moved = {}
            for i, which in enumerate(self._differences):
                start = len(self.priors) + len(self._differences) + i * self._segments
                found[f"{which}:spread"] = np.exp(free[..., len(self.priors) + i])
                found[f"{which}:offset"] = free[..., start : start + self._segments]
                moved[which] = found[f"{which}:spread"][..., None] * found[f"{which}:offset"]
            own = self.link.of_segments({name: found[name][..., None] for name in self.link.parameters}, moved)
            for name in self.link.parameters:
                found[f"{name}:by_segment"] = np.broadcast_to(own[name], (*free.shape[:-1], self._segments))
        return found

    def _of_segments(self, graph: Graph, shared: Mapping[str, Number], besides: list[Number]) -> dict[str, Number]:
        """Parameters of the segments in the data; densities of the spreads are added to ``besides``."""
        names = frozenset([self.link.segment])
        seen = self.likelihood.groups.column(self.link.segment).values.astype(np.int64)
        moved = {}
        for i, which in enumerate(self._differences):
            log_spread = graph.estimated(len(self.priors) + i)
            spread = GRAPH.exp(log_spread)
            relative = spread * (1.0 / SEGMENT_SPREAD)
            constant = np.log(np.sqrt(2.0 / np.pi) / SEGMENT_SPREAD)  # of the half-normal density
            besides.append(relative * relative * -0.5 + log_spread + float(constant))
            start = len(self.priors) + len(self._differences) + i * self._segments
            moved[which] = spread * graph.estimated(start + seen, names)
        return dict(self.link.of_segments(shared, moved, exp=GRAPH.exp))
