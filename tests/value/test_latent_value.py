"""Latent values: their mean is the models' expectation, their chances those of plain draws and of what is true."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.value.latent import tier_chances, tier_counts

WEEK = np.log(1.1) * 7.0 / 365.25
MUCH = {"p": 6.0, "q": 4.0, "v": 15.0}
MODELS: dict[str, tuple[Any, dict[str, float]]] = {
    "BG/NBD": (clv.BGNBD, {"r": 0.8, "alpha": 5.0, "a": 0.8, "b": 2.5}),
    "MBG/NBD": (clv.MBGNBD, {"r": 0.8, "alpha": 5.0, "a": 0.8, "b": 2.5}),
    "Pareto/NBD": (clv.ParetoNBD, {"r": 0.6, "alpha": 8.0, "s": 0.6, "beta": 12.0}),
    "NBD": (clv.NBD, {"r": 0.5, "alpha": 9.0}),
}
HORIZON, MARGIN, ENDS = 52.0, 0.4, (20.0, 60.0, 150.0)


def few() -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "frequency": [0.0, 0.0, 1.0, 2.0, 7.0, 25.0, 4.0],
            "recency": [0.0, 0.0, 3.0, 30.0, 38.0, 39.0, 10.0],
            "T": [39.0, 5.0, 39.0, 38.0, 39.0, 40.0, 38.0],
            "monetary_value": [np.nan, np.nan, 20.0, 60.0, 12.0, 30.0, 0.0],
        },
        index=list("abcdefg"),
    )
    frame.attrs["unit"] = "week"
    return frame


def at(name: str) -> tuple[Any, Any]:
    model, params = MODELS[name]
    return model().at(unit="week", **params), clv.GammaGamma().at(**MUCH)


def plain_draws(name: str, history: pd.Series, rng: np.random.Generator, n: int) -> np.ndarray:
    """A customer's latent value, drawn quantity by quantity as the model's story has it."""
    q = MODELS[name][1]
    x, t_x, T = history["frequency"], history["recency"], history["T"]
    rate = rng.gamma(q["r"] + x, 1.0 / (q["alpha"] + T), n)
    if name == "NBD":
        alive, pace = np.ones(n, dtype=bool), np.zeros(n)
    elif name == "Pareto/NBD":
        frame = pd.DataFrame({"frequency": [x], "recency": [t_x], "T": [T]})
        alive = rng.random(n) < at(name)[0].prob_alive(frame, unit="week")["prob_alive"].iloc[0]
        pace = rng.gamma(q["s"], 1.0 / (q["beta"] + T), n)
    else:
        more = 1.0 if name == "MBG/NBD" else 0.0
        frame = pd.DataFrame({"frequency": [x], "recency": [t_x], "T": [T]})
        alive = rng.random(n) < at(name)[0].prob_alive(frame, unit="week")["prob_alive"].iloc[0]
        pace = rate * rng.beta(q["a"], q["b"] + x + more, n)
    known = x > 0 and history["monetary_value"] > 0
    shape, spent = (MUCH["p"] * x, x * history["monetary_value"]) if known else (0.0, 0.0)
    nu = rng.gamma(shape + MUCH["q"], 1.0 / (MUCH["v"] + spent), n)
    purchases = rate * -np.expm1(-(pace + WEEK) * HORIZON) / (pace + WEEK)
    return MARGIN * MUCH["p"] / nu * purchases * alive


@pytest.mark.parametrize("name", MODELS)
def test_plain_draws_have_the_models_own_mean(name: str) -> None:
    histories, rng = few(), np.random.default_rng(1)
    found = clv.customer_value(*at(name), histories, horizon=HORIZON, margin=MARGIN)["clv"]
    for who, history in histories.iterrows():
        drawn = plain_draws(name, history, rng, 200_000)
        assert abs(drawn.mean() - found[who]) < 4.0 * drawn.std() / np.sqrt(200_000)


@pytest.mark.parametrize("name", MODELS)
def test_chances_are_those_of_plain_draws(name: str) -> None:
    histories, rng = few(), np.random.default_rng(2)
    found = tier_chances(*at(name), histories, horizon=HORIZON, boundaries=ENDS, margin=MARGIN)
    assert found.shape == (7, 4)
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-12)
    for row, (_, history) in zip(found, histories.iterrows(), strict=True):
        drawn = plain_draws(name, history, rng, 200_000)
        share = np.bincount(np.searchsorted(ENDS, drawn, side="right"), minlength=4) / len(drawn)
        # 1,024 even points, and .0011 of noise in the draws themselves.
        np.testing.assert_allclose(row, share, atol=0.012)
