"""Scores and differences."""

import numpy as np
import pytest

from clvlab.evaluation import scores


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


def test_deviances_are_least_for_the_mean() -> None:
    """The absolute error is least for the median: of rare purchases, for a forecast of nothing."""
    rng = np.random.default_rng(6)
    rate = rng.gamma(0.3, 3.0, 20_000)
    count = rng.poisson(rate).astype(float)
    worth = count * rng.gamma(2.0, 15.0, len(count))
    scaled = np.array([0.5, 0.8, 1.0, 1.25, 2.0])
    for deviance, mean, actual in (
        (scores.poisson_deviance, rate, count),
        (scores.tweedie_deviance, 30.0 * rate, worth),
    ):
        lost = [float(deviance(scale * mean, actual).mean()) for scale in scaled]
        assert np.argmin(lost) == 2
        assert (deviance(mean, actual) >= 0).all()
    least = np.argmin([float(np.abs(scale * count.mean() - count).mean()) for scale in scaled])
    assert least == 0


def test_zero_is_right_where_nothing_came_and_infinitely_wrong_where_something_did() -> None:
    nothing, came = np.array([0.0, 0.0, -0.1]), np.array([0.0, 1.0, 0.0])
    for deviance in (scores.poisson_deviance, scores.tweedie_deviance):
        assert deviance(nothing, came).tolist() == [0.0, np.inf, np.inf]


def test_an_infinite_mean_has_no_interval() -> None:
    assert np.isnan(scores.mean_interval(np.array([1.0, np.inf]), seed=1)[1:]).all()
    assert scores.paired_difference(np.array([1.0, np.inf]), np.array([1.0, 1.0]), seed=1)[0] == np.inf
    assert np.isnan(scores.paired_difference(np.array([1.0, 1.0]), np.array([1.0, np.inf]), seed=1)[0])
