"""Early warning: chances that come true, and the arithmetic of whom to contact."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from simulated_spells import COEFFICIENTS, two_covariates, watched

from clvlab.churn import cox, early_warning, spells
from clvlab.errors import InputError
from clvlab.formulas import mbg_nbd, thinned_poisson
from clvlab.models import MBGNBD, NBD, ParetoNBD, WeibullAFT

MBG = {"r": 0.8, "alpha": 6.0, "a": 0.6, "b": 2.5}
PARETO = {"r": 0.8, "alpha": 6.0, "s": 0.9, "beta": 25.0}
HORIZON = 13.0


def story(model: type, n: int, seed: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Histories over T, and whether each customer bought nothing within the horizon after it."""
    rng = np.random.default_rng(seed)
    T = rng.uniform(10.0, 40.0, n)
    if model is MBGNBD:
        customer, time, _ = mbg_nbd.simulate(rng, T + HORIZON, **MBG)
    else:
        rate = rng.gamma(PARETO["r"], 1.0 / PARETO["alpha"], n)
        dropout = rng.standard_exponential(n) / rng.gamma(PARETO["s"], 1.0 / PARETO["beta"], n)
        watched = np.minimum(dropout, T + HORIZON)
        customer, time, _ = thinned_poisson.walk(rng, watched, rate, np.zeros(n), np.ones(n, dtype=bool))
    seen = time <= T[customer]
    recency = np.zeros(n)
    np.maximum.at(recency, customer[seen], time[seen])
    frequency = np.bincount(customer[seen], minlength=n).astype(float)
    table = pd.DataFrame({"frequency": frequency, "recency": recency, "T": T})
    table.attrs = {"unit": "week"}
    return table, np.bincount(customer[~seen], minlength=n) == 0


CASES = [(MBGNBD, MBG, True), (MBGNBD, MBG, False), (ParetoNBD, PARETO, True), (ParetoNBD, PARETO, False)]


@pytest.mark.parametrize(("model", "params", "given"), CASES, ids=lambda of: getattr(of, "__name__", None))
def test_chances_of_orders_come_true(model: Any, params: dict[str, float], given: bool) -> None:
    histories, leaves = story(model, 20_000 if given else 4000 if model is MBGNBD else 1500, 1)
    fit = model().at(**params, unit="week") if given else model(method="map").fit(histories)
    found = early_warning(fit, histories, HORIZON)
    table = found.table.assign(leaves=pd.Series(leaves, index=histories.index))
    parts = table.groupby(pd.qcut(table["chance"].rank(method="first"), 10, labels=False))
    chance, share, n = parts["chance"].mean(), parts["leaves"].mean(), parts.size()
    error = np.sqrt(chance * (1 - chance) / n)
    slack = 0.0 if given else 0.02
    assert (np.abs(chance - share) < 3.5 * error + slack).all()
    assert found.expected == pytest.approx(leaves.sum(), rel=0.05 if given else 0.12)
    assert found.unknown == 0


def test_gone_stands_apart() -> None:
    histories, _ = story(MBGNBD, 50, 2)
    fit = MBGNBD().at(**MBG, unit="week")
    found = early_warning(fit, histories, HORIZON).table.loc[histories.index]
    forecast = fit.predict(histories, HORIZON)
    np.testing.assert_allclose(found["gone"], 1.0 - forecast["prob_alive"])
    np.testing.assert_allclose(found["chance"], 1.0 - forecast["prob_purchase"], atol=1e-10)
    assert (found["chance"] > found["gone"]).all()
    x, recency, age = (histories[name] for name in ("frequency", "recency", "T"))
    np.testing.assert_allclose(found["silent"], age - recency)
    np.testing.assert_allclose(found["usual"], (recency / x).where(x > 0))
    assert found["usual"].isna().any()
    assert early_warning(fit, histories, HORIZON).drivers.empty


