"""Gamma-Gamma against the integral it solves, and its simulator against its mean."""

import numpy as np
import pytest
from oracle import gamma_gamma_log_likelihood, log_error
from scipy import stats

from clvlab.formulas import gamma_gamma

BAR = 1e-8


def points(n: int, seed: int) -> dict[str, np.ndarray]:
    """Histories and parameters, log-uniform over what anyone may meet."""
    rng = np.random.default_rng(seed)

    def spread(low: float, high: float) -> np.ndarray:
        return np.exp(rng.uniform(np.log(low), np.log(high), n))

    return {
        "x": np.floor(spread(1, 5001)),
        "m_x": spread(1e-4, 1e8),
        "p": spread(1e-3, 1e4),
        "q": spread(1e-3, 1e4),
        "v": spread(1e-4, 1e8),
    }


def worst(at: dict[str, np.ndarray]) -> float:
    truth = [gamma_gamma_log_likelihood(*(float(v) for v in row)) for row in zip(*at.values(), strict=True)]
    return float(log_error(gamma_gamma.log_likelihood(**at), truth).max())


def test_log_likelihood_is_the_integral_over_nu() -> None:
    assert worst(points(20, seed=1)) < BAR


@pytest.mark.slow
def test_log_likelihood_is_the_integral_over_nu_everywhere() -> None:
    assert worst(points(2000, seed=2)) < BAR


@pytest.mark.parametrize("x", [1.0, 5000.0])
@pytest.mark.parametrize("p", [1e-3, 1e4])
@pytest.mark.parametrize("q", [1e-3, 1.0, 1e4])
def test_log_likelihood_in_the_corners(x: float, p: float, q: float) -> None:
    for m_x, v in ((1e-4, 1e8), (1e8, 1e-4), (1.0, 1.0)):
        at = {"x": [x], "m_x": [m_x], "p": [p], "q": [q], "v": [v]}
        assert worst({name: np.array(value) for name, value in at.items()}) < BAR


def test_density_of_the_mean_spend_is_one_in_all() -> None:
    def density(log_m: np.ndarray) -> np.ndarray:
        return np.exp(gamma_gamma.log_likelihood(3.0, np.exp(log_m), 6.25, 3.74, 15.44) + log_m)

    grid = np.linspace(np.log(1e-3), np.log(1e7), 200_001)
    assert np.trapezoid(density(grid), grid) == pytest.approx(1.0, abs=1e-8)


def test_expected_spend_is_the_mean_of_the_posterior_of_the_mean() -> None:
    x, m_x, p, q, v = 3.0, 40.0, 6.25, 3.74, 15.44
    after = gamma_gamma.given_history(x, m_x, p, q, v)
    # 1 / nu is inverse gamma, and a customer's mean is p / nu.
    expected = p * stats.invgamma(after["q"], scale=after["v"]).mean()
    assert gamma_gamma.expected_spend(x, m_x, p, q, v) == pytest.approx(expected, rel=1e-12)


def test_expected_spend_shrinks_towards_the_population() -> None:
    p, q, v = 6.25, 3.74, 15.44
    population = p * v / (q - 1.0)
    assert gamma_gamma.expected_spend(0.0, np.nan, p, q, v) == pytest.approx(population)
    few, many = gamma_gamma.expected_spend(np.array([1.0, 500.0]), 100.0, p, q, v)
    assert population < few < many < 100.0


def test_expected_spend_without_a_finite_mean_is_missing() -> None:
    found = gamma_gamma.expected_spend(np.array([0.0, 0.0, 1.0]), 20.0, 2.0, np.array([1.0, 0.5, 0.5]), 10.0)
    assert np.isnan(found[:2]).all()
    assert found[2] == pytest.approx(2.0 * (10.0 + 20.0) / 1.5)


def test_parameters_broadcast_as_draws_by_customers() -> None:
    column = {name: np.array([[value], [value * 2]]) for name, value in {"p": 6.0, "q": 4.0, "v": 15.0}.items()}
    assert gamma_gamma.expected_spend(np.array([0.0, 1.0, 2.0]), 20.0, **column).shape == (2, 3)
    assert gamma_gamma.log_likelihood(np.array([1.0, 2.0]), 20.0, **column).shape == (2, 2)


def test_simulated_spend_has_the_density_of_the_formula() -> None:
    rng = np.random.default_rng(3)
    p, q, v, n = 6.0, 4.0, 15.0, 20_000
    customer, spend = gamma_gamma.simulate(rng, np.full(n, 2), p, q, v)
    means = np.bincount(customer, weights=spend) / 2.0
    # x m / (v + x m) is Beta(p x, q) where the formula holds.
    assert stats.kstest(2.0 * means / (v + 2.0 * means), stats.beta(2.0 * p, q).cdf).pvalue > 0.01
    assert means.mean() == pytest.approx(p * v / (q - 1.0), rel=0.02)


def test_simulating_no_purchases_gives_none() -> None:
    customer, spend = gamma_gamma.simulate(np.random.default_rng(1), np.zeros(4, dtype=int), 6.0, 4.0, 15.0)
    assert len(customer) == len(spend) == 0
