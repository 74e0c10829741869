"""Draws of a pooled model from its approximation, corrected by importance weights (steps 2 and 3 of ``pooled``)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clvlab.inference.laplace import resample, smoothed, systematic
from clvlab.inference.maximum import Maximum, maximize
from clvlab.inference.pooled import PooledPosterior, by_differences, spread_of

Float = NDArray[np.float64]

PROPOSED = 8  # times as many draws of psi from the approximation as are asked for
AT_ONCE = 4_000  # rows whose segments are in memory
# Times the draws of psi asked for that are weighed, and proposals of each segment under each; more where weights are
# uneven.
EFFORTS = ((1, 8), (1, 32), (4, 32))
EVEN, ENOUGH = 0.6, 0.25  # k-hat, and effective draws of one asked for
LEAST = 1_000  # draws of psi that are weighed
DEGREES = 15.0  # of their Student-t: a segment's likelihood may lean to one side


@dataclass(frozen=True)
class PooledDraws:
    """Equally weighted draws.

    Attributes
    ----------
    shared : array, shape (draws, terms)
        Of the link's estimated values, those of parameters at the population's level.
    spreads : array, shape (draws, differences)
    moved : array, shape (draws, segments + 1, differences)
        How far each segment has moved, s z; the last is a segment not seen.
    k_hat, effective : float
        As of ``laplace.Resampled``.
    iterations : int
    """

    shared: Float
    spreads: Float
    moved: Float
    k_hat: float
    effective: float
    iterations: int


class _Unfunnelled:
    """The approximation in coordinates without a funnel: the larger a spread, the less sure the level.

    Given the scores of spreads the level is almost normal; here it is standard normal.
    """

    def __init__(self, posterior: PooledPosterior) -> None:
        self.posterior = posterior

    def vectors(self, rows: Float) -> Float:
        """As ``PooledPosterior`` takes them."""
        return np.concatenate([self._parts(part)[0] for part in _runs(rows)])

    def values(self, rows: Float) -> Float:
        """Log-density of each row."""
        return np.concatenate([self._values(part) for part in _runs(rows)])

    def value(self, row: Float) -> float:
        """Log-density."""
        return float(self.values(row[None])[0])

    def derivatives(self, row: Float) -> tuple[float, Float, Float]:
        """Log-density with its gradient and Hessian."""
        return by_differences(self.values, row)

    def _values(self, rows: Float) -> Float:
        vectors, shrunk = self._parts(rows)
        return self.posterior.values(vectors) + shrunk

    def _parts(self, rows: Float) -> tuple[Float, Float]:
        """The vectors, and the log of how much less room they take."""
        terms = self.posterior.terms
        mean, root = self.posterior.level(rows[:, terms:])
        level = mean + np.linalg.solve(np.swapaxes(root, 1, 2), rows[:, :terms, None])[..., 0]
        return np.hstack([level, rows[:, terms:]]), -np.log(np.einsum("dii->di", root)).sum(axis=1)


def _runs(rows: Float) -> list[Float]:
    return [rows[start : start + AT_ONCE] for start in range(0, len(rows), AT_ONCE)]


def sample(posterior: PooledPosterior, mode: Maximum, *, draws: int, seed: int) -> PooledDraws:
    """Steps 2 and 3; where weights are uneven segments propose more.

    Raises
    ------
    FitError
        The mode's curvature cannot be inverted.
    """
    apart, count = _Unfunnelled(posterior), max(draws, LEAST)
    start = np.append(np.zeros(posterior.terms), mode.at[posterior.terms :])
    around = maximize(apart.derivatives, apart.value, start)
    first = resample(apart, around, draws=PROPOSED * count, seed=seed)
    rng = np.random.default_rng([seed, 1])
    best: tuple[float, float, Float, Float, Float] | None = None
    for times, each in EFFORTS:
        vectors = apart.vectors(first.draws[: times * count])
        weights, z = _weighed(rng, posterior, vectors, each)
        log_weights, k_hat = smoothed(np.where(np.isfinite(weights), weights, -np.inf))
        effective = float(1.0 / np.sum(np.exp(2.0 * log_weights)))
        if best is None or k_hat < best[0] or effective > 2.0 * best[1]:
            best = k_hat, effective, log_weights, z, vectors
        if k_hat < EVEN and effective > ENOUGH * count:
            break
    assert best is not None
    k_hat, effective, log_weights, z, vectors = best
    rows = systematic(rng, np.exp(log_weights), draws)
    spreads = spread_of(vectors[rows, posterior.terms :])
    return PooledDraws(
        shared=vectors[rows, : posterior.terms],
        spreads=spreads,
        moved=z[rows] * spreads[:, None, :],
        k_hat=max(k_hat, first.k_hat),
        effective=effective,
        iterations=around.iterations,
    )


def _weighed(rng: np.random.Generator, posterior: PooledPosterior, vectors: Float, each: int) -> tuple[Float, Float]:
    """Log of true over approximate density of each vector, and a z of every segment and of one not seen."""
    count, size, segments = len(vectors), posterior.differences, len(posterior.parts)
    mean, root, approximate = posterior.conditional(vectors)
    spreads = spread_of(vectors[:, posterior.terms :])
    weights, kept = np.zeros(count), np.empty((count, segments + 1, size))
    # A Student-t's density less the constant of a normal one, which the approximation leaves out as well.
    flat = special.gammaln((DEGREES + size) / 2) - special.gammaln(DEGREES / 2) - size / 2 * np.log(DEGREES / 2)
    for g, part in enumerate(posterior.parts):
        standard = rng.standard_normal((each, count, size))
        standard /= np.sqrt(rng.chisquare(DEGREES, size=(each, count, 1)) / DEGREES)
        upper = np.linalg.inv(np.swapaxes(root[:, g], 1, 2))
        z = mean[:, g] + np.einsum("dij,edj->edi", upper, standard)
        thetas = vectors[:, : posterior.terms] + (z * spreads) @ posterior.moves.T
        true = part.values(thetas.reshape(-1, posterior.terms)).reshape(each, count) - part.value(posterior.at[g])
        proposed = flat - (DEGREES + size) / 2 * np.log1p((standard**2).sum(axis=-1) / DEGREES)
        proposed = proposed + np.log(np.einsum("dww->dw", root[:, g])).sum(axis=-1)
        ratios = true - 0.5 * (z**2).sum(axis=-1) - proposed
        ratios = np.where(np.isfinite(ratios), ratios, -np.inf)
        weights += special.logsumexp(ratios, axis=0) - np.log(each) - approximate[:, g]
        # One of a segment's own, by their weights: the largest log weight plus Gumbel noise.
        chosen = np.argmax(ratios + rng.gumbel(size=ratios.shape), axis=0)
        kept[:, g] = z[chosen, np.arange(count)]
    kept[:, segments] = rng.standard_normal((count, size))
    return weights, kept
