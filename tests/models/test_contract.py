"""What every fit promises."""

import itertools
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from members import CONTRACTUAL, DISCRETE, PURCHASES, TRANSACTIONS

import clvlab as clv
from clvlab.inference import laplace
from clvlab.inference.factored import Groups

KNOWN = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
FORECASTS = ("prob_alive", "prob_purchase", "expected_purchases")


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    return clv.histories(clv.datasets.cdnow(), end="1997-09-30")


@pytest.fixture(scope="module")
def fit(cdnow: pd.DataFrame) -> Any:
    return clv.BGNBD().fit(cdnow, draws=300, seed=1)


@pytest.fixture(scope="module")
def spend(cdnow: pd.DataFrame) -> Any:
    return clv.GammaGamma().fit(cdnow, draws=300, seed=1)


def test_forecasts_keep_their_customers(fit: Any, cdnow: pd.DataFrame) -> None:
    forecast = fit.predict(cdnow, horizon=39)
    shuffled = cdnow.sample(frac=1.0, random_state=1)
    again = fit.predict(shuffled, horizon=39)
    assert again.index.equals(shuffled.index)
    pd.testing.assert_frame_equal(again.loc[cdnow.index], forecast)
    pd.testing.assert_frame_equal(fit.predict(cdnow.iloc[[7]], horizon=39), forecast.iloc[[7]])


def test_spend_keeps_its_customers(spend: Any, cdnow: pd.DataFrame) -> None:
    shuffled = cdnow.sample(frac=1.0, random_state=1)
    pd.testing.assert_frame_equal(spend.predict(shuffled).loc[cdnow.index], spend.predict(cdnow), rtol=1e-12)


def test_the_order_of_rows_does_not_change_the_fit(fit: Any, cdnow: pd.DataFrame) -> None:
    again = clv.BGNBD().fit(cdnow.sample(frac=1.0, random_state=1), draws=300, seed=1)
    assert again.params == pytest.approx(fit.params, rel=1e-9)


def test_labels_of_any_kind_are_kept(fit: Any, cdnow: pd.DataFrame) -> None:
    labels = ["O'Brien", '"; DROP TABLE', "<script>alert(1)</script>", "王芳", "=1+1", "$x$", 7, None, ("a", 1), "Ann"]
    odd = cdnow.head(10).set_axis(pd.Index(labels, dtype=object, tupleize_cols=False))
    assert fit.predict(odd, horizon=4).index.tolist() == labels
    twice = cdnow.head(2).set_axis(["same", "same"])
    assert len(fit.predict(twice, horizon=4)) == 2


def test_nothing_happens_by_horizon_0(fit: Any, cdnow: pd.DataFrame) -> None:
    forecast = fit.predict(cdnow, horizon=0)
    expected = [name for name in forecast if not name.startswith("prob_alive")]
    assert (forecast[expected] == 0.0).all(axis=None)


def test_probabilities_and_intervals_are_in_order(fit: Any, cdnow: pd.DataFrame) -> None:
    forecast = fit.predict(cdnow, horizon=39)
    assert forecast.notna().all(axis=None)
    for name in FORECASTS:
        assert (forecast[f"{name}_low"] <= forecast[name] + 1e-12).all()
        assert (forecast[name] <= forecast[f"{name}_high"] + 1e-12).all()
    chances = forecast.filter(like="prob_")
    assert ((chances >= 0.0) & (chances <= 1.0)).all(axis=None)
    assert (forecast["purchases_low"] <= forecast["purchases_high"]).all()
    assert (forecast["prob_purchase"] <= forecast["prob_alive"]).all()
    assert (forecast["prob_purchase"] <= forecast["expected_purchases"]).all()


def test_a_longer_horizon_brings_more(fit: Any, cdnow: pd.DataFrame) -> None:
    totals = [fit.predict(cdnow.head(200), horizon=h)["expected_purchases"] for h in (1, 10, 39, 100)]
    for shorter, longer in itertools.pairwise(totals):
        assert (shorter < longer).all()


