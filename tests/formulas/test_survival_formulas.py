"""Accelerated failure times against mpmath, their derivatives in three namespaces, and their simulators."""

import itertools
from collections.abc import Callable
from types import ModuleType
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from oracle import log_error, relative_error

from clvlab.formulas import log_logistic, log_normal, weibull
from clvlab.formulas.namespace import NUMPY
from clvlab.inference.jets import JETS, Jet, exponentials, variables
from clvlab.inference.likelihood import Likelihood

BAR = 1e-8
DIGITS = 60
FORMULAS = [weibull, log_normal, log_logistic]
EACH = pytest.mark.parametrize("formula", FORMULAS, ids=lambda f: f.NAME)


def ndtr(u: Any) -> Any:
    return mp.erfc(-u / mp.sqrt(2)) / 2


# Survival and density of w = shape (log t - log scale), as printed.
SURVIVAL: dict[str, Callable[[Any], Any]] = {
    weibull.NAME: lambda w: mp.exp(-mp.exp(w)),
    log_normal.NAME: lambda w: ndtr(-w),
    log_logistic.NAME: lambda w: 1 / (1 + mp.exp(w)),
}
LOG_SURVIVAL: dict[str, Callable[[Any], Any]] = {
    weibull.NAME: lambda w: -mp.exp(w),
    log_normal.NAME: lambda w: mp.log(ndtr(-w)),
    log_logistic.NAME: lambda w: -mp.log1p(mp.exp(w)),
}
LOG_DENSITY: dict[str, Callable[[Any], Any]] = {
    weibull.NAME: lambda w: w - mp.exp(w),
    log_normal.NAME: lambda w: -w * w / 2 - mp.log(2 * mp.pi) / 2,
    log_logistic.NAME: lambda w: w - 2 * mp.log1p(mp.exp(w)),
}


def true_log_likelihood(name: str, entry: float, time: float, event: float, scale: Any, shape: Any) -> Any:
    def w(t: float) -> Any:
        return shape * (mp.log(t) - mp.log(scale))

    before = LOG_SURVIVAL[name](w(mp.mpf(entry))) if entry > 0 else mp.mpf(0)
    at = mp.mpf(time)
    if event:
        return mp.log(shape) - mp.log(at) + LOG_DENSITY[name](w(at)) - before
    return LOG_SURVIVAL[name](w(at)) - before


def spread(rng: np.random.Generator, low: float, high: float, n: int) -> np.ndarray:
    return np.exp(rng.uniform(np.log(low), np.log(high), n))


def points(n: int, seed: int) -> dict[str, np.ndarray]:
    """Customers and parameters, log-uniform; a third not truncated, some watched only for a moment."""
    rng = np.random.default_rng(seed)
    time = spread(rng, 1e-3, 1e4, n)
    share = np.where(rng.random(n) < 0.3, 1.0 - spread(rng, 1e-9, 1e-1, n), rng.random(n))
    return {
        "entry": np.where(rng.random(n) < 0.3, 0.0, time * share),
        "time": time,
        "event": (rng.random(n) < 0.5).astype(float),
        "scale": spread(rng, 1e-3, 1e4, n),
        "shape": spread(rng, 1e-2, 30.0, n),
    }


def corners() -> dict[str, np.ndarray]:
    ends = [0.0, 0.5, 1.0 - 1e-9], [1e-3, 1.0, 1e4], [0.0, 1.0], [1e-3, 1.0, 1e4], [1e-2, 1.0, 20.0]
    share, time, event, scale, shape = np.array(list(itertools.product(*ends))).T
    return {"entry": share * time, "time": time, "event": event, "scale": scale, "shape": shape}


def worst(formula: ModuleType, at: dict[str, np.ndarray]) -> float:
    with mp.workdps(DIGITS):
        truth = [true_log_likelihood(formula.NAME, *map(mp.mpf, row)) for row in zip(*at.values(), strict=True)]
    return float(log_error(formula.log_likelihood(**at), truth).max())


@EACH
def test_log_likelihood_anywhere(formula: ModuleType) -> None:
    at = points(400, seed=1)
    assert worst(formula, at) < BAR


@EACH
def test_log_likelihood_in_the_corners(formula: ModuleType) -> None:
    assert worst(formula, corners()) < BAR


@EACH
def test_survival_hazard_quantiles_and_means(formula: ModuleType) -> None:
    at = {name: values for name, values in points(150, seed=2).items() if name in ("time", "scale", "shape")}
    t, scale, shape = at["time"], at["scale"], at["shape"]
    with mp.workdps(400):  # differences of exp(300)
        rows = [tuple(map(mp.mpf, row)) for row in zip(t, scale, shape, strict=True)]
        w = [k * (mp.log(x) - mp.log(s)) for x, s, k in rows]
        stays = [SURVIVAL[formula.NAME](u) for u in w]
        risk = [
            k / x * mp.exp(LOG_DENSITY[formula.NAME](u) - LOG_SURVIVAL[formula.NAME](u))
            for (x, _, k), u in zip(rows, w, strict=True)
        ]
    tame = np.array([abs(float(u)) < 300 for u in w])
    assert relative_error(formula.survival(t, scale, shape), stays)[tame].max() < BAR
    assert relative_error(formula.hazard(t, scale, shape), risk)[tame].max() < BAR
    assert formula.survival(0.0, scale, shape) == pytest.approx(1.0)
    usual = shape > 0.3
    for p in (1e-6, 0.5, 0.99):
        by_then = formula.quantile(p, scale[usual], shape[usual])
        assert 1.0 - formula.survival(by_then, scale[usual], shape[usual]) == pytest.approx(p, rel=1e-8)


