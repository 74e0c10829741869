"""Power of the next test, and effects seen together."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.power import TTestIndPower

from clvlab.customers import detectable, pooled, power_of, size_for
from clvlab.errors import InputError


@pytest.mark.parametrize(("n", "control", "effect"), [(400, 400, 0.2), (100, 300, 0.3), (5, 7, 1.0), (9000, 500, 0.05)])
def test_power_is_that_of_a_second_implementation(n: int, control: int, effect: float) -> None:
    said = TTestIndPower().power(effect, n, 0.05, ratio=control / n)
    assert power_of(n, control, effect=effect * 7.0, sd=7.0) == pytest.approx(said, rel=1e-9)
    assert power_of(n, control, effect=-effect, sd=1.0) == pytest.approx(said, rel=1e-9)


def test_large_tests_need_no_series() -> None:
    just, above = (power_of(n, n, effect=0.01, sd=1.0) for n in (50_000, 50_002))
    assert above == pytest.approx(just, abs=1e-4)
    assert power_of(60, 60, effect=50.0, sd=1.0) == 1.0


@pytest.mark.parametrize("control", [0.5, 0.1])
@pytest.mark.parametrize("removed", [0.0, 0.4])
def test_a_test_of_that_size_has_that_power(control: float, removed: float) -> None:
    n, held = size_for(3.0, sd=30.0, control=control, removed=removed)
    assert power_of(n, held, effect=3.0, sd=30.0, removed=removed) == pytest.approx(0.8, abs=2e-3)
    assert held / (n + held) == pytest.approx(control, abs=2e-3)
    assert detectable(n, held, sd=30.0, removed=removed) == pytest.approx(3.0, rel=2e-3)


def test_the_power_comes_true() -> None:
    rng = np.random.default_rng(1)
    n, held = size_for(0.5, sd=1.0)
    a, b = rng.normal(0.5, 1.0, (4000, n)), rng.normal(0.0, 1.0, (4000, held))
    found = (stats.ttest_ind(a, b, axis=1).pvalue < 0.05).sum()
    low, high = stats.binom.interval(0.99, 4000, power_of(n, held, effect=0.5, sd=1.0))
    assert low <= found <= high


def test_no_test_shows_nothing() -> None:
    with pytest.raises(InputError, match="no difference"):
        size_for(0.0, sd=1.0)
    with pytest.raises(InputError, match="more customers than there are"):
        size_for(1e-12, sd=1.0)
    with pytest.raises(InputError, match="2 customers"):
        power_of(1, 5, effect=1.0, sd=1.0)
    with pytest.raises(InputError, match="sd="):
        detectable(5, 5, sd=0.0)


def test_given_the_spread_it_is_a_weighted_mean() -> None:
    found = pooled([1.0, 5.0], [1.0, 1e-6])
    assert found.table["pooled"].iloc[1] == pytest.approx(5.0, abs=1e-3)
    assert 1.0 < found.table["pooled"].iloc[0] < 5.0
    alone = pooled([3.0], [2.0]).table.iloc[0]
    assert alone["pooled"] == pytest.approx(3.0)
    np.testing.assert_allclose(alone[["low", "high"]].to_numpy(float), stats.norm.interval(0.95, 3.0, 2.0), atol=1e-6)
    with pytest.raises(InputError, match="above 0"):
        pooled([1.0, 2.0], [1.0, 0.0])


def test_the_posterior_is_that_of_quadrature() -> None:
    y, se = np.array([2.0, -1.0, 4.0, 0.5]), np.array([1.0, 0.7, 2.0, 1.2])
    s = 1.0 / np.sqrt(np.mean(se**-2.0))
    tau = np.geomspace(1e-4, 1e4, 200_001)
    weight = 1.0 / (se**2 + tau[:, None] ** 2)
    middle = (weight * y).sum(axis=1) / weight.sum(axis=1)
    like = np.prod(stats.norm.pdf(y, middle[:, None], weight**-0.5), axis=1) / np.sqrt(weight.sum(axis=1))
    chance = like * s / (s + tau) ** 2
    chance = chance * np.gradient(tau)
    chance /= chance.sum()
    keep = tau[:, None] ** 2 / (tau[:, None] ** 2 + se**2)
    mean = chance @ (keep * y + (1.0 - keep) * middle[:, None])
    found = pooled(y, se)
    np.testing.assert_allclose(found.table["pooled"], mean, atol=2e-3)
    assert found.mean == pytest.approx(chance @ middle, abs=2e-3)


@pytest.mark.parametrize("logs", [300, pytest.param(3000, marks=pytest.mark.slow)])
def test_the_best_of_many_is_not_overrated(logs: int) -> None:
    """Twelve campaigns a log; their true effects differ by little, by as much as chance, or by more."""
    plain, drawn, errors = 0, 0, []
    for seed in range(logs):
        rng = np.random.default_rng(seed)
        true = rng.normal(1.0, rng.choice([0.2, 1.0, 2.0]), 12)
        se = rng.uniform(0.5, 1.5, 12)
        y = rng.normal(true, se)
        best = int(y.argmax())
        row = pooled(y, se).table.iloc[best]
        drawn += row["low"] <= true[best] <= row["high"]
        plain += abs(y[best] - true[best]) <= 1.96 * se[best]
        errors.append((y[best] - true[best], row["pooled"] - true[best]))
    low, high = stats.binom.interval(0.99, logs, 0.95)
    assert low <= drawn <= high
    assert plain < low
    measured, seen_together = np.mean(errors, axis=0)
    assert measured > 0.6
    assert abs(seen_together) < 0.15