def test_saved_and_loaded_it_forecasts_the_same(fit: Any, spend: Any, cdnow: pd.DataFrame, tmp_path: Path) -> None:
    for original in (fit, spend):
        original.save(tmp_path / "fit.json")
        loaded = clv.load_fit(tmp_path / "fit.json")
        pd.testing.assert_frame_equal(loaded.summary(), original.summary(), check_exact=True)
        assert loaded.log_likelihood == original.log_likelihood
        assert loaded.aic == original.aic
        horizon = (39,) if original is fit else ()
        forecasts = (found.predict(cdnow, *horizon) for found in (original, loaded))
        pd.testing.assert_frame_equal(*forecasts, check_exact=True)
    assert '"0001"' not in (tmp_path / "fit.json").read_text()


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"model": "Nope"}', '{"model": "BGNBD", "params": {"r": 1}}'])
def test_a_file_that_is_no_fit_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "no.json").write_text(content)
    with pytest.raises(clv.InputError, match="is not a fit"):
        clv.load_fit(tmp_path / "no.json")


def test_known_parameters_forecast_without_intervals(cdnow: pd.DataFrame, tmp_path: Path) -> None:
    known = clv.BGNBD().at(unit="week", **KNOWN)
    forecast = known.predict(cdnow, horizon=39)
    assert forecast[["prob_alive_low", "expected_purchases_high"]].isna().all(axis=None)
    assert forecast[["expected_purchases", "purchases_high"]].notna().all(axis=None)
    known.save(tmp_path / "known.json")
    pd.testing.assert_frame_equal(clv.load_fit(tmp_path / "known.json").predict(cdnow, horizon=39), forecast)
    with pytest.raises(clv.FitError, match="given"):
        _ = known.aic


@pytest.mark.parametrize("wrong", [{"r": 1.0}, {**KNOWN, "s": 1.0}, {**KNOWN, "r": 0.0}, {**KNOWN, "b": np.nan}])
def test_wrong_parameters_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(clv.InputError, match="BG/NBD"):
        clv.BGNBD().at(unit="week", **wrong)
    with pytest.raises(clv.InputError, match="unit of time"):
        clv.BGNBD().at(unit="quarter", **KNOWN)


@pytest.mark.parametrize("unit", ["day", "month", "year"])
def test_the_unit_of_time_changes_nothing_but_the_numbers(fit: Any, cdnow: pd.DataFrame, unit: str) -> None:
    days = {"day": 1.0, "month": 365.25 / 12.0, "year": 365.25}[unit]
    same = clv.histories(clv.datasets.cdnow(), end="1997-09-30", unit=unit)
    converted, refitted = fit.to_unit(unit), clv.BGNBD().fit(same, draws=300, seed=1)
    assert refitted.params == pytest.approx(converted.params, rel=1e-6)
    shift = cdnow["frequency"].sum() * np.log(days / 7.0)
    assert converted.log_likelihood == pytest.approx(fit.log_likelihood + shift, rel=1e-12)
    assert refitted.log_likelihood == pytest.approx(converted.log_likelihood, abs=1e-5)
    assert fit.score(same) == pytest.approx(converted.log_likelihood, abs=1e-5)
    horizon = 39 * 7.0 / days
    for found in (fit, converted, refitted):
        forecasts = found.predict(same.head(200), horizon), fit.predict(cdnow.head(200), 39)
        pd.testing.assert_frame_equal(*forecasts, rtol=1e-4, atol=1e-7)


def test_differences_of_aic_do_not_depend_on_the_unit(cdnow: pd.DataFrame) -> None:
    days = clv.histories(clv.datasets.cdnow(), end="1997-09-30", unit="day")
    worse = KNOWN | {"r": 0.5}
    gaps = []
    for histories in (cdnow, days):
        known = clv.BGNBD().at(unit="week", **worse)
        gaps.append(clv.BGNBD().fit(histories).log_likelihood - known.score(histories))
    assert gaps[0] == pytest.approx(gaps[1], abs=1e-5)


def test_a_fit_cannot_be_changed(fit: Any) -> None:
    with pytest.raises(AttributeError):
        fit.params = {}
    with pytest.raises(AttributeError):
        fit.model.method = "nuts"


def test_scores_of_other_customers_add_up(fit: Any, cdnow: pd.DataFrame) -> None:
    assert fit.score(cdnow) == pytest.approx(fit.log_likelihood, rel=1e-12)
    parts = fit.score(cdnow.iloc[:1000]) + fit.score(cdnow.iloc[1000:])
    assert parts == pytest.approx(fit.log_likelihood, rel=1e-12)


def test_information_criteria(fit: Any) -> None:
    assert fit.aic == pytest.approx(8.0 - 2.0 * fit.log_likelihood)
    assert fit.bic == pytest.approx(4.0 * np.log(2357) - 2.0 * fit.log_likelihood)


