"""MBG/NBD against raw powers in many digits, its derivatives against differences, and its own simulator."""

import itertools
from typing import Any

import mpmath as mp
import numpy as np
import oracle
import pytest
from oracle import log_error, relative_error

from clvlab.formulas import bg_nbd, mbg_nbd
from clvlab.inference.jets import JETS, exponentials
from clvlab.inference.likelihood import Likelihood

BAR = 1e-8
CDNOW = {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}
GROCERY = {"r": 1.2569, "alpha": 6.0391, "a": 0.3683, "b": 0.7158}
HISTORIES = [(0.0, 0.0, 0.01), (0.0, 0.0, 1.6e4), (1.0, 1e-3, 1.6e4), (3.0, 39.0, 39.0), (5000.0, 1.6e4, 1.6e4),
             (5000.0, 8e3, 1.6e4), (5000.0, 1e-3, 0.01)]  # fmt: skip


def spread(rng: np.random.Generator, low: float, high: float, n: int) -> np.ndarray:
    return np.exp(rng.uniform(np.log(low), np.log(high), n))


def parameters(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    """Log-uniform over the box, every fourth at an end of it or at 1; a + b = 1 in one of ten."""
    at = {}
    for name in mbg_nbd.PARAMETERS:
        at[name] = np.where(rng.random(n) < 0.25, rng.choice([1e-3, 1.0, 1e4], n), spread(rng, 1e-3, 1e4, n))
    at["b"] = np.where((at["a"] < 0.99) & (rng.random(n) < 0.1), 1.0 - at["a"], at["b"])
    return at


def histories(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    x, T = rng.choice([0.0, 1.0, 2.0, 50.0, 1000.0, 5000.0], n), spread(rng, 1e-2, 1.6e4, n)
    return {"x": x, "t_x": np.where(x > 0, T * np.where(rng.random(n) < 0.2, 1.0, rng.random(n)), 0.0), "T": T}


def truth(function: Any, at: dict[str, np.ndarray]) -> list[Any]:
    return [function(*(float(v) for v in row)) for row in zip(*at.values(), strict=True)]


def printed_log_likelihood(x: float, t_x: float, T: float, r: float, alpha: float, a: float, b: float) -> Any:
    """Batislam, Denizel & Filiztekin (2007), in raw powers."""

    def compute() -> Any:
        X, R, A, B = (mp.mpf(v) for v in (x, r, a, b))
        survived = mp.beta(A, B + X + 1) / mp.beta(A, B) / (mp.mpf(alpha) + T) ** (R + X)
        left = mp.beta(A + 1, B + X) / mp.beta(A, B) / (mp.mpf(alpha) + t_x) ** (R + X)
        return mp.log(mp.gammaprod([R + X], [R]) * mp.mpf(alpha) ** R * (survived + left))

    return oracle.settled(compute)


def printed_prob_alive(x: float, t_x: float, T: float, r: float, alpha: float, a: float, b: float) -> Any:
    with mp.workdps(40):
        ratio = (mp.mpf(alpha) + T) / (mp.mpf(alpha) + t_x)
        return 1 / (1 + mp.mpf(a) / (mp.mpf(b) + x) * ratio ** (mp.mpf(r) + x))


def stayed(b: float, a: float) -> Any:
    return mp.mpf(b) / (mp.mpf(a) + b)


def expected(t: float, r: float, alpha: float, a: float, b: float) -> Any:
    return stayed(b, a) * oracle.bg_nbd_expected_purchases(t, r, alpha, a, b + 1)


def alive_later(t: float, r: float, alpha: float, a: float, b: float) -> Any:
    return stayed(b, a) * oracle.bg_nbd_prob_alive_later(t, r, alpha, a, b + 1)


def counted(y: float, t: float, r: float, alpha: float, a: float, b: float) -> Any:
    return (1 - stayed(b, a)) * (y == 0) + stayed(b, a) * oracle.bg_nbd_pmf(y, t, r, alpha, a, mp.mpf(b) + 1)


def check_histories(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    at = histories(rng, n) | parameters(rng, n)
    assert log_error(mbg_nbd.log_likelihood(**at), truth(printed_log_likelihood, at)).max() < BAR
    assert relative_error(mbg_nbd.prob_alive(**at), truth(printed_prob_alive, at)).max() < BAR


def check_horizons(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    at = {"t": spread(rng, 1e-2, 1.6e4, n)} | parameters(rng, n)
    assert relative_error(mbg_nbd.expected_purchases(**at), truth(expected, at)).max() < BAR
    assert relative_error(mbg_nbd.prob_alive_later(**at), truth(alive_later, at)).max() < BAR


def check_counts(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = np.where(rng.random(n) < 0.2, 0.0, np.floor(spread(rng, 1, 5001, n)))
    at = {"y": y, "t": spread(rng, 1e-2, 1.6e4, n)} | parameters(rng, n)
    assert relative_error(mbg_nbd.pmf(**at), truth(counted, at)).max() < BAR


def test_histories_anywhere() -> None:
    check_histories(200, seed=1)


def test_horizons_anywhere() -> None:
    check_horizons(60, seed=2)


def test_counts_anywhere() -> None:
    check_counts(60, seed=3)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("check", [check_histories, check_horizons, check_counts])
def test_thousands_of_points(check: Any) -> None:
    check(1000, seed=4)


def corners() -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """All ends of the parameters with all the awkward histories."""
    rows = np.array(list(itertools.product(HISTORIES, *[[1e-3, 1.0, 1e4]] * 4)), dtype=object)
    history = np.array(rows[:, 0].tolist(), dtype=float).T
    return (
        dict(zip(("x", "t_x", "T"), history, strict=True)),
        dict(zip(mbg_nbd.PARAMETERS, rows[:, 1:].T.astype(float), strict=True)),
    )


def test_nothing_breaks_in_the_corners() -> None:
    history, params = corners()
    jets = dict(zip(params, exponentials(np.log(list(params.values()))), strict=True))
    jet = mbg_nbd.log_likelihood(**history, **jets, xp=JETS)
    for terms in (jet.value, *jet.first.values(), *jet.second.values()):
        assert np.isfinite(terms).all()
    alive = mbg_nbd.prob_alive(**history, **params)
    assert ((alive >= 0) & (alive <= 1)).all()
    for t in (0.0, 0.01, 1.6e4):
        for value in (
            mbg_nbd.expected_purchases(t, **params),
            mbg_nbd.pmf(3.0, t, **params),
            mbg_nbd.prob_alive_later(t, **params),
            mbg_nbd.prob_no_purchase(t, **params),
        ):
            assert (np.isfinite(value) & (value >= 0)).all()


@pytest.mark.parametrize("params", [CDNOW, GROCERY, {"r": 2.0, "alpha": 3.0, "a": 1.0, "b": 1e-3}])
def test_derivatives_are_those_of_the_value(params: dict[str, float]) -> None:
    table = np.array([(0, 0, 39), (2, 30.43, 38.86), (26, 30.86, 31), (3, 39, 39), (5000, 20, 39)], float)
    likelihood = Likelihood(mbg_nbd, dict(zip(("x", "t_x", "T"), table.T, strict=True)))
    at = np.log([params[name] for name in mbg_nbd.PARAMETERS])
    value, gradient, hessian = likelihood.derivatives(at)
    assert value == pytest.approx(likelihood.value(at), rel=1e-13)
    for i in range(4):
        ahead, behind = at + 1e-5 * np.eye(4)[i], at - 1e-5 * np.eye(4)[i]
        slope = (likelihood.value(ahead) - likelihood.value(behind)) / 2e-5
        assert gradient[i] == pytest.approx(slope, rel=1e-6, abs=1e-5)
        curve = (likelihood.derivatives(ahead)[1] - likelihood.derivatives(behind)[1]) / 2e-5
        assert hessian[i] == pytest.approx(curve, rel=1e-6, abs=1e-5)


def test_pytensor_agrees_with_jets() -> None:
    import pytensor
    import pytensor.tensor as pt

    from clvlab.inference.pymc_model import pytensor_namespace

    x, t_x, T = np.array(HISTORIES).T
    logs = [pt.dscalar(name) for name in mbg_nbd.PARAMETERS]
    total = mbg_nbd.log_likelihood(x, t_x, T, *map(pt.exp, logs), xp=pytensor_namespace()).sum()
    graph = pytensor.function(logs, [total, *pytensor.grad(total, logs)], mode="FAST_COMPILE")
    likelihood = Likelihood(mbg_nbd, {"x": x, "t_x": t_x, "T": T})
    for at in (list(CDNOW.values()), [1e-3, 1e4, 1e-3, 1e-3], [1e4, 1e-3, 1.0, 1e4]):
        value, *gradient = graph(*np.log(at))
        found, slopes, _ = likelihood.derivatives(np.log(at))
        assert value == pytest.approx(found, rel=1e-12)
        assert gradient == pytest.approx(slopes, rel=1e-9, abs=1e-8)


@pytest.mark.parametrize("params", [CDNOW, GROCERY, {"r": 5.0, "alpha": 2.0, "a": 1.0, "b": 20.0}])
@pytest.mark.parametrize("t", [0.0, 0.5, 52.0])
def test_probabilities_of_counts_add_up(params: dict[str, float], t: float) -> None:
    y = np.arange(3000.0)
    pmf = mbg_nbd.pmf(y, t, **params)
    assert pmf.sum() == pytest.approx(1.0, rel=1e-9)
    assert y @ pmf == pytest.approx(float(mbg_nbd.expected_purchases(t, **params)), rel=1e-8)
    assert pmf[0] == pytest.approx(float(mbg_nbd.prob_no_purchase(t, **params)), rel=1e-13)
    assert pmf[0] == pytest.approx(float(np.exp(mbg_nbd.log_likelihood(0.0, 0.0, t, **params))), rel=1e-12)


def test_a_customer_just_won_may_already_be_lost() -> None:
    # Before any time has passed P(alive) is that of surviving the trial at the first purchase; then BG/NBD follows.
    alive = float(mbg_nbd.prob_alive(0.0, 0.0, 0.0, **CDNOW))
    assert alive == pytest.approx(1.614 / (0.891 + 1.614), rel=1e-14)
    after = mbg_nbd.given_alive(0.0, 0.0, **CDNOW)
    assert alive * bg_nbd.expected_purchases(39.0, **after) == pytest.approx(
        float(mbg_nbd.expected_purchases(39.0, **CDNOW)), rel=1e-12
    )
    assert alive * bg_nbd.prob_alive_later(39.0, **after) == pytest.approx(
        float(mbg_nbd.prob_alive_later(39.0, **CDNOW)), rel=1e-12
    )


def test_story_told_by_the_simulator() -> None:
    rng, n, T = np.random.default_rng(7), 400_000, 20.0
    customer, time, alive_later = mbg_nbd.simulate(rng, np.full(n, 2 * T), **GROCERY)
    early = time <= T
    x, t_x = np.bincount(customer[early], minlength=n), np.zeros(n)
    later = np.bincount(customer[~early], minlength=n)
    np.maximum.at(t_x, customer[early], time[early])
    pmf = mbg_nbd.pmf(np.arange(10.0), T, **GROCERY)
    assert (np.abs(np.bincount(x, minlength=10)[:10] / n - pmf) < 5 * np.sqrt(pmf / n)).all()
    mean = float(mbg_nbd.expected_purchases(T, **GROCERY))
    assert x.mean() == pytest.approx(mean, abs=5 * x.std() / np.sqrt(n))
    share = float(mbg_nbd.prob_alive_later(2 * T, **GROCERY))
    assert alive_later.mean() == pytest.approx(share, abs=5 * np.sqrt(share * (1 - share) / n))
    alive, after = mbg_nbd.prob_alive(x, t_x, T, **GROCERY), mbg_nbd.given_alive(x, T, **GROCERY)
    forward = mbg_nbd.FORWARD
    expected_later = alive * forward.expected_purchases(T, **after)
    still = alive * forward.prob_alive_later(T, **after)
    for some in (x == 0, x == 1, (x > 1) & (alive < 0.5), (x > 1) & (alive >= 0.5)):
        error = 5 * later[some].std() / np.sqrt(some.sum())
        assert later[some].mean() == pytest.approx(expected_later[some].mean(), abs=error)
        assert alive_later[some].mean() == pytest.approx(still[some].mean(), abs=2.5 / np.sqrt(some.sum()))
