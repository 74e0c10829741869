"""Segments that borrow from each other: between their own estimate and the population's."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.models.forecast import interval

SIZES = {"large": 1000, "middle": 200, "small": 20}
RATES = {"large": {"r": 0.9, "alpha": 9.0}, "middle": {"r": 0.9, "alpha": 4.5}, "small": {"r": 0.9, "alpha": 1.5}}
SETTINGS = {"draws": 800, "seed": 1}


def drawn(model: Any, truths: dict[str, dict[str, float]]) -> pd.DataFrame:
    parts = []
    for seed, (segment, params) in enumerate(truths.items()):
        ages = np.round(np.random.default_rng(seed).uniform(20.0, 40.0, SIZES[segment]))
        part = model.at(unit="week", **params).simulate_histories(ages, seed=seed)
        parts.append(part.assign(country=segment))
    table = pd.concat(parts, ignore_index=True)
    table.attrs = {"unit": "week"}
    return table


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    return drawn(clv.NBD(), RATES)


@pytest.fixture(scope="module")
def fit(customers: pd.DataFrame) -> Any:
    return clv.NBD(pooled_by="country").fit(customers, **SETTINGS)


def log_rates(fit: Any) -> pd.Series:
    """Posterior mean of each segment's log mean purchase rate; the last is of a segment not seen."""
    rates = np.log(fit.draws["r"].to_numpy() / fit.draws["alpha"].to_numpy())
    return pd.Series(rates.mean(axis=0), index=[*fit.segments.labels, "another"])


def own_log_rates(model: Any, customers: pd.DataFrame) -> pd.Series:
    """Each segment fitted apart."""
    fits = {name: model.fit(part, draws=5).params for name, part in customers.groupby("country")}
    return pd.Series({name: np.log(params["r"] / params["alpha"]) for name, params in fits.items()})


def population_log_rate(fit: Any) -> float:
    return float(np.log(fit.draws["r:population"] / fit.draws["alpha:population"]).mean())


def test_small_segments_borrow_and_large_ones_hardly(fit: Any, customers: pd.DataFrame) -> None:
    pooled, own, population = log_rates(fit), own_log_rates(clv.NBD(), customers), population_log_rate(fit)
    assert population < pooled["small"] < own["small"]
    moved = (pooled - own).drop("another").abs()
    assert moved["small"] > 3 * moved["large"]
    assert moved["large"] < 0.03
    # ordered as their truths are
    assert pooled["large"] < pooled["middle"] < pooled["small"]


def test_a_segment_never_seen_gets_the_population(fit: Any, customers: pd.DataFrame) -> None:
    assert log_rates(fit)["another"] == pytest.approx(population_log_rate(fit), abs=0.12)
    one = customers[customers["frequency"] == 0].head(1)
    tables = {name: fit.predict(one.assign(country=name), 26).iloc[0] for name in (*SIZES, "elsewhere")}
    again = fit.predict(one.assign(country="nowhere"), 26).iloc[0]
    pd.testing.assert_series_equal(again, tables["elsewhere"])
    width = {name: t["expected_purchases_high"] - t["expected_purchases_low"] for name, t in tables.items()}
    assert width["large"] < width["middle"] < width["elsewhere"]
    newcomer = fit.new_customer([26.0])
    means = fit.draws["r"].to_numpy()[:, -1] / fit.draws["alpha"].to_numpy()[:, -1] * 26.0
    assert newcomer["expected_purchases"].item() == pytest.approx(means.mean(), rel=1e-9)


def test_the_result_shows_how_much_each_segment_borrowed(fit: Any, customers: pd.DataFrame) -> None:
    table = fit.by_segment(customers)
    assert table["customers"].to_dict() == SIZES
    borrowed = table["borrowed: rate"]
    assert borrowed["small"] > 2 * borrowed["middle"] > 4 * borrowed["large"] > 0
    assert borrowed["small"] < 1
    for name in ("r", "alpha"):
        assert (table[f"{name}_low"] < table[name]).all()
        assert (table[name] < table[f"{name}_high"]).all()
    days = customers.assign(recency=customers["recency"] * 7.0, T=customers["T"] * 7.0)
    days.attrs = {"unit": "day"}
    in_days = fit.by_segment(days)
    np.testing.assert_allclose(in_days["borrowed: rate"], borrowed, rtol=1e-6)
    np.testing.assert_allclose(in_days["alpha"], 7.0 * table["alpha"], rtol=1e-10)
    with pytest.raises(clv.InputError, match="was not pooled"):
        clv.NBD().fit(customers, draws=5).by_segment(customers)