def test_a_chosen_k_counts_as_a_parameter(cdnow: pd.DataFrame, tmp_path: Path) -> None:
    few = cdnow.iloc[:300]
    fit = clv.BGCNBD().fit(few, draws=10)
    given = clv.BGCNBD(k=fit.model.k).fit(few, draws=10)
    assert (fit.n_parameters, given.n_parameters) == (5, 4)
    assert fit.aic == pytest.approx(given.aic + 2.0)
    assert fit.bic == pytest.approx(given.bic + np.log(300))
    fit.save(tmp_path / "fit.json")
    assert clv.load_fit(tmp_path / "fit.json").aic == fit.aic


def test_one_customer() -> None:
    one = pd.DataFrame({"frequency": [3.0], "recency": [20.0], "T": [30.0], "monetary_value": [9.0]}, index=["Ann"])
    fit = clv.BGNBD().fit(one, unit="week")
    assert not fit.diagnostics.trusted
    assert fit.predict(one, horizon=10, unit="week").notna()["expected_purchases"].all()
    with pytest.raises(clv.InputError, match="at least two that differ"):
        clv.GammaGamma().fit(one)


def test_huge_values() -> None:
    table = pd.DataFrame(
        {"frequency": [5000.0, 0.0, 1.0, 4999.0], "recency": [16_000.0, 0.0, 0.01, 15_000.0], "T": [16_000.0] * 4}
    )
    forecast = (
        clv.BGNBD().at(unit="day", r=0.243, alpha=4.414, a=0.793, b=2.426).predict(table, horizon=365, unit="day")
    )
    numbers = forecast.drop(columns=forecast.filter(regex="^(prob|expected).*_(low|high)").columns)
    assert np.isfinite(numbers).all(axis=None)
    # 5,000 purchases in 16,000 days, alive for sure: as many a day to come
    assert forecast["expected_purchases"].iloc[0] == pytest.approx(365 * 5000.0 / 16_000.0, rel=0.1)
    assert forecast["prob_alive"].iloc[3] < 1e-100


@pytest.mark.parametrize("scale", [1e-6, 1e9])
def test_amounts_of_any_size(spend: Any, cdnow: pd.DataFrame, scale: float) -> None:
    fit = clv.GammaGamma().fit(cdnow.assign(monetary_value=cdnow["monetary_value"] * scale))
    rich = fit.predict(cdnow.assign(monetary_value=cdnow["monetary_value"] * scale))["expected_spend"]
    np.testing.assert_allclose(rich, spend.predict(cdnow)["expected_spend"] * scale, rtol=1e-4)


def test_methods_and_options_nobody_knows() -> None:
    with pytest.raises(clv.InputError, match="method"):
        clv.BGNBD().using("prayer")
    with pytest.raises(clv.InputError, match=r"priors.* s\."):
        clv.BGNBD(priors={"s": clv.LogNormal(median=1.0, spread=1.0)})


COLUMNS = [*(f"{name}{end}" for name in FORECASTS for end in ("", "_low", "_high")), "purchases_low", "purchases_high"]
EVERY_PURCHASE_MODEL = pytest.mark.parametrize("label", PURCHASES)


def regular_customers() -> pd.DataFrame:
    """Customers with rhythms of their own: CDNOW's have none, and Pareto/GGG's regularity runs to an edge there."""
    known = clv.ParetoGGG().at(unit="week", t=3.0, gamma=1.0, r=1.0, alpha=5.0, s=0.7, beta=12.0)
    return known.simulate_histories(np.repeat([20.0, 35.0, 50.0], 25), seed=1)


def in_days(weeks: pd.DataFrame) -> pd.DataFrame:
    """The same histories, counted in days."""
    longer = {name: weeks[name] * 7.0 for name in ("recency", "T")}
    table = weeks.assign(**longer, log_gap_sum=weeks["log_gap_sum"] + weeks["frequency"] * np.log(7.0))
    table.attrs = {**weeks.attrs, "unit": "day"}
    return table


class Case(NamedTuple):
    """A model, some histories it takes, and its fit to them."""

    model: Any
    histories: pd.DataFrame
    fit: Any


@pytest.fixture(scope="module")
def cases(cdnow: pd.DataFrame) -> Callable[[str], Case]:
    months = clv.histories(clv.datasets.cdnow(), end="1997-09-30", unit="month", opportunities=True)

    @cache
    def case(label: str) -> Case:
        model, histories = PURCHASES[label], months.iloc[::4] if label in DISCRETE else cdnow.iloc[::8]
        if label != "ParetoGGG":
            return Case(model, histories, model.fit(histories, draws=60, seed=1))
        histories = regular_customers()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(laplace, "LEAST", 60)  # proposals, each of which takes 10 ms
            return Case(model, histories, model.fit(histories, draws=60, seed=1))

    return case


