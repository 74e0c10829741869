"""Comparisons: fair, blind to the future, and not to be felled by one competitor."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from simulated_orders import PERIOD, simulated

import clvlab as clv
from clvlab import baselines, competitors
from clvlab.evaluation import breakdowns, second_thoughts
from clvlab.evaluation.competitors import Forecast, Past
from clvlab.evaluation.fits import doubts
from clvlab.notes import Note

FIELD = {
    "BG/NBD": clv.BGNBD(),
    "lifetimes": competitors.LifetimesBGNBD(),
    "last period": baselines.LastPeriod(),
    "customer mean": baselines.CustomerMean(),
    "cohort mean": baselines.CohortMean(),
    "gradient boosting": competitors.GradientBoosting(),
    "RFM cells": competitors.RFMCells(),
    "retention formula": competitors.RetentionFormula(),
    "historic value": competitors.HistoricValue(),
    "stacking": competitors.Stacking({"BG/NBD": clv.BGNBD(), "customer mean": baselines.CustomerMean()}),
}


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return simulated(2000, seed=1)


@pytest.fixture(scope="module")
def found(rows: pd.DataFrame) -> Any:
    return clv.compare(FIELD, clv.read_orders(rows), spend=clv.GammaGamma(), **PERIOD)


def test_the_true_model_wins(found: Any) -> None:
    naive = ["last period", "customer mean", "cohort mean"]
    assert (found.table.loc[naive, "mae"] > found.table.loc["BG/NBD", "mae"]).all()
    assert set(found.verdict.best_set) == {"BG/NBD", "lifetimes", "stacking"}
    assert found.verdict.beats_baseline
    assert found.table.loc["BG/NBD", "pit_share"] == pytest.approx(0.9, abs=0.02)
    assert abs(found.table.loc["BG/NBD", "total_error"]) < 0.1
    # Its chances to buy are on the line: in ten bins of 200 customers, chance alone moves a share by 3 points.
    assert found.table.loc["BG/NBD", "calibration_error"] < 0.05
    line = breakdowns.reliability(found)["BG/NBD"]
    assert ((line["low"] <= line["predicted"]) & (line["predicted"] <= line["high"])).mean() >= 0.6
    assert found.table.loc["BG/NBD", "value_mae"] < found.table.loc[naive, "value_mae"].min()


def test_two_implementations_of_one_model_tie(found: Any) -> None:
    assert {"BG/NBD", "lifetimes"} <= set(found.verdict.best_set)
    assert found.table.loc["lifetimes", "mae"] == pytest.approx(found.table.loc["BG/NBD", "mae"], rel=1e-3)


def test_the_table_is_about_what_happened(found: Any, rows: pd.DataFrame) -> None:
    held = rows[rows["date"] > "2020-09-30"].drop_duplicates(["customer", "date"])
    assert found.actual["purchases"] == len(held)
    assert found.actual["value"] == pytest.approx(held["amount"].sum() + _same_day(rows), rel=1e-9)
    assert found.actual["customers"] == rows.loc[rows["date"] <= "2020-09-30", "customer"].nunique()
    assert found.table["deviance"].is_monotonic_increasing
    assert (found.table["failed"] == "").all()
    assert (found.table["seconds"] > 0).all()


def _same_day(rows: pd.DataFrame) -> float:
    held = rows[rows["date"] > "2020-09-30"]
    return float(held.loc[held.duplicated(["customer", "date"]), "amount"].sum())


def test_tracking_adds_up(found: Any) -> None:
    tracking = found.tracking
    actual = tracking[tracking["series"] == "actual"]
    assert (actual["competitor"] == "").all()
    assert actual.loc[actual["phase"] == "holdout", "expected"].sum() == found.actual["purchases"]
    for key in FIELD:
        held = tracking[(tracking["competitor"] == key) & (tracking["phase"] == "holdout")]
        assert held["expected"].sum() == pytest.approx(found.table.loc[key, "total"], rel=1e-6)
    band = tracking[(tracking["competitor"] == "BG/NBD") & (tracking["phase"] == "holdout")]
    assert (band["low"] <= band["high"]).all()
    inside = actual.loc[actual["phase"] == "holdout", "expected"].to_numpy()
    assert ((inside >= band["low"]) & (inside <= band["high"])).mean() > 0.75


def test_frequencies_add_up(found: Any) -> None:
    for _, table in found.by_frequency.groupby("competitor"):
        assert table["customers"].sum() == found.actual["customers"]
        assert (table["customers"] * table["actual"]).sum() == pytest.approx(found.actual["purchases"])


def forecasts_of(rows: pd.DataFrame, **period: str) -> dict[str, tuple[Any, ...]]:
    orders = clv.read_orders(rows.reset_index(drop=True), attributes=["country"])
    found = clv.compare(FIELD, orders, spend=clv.GammaGamma(), **(PERIOD | period))
    assert (found.table["failed"] == "").all()
    return {
        label: (f.expected_purchases, f.expected_value, f.intervals, f.prob_purchase)
        for label, f in found.forecasts.items()
    }


@pytest.fixture(scope="module")
def as_it_was() -> Any:
    return forecasts_of(simulated(300, seed=2))


@pytest.mark.parametrize("change", ["shuffled", "changed", "thinned", "attributes", "nearly none"])
def test_no_forecast_sees_the_holdout(as_it_was: Any, change: str) -> None:
    rows = simulated(300, seed=2)
    rng = np.random.default_rng(3)
    held = rows["date"] > "2020-09-30"
    other = rows.copy()
    last = rows[held].sort_values("date").tail(1)
    if change == "shuffled":
        other.loc[held, "customer"] = rng.permutation(rows.loc[held, "customer"])
    elif change == "changed":
        other.loc[held, "amount"] *= 1000.0
    elif change == "thinned":
        other = rows[~held | (rng.random(len(rows)) < 0.3) | rows.index.isin(last.index)]
    elif change == "attributes":
        other.loc[held, "country"] = "elsewhere"
    else:
        other = pd.concat([rows[~held], last])
    after = forecasts_of(other.sample(frac=1.0, random_state=4))
    for key in FIELD:
        for one, two in zip(as_it_was[key], after[key], strict=True):
            if one is None:
                assert two is None
            elif isinstance(one, pd.Series):
                pd.testing.assert_series_equal(one, two, check_exact=True)
            else:
                pd.testing.assert_frame_equal(one, two, check_exact=True)


def test_an_empty_holdout_is_scored(rows: pd.DataFrame) -> None:
    early = rows[rows["date"] <= "2020-09-25"].reset_index(drop=True)
    found = clv.compare(FIELD, clv.read_orders(early), calibration_end="2020-09-25", holdout_end="2020-10-02")
    assert found.actual["purchases"] == 0
    assert found.table["total_error"].isna().all()
    assert found.table["mae"].notna().all()


@dataclass(frozen=True)
class Odd:
    """A competitor that goes wrong in a way of its own."""

    how: str

    def fit(self, past: Past) -> "Odd":
        if self.how == "fit":
            raise RuntimeError("asked to fail")
        object.__setattr__(self, "index", past.histories.index)
        return self

    def forecast(self, horizon: float) -> Forecast:
        if self.how == "zero":
            1 / 0  # noqa: B018
        if self.how == "type":
            raise TypeError("a programming error")
        if self.how == "key":
            raise KeyError("no such column")
        values = np.full(len(self.index), horizon / 100.0)
        if self.how == "nan":
            values[0] = np.nan
        if self.how == "infinite":
            values[0] = np.inf
        return Forecast(pd.Series(values, index=self.index))


@pytest.mark.parametrize("how", ["fit", "zero", "nan", "infinite", "type", "key"])
def test_one_that_fails_is_shown_and_the_others_go_on(how: str) -> None:
    orders = clv.read_orders(simulated(200, seed=5))
    field = {"odd": Odd(how), "fine": Odd("fine"), "mean": baselines.CustomerMean()}
    found = clv.compare(field, orders, **PERIOD)
    assert found.table.loc["odd", "failed"]
    assert found.table.index[-1] == "odd"
    assert np.isnan(found.table.loc["odd", "mae"])
    assert (found.table.loc[["fine", "mean"], "failed"] == "").all()
    assert "odd" not in found.forecasts


def test_all_may_fail() -> None:
    found = clv.compare({"odd": Odd("fit")}, clv.read_orders(simulated(50, seed=6)), **PERIOD)
    assert found.verdict.best == ""
    assert found.tracking["series"].unique().tolist() == ["actual"]
    assert second_thoughts.remarks(found) == []
    assert second_thoughts.other_scores(found).empty


def test_spend_that_cannot_be_fitted_does_not_stop_purchases() -> None:
    rows = simulated(100, seed=7).assign(amount=0.0)
    found = clv.compare({"BG/NBD": clv.BGNBD()}, clv.read_orders(rows), spend=clv.GammaGamma(), **PERIOD)
    assert found.table.loc["BG/NBD", "mae"] > 0
    assert found.spend is None
    assert found.spend_failed
    assert Note("evaluation.spend_failed", reason=found.spend_failed) in [note for _, note in doubts(found)]


def test_nothing_to_compare() -> None:
    few = clv.read_orders(simulated(20, seed=8))
    with pytest.raises(clv.InputError, match="at least one"):
        clv.compare({}, few, **PERIOD)
    for key in ("", 7):
        with pytest.raises(clv.InputError, match="Give it a name"):
            clv.compare({key: baselines.CustomerMean()}, few, **PERIOD)  # type: ignore[dict-item]


def test_progress_is_told() -> None:
    told: list[str] = []
    orders = clv.read_orders(simulated(60, seed=9))
    clv.compare({"a": Odd("fine"), "b": Odd("fit")}, orders, progress=told.append, **PERIOD)
    assert told == ["a", "b"]


@pytest.mark.parametrize("unit", ["day", "month"])
def test_scores_do_not_depend_on_the_unit(unit: str) -> None:
    orders = clv.read_orders(simulated(100, seed=10))
    weeks, other = (
        clv.compare({"BG/NBD": clv.BGNBD()}, orders, unit=u, **(PERIOD | {"holdout_end": "2021-06-20"}))
        for u in ("week", unit)
    )
    kept = ["total", "mae", "rmse", "coverage"]
    pd.testing.assert_frame_equal(other.table[kept].astype(float), weeks.table[kept].astype(float), rtol=1e-5)