def test_value_at_risk_and_contacts_by_hand() -> None:
    of = two_covariates(400, 3)
    fit = cox(of, covariates=["x", "plus"])
    current = of.table.index[~of.table["event"]]
    value = pd.Series(np.linspace(10.0, 500.0, len(current)), index=current).sample(frac=1.0, random_state=1)
    value.iloc[0] = np.nan
    found = early_warning(fit, of, 2.0, value=value, cost=3.0, save_rate=0.2)
    table = found.table
    assert set(table.index) == set(current)
    expected = fit.conditional(of.table.loc[table.index], 2.0)
    pd.testing.assert_frame_equal(table[["chance", "low", "high"]], expected)
    assert len(table) == len(current) == table["chance"].notna().sum()
    np.testing.assert_allclose(table["value"], value[table.index])
    np.testing.assert_allclose(table["value_at_risk"], expected["chance"] * value[table.index])
    assert found.threshold == pytest.approx(15.0)
    assert table["contact"].tolist() == (table["value_at_risk"] > 15.0).tolist()
    assert 0 < table["contact"].sum() < len(table)
    known = table["value_at_risk"].dropna()
    assert known.is_monotonic_decreasing
    assert table["value_at_risk"].iloc[len(known) :].isna().all()
    assert found.expected == pytest.approx(table["chance"].sum())
    assert found.value_at_risk == pytest.approx(known.sum())
    beyond = of.table.loc[current, "duration"] + 2.0 > of.table["duration"].max()
    assert found.extrapolated == beyond.sum() > 0
    assert found.unknown == 0


def test_without_a_value_or_a_cost() -> None:
    of = two_covariates(200, 4)
    found = early_warning(cox(of, covariates=["x", "plus"]), of, 1.0)
    assert np.isnan(found.threshold)
    assert np.isnan(found.value_at_risk)
    assert not found.table["contact"].any()
    assert found.table["chance"].dropna().is_monotonic_decreasing
    one_value = early_warning(cox(of, covariates=["x", "plus"]), of, 1.0, value=100)
    np.testing.assert_allclose(one_value.table["value_at_risk"], 100.0 * one_value.table["chance"])


def test_drivers_name_what_raises_the_hazard() -> None:
    of = two_covariates(2000, 5)
    fit = cox(of, covariates=["x", "plus"])
    found = early_warning(fit, of, 1.0)
    table = of.table.loc[found.table.index, ["x", "plus"]]
    drivers = found.drivers
    high = table.index[(table["x"] > 1) & (table["plus"] == 1)]
    low = table.index[(table["x"] < -1) & (table["plus"] == 1)]
    assert drivers.columns.tolist() == ["customer_id", "rank", "covariate", "value", "times"]
    assert set(drivers.loc[drivers["customer_id"].isin(high), "covariate"]) == {"x"}  # plus lowers the hazard
    assert set(high) <= set(drivers["customer_id"])
    assert not set(low) & set(drivers["customer_id"])
    first = drivers[drivers["covariate"] == "x"]
    value = table.loc[first["customer_id"], "x"].to_numpy()
    np.testing.assert_array_equal(first["value"].to_numpy(dtype=float), value)
    coefficient = fit.table.loc["x", "coef"]
    np.testing.assert_allclose(first["times"], np.exp(coefficient * (value - of.table["x"].mean())))
    assert (drivers["times"] > np.exp(0.1)).all()
    place = pd.Index(drivers["customer_id"]).map({name: at for at, name in enumerate(found.table.index)})
    assert place.is_monotonic_increasing
    assert drivers.groupby("customer_id")["rank"].apply(list).map(lambda ranks: ranks in ([1], [1, 2])).all()


