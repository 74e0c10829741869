"""Totals' intervals and expansions of value: against purchases simulated one by one, and against all draws."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.inference.factored import Groups
from clvlab.models.outlook import Counts
from clvlab.models.spend_law import SpendLaw
from clvlab.value import expectation as expected_by
from clvlab.value import predictive
from clvlab.value.compound import Discounts, value_variance
from clvlab.value.futures import drawn_totals
from clvlab.value.kinds import Kinds
from clvlab.value.multiplied import AllDraws
from clvlab.value.simulated import simulated_values

OFTEN = {"r": 0.8, "alpha": 5.0, "a": 0.8, "b": 2.5}
MUCH = {"p": 6.0, "q": 4.0, "v": 15.0}
HORIZON = 39.0


def base(customers: int, seed: int = 1) -> pd.DataFrame:
    """Customers of two cohorts with mean spends of their own, some never seen to buy again."""
    rng = np.random.default_rng(seed)
    ages = np.where(np.arange(customers) % 4 == 0, 20.0, 50.0)
    histories = clv.BGNBD().at(unit="week", **OFTEN).simulate_histories(ages, seed=seed)
    x = histories["frequency"].to_numpy()
    nu = rng.gamma(MUCH["q"], 1.0 / MUCH["v"], customers)
    spent = np.round(rng.gamma(MUCH["p"] * np.maximum(x, 1), 1.0 / (nu * np.maximum(x, 1))), 2)
    return histories.assign(monetary_value=np.where(x > 0, spent, np.nan))


@pytest.fixture(scope="module")
def fits() -> tuple[Any, Any]:
    known = base(1500)
    return (
        clv.BGNBD().fit(known, method="laplace", draws=500, seed=1),
        clv.GammaGamma().fit(known, method="laplace", draws=500, seed=2),
    )


@pytest.mark.parametrize("many", [0, 10**9])
def test_totals_are_those_of_purchases_simulated_one_by_one(
    fits: tuple[Any, Any], many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Normal given the parameters (of all, whose number is taken for large) and drawn: both by the same futures."""
    histories = base(1500)
    by = (histories["T"] > 30.0).map({True: "old", False: "new"}).rename("cohort")
    monkeypatch.setattr(predictive, "MANY", many)
    delta = np.log1p(0.1) * 7.0 / 365.25
    found = clv.customer_value(*fits, histories, horizon=HORIZON, by=by, seed=3)
    drawn = []
    for seed in (11, 12, 13, 14):
        parts = simulated_values(*fits, histories, HORIZON, delta=delta, seed=1000 * seed)
        drawn.append(np.concatenate([part for _, part in parts], axis=1))
    values = np.concatenate(drawn)
    rows = [(found.total, values.sum(axis=1))]
    rows += [(found.by.loc[name], values[:, (by == name).to_numpy()].sum(axis=1)) for name in ("new", "old")]
    for told, simulated in rows:
        spread = simulated.std()
        # An end of 2,000 futures, under draws that blocks of customers take apart, is known to a tenth of a deviation.
        for end, level in (("value_low", 0.05), ("value_high", 0.95)):
            assert told[end] == pytest.approx(np.quantile(simulated, level), abs=0.2 * spread)
        width = told["value_high"] - told["value_low"]
        assert width == pytest.approx(np.ptp(np.quantile(simulated, [0.05, 0.95])), rel=0.1)


def test_heavy_tails_are_drawn_however_many_customers(monkeypatch: pytest.MonkeyPatch) -> None:
    """With q of 1.8 a mean spend has no variance; a total has an interval all the same."""
    monkeypatch.setattr(predictive, "MANY", 0)
    histories = base(800)
    often, much = clv.BGNBD().at(unit="week", **OFTEN), clv.GammaGamma().at(p=6.0, q=1.8, v=4.0)
    told = clv.customer_value(often, much, histories, horizon=HORIZON, discount_rate=0.0).total
    parts = simulated_values(often, much, histories, HORIZON, seed=5)
    totals = np.concatenate([part for _, part in parts], axis=1).sum(axis=1)
    middle = np.median(totals)
    for end, level in (("value_low", 0.05), ("value_high", 0.95)):
        assert told[end] == pytest.approx(np.quantile(totals, level), abs=0.05 * middle)


def few_kinds() -> tuple[Counts, SpendLaw, Discounts]:
    counts = Counts(
        np.array([0, 0, 0, 1, 1]), np.array([0.0, 1.0, 3.0, 0.0, 2.0]), np.array([0.5, 0.3, 0.2, 0.9, 0.1])
    )  # fmt: skip
    law = SpendLaw(np.full((2, 2), 0.2), np.array([[40.0, 60.0], [44.0, 66.0]]), np.array([[5.0, 8.0], [5.5, 8.5]]))
    return counts, law, Discounts(np.array([[0.95], [0.9]]), np.ones(2), np.full(2, 0.01), np.full(2, 0.02))


