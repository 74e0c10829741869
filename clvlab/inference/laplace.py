"""Posterior draws from the curvature at the mode, corrected by importance weights, with a check (k-hat).

Proposals are Student-t around the mode with the inverse Hessian as scale: heavier-tailed than a posterior that is
nearly normal. Each is weighed by posterior over proposal; the largest weights are smoothed by a generalised Pareto
distribution, whose shape k-hat tells how heavy their tail is (Vehtari et al. 2024, Pareto smoothed importance
sampling): below .7 the resampled draws can be trusted.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from clvlab.errors import FitError
from clvlab.inference.information import eigenvectors, root
from clvlab.inference.maximum import Maximum

Float = NDArray[np.float64]

FLAT = 1e-12
DEGREES = 7.0
TRUSTED = 0.7
GOOD = 0.5  # below it another round gains little
LEAST = 500  # fewer proposals tell too little of the weights' tail
ROUNDS = 3


class Density(Protocol):
    """A log-density, up to a constant."""

    def values(self, thetas: Float) -> Float:
        """At each row of ``thetas``."""
        ...


@dataclass(frozen=True)
class Resampled:
    """Importance-resampled draws.

    Attributes
    ----------
    draws : array, shape (draws, terms)
        In the estimated values; equally weighted.
    k_hat : float
        Tail shape of the weights; above .7 the draws are not to be trusted.
    effective : float
        How many independent draws the weights are worth.
    """

    draws: Float
    k_hat: float
    effective: float

    @property
    def trusted(self) -> bool:
        """Whether k-hat is below .7."""
        return self.k_hat < TRUSTED


def resample(posterior: Density, mode: Maximum, *, draws: int, seed: int) -> Resampled:
    """Draw from the posterior by importance resampling around its mode.

    Parameters
    ----------
    mode : Maximum
        Of the same posterior, with a negative definite Hessian.
    draws : int
        How many are resampled; as many proposals are weighed, and ``LEAST`` at least. Where their weights are too
        uneven, they are proposed again around their weighted mean, in up to ``ROUNDS`` rounds; the best counts.
    """
    rng = np.random.default_rng(seed)
    count = max(draws, LEAST)
    at, scale = mode.at, mode.covariance
    best: tuple[float, Float, Float] | None = None
    for _ in range(ROUNDS):
        try:
            proposals, log_proposal = _proposed(rng, at, scale, count)
        except FitError:
            if best is None:
                raise
            break  # a few draws hold all the weight: they span no ellipsoid to propose from
        log_posterior = posterior.values(proposals)
        ratios = np.where(np.isfinite(log_posterior), log_posterior - mode.value, -np.inf) - log_proposal
        log_weights, k_hat = smoothed(ratios)
        weights = np.exp(log_weights)
        if best is None or k_hat < best[0]:
            best = k_hat, proposals, weights
        if k_hat < GOOD:
            break
        # A posterior that leans to one side of its mode: propose again around the draws' weighted mean.
        at = weights @ proposals
        away = proposals - at
        scale = away.T @ (away * weights[:, None]) * (DEGREES - 2.0) / DEGREES
        curvature, _ = eigenvectors(scale)
        if not curvature[0] > FLAT * curvature[-1]:
            break  # as flat as that, it is no ellipsoid either
    assert best is not None
    k_hat, proposals, weights = best
    chosen = systematic(rng, weights, draws)
    return Resampled(proposals[chosen], k_hat, float(1.0 / np.sum(weights**2)))


def _proposed(rng: np.random.Generator, at: Float, scale: Float, count: int) -> tuple[Float, Float]:
    """Student-t draws, and their log-density up to a constant."""
    k = len(at)
    normal = rng.standard_normal((count, k))
    stretch = np.sqrt(rng.chisquare(DEGREES, size=count) / DEGREES)
    standard = normal / stretch[:, None]
    log_density = np.asarray(stats.multivariate_t.logpdf(standard, shape=np.eye(k), df=DEGREES))
    return at + standard @ root(scale).T, log_density


def smoothed(log_ratios: Float) -> tuple[Float, float]:
    """Pareto-smoothed log weights that sum to one, and k-hat.

    Parameters
    ----------
    log_ratios : array, shape (draws,)
        Log of target over proposal, up to a constant.
    """
    ratios = log_ratios - log_ratios.max()
    n = len(ratios)
    tail = int(np.ceil(min(0.2 * n, 3.0 * np.sqrt(n))))
    order = np.argsort(ratios)
    cut = ratios[order[-tail - 1]]
    tail = int((ratios > cut).sum())  # fewer where draws that were resampled twice tie with the cut
    k_hat = float("inf")
    if tail >= 5:
        excess = np.exp(ratios[order[-tail:]]) - np.exp(cut)
        k_hat, sigma = _generalised_pareto(excess)
        if np.isfinite(k_hat):
            p = (np.arange(tail) + 0.5) / tail
            quantiles = sigma * (special.expm1(-k_hat * np.log1p(-p)) / k_hat if k_hat != 0 else -np.log1p(-p))
            ratios = ratios.copy()
            ratios[order[-tail:]] = np.minimum(np.log(quantiles + np.exp(cut)), 0.0)
    return ratios - special.logsumexp(ratios), k_hat


def _generalised_pareto(excess: Float) -> tuple[float, float]:
    """Shape and scale by Zhang & Stephens (2009), the shape drawn a little to .5 as ten more observations would."""
    n = len(excess)
    m = 30 + int(np.sqrt(n))
    b = 1.0 - np.sqrt(m / (np.arange(1, m + 1) - 0.5))
    b = b / (3.0 * excess[int(n / 4 + 0.5) - 1]) + 1.0 / excess[-1]
    with np.errstate(all="ignore"):
        k = np.log1p(-b[:, None] * excess).mean(axis=1)
        score = n * (np.log(-(b / k)) - k - 1.0)
    weight = special.softmax(np.where(np.isfinite(score), score, -np.inf))
    best = float(weight @ b)
    shape = float(np.log1p(-best * excess).mean())
    return (n * shape + 5.0) / (n + 10.0), -shape / best


def systematic(rng: np.random.Generator, weights: Float, draws: int) -> NDArray[np.int64]:
    """Resample with as little extra noise as equal weights allow, then shuffle, so that any subset is as good."""
    points = (rng.random() + np.arange(draws)) / draws
    chosen = np.searchsorted(np.cumsum(weights) / weights.sum(), points).clip(max=len(weights) - 1)
    return rng.permutation(chosen)
