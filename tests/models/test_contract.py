"""What every fit promises."""

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv

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
        clv.BGNBD().at(unit="fortnight", **KNOWN)


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


def test_one_customer() -> None:
    one = pd.DataFrame({"frequency": [3.0], "recency": [20.0], "T": [30.0], "monetary_value": [9.0]}, index=["Ann"])
    fit = clv.BGNBD().fit(one)
    assert not fit.diagnostics.trusted
    assert fit.predict(one, horizon=10).notna()["expected_purchases"].all()
    with pytest.raises(clv.InputError, match="at least two that differ"):
        clv.GammaGamma().fit(one)


def test_huge_values() -> None:
    table = pd.DataFrame(
        {"frequency": [5000.0, 0.0, 1.0, 4999.0], "recency": [16_000.0, 0.0, 0.01, 15_000.0], "T": [16_000.0] * 4}
    )
    forecast = clv.BGNBD().at(unit="day", r=0.243, alpha=4.414, a=0.793, b=2.426).predict(table, horizon=365)
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