def test_drawn_totals_have_the_moments_of_the_distribution() -> None:
    counts, law, discounts = few_kinds()
    times, code = np.array([30, 50]), np.array([1, 0])
    drawn = drawn_totals(
        np.random.default_rng(1), counts, law, discounts, times=times, code=code, futures=20_000, totals=2
    )
    variance = value_variance(counts, law, discounts)
    kept = np.array([0.95 * (0.3 + 0.6), 0.9 * 0.2])
    mean = kept * (law.scale / (law.shape - 1.0)).mean(axis=0)
    between = (kept * law.scale / (law.shape - 1.0)).var(axis=0)  # drawn by purchase, not by total
    for kind in (0, 1):
        totals = drawn[:, code[kind]]
        assert totals.mean() == pytest.approx(times[kind] * mean[kind], abs=4 * totals.std() / np.sqrt(20_000))
        assert totals.var() == pytest.approx(times[kind] * (variance[kind] + between[kind]), rel=0.06)


def test_variance_by_hand() -> None:
    """One purchase for sure, not discounted: a Gamma at a Gamma rate."""
    counts = Counts(np.array([0]), np.array([1.0]), np.array([1.0]))
    law = SpendLaw(np.full((1, 1), 1 / 6.0), np.full((1, 1), 90.0), np.full((1, 1), 4.0))
    nothing = Discounts(np.ones((1, 1)), np.ones(1), np.zeros(1), np.zeros(1))
    mean, square = 90.0 / 3.0, 90.0**2 / (3.0 * 2.0)
    assert value_variance(counts, law, nothing)[0] == pytest.approx(square * (1 + 1 / 6.0) - mean**2, rel=1e-12)
    heavy = SpendLaw(law.irregularity, law.scale, np.full((1, 1), 2.0))
    assert value_variance(counts, heavy, nothing)[0] == np.inf


def test_kinds_hold_customers_who_are_alike() -> None:
    frame = pd.DataFrame({"x": [0.0, 0.0, 2.0, 2.0, 2.0, 0.0], "m_x": [np.nan, np.nan, 5.0, 7.0, 5.0, np.nan]})
    groups, codes = Groups({"x": frame["x"].to_numpy()}), np.array([0, 1, 0, 0, 0, 0])
    kinds = Kinds(groups, {name: frame[name].to_numpy() for name in frame}, codes)
    assert len(kinds) == 4
    for name in frame:
        np.testing.assert_array_equal(kinds.money[name][kinds.inverse], frame[name])
    np.testing.assert_array_equal(kinds.code[kinds.inverse], codes)
    np.testing.assert_array_equal(kinds.group[kinds.inverse], groups.inverse)
    seen = [kind for kind, _ in kinds.within(np.array([1, 0]), 3)]
    assert sorted(np.concatenate(seen)) == [0, 1, 2, 3]
    assert [len(part) for part in seen] == [3, 1]
    own = frame["m_x"].fillna(1.0).to_numpy()
    total = kinds.total(np.arange(4), own[kinds.example])
    np.testing.assert_allclose(total, np.bincount(codes, weights=own))


def test_expansions_give_what_all_draws_give(fits: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    histories = base(1500)
    by = (histories["T"] > 30.0).rename("old")
    one = clv.customer_value(*fits, histories, horizon=HORIZON, by=by)
    monkeypatch.setattr(expected_by, "LARGE", 0)
    monkeypatch.setattr(expected_by, "WITHIN", 0.05)  # of 1,500 customers draws lie further apart than of a million
    called = []

    def counted(often: Any, much: Any, totals: int) -> AllDraws:
        called.append(totals)
        return AllDraws(often, much, totals)

    monkeypatch.setattr(expected_by, "AllDraws", counted)
    other = clv.customer_value(*fits, histories, horizon=HORIZON, by=by)
    assert called == [1]  # only for the check, of some customers in one total
    width = one["clv_high"] - one["clv_low"]
    for end in ("clv_low", "clv_high"):
        assert ((one[end] - other[end]).abs() <= 0.03 * width).all()
    for name in ("clv", "expected_purchases", "expected_spend", "prob_alive"):
        np.testing.assert_allclose(one[name], other[name], rtol=2e-3)
    for end in ("clv", "clv_low", "clv_high"):
        np.testing.assert_allclose(one.by[end], other.by[end], rtol=2e-3)
        assert one.total[end] == pytest.approx(other.total[end], rel=2e-3)


def test_where_they_do_not_all_draws_are_taken(fits: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    histories = base(300)
    plain = clv.customer_value(*fits, histories, horizon=HORIZON)
    monkeypatch.setattr(expected_by, "LARGE", 0)
    monkeypatch.setattr(expected_by, "WITHIN", 1e-9)
    again = clv.customer_value(*fits, histories, horizon=HORIZON)
    pd.testing.assert_frame_equal(again.table, plain.table)


def test_a_long_horizon_takes_no_longer() -> None:
    """Purchases are not walked to: a thousand years are no more work than one, and a billion weeks are refused."""
    histories = base(40)
    fits = clv.BGNBD().at(unit="week", **OFTEN), clv.GammaGamma().at(**MUCH)
    found = clv.customer_value(*fits, histories, horizon=52_000.0)
    assert np.isfinite(found.table.drop(columns=["clv_low", "clv_high", "past_value"])).all(axis=None)
    assert (found["value_low"] <= found["value_high"]).all()
    with pytest.raises(clv.InputError, match="horizon="):
        clv.customer_value(*fits, histories, horizon=1e9)
