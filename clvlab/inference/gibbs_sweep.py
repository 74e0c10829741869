"""One sweep of the Gibbs sampler of Pareto/GGG over all customers of all chains, and how its steps are tuned.

What a sweep draws is told in ``clvlab.inference.gibbs``.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from clvlab.errors import FitError
from clvlab.formulas import gamma_gaps, pareto_ggg
from clvlab.inference.information import root
from clvlab.inference.priors import LogNormal

Float = NDArray[np.float64]
Some = slice | NDArray[np.int64]

FEW = 2  # repeat purchases up to which a customer moves along with the population
STEPS = 4  # random-walk steps a sweep for each pair of parameters
TARGET = 0.3  # share of proposals accepted that the steps are tuned to
PAIRS = {"tg": ("t", "gamma"), "ra": ("r", "alpha"), "sb": ("s", "beta")}

Density = Callable[[Float, Float], Float]


class Sampler:
    """The state of all chains, and one sweep of it.

    Attributes
    ----------
    params : dict of arrays, shape (chains,)
    k, rate : arrays, shape (chains, customers)
        ``rate`` is lambda.
    alive : array of bool, shape (chains, customers)
    survived : array, shape (chains, customers)
        How long after the last purchase a customer lived, up to T.
    """

    def __init__(
        self,
        columns: Mapping[str, ArrayLike],
        priors: Mapping[str, LogNormal],
        *,
        chains: int,
        rng: np.random.Generator,
    ) -> None:
        data = {name: np.atleast_2d(np.asarray(columns[name], dtype=float)) for name in pareto_ggg.HISTORY}
        self.x, self.t_x, self.T, self.log_gap_sum = (data[name] for name in pareto_ggg.HISTORY)
        self.waited = self.T - self.t_x
        self.shape = (chains, self.x.shape[1])
        self.rng, self.priors = rng, priors
        # Those who move along with the population: the same columns in every chain.
        few = (self.x <= FEW).all(axis=0)
        self.few, self.many = np.flatnonzero(few), np.flatnonzero(~few)
        self.params = {
            name: priors[name].median * np.exp(rng.normal(scale=0.3, size=chains)) for name in pareto_ggg.PARAMETERS
        }
        rate = (self.x + priors["r"].median) / (self.T + priors["alpha"].median)
        self.place(np.ones(self.shape), rate, np.ones(self.shape, dtype=bool), self.waited)
        self.log_scale = {pair + kind: 0.0 for pair in PAIRS for kind in ("", "+")}
        self.root = {pair: 0.2 * np.eye(2) for pair in PAIRS}
        self.accepted = dict.fromkeys(self.log_scale, 0.0)
        self.history: list[Float] = []

    def place(self, k: Float, rate: Float, alive: NDArray[np.bool_], survived: Float) -> None:
        """Set the individuals."""
        self.k: Float = np.broadcast_to(k, self.shape).copy()
        self.rate: Float = np.broadcast_to(rate, self.shape).copy()
        self.alive: NDArray[np.bool_] = np.broadcast_to(alive, self.shape).copy()
        self.survived: Float = np.broadcast_to(survived, self.shape).copy()
        self.log_unbought = self._log_survival(self.k, self.rate, self.survived)

    def sweep(self) -> None:
        """Update every individual and every parameter once or more."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
            self._lifetimes()
            self._population("sb", self._lifetime_density())
            self._along("sb")
            self._rates()
            self._population("ra", _gamma_density(self.rate))
            self._along("ra")
            for _ in range(2):
                self._regularities()
                self._population("tg", _gamma_density(self.k))
                self._along("tg")

    def adapt(self, sweep: int, tune: int) -> None:
        """Tune the steps: their sizes by how many are accepted, their shape by the draws' covariance so far."""
        for key in self.log_scale:
            self.log_scale[key] += 2.0 * (self.accepted[key] - TARGET) / np.sqrt(sweep + 1.0)
        self.history.append(np.log(np.stack([self.params[name] for name in pareto_ggg.PARAMETERS])))
        if sweep >= 50 and sweep % 50 == 0 and sweep < 0.8 * tune:
            recent = np.stack(self.history[len(self.history) // 2 :], axis=1)
            for position, pair in enumerate(PAIRS):
                pooled = recent[2 * position : 2 * position + 2].reshape(2, -1)
                with suppress(FitError):  # chains that ran off: the steps keep their shape
                    self.root[pair] = 2.0 * root(np.cov(pooled) + 1e-6 * np.eye(2))

    def individuals(self) -> dict[str, Float]:
        """k, lambda, mu, z and tau of each customer, the integrated ones drawn."""
        s, beta = self._columns("sb")
        seen = self.t_x + self.survived
        mu = self.rng.gamma(s + ~self.alive, 1.0 / (beta + seen))
        with np.errstate(divide="ignore", over="ignore"):
            further = np.minimum(self.rng.standard_exponential(self.shape) / mu, 1e300)
        return {
            "k": self.k.copy(),
            "lambda": self.rate.copy(),
            "mu": mu,
            "z": self.alive.astype(float),
            "tau": np.where(self.alive, seen + further, seen),
        }

    def _lifetimes(self) -> None:
        """Lifetimes given k, lambda, s, beta: alive at T, or gone u after the last purchase.

        Proposed: gone at u ~ Exp(c) cut at T, c = min(1, k) lambda, as if gaps were exponential; alive with its exact
        weight. The ratio of target to proposal is 1 for the living and bounded for the gone.
        """
        s, beta = self._columns("sb")
        so_far, c = beta + self.t_x, np.minimum(self.k, 1.0) * self.rate

        def log_ratio(alive: NDArray[np.bool_], u: Float, log_unbought: Float) -> Float:
            return np.where(alive, 0.0, c * u - (s + 1.0) * np.log1p(u / so_far) + log_unbought)

        to_the_end = self._log_survival(self.k, self.rate, self.waited)
        weight_alive = np.exp(to_the_end - s * np.log1p(self.waited / so_far))
        reach = -np.expm1(-c * self.waited)
        weight_gone = s / so_far * np.where(c > 0, reach / c, self.waited)
        alive = self.rng.random(self.shape) * (weight_alive + weight_gone) < weight_alive
        u = np.where(c > 0, -np.log1p(-self.rng.random(self.shape) * reach) / c, 0.0)
        u = np.where(alive, self.waited, np.minimum(u, self.waited))
        unbought = np.where(alive, to_the_end, self._log_survival(self.k, self.rate, u))
        gain = log_ratio(alive, u, unbought) - log_ratio(self.alive, self.survived, self.log_unbought)
        take = np.log(self.rng.random(self.shape)) < gain
        self.alive = np.where(take, alive, self.alive)
        self.survived = np.where(take, u, self.survived)
        self.log_unbought = np.where(take, unbought, self.log_unbought)

    def _rates(self) -> None:
        """Rates lambda given k: proposed from the Gamma it would have if waiting were exponential."""
        r, alpha = self._columns("ra")
        c = np.minimum(self.k, 1.0) * self.survived
        proposed = self.rng.gamma(r + self.k * self.x, 1.0 / (alpha + self.k * self.t_x + c))
        unbought = self._log_survival(self.k, proposed, self.survived)
        gain = c * (proposed - self.rate) + unbought - self.log_unbought
        take = (np.log(self.rng.random(self.shape)) < gain) & (proposed > 1e-300)
        self.rate = np.where(take, proposed, self.rate)
        self.log_unbought = np.where(take, unbought, self.log_unbought)

    def _regularities(self) -> None:
        """Regularities k given lambda, by a random walk whose length suits what x gaps tell of a Gamma's shape."""
        t, gamma = self._columns("tg")
        ratio = 2.4 / np.sqrt(t + 0.6 * self.x) * self.rng.standard_normal(self.shape)
        proposed = self.k * np.exp(ratio)
        unbought = self._log_survival(proposed, self.rate, self.survived)
        gain = self._log_gaps(proposed, self.rate) - self._log_gaps(self.k, self.rate)
        gain = gain + unbought - self.log_unbought + t * ratio - gamma * (proposed - self.k)
        take = np.log(self.rng.random(self.shape)) < gain
        self.k = np.where(take, proposed, self.k)
        self.log_unbought = np.where(take, unbought, self.log_unbought)

    def _population(self, pair: str, density: Density) -> None:
        """Random walks of a pair of parameters given the individuals, all chains side by side."""
        here = self._log_params(pair)
        value = density(*np.exp(here)) + self._log_prior(pair, here)
        self.accepted[pair] = 0.0
        for _ in range(STEPS):
            there = here + self._step(pair, "")
            proposed = density(*np.exp(there)) + self._log_prior(pair, there)
            take = np.log(self.rng.random(self.shape[0])) < proposed - value
            here, value = np.where(take, there, here), np.where(take, proposed, value)
            self.accepted[pair] += take.mean() / STEPS
        self._set(pair, here)

    def _along(self, pair: str) -> None:
        """A random walk in which customers of few purchases move along with the population."""
        few, many = self.few, self.many
        if not len(few):
            return
        here = self._log_params(pair)
        there = here + self._step(pair, "+")
        old, new = np.exp(here)[:, :, None], np.exp(there)[:, :, None]
        k, rate, alive, survived = self.k[:, few], self.rate[:, few], self.alive[:, few], self.survived[:, few]
        if pair == "sb":
            density = self._lifetime_density(many)
            alive, survived, gain = self._lifetimes_along(old, new)
        elif pair == "ra":
            density = _gamma_density(self.rate[:, many])
            rate, gain = _gamma_along(rate, old, new)
        else:
            density = _gamma_density(self.k[:, many])
            k, gain = _gamma_along(k, old, new)
        unbought = self._log_survival(k, rate, survived)
        gain = gain + unbought - self.log_unbought[:, few]
        if pair != "sb":
            gain = gain + self._log_gaps(k, rate, few) - self._log_gaps(self.k[:, few], self.rate[:, few], few)
        change = np.where(np.isnan(gain), -np.inf, gain).sum(axis=1)
        change = change + density(*np.exp(there)) - density(*np.exp(here))
        change = change + self._log_prior(pair, there) - self._log_prior(pair, here)
        take = np.log(self.rng.random(self.shape[0])) < change
        self.accepted[pair + "+"] = float(take.mean())
        moved: tuple[Float | NDArray[np.bool_], ...] = (self.k, self.rate, self.alive, self.survived, self.log_unbought)
        for values, trial in zip(moved, (k, rate, alive, survived, unbought), strict=True):
            values[:, few] = np.where(take[:, None], trial, values[:, few])
        self._set(pair, np.where(take, there, here))

    def _lifetimes_along(self, old: Float, new: Float) -> tuple[NDArray[np.bool_], Float, Float]:
        """Lifetimes of those with few purchases at the same quantile of the Lomax law beyond t_x.

        Also the log ratio of the chance to live until t_x. Ends after T are drawn for those alive.
        """
        (s, beta), (s_new, beta_new) = old, new
        t_x, T = (np.broadcast_to(v, self.shape)[:, self.few] for v in (self.t_x, self.T))
        seen = t_x + self.survived[:, self.few]
        running = -np.log(self.rng.random(seen.shape)) / s
        exceeded = np.log((beta + seen) / (beta + t_x)) + np.where(self.alive[:, self.few], running, 0.0)
        tau = t_x + (beta_new + t_x) * np.expm1(exceeded * s / s_new)
        gain = s * np.log1p(t_x / beta) - s_new * np.log1p(t_x / beta_new)
        return tau > T, np.minimum(tau, T) - t_x, gain

    def _lifetime_density(self, some: Some = slice(None)) -> Density:
        """Log-density of the lifetimes seen and of those still running, mu integrated out (Lomax)."""
        seen, gone = (self.t_x + self.survived)[:, some], ~self.alive[:, some]
        count = gone.sum(axis=1)

        def density(s: Float, beta: Float) -> Float:
            lived = np.log1p(seen / beta[:, None])
            found: Float = count * np.log(s / beta) - s * lived.sum(axis=1) - (lived * gone).sum(axis=1)
            return found

        return density

    def _log_gaps(self, k: Float, rate: Float, some: Some = slice(None)) -> Float:
        x, t_x, log_gap_sum = (v[:, some] for v in (self.x, self.t_x, self.log_gap_sum))
        return gamma_gaps.log_density_of_gaps(x, t_x, log_gap_sum, k, rate)

    def _log_survival(self, k: Float, rate: Float, waited: Float) -> Float:
        with np.errstate(divide="ignore", over="ignore"):
            return np.log(gamma_gaps.survival(k, rate, waited))

    def _columns(self, pair: str) -> tuple[Float, Float]:
        first, second = PAIRS[pair]
        return self.params[first][:, None], self.params[second][:, None]

    def _log_params(self, pair: str) -> Float:
        return np.log(np.stack([self.params[name] for name in PAIRS[pair]]))

    def _set(self, pair: str, log_params: Float) -> None:
        self.params.update(zip(PAIRS[pair], np.exp(log_params), strict=True))

    def _step(self, pair: str, kind: str) -> Float:
        found: Float = np.exp(self.log_scale[pair + kind]) * self.root[pair] @ self.rng.normal(size=(2, self.shape[0]))
        return found

    def _log_prior(self, pair: str, log_params: Float) -> Float:
        total = np.zeros(self.shape[0])
        for name, row in zip(PAIRS[pair], log_params, strict=True):
            total -= 0.5 * ((row - np.log(self.priors[name].median)) / self.priors[name].spread) ** 2
        return total


def _gamma_density(values: Float) -> Density:
    """Log-density of individuals under Gamma(shape, rate), from their number, sum and sum of logs; per chain."""
    n, total, log_total = values.shape[1], values.sum(axis=1), np.log(values).sum(axis=1)

    def density(shape: Float, rate: Float) -> Float:
        found: Float = n * (shape * np.log(rate) - special.gammaln(shape)) + shape * log_total - rate * total
        return found

    return density


def _gamma_along(values: Float, old: Float, new: Float) -> tuple[Float, Float]:
    """Values whose logs have the place in Gamma(new) that they had in Gamma(old), by mean and standard deviation.

    Also the log ratio of their densities there, times the Jacobian of the move.
    """
    (shape, rate), (shape_new, rate_new) = old, new
    stretch = np.sqrt(special.polygamma(1, shape_new) / special.polygamma(1, shape))
    log_old = np.log(values)
    centred = log_old - (special.psi(shape) - np.log(rate))
    log_new = special.psi(shape_new) - np.log(rate_new) + stretch * centred
    moved = np.exp(log_new)
    before = shape * (np.log(rate) + log_old) - special.gammaln(shape) - rate * values
    after = shape_new * (np.log(rate_new) + log_new) - special.gammaln(shape_new) - rate_new * moved
    return moved, after - before + np.log(stretch)
