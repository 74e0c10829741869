"""Survival curves: as statsmodels and scikit-survival compute them, and as the truth is."""

import numpy as np
import pandas as pd
import pytest
from simulated_spells import two_covariates, watched
from sksurv.nonparametric import nelson_aalen_estimator
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from clvlab.churn import Spells, kaplan_meier, restricted_mean, spells
from clvlab.errors import InputError

pytestmark = pytest.mark.numerical

CASES = [(months, late) for months in (False, True) for late in (False, True)]


def arrays(of: Spells) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return of.table["entry"].to_numpy(), of.table["duration"].to_numpy(), of.table["event"].to_numpy()


@pytest.mark.parametrize(("months", "late"), CASES)
def test_kaplan_meier_as_statsmodels(months: bool, late: bool) -> None:
    of = two_covariates(500, 1, months=months, late=late)
    entry, duration, event = arrays(of)
    # Their risk set leaves out who enters at 0 only where somebody leaves at 0.
    theirs = SurvfuncRight(duration, event.astype(int), entry=np.where(entry > 0, entry, -1.0) if late else None)
    ours = kaplan_meier(of).table
    kept = ours["survival"] > 0
    np.testing.assert_allclose(ours["time"], theirs.surv_times)
    np.testing.assert_allclose(ours["at_risk"], theirs.n_risk)
    np.testing.assert_allclose(ours["events"], theirs.n_events)
    np.testing.assert_allclose(ours["survival"], theirs.surv_prob, atol=1e-10)
    np.testing.assert_allclose(ours["std_error"][kept], theirs.surv_prob_se[kept], atol=1e-10)


@pytest.mark.parametrize("months", [False, True])
def test_nelson_aalen_as_scikit_survival(months: bool) -> None:
    of = two_covariates(500, 2, months=months)
    _, duration, event = arrays(of)
    time, hazard = nelson_aalen_estimator(event, duration)
    ours = kaplan_meier(of).table
    np.testing.assert_allclose(ours["cumulative_hazard"], hazard[np.searchsorted(time, ours["time"])], atol=1e-10)
    assert (ours["hazard_low"] <= ours["cumulative_hazard"]).all()
    assert (ours["cumulative_hazard"] <= ours["hazard_high"]).all()


@pytest.mark.parametrize(("months", "late"), CASES)
def test_log_rank_as_statsmodels_and_by_hand(months: bool, late: bool) -> None:
    of = two_covariates(400, 3, months=months, late=late, strata=3)
    entry, duration, event = arrays(of)
    area = of.table["area"].to_numpy()
    test = kaplan_meier(of, by="area").test
    theirs = survdiff(duration, event.astype(int), area, entry=np.where(entry > 0, entry, -1.0) if late else None)
    assert (test["statistic"], test["p_value"]) == pytest.approx(theirs, abs=1e-10)
    assert test["freedom"] == 2.0
    labels = np.unique(area)[1:]
    difference, variance = np.zeros(2), np.zeros((2, 2))
    for time in np.unique(duration[event]):
        at_risk = ((entry < time) | (entry == 0)) & (duration >= time)
        d, n = (event & (duration == time)).sum(), at_risk.sum()
        share = np.array([(at_risk & (area == label)).sum() / n for label in labels])
        difference += [(event & (duration == time) & (area == label)).sum() for label in labels] - d * share
        if n > 1:
            variance += d * (n - d) / (n - 1) * (np.diag(share) - np.outer(share, share))
    assert test["statistic"] == pytest.approx(difference @ np.linalg.solve(variance, difference), abs=1e-8)


def test_who_leaves_at_once_counts() -> None:
    table = pd.DataFrame({"tenure": [0, 0, 0, 5, 5, 5], "left": [1, 1, 0, 1, 0, 0], "plan": list("aaabbb")})
    curves = kaplan_meier(spells(table, duration="tenure", event="left"), by="plan")
    assert curves.at([0.0, 5.0])["a"].tolist() == pytest.approx([1 / 3, np.nan], nan_ok=True)
    expected = survdiff(table["tenure"].to_numpy(), table["left"].to_numpy(), table["plan"].to_numpy())[0]
    assert curves.test["statistic"] == pytest.approx(expected)


def test_by_hand() -> None:
    table = pd.DataFrame({"tenure": [1, 2, 2, 3, 4], "left": [1, 1, 0, 0, 1]})
    curves = kaplan_meier(spells(table, duration="tenure", event="left"))
    assert curves.table["survival"].tolist() == pytest.approx([0.8, 0.6, 0.0])
    assert curves.table["at_risk"].tolist() == [5, 4, 1]
    assert curves.table["censored"].tolist() == [0, 2, 0]
    assert curves.at([0.0, 1.0, 1.5, 4.0, 9.0])[""].tolist() == pytest.approx([1.0, 0.8, 0.8, 0.0, 0.0])
    assert curves.medians["median"].tolist() == [4.0]


def test_restricted_mean_is_the_area_under_the_curve() -> None:
    of = two_covariates(300, 5, late=True)
    until = 12.0
    step = until / 200_000
    middles = (np.arange(200_000) + 0.5) * step
    brute = kaplan_meier(of).at(middles)[""].sum() * step
    assert restricted_mean(of, until)["mean"].item() == pytest.approx(brute, abs=1e-3)


