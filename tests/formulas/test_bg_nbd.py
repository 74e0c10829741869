"""BG/NBD against slow and sure oracles, and its simulator against its formulas."""

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import oracle
import pytest
from scipy import stats

from clvlab.formulas import bg_nbd

BAR = 1e-8
CDNOW = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
SMALLEST, LARGEST = 1e-3, 1e4
Points = dict[str, np.ndarray]


def spread(rng: np.random.Generator, low: float, high: float, n: int) -> np.ndarray:
    return np.exp(rng.uniform(np.log(low), np.log(high), n))


def parameters(rng: np.random.Generator, n: int) -> Points:
    return {name: spread(rng, SMALLEST, LARGEST, n) for name in bg_nbd.PARAMETERS}


def histories(rng: np.random.Generator, n: int) -> Points:
    x = np.where(rng.random(n) < 0.2, 0.0, np.floor(spread(rng, 1, 5001, n)))
    age = spread(rng, 1e-2, 1.6e4, n)
    recency = np.where(rng.random(n) < 0.1, age, age * rng.random(n) ** 0.5)
    return {"x": x, "t_x": np.where(x > 0, recency, 0.0), "T": age}


def truth(function: Callable[..., Any], at: Points) -> list[Any]:
    rows = zip(*at.values(), strict=True)
    return [function(**dict(zip(at, (float(value) for value in row), strict=True))) for row in rows]


