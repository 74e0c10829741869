"""Forecasts by few points instead of many draws: the same ends, and all draws where they would not be."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import nbinom

import clvlab as clv
from clvlab.inference.factored import Groups
from clvlab.inference.link import Link
from clvlab.models import credible
from clvlab.models.expansion import Expansion, interval_of_product
from clvlab.models.outlook import interval

PARAMS: dict[str, Any] = {
    "BGNBD": {"r": 0.4, "alpha": 4.0, "a": 0.8, "b": 2.5},
    "MBGNBD": {"r": 0.5, "alpha": 6.0, "a": 0.9, "b": 1.6},
    "ParetoNBD": {"r": 0.55, "alpha": 10.5, "s": 0.6, "beta": 11.7},
    "NBD": {"r": 0.4, "alpha": 12.0},
}
HORIZON = 39.0


def drawn(terms: int, spread: float, *, lean: float = 0.0, draws: int = 1000) -> dict[str, Any]:
    rng = np.random.default_rng(terms)
    normal = rng.normal(size=(terms, draws))
    return {f"p{i}": np.exp(spread * (z + lean * z**2)) for i, z in enumerate(normal)}


@pytest.mark.parametrize("terms", [1, 2, 4, 6])
def test_a_quadratic_is_exact(terms: int) -> None:
    """Of the logarithm, whatever the draws' distribution."""
    link, params = Link(tuple(f"p{i}" for i in range(terms))), drawn(terms, 0.3, lean=0.5)
    expansion = Expansion.of(link, params)
    assert expansion is not None
    assert len(expansion.basis.T) == (terms + 1) * (terms + 2) // 2
    rng = np.random.default_rng(2)
    slopes, curves = rng.normal(size=(terms, 50)), rng.normal(size=(terms, terms, 50))

    def function(values: Any) -> Any:
        logs = np.log(np.array([values[name] for name in link.parameters]))
        return np.exp(logs.T @ slopes + np.einsum("id,jd,ijn->dn", logs, logs, curves))

    for ours, theirs in zip(expansion.interval(function(expansion.nodes)), interval(function(params)), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=2e-3)  # between two draws one interpolates logarithms
    linear = {name: np.log(values)[:, None] * 0.1 for name, values in expansion.nodes.items()}
    whole = {name: np.log(values)[:, None] * 0.1 for name, values in params.items()}
    for name in params:
        np.testing.assert_allclose(expansion.mean(linear[name]), whole[name].mean(axis=0), atol=1e-12)


def test_a_product_goes_draw_by_draw() -> None:
    one, other = drawn(2, 0.1), drawn(3, 0.1)
    expansions = [Expansion.of(Link(tuple(each)), each) for each in (one, other)]
    assert expansions[0] is not None
    assert expansions[1] is not None
    first = [np.stack([each["p0"] * 3.0, each["p1"] / each["p0"]], axis=1) for each in (expansions[0].nodes, one)]
    second = [np.stack([each["p2"], each["p1"] * 7.0], axis=1) for each in (expansions[1].nodes, other)]
    found = interval_of_product([(expansions[0], first[0]), (expansions[1], second[0])])
    for ours, theirs in zip(found, interval(first[1] * second[1]), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4)


def test_what_cannot_be_expanded() -> None:
    link = Link(("p0", "p1"))
    assert Expansion.of(link, drawn(2, 0.1, draws=20)) is None  # hardly more than the points
    assert Expansion.of(link, {"p0": np.ones(1000), "p1": np.ones(1000)}) is None
    assert Expansion.of(Link(("p0", "p1"), segment="country"), drawn(2, 0.1)) is None


def base(model: str, customers: int = 600) -> tuple[Any, pd.DataFrame]:
    known = getattr(clv, model)().at(unit="week", **PARAMS[model])
    ages = np.random.default_rng(3).integers(10, 80, customers) / 1.0
    histories = known.simulate_histories(ages, seed=4)
    return getattr(clv, model)().fit(histories, method="laplace", seed=5), histories


def functions(outlook: Any) -> Any:
    return {**outlook.expectations(HORIZON), "discounted": outlook.discounted(HORIZON, 0.002)}


