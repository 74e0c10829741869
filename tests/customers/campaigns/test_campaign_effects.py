"""Effects of campaigns: by hand, by another implementation, and against what was planted."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.multitest import multipletests

import clvlab as clv
from clvlab.customers.campaigns.balance import p_alike
from clvlab.customers.campaigns.estimate import means
from clvlab.errors import InputError


def drawn(n: int, seed: int, *, effect: float = 0.0, arms: int = 1) -> pd.DataFrame:
    """Customers whose spend is skewed and goes with what they spent before; arms at random."""
    rng = np.random.default_rng(seed)
    before = rng.gamma(1.5, 20.0, n)
    arm = rng.integers(0, arms + 1, n)
    spend = rng.gamma(1.0, 5.0, n) + 0.5 * before + effect * (arm > 0)
    segment = rng.choice(["north", "south", "west"], n)
    names = np.array(["none", *(f"mail {i}" for i in range(1, arms + 1))])
    return pd.DataFrame({"arm": names[arm], "spend": spend, "before": before, "segment": segment,
                         "bought": rng.random(n) < 0.1 + 0.1 * (arm > 0) * (effect > 0)})  # fmt: skip


def run(frame: pd.DataFrame, **other: object) -> clv.customers.CampaignEffects:
    return clv.customers.campaign(frame, treatment="arm", control="none", outcome="spend", **other)


def test_without_columns_before_it_is_welchs_test() -> None:
    frame = drawn(400, 1, effect=3.0)
    row = run(frame).table.loc["mail 1"]
    sides = [frame.loc[frame["arm"] == each, "spend"] for each in ("mail 1", "none")]
    welch = stats.ttest_ind(*sides, equal_var=False)
    ends = welch.confidence_interval(0.95)
    np.testing.assert_allclose(
        row[["value", "low", "high", "p_value"]].to_numpy(float),
        [sides[0].mean() - sides[1].mean(), ends.low, ends.high, welch.pvalue],
    )
    assert row["lift"] == pytest.approx(sides[0].mean() / sides[1].mean() - 1.0)


def test_the_adjusted_difference_is_that_of_interacted_least_squares() -> None:
    frame = drawn(500, 2, effect=3.0)
    row = run(frame, before=["before", "segment"]).table.loc["mail 1"]
    columns = pd.get_dummies(frame["segment"], dtype=float)[["north", "south"]].assign(before=frame["before"])
    centred = columns - columns.mean()
    treated = (frame["arm"] == "mail 1").astype(float)
    design = sm.add_constant(pd.concat([treated.rename("treated"), centred, centred.mul(treated, axis=0)], axis=1))
    least = sm.OLS(frame["spend"], design.to_numpy()).fit(cov_type="HC2")
    assert row["value"] == pytest.approx(least.params.iloc[1], rel=1e-9)
    # That the mean of the columns is of a sample adds to the variance: b'Sb/n of the slopes' difference b.
    apart = least.params.iloc[5:].to_numpy()
    more = apart @ np.cov(centred.T) @ apart / len(frame)
    assert row["error"] ** 2 == pytest.approx(least.bse.iloc[1] ** 2 + more, rel=1e-9)
    assert 0.5 < row["removed"] < 0.95


def test_arms_and_segments_are_corrected_by_holm() -> None:
    frame = drawn(900, 3, effect=2.0, arms=3)
    found = run(frame, by="segment")
    np.testing.assert_allclose(found.table["p_adjusted"], multipletests(found.table["p_value"], method="holm")[1])
    assert found.by_segment is not None
    assert len(found.by_segment) == 9
    np.testing.assert_allclose(
        found.by_segment["p_adjusted"], multipletests(found.by_segment["p_value"], method="holm")[1]
    )
    assert found.differs is not None
    part = found.by_segment[found.by_segment["arm"] == "mail 1"]
    weight = part["error"] ** -2
    q = (weight * (part["value"] - (weight * part["value"]).sum() / weight.sum()) ** 2).sum()
    assert found.differs.loc["mail 1", "statistic"] == pytest.approx(q)
    assert found.differs.loc["mail 1", "p_value"] == pytest.approx(stats.chi2.sf(q, 2))


def test_what_is_earned_is_margin_times_the_difference_less_the_cost() -> None:
    frame = drawn(400, 4, effect=5.0).assign(paid=lambda t: np.where(t["arm"] == "none", 0.0, 1.5))
    row = run(frame, cost="paid", margin=0.4).table.loc["mail 1"]
    assert row["earned"] == pytest.approx(0.4 * row["value"] - 1.5)
    assert row["total_low"] == pytest.approx(row["n"] * (0.4 * row["low"] - 1.5))
    same = run(frame, cost=1.5, margin=0.4).table
    pd.testing.assert_frame_equal(same, run(frame, cost="paid", margin=0.4).table)


def test_arms_that_were_not_drawn_are_told() -> None:
    frame = drawn(600, 5)
    assert run(frame, before=["before"]).notes == ()
    chosen = frame.assign(arm=np.where(frame["before"] > 30, "mail", "none"))
    (told,) = run(chosen, before=["before"]).notes
    assert told.code == "campaigns.not_random"


def test_ranks_of_two_arms_are_hotellings_test() -> None:
    rng = np.random.default_rng(6)
    x, held = rng.normal(size=(80, 2)), rng.random(80) < 0.4
    ranks = np.column_stack([stats.rankdata(each) for each in x.T])
    one, other = ranks[held], ranks[~held]
    n1, n0, k = len(one), len(other), 2
    pooled = ((n1 - 1) * np.cov(one.T) + (n0 - 1) * np.cov(other.T)) / (n1 + n0 - 2)
    apart = one.mean(axis=0) - other.mean(axis=0)
    t2 = n1 * n0 / (n1 + n0) * apart @ np.linalg.solve(pooled, apart)
    f = (n1 + n0 - k - 1) / (k * (n1 + n0 - 2)) * t2
    assert p_alike(x, held) == pytest.approx(stats.f.sf(f, k, n1 + n0 - k - 1), rel=1e-9)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"outcome": "nothing"}, "no column 'nothing'"),
        ({"outcome": "segment"}, "column of numbers"),
        ({"control": "holdout"}, "mail 1, none"),
        ({"before": ["past"]}, "no column 'past'"),
        ({"by": "town"}, "no column 'town'"),
        ({"cost": "price"}, "no column 'price'"),
        ({"margin": 0.0}, "margin="),
    ],
)
def test_what_is_wrong_is_named(change: dict[str, object], said: str) -> None:
    asked = {"treatment": "arm", "control": "none", "outcome": "spend"} | change
    with pytest.raises(InputError, match=said):
        clv.customers.campaign(drawn(50, 1), **asked)  # type: ignore[arg-type]


def test_few_and_odd_customers() -> None:
    frame = drawn(60, 7)
    with pytest.raises(InputError, match="has 1 customer"):
        run(pd.concat([frame[frame["arm"] == "none"], frame[frame["arm"] != "none"].head(1)]))
    with pytest.raises(InputError, match="Everybody is in the control group"):
        run(frame[frame["arm"] == "none"])
    told = run(frame.assign(spend=frame["spend"].mask(frame.index < 3))).notes
    assert [(each.code, each.values["n"]) for each in told] == [("campaigns.rows_without", 3)]
    still = run(frame.assign(spend=1.0)).table.iloc[0]
    assert still["value"] == 0.0
    assert np.isnan(still["p_value"])
    twice = run(frame.assign(same=frame["before"]), before=["before", "same", "before"]).table
    np.testing.assert_allclose(twice["value"], run(frame, before=["before"]).table["value"])


def band(level: float, n: int) -> tuple[float, float]:
    """Where 99 % of counts lie."""
    low, high = stats.binom.interval(0.99, n, level)
    return float(low), float(high)


@pytest.mark.parametrize("worlds", [300, pytest.param(4000, marks=pytest.mark.slow)])
def test_intervals_hold_the_effect_and_nothing_is_seldom_something(worlds: int) -> None:
    held = {"plain": 0, "adjusted": 0}
    alarms, shorter = 0, []
    for seed in range(worlds):
        frame = drawn(250, seed, effect=2.0)
        treated = (frame["arm"] != "none").to_numpy()
        y, x = frame["spend"].to_numpy(), frame[["before"]].to_numpy()
        for name, found in {"plain": means(y, treated), "adjusted": means(y, treated, x)}.items():
            low, high = found.interval()
            held[name] += low <= 2.0 <= high
        shorter.append(found.removed)
        alarms += means(y - 2.0 * treated, treated, x).p_value() < 0.05
    low, high = band(0.95, worlds)
    assert all(low <= each <= high for each in held.values()), held
    assert low <= worlds - alarms <= high
    assert np.mean(shorter) > 0.5


def test_lifts_hold_what_was_planted() -> None:
    held = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        treated = rng.random(500) < 0.6
        y = rng.poisson(np.where(treated, 0.3, 0.2) * rng.gamma(1.0, 1.0, 500)).astype(float)
        _, low, high = means(y, treated).lift()
        held += bool(low <= 0.5 <= high)
    low, high = band(0.95, 300)
    assert low <= held <= high
