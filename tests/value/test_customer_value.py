"""Value: arithmetic that must hold exactly, intervals that must hold often enough."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.formulas import gamma_gamma
from clvlab.value import expected_value

OFTEN = {"r": 0.8, "alpha": 5.0, "a": 0.8, "b": 2.5}
MUCH = {"p": 6.0, "q": 4.0, "v": 15.0}
MONEY = ["clv", "clv_low", "clv_high", "value_low", "value_high"]


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    return clv.histories(clv.datasets.cdnow(), end="1997-09-30").head(300)


@pytest.fixture(scope="module")
def fits() -> tuple[Any, Any]:
    everybody = clv.histories(clv.datasets.cdnow(), end="1997-09-30")
    return clv.BGNBD().fit(everybody, draws=200, seed=1), clv.GammaGamma().fit(everybody, draws=200, seed=2)


@pytest.fixture(scope="module")
def found(fits: tuple[Any, Any], cdnow: pd.DataFrame) -> Any:
    return clv.customer_value(*fits, cdnow, horizon=39.0)


def test_rate_0_is_purchases_times_spend(fits: tuple[Any, Any], cdnow: pd.DataFrame) -> None:
    often, much = fits
    found = clv.customer_value(often, much, cdnow, horizon=39.0, discount_rate=0.0)
    purchases = often.predict(cdnow, 39.0)["expected_purchases"]
    spend = much.predict(cdnow)["expected_spend"]
    np.testing.assert_allclose(found["clv"], purchases * spend, rtol=1e-13)
    np.testing.assert_allclose(found["expected_purchases"], purchases, rtol=1e-13)
    np.testing.assert_allclose(found["expected_spend"], spend, rtol=1e-13)


def test_expected_value_alone_is_the_same(fits: tuple[Any, Any], found: Any, cdnow: pd.DataFrame) -> None:
    quick = expected_value(*fits, cdnow, horizon=found.horizon, discount_rate=found.discount_rate, margin=found.margin)
    columns = ["clv", "prob_alive", "expected_purchases", "expected_spend"]
    assert list(quick) == columns
    assert np.allclose(quick, found.table[columns], rtol=1e-12, equal_nan=True)


def test_later_money_is_worth_less(fits: tuple[Any, Any], found: Any, cdnow: pd.DataFrame) -> None:
    plain = clv.customer_value(*fits, cdnow, horizon=39.0, discount_rate=0.0)
    whole_horizon = 1.1 ** (-39 * 7 / 365.25)
    assert (found["clv"] < plain["clv"]).all()
    assert (found["clv"] > plain["clv"] * whole_horizon).all()


def test_the_unit_changes_nothing(fits: tuple[Any, Any], found: Any, cdnow: pd.DataFrame) -> None:
    days = clv.histories(clv.datasets.cdnow(), end="1997-09-30", unit="day").loc[cdnow.index]
    days.attrs = {"unit": "day"}
    same = clv.customer_value(*fits, days, horizon=39.0 * 7.0)
    assert same.unit == "day"
    pd.testing.assert_frame_equal(same.table, found.table, rtol=1e-8)
    pd.testing.assert_series_equal(same.total, found.total, rtol=1e-8)


def test_margin_scales_money_and_nothing_else(fits: tuple[Any, Any], found: Any, cdnow: pd.DataFrame) -> None:
    third = clv.customer_value(*fits, cdnow, horizon=39.0, margin=1 / 3)
    money = [*MONEY, "past_value"]
    np.testing.assert_allclose(third.table[money], found.table[money] / 3, rtol=1e-12)
    np.testing.assert_allclose(third.total[money], found.total[money] / 3, rtol=1e-12)
    others = [name for name in found.table if name not in money]
    pd.testing.assert_frame_equal(third.table[others], found.table[others])


def test_totals_and_groups_add_up(fits: tuple[Any, Any], cdnow: pd.DataFrame) -> None:
    group = pd.Series(np.where(np.arange(300) % 3 == 0, "北京", "O'Hare <b>"), index=cdnow.index, name="city")
    found = clv.customer_value(*fits, cdnow, horizon=39.0, by=group)
    assert found.by.index.tolist() == sorted(group.unique())
    assert found.by["customers"].sum() == 300
    for name in ("clv", "past_value"):
        assert found.total[name] == pytest.approx(found[name].sum(), rel=1e-12)
        assert found.by[name].sum() == pytest.approx(found.total[name], rel=1e-12)
        assert found.by.loc["北京", name] == pytest.approx(found[name][group == "北京"].sum(), rel=1e-12)
    for table in (found.by, found.total.to_frame().T):
        assert (table["clv_low"] < table["clv"]).all()
        assert (table["clv"] < table["clv_high"]).all()
        assert (table["value_low"] < table["clv_low"]).all()


def test_groups_may_be_missing_or_one(fits: tuple[Any, Any], cdnow: pd.DataFrame) -> None:
    gaps = pd.Series([None, "a"] * 150, index=cdnow.index, dtype=object)
    found = clv.customer_value(*fits, cdnow, horizon=39.0, by=gaps)
    assert found.by["customers"].tolist() == [150, 150]
    with pytest.raises(clv.InputError, match="by="):
        clv.customer_value(*fits, cdnow, horizon=39.0, by=gaps.iloc[::-1])


def test_the_order_of_customers_does_not_matter(fits: tuple[Any, Any], found: Any, cdnow: pd.DataFrame) -> None:
    shuffled = cdnow.sample(frac=1.0, random_state=3)
    again = clv.customer_value(*fits, shuffled, horizon=39.0)
    kept = ["clv", "clv_low", "clv_high", "expected_purchases", "expected_spend", "past_value"]
    pd.testing.assert_frame_equal(again.table.loc[cdnow.index, kept], found.table[kept], rtol=1e-12)


def test_intervals_are_in_order(found: Any) -> None:
    table = found.table
    assert (table["clv_low"] <= table["clv_high"]).all()
    assert (table["value_low"] <= table["value_high"]).all()
    assert (table[MONEY] >= 0).all(axis=None)


def test_known_parameters_carry_no_credible_interval(cdnow: pd.DataFrame) -> None:
    found = clv.customer_value(clv.BGNBD().at(unit="week", **OFTEN), clv.GammaGamma().at(**MUCH), cdnow, horizon=39.0)
    assert found.table[["clv_low", "clv_high"]].isna().all(axis=None)
    assert found.total[["clv_low", "clv_high"]].isna().all()
    assert found.table[["value_low", "value_high"]].notna().all(axis=None)


def test_one_fit_with_draws_is_enough_for_an_interval(fits: tuple[Any, Any], cdnow: pd.DataFrame) -> None:
    found = clv.customer_value(fits[0], clv.GammaGamma().at(**MUCH), cdnow, horizon=39.0)
    assert (found["clv_low"] < found["clv_high"]).all()


def world(n: int, seed: int, params: dict[str, float] = OFTEN) -> tuple[pd.DataFrame, pd.Series]:
    """Customers whose purchases and spend are simulated; their histories, and what they spend in 39 weeks."""
    often = clv.BGNBD().at(unit="week", **params)
    histories = often.simulate_histories(np.full(n, 40.0), seed=seed, horizon=39.0)
    before, after = (histories[name].to_numpy(dtype=int) for name in ("frequency", "frequency_holdout"))
    customer, spend = gamma_gamma.simulate(np.random.default_rng(seed + 1), before + after, **MUCH)
    nth = np.arange(len(customer)) - np.repeat(np.cumsum(before + after) - before - after, before + after)
    early = nth < before[customer]
    past = np.bincount(customer[early], weights=spend[early], minlength=n)
    future = np.bincount(customer[~early], weights=spend[~early], minlength=n)
    histories["monetary_value"] = np.where(before > 0, past / np.maximum(before, 1), np.nan)
    return histories, pd.Series(future, index=histories.index)


@pytest.mark.parametrize(
    ("params", "below"),
    [
        (OFTEN, 0.0),  # most may well spend nothing, which is then the lower end and cannot be undercut
        ({"r": 8.0, "alpha": 40.0, "a": 0.2, "b": 20.0}, 0.05),
    ],
)
def test_predictive_intervals_hold_what_customers_then_spend(params: dict[str, float], below: float) -> None:
    histories, future = world(1500, seed=10, params=params)
    fits = clv.BGNBD().at(unit="week", **params), clv.GammaGamma().at(**MUCH)
    found = clv.customer_value(*fits, histories, horizon=39.0, discount_rate=0.0)
    assert (future > found["value_high"]).mean() == pytest.approx(0.05, abs=0.017)
    assert (future < found["value_low"]).mean() == pytest.approx(below, abs=0.017)
    assert found.total["value_low"] < future.sum() < found.total["value_high"]
    assert found.total["clv"] == pytest.approx(future.sum(), rel=0.1)


@pytest.mark.slow
def test_predictive_intervals_of_the_total_hold_nine_times_in_ten() -> None:
    held = []
    for seed in range(100, 160):
        histories, future = world(300, seed=seed)
        fits = clv.BGNBD().fit(histories, draws=200, seed=seed), clv.GammaGamma().fit(histories, draws=200, seed=seed)
        total = clv.customer_value(*fits, histories, horizon=39.0, discount_rate=0.0, seed=seed).total
        held.append(total["value_low"] < future.sum() < total["value_high"])
    assert 0.8 <= np.mean(held) <= 0.98


def test_the_seed_decides(fits: tuple[Any, Any], found: Any, cdnow: pd.DataFrame) -> None:
    again = clv.customer_value(*fits, cdnow, horizon=39.0)
    pd.testing.assert_frame_equal(again.table, found.table, check_exact=True)
    other = clv.customer_value(*fits, cdnow, horizon=39.0, seed=9)
    assert (other["value_high"] != found["value_high"]).any()
    pd.testing.assert_series_equal(other["clv"], found["clv"], check_exact=True)


def test_no_horizon_no_value(fits: tuple[Any, Any], cdnow: pd.DataFrame) -> None:
    found = clv.customer_value(*fits, cdnow, horizon=0.0)
    assert (found.table[MONEY] == 0.0).all(axis=None)


def test_spend_too_heavy_tailed_for_one_timers_is_refused(cdnow: pd.DataFrame) -> None:
    heavy = clv.GammaGamma().at(p=6.0, q=0.9, v=15.0)
    often = clv.BGNBD().at(unit="week", **OFTEN)
    with pytest.raises(clv.InputError, match=r"q (below|= 0\.9)"):
        clv.customer_value(often, heavy, cdnow, horizon=39.0)
    repeaters = cdnow[cdnow["frequency"] > 0]
    repeaters.attrs = cdnow.attrs
    assert clv.customer_value(often, heavy, repeaters, horizon=39.0)["clv"].notna().all()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"horizon": -1.0}, "horizon"), ({"discount_rate": -1.0}, "discount_rate"), ({"discount_rate": np.nan}, "rate"),
     ({"margin": 0.0}, "margin"), ({"margin": np.inf}, "margin")],
)  # fmt: skip
def test_assumptions_that_make_no_sense(cdnow: pd.DataFrame, wrong: dict[str, float], message: str) -> None:
    fits = clv.BGNBD().at(unit="week", **OFTEN), clv.GammaGamma().at(**MUCH)
    with pytest.raises(clv.InputError, match=message):
        clv.customer_value(*fits, cdnow, **({"horizon": 39.0} | wrong))


def test_no_amounts_and_no_unit_are_said(cdnow: pd.DataFrame) -> None:
    fits = clv.BGNBD().at(unit="week", **OFTEN), clv.GammaGamma().at(**MUCH)
    with pytest.raises(clv.InputError, match="no amounts"):
        clv.customer_value(*fits, cdnow.assign(monetary_value=np.nan), horizon=39.0)
    bare = cdnow.copy()
    bare.attrs = {}
    with pytest.raises(clv.InputError, match="unit of time"):
        clv.customer_value(clv.BGNBD().at(**OFTEN), fits[1], bare, horizon=39.0)


def test_one_customer(fits: tuple[Any, Any], found: Any, cdnow: pd.DataFrame) -> None:
    one = clv.customer_value(*fits, cdnow.iloc[[0]], horizon=39.0)
    assert one["clv"].item() == pytest.approx(found["clv"].iloc[0], rel=1e-12)
    assert one.independence.light == "amber"


def test_a_refunded_customer_counts_as_the_population(fits: tuple[Any, Any], cdnow: pd.DataFrame) -> None:
    odd = cdnow.copy()
    odd.iloc[0, odd.columns.get_loc("monetary_value")] = -5.0
    found = clv.customer_value(*fits, odd, horizon=39.0)
    one_timer = found["expected_spend"][cdnow["frequency"] == 0].iloc[0]
    assert found["expected_spend"].iloc[0] == pytest.approx(one_timer)
