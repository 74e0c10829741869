"""NBD against raw powers in many digits, SciPy's negative binomial, and its own simulator."""

from typing import Any

import mpmath as mp
import numpy as np
import pytest
from oracle import log_error, relative_error
from scipy import stats

from clvlab.formulas import nbd
from clvlab.inference.jets import JETS, exponentials

BAR = 1e-8
GROCERY = {"r": 0.4203, "alpha": 5.2451}


def spread(rng: np.random.Generator, low: float, high: float, n: int) -> np.ndarray:
    return np.exp(rng.uniform(np.log(low), np.log(high), n))


def points(n: int, seed: int) -> tuple[np.ndarray, ...]:
    """Counts, times, r, alpha: over the box, every fourth parameter at an end of it."""
    rng = np.random.default_rng(seed)
    x = rng.choice([0.0, 1.0, 2.0, 50.0, 5000.0], n)
    ends = [np.where(rng.random(n) < 0.25, rng.choice([1e-3, 1.0, 1e4], n), spread(rng, 1e-3, 1e4, n)) for _ in "ra"]
    return x, spread(rng, 1e-2, 1.6e4, n), *ends


def exactly(function: Any, columns: tuple[np.ndarray, ...]) -> list[Any]:
    with mp.workdps(40):
        return [function(*(mp.mpf(float(v)) for v in row)) for row in zip(*columns, strict=True)]


def test_log_likelihood() -> None:
    def printed(x: Any, T: Any, r: Any, alpha: Any) -> Any:
        return mp.log(mp.gammaprod([r + x], [r]) * alpha**r / (alpha + T) ** (r + x))

    columns = points(400, seed=1)
    assert log_error(nbd.log_likelihood(*columns), exactly(printed, columns)).max() < BAR


def test_probabilities_of_counts() -> None:
    def printed(y: Any, t: Any, r: Any, alpha: Any) -> Any:
        return mp.gammaprod([r + y], [r, y + 1]) * (alpha / (alpha + t)) ** r * (t / (alpha + t)) ** y

    columns = points(400, seed=2)
    assert relative_error(nbd.pmf(*columns), exactly(printed, columns)).max() < BAR
    zero = (np.zeros(400), *columns[1:])
    assert relative_error(nbd.prob_no_purchase(*columns[1:]), exactly(printed, zero)).max() < BAR


def test_derivatives_are_finite_and_those_of_the_value() -> None:
    x, T, r, alpha = points(400, seed=3)
    jet = nbd.log_likelihood(x, T, *exponentials([np.log(r), np.log(alpha)]), xp=JETS)
    for terms in (*jet.first.values(), *jet.second.values()):
        assert np.isfinite(terms).all()
    ahead, behind = (nbd.log_likelihood(2.0, 39.0, GROCERY["r"], 5.2451 * np.exp(step)) for step in (1e-5, -1e-5))
    _, slope = nbd.log_likelihood(2.0, 39.0, *exponentials(np.log([0.4203, 5.2451])), xp=JETS).first.values()
    assert slope == pytest.approx((ahead - behind) / 2e-5, rel=1e-8)


def test_likelihood_is_of_the_times_of_purchases() -> None:
    # E over lambda of lambda^x exp(-lambda T): integrated before anything is solved.
    gamma = stats.gamma(GROCERY["r"], scale=1 / GROCERY["alpha"])
    log_rate = np.linspace(-60.0, 4.0, 200_001)
    rate = np.exp(log_rate)
    for x, T in ((0.0, 39.0), (3.0, 39.0), (40.0, 20.0)):
        whole = np.trapezoid(np.exp((x + 1) * log_rate - rate * T) * gamma.pdf(rate), log_rate)
        assert nbd.log_likelihood(x, T, **GROCERY) == pytest.approx(np.log(whole), abs=1e-8)


@pytest.mark.parametrize("t", [0.0, 0.5, 52.0])
def test_counts_are_negative_binomial(t: float) -> None:
    y = np.arange(2000)
    pmf = nbd.pmf(y, t, **GROCERY)
    np.testing.assert_allclose(pmf, stats.nbinom.pmf(y, 0.4203, 5.2451 / (5.2451 + t)), rtol=1e-9, atol=1e-300)
    assert pmf.sum() == pytest.approx(1.0, abs=1e-12)
    assert y @ pmf == pytest.approx(float(nbd.expected_purchases(t, **GROCERY)), rel=1e-10)
    assert nbd.prob_no_purchase(t, **GROCERY) == pytest.approx(pmf[0], rel=1e-14)


def test_nobody_drops_out() -> None:
    draws = {name: value * np.array([[0.9], [1.1]]) for name, value in GROCERY.items()}
    x, T = np.array([0.0, 2.0, 9.0]), np.array([30.0, 40.0, 50.0])
    assert nbd.prob_alive(x, T, **draws).tolist() == [[1.0] * 3] * 2
    after = nbd.given_alive(x, T, **draws)
    assert nbd.prob_alive_later(39.0, **after).tolist() == [[1.0] * 3] * 2
    np.testing.assert_allclose(nbd.expected_purchases(39.0, **after), (draws["r"] + x) / (draws["alpha"] + T) * 39.0)


def test_story_told_by_the_simulator() -> None:
    rng, n = np.random.default_rng(5), 200_000
    customer, time, alive = nbd.simulate(rng, np.full(n, 52.0), **GROCERY)
    assert alive.all()
    early = np.bincount(customer[time <= 26.0], minlength=n)
    late = np.bincount(customer[time > 26.0], minlength=n)
    pmf = nbd.pmf(np.arange(8.0), 26.0, **GROCERY)
    assert (np.abs(np.bincount(early, minlength=8)[:8] / n - pmf) < 5 * np.sqrt(pmf / n)).all()
    for x in (0, 1, 5):
        like = late[early == x]
        expected = float(nbd.expected_purchases(26.0, **nbd.given_alive(x, 26.0, **GROCERY)))
        assert like.mean() == pytest.approx(expected, abs=5 * like.std() / np.sqrt(len(like)))