def test_contracts_are_pooled_too() -> None:
    """Three plans, one of 25 customers; the other two leave at different rates."""
    model = clv.ShiftedBetaGeometric
    truths = {"basic": (2.0, 4.0, 900), "plus": (0.5, 4.0, 900), "tiny": (2.0, 4.0, 25)}
    parts = [
        model().at(alpha=alpha, beta=beta).simulate_spells(np.full(n, 8), seed=i).assign(plan=name)
        for i, (name, (alpha, beta, n)) in enumerate(truths.items())
    ]
    spells = pd.concat(parts, ignore_index=True)
    fit = model(pooled_by="plan").fit(spells, **SETTINGS)
    for name, (alpha, beta, n) in truths.items():
        found = fit.predict([4], of={"plan": name}).iloc[0]
        truth = float(model().at(alpha=alpha, beta=beta).predict([4])["survival"].iloc[0])
        assert found["survival_low"] - 0.02 < truth < found["survival_high"] + 0.02
        if n == 25:
            assert found["survival_high"] - found["survival_low"] > 0.05
    new = fit.predict([4]).iloc[0]
    assert new["survival_low"] < fit.predict([4], of={"plan": "basic"})["survival"].iloc[0]
    assert new["survival_high"] > fit.predict([4], of={"plan": "plus"})["survival"].iloc[0]
    assert fit.by_segment(spells)["borrowed: churn"].idxmax() == "tiny"
    # The same from tables, one a plan.
    at_risk = [
        pd.DataFrame({"period": range(1, 9)}).assign(
            customers=lambda t, own=own: [(own["period"] >= at).sum() for at in t["period"]],
            lost=lambda t, own=own: [((own["period"] == at) & (own["lost"] == 1)).sum() for at in t["period"]],
            plan=own["plan"].iloc[0],
        )
        for own in parts
    ]
    again = model(pooled_by="plan").likelihood(pd.concat(at_risk, ignore_index=True))[0]
    one = {"alpha": np.full(3, 1.2), "beta": np.full(3, 3.0)}
    from_spells = model(pooled_by="plan").likelihood(spells)[0]
    assert again.groups.counts @ again.pointwise(one) == pytest.approx(
        from_spells.groups.counts @ from_spells.pointwise(one), rel=1e-12
    )


def test_customers_are_forecast_by_their_segment(fit: Any, customers: pd.DataFrame) -> None:
    forecast = fit.predict(customers, 26)
    shuffled = customers.sample(frac=1.0, random_state=1)
    pd.testing.assert_frame_equal(fit.predict(shuffled, 26).loc[customers.index], forecast, rtol=1e-10)
    some = customers.groupby("country").head(3)
    pd.testing.assert_frame_equal(fit.predict(some, 26), forecast.loc[some.index], rtol=1e-10)
    for code, name in enumerate(fit.segments.labels):
        like = (customers["country"] == name).to_numpy()
        r, alpha = (fit.draws[each].to_numpy()[:, [code]] for each in ("r", "alpha"))
        x, age = (customers.loc[like, each].to_numpy() for each in ("frequency", "T"))
        each = (r + x) * 26.0 / (alpha + age)
        np.testing.assert_allclose(forecast.loc[like, "expected_purchases"], each.mean(axis=0), rtol=1e-10)
        low, high = interval(each)
        np.testing.assert_allclose(forecast.loc[like, "expected_purchases_low"], low, rtol=1e-10)
        np.testing.assert_allclose(forecast.loc[like, "expected_purchases_high"], high, rtol=1e-10)