def test_standard_error_of_the_restricted_mean_by_bootstrap() -> None:
    of = two_covariates(400, 6)
    rng = np.random.default_rng(6)
    means = [restricted_mean(of.where(rng.integers(0, 400, 400)), 12.0)["mean"].item() for _ in range(300)]
    assert restricted_mean(of, 12.0)["std_error"].item() == pytest.approx(np.std(means), rel=0.15)


def test_differences_of_restricted_means() -> None:
    of = two_covariates(3000, 7)
    found = restricted_mean(of, 12.0, by="plus")
    assert found["difference"].iloc[1] == found["mean"].iloc[1] - found["mean"].iloc[0]
    assert found["difference_low"].iloc[1] > 0  # plus stays longer
    assert found["p_value"].iloc[1] < 1e-4
    with pytest.raises(InputError, match="ends within what was watched: until=99"):
        restricted_mean(of, 99.0)


def test_left_truncation_recovers_the_truth_that_the_naive_curve_misses() -> None:
    rng = np.random.default_rng(8)
    n = 20_000
    leaves = rng.exponential(10.0, n)
    entry = np.where(rng.random(n) < 0.2, 0.0, rng.uniform(0.0, 15.0, n))  # some are watched from the beginning
    of = watched(leaves, np.full(n, 25.0), entry)
    naive = Spells(of.table.assign(entry=0.0))
    times = np.array([5.0, 10.0, 20.0])
    truth = np.exp(-times / 10.0)
    np.testing.assert_allclose(kaplan_meier(of).at(times)[""], truth, atol=0.015)
    assert (kaplan_meier(naive).at(times)[""] - truth > 0.1).any()


def test_bands_hold_the_whole_truth_nine_times_in_ten_and_pointwise_intervals_do_not() -> None:
    simulations, held, pointwise = 200, 0, 0
    for seed in range(simulations):
        rng = np.random.default_rng(seed)
        curve = kaplan_meier(watched(rng.exponential(10.0, 300), rng.uniform(5.0, 25.0, 300))).table
        curve = curve[curve["at_risk"] > 10]
        truth = np.exp(-curve["time"] / 10.0)
        held += bool(((curve["band_low"] <= truth) & (truth <= curve["band_high"])).all())
        pointwise += bool(((curve["low"] <= truth) & (truth <= curve["high"])).all())
    assert 0.84 < held / simulations < 0.98
    assert pointwise / simulations < 0.7


def test_pointwise_intervals_cover_each_time() -> None:
    hits = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        curve = kaplan_meier(watched(rng.exponential(10.0, 200), rng.uniform(5.0, 25.0, 200))).table
        at = curve[curve["time"] <= 8.0].iloc[-1]
        hits.append(at["low"] <= np.exp(-0.8) <= at["high"])
    assert np.mean(hits) == pytest.approx(0.9, abs=0.065)


def test_all_censored() -> None:
    table = pd.DataFrame({"tenure": [1.0, 2.0, 3.0], "left": 0, "plan": list("abb")})
    of = spells(table, duration="tenure", event="left")
    curves = kaplan_meier(of)
    assert curves.at([0.5, 3.0, 4.0])[""].tolist() == pytest.approx([1.0, 1.0, np.nan], nan_ok=True)
    assert curves.table["events"].sum() == 0
    assert curves.table[["survival", "low", "high", "band_high"]].to_numpy().tolist() == [[1.0] * 4]
    assert curves.table["cumulative_hazard"].tolist() == curves.table["hazard_high"].tolist() == [0.0]
    assert curves.medians["median"].isna().all()
    assert restricted_mean(of, 2.0)["mean"].item() == 2.0
    assert kaplan_meier(of, by="plan").test == {}


def test_a_group_that_nobody_left_is_shown() -> None:
    table = pd.DataFrame({"tenure": [1.0, 2.0, 3.0, 4.0], "left": [1, 0, 0, 0], "plan": list("aabb")})
    curves = kaplan_meier(spells(table, duration="tenure", event="left"), by="plan")
    assert curves.groups == ["a", "b"]
    assert curves.at([1.5])["b"].item() == 1.0


def test_no_test_where_nothing_can_be_compared() -> None:
    table = pd.DataFrame({"tenure": [1.0, 1.0, 1.0], "left": 1, "plan": ["a", "b", "b"]})
    assert kaplan_meier(spells(table, duration="tenure", event="left"), by="plan").test == {}
    early = pd.DataFrame({"tenure": [1.0, 2.0, 3.0, 5.0, 5.0, 0.5], "left": [1, 1, 1, 1, 0, 0], "plan": list("ababac")})
    assert kaplan_meier(spells(early, duration="tenure", event="left"), by="plan").test["freedom"] == 1.0


def test_groups_are_refused_in_words() -> None:
    table = pd.DataFrame({"tenure": [1.0, 2.0], "left": 1, "plan": ["a", None]})
    of = spells(table, duration="tenure", event="left")
    with pytest.raises(InputError, match="There is no covariate colour; there are plan"):
        kaplan_meier(of, by="colour")
    with pytest.raises(InputError, match="plan must be known to group by it; broken by 1"):
        kaplan_meier(of, by="plan")
