"""Forecasts for customers with unknown k, lambda and mu: means over nodes, and draws from them."""

from collections.abc import Mapping
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from clvlab.errors import FitError
from clvlab.formulas import gamma_gaps
from clvlab.formulas.gamma_renewals import LEAST_K
from clvlab.formulas.pareto_ggg import Mixture
from clvlab.models.outlook import Counts

Float = NDArray[np.float64]
Individuals = dict[str, Float]

COUNTED = 1000  # futures of each history, for the distribution of a count
FAR = 5.0  # discounts beyond this are applied to purchases at their steady rate


class NodeOutlook:
    """Some histories under draws of the population's parameters.

    Parameters
    ----------
    mixture : Mixture
        The histories, with nodes.
    natural : mapping of parameter to array
        Of shape (draws, 1), or (draws, histories) where customers differ by covariates.
    seeds : list of lists of int
        Of each history's futures.
    """

    def __init__(self, mixture: Mixture, natural: Mapping[str, Float], seeds: list[list[int]]) -> None:
        self.mixture, self.natural, self.seeds = mixture, natural, seeds

    @cached_property
    def _weights(self) -> tuple[Float, Float, Float]:
        return self.mixture.weights(self.natural)

    @property
    def buys(self) -> Float:
        """Weight of each node of k and lambda in the population, and of the gaps at it."""
        return self._weights[0]

    @property
    def leaves(self) -> Float:
        """Weight of each node of mu."""
        return self._weights[1]

    @cached_property
    def joint(self) -> Float:
        """Weight of each node of k and lambda given the history, shape (draws, histories, nodes)."""
        found = self.buys * self.mixture.met(self.leaves)
        lost = np.flatnonzero(~np.isfinite(found).all(axis=(0, 2)))
        if len(lost):
            x, t_x, T = (float(ages[lost[0]]) for ages in (self.mixture.x, self.mixture.t_x, self.mixture.T))
            raise FitError(
                f"A forecast cannot be computed for a history of {x:g} repeat purchases, the last at age {t_x:g}, by "
                f"age {T:g}. Look for extreme values in it, or fit again with tighter priors."
            )
        return found

    @cached_property
    def silent(self) -> Float:
        """P(no purchase since the last | stayed), shape (histories, nodes)."""
        return self.mixture.stays()

    def alive(self, ahead: float = 0.0) -> Float:
        """P(alive ``ahead`` of T), shape (draws, histories)."""
        stays = self.leaves * np.exp(-self.mixture.mu * (self.mixture.waited[:, None] + ahead))
        return self._over_nodes(np.ones((1, 1, 1)), stays.sum(axis=-1, keepdims=True))

    def dropout(self, ahead: float) -> Float:
        """P(alive at T, and gone ``ahead`` of it), shape (draws, histories)."""
        return self.alive() - self.alive(ahead)

    def expectations(self, horizon: float) -> dict[str, Float]:
        """Chances and expected purchases, arrays of shape (draws, histories)."""
        parts, weights = _parts(20, 3)
        some, expected = self.mixture.purchases(horizon * parts)
        leaving = self._leaving(horizon * parts, horizon * weights, self.mixture.mu)
        return {
            "prob_alive": self.alive(),
            "prob_purchase": self._over_nodes(some, leaving),
            "expected_purchases": self._over_nodes(expected, leaving),
        }

    def discounted(self, horizon: float, delta: float) -> Float:
        """Expected purchases in the horizon, each discounted by exp(-delta u), shape (draws, histories)."""
        end = min(horizon, FAR / delta) if delta > 0.0 else horizon
        parts, weights = _parts(32, 3)
        _, expected = self.mixture.purchases(end * parts)
        lost = self.mixture.mu + delta  # a future purchase is lost by leaving, and by discount alike
        found = self._over_nodes(expected, self._leaving(end * parts, end * weights, lost))
        if end < horizon:  # so far off, purchases come at the rate lambda
            steady = self.mixture.rate.reshape(len(self.mixture), -1, 1)
            rest = np.exp(-lost * end) * -np.expm1(-lost * (horizon - end)) / lost
            found = found + self._over_nodes(steady, self._stays(rest[..., None]))
        return found

    def counts(self, horizon: float) -> NDArray[np.int64]:
        """Counts of a thousand simulated futures of each history, its own whatever stands beside it."""
        draws = len(next(iter(self.natural.values())))
        futures = COUNTED // draws
        found = np.empty((draws * futures, len(self.seeds)), dtype=np.int64)
        for row, seed in enumerate(self.seeds):
            rng = np.random.default_rng(seed)
            same = np.full(futures, row)
            drawn = future_counts(rng, self.mixture, same, self.individuals(rng, same), horizon)
            found[:, row] = drawn.ravel()
        return found

    def count_interval(self, horizon: float) -> tuple[Float, Float]:
        """The 90 % predictive interval of the count."""
        low, high = np.quantile(self.counts(horizon), [0.05, 0.95], axis=0, method="inverted_cdf")
        return low.astype(float), high.astype(float)

    def count_distribution(self, horizon: float) -> Counts:
        """The distribution of the count: shares of the futures."""
        counts = self.counts(horizon)
        most = int(counts.max(initial=0)) + 1
        cells, futures = np.unique(np.arange(counts.shape[1]) * most + counts, return_counts=True)
        row, purchases = np.divmod(cells, most)
        return Counts(row, purchases.astype(float), futures / len(counts))

    def individuals(self, rng: np.random.Generator, customers: NDArray[np.int64]) -> Individuals:
        """Draw customers' own k, lambda and the age at which they leave, once under each draw of the population.

        Parameters
        ----------
        customers : array, shape (customers,)
            The history of each, by number.

        Returns
        -------
        dict
            k (at least as great as expected purchases take it), lambda, tau (age at leaving; below T of who has
            left), of shape (draws, customers).
        """
        mixture, whose = self.mixture, customers[None, :]
        node = _chosen(rng, self.joint[:, customers])
        unbought = mixture.unbought[whose, node]
        of_mu = _chosen(rng, self.leaves[:, customers] * unbought)
        mu = mixture.mu[whose, of_mu]
        stayed = np.exp(-mu * mixture.waited[customers]) * self.silent[whose, node]
        is_alive = rng.random(mu.shape) * np.take_along_axis(unbought, of_mu[..., None], axis=-1)[..., 0] < stayed
        further = np.minimum(rng.standard_exponential(mu.shape) / mu, 1e300)
        of_k, of_rate = np.divmod(node, mixture.rate.shape[-1])
        return {
            "k": np.maximum(mixture.k[whose, of_k], LEAST_K),
            "lambda": mixture.rate[whose, of_k, of_rate],
            "tau": np.where(is_alive, mixture.T[customers] + further, mixture.t_x[customers]),
        }

    def _leaving(self, times: Float, weights: Float, lost: Float) -> Float:
        """What turns purchases by some times of who stays into those of who may leave: (draws, histories, times).

        The integral of exp(-c u) dN(u) over (0, H] is exp(-c H) N(H) + c times that of exp(-c u) N(u) du.
        """
        gone = np.exp(-lost[..., None] * times)
        gone[..., 1:] *= lost[..., None] * weights[1:]
        return self._stays(gone)

    def _stays(self, of_mu: Float) -> Float:
        """Sum over nodes of mu of who is alive at T, weighing (histories, nodes, times)."""
        stays = self.leaves * np.exp(-self.mixture.mu * self.mixture.waited[:, None])
        return np.moveaxis(np.matmul(np.moveaxis(stays, 0, 1), of_mu), 1, 0)

    def _over_nodes(self, purchases: Float, leaving: Float) -> Float:
        """Mean over nodes of (histories, nodes, times) of those who stayed, times (draws, histories, times)."""
        found = np.matmul(np.moveaxis(self.buys, 0, 1), self.silent[..., None] * purchases)
        result: Float = (np.moveaxis(found, 0, 1) * leaving).sum(axis=-1) / self.joint.sum(axis=-1)
        return result


