"""One customer's rhythm and leaving, k, lambda and mu known."""

import numpy as np
import pytest
from scipy import integrate, special

from clvlab.formulas import gamma_gaps


def test_gaps_have_the_shape_and_mean_of_each_customer() -> None:
    n = 40_000
    k, rate = np.full(n, 3.0), np.full(n, 0.5)
    rng = np.random.default_rng(2)
    customer, time = gamma_gaps.walk(rng, np.full(n, 60.0), rng.gamma(3.0, 1 / 1.5, size=n), k, rate)
    second = np.diff(time)[np.diff(customer) == 0][::7]
    assert second.mean() == pytest.approx(2.0, rel=0.03)
    assert second.var() == pytest.approx(4.0 / 3.0, rel=0.05)


@pytest.mark.parametrize("k", [0.4, 1.0, 3.5])
def test_the_gap_under_way_exceeds_what_has_passed(k: float) -> None:
    n, rate, waited = 30_000, 0.5, 2.7
    everyone = np.full(n, k), np.full(n, rate), np.full(n, np.inf)
    rng = np.random.default_rng(3)
    customer, time = gamma_gaps.simulate_individuals(rng, 4.0, 1.0, 1.0 + waited, *everyone)
    first = np.append(True, customer[1:] != customer[:-1])
    for later in (0.5, 2.0, 4.0):
        bought = (time[first] <= later).sum() / n
        exact = 1.0 - gamma_gaps.survival(k, rate, waited + later) / gamma_gaps.survival(k, rate, waited)
        assert bought == pytest.approx(float(exact), abs=4 * 0.5 / np.sqrt(n))
    gone = gamma_gaps.simulate_individuals(rng, 4.0, 1.0, 3.7, *everyone[:2], np.full(n, 3.0))
    assert not len(gone[0])


def test_density_of_gaps_and_survival_are_probabilities() -> None:
    # One repeat purchase by T, or none, or more: with a lifetime beyond T these add up.
    k, rate, T = 2.3, 0.4, 5.0

    def once(t: float) -> float:
        log_density = gamma_gaps.log_density_of_gaps(1, t, np.log(t), k, rate)
        return float(np.exp(log_density) * gamma_gaps.survival(k, rate, T - t))

    one = integrate.quad(once, 0.0, T)[0]
    exact = special.gammainc(k, k * rate * T) - special.gammainc(2 * k, k * rate * T)
    assert one == pytest.approx(float(exact), rel=1e-9)


@pytest.mark.parametrize("k", [0.05, 0.7, 1.0, 8.0, 150.0])
@pytest.mark.parametrize("mu", [1e-6, 0.05, 3.0])
def test_silence_is_that_of_who_stayed_and_of_who_left(k: float, mu: float) -> None:
    rate, waited = 0.4, 6.0
    stayed = np.exp(-mu * waited) * gamma_gaps.survival(k, rate, waited)

    def left(u: float) -> float:
        return mu * np.exp(-mu * u) * float(gamma_gaps.survival(k, rate, u))

    exact = stayed + integrate.quad(left, 0.0, waited, points=[2.5, 1e-3], limit=200, epsabs=0.0)[0]
    assert gamma_gaps.unbought(k, rate, mu, waited) == pytest.approx(exact, rel=1e-7)
    assert gamma_gaps.unbought(k, rate, mu, 0.0) == 1.0


def test_silence_at_random_is_closed_form() -> None:
    rate, mu, waited = 0.7, 0.2, np.array([1e-9, 1.0, 30.0, 3000.0])
    exact = (mu + rate * np.exp(-(rate + mu) * waited)) / (rate + mu)
    np.testing.assert_allclose(gamma_gaps.unbought(1.0, rate, mu, waited), exact, rtol=1e-12)