@EVERY_PURCHASE_MODEL
def test_forecasts_have_the_same_columns_and_keep_their_rows(label: str, cases: Callable[[str], Case]) -> None:
    _, histories, fit = cases(label)
    forecast = fit.predict(histories, horizon=12)
    assert forecast.columns.tolist() == COLUMNS
    assert forecast.index.equals(histories.index)
    assert set(forecast.dtypes) == {np.dtype(float)}
    assert forecast.notna().all(axis=None)
    shuffled = histories.sample(frac=1.0, random_state=1)
    pd.testing.assert_frame_equal(fit.predict(shuffled, horizon=12).loc[histories.index], forecast, rtol=1e-10)
    odd = histories.head(3).set_axis(["O'Brien", "<script>", "王芳"])
    assert fit.predict(odd, horizon=12).index.tolist() == ["O'Brien", "<script>", "王芳"]
    assert fit.summary().index.tolist() == list(fit.model.formula.PARAMETERS)
    assert (fit.summary().columns == ["estimate", "std_error", "low", "high"]).all()


@EVERY_PURCHASE_MODEL
def test_chances_counts_and_horizons_are_in_order(label: str, cases: Callable[[str], Case]) -> None:
    _, histories, fit = cases(label)
    none, some, more = (fit.predict(histories, horizon=h) for h in (0, 6, 24))
    assert (none[[name for name in COLUMNS if not name.startswith("prob_alive")]] == 0.0).all(axis=None)
    pd.testing.assert_series_equal(none["prob_alive"], more["prob_alive"])
    for name in FORECASTS:
        assert (some[f"{name}_low"] <= some[f"{name}_high"]).all()
    assert some["prob_alive"].between(0.0, 1.0).all()
    assert (some["prob_purchase"] <= some["prob_alive"] + 1e-12).all()
    assert (some["prob_purchase"] <= some["expected_purchases"] + 1e-12).all()
    assert (some["purchases_low"] <= some["purchases_high"]).all()
    for name in ("expected_purchases", "prob_purchase", "purchases_high"):
        assert (some[name] <= more[name] + 1e-12).all()
    assert (some["expected_purchases"] < more["expected_purchases"]).all()