def future_counts(
    rng: np.random.Generator, mixture: Mixture, customers: NDArray[np.int64], individuals: Individuals, horizon: float
) -> NDArray[np.int64]:
    """Purchases in the coming ``horizon``, one future of each drawn customer, shape (draws, customers)."""
    k, rate, tau = (individuals[name] for name in ("k", "lambda", "tau"))
    t_x, T = (np.broadcast_to(ages[customers], k.shape).ravel() for ages in (mixture.t_x, mixture.T))
    who, _ = gamma_gaps.simulate_individuals(rng, horizon, t_x, T, k.ravel(), rate.ravel(), tau.ravel())
    return np.bincount(who, minlength=k.size).reshape(k.shape)


@cache
def _parts(count: int, power: int) -> tuple[Float, Float]:
    """1, then parts of a horizon, denser at its start where those who leave soon still buy; weights of the parts."""
    nodes, weights = np.polynomial.legendre.leggauss(count)
    at = (nodes + 1.0) / 2.0
    return np.append(1.0, at**power), np.append(0.0, power * at ** (power - 1) * weights / 2.0)


def _chosen(rng: np.random.Generator, weights: Float) -> NDArray[np.int64]:
    """One place on the last axis, drawn by weight."""
    cumulated = np.cumsum(weights, axis=-1)
    point = rng.random(weights.shape[:-1]) * cumulated[..., -1]
    found: NDArray[np.int64] = np.minimum((cumulated <= point[..., None]).sum(axis=-1), weights.shape[-1] - 1)
    return found
