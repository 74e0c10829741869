"""Scores, differences and the verdict."""

import numpy as np
import pandas as pd
import pytest

from clvlab.evaluation import scores
from clvlab.evaluation.verdict import judge


def test_point_scores_by_hand() -> None:
    found = scores.point_scores(np.array([1.0, 2.0, 0.0, 3.0]), np.array([0.0, 2.0, 2.0, 2.0]))
    expected = {"total": 6.0, "total_error": 0.0, "bias": 0.0, "mae": 1.0, "rmse": np.sqrt(1.5)}
    assert found == pytest.approx(expected)


def test_relative_error_of_nothing_is_missing() -> None:
    assert np.isnan(scores.point_scores(np.array([0.5]), np.array([0.0]))["total_error"])


def test_coverage_counts_both_ends() -> None:
    assert scores.coverage(np.array([0, 1, 2]), np.array([1, 1, 5]), np.array([1, 1, 6])) == pytest.approx(2 / 3)


def test_randomised_pit_of_a_true_forecast_is_uniform() -> None:
    from scipy import stats

    y = np.random.default_rng(1).poisson(1.3, 20_000)
    u = scores.randomised_pit(stats.poisson.cdf(y - 1, 1.3), stats.poisson.pmf(y, 1.3), seed=2)
    assert stats.kstest(u, "uniform").pvalue > 0.01
    assert scores.share_within(u) == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize("distinct", [True, False])
def test_paired_difference_is_a_bootstrap_of_the_mean(distinct: bool) -> None:
    rng = np.random.default_rng(3)
    n = 30_000 if distinct else 3000
    loss, other = rng.exponential(1.0, n), rng.exponential(0.9, n)
    if not distinct:
        loss, other = np.round(loss, 1), np.round(other, 1)
    mean, low, high = scores.paired_difference(loss, other, seed=4)
    error = (loss - other).std() / np.sqrt(n)
    assert mean == pytest.approx((loss - other).mean())
    assert low == pytest.approx(mean - 1.645 * error, abs=0.2 * error)
    assert high == pytest.approx(mean + 1.645 * error, abs=0.2 * error)
    assert scores.paired_difference(loss, other, seed=4) == (mean, low, high)
    reverse = scores.paired_difference(other, loss, seed=4)
    assert reverse[0] == pytest.approx(-mean)


def test_one_customer_differs_by_as_much_as_it_differs() -> None:
    assert scores.paired_difference(np.array([2.0]), np.array([0.5]), seed=1) == (1.5, 1.5, 1.5)


def judged(losses: dict[str, np.ndarray], baselines: list[str]) -> object:
    ordered = dict(sorted(losses.items(), key=lambda item: item[1].mean()))
    table = pd.DataFrame({"mae": {label: loss.mean() for label, loss in ordered.items()}, "total_error": 0.0})
    return judge(table, ordered, baselines, seed=1)


RNG = np.random.default_rng(5)
LOSS = RNG.exponential(1.0, 2000)


def test_a_clear_winner() -> None:
    found = judged({"good": LOSS, "bad": LOSS + 0.5, "worse": LOSS + 1.0}, ["worse"])
    assert (found.best, found.rival, found.tied) == ("good", "bad", ())
    assert found.difference == pytest.approx(0.5)
    assert found.beats_baseline
    assert found.baseline_difference == pytest.approx(1.0)


def test_no_clear_winner_when_all_tie() -> None:
    noisy = {label: LOSS + RNG.normal(0.0, 0.5, 2000) for label in ("a", "b", "c")}
    found = judged(noisy, ["c"])
    assert found.rival == ""
    assert len(found.tied) == 2
    assert not found.beats_baseline


def test_a_negligible_difference_ties_however_sure() -> None:
    found = judged({"ours": LOSS, "theirs": LOSS + 0.004 * LOSS.mean()}, [])
    assert found.tied == ("theirs",)
    assert found.baseline == ""


def test_a_baseline_may_be_best() -> None:
    found = judged({"naive": LOSS, "model": LOSS + 0.5}, ["naive"])
    assert (found.best, found.baseline, found.rival) == ("naive", "naive", "model")
    assert not found.beats_baseline


def test_nobody_left() -> None:
    assert judge(pd.DataFrame({"mae": []}), {}, [], seed=1).best == ""


def test_alone() -> None:
    found = judged({"only": LOSS}, [])
    assert (found.best, found.tied, found.rival) == ("only", (), "")


def test_who_expects_far_too_little_cannot_win() -> None:
    losses = {"nothing": LOSS * 0.9, "model": LOSS, "other": LOSS + 0.5}
    table = pd.DataFrame({"mae": [v.mean() for v in losses.values()], "total_error": [-0.9, -0.1, 0.1]}, index=losses)
    found = judge(table, losses, [], seed=1)
    assert (found.best, found.out, found.rival) == ("model", ("nothing",), "other")
    everybody = judge(table.assign(total_error=0.9), losses, [], seed=1)
    assert (everybody.best, everybody.out) == ("nothing", ())


def test_squares_decide_between_those_that_tie() -> None:
    """Two with the same mean absolute error, one of which now and then misses far."""
    rng = np.random.default_rng(8)
    steady = rng.uniform(0.8, 1.2, 4000)
    wild = np.where(np.arange(4000) % 20 == 0, 12.0, 0.42) * rng.uniform(0.8, 1.2, 4000)
    losses = dict(sorted({"steady": steady, "wild": wild}.items(), key=lambda item: item[1].mean()))
    table = pd.DataFrame({"mae": {k: v.mean() for k, v in losses.items()}, "total_error": 0.0})
    found = judge(table, losses, [], seed=1)
    assert abs(steady.mean() - wild.mean()) < 0.05
    assert found.best == "steady"
    assert found.tied == ("wild",)
    assert found.lower == ("wild" if wild.mean() < steady.mean() else "")
