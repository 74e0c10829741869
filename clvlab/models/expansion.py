"""Functions of few parameters under many draws, from their values at few points.

The draws of a large base lie close together, and there the logarithm of a forecast is almost a quadratic in the
estimated values. A quadratic in k of them is known from (k + 1)(k + 2) / 2 points: fifteen for four parameters. Its
values at a thousand draws are then one product of matrices. How far it is from the function itself can be told, and
is told, from some customers by all draws.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clvlab.inference.link import Link
from clvlab.models.outlook import LEVEL, count

Float = NDArray[np.float64]
Single = NDArray[np.float32]

REACH = 1.5  # standard deviations from the mean to the points
FAR, PROBES = (0.85, 0.99), 6  # of draws in order of their distance from the mean, those probed
FEWER = 4  # so many times fewer points than draws, or it is not worth while
TINY = 1e-300
ROWS = 16_000  # of (rows, draws) numbers in memory: 64 MB of a thousand draws
WITHIN = 0.006  # standard deviations that an end or a mean may be off
NOISE = 1e-7  # relative, of numbers in single precision


@dataclass(frozen=True)
class Expansion:
    """Points that stand for draws.

    Attributes
    ----------
    nodes : dict of arrays, shape (points,)
        Estimated values there; the first is the draws' mean (of logarithms).
    basis : array, shape (draws, points)
        What the value at each point counts for at each draw; a row sums to 1.
    probed : dict of arrays, shape (points + probes,)
        The same points, and some draws far from the mean, which tell how far off an expansion is.
    probes : array of int, shape (probes,)
        Which draws.
    """

    nodes: dict[str, Float]
    basis: Float
    probed: dict[str, Float]
    probes: NDArray[np.int64]

    @classmethod
    def of(cls, link: Link, draws: Mapping[str, Float]) -> Self | None:
        """Of these draws; None where points would be hardly fewer, or customers' parameters differ by segment."""
        available, terms = count(draws), len(link.names)
        if link.segment or FEWER * (terms + 1) * (terms + 2) // 2 > available:
            return None
        theta = link.unconstrained(draws)
        mean = theta.mean(axis=1, keepdims=True)
        away = theta - mean
        variances, axes = np.linalg.eigh(away @ away.T / available)
        if not variances[0] > 1e-13 * variances[-1] > 0.0:
            return None
        root = axes * np.sqrt(variances)
        unit = np.eye(terms)
        pairs = [unit[i] + unit[j] for i in range(terms) for j in range(i)]
        points = REACH * np.array([np.zeros(terms), *unit, *-unit, *pairs])
        nodes = link.named(mean + root @ points.T)
        z = np.linalg.solve(root, away).T
        basis = _monomials(z) @ np.linalg.inv(_monomials(points))
        far = np.argsort((z**2).sum(axis=1), kind="stable")[int(FAR[0] * available) : int(FAR[1] * available)]
        probes = far[np.linspace(0, len(far) - 1, PROBES).round().astype(int)]
        probed = {name: np.concatenate([values, np.asarray(draws[name])[probes]]) for name, values in nodes.items()}
        return cls(nodes, basis, probed, probes)

    @classmethod
    def single(cls, draw: Mapping[str, Float], draws: int) -> Self:
        """Of one draw, that many times."""
        nodes = {name: np.asarray(values)[:1] for name, values in draw.items()}
        return cls(nodes, np.ones((draws, 1)), nodes, np.zeros(0, dtype=np.int64))

    def mean(self, values: Float) -> Float:
        """Means over draws from values at the points, shape (points, n)."""
        found: Float = values[0] if len(values) == 1 else self.basis.mean(axis=0) @ values
        return found

    def doubt(self, values: Float) -> Float:
        """How far the expansion is off at the probes, in standard deviations over draws, both of logarithms.

        Parameters
        ----------
        values : array, shape (points + probes, n)
            What was computed at ``probed``.
        """
        terms, points = len(self.nodes), self.basis.shape[1]
        logs = np.log(np.maximum(values, TINY))
        logs = logs - logs[0]
        apart = np.abs(self.basis[self.probes] @ logs[:points] - logs[points:]).max(axis=0)
        slopes = (logs[1 : terms + 1] - logs[terms + 1 : 2 * terms + 1]) / (2.0 * REACH)
        deviation = np.sqrt((slopes**2).sum(axis=0))
        found: Float = np.divide(apart, deviation, out=np.zeros_like(apart), where=deviation > NOISE)
        return found

    def interval(self, values: Float) -> tuple[Float, Float]:
        """The central 90 % over draws, from positive values at the points, shape (points, n)."""
        return interval_of_product([(self, values)])


def interval_of_product(factors: list[tuple[Expansion, Float]]) -> tuple[Float, Float]:
    """The central 90 % over draws of a product of positive functions, each of parameters of its own.

    Parameters
    ----------
    factors : list of (Expansion, array (points, n))
        Their draws go together in their order.
    """
    # A value of 0 stays nearly 0.
    logs = [np.log(np.maximum(values, TINY)) for _, values in factors]
    middle = np.sum([each[0] for each in logs], axis=0)
    away = np.concatenate([each - each[:1] for each in logs]).astype(np.float32)
    basis = np.concatenate([each.basis.T for each, _ in factors]).astype(np.float32)
    ends = np.empty((2, len(middle)))
    for start in range(0, len(middle), ROWS):
        rows = slice(start, start + ROWS)
        ends[:, rows] = _sorted_ends(away[:, rows].T @ basis)
    low, high = np.exp(middle + ends)
    return low, high


def _sorted_ends(values: Single) -> Float:
    """Ends of the central 90 % along rows, as ``np.quantile`` has them, shape (2, rows); the rows get sorted."""
    values.sort(axis=1)
    found = []
    for level in ((1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0):
        place = level * (values.shape[1] - 1)
        below = min(int(place), values.shape[1] - 2)
        found.append(values[:, below] + (place - below) * (values[:, below + 1] - values[:, below]).astype(float))
    return np.array(found)


def agrees(told: tuple[Float, Float, Float], known: tuple[Float, Float, Float], deviation: Float) -> NDArray[np.bool_]:
    """Whether mean, low and high are those of full draws, to a share of a standard deviation."""
    apart = np.max([np.abs(one - other) for one, other in zip(told, known, strict=True)], axis=0)
    return np.asarray(apart <= WITHIN * deviation + NOISE * np.abs(known[0]) + TINY)


def _monomials(z: Float) -> Float:
    """1, each coordinate, and each product of two, shape (points, (k + 1)(k + 2) / 2)."""
    terms = z.shape[1]
    products = [z[:, i] * z[:, j] for i in range(terms) for j in range(i + 1)]
    return np.column_stack([np.ones(len(z)), z, *products])