@EACH
@pytest.mark.parametrize("shape", [0.2, 0.7, 1.0, 1.0 + 1e-9, 1.7, 5.0, 30.0])
@pytest.mark.parametrize("until", [1e-3, 0.3, 1.0, 4.0, 1e3])
def test_restricted_mean_is_the_area_under_the_curve(formula: ModuleType, shape: float, until: float) -> None:
    k, top = mp.mpf(shape), mp.mpf(until)

    def area(u: Any) -> Any:  # over log t
        return SURVIVAL[formula.NAME](k * u) * mp.exp(u)

    last = float(mp.log(top))
    bends = [last - 60.0, *(last - d for d in (20.0, 8.0, 3.0, 1.0)), *np.linspace(-4.0 / shape, 4.0 / shape, 9)]
    with mp.workdps(30):
        truth = mp.quad(area, [*sorted(u for u in bends if last - 61.0 < u < last), mp.log(top)])
    found = formula.restricted_mean(3.0 * until, 3.0, shape)
    assert float(found) == pytest.approx(3.0 * float(truth), rel=1e-6 if shape == 1.0 + 1e-9 else 1e-9)
    assert formula.restricted_mean(0.0, 3.0, shape) == 0.0


@EACH
def test_mean_is_what_no_restriction_comes_to(formula: ModuleType) -> None:
    shape = np.array([4.0, 6.0, 20.0])
    assert formula.restricted_mean(1e6, 2.0, shape) == pytest.approx(formula.mean(2.0, shape), rel=1e-9)
    assert log_logistic.mean(2.0, np.array([0.5, 1.0])).tolist() == [np.inf, np.inf]


def test_restricted_means_where_shape_leaves_numbers_behind() -> None:
    assert log_logistic.restricted_mean(1e30, 1.0, 30.0) == pytest.approx(log_logistic.mean(1.0, 30.0))
    assert weibull.restricted_mean(10.0, 1.0, 1e-3) == pytest.approx(10.0 * weibull.survival(10.0, 1.0, 1e-3), rel=1e-2)


CASES = {
    "left": {"entry": 0.0, "time": 3.0, "event": 1.0},
    "stays": {"entry": 0.0, "time": 40.0, "event": 0.0},
    "left, watched late": {"entry": 2.5, "time": 3.0, "event": 1.0},
    "stays, watched late": {"entry": 39.9, "time": 40.0, "event": 0.0},
    "long": {"entry": 1e3, "time": 5e4, "event": 0.0},
}


@EACH
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("params", [[20.0, 1.5], [0.5, 0.3], [1e4, 2.0], [30.0, 0.05]])
def test_derivatives(formula: ModuleType, case: dict[str, float], params: list[float]) -> None:
    logs = np.log(params).tolist()
    jet = formula.log_likelihood(**case, **dict(zip(formula.PARAMETERS, exponentials(logs), strict=True)), xp=JETS)
    with mp.workdps(40):

        def likely(*at: Any) -> Any:
            return true_log_likelihood(formula.NAME, *case.values(), *map(mp.exp, at))

        point = tuple(map(mp.mpf, logs))
        value = likely(*point)
        first = [mp.diff(likely, point, n, h=mp.mpf(10) ** -10) for n in ((1, 0), (0, 1))]
        second = {
            key: mp.diff(likely, point, n, h=mp.mpf(10) ** -10)
            for key, n in {(0, 0): (2, 0), (0, 1): (1, 1), (1, 1): (0, 2)}.items()
        }
    assert float(jet.value) == pytest.approx(float(value), rel=1e-10, abs=1e-12)
    size = max(1.0, *(abs(float(d)) for d in [*first, *second.values()]))
    for i, true in enumerate(first):
        assert float(jet.first[i]) == pytest.approx(float(true), rel=1e-8, abs=1e-10 * size)
    for key, true in second.items():
        assert float(jet.second.get(key, 0.0)) == pytest.approx(float(true), rel=1e-8, abs=1e-10 * size)


