"""Gradients and Hessians carried by jets against mpmath, complex steps and PyTensor."""

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import mpmath as mp
import numpy as np
import pytest

from clvlab.formulas import bg_nbd, gamma_gamma
from clvlab.inference.jets import JETS, Jet, exponentials, variables

pytestmark = pytest.mark.numerical

MPMATH = SimpleNamespace(
    log=mp.log,
    log1p=mp.log1p,
    exp=mp.exp,
    expm1=mp.expm1,
    gammaln=mp.loggamma,
    where=lambda condition, yes, no: yes if condition else no,
    maximum=lambda u, v: max(u, v),
    minimum=lambda u, v: min(u, v),
    logaddexp=lambda u, v: u if v == -np.inf else v if u == -np.inf else mp.log(mp.exp(u) + mp.exp(v)),
)
FUNCTIONS: dict[str, Callable[..., Any]] = {
    "log": lambda xp, u, v: xp.log(u * v),
    "log1p": lambda xp, u, v: xp.log1p(u / v),
    "exp": lambda xp, u, v: xp.exp(u - v * v),
    "expm1": lambda xp, u, v: xp.expm1(u * u * v),
    "gammaln": lambda xp, u, v: xp.gammaln(u + 3.0 * v),
    "where": lambda xp, u, v: xp.where(True, u * u * v, v),
    "maximum": lambda xp, u, v: xp.maximum(u * u, v),
    "minimum": lambda xp, u, v: xp.minimum(u * u, v * v * u),
    "logaddexp": lambda xp, u, v: xp.logaddexp(u * v, v - u),
    "logaddexp with nothing": lambda xp, u, v: xp.logaddexp(u * v, -np.inf),
    "quotients": lambda xp, u, v: (1.0 - u) / (2.0 + v) - 3.0 / u + u / 4.0,  # noqa: ARG005
    "differences": lambda xp, u, v: 1.0 - (u - v) * (v - 2.0) + (-u),  # noqa: ARG005
}
HISTORIES = {
    "never": {"x": 0.0, "t_x": 0.0, "T": 38.86},
    "twice": {"x": 2.0, "t_x": 30.43, "T": 38.86},
    "today": {"x": 1.0, "t_x": 5.0, "T": 5.0},
    "thousands": {"x": 5000.0, "t_x": 700.0, "T": 701.0},
}


def derivatives(function: Callable[..., Any], at: list[float]) -> tuple[Any, list[Any], list[list[Any]]]:
    """Value, gradient and Hessian by mpmath at 40 digits."""
    k = len(at)
    with mp.workdps(40):
        point = [mp.mpf(value) for value in at]

        def by(*orders: int) -> Any:
            return mp.diff(function, tuple(point), tuple(orders), h=mp.mpf(10) ** -10)

        unit = np.eye(k, dtype=int)
        gradient = [by(*(int(n) for n in unit[i])) for i in range(k)]
        hessian = [[by(*(int(n) for n in unit[i] + unit[j])) for j in range(k)] for i in range(k)]
        return function(*point), gradient, hessian


def check(jet: Jet, value: Any, gradient: list[Any], hessian: list[list[Any]], rel: float = 1e-9) -> None:
    k = len(gradient)
    scale = max(1.0, *(abs(float(d)) for d in gradient), *(abs(float(d)) for row in hessian for d in row))
    assert float(jet.value) == pytest.approx(float(value), rel=1e-12, abs=1e-12)
    for i in range(k):
        assert float(jet.first.get(i, 0.0)) == pytest.approx(float(gradient[i]), rel=rel, abs=rel * scale)
        for j in range(i, k):
            assert float(jet.second.get((i, j), 0.0)) == pytest.approx(float(hessian[i][j]), rel=rel, abs=rel * scale)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("at", [[0.7, 1.9], [2.3, 0.4]])
def test_each_function(name: str, at: list[float]) -> None:
    function = FUNCTIONS[name]
    check(function(JETS, *variables(at)), *derivatives(lambda u, v: function(MPMATH, u, v), at))


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in ("quotients", "differences")])
def test_numbers_pass_through_unchanged(name: str) -> None:
    found = FUNCTIONS[name](JETS, 0.7, 1.9)
    assert not isinstance(found, Jet)
    assert float(found) == pytest.approx(float(FUNCTIONS[name](MPMATH, mp.mpf(0.7), mp.mpf(1.9))))


@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
@pytest.mark.parametrize("params", [[0.243, 4.414, 0.793, 2.426], [1e-3, 1e3, 1.0, 1e-2], [50.0, 0.1, 90.0, 700.0]])
def test_bg_nbd(history: dict[str, float], params: list[float]) -> None:
    at = np.log(params).tolist()

    def likely(*logs: Any) -> Any:
        return bg_nbd.log_likelihood(**history, **named(bg_nbd, map(mp.exp, logs)), xp=MPMATH)

    jet = bg_nbd.log_likelihood(**history, **named(bg_nbd, exponentials(at)), xp=JETS)
    check(jet, *derivatives(likely, at), rel=1e-8)


@pytest.mark.parametrize("history", [(1.0, 30.0), (3.0, 0.01), (5000.0, 1e6)])
@pytest.mark.parametrize("params", [[6.25, 3.74, 15.44], [1e-2, 1.0, 1e4], [300.0, 40.0, 1e-2]])
def test_gamma_gamma(history: tuple[float, float], params: list[float]) -> None:
    at = np.log(params).tolist()

    def likely(*logs: Any) -> Any:
        p, q, v = map(mp.exp, logs)
        x, m = map(mp.mpf, history)
        norm = mp.loggamma(p * x + q) - mp.loggamma(p * x) - mp.loggamma(q)
        return norm + q * mp.log(v) + p * x * mp.log(x * m) - (p * x + q) * mp.log(v + x * m) - mp.log(m)

    jet = gamma_gamma.log_likelihood(*history, **named(gamma_gamma, exponentials(at)), xp=JETS)
    check(jet, *derivatives(likely, at), rel=1e-8)


def test_gradient_of_bg_nbd_is_that_of_pytensor() -> None:
    import pytensor
    import pytensor.tensor as pt

    from clvlab.inference.pymc_model import pytensor_namespace

    x, t_x, T = (np.array([h[name] for h in HISTORIES.values()]) for name in ("x", "t_x", "T"))
    logs = [pt.dscalar(name) for name in bg_nbd.PARAMETERS]
    params = dict(zip(bg_nbd.PARAMETERS, map(pt.exp, logs), strict=True))
    total = bg_nbd.log_likelihood(x, t_x, T, **params, xp=pytensor_namespace()).sum()
    compiled = pytensor.function(logs, [total, *pytensor.grad(total, logs)], mode="FAST_COMPILE")
    at = np.log([0.243, 4.414, 0.793, 2.426]).tolist()
    jet = bg_nbd.log_likelihood(x, t_x, T, **named(bg_nbd, exponentials(at)), xp=JETS)
    value, *gradient = (float(found) for found in compiled(*at))
    assert jet.value.sum() == pytest.approx(value, rel=1e-12)
    for i, slope in enumerate(gradient):
        assert np.sum(jet.first[i]) == pytest.approx(slope, rel=1e-9)


def named(formula: ModuleType, values: Any) -> dict[str, Any]:
    return dict(zip(formula.PARAMETERS, values, strict=True))
