"""Latent values: their mean is the models' expectation, their chances those of plain draws and of what is true."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

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


@pytest.mark.parametrize("name", ["BG/NBD", "Pareto/NBD"])
def test_chances_agree_with_quadrature(name: str) -> None:
    """Of a customer known to be active, spend integrated in closed form over a fine grid of rate and dropout."""
    histories, q = few().loc[["f"]], MODELS[name][1]
    histories.attrs["unit"] = "week"
    x, T, m = (float(histories[each].iloc[0]) for each in ("frequency", "T", "monetary_value"))
    u = (np.arange(600) + 0.5) / 600
    rate = stats.gamma.ppf(u, q["r"] + x, scale=1.0 / (q["alpha"] + T))[:, None]
    if name == "BG/NBD":
        pace = rate * stats.beta.ppf(u, q["a"], q["b"] + x)
    else:
        pace = stats.gamma.ppf(u, q["s"], scale=1.0 / (q["beta"] + T))[None, :]
    purchases = rate * -np.expm1(-(pace + WEEK) * HORIZON) / (pace + WEEK)
    ends = np.array([250.0, 400.0, 700.0])
    # value < end is nu > margin p purchases / end.
    least = MARGIN * MUCH["p"] * purchases[:, :, None] / ends
    below = stats.gamma.sf(least, MUCH["p"] * x + MUCH["q"], scale=1.0 / (MUCH["v"] + x * m)).mean(axis=(0, 1))
    alive = at(name)[0].prob_alive(histories)["prob_alive"].iloc[0]
    expected = np.diff(np.concatenate([[0.0], alive * below + (1.0 - alive), [1.0]]))
    found = tier_chances(*at(name), histories, horizon=HORIZON, boundaries=ends, margin=MARGIN)[0]
    np.testing.assert_allclose(found, expected, atol=0.01)
    finer = tier_chances(*at(name), histories, horizon=HORIZON, boundaries=ends, margin=MARGIN, nodes=2**16)[0]
    np.testing.assert_allclose(finer, expected, atol=0.001)


def company(name: str, n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Histories of customers watched for half a year to two years, and their latent values."""
    rng, q = np.random.default_rng(seed), MODELS[name][1]
    T = rng.integers(26 * 7, 104 * 7, n) / 7.0
    rate = rng.gamma(q["r"], 1.0 / q["alpha"], n)
    if name == "Pareto/NBD":
        pace = rng.gamma(q["s"], 1.0 / q["beta"], n)
        leaves, lifetime, here = np.zeros(n), rng.standard_exponential(n) / pace, np.ones(n, dtype=bool)
    else:
        leaves, lifetime = rng.beta(q["a"], q["b"], n), np.full(n, np.inf)
        pace = rate * leaves
        here = np.ones(n, dtype=bool) if name == "BG/NBD" else rng.random(n) >= leaves
    x, t_x, time = np.zeros(n), np.zeros(n), np.zeros(n)
    buying = here.copy()
    while buying.any():  # one purchase of each who still buys a round
        time = np.where(buying, time + rng.standard_exponential(n) / rate, time)
        buying &= time < np.minimum(T, lifetime)
        x, t_x = x + buying, np.where(buying, time, t_x)
        stays = rng.random(n) >= leaves
        here &= stays | ~buying
        buying &= stays
    active = here & (lifetime > T)
    nu = rng.gamma(MUCH["q"], 1.0 / MUCH["v"], n)
    mean = rng.gamma(MUCH["p"] * np.maximum(x, 1.0), 1.0 / nu) / np.maximum(x, 1.0)
    histories = pd.DataFrame({"frequency": x, "recency": t_x, "T": T, "monetary_value": np.where(x > 0, mean, np.nan)})
    histories.attrs["unit"] = "week"
    purchases = rate * -np.expm1(-(pace + WEEK) * HORIZON) / (pace + WEEK)
    return histories, MARGIN * MUCH["p"] / nu * purchases * active


Fitter = Callable[[pd.DataFrame, int], tuple[Any, Any]]


def fitter(model: Any, method: str) -> Fitter:
    def fitted(histories: pd.DataFrame, seed: int) -> tuple[Any, Any]:
        return (
            model().fit(histories, method=method, draws=200, seed=seed),
            clv.GammaGamma().fit(histories, method=method, draws=200, seed=seed),
        )

    return fitted


def pooled(
    name: str, fitted: Fitter, *, seeds: int, customers: int, counted: bool = True
) -> tuple[pd.DataFrame, np.ndarray]:
    """Of all customers and tiers by stated chance: how many, the mean chance, the share truly there.

    And whether intervals of the numbers of tiers hold the truth.
    """
    said, true, held = [], [], []
    for seed in range(seeds):
        histories, value = company(name, customers, seed)
        fits = fitted(histories, seed)
        asked = {"horizon": HORIZON, "boundaries": ENDS, "margin": MARGIN, "seed": seed}
        chances = tier_chances(*fits, histories, **asked)
        tier = np.searchsorted(ENDS, value, side="right")
        said.append(chances.ravel())
        true.append((np.arange(4) == tier[:, None]).ravel())
        if counted:
            counts, n = tier_counts(*fits, histories, chances, **asked), np.bincount(tier, minlength=4)
            held.append((counts["low"] <= n) & (n <= counts["high"]))
    frame = pd.DataFrame({"said": np.concatenate(said), "true": np.concatenate(true)})
    bins = np.clip(np.floor(frame["said"] * 10.0 + 0.5), 0, 10) / 10.0  # .8 is .75 to .85
    return frame.groupby(bins).agg(n=("said", "size"), said=("said", "mean"), true=("true", "mean")), np.array(held)


