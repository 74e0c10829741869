"""Movements between tiers: counts by hand, forecasts against exact moments and simulated chains."""

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.customers.grades import backtest, migration

MOVES = np.array([[0.8, 0.15, 0.05], [0.1, 0.7, 0.2], [0.02, 0.13, 0.85]])
TIERS = ["A", "B", "C"]


def moved(rng: np.random.Generator, tier: np.ndarray, new: int = 0) -> np.ndarray:
    after = (rng.random(len(tier))[:, None] > MOVES[tier].cumsum(axis=1)).sum(axis=1)
    return np.concatenate([after, rng.choice(3, new, p=[0.1, 0.3, 0.6])])


def named(tier: np.ndarray) -> pd.Series:
    return pd.Series(np.array(TIERS)[tier])


def test_movements_by_hand() -> None:
    before = pd.Series({"a": "A", "b": "A", "c": "B", "d": "C", "e": None})
    after = pd.Series({"a": "A", "b": "B", "c": "A", "e": "C", "f": "C"})
    found = migration(before, after)
    expected = pd.DataFrame(
        [[1, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 2, 0]],
        index=pd.Index(["A", "B", "C", "not_yet_a_customer"], name="before"), columns=["A", "B", "C", "lost"],
    )  # fmt: skip
    pd.testing.assert_frame_equal(found.counts, expected)
    assert found.summary.to_dict() == {"up": 1, "same": 1, "down": 1, "new": 2, "lost": 1}
    one = found.shares.loc[("A", "B")]
    assert (one["customers"], one["of"], one["share"]) == (1, 2, 0.5)
    assert one["low"] < 0.5 < one["high"]


def test_both_bases_are_whole() -> None:
    rng = np.random.default_rng(1)
    before, after = named(rng.integers(0, 3, 500)), named(rng.integers(0, 3, 600)).iloc[40:]
    counts = migration(before, after).counts
    assert counts.loc[TIERS].sum(axis=1).to_dict() == before.value_counts().to_dict()
    assert counts[TIERS].sum().to_dict() == after.value_counts().to_dict()


def test_tiers_of_a_categorical_keep_their_order_and_empty_ones() -> None:
    kind = pd.CategoricalDtype(["gold", "silver", "basic"])
    found = migration(pd.Series(["basic", "gold"], dtype=kind), pd.Series(["gold", "gold"], dtype=kind))
    assert list(found.counts.index) == ["gold", "silver", "basic"]
    assert found.forecast().loc["silver", "now"] == 0


def test_forecast_has_the_mean_of_the_posterior() -> None:
    counts = np.array([[80, 20], [30, 170]])
    pairs = [(a, b) for a in range(2) for b in range(2) for _ in range(counts[a, b])]
    before, after = (pd.Series(["AB"[pair[side]] for pair in pairs]) for side in (0, 1))
    found = migration(before, after).forecast(draws=40_000)
    now = counts.sum(axis=0)
    chance = (counts + 0.5) / (counts + 0.5).sum(axis=1, keepdims=True)
    assert found["now"].tolist() == now.tolist()
    np.testing.assert_allclose(found["expected"], now @ chance, atol=0.2)
    # Of a beta-binomial: n p (1 - p) (a + b + n) / (a + b + 1), both rows.
    total = (counts + 0.5).sum(axis=1)
    variance = (now * chance[:, 0] * chance[:, 1] * (total + now) / (total + 1.0)).sum()
    assert (found.loc["A", "high"] - found.loc["A", "low"]) / 3.92 == pytest.approx(np.sqrt(variance), rel=0.05)


def test_nobody_is_lost_in_a_forecast_of_a_closed_base() -> None:
    rng = np.random.default_rng(2)
    tier = rng.integers(0, 3, 400)
    found = migration(named(tier), named(moved(rng, tier)))
    assert found.forecast(periods=3)["expected"].sum() == pytest.approx(400)
    pd.testing.assert_frame_equal(found.forecast(seed=4), found.forecast(seed=4))


@pytest.mark.parametrize("worlds", [40, pytest.param(400, marks=pytest.mark.slow)])
def test_intervals_hold_what_comes_where_movements_stay_the_same(worlds: int) -> None:
    held = []
    for seed in range(worlds):
        rng = np.random.default_rng(seed)
        first = rng.choice(3, 500, p=[0.2, 0.3, 0.5])
        second = moved(rng, first, rng.poisson(60))
        third = moved(rng, second, rng.poisson(60))
        held.append(backtest(named(first), named(second), named(third), seed=seed)["held"].to_numpy())
    share = np.mean(held)
    # 99 % of a binomial around .95; three tiers of a world are counted as one and a half independent ones.
    slack = 2.576 * np.sqrt(0.95 * 0.05 / (1.5 * worlds))
    assert 0.95 - slack <= share <= min(0.95 + slack, 1.0)


def test_a_tier_that_is_unknown_and_customers_listed_twice_are_refused() -> None:
    one = pd.Series(["A", "B"], index=["x", "y"])
    with pytest.raises(clv.InputError, match="Tiers are A; found B"):
        migration(one, one, tiers=["A"])
    with pytest.raises(clv.InputError, match=r"after= has one tier a customer.*\['x'\]"):
        migration(one, pd.Series(["A", "B"], index=["x", "x"]))
    with pytest.raises(clv.InputError, match="before="):
        migration(["A"], one)  # type: ignore[arg-type]
    with pytest.raises(clv.InputError, match="periods="):
        migration(one, one).forecast(periods=0)


def test_nobody_before_and_nobody_after() -> None:
    none, some = pd.Series([], dtype="str"), pd.Series(["A", "B"], index=["x", "y"])
    assert migration(none, some).counts.loc["not_yet_a_customer"].sum() == 2
    lost = migration(some, none)
    assert lost.counts["lost"].sum() == 2
    assert (lost.forecast()["now"] == 0).all()