@EACH
def test_gradients_over_histories_are_finite_differences_and_those_of_pytensor(formula: ModuleType) -> None:
    import pytensor
    import pytensor.tensor as pt

    from clvlab.inference.pymc_model import pytensor_namespace

    history = {name: np.array([case[name] for case in CASES.values()]) for name in formula.HISTORY}
    likelihood = Likelihood(formula, history)
    at = np.log([20.0, 0.8])
    value, gradient, hessian = likelihood.derivatives(at)
    assert value == pytest.approx(likelihood.value(at), rel=1e-12)
    for i, step in enumerate(np.eye(2) * 1e-5):
        ahead, behind = likelihood.derivatives(at + step), likelihood.derivatives(at - step)
        assert gradient[i] == pytest.approx((ahead[0] - behind[0]) / 2e-5, rel=1e-6, abs=1e-6)
        assert hessian[i] == pytest.approx((ahead[1] - behind[1]) / 2e-5, rel=1e-6, abs=1e-6)
    logs = [pt.dscalar(name) for name in formula.PARAMETERS]
    params = dict(zip(formula.PARAMETERS, map(pt.exp, logs), strict=True))
    total = formula.log_likelihood(**history, **params, xp=pytensor_namespace()).sum()
    compiled = pytensor.function(logs, [total, *pytensor.grad(total, logs)], mode="FAST_COMPILE")
    found, *slopes = (float(v) for v in compiled(*at.tolist()))
    assert found == pytest.approx(value, rel=1e-12)
    assert slopes == pytest.approx(gradient.tolist(), rel=1e-9)


ANYWHERE = [-1e8, -1e4, -300.0, -200.1, -199.9, -40.0, -5.0, -1.0, -0.3, 0.0, 1.0, 6.0, 30.0, 60.0]


@pytest.mark.parametrize("u", ANYWHERE)
def test_log_of_the_normal_distribution_function(u: float) -> None:
    with mp.workdps(1000):
        x = mp.mpf(u)
        # Beyond 1e5 not even mpmath's erfc: the series of Mills' ratio.
        below = ndtr(x) if u > -1e5 else None
        slope = mp.npdf(x) / below if below is not None else -x - 1 / x
        log = mp.log(below) if below is not None else -x * x / 2 - mp.log(-x) - mp.log(2 * mp.pi) / 2
        curve = -slope * (x + slope) if below is not None else -1 + 1 / x**2
    jet = JETS.log_ndtr(variables([u])[0])
    assert isinstance(jet, Jet)
    for found, true in ((jet.value, log), (jet.first[0], slope), (jet.second[0, 0], curve)):
        assert float(found) == pytest.approx(float(true), rel=1e-10, abs=1e-300)
    assert float(NUMPY.log_ndtr(u)) == float(jet.value) == float(JETS.log_ndtr(u))


def test_log_of_the_normal_distribution_function_in_pytensor() -> None:
    import pytensor
    import pytensor.tensor as pt

    from clvlab.inference.pymc_model import pytensor_namespace

    u = pt.dvector("u")
    found = pytensor_namespace().log_ndtr(u)
    compiled = pytensor.function([u], [found, pytensor.grad(found.sum(), u)], mode="FAST_COMPILE")
    at = np.array(ANYWHERE)
    value, slope = compiled(at)
    jet = JETS.log_ndtr(Jet(at, {0: np.ones(len(at))}, {}))
    np.testing.assert_allclose(value, jet.value, rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(slope, jet.first[0], rtol=1e-10, atol=1e-300)


@EACH
@pytest.mark.parametrize("shape", [0.6, 2.5])
def test_simulated_frequencies(formula: ModuleType, shape: float) -> None:
    n = 40_000
    rng = np.random.default_rng(3)
    time, event, seen = formula.simulate(rng, np.full(n, 30.0), 12.0, shape)
    assert seen.all()
    assert (time <= 30.0).all()
    assert (event == (time < 30.0)).all()
    for t in (2.0, 8.0, 20.0, 29.9):
        share = formula.survival(t, 12.0, shape)
        assert abs((time > t).mean() - share) < 4.0 * np.sqrt(share * (1.0 - share) / n)
    # Of those seen at 5, as many stay to 20 as the likelihood says.
    time, _, seen = formula.simulate(rng, np.full(n, 30.0), 12.0, shape, entry=5.0)
    share = formula.survival(5.0, 12.0, shape)
    assert abs(seen.mean() - share) < 4.0 * np.sqrt(share * (1.0 - share) / n)
    stays = float(np.exp(formula.log_likelihood(5.0, 20.0, 0.0, 12.0, shape)))
    assert abs((time[seen] > 20.0).mean() - stays) < 4.0 * np.sqrt(stays * (1.0 - stays) / seen.sum())


@EACH
def test_who_came_late_is_worth_what_they_lived_since(formula: ModuleType) -> None:
    """Surviving to 3, then to 8 after an entry at 3, is surviving to 8."""
    known = {"scale": 6.0, "shape": 1.3}
    in_two = formula.log_likelihood(0.0, 3.0, 0.0, **known) + formula.log_likelihood(3.0, 8.0, 1.0, **known)
    assert in_two == pytest.approx(formula.log_likelihood(0.0, 8.0, 1.0, **known), rel=1e-12)