NAMES = ("prob_alive", "prob_purchase", "expected_purchases", "discounted")


@pytest.mark.parametrize("model", PARAMS)
def test_ends_are_those_of_all_draws(model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """To 2 % of a posterior standard deviation, of every history; P(alive) of many is 1 in every draw."""
    fit, histories = base(model)
    groups = Groups(fit.columns(histories))
    all_of = credible.over_draws(fit, groups, fit.engine.draws, functions, NAMES)
    monkeypatch.setattr(credible, "LARGE", 0)
    found = credible.over_draws(fit, groups, fit.engine.draws, functions, NAMES)
    _, deviation = credible._by_all(fit, groups, fit.engine.draws, functions, NAMES)
    for name in NAMES:
        for ours, theirs in zip(found[name], all_of[name], strict=True):
            assert (np.abs(ours - theirs) <= 0.02 * deviation[name] + 1e-7 * theirs).all(), name


def test_where_it_fails_all_draws_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function with a kink that no parabola follows, for every second history."""
    fit, histories = base("BGNBD", 1500)
    groups = Groups(fit.columns(histories))
    middle = float(np.exp(np.log(fit.posterior["r"]).mean()))

    def kinked(outlook: Any) -> Any:
        r = np.asarray(outlook.params["r"])[:, None]
        odd = np.arange(len(outlook.batch.rows)) % 2 == 1
        return {"kinked": np.where(odd & (r > middle), 1.0 + 50.0 * (r - middle), 1.0 + 0.1 * r)}

    exact = credible.over_draws(fit, groups, fit.engine.draws, kinked, ("kinked",))
    monkeypatch.setattr(credible, "LARGE", 0)
    expansion = Expansion.of(fit.link, fit.engine.draws)
    assert expansion is not None
    [(_, (outlook,))] = list(fit.given(groups, expansion.nodes))
    rough, _ = expansion.interval(kinked(outlook)["kinked"])
    assert np.abs(rough - exact["kinked"][1]).max() > 0.01  # it would be off
    counted = []
    true = credible._by_all

    def counting(fit: Any, some: Any, *rest: Any) -> Any:
        counted.append(len(some))
        return true(fit, some, *rest)

    monkeypatch.setattr(credible, "_by_all", counting)
    credible.over_draws(fit, groups, fit.engine.draws, kinked, ("kinked",))
    assert len(counted) == 2
    assert counted[1] > len(groups) / 4


def test_a_forecast_may_be_large(monkeypatch: pytest.MonkeyPatch) -> None:
    fit, histories = base("BGNBD", 1500)
    small = fit.predict(histories, HORIZON)
    monkeypatch.setattr(credible, "LARGE", 0)
    large = fit.predict(histories, HORIZON)
    for name in small:
        np.testing.assert_allclose(large[name], small[name], rtol=2e-2)


def test_of_long_horizons_counts_are_taken_some_at_a_time() -> None:
    fit = clv.NBD().at(unit="week", r=2.0, alpha=20.0)
    frame = pd.DataFrame({"frequency": [0.0, 9.0, 400.0], "recency": [0.0, 70.0, 79.0], "T": 80.0})
    for horizon in (200.0, 5000.0):
        found = fit.predict(frame, horizon, unit="week")
        n, p = 2.0 + frame["frequency"], 100.0 / (100.0 + horizon)
        for end, level in (("purchases_low", 0.05), ("purchases_high", 0.95)):
            exact = nbinom.ppf(level, n, p)
            assert (np.abs(found[end] - exact) <= np.where(exact < 200, 0, 1 + 0.002 * exact)).all()


def test_a_horizon_beyond_belief_is_refused() -> None:
    fit = clv.NBD().at(unit="week", r=2.0, alpha=20.0)
    frame = pd.DataFrame({"frequency": [0.0], "recency": [0.0], "T": [80.0]})
    with pytest.raises(clv.InputError, match=r"horizon= is a number of 0 or more up to 1e\+06"):
        fit.predict(frame, 1e9, unit="week")
