"""Pareto/NBD against 2F1 and integrals in many digits, its derivatives against differences, and its own simulator."""

from typing import Any

import numpy as np
import pareto_oracle
import pytest
from oracle import log_error, relative_error

from clvlab.errors import FitError
from clvlab.formulas import nbd, pareto_nbd
from clvlab.inference.jets import JETS, exponentials
from clvlab.inference.likelihood import Likelihood

BAR = 1e-8
CDNOW = {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}
GROCERY = {"r": 0.7864, "alpha": 5.679, "s": 0.3862, "beta": 5.7178}
# Corners of the box, and where printed formulas break: s = 1, alpha = beta, t_x = T, x = 0, x in the thousands.
CORNERS = [1e-3, 1.0, 1e4]
HISTORIES = [(0.0, 0.0, 0.01), (0.0, 0.0, 1.6e4), (1.0, 1e-3, 1.6e4), (3.0, 39.0, 39.0), (5000.0, 1.6e4, 1.6e4),
             (5000.0, 8e3, 1.6e4), (5000.0, 1e-3, 0.01)]  # fmt: skip


def spread(rng: np.random.Generator, low: float, high: float, n: int) -> np.ndarray:
    return np.exp(rng.uniform(np.log(low), np.log(high), n))


def parameters(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    """Log-uniform over the box, every third on a corner; alpha = beta in one of ten."""
    at = {}
    for name in pareto_nbd.PARAMETERS:
        at[name] = np.where(rng.random(n) < 0.33, rng.choice(CORNERS, n), spread(rng, 1e-3, 1e4, n))
    at["beta"] = np.where(rng.random(n) < 0.1, at["alpha"], at["beta"])
    return at


def histories(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    x = rng.choice([0.0, 1.0, 2.0, 10.0, 200.0, 5000.0], n)
    T = spread(rng, 1e-2, 1.6e4, n)
    return {"x": x, "t_x": np.where(x > 0, T * np.where(rng.random(n) < 0.2, 1.0, rng.random(n)), 0.0), "T": T}


def truth(function: Any, at: dict[str, np.ndarray]) -> list[Any]:
    return [function(*(float(v) for v in row)) for row in zip(*at.values(), strict=True)]


def check_histories(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    at = histories(rng, n) | parameters(rng, n)
    assert log_error(pareto_nbd.log_likelihood(**at), truth(pareto_oracle.log_likelihood, at)).max() < BAR
    assert relative_error(pareto_nbd.prob_alive(**at), truth(pareto_oracle.prob_alive, at)).max() < BAR


def check_forecasts(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    at = {"t": spread(rng, 1e-2, 1.6e4, n)} | parameters(rng, n)
    found = pareto_nbd.expected_purchases(**at)
    assert relative_error(found, truth(pareto_oracle.expected_purchases, at)).max() < BAR
    at = {"delta": spread(rng, 1e-5, 1e-1, n)} | parameters(rng, n)
    found = pareto_nbd.discounted_residual_purchases(**at)
    assert relative_error(found, truth(pareto_oracle.discounted, at)).max() < BAR


def check_counts(n: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = rng.choice([0.0, 1.0, 2.0, 3.0, 10.0, 100.0, 3000.0], n)
    at = {"y": y, "t": spread(rng, 1e-2, 1.6e4, n)} | parameters(rng, n)
    assert relative_error(pareto_nbd.pmf(**at), truth(pareto_oracle.pmf, at)).max() < BAR


@pytest.mark.parametrize("params", [CDNOW, GROCERY, CDNOW | {"beta": CDNOW["alpha"]}])
def test_the_oracle_is_the_printed_formula(params: dict[str, float]) -> None:
    for x, t_x, T in [(0, 0.0, 39.0), (2, 30.43, 38.86), (26, 30.86, 31.0), (200, 50.0, 60.0)]:
        integral = pareto_oracle.dropped(x, t_x, T, **params)
        assert abs(integral / pareto_oracle.dropped_as_printed(x, t_x, T, **params) - 1) < 1e-14


def test_likelihood_and_prob_alive() -> None:
    check_histories(25, seed=1)


def test_expectations() -> None:
    check_forecasts(15, seed=2)


def test_counts() -> None:
    check_counts(10, seed=3)


# The hardest integrands of 150,000 points, in the company of the oldest customer there may be: 24 nodes leave 6e-5.
HARDEST = {"x": 0.0, "t_x": 0.0, "r": 0.0021029, "alpha": 0.001}
HARD_COUNTS = [(5.0, 14798.4, 2.906, 5.8533, 1.10736, 0.001), (5.0, 14253.7, 3.1316, 0.78326, 0.84710, 0.001)]


@pytest.mark.parametrize(
    ("T", "s", "beta"), [(61.49, 6.76506, 276.917), (2.0197, 5.4088, 107.747), (2.95, 2.2171, 2.88)]
)
def test_the_hardest_histories(T: float, s: float, beta: float) -> None:
    hard = HARDEST | {"s": s, "beta": beta}
    at = {name: np.array([hard.get(name, T)] * 2) for name in (*pareto_nbd.HISTORY, *pareto_nbd.PARAMETERS)}
    at["T"][1] = 1.6e4
    assert log_error(pareto_nbd.log_likelihood(**at), truth(pareto_oracle.log_likelihood, at)).max() < BAR
    assert relative_error(pareto_nbd.prob_alive(**at), truth(pareto_oracle.prob_alive, at)).max() < BAR


@pytest.mark.parametrize("at", HARD_COUNTS)
def test_the_hardest_counts(at: tuple[float, ...]) -> None:
    assert relative_error(pareto_nbd.pmf(*at), [pareto_oracle.pmf(*at)]).max() < BAR


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_likelihood_and_prob_alive_everywhere() -> None:
    check_histories(2000, seed=4)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_expectations_everywhere() -> None:
    check_forecasts(2000, seed=5)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_counts_everywhere() -> None:
    check_counts(2000, seed=6)


def corners() -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """All corners of the parameters with all the awkward histories."""
    grid = np.array(np.meshgrid(*([CORNERS] * 4), np.arange(len(HISTORIES)), indexing="ij")).reshape(5, -1)
    columns = np.array(HISTORIES).T[:, grid[4].astype(int)]
    return dict(zip(("x", "t_x", "T"), columns, strict=True)), dict(zip(pareto_nbd.PARAMETERS, grid[:4], strict=True))


def test_nothing_breaks_in_the_corners() -> None:
    history, params = corners()
    assert np.isfinite(pareto_nbd.log_likelihood(**history, **params)).all()
    alive = pareto_nbd.prob_alive(**history, **params)
    assert ((alive >= 0) & (alive <= 1)).all()
    after = pareto_nbd.given_alive(history["x"], history["T"], **params)
    for t in (0.0, 0.01, 1.6e4):
        for value in (
            pareto_nbd.expected_purchases(t, **after),
            pareto_nbd.pmf(0.0, t, **after),
            pareto_nbd.pmf(7.0, t, **after),
            pareto_nbd.prob_no_purchase(t, **after),
            pareto_nbd.prob_alive_later(t, **after),
            pareto_nbd.discounted_residual_purchases(1e-4, **after),
        ):
            assert (np.isfinite(value) & (value >= 0)).all()
    assert (alive[history["t_x"] == history["T"]] == 1).all()


def test_derivatives_are_finite_in_the_corners() -> None:
    history, params = corners()
    jet = pareto_nbd.log_likelihood(
        **history, **dict(zip(params, exponentials(np.log(list(params.values()))), strict=True)), xp=JETS
    )
    for terms in (*jet.first.values(), *jet.second.values()):
        assert np.isfinite(np.broadcast_to(terms, len(history["x"]))).all()
    assert len(jet.second) == 10


@pytest.mark.parametrize(
    "params", [CDNOW, GROCERY, CDNOW | {"beta": CDNOW["alpha"]}, CDNOW | {"alpha": 900.0, "s": 1.0}]
)
def test_derivatives_are_those_of_the_value(params: dict[str, float]) -> None:
    table = np.array([(0, 0, 39), (2, 30.43, 38.86), (26, 30.86, 31), (3, 39, 39), (5000, 20, 39), (1, 0.1, 39)], float)
    likelihood = Likelihood(pareto_nbd, dict(zip(("x", "t_x", "T"), table.T, strict=True)))
    at = np.log([params[name] for name in pareto_nbd.PARAMETERS])
    value, gradient, hessian = likelihood.derivatives(at)
    assert value == pytest.approx(likelihood.value(at), rel=1e-13)
    step = 1e-5
    for i in range(4):
        ahead, behind = at + step * np.eye(4)[i], at - step * np.eye(4)[i]
        slope = (likelihood.value(ahead) - likelihood.value(behind)) / (2 * step)
        assert gradient[i] == pytest.approx(slope, rel=1e-6, abs=1e-5)
        curve = (likelihood.derivatives(ahead)[1] - likelihood.derivatives(behind)[1]) / (2 * step)
        assert hessian[i] == pytest.approx(curve, rel=1e-6, abs=1e-5)


def test_pytensor_agrees_with_jets_where_printed_forms_break() -> None:
    import pytensor
    import pytensor.tensor as pt

    from clvlab.inference.pymc_model import pytensor_namespace

    x, t_x, T = np.array(HISTORIES).T
    logs = [pt.dscalar(name) for name in pareto_nbd.PARAMETERS]
    total = pareto_nbd.log_likelihood(x, t_x, T, *map(pt.exp, logs), xp=pytensor_namespace()).sum()
    graph = pytensor.function(logs, [total, *pytensor.grad(total, logs)], mode="FAST_COMPILE")
    likelihood = Likelihood(pareto_nbd, {"x": x, "t_x": t_x, "T": T})
    for at in ([0.5, 10.0, 0.6, 10.0], [0.5, 10.0, 1.0, 12.0], [1e-3, 1e4, 1e-3, 1e-3], [1e4, 1e-3, 1e4, 1e4]):
        value, *gradient = graph(*np.log(at))
        expected, slopes, _ = likelihood.derivatives(np.log(at))
        assert value == pytest.approx(expected, rel=1e-10)
        assert gradient == pytest.approx(slopes, rel=1e-6, abs=1e-6 * abs(slopes).max())


def test_likelihood_does_not_depend_on_company() -> None:
    alone = pareto_nbd.log_likelihood(2.0, 30.43, 38.86, **CDNOW)
    among = pareto_nbd.log_likelihood(np.array([2.0, 0.0]), np.array([30.43, 0.0]), np.array([38.86, 1.6e4]), **CDNOW)
    assert among[0] == pytest.approx(float(alone), rel=1e-11)


def test_without_dropout_it_is_nbd() -> None:
    found = pareto_nbd.log_likelihood(3.0, 20.0, 39.0, 0.5, 10.0, 1e-3, 1e4)
    assert found == pytest.approx(float(nbd.log_likelihood(3.0, 39.0, 0.5, 10.0)), abs=1e-4)


def test_changing_the_unit_shifts_by_the_density_of_times() -> None:
    days = pareto_nbd.log_likelihood(3.0, 140.0, 273.0, 0.553, 7 * 10.578, 0.606, 7 * 11.669)
    weeks = pareto_nbd.log_likelihood(3.0, 20.0, 39.0, **CDNOW)
    assert days == pytest.approx(weeks - 3 * np.log(7), abs=1e-11)


@pytest.mark.parametrize("params", [CDNOW, GROCERY, {"r": 2.0, "alpha": 1.0, "s": 1.0, "beta": 1.0}])
@pytest.mark.parametrize("t", [0.1, 52.0])
def test_counts_sum_to_one_and_their_mean_is_the_expectation(params: dict[str, float], t: float) -> None:
    y = np.arange(6000.0)
    pmf = pareto_nbd.pmf(y, t, **params)
    assert pmf.sum() == pytest.approx(1.0, abs=1e-10)
    assert y @ pmf == pytest.approx(float(pareto_nbd.expected_purchases(t, **params)), rel=1e-8)
    assert pareto_nbd.prob_no_purchase(t, **params) == pytest.approx(pmf[0], rel=1e-12)


def test_no_purchase_is_the_likelihood_of_none() -> None:
    t = np.array([0.5, 39.0, 1000.0])
    likelihood = np.exp(pareto_nbd.log_likelihood(0.0, 0.0, t, **GROCERY))
    assert pareto_nbd.prob_no_purchase(t, **GROCERY) == pytest.approx(likelihood, rel=1e-10)


def test_discounting_little_by_little_approaches_the_expectation() -> None:
    finite = {"r": 2.0, "alpha": 1.0, "s": 3.0, "beta": 4.0}
    found = pareto_nbd.discounted_residual_purchases(1e-12, **finite)
    assert found == pytest.approx(2.0 * 4.0 / (3.0 - 1.0), rel=1e-9)


def test_no_discount_is_refused() -> None:
    with pytest.raises(FitError, match="discount rate above 0"):
        pareto_nbd.discounted_residual_purchases(0.0, **CDNOW)


def test_draws_broadcast_against_customers() -> None:
    draws = {name: value * np.array([[0.9], [1.0], [1.1]]) for name, value in CDNOW.items()}
    x, t_x, T = np.array([0.0, 2.0]), np.array([0.0, 30.43]), np.array([38.0, 38.86])
    assert pareto_nbd.prob_alive(x, t_x, T, **draws).shape == (3, 2)
    after = pareto_nbd.given_alive(x, T, **draws)
    for value in (
        pareto_nbd.log_likelihood(x, t_x, T, **draws),
        pareto_nbd.expected_purchases(39.0, **after),
        pareto_nbd.pmf(1.0, 39.0, **after),
        pareto_nbd.discounted_residual_purchases(0.0027, **after),
    ):
        assert value.shape == (3, 2)
    assert pareto_nbd.pmf(1.0, 39.0, **after)[1, 1] == pytest.approx(
        float(pareto_nbd.pmf(1.0, 39.0, **pareto_nbd.given_alive(2.0, 38.86, **CDNOW)))
    )


def test_story_told_by_the_simulator() -> None:
    rng, n, T = np.random.default_rng(7), 400_000, 39.0
    customer, time, alive = pareto_nbd.simulate(rng, np.full(n, T), **CDNOW)
    x, t_x = np.bincount(customer, minlength=n), np.zeros(n)
    np.maximum.at(t_x, customer, time)
    pmf = pareto_nbd.pmf(np.arange(10.0), T, **CDNOW)
    share = np.bincount(x, minlength=10)[:10] / n
    assert (np.abs(share - pmf) < 5 * np.sqrt(pmf / n)).all()
    assert x.mean() == pytest.approx(float(pareto_nbd.expected_purchases(T, **CDNOW)), abs=5 * x.std() / np.sqrt(n))
    assert alive.mean() == pytest.approx(float(pareto_nbd.prob_alive_later(T, **CDNOW)), abs=5 * 0.5 / np.sqrt(n))
    believed = pareto_nbd.prob_alive(x, t_x, np.full(n, T), **CDNOW)
    for some in (x == 0, (x > 0) & (believed < 0.3), (x > 0) & (believed > 0.7)):
        error = 5 * np.sqrt((believed[some] * (1 - believed[some])).sum()) / some.sum()
        assert alive[some].mean() == pytest.approx(believed[some].mean(), abs=error)
