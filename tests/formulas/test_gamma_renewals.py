"""Expected purchases of a regular buyer who stays."""

from typing import Any

import numpy as np
import pytest
from scipy import integrate, special

from clvlab.formulas.gamma_renewals import left_within, renewals

DURATIONS = np.array([0.02, 0.3, 1.0, 4.0, 11.0, 40.0])


def test_at_random_there_are_as_many_as_mean_gaps() -> None:
    for waited in (0.0, 0.4, 5.0):
        some, expected = renewals(DURATIONS, waited, 1.0)
        np.testing.assert_allclose(expected, DURATIONS, rtol=1e-3)
        np.testing.assert_allclose(some, -np.expm1(-DURATIONS), rtol=1e-12)


def test_of_gaps_in_two_stages() -> None:
    # Gamma(2, 2) gaps from a purchase on: u - 1/4 + exp(-4 u) / 4; since then, known by the stage that is under way.
    fresh = DURATIONS - 0.25 + np.exp(-4.0 * DURATIONS) / 4.0
    np.testing.assert_allclose(renewals(DURATIONS, 0.0, 2.0)[1], fresh, rtol=4e-3)
    waited = 0.8
    second = 2.0 * waited / (1.0 + 2.0 * waited)  # P(in the second stage | not ended)
    halfway = DURATIONS + 0.25 - np.exp(-4.0 * DURATIONS) / 4.0
    exact = (1.0 - second) * fresh + second * halfway
    np.testing.assert_allclose(renewals(DURATIONS, waited, 2.0)[1], exact, rtol=2e-3)


def lived(k: float, waited: float, duration: float, n: int) -> Any:
    """How often each of n such buyers buys."""
    rng = np.random.default_rng(1)
    reached = special.gammaincc(k, k * waited)
    clock = special.gammainccinv(k, (1.0 - rng.random(n)) * reached) / k - waited
    counts, active = np.zeros(n), clock <= duration
    while active.any():
        counts += active
        clock = np.where(active, clock + rng.standard_gamma(k, n) / k, clock)
        active &= clock <= duration
    return counts


@pytest.mark.parametrize(("k", "within"), [(0.15, 0.03), (0.4, 0.005), (3.0, 0.003), (20.0, 0.003), (120.0, 0.01)])
def test_as_many_as_in_the_story(k: float, within: float) -> None:
    for waited in (0.0, 0.3, 1.1, 2.5):
        for duration in (0.3, 1.7, 8.0, 20.0):
            counts = lived(k, waited, duration, 20_000)
            _, expected = renewals(duration, waited, k)
            luck = 4.0 * counts.std() / np.sqrt(len(counts))
            assert float(expected) == pytest.approx(counts.mean(), rel=within, abs=luck + 1e-3)


def test_the_first_one_is_exact_and_no_more_than_all() -> None:
    rng = np.random.default_rng(2)
    k, waited, duration = (np.exp(rng.uniform(*ends, 400)) for ends in ((-3.5, 6.5), (-6.0, 3.0), (-6.0, 5.0)))
    some, expected = renewals(duration, waited, k)
    assert ((some >= 0.0) & (some <= 1.0)).all()
    assert (expected >= some - 1e-12).all()
    assert np.isfinite(expected).all()
    none, nothing = renewals(np.zeros(400), waited, k)
    assert (none == 0.0).all()
    assert (nothing == 0.0).all()


def test_what_is_left_of_a_gap() -> None:
    def density(v: float) -> float:
        return float(np.exp(3.0 * np.log(3.0) + 2.0 * np.log(v) - 3.0 * v) / special.gamma(3.0))

    exact = integrate.quad(density, 0.7, 1.9)[0] / integrate.quad(density, 0.7, np.inf)[0]
    assert left_within(1.2, 0.7, 3.0) == pytest.approx(exact, rel=1e-9)
    assert left_within(0.1, 1e9, 50.0) == pytest.approx(-np.expm1(-5.0))  # a gap beyond numbers
    assert left_within(0.01, 700.0, 1.0) == pytest.approx(-np.expm1(-0.01))
    assert left_within(0.0, 1e9, 50.0) == 0.0