@EVERY_PURCHASE_MODEL
def test_probabilities_of_counts_add_up_to_the_forecast(label: str, cases: Callable[[str], Case]) -> None:
    _, histories, fit = cases(label)
    some = histories.sort_values("frequency").iloc[[0, len(histories) // 2, -30, -3]]
    groups = Groups(fit.columns(some))
    forecast = fit.predict(some, horizon=4)
    if label == "ParetoGGG":  # whose counts are drawn
        below, at = zip(*(fit.count_probabilities(some, 4.0, some["T"] * 0.0 + y) for y in range(40)), strict=True)
        np.testing.assert_allclose(np.cumsum(at, axis=0)[:-1], below[1:], atol=0.02)
        mean = (1.0 - np.array(below[1:])).sum(axis=0)
        np.testing.assert_allclose(mean, forecast["expected_purchases"], atol=0.15)
        return
    for block in fit.process.blocks(groups, 1):
        state = fit.process.state(fit.point, block)
        y = np.arange(5.0 if label in DISCRETE else 300.0)[:, None]
        chances = fit.process.forward.pmf(y, 4.0, **state)
        assert (chances >= 0.0).all()
        np.testing.assert_allclose(chances.sum(axis=0), 1.0, rtol=1e-8)
        alive = fit.process.alive(fit.point, block)[0]
        expected = alive * (y * chances).sum(axis=0)[block.level]
        for_group = forecast["expected_purchases"].to_numpy()[[groups.inverse.tolist().index(g) for g in block.rows]]
        np.testing.assert_allclose(expected, for_group, rtol=1e-7)
        none = fit.process.forward.prob_no_purchase(4.0, **state)
        np.testing.assert_allclose(np.broadcast_to(none, chances[:1].shape)[0], chances[0], rtol=1e-8)


@EVERY_PURCHASE_MODEL
def test_saved_fits_of_every_model(label: str, cases: Callable[[str], Case], tmp_path: Path) -> None:
    _, histories, fit = cases(label)
    fit.save(tmp_path / "fit.json")
    loaded = clv.load_fit(tmp_path / "fit.json")
    assert loaded.name == fit.name
    assert repr(loaded) == repr(fit)
    pd.testing.assert_frame_equal(
        loaded.predict(histories, 12), fit.predict(histories, 12), check_exact=True, check_flags=False
    )
    pd.testing.assert_frame_equal(loaded.summary(), fit.summary(), check_exact=True)
    assert (loaded.aic, loaded.bic, loaded.log_likelihood) == (fit.aic, fit.bic, fit.log_likelihood)
    assert loaded.score(histories) == fit.score(histories)


@EVERY_PURCHASE_MODEL
def test_given_parameters_are_those_of_the_fit(label: str, cases: Callable[[str], Case]) -> None:
    model, histories, fit = cases(label)
    known = model.at(unit=fit.unit, **fit.params)
    assert known.score(histories) == pytest.approx(fit.log_likelihood, rel=1e-12)
    points = [name for name in COLUMNS if not name.endswith(("_low", "_high"))]
    pd.testing.assert_frame_equal(known.predict(histories, 6)[points], fit.predict(histories, 6)[points], rtol=1e-12)
    with pytest.raises(clv.InputError, match="exactly the parameters"):
        model.at(unit=fit.unit, **dict(list(fit.params.items())[1:]))


# the posteriors of Pareto models are weighed a thousand times at 10 ms
BY_METHOD = [
    pytest.param(label, method, marks=[pytest.mark.slow] if label.startswith("Pareto") and method == "laplace" else [])
    for label in TRANSACTIONS
    for method in ("ml", "map", "laplace")
]


@pytest.mark.parametrize(("label", "method"), BY_METHOD)
def test_another_unit_shifts_the_log_likelihood_alone(
    label: str, method: str, cases: Callable[[str], Case], days: pd.DataFrame
) -> None:
    model, histories, fit = cases(label)
    if method != "ml":
        fit = model.fit(histories, method=method, draws=60, seed=1)
        assert fit.method == method
    check_conversion(fit, histories, in_days(histories) if label == "ParetoGGG" else days.loc[histories.index])


@pytest.fixture(scope="module")
def days() -> pd.DataFrame:
    return clv.histories(clv.datasets.cdnow(), end="1997-09-30", unit="day")


def check_conversion(fit: Any, weeks: pd.DataFrame, days: pd.DataFrame) -> None:
    """A fit in weeks, converted to days, says the same of the same customers."""
    converted = fit.to_unit("day")
    shift = -float(weeks["frequency"].sum()) * np.log(7.0)
    assert converted.log_likelihood == pytest.approx(fit.log_likelihood + shift, rel=1e-12)
    assert converted.score(days) == pytest.approx(converted.log_likelihood, rel=1e-10)
    assert fit.score(days) == pytest.approx(converted.log_likelihood, rel=1e-10)
    bare = days.copy()
    bare.attrs = {}
    said = fit.predict(weeks, 12)
    for forecast in (converted.predict(bare, 84, unit="day"), fit.predict(bare, 84, unit="day"), fit.predict(days, 84)):
        pd.testing.assert_frame_equal(forecast, said, rtol=1e-7, atol=1e-10)
    back = converted.to_unit("week")
    assert back.params == pytest.approx(fit.params, rel=1e-12)
    assert back.log_likelihood == pytest.approx(fit.log_likelihood, rel=1e-12)


def test_another_unit_after_nuts(cases: Callable[[str], Case], days: pd.DataFrame) -> None:
    model, histories, _ = cases("NBD")
    fit = model.fit(histories, method="nuts", draws=50, tune=100, chains=2, cores=1, seed=1)
    check_conversion(fit, histories, days.loc[histories.index])


def test_models_compare_alike_in_any_unit(cases: Callable[[str], Case], days: pd.DataFrame) -> None:
    labels = [label for label in TRANSACTIONS if label != "ParetoGGG"]  # whose case is of other customers
    weeks = {label: cases(label) for label in labels}
    daily = {label: case.model.fit(days.loc[case.histories.index], draws=5) for label, case in weeks.items()}
    for criterion in ("aic", "bic"):
        by_week = {label: getattr(case.fit, criterion) for label, case in weeks.items()}
        by_day = {label: getattr(fit, criterion) for label, fit in daily.items()}
        for label in labels:
            assert by_day[label] - by_day["NBD"] == pytest.approx(by_week[label] - by_week["NBD"], abs=1e-4), label


def test_opportunities_of_one_unit_are_not_those_of_another(cases: Callable[[str], Case]) -> None:
    _, months, fit = cases("BGBB")
    assert fit.unit == "month"
    assert fit.to_unit("month").params == fit.params
    years = months.copy()
    years.attrs = {"unit": "year"}
    for refused in (lambda: fit.to_unit("week"), lambda: fit.predict(years, 2), lambda: fit.score(years)):
        with pytest.raises(clv.InputError, match="whole periods, here of one month"):
            refused()
    with pytest.raises(clv.InputError, match="count whole opportunities"):
        clv.BGBB().fit(months.assign(T=months["T"] + 0.5))
    with pytest.raises(clv.InputError, match="recency must count whole opportunities"):
        clv.BGBB().fit(months.assign(recency=months["recency"] * 0.999))
    with pytest.raises((clv.InputError, ValueError)):
        fit.predict(months, 1.5)


BROKEN = {
    "frequency must not be negative": {"frequency": -1.0},
    "recency must not be negative": {"recency": -0.5},
    "recency .* must not exceed T": {"recency": 1e6},
    "recency must be above 0 where frequency is": {"recency": 0.0},
    "recency must be 0 where frequency is 0": {"frequency": 0.0},
    "frequency must be a finite number": {"frequency": np.nan},
    "T must be a finite number": {"T": np.inf},
    "frequency must be a whole number": {"frequency": 1.5},
    "T must not be negative": {"T": -3.0},
}
OF_NBD = {
    **{rule: change for rule, change in BROKEN.items() if "recency" not in rule},
    "T must be above 0 where frequency is": {"T": 0.0},
}
REFUSED = [
    *((label, rule, change) for label in PURCHASES if label != "NBD" for rule, change in BROKEN.items()),
    *(("NBD", rule, change) for rule, change in OF_NBD.items()),
]


@pytest.mark.parametrize(("label", "rule", "change"), REFUSED, ids=lambda v: v if isinstance(v, str) else "")
def test_what_cannot_be_a_history_is_refused_by_row(
    label: str, rule: str, change: dict[str, float], cases: Callable[[str], Case]
) -> None:
    model, histories, fit = cases(label)
    repeat = histories[histories["frequency"] > 0].head(4).set_axis(["Ann", "Bo", "Cy", "Di"])
    ((column, value),) = change.items()
    repeat.loc["Bo", column] = value
    for use in (model.fit, fit.score, lambda table: fit.predict(table, horizon=3)):
        with pytest.raises(clv.InputError, match=rf"{rule}.*1 of 4 rows: 'Bo'"):
            use(repeat)


def test_spend_has_no_time_in_it(spend: Any, cdnow: pd.DataFrame, days: pd.DataFrame) -> None:
    converted = spend.to_unit("day")
    assert converted.params == spend.params
    assert converted.log_likelihood == spend.log_likelihood
    pd.testing.assert_frame_equal(converted.predict(days), spend.predict(cdnow), rtol=1e-12)
    forecast = spend.predict(cdnow)
    assert forecast.columns.tolist() == ["expected_spend", "expected_spend_low", "expected_spend_high"]
    assert (forecast["expected_spend_low"] <= forecast["expected_spend_high"]).all()
    assert (forecast["expected_spend"] > 0).all()
    known = clv.GammaGamma().at(**spend.params)
    assert known.score(cdnow) == pytest.approx(spend.log_likelihood, rel=1e-12)
    for method in ("map", "laplace"):
        fit = clv.GammaGamma().fit(cdnow, method=method, draws=60)
        assert fit.params == pytest.approx(spend.params, rel=0.1)


@pytest.mark.parametrize("label", CONTRACTUAL)
def test_contract_periods_keep_their_unit(label: str, tmp_path: Path) -> None:
    table = pd.DataFrame({"period": [1, 2, 3, 4], "customers": [1000, 869, 743, 653], "lost": [131, 126, 90, 60]})
    for method in ("ml", "map", "laplace"):
        fit = CONTRACTUAL[label].fit(table, method=method, unit="year", draws=60)
        assert fit.method == method
        projected = fit.predict(range(1, 13))
        assert projected.filter(regex="(survival|retention)$").apply(lambda p: p.between(0.0, 1.0)).all(axis=None)
        fit.save(tmp_path / "fit.json")
        pd.testing.assert_frame_equal(clv.load_fit(tmp_path / "fit.json").predict(range(1, 13)), projected)
        with pytest.raises(clv.InputError, match="whole periods, here of one year"):
            fit.to_unit("month")
