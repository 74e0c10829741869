"""What customers whose own k, lambda and mu are unknown will do: means over nodes, and draws from them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clvlab.formulas import gamma_gaps
from clvlab.formulas.pareto_ggg import Mixture

Float = NDArray[np.float64]
Individuals = dict[str, Float]


def alive(mixture: Mixture, natural: Mapping[str, Any], ahead: float = 0.0) -> Float:
    """P(alive ``ahead`` of T) of each history under each draw, shape (draws, histories)."""
    buys, leaves, _ = mixture.weights(natural)
    stays = leaves * np.exp(-mixture.mu * (mixture.waited[:, None] + ahead))
    here = np.matmul(np.moveaxis(buys, 0, 1), mixture.stays()[..., None])[..., 0].T
    return here * stays.sum(axis=-1) / (buys * mixture.met(leaves)).sum(axis=-1)


def expectations(mixture: Mixture, natural: Mapping[str, Any], horizon: float) -> dict[str, Float]:
    """Chances and expected purchases of each history under each draw, arrays of shape (draws, histories)."""
    buys, leaves, _ = mixture.weights(natural)
    total = (buys * mixture.met(leaves)).sum(axis=-1)
    silent, (some, expected) = mixture.stays()[..., None], mixture.purchases(horizon)
    stays = leaves * np.exp(-mixture.mu * mixture.waited[:, None])
    leaving = np.matmul(np.moveaxis(stays, 0, 1), mixture.leaving(horizon))

    def over_nodes(purchases: Float) -> Float:
        found = np.matmul(np.moveaxis(buys, 0, 1), silent * purchases) * leaving
        return found.sum(axis=-1).T / total

    at_once = np.matmul(np.moveaxis(buys, 0, 1), silent)[..., 0].T
    return {
        "prob_alive": at_once * stays.sum(axis=-1) / total,
        "prob_purchase": over_nodes(some),
        "expected_purchases": over_nodes(expected),
    }


def draw_individuals(
    rng: np.random.Generator, mixture: Mixture, natural: Mapping[str, Any], customers: NDArray[np.int64]
) -> Individuals:
    """Draw customers' own k, lambda and the age at which they leave, once under each draw of the population.

    Parameters
    ----------
    customers : array, shape (customers,)
        The history of each, by number in ``mixture``.

    Returns
    -------
    dict
        k, lambda, tau (age at leaving; below T of who has left), of shape (draws, customers).
    """
    buys, leaves, _ = mixture.weights(natural)
    node = _chosen(rng, (buys * mixture.met(leaves))[:, customers])
    unbought = mixture.unbought[customers[None, :], node]
    here = _chosen(rng, leaves[:, customers] * unbought)
    own = np.arange(node.shape[0])[:, None], np.arange(len(customers))[None, :], here
    mu, waited = mixture.mu[customers[None, :], here], mixture.waited[customers]
    rates = mixture.rate.reshape(len(mixture), -1)
    each_k = np.repeat(mixture.k, rates.shape[1] // mixture.k.shape[1], axis=1)
    k, rate = each_k[customers[None, :], node], rates[customers[None, :], node]
    stayed = np.exp(-mu * waited) * mixture.stays()[customers[None, :], node]
    is_alive = rng.random(k.shape) * unbought[own] < stayed
    further = np.minimum(rng.standard_exponential(k.shape) / mu, 1e300)
    T = mixture.T[customers]
    return {"k": k, "lambda": rate, "tau": np.where(is_alive, T + further, mixture.t_x[customers])}


def future_counts(
    rng: np.random.Generator, mixture: Mixture, customers: NDArray[np.int64], individuals: Individuals, horizon: float
) -> NDArray[np.int64]:
    """Purchases in the coming ``horizon``, one future of each drawn customer, shape (draws, customers)."""
    k, rate, tau = (individuals[name] for name in ("k", "lambda", "tau"))
    t_x, T = (np.broadcast_to(ages[customers], k.shape).ravel() for ages in (mixture.t_x, mixture.T))
    who, _ = gamma_gaps.simulate_individuals(rng, horizon, t_x, T, k.ravel(), rate.ravel(), tau.ravel())
    return np.bincount(who, minlength=k.size).reshape(k.shape)


def _chosen(rng: np.random.Generator, weights: Float) -> NDArray[np.int64]:
    """One place on the last axis, drawn by weight."""
    cumulated = np.cumsum(weights, axis=-1)
    point = rng.random(weights.shape[:-1]) * cumulated[..., -1]
    return np.minimum((cumulated <= point[..., None]).sum(axis=-1), weights.shape[-1] - 1)