def test_parametric_survival() -> None:
    of = two_covariates(400, 6)
    fit = WeibullAFT(method="map", covariates={"scale": ["x"]}).fit(of.table[["duration", "event", "x"]])
    table = early_warning(fit, of, 3.0, value=10.0).table
    rows = of.table.loc[table.index]
    expected = fit.conditional(rows[["duration", "x"]], 3.0)
    np.testing.assert_allclose(table[["chance", "low", "high"]], expected.to_numpy())
    truth = -np.expm1(-0.3 * np.exp(rows[["x", "plus"]].to_numpy() @ COEFFICIENTS))
    assert table["chance"].mean() == pytest.approx(truth.mean(), abs=0.05)


def test_only_the_last_row_of_a_customer_is_the_present() -> None:
    rng = np.random.default_rng(7)
    n = 200
    tenure, event = rng.uniform(4.0, 12.0, n).round(3), rng.random(n) < 0.6
    first = pd.DataFrame({"id": np.arange(n), "from": 0.0, "to": 3.0, "left": False, "x": rng.normal(size=n)})
    second = pd.DataFrame({"id": np.arange(n), "from": 3.0, "to": tenure, "left": event, "x": rng.normal(size=n)})
    of = spells(pd.concat([first, second]), duration="to", event="left", entry="from", customer="id")
    found = early_warning(cox(of), of, 0.5).table
    assert sorted(found.index, key=int) == [str(number) for number in np.flatnonzero(~event)]


def test_refused_in_words() -> None:
    of = two_covariates(200, 8)
    fit = cox(of, covariates=["x", "plus"])
    with pytest.raises(InputError, match="A model of purchases needs histories"):
        early_warning(NBD().at(r=0.5, alpha=5.0, unit="week"), of, 4.0)
    with pytest.raises(InputError, match="Nobody is still here: every spell has ended"):
        early_warning(fit, of.where(of.table["event"].to_numpy()), 4.0)
    with pytest.raises(InputError, match="A regression of tenure needs spells"):
        early_warning(fit, of.table, 4.0)
    with pytest.raises(InputError, match=r"cost must be above 0 and save_rate between 0 and 1; found 0 and 0\.1"):
        early_warning(fit, of, 4.0, value=1.0, cost=0)
    with pytest.raises(InputError, match="names some customers twice"):
        early_warning(fit, of, 4.0, value=pd.Series([1.0, 2.0], index=[0, 0]))
    with pytest.raises(InputError, match="horizon is how far ahead"):
        early_warning(fit, of, -1.0)


def test_a_hazard_that_is_constant_goes_on_beyond_what_was_watched() -> None:
    rng = np.random.default_rng(11)
    n = 4000
    x, tenure = rng.integers(0, 2, n), rng.exponential(20.0, n)
    tenure /= np.where(x, 2.0, 1.0)
    of = watched(tenure, rng.uniform(0.0, 12.0, n), x=x)
    fit = cox(of)
    rows = pd.DataFrame({"duration": [1.0, 11.9, 11.9], "x": [1, 1, 0]})
    found, beyond = fit.conditional(rows, 3.0), fit.beyond(rows, 3.0)
    truth = -np.expm1(-3.0 / np.array([10.0, 10.0, 20.0]))
    assert beyond.isna().tolist() == [True, False, False]
    assert (found["low"] < truth).all()
    assert (truth < found["high"]).all()
    longest = float(of.table["duration"].max())
    late = of.table["duration"] > longest - beyond[1]
    assert (of.table["event"] & late).sum() == 20  # the stretch begins at the leaving before them


def test_no_chance_is_invented_where_nobody_left() -> None:
    of = two_covariates(300, 12, strata=2)
    nobody = of.table["area"] == "area 1"
    of = replace(of, table=of.table.assign(event=of.table["event"] & ~nobody))
    found = early_warning(cox(of, covariates=["x"], strata=["area"]), of, 40.0)
    here = of.table[~of.table["event"]]
    assert found.unknown == (here["area"] == "area 1").sum()
    assert found.extrapolated == (here["area"] == "area 0").sum()
    assert found.extrapolated + found.unknown == len(found.table) == len(here)
    assert found.expected == pytest.approx(found.table["chance"].sum())
