"""Forecasts from earlier ends: nothing leaks, the choice cannot be gamed, and the study rests on them."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.errors import FitError, InputError
from clvlab.formulas import bg_nbd, gamma_gamma
from clvlab.pages import CustomerValuePage
from clvlab.parameters import MODEL_NAMES, rule_broken
from clvlab.value import choice
from clvlab.value import study as study_module
from clvlab.value.backtest import backtest
from clvlab.value.choice import CANDIDATES, Choice, choose, poisson_deviance
from clvlab.value.earlier_ends import EarlierEnds, earlier_ends
from clvlab.value.level import level_of

END, LAST = pd.Timestamp("2021-03-31"), pd.Timestamp("2021-12-31")


def shop(n: int = 250, *, seed: int = 3, before: int = 0) -> pd.DataFrame:
    """Two years of orders by customers who live the BG/NBD story; the first of them came ``before`` days earlier."""
    rng = np.random.default_rng(seed)
    first = rng.integers(-before, 400, n)
    customer, time, _ = bg_nbd.simulate(rng, (730 - first) / 7.0, r=0.9, alpha=5.0, a=0.4, b=3.0)
    day = np.concatenate([first, first[customer] + np.ceil(time * 7.0).astype(int)])
    who = np.concatenate([np.arange(n), customer])
    _, spend = gamma_gamma.simulate(rng, np.bincount(who, minlength=n), 6.0, 4.0, 15.0)
    order = np.argsort(who, kind="stable")
    dates = pd.Timestamp("2020-01-01") + pd.to_timedelta(day[order], unit="D")
    table = pd.DataFrame({"customer": who[order].astype(str), "date": dates, "amount": spend})
    return table[(table["date"] >= "2020-01-01") & (table["date"] <= LAST)].reset_index(drop=True)


@pytest.fixture(scope="module")
def orders() -> Any:
    return clv.read_orders(shop())


@pytest.fixture(scope="module")
def studied(orders: Any) -> Any:
    return clv.value_study(orders, horizon=13.0, model="BG/NBD", method="ml")


def test_ends_go_back_in_steps_of_the_horizon(orders: Any) -> None:
    found = earlier_ends(orders, end=END, horizon=13.0)
    assert [each.holdout_end for each in found.splits] == [END - pd.Timedelta(weeks=13 * back) for back in (3, 2, 1, 0)]
    assert len(earlier_ends(orders, end=END, horizon=26.0).splits) == 1
    assert earlier_ends(orders, end=END, horizon=52.0).splits == ()


def test_a_planted_leak_is_refused(orders: Any) -> None:
    found = earlier_ends(orders, end=END, horizon=13.0)
    planted = clv.split(orders, calibration_end=END, holdout_end=END + pd.Timedelta(weeks=13))
    with pytest.raises(InputError, match="only if its whole horizon had passed by 2021-03-31"):
        EarlierEnds(found.end, 13.0, "week", (*found.splits, planted))
    overlapping = clv.split(orders, calibration_end=END - pd.Timedelta(weeks=14), holdout_end=END)
    with pytest.raises(InputError, match="must not overlap"):
        replace(found, splits=(*found.splits[:-1], overlapping))


def test_what_came_later_changes_nothing() -> None:
    past = shop()
    poison = past[past["date"] > END]
    flood = pd.concat([past, *[poison.assign(date=poison["date"] + pd.Timedelta(days=d)) for d in range(1, 5)]])
    told = [
        backtest(clv.read_orders(table), end=END, horizon=13.0, model="MBG/NBD").table
        for table in (past, flood[flood["date"] <= LAST])
    ]
    pd.testing.assert_frame_equal(*told)
    assert len(told[0]) == 4


def test_errors_are_logs_of_actual_by_forecast(orders: Any) -> None:
    row = backtest(orders, end=END, horizon=13.0, model="BG/NBD").table.iloc[-1]
    parts = clv.split(orders, calibration_end=row.name, holdout_end=row["until"])
    fit, spend = clv.BGNBD().fit(parts.calibration), clv.GammaGamma().fit(parts.calibration)
    purchases = fit.predict(parts.calibration, 13.0)["expected_purchases"]
    value = purchases * spend.predict(parts.calibration)["expected_spend"]
    came = parts.holdout.sum()
    assert row["log_error"] == pytest.approx(np.log(came["frequency_holdout"] / purchases.sum()), rel=1e-9)
    assert row["value_log_error"] == pytest.approx(np.log(came["value_holdout"] / value.sum()), rel=1e-9)
    # the spread of the total is at least that of independent counts
    assert 1.0 / purchases.sum() < row["own_variance"] < 10.0 / purchases.sum()


def test_the_score_is_least_for_the_true_mean() -> None:
    rng = np.random.default_rng(2)
    mean = rng.gamma(0.3, 2.0, 20_000)
    actual = rng.poisson(mean).astype(float)
    scores = {by: poisson_deviance(actual, by * mean).mean() for by in (0.6, 0.9, 1.0, 1.1, 1.6)}
    assert min(scores, key=lambda by: scores[by]) == 1.0


def test_auto_takes_the_simplest_that_cannot_be_told_from_the_best(orders: Any) -> None:
    found = choose(earlier_ends(orders, end=LAST, horizon=13.0))
    told = found.scores.dropna()
    tied = told.index[told["tied"].astype(bool)]
    assert found.model == tied[0]
    assert told["difference"].min() == pytest.approx(0.0, abs=1e-12)  # BG/CNBD-1 is BG/NBD, but for rounding
    assert found.reason.code.startswith("value.choice.")
    assert len(found.trials) == 4


def test_auto_leaves_a_model_that_only_expects_too_little(orders: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = choice.tried

    def shy(name: str, parts: Any, *, seed: int) -> Any:
        trial = honest("BG/NBD", parts, seed=seed)
        return replace(trial, expected=0.6 * trial.expected) if trial and name == "BG/NBD" else trial

    monkeypatch.setattr(choice, "tried", shy)
    found = choose(earlier_ends(orders, end=LAST, horizon=13.0))
    assert found.model == "MBG/NBD"
    assert not found.scores.loc["BG/NBD", "tied"]


def test_a_model_is_taken_by_name_and_an_unknown_one_refused(orders: Any) -> None:
    ends = earlier_ends(orders, end=LAST, horizon=26.0)
    assert choose(ends, model="Pareto/NBD").model == "Pareto/NBD"
    with pytest.raises(InputError, match=r"one of auto, BG/NBD, .*; found 'bgnbd'"):
        choose(ends, model="bgnbd")
    assert ("auto", *CANDIDATES) == MODEL_NAMES
    assert rule_broken("ModelName", "auto") is None
    assert rule_broken("ModelName", "Pareto") == f"one of {', '.join(MODEL_NAMES)}"


def test_where_no_earlier_end_fits_shorter_forecasts_choose(orders: Any) -> None:
    found = backtest(orders, end=LAST, horizon=70.0)
    assert found.table.empty
    assert isinstance(found.choice, Choice)
    assert found.choice.reason.values["horizon"].length == 35.0  # type: ignore[attr-defined]
    assert found.level("value") == level_of([], [])


def test_the_study_moves_totals_and_leaves_models_alone(studied: Any) -> None:
    raw = clv.customer_value(studied.purchases, studied.spend, studied.histories, horizon=13.0, seed=1)
    pd.testing.assert_frame_equal(studied.value.table, raw.table)
    pd.testing.assert_series_equal(studied.value.total, raw.total)
    factor = studied.level.factor
    assert studied.level.ends == 4
    assert factor != 1.0
    assert studied.total["clv"] == pytest.approx(factor * raw.total["clv"])
    assert studied.by["clv"].sum() == pytest.approx(studied.total["clv"])
    for low, high in (("clv_low", "clv_high"), ("value_low", "value_high")):
        assert np.log(studied.total[high] / studied.total[low]) > np.log(raw.total[high] / raw.total[low])
    assert studied.total["past_value"] == raw.total["past_value"]


def test_the_page_shows_earlier_forecasts_and_the_choice(studied: Any) -> None:
    page = CustomerValuePage()
    answer = page.answer(studied).html(page.locale)
    assert "Forecasts over 13 weeks from 4 earlier dates of these records came out" in answer
    assert page.totals(studied).html(page.locale).count("<tr>") == 5
    assert "BG/NBD, as asked for." in page.choice(studied).html(page.locale)


def test_both_totals_stand_where_customers_were_there_before() -> None:
    found = clv.value_study(clv.read_orders(shop(400, before=700)), horizon=13.0, model="BG/NBD", method="ml")
    assert found.orders.opening.outsized
    assert found.opening_matters
    page = CustomerValuePage()
    answer = page.answer(found).html(page.locale)
    later = found.acquired_later
    assert "may have bought before it. Without them the total is" in answer
    assert page.locale.written(float(later.total["clv"]), "money") in answer
    assert page.locale.written(found.same_by_all, "money") in answer
    assert found.same_by_all < found.total["clv"]


def test_a_model_chosen_that_cannot_be_fitted_gives_way_to_the_next(
    orders: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = {name: CANDIDATES[name] for name in ("BG/NBD", "MBG/NBD", "Pareto/NBD")}
    monkeypatch.setattr(choice, "CANDIDATES", few)
    chosen = backtest(orders, end=orders.last_date, horizon=13.0).choice

    def refuse(*_given: object, **_how: object) -> None:
        raise FitError("no maximum")

    stubborn = {**few, chosen.model: lambda: SimpleNamespace(fit=refuse)}
    monkeypatch.setattr(study_module, "CANDIDATES", stubborn)
    found = clv.value_study(orders, horizon=13, method="ml").backtest.choice
    assert found.reason.code == "value.choice.fell_back"
    assert found.scores["deviance"].astype(float).drop(chosen.model).idxmin() == found.model
    with pytest.raises(FitError, match="no maximum"):
        clv.value_study(orders, horizon=13, method="ml", model=chosen.model)
