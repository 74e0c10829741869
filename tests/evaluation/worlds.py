"""Worlds of CDNOW's size in which each customer's own rate and chance to leave are known, and so is who is best."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

import clvlab as clv
from clvlab.formulas import thinned_poisson

Float = NDArray[np.float64]

CUSTOMERS = 2357
HORIZON = 39.0
# As published for CDNOW: Fader, Hardie & Lee (2005); Batislam, Denizel & Filiztekin (2007).
PUBLISHED: dict[str, dict[str, float]] = {
    "BG/NBD": {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426},
    "MBG/NBD": {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614},
    "Pareto/NBD": {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669},
}
MODELS: dict[str, Any] = {"BG/NBD": clv.BGNBD(), "MBG/NBD": clv.MBGNBD(), "Pareto/NBD": clv.ParetoNBD()}


@dataclass(frozen=True)
class World:
    """Customers acquired over the first 12 weeks of 1997, watched until 1997-09-30."""

    histories: pd.DataFrame
    future: Callable[[np.random.Generator], Float]  # one more holdout of the same customers: purchases of each

    def holdouts(self, number: int, seed: int) -> Float:
        """Shape (customers, number)."""
        rng = np.random.default_rng(seed)
        return np.column_stack([self.future(rng) for _ in range(number)])


def world(truth: str, seed: int, customers: int = CUSTOMERS, params: Mapping[str, float] | None = None) -> World:
    """Drawn from one of the three stories, at published parameters unless others are given."""
    rng = np.random.default_rng(seed)
    told = PUBLISHED[truth] if params is None else params
    age = (272 - rng.integers(0, 84, customers)) / 7.0
    rate = rng.gamma(told["r"], 1.0 / told["alpha"], customers)
    if truth == "Pareto/NBD":
        gone = rng.gamma(told["s"], 1.0 / told["beta"], customers)
        life = rng.exponential(1.0, customers) / gone
        story = thinned_poisson.walk(rng, np.minimum(age, life), rate, np.zeros(customers), np.ones(customers, bool))
        alive = life > age

        def future(rng: np.random.Generator) -> Float:
            left = np.minimum(HORIZON, rng.exponential(1.0, customers) / gone)
            return rng.poisson(np.where(alive, rate * left, 0.0)).astype(float)
    else:
        leaves = rng.beta(told["a"], told["b"], customers)
        stays = np.ones(customers, bool) if truth == "BG/NBD" else rng.random(customers) >= leaves
        story = thinned_poisson.walk(rng, age, rate, leaves, stays)
        alive = story[2]

        def future(rng: np.random.Generator) -> Float:
            # Purchases while alive, cut at the one after which the customer leaves.
            bought = rng.poisson(np.where(alive, rate * HORIZON, 0.0))
            return np.minimum(bought, rng.geometric(np.maximum(leaves, 1e-12))).astype(float)

    who, time, _ = story
    recency = np.zeros(customers)
    np.maximum.at(recency, who, time)
    table = pd.DataFrame(
        {"frequency": np.bincount(who, minlength=customers).astype(float), "recency": recency, "T": age},
        index=pd.RangeIndex(customers, name="customer_id"),
    )
    table.attrs = {"unit": "week"}
    return World(table, future)


def deviance(expected: Float, actual: Float) -> Float:
    """Poisson deviance of each customer, shape (customers, holdouts) as ``actual``."""
    mean = expected[:, None]
    return 2.0 * (special.xlogy(actual, actual / mean) - actual + mean)


def log_loss(fit: Any, histories: pd.DataFrame, actual: Float) -> Float:
    """Minus log P(Y = y), shape (customers, holdouts) as ``actual``; each customer's distinct counts once."""
    rows = np.repeat(np.arange(len(actual)), actual.shape[1])
    kinds, where = np.unique(np.column_stack([rows, actual.ravel()]), axis=0, return_inverse=True)
    one_each = histories.iloc[kinds[:, 0].astype(int)].reset_index(drop=True)
    one_each.attrs = histories.attrs
    at = fit.count_probabilities(one_each, HORIZON, pd.Series(kinds[:, 1]))[1]
    return -np.log(at)[where.ravel()].reshape(actual.shape)


def fitted(histories: pd.DataFrame, models: Mapping[str, Any] = MODELS) -> dict[str, Any]:
    """Models at their maximum-likelihood estimates."""
    return {key: model.at(unit="week", **model.fit(histories, draws=1).params) for key, model in models.items()}


def expected(fit: Any, histories: pd.DataFrame) -> Float:
    """Purchases of each customer over the holdout."""
    return np.asarray(fit.predict(histories, HORIZON)["expected_purchases"], dtype=float)
