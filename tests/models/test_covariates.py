"""Covariates: a link in front of the formula, recovered from customers whose truth is known."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv

BG = {"r": 0.8, "alpha": 6.0, "a": 0.8, "b": 2.5}
PARETO = {"r": 0.8, "alpha": 6.0, "s": 0.6, "beta": 12.0}
SPLIT = 2.0


def drawn(model: Any, truth: dict[str, float], parameter: str, n: int, seed: int = 1) -> pd.DataFrame:
    """Half the customers at ``truth``, half with one parameter multiplied by ``SPLIT``."""
    ages = np.round(np.random.default_rng(seed).uniform(20.0, 60.0, n))
    if isinstance(model, clv.BGBB):
        ages = np.full(n, 12.0)
    other = {**truth, parameter: truth[parameter] * SPLIT}
    halves = [
        model.at(unit="week", **at).simulate_histories(ages, seed=seed + i) for i, at in enumerate((truth, other))
    ]
    table = pd.concat(halves, ignore_index=True)
    table["channel"] = np.repeat(["shop", "web"], n)
    table["web"] = np.repeat([0.0, 1.0], n)
    table.attrs = {"unit": "week"}
    # a few more shops, so that they are the reference
    return pd.concat([table, table.iloc[:7]], ignore_index=True)


@pytest.mark.parametrize(
    ("model", "truth", "parameter"),
    [
        (clv.BGNBD(), BG, "alpha"),
        (clv.BGNBD(), BG, "a"),
        (clv.MBGNBD(), BG, "alpha"),
        (clv.NBD(), {"r": 0.8, "alpha": 6.0}, "r"),
        (clv.ParetoNBD(), PARETO, "alpha"),
        (clv.MBGCNBD(k=2), BG, "alpha"),
        (clv.BGBB(), {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 3.0}, "beta"),
    ],
    ids=lambda v: getattr(v, "name", v if isinstance(v, str) else ""),
)
def test_a_known_coefficient_is_recovered(model: Any, truth: dict[str, float], parameter: str) -> None:
    customers = drawn(model, truth, parameter, n=1500)
    k = {"k": model.k} if hasattr(model, "k") else {}
    fit = type(model)(covariates={parameter: ["channel"]}, **k).fit(customers, draws=50)
    name = f"{parameter}:channel=web"
    assert list(fit.params) == [*truth, name]
    assert abs(fit.params[name] - np.log(SPLIT)) < 3.5 * fit.standard_errors[name]
    assert fit.standard_errors[name] < 0.35
    for each, value in truth.items():
        # estimates are nearly normal in their logarithms
        assert abs(np.log(fit.params[each] / value)) < 3.5 * fit.standard_errors[each] / fit.params[each], each
    plain = model.fit(customers, draws=50)
    assert clv.checks.likelihood_ratio(plain, fit).p_value < 1e-3


def test_spend_of_two_kinds_of_customers() -> None:
    rng = np.random.default_rng(1)
    x, web = rng.integers(1, 12, 3000), np.arange(3000) % 2
    nu = rng.gamma(3.7, 1.0 / (15.0 * SPLIT**web))
    spend = pd.DataFrame({"frequency": x, "monetary_value": rng.gamma(6.0 * x, 1.0 / (nu * x)), "web": web})
    fit = clv.GammaGamma(covariates={"v": ["web"]}).fit(spend, draws=50)
    assert abs(fit.params["v:web"] - np.log(SPLIT)) < 3.5 * fit.standard_errors["v:web"]
    newcomers = pd.DataFrame({"frequency": [0, 0], "monetary_value": np.nan, "web": [0, 1]})
    expected = fit.predict(newcomers)["expected_spend"]
    assert expected[1] / expected[0] == pytest.approx(np.exp(fit.params["v:web"]), rel=1e-12)


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    table = drawn(clv.BGNBD(), BG, "alpha", n=300)
    rng = np.random.default_rng(3)
    table["age"] = rng.normal(40.0, 10.0, len(table)).round()
    table["plan"] = rng.choice(["gold", "basic", "silver"], len(table), p=[0.2, 0.5, 0.3])
    table["student"] = rng.random(len(table)) < 0.3
    return table


@pytest.fixture(scope="module")
def fit(customers: pd.DataFrame) -> Any:
    return clv.BGNBD(covariates={"alpha": ["channel"], "b": ["channel"]}).fit(customers, draws=100)


def test_the_most_frequent_level_is_the_reference(customers: pd.DataFrame) -> None:
    found = clv.BGNBD(covariates={"alpha": ["plan", "student"], "r": ["age"]}).fit(customers, draws=20)
    # in the order of the formula's parameters
    assert list(found.params) == [*BG, "r:age", "alpha:plan=silver", "alpha:plan=gold", "alpha:student=True"]
    by_hand = customers.assign(
        silver=(customers["plan"] == "silver").astype(float), gold=(customers["plan"] == "gold").astype(float),
        young=customers["student"].astype(int), age=customers["age"] - 40.0,
    )  # fmt: skip
    same = clv.BGNBD(covariates={"alpha": ["silver", "gold", "young"], "r": ["age"]}).fit(by_hand, draws=20)
    assert same.log_likelihood == pytest.approx(found.log_likelihood, abs=1e-6)
    assert list(same.params.values())[4:] == pytest.approx(list(found.params.values())[4:], rel=1e-4, abs=1e-6)
    forecasts = same.predict(by_hand, 10)["expected_purchases"], found.predict(customers, 10)["expected_purchases"]
    np.testing.assert_allclose(*forecasts, rtol=1e-4)


def test_each_customer_is_forecast_at_own_parameters(fit: Any, customers: pd.DataFrame) -> None:
    forecast = fit.predict(customers, 26)
    web = customers["channel"] == "web"
    shop = {name: fit.params[name] for name in BG}
    moved = {name: np.exp(fit.params[f"{name}:channel=web"]) for name in ("alpha", "b")}
    online = {name: value * moved.get(name, 1.0) for name, value in shop.items()}
    for like, params in ((~web, shop), (web, online)):
        known = clv.BGNBD().at(unit="week", **params)
        said = known.predict(customers[like], 26)
        for name in ("prob_alive", "prob_purchase", "expected_purchases"):
            np.testing.assert_allclose(forecast.loc[like, name], said[name], rtol=1e-10)
    alone = fit.predict(customers[web].head(3), 26)
    pd.testing.assert_frame_equal(alone, forecast.loc[alone.index], rtol=1e-10)
    assert fit.score(customers) == pytest.approx(fit.log_likelihood, rel=1e-12)


def test_saved_loaded_and_converted(fit: Any, customers: pd.DataFrame, tmp_path: Path) -> None:
    forecast = fit.predict(customers, 26)
    fit.save(tmp_path / "fit.json")
    loaded = clv.load_fit(tmp_path / "fit.json")
    pd.testing.assert_frame_equal(loaded.predict(customers, 26), forecast, check_exact=True)
    pd.testing.assert_frame_equal(loaded.summary(), fit.summary(), check_exact=True)
    converted = fit.to_unit("day")
    assert converted.params["alpha:channel=web"] == fit.params["alpha:channel=web"]
    days = customers.assign(recency=customers["recency"] * 7.0, T=customers["T"] * 7.0)
    days.attrs = {"unit": "day"}
    shift = -customers["frequency"].sum() * np.log(7.0)
    assert converted.score(days) == pytest.approx(fit.log_likelihood + shift, rel=1e-10)
    pd.testing.assert_frame_equal(converted.predict(days, 182), forecast, rtol=1e-8)


@pytest.mark.parametrize(
    ("model", "values"),
    [
        (clv.BGNBD(covariates={"alpha": ["channel", "age"], "a": ["student"], "r": ["age"]}), [0.7, 5, 0.9, 2]),
        (clv.ParetoNBD(covariates={"alpha": ["age"], "s": ["channel", "age"], "beta": ["plan"]}), [0.7, 5, 0.6, 9]),
        (clv.MBGCNBD(k=3, covariates={"r": ["plan"], "b": ["age", "channel"]}), [0.7, 5, 0.9, 2]),
    ],
    ids=lambda v: getattr(v, "name", ""),
)
def test_exact_derivatives_are_those_of_differences(model: Any, values: list[float], customers: pd.DataFrame) -> None:
    few = customers.iloc[::7].assign(age=customers["age"] / 40.0 - 1.0)
    likelihood, _, _ = model.likelihood(few)
    count = len(likelihood.link.names)
    theta = np.concatenate([np.log(values), np.random.default_rng(1).normal(0.0, 0.3, count - 4)])
    value, gradient, hessian = likelihood.derivatives(theta)
    assert value == pytest.approx(likelihood.value(theta), rel=1e-12)
    step = 1e-5 * np.eye(count)
    by_values = [(likelihood.value(theta + h) - likelihood.value(theta - h)) / 2e-5 for h in step]
    np.testing.assert_allclose(gradient, by_values, rtol=1e-6, atol=1e-6)
    by_gradients = [(likelihood.derivatives(theta + h)[1] - likelihood.derivatives(theta - h)[1]) / 2e-5 for h in step]
    np.testing.assert_allclose(hessian, by_gradients, rtol=1e-5, atol=1e-5)


def test_nuts_agrees_with_maximum_likelihood() -> None:
    few = drawn(clv.NBD(), {"r": 0.8, "alpha": 6.0}, "alpha", n=400)
    model = clv.NBD(covariates={"alpha": ["channel"]})
    by_ml, by_nuts = model.fit(few), model.fit(few, method="nuts", draws=400, tune=400, chains=2, cores=1, seed=1)
    assert list(by_nuts.params) == list(by_ml.params)
    for name, deviation in by_ml.standard_errors.items():
        assert abs(by_nuts.params[name] - by_ml.params[name]) < 0.4 * deviation, name
        assert by_nuts.summary().loc[name, "std_error"] == pytest.approx(deviation, rel=0.25), name


def test_attributes_that_cannot_serve_are_refused(fit: Any, customers: pd.DataFrame) -> None:
    with pytest.raises(clv.InputError, match=r"levels the fit never saw: phone \(2 customers\).*knows shop, web"):
        fit.predict(customers.head(2).assign(channel="phone"), 4)
    with pytest.raises(clv.InputError, match="uses the attribute channel, which the histories lack"):
        fit.predict(customers.drop(columns="channel"), 4)
    with pytest.raises(clv.InputError, match=r"attribute channel is missing for 1 customers \(such as 3\)"):
        fit.predict(customers.assign(channel=customers["channel"].where(customers.index != 3)), 4)
    with pytest.raises(clv.InputError, match=r"one value for all customers \('x'\)"):
        clv.BGNBD(covariates={"alpha": ["channel"]}).fit(customers.assign(channel="x"))
    with pytest.raises(clv.InputError, match="lack"):
        clv.BGNBD(covariates={"alpha": ["height"]}).fit(customers)
    with pytest.raises(clv.InputError, match=r"covariates name\s+s\."):
        clv.BGNBD(covariates={"s": ["channel"]})
    with pytest.raises(clv.InputError, match="same parameters"):
        clv.BGNBD(covariates={"alpha": ["channel"]}).at(unit="week", **BG)
    with pytest.raises(clv.InputError, match="differ by channel=web"):
        fit.simulate_histories([10.0], seed=1)
    infinite = customers.assign(age=customers["age"].replace(customers["age"].iloc[5], np.inf))
    with pytest.raises(clv.InputError, match="age must be finite; it is infinite for"):
        clv.BGNBD(covariates={"alpha": ["age"]}).fit(infinite)