def test_saved_loaded_and_converted(fit: Any, customers: pd.DataFrame, tmp_path: Path) -> None:
    forecast = fit.predict(customers, 26)
    fit.save(tmp_path / "fit.json")
    loaded = clv.load_fit(tmp_path / "fit.json")
    pd.testing.assert_frame_equal(loaded.predict(customers, 26), forecast, check_exact=True)
    pd.testing.assert_frame_equal(loaded.summary(), fit.summary(), check_exact=True)
    assert loaded.segments == fit.segments
    days = customers.assign(recency=customers["recency"] * 7.0, T=customers["T"] * 7.0)
    days.attrs = {"unit": "day"}
    converted = fit.to_unit("day")
    pd.testing.assert_frame_equal(converted.predict(days, 182), forecast, rtol=1e-8)
    np.testing.assert_array_equal(converted.draws["rate:spread"], fit.draws["rate:spread"])
    np.testing.assert_allclose(converted.draws["alpha:population"], fit.draws["alpha:population"] * 7.0, rtol=1e-12)
    shift = -customers["frequency"].sum() * np.log(7.0)
    assert fit.score(customers) == pytest.approx(fit.log_likelihood, rel=1e-10)
    assert converted.score(days) == pytest.approx(fit.log_likelihood + shift, rel=1e-10)


def test_checks_take_segments(fit: Any, customers: pd.DataFrame) -> None:
    assert clv.checks.posterior_predictive(fit, customers, draws=100, seed=1).attrs["light"] == "green"
    found = clv.checks.loo(fit, customers)
    plain = clv.NBD().fit(customers, method="laplace", draws=400, seed=1)
    assert found.elpd > clv.checks.loo(plain, customers).elpd + 20
    assert found.n_customers == sum(SIZES.values())


def test_what_pooling_asks_for(customers: pd.DataFrame) -> None:
    pooled = clv.BGNBD(pooled_by="country")
    with pytest.raises(clv.InputError, match="estimated by method='laplace' or 'nuts'"):
        pooled.fit(customers, method="ml")
    with pytest.raises(clv.InputError, match="at least two segments; found only 'large'"):
        pooled.fit(customers[customers["country"] == "large"])
    with pytest.raises(clv.InputError, match="attribute country, which the histories lack"):
        pooled.fit(customers.drop(columns="country"))
    with pytest.raises(clv.InputError, match="attribute country is missing for 1 customers"):
        pooled.fit(customers.assign(country=customers["country"].where(customers.index != 5)))
    with pytest.raises(clv.InputError, match="same parameters"):
        pooled.at(r=1.0, alpha=2.0, a=1.0, b=2.0)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_segments_that_do_not_differ_are_sampled_cleanly() -> None:
    """The funnel at its narrowest: nothing tells three segments apart."""
    truths = {key: {"r": 0.6, "alpha": 6.0, "a": 0.8, "b": 2.5} for key in RATES}
    customers = drawn(clv.BGNBD(), truths)
    fit = clv.BGNBD(pooled_by="country").fit(customers, method="nuts", seed=1)
    assert fit.diagnostics["divergences"] <= 4  # of 4,000 draws
    assert fit.diagnostics["r_hat"] < 1.02
    assert min(fit.diagnostics["ess_bulk"], fit.diagnostics["ess_tail"]) > 400
    spread = fit.draws["rate:spread"].to_numpy()
    assert np.quantile(spread, 0.05) < 0.05
    assert (fit.by_segment(customers)["borrowed: rate"] > [0.1, 0.2, 0.5]).all()


@pytest.mark.parametrize("model", [clv.BGNBD, clv.MBGNBD])
def test_models_with_dropout_are_pooled_too(model: Any) -> None:
    truths = {name: {**params, "a": 0.7, "b": 3.0} for name, params in RATES.items()}
    customers = drawn(model(), truths)
    fit = model(pooled_by="country").fit(customers, seed=1)
    assert fit.method == "laplace"
    pooled, population = log_rates(fit), population_log_rate(fit)
    for name, params in truths.items():
        deviation = np.log(fit.draws["r"] / fit.draws["alpha"]).to_numpy().std(axis=0)
        at = fit.segments.labels.index(name)
        truth = np.log(params["r"] / params["alpha"])
        # the small one is drawn towards the population
        assert abs(pooled[name] - truth) < 3.5 * deviation[at] + (abs(population - truth) / 2 if name == "small" else 0)
    assert population < pooled["small"]