def check_histories(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    at = histories(rng, n) | parameters(rng, n)
    likely = oracle.log_error(bg_nbd.log_likelihood(**at), truth(oracle.bg_nbd_log_likelihood, at))
    alive = oracle.relative_error(bg_nbd.prob_alive(**at), truth(oracle.bg_nbd_prob_alive, at))
    assert likely.max() < BAR
    assert alive.max() < BAR


def check_horizons(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    at = {"t": spread(rng, 1e-2, 1.6e4, n)} | parameters(rng, n)
    expected = oracle.relative_error(bg_nbd.expected_purchases(**at), truth(oracle.bg_nbd_expected_purchases, at))
    assert expected.max() < BAR


def check_later(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    at = {"t": spread(rng, 1e-2, 1.6e4, n)} | parameters(rng, n)
    later = oracle.relative_error(bg_nbd.prob_alive_later(**at), truth(oracle.bg_nbd_prob_alive_later, at))
    assert later.max() < BAR


def check_counts(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = np.where(rng.random(n) < 0.2, 0.0, np.floor(spread(rng, 1, 5001, n)))
    at = {"y": y, "t": spread(rng, 1e-2, 1.6e4, n)} | parameters(rng, n)
    assert oracle.relative_error(bg_nbd.pmf(**at), truth(oracle.bg_nbd_pmf, at)).max() < BAR


def test_histories_anywhere() -> None:
    check_histories(300, seed=1)


def test_horizons_anywhere() -> None:
    check_horizons(200, seed=2)


def test_alive_later_anywhere() -> None:
    check_later(100, seed=2)


def test_counts_anywhere() -> None:
    check_counts(150, seed=3)


@pytest.mark.slow
@pytest.mark.parametrize("check", [check_histories, check_horizons, check_later, check_counts])
def test_thousands_of_points(check: Callable[..., None]) -> None:
    check(3000, seed=4)


def corners(*columns: list[float]) -> list[np.ndarray]:
    return list(np.array(list(itertools.product(*columns))).T)


def test_histories_in_the_corners() -> None:
    ends = [SMALLEST, 1.0, LARGEST]
    x, age, share, r, alpha, a, b = corners([0, 1, 5000], [1e-2, 1.6e4], [1e-6, 1.0], ends, [SMALLEST, LARGEST],
                                            ends, [SMALLEST, LARGEST])  # fmt: skip
    at = {"x": x, "t_x": np.where(x > 0, share * age, 0.0), "T": age, "r": r, "alpha": alpha, "a": a, "b": b}
    likely = oracle.log_error(bg_nbd.log_likelihood(**at), truth(oracle.bg_nbd_log_likelihood, at))
    alive = oracle.relative_error(bg_nbd.prob_alive(**at), truth(oracle.bg_nbd_prob_alive, at))
    assert likely.max() < BAR
    assert alive.max() < BAR


POLES = [1.0, 1.0 - 1e-12, 1.0 + 1e-9, 1.0 - 1e-6, 1.0 + 1e-4, 0.989, 1.011, 2.0, 3.0 + 1e-10]


def at_poles(t: list[float]) -> Points:
    """A = 1 and a + b = 1, exactly and nearly; r + 1 - a a whole number, where the series cannot be continued."""
    a, r, alpha, horizon = corners(POLES, [0.25, 1.0, 1.0 - 1e-9, 7.0], [1e-3, 4.4], t)
    summed = {"a": a / 3.0, "b": a - a / 3.0}
    both = [{"a": a, "b": np.full_like(a, 2.4)}, {"a": a, "b": np.full_like(a, 101.0)}, summed]
    names = {"t": horizon, "r": r, "alpha": alpha}
    return {k: np.concatenate([(names | pair)[k] for pair in both]) for k in ("t", "r", "alpha", "a", "b")}


@pytest.mark.parametrize("t", [1e-2, 39.0, 1.6e4])
def test_expected_purchases_at_the_poles(t: float) -> None:
    at = at_poles([t])
    found = bg_nbd.expected_purchases(**at)
    assert oracle.relative_error(found, truth(oracle.bg_nbd_expected_purchases, at)).max() < BAR


@pytest.mark.parametrize("t", [1e-2, 39.0, 1.6e4])
def test_prob_alive_later_at_the_poles(t: float) -> None:
    at = at_poles([t])
    found = bg_nbd.prob_alive_later(**at)
    assert oracle.relative_error(found, truth(oracle.bg_nbd_prob_alive_later, at)).max() < BAR


@pytest.mark.parametrize("t", [1e-2, 1.6e4])
def test_horizons_in_the_corners(t: float) -> None:
    ends = [SMALLEST, 1.0, LARGEST]
    r, alpha, a, b = corners(ends, [SMALLEST, LARGEST], ends, ends)
    at = {"t": np.full_like(r, t), "r": r, "alpha": alpha, "a": a, "b": b}
    expected = oracle.relative_error(bg_nbd.expected_purchases(**at), truth(oracle.bg_nbd_expected_purchases, at))
    assert expected.max() < BAR


def test_two_oracles_agree() -> None:
    rng = np.random.default_rng(5)
    for t, r, alpha, a, b in zip(*(spread(rng, 0.1, 20.0, 20) for _ in range(5)), strict=True):
        printed = oracle.bg_nbd_expected_purchases_as_printed(t, r, alpha, a, b)
        integral = oracle.bg_nbd_expected_purchases(t, r, alpha, a, b)
        assert float(abs(integral - printed) / printed) < 1e-12


@pytest.mark.parametrize("parameters", [CDNOW, {"r": 5.0, "alpha": 2.0, "a": 1.0, "b": 20.0},
                                        {"r": 0.9, "alpha": 3.0, "a": 0.3, "b": 0.7}])  # fmt: skip
@pytest.mark.parametrize("t", [0.0, 0.5, 40.0])
def test_probabilities_of_counts_add_up(parameters: dict[str, float], t: float) -> None:
    y = np.arange(3000)
    probability = bg_nbd.pmf(y, t, **parameters)
    assert probability.sum() == pytest.approx(1.0, rel=1e-9)
    assert y @ probability == pytest.approx(float(bg_nbd.expected_purchases(t, **parameters)), rel=1e-8)
    assert probability[0] == pytest.approx(
        float(bg_nbd.prob_no_purchase(t, r=parameters["r"], alpha=parameters["alpha"]))
    )


def test_likelihood_counts_as_the_pmf_does() -> None:
    # With x = 0 the likelihood is P(X(T) = 0).
    found = bg_nbd.log_likelihood(0.0, 0.0, 39.0, **CDNOW)
    assert np.exp(found) == pytest.approx(float(bg_nbd.pmf(0, 39.0, **CDNOW)), rel=1e-12)


def test_nothing_has_happened_at_horizon_0() -> None:
    assert bg_nbd.expected_purchases(0.0, **CDNOW) == 0.0
    assert bg_nbd.prob_alive_later(0.0, **CDNOW) == 1.0
    np.testing.assert_array_equal(bg_nbd.pmf([0, 1, 5], 0.0, **CDNOW), [1.0, 0.0, 0.0])


def test_a_forecast_after_no_history_is_a_new_customer() -> None:
    after = bg_nbd.given_alive(0.0, 0.0, **CDNOW)
    assert bg_nbd.expected_purchases(39.0, **after) == bg_nbd.expected_purchases(39.0, **CDNOW)


@pytest.mark.parametrize("parameters", [CDNOW, {"r": 3.0, "alpha": 1.5, "a": 2.0, "b": 6.0}])
def test_the_simulator_counts_as_the_formula_does(parameters: dict[str, float]) -> None:
    n, t, top = 100_000, 20.0, 12
    customer, time, alive = bg_nbd.simulate(np.random.default_rng(6), np.full(n, t), **parameters)
    assert ((time > 0) & (time <= t)).all()
    counts = np.bincount(customer, minlength=n)
    probability = bg_nbd.pmf(np.arange(top), t, **parameters)
    observed = np.bincount(np.minimum(counts, top), minlength=top + 1)
    expected = n * np.append(probability, 1.0 - probability.sum())
    assert stats.chisquare(observed, expected, sum_check=False).pvalue > 0.01
    error = counts.std() / np.sqrt(n)
    assert counts.mean() == pytest.approx(float(bg_nbd.expected_purchases(t, **parameters)), abs=3 * error)
    share = float(bg_nbd.prob_alive_later(t, **parameters))
    assert alive.mean() == pytest.approx(share, abs=3 * np.sqrt(share * (1 - share) / n))


def test_prob_alive_is_the_share_alive_among_the_like() -> None:
    # Customers simulated, then grouped by their predicted P(alive): calibrated in every tenth.
    n = 100_000
    customer, time, alive = bg_nbd.simulate(np.random.default_rng(7), np.full(n, 39.0), **CDNOW)
    x, t_x = np.bincount(customer, minlength=n), np.zeros(n)
    np.maximum.at(t_x, customer, time)
    said = bg_nbd.prob_alive(x, t_x, 39.0, **CDNOW)
    for low in np.arange(0.0, 1.0, 0.1):
        like = (said >= low) & (said < low + 0.1)
        assert alive[like].mean() == pytest.approx(said[like].mean(), abs=3 * 0.5 / np.sqrt(like.sum()))


def test_simulating_nobody_and_no_time() -> None:
    for duration in (np.empty(0), np.zeros(3)):
        customer, time, alive = bg_nbd.simulate(np.random.default_rng(8), duration, **CDNOW)
        assert len(customer) == len(time) == 0
        assert alive.all()