CALIBRATED = ["BG/NBD", "MBG/NBD", "Pareto/NBD"]


@pytest.mark.parametrize("name", CALIBRATED)
def test_stated_chances_come_true(name: str) -> None:
    found, _ = pooled(name, fitter(MODELS[name][0], "ml"), seeds=2, customers=1500, counted=False)
    full = found[found["n"] >= 100]
    assert 0.8 in full.index
    # 100 pairs have a standard error of .05; parameters are off alike for all customers of a company.
    assert (full["true"] - full["said"]).abs().max() < 0.15, full


@pytest.mark.slow
@pytest.mark.parametrize("method", ["ml", "laplace"])
@pytest.mark.parametrize("name", CALIBRATED)
def test_stated_chances_come_true_over_many_companies(name: str, method: str) -> None:
    found, held = pooled(name, fitter(MODELS[name][0], method), seeds=120, customers=1500)
    assert found.loc[0.8, "n"] >= 2000
    assert 0.75 <= found.loc[0.8, "true"] <= 0.85, found
    full = found[found["n"] >= 1000]
    # Customers of a company share its parameters' errors, so the tolerance is wider than n alone would have it.
    assert (full["true"] - full["said"]).abs().max() < 0.03, found
    assert 0.90 <= held.mean() <= 0.99


def test_numbers_of_tiers_by_hand() -> None:
    """Without draws of parameters customers are independent: the variance is the sum of p (1 - p)."""
    histories = few()
    asked = {"horizon": HORIZON, "boundaries": ENDS, "margin": MARGIN}
    chances = tier_chances(*at("BG/NBD"), histories, **asked)
    counts = tier_counts(*at("BG/NBD"), histories, chances, **asked)
    np.testing.assert_allclose(counts["expected"], chances.sum(axis=0))
    half = 1.959963984540054 * np.sqrt((chances * (1.0 - chances)).sum(axis=0))
    np.testing.assert_allclose(counts["low"], np.maximum(counts["expected"] - half, 0.0))
    np.testing.assert_allclose(counts["high"], np.minimum(counts["expected"] + half, 7.0))


def test_parameters_that_are_unsure_widen_the_numbers_of_tiers() -> None:
    histories, _ = company("BG/NBD", 300, 5)
    fits = fitter(MODELS["BG/NBD"][0], "ml")(histories, 5)
    asked = {"horizon": HORIZON, "boundaries": ENDS, "margin": MARGIN}
    chances = tier_chances(*fits, histories, **asked)
    width = tier_counts(*fits, histories, chances, **asked).eval("high - low")
    alone = 2.0 * 1.959963984540054 * np.sqrt((chances * (1.0 - chances)).sum(axis=0))
    assert (width >= alone * 0.999).all()
    assert width[0] > 1.1 * alone[0]


def test_the_seed_and_the_order_of_customers_change_nothing_that_matters() -> None:
    histories = few()
    asked = {"horizon": HORIZON, "boundaries": ENDS}
    found = tier_chances(*at("MBG/NBD"), histories, **asked)
    np.testing.assert_array_equal(found, tier_chances(*at("MBG/NBD"), histories, **asked))
    back = histories.iloc[::-1]
    back.attrs = histories.attrs
    np.testing.assert_allclose(tier_chances(*at("MBG/NBD"), back, **asked)[::-1], found, rtol=1e-12)
    other = tier_chances(*at("MBG/NBD"), histories, **asked, seed=7)
    assert 0.0 < np.abs(other - found).max() < 0.02


def test_the_unit_of_time_changes_nothing() -> None:
    histories = few()
    days = histories.assign(recency=histories["recency"] * 7.0, T=histories["T"] * 7.0)
    days.attrs = {"unit": "day"}
    found = tier_chances(*at("Pareto/NBD"), histories, horizon=HORIZON, boundaries=ENDS)
    same = tier_chances(*at("Pareto/NBD"), days, horizon=HORIZON * 7.0, boundaries=ENDS)
    np.testing.assert_allclose(same, found, atol=1e-9)


def test_no_horizon_leaves_everybody_in_the_lowest_tier() -> None:
    found = tier_chances(*at("BG/NBD"), few(), horizon=0.0, boundaries=ENDS)
    np.testing.assert_allclose(found[:, 0], 1.0, rtol=1e-12)


def test_segments_and_other_models_are_refused() -> None:
    histories = few()
    regular = clv.BGCNBD(k=2).at(r=0.8, alpha=5.0, a=0.8, b=2.5, unit="week")
    with pytest.raises(clv.InputError, match=r"known of BG/NBD, MBG/NBD, NBD, Pareto/NBD; found .*Fit clv.MBGNBD"):
        tier_chances(regular, at("BG/NBD")[1], histories, horizon=HORIZON, boundaries=ENDS)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"boundaries": [60.0, 20.0]}, "ascending"), ({"boundaries": []}, "ascending"),
     ({"boundaries": [0.0, 20.0]}, "above 0"), ({"boundaries": [np.nan]}, "above 0"), ({"nodes": 1000}, "power of 2"),
     ({"margin": 0.0}, "margin"), ({"discount_rate": 2.0}, "discount_rate"), ({"horizon": -1.0}, "horizon"),
     ({"seed": -1}, "seed")],
)  # fmt: skip
def test_arguments_that_make_no_sense_are_named(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(clv.InputError, match=message):
        tier_chances(*at("BG/NBD"), few(), **({"horizon": HORIZON, "boundaries": ENDS} | wrong))
