"""Cox regression: as statsmodels and scikit-survival compute it, its residuals, forecasts that hold, and refusals."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from simulated_spells import COEFFICIENTS, two_covariates, watched
from sksurv.linear_model import CoxPHSurvivalAnalysis
from sksurv.metrics import concordance_index_censored
from sksurv.util import Surv
from statsmodels.duration.hazard_regression import PHReg

from clvlab.churn import CoxFit, Spells, cox, spells
from clvlab.errors import FitError, InputError

pytestmark = pytest.mark.numerical

CHOSEN = ["x", "plus"]
CASES = [
    pytest.param({}, (), id="plain"),
    pytest.param({"months": True}, (), id="ties"),
    pytest.param({"strata": 3}, ("area",), id="strata"),
    pytest.param({"months": True, "strata": 3}, ("area",), id="strata and ties"),
    pytest.param({"late": True}, (), id="left truncation"),
    pytest.param({"late": True, "months": True}, (), id="left truncation and ties"),
    pytest.param({"late": True, "strata": 3}, ("area",), id="left truncation and strata"),
]


def fitted(of: Spells, strata: tuple[str, ...] = ()) -> CoxFit:
    return cox(of, covariates=CHOSEN, strata=strata)


def by_statsmodels(of: Spells, strata: tuple[str, ...]) -> Any:
    table = of.table
    late = (table["entry"] > 0).any()
    # To them who enters when another leaves was at risk already; to us, as to R, from then on.
    model = PHReg(
        table["duration"].to_numpy(),
        table[CHOSEN].to_numpy(dtype=float),
        table["event"].to_numpy().astype(int),
        entry=table["entry"].where(table["entry"] == 0, table["entry"] + 1e-6).to_numpy() if late else None,
        strata=table["area"].to_numpy() if strata else None,
        ties="efron",
    )
    return model, model.fit(tol=1e-12, maxiter=100)


@pytest.mark.parametrize(("how", "strata"), CASES)
def test_as_statsmodels(how: dict[str, Any], strata: tuple[str, ...]) -> None:
    of = two_covariates(400, 1, **how)
    ours = fitted(of, strata)
    model, theirs = by_statsmodels(of, strata)
    assert ours.log_likelihood == pytest.approx(model.loglike(ours.coefficients), abs=1e-7)
    np.testing.assert_allclose(ours.coefficients, theirs.params, atol=1e-6)
    np.testing.assert_allclose(ours.table["std_error"], theirs.bse, rtol=1e-6)
    assert ours.log_likelihood == pytest.approx(theirs.llf, abs=1e-6)


def cut(of: Spells, at: float) -> Spells:
    """Each spell that lasts beyond a tenure in two rows."""
    table = of.table
    long = (table["duration"] > at) & (table["entry"] < at)
    early = table[long].assign(duration=at, event=False)
    later = table[long].assign(entry=at)
    return Spells(pd.concat([table[~long], early, later]))


@pytest.mark.parametrize("late", [False, True])
def test_rows_that_start_and_stop(late: bool) -> None:
    of = two_covariates(400, 2, months=True, late=late)
    whole, pieces = fitted(of), fitted(cut(of, 6.0))
    pd.testing.assert_frame_equal(whole.table, pieces.table, atol=1e-8)
    assert pieces.log_likelihood == pytest.approx(whole.log_likelihood, abs=1e-8)
    _, theirs = by_statsmodels(pieces.spells, ())
    np.testing.assert_allclose(pieces.coefficients, theirs.params, atol=1e-6)
    np.testing.assert_allclose(pieces.table["std_error"], theirs.bse, rtol=1e-6)
    np.testing.assert_allclose(pieces.martingale().sum(), 0.0, atol=1e-8)


def test_a_covariate_that_changes() -> None:
    rng = np.random.default_rng(3)
    n = 4000
    after = rng.uniform(1.0, 8.0, n)  # when the price rises, and with it the hazard, threefold
    waiting = rng.exponential(size=n)
    leaves = np.where(waiting < 0.1 * after, waiting / 0.1, after + (waiting - 0.1 * after) / 0.3)
    end, event = np.minimum(leaves, 12.0), leaves <= 12.0
    first = pd.DataFrame(
        {"id": range(n), "from": 0.0, "to": np.minimum(end, after), "left": event & (end <= after), "risen": 0}
    )
    second = pd.DataFrame({"id": range(n), "from": after, "to": end, "left": event, "risen": 1})[end > after]
    of = spells(pd.concat([first, second]), duration="to", event="left", entry="from", customer="id")
    row = cox(of).table.loc["risen"]
    assert row["low"] < 3.0 < row["high"]


@pytest.mark.parametrize("seed", [4, 5])
def test_survival_as_scikit_survival(seed: int) -> None:
    of = two_covariates(400, seed)
    ours = fitted(of)
    columns = of.table[CHOSEN].to_numpy(dtype=float)
    outcome = Surv.from_arrays(of.table["event"], of.table["duration"])
    theirs = CoxPHSurvivalAnalysis(ties="efron", tol=1e-12, n_iter=200).fit(columns, outcome)
    np.testing.assert_allclose(ours.coefficients, theirs.coef_, atol=1e-6)
    times = np.linspace(0.5, of.table["duration"].max() * 0.99, 40)
    expected = np.array([curve(times) for curve in theirs.predict_survival_function(columns[:50])])
    np.testing.assert_allclose(ours.survival(of.table.iloc[:50], times), expected, atol=1e-6)
    agree = concordance_index_censored(of.table["event"], of.table["duration"], ours.risk(of.table))[0]
    assert ours.concordance == pytest.approx(agree, abs=1e-10)


def test_hazard_with_ties_by_hand() -> None:
    of = two_covariates(150, 6, months=True, late=True)
    ours = fitted(of)
    table, risk = of.table, np.exp(ours.risk(of.table))
    entry, duration, event = (table[name].to_numpy() for name in ("entry", "duration", "event"))
    total, times = 0.0, np.unique(duration[event])
    for time in times:
        at_risk, leave = ((entry < time) | (entry == 0)) & (duration >= time), event & (duration == time)
        d = leave.sum()
        total += sum(1.0 / (risk[at_risk].sum() - k / d * risk[leave].sum()) for k in range(d))
    assert -np.log(ours.survival(table.iloc[:1], times[-1])).item() == pytest.approx(total * risk[0], rel=1e-9)
    assert np.isnan(ours.survival(table.iloc[:1], duration.max() + 1.0)).all()


@pytest.mark.parametrize(("how", "strata"), CASES)
def test_residuals_sum_to_0(how: dict[str, Any], strata: tuple[str, ...]) -> None:
    fit = fitted(two_covariates(400, 7, **how), strata)
    _, schoenfeld = fit.risk_sets.schoenfeld()
    np.testing.assert_allclose(schoenfeld.sum(axis=0), 0.0, atol=1e-5)
    assert fit.martingale().sum() == pytest.approx(0.0, abs=1e-8)
    assert (fit.martingale() <= 1.0).all()


def test_schoenfeld_residuals_as_statsmodels() -> None:
    of = two_covariates(300, 8)
    theirs = by_statsmodels(of, ())[1].schoenfeld_residuals
    order = np.argsort(of.table["duration"].to_numpy(), kind="stable")
    theirs = theirs[order][of.table["event"].to_numpy()[order]]
    np.testing.assert_allclose(fitted(of).risk_sets.schoenfeld()[1], theirs, atol=1e-6)


def test_recovers_what_it_was_simulated_from() -> None:
    hits, estimates = [], []
    for seed in range(150):
        fit = fitted(two_covariates(300, seed, late=True))
        estimates.append(fit.coefficients)
        hits.append((fit.table["low"] <= np.exp(COEFFICIENTS)) & (np.exp(COEFFICIENTS) <= fit.table["high"]))
    np.testing.assert_allclose(np.mean(estimates, axis=0), COEFFICIENTS, atol=0.04)
    np.testing.assert_allclose(np.mean(hits, axis=0), 0.9, atol=0.07)


def still_here(now: float) -> pd.DataFrame:
    return pd.DataFrame({"x": [-2.0, -1.0, 0.0, 1.0, 2.0], "plus": [0, 1, 0, 1, 0], "duration": now})


@pytest.mark.parametrize("now", [0.0, 10.0])
def test_conditional_chances_hold_the_truth(now: float) -> None:
    customers, hits = still_here(now), []
    truth = -np.expm1(-0.3 * np.exp(customers[CHOSEN].to_numpy() @ COEFFICIENTS))
    for seed in range(200):
        found = fitted(two_covariates(300, seed)).conditional(customers, 3.0)
        hits.append((found["low"] <= truth) & (truth <= found["high"]))
    np.testing.assert_allclose(np.mean(hits, axis=0), 0.9, atol=0.065)


def test_conditional_chances_are_calibrated() -> None:
    fit = fitted(two_covariates(4000, 10))
    rng = np.random.default_rng(11)
    n = 20_000
    table = pd.DataFrame({"x": rng.normal(size=n), "plus": rng.integers(0, 2, n), "duration": rng.uniform(0, 15, n)})
    leaves = rng.random(n) < -np.expm1(-0.4 * np.exp(table[CHOSEN].to_numpy() @ COEFFICIENTS))
    chance = fit.conditional(table, 4.0)["chance"]
    by_decile = pd.DataFrame({"chance": chance, "leaves": leaves}).groupby(pd.qcut(chance, 10, labels=False)).mean()
    np.testing.assert_allclose(by_decile["chance"], by_decile["leaves"], atol=0.04)


def test_conditional_as_the_ratio_of_survival() -> None:
    of = two_covariates(400, 12, strata=2)
    fit = fitted(of, ("area",))
    table = of.table.iloc[:20].assign(duration=3.0)
    survival = fit.survival(table, [3.0, 8.0])
    np.testing.assert_allclose(fit.conditional(table, 5.0)["chance"], 1.0 - survival[:, 1] / survival[:, 0], rtol=1e-9)


def test_beyond_what_was_watched_the_late_rate_goes_on() -> None:
    of = two_covariates(200, 13)
    fit = fitted(of)
    longest = of.table["duration"].max()
    row = still_here(longest)
    begins = np.sort(of.table.loc[of.table["event"], "duration"])[-21]
    weight = np.exp(fit.risk(of.table) - fit.risk(row)[0])
    rate = 20 / (weight @ (of.table["duration"] - begins).clip(lower=0.0))
    expected = -np.expm1(-2.0 * rate)
    assert fit.conditional(row, 2.0)["chance"].iloc[0] == pytest.approx(expected, rel=1e-9)
    assert fit.beyond(row, 2.0).iloc[0] == pytest.approx(longest - begins)
    # Few are left in the last stretch, so within it the mean rate stands for their large steps as well.
    assert fit.conditional(still_here(begins), 1.0)["chance"].iloc[0] == pytest.approx(-np.expm1(-rate), rel=1e-9)
    with pytest.raises(InputError, match="horizon is how far ahead, above 0; found 0"):
        fit.conditional(still_here(1.0), 0)


def test_who_leaves_at_once_counts() -> None:
    rng = np.random.default_rng(14)
    plus = rng.integers(0, 2, 400)
    tenure = np.floor(rng.exponential(np.where(plus, 1.0, 3.0)))
    count = {"duration": "tenure", "event": "left"}
    from_0 = cox(spells(pd.DataFrame({"tenure": tenure, "left": 1, "plus": plus}), **count))
    from_1 = cox(spells(pd.DataFrame({"tenure": tenure + 1, "left": 1, "plus": plus}), **count))
    pd.testing.assert_frame_equal(from_0.table, from_1.table)
    np.testing.assert_allclose(from_0.martingale(), from_1.martingale())


def test_drivers_add_up_to_the_risk() -> None:
    of = two_covariates(300, 15, strata=3)
    fit = cox(of)
    parts = fit.drivers(of.table)
    assert list(parts) == ["x", "plus", "area"]
    risk = fit.risk(of.table)
    np.testing.assert_allclose(parts.sum(axis=1), risk - risk.mean(), atol=1e-10)


def test_the_most_frequent_level_is_the_reference() -> None:
    table = pd.DataFrame({"tenure": np.arange(1.0, 13.0), "left": 1, "plan": ["b", "a", "a", "c", "b", "a"] * 2})
    assert cox(spells(table, duration="tenure", event="left")).table.index.tolist() == ["plan=b", "plan=c"]


def plain(n: int = 60, **columns: Any) -> Spells:
    rng = np.random.default_rng(16)
    columns = {name: value(rng, n) if callable(value) else value for name, value in columns.items()}
    return watched(rng.exponential(10.0, n), rng.uniform(5.0, 20.0, n), None, **columns)


def test_separation_is_refused() -> None:
    of = plain(kind=np.where(np.arange(60) < 20, "gift", "paid"))
    of.table.loc[of.table["kind"] == "gift", "event"] = False
    with pytest.raises(InputError, match=r"None of the 20 customers with kind=gift left.*separates perfectly"):
        cox(of)


def test_a_number_that_tells_who_leaves_first_is_refused() -> None:
    table = pd.DataFrame({"tenure": np.arange(1.0, 31.0), "left": 1, "score": np.arange(30.0)})
    with pytest.raises(FitError, match=r"The estimate diverges.*score"):
        cox(spells(table, duration="tenure", event="left"))


@pytest.mark.parametrize("value", [3.0, "same"])
def test_a_constant_is_refused(value: object) -> None:
    with pytest.raises(InputError, match="fixed has one value for all"):
        cox(plain(fixed=value))


def test_missing_values_are_refused() -> None:
    with pytest.raises(InputError, match=r"age is missing for 1 customers.*such as 0"):
        cox(plain(age=[np.nan, *range(59)]))
    with pytest.raises(InputError, match="area must be known: it is a stratum; broken by 0"):
        cox(plain(age=range(60), area=[None, *"a" * 59]), strata=["area"])


@pytest.mark.parametrize("factor", [1.0, -2.0])
def test_collinear_covariates_are_refused(factor: float) -> None:
    x = np.random.default_rng(17).normal(size=60)
    with pytest.raises(FitError, match=r"x and twin .*repeat others"):
        cox(plain(x=x, twin=factor * x))


def test_dummies_that_add_up_are_refused() -> None:
    kind = np.arange(60) % 3
    with pytest.raises(FitError, match="diverges"):
        cox(plain(one=(kind == 0) * 1, two=(kind == 1) * 1, three=(kind == 2) * 1))


def test_nobody_left_is_refused() -> None:
    table = pd.DataFrame({"tenure": [1.0, 2.0], "left": 0, "x": [1, 2]})
    with pytest.raises(InputError, match=r"Cox regression learns .*none of these 2 spells ended \(all are censored\)"):
        cox(spells(table, duration="tenure", event="left"))


def test_unknown_covariates_and_strata_are_refused() -> None:
    of = two_covariates(200, 18, strata=2)
    with pytest.raises(InputError, match="There is no covariate colour"):
        cox(of, covariates=["colour"])
    with pytest.raises(InputError, match="a covariate at least"):
        cox(of, covariates=[])
    fit = fitted(of, ("area",))
    with pytest.raises(InputError, match=r"strata .* must be among those it was fitted to"):
        fit.survival(of.table.assign(area="elsewhere"), 3.0)
    with pytest.raises(InputError, match="levels the fit never saw"):
        cox(of).risk(of.table.assign(area="elsewhere"))


def test_a_wide_spread_of_risk_loses_no_digits() -> None:
    rng = np.random.default_rng(19)
    x = rng.normal(0.0, 8.0, 400)
    of = watched(rng.exponential(np.exp(-x)), np.full(400, np.inf), None, x=x)
    table, fit = of.table, cox(of)
    model = PHReg(table["duration"].to_numpy(), table[["x"]].to_numpy(), ties="efron")
    assert fit.log_likelihood == pytest.approx(model.loglike(fit.coefficients), abs=1e-6)
    assert fit.coefficients.item() == pytest.approx(1.0, abs=0.15)
