"""Discounted purchases against plain quadrature."""

import numpy as np
import pytest
from scipy import integrate

from clvlab.data.units import days_in
from clvlab.formulas import bg_nbd
from clvlab.models.discounting import discounted_purchases
from clvlab.value.discounting import discount_rate_per_unit

CDNOW = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}


def rate_of_purchases(t: float, r: float, alpha: float, a: float, b: float) -> float:
    """dE/dt = r / alpha x E_p[(1 + p t / alpha)^-(r + 1)]: the expectation's derivative, by another formula."""
    return r / alpha * float(bg_nbd.prob_alive_later(t, r + 1.0, alpha, a, b))


@pytest.mark.parametrize("history", [(0.0, 0.0), (2.0, 38.86), (60.0, 500.0), (5000.0, 1.0)])
@pytest.mark.parametrize(("horizon", "unit"), [(52.0, "week"), (3650.0, "day"), (0.5, "year"), (40.0, "year")])
@pytest.mark.parametrize("annual", [0.1, 0.5, -0.05])
def test_it_is_the_integral(history: tuple[float, float], horizon: float, unit: str, annual: float) -> None:
    params = CDNOW | {"alpha": CDNOW["alpha"] * 7.0 / days_in(unit)}
    after = {k: float(v) for k, v in bg_nbd.given_alive(*history, **params).items()}
    delta = discount_rate_per_unit(annual, unit)
    # over v = log(1 + t / alpha), in which the rate is smooth
    reach = np.log1p(horizon / after["alpha"])

    def integrand(v: float) -> float:
        t = after["alpha"] * np.expm1(v)
        return float(np.exp(-delta * t)) * rate_of_purchases(t, **after) * (t + after["alpha"])

    expected = integrate.quad(integrand, 0.0, reach, epsabs=0.0, epsrel=1e-11, limit=400)[0]
    assert float(discounted_purchases(bg_nbd, after, horizon, delta)) == pytest.approx(expected, rel=1e-8)


def test_without_a_rate_it_is_the_expectation() -> None:
    after = bg_nbd.given_alive(np.array([0.0, 3.0]), 38.86, **CDNOW)
    expected = bg_nbd.expected_purchases(52.0, **after)
    np.testing.assert_array_equal(discounted_purchases(bg_nbd, after, 52.0, 0.0), expected)


def test_no_horizon_no_purchases() -> None:
    after = bg_nbd.given_alive(np.array([0.0, 3.0]), 38.86, **CDNOW)
    np.testing.assert_array_equal(discounted_purchases(bg_nbd, after, 0.0, 0.002), [0.0, 0.0])


def test_the_rate_of_a_unit_compounds_to_the_year() -> None:
    for unit in ("day", "week", "month", "year"):
        a_year = np.exp(discount_rate_per_unit(0.1, unit) * 365.25 / days_in(unit))
        assert a_year == pytest.approx(1.1, rel=1e-12)
