"""BG/BB and the contractual formulas against sums with 40 digits, over what anyone may meet and in the corners."""

from types import ModuleType
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from discrete_oracle import (
    beta_ratio,
    bg_bb_likelihood,
    bg_bb_pmf,
    renewals,
    residual_lifetime,
    weibull_log_likelihood,
)
from oracle import log_error, relative_error

from clvlab.errors import FitError, InputError
from clvlab.formulas import beta_discrete_weibull, beta_survival, bg_bb, shifted_beta_geometric
from clvlab.inference.jets import JETS, exponentials
from clvlab.inference.likelihood import Likelihood

BAR = 1e-8
Columns = dict[str, np.ndarray]


def parameters(rng: np.random.Generator, n: int, *names: str) -> Columns:
    """Log-uniform from 1e-3 to 1e4; a quarter of the values on 1, where closed forms are 0 / 0."""
    return {name: np.where(rng.random(n) < 0.25, 1.0, 10.0 ** rng.uniform(-3, 4, n)) for name in names}


def donors(n: int, seed: int, longest: float = 16_000) -> tuple[Columns, Columns]:
    """Histories and parameters of BG/BB."""
    rng = np.random.default_rng(seed)
    opportunities = np.floor(10.0 ** rng.uniform(0, np.log10(longest), n))
    t_x = np.floor(rng.random(n) * (opportunities + 1))
    t_x = np.where(rng.random(n) < 0.1, opportunities, t_x)
    x = np.where(t_x > 0, np.clip(np.floor(rng.random(n) ** 3 * t_x), 1, t_x), 0)
    x = np.where(rng.random(n) < 0.1, t_x, x)
    return {"x": x, "t_x": t_x, "n": opportunities}, parameters(rng, n, *bg_bb.PARAMETERS)


def leavers(n: int, seed: int) -> tuple[Columns, Columns]:
    """What is known of customers under contract, and parameters with the Weibull's c."""
    rng = np.random.default_rng(seed)
    period = np.floor(10.0 ** rng.uniform(-0.3, 3.7, n))
    lost = ((rng.random(n) < 0.6) & (period > 0)).astype(float)
    params = parameters(rng, n, *beta_discrete_weibull.PARAMETERS)
    # Above this the oracle would need t^c in thousands of digits; the corners below go there.
    params["c"] = np.minimum(params["c"], 60.0 / np.log(np.maximum(period, 2.0)))
    return {"period": period, "lost": lost}, params


def rows(*tables: Columns) -> list[list[float]]:
    """One list of numbers a row."""
    columns = [np.asarray(v) for table in tables for v in table.values()]
    return [[float(v) for v in row] for row in zip(*np.broadcast_arrays(*columns), strict=True)]


def test_survival_loses_nothing_where_alpha_u_and_beta_differ_by_magnitudes() -> None:
    rng = np.random.default_rng(3)
    alpha, beta = (10.0 ** rng.uniform(-3, 4, 200) for _ in range(2))
    log_u = rng.uniform(-20, 25, 200)
    with mp.workdps(60):
        truth = [-mp.log(beta_ratio(float(a), float(b), mp.exp(v))) for a, b, v in zip(alpha, beta, log_u, strict=True)]
    assert relative_error(beta_survival.minus_log(log_u, alpha, beta), truth).max() < 1e-9


def test_bg_bb_likelihood_and_prob_alive() -> None:
    histories, params = donors(120, seed=1)
    truth = [bg_bb_likelihood(*row) for row in rows(histories, params)]
    found = bg_bb.log_likelihood(**histories, **params)
    assert log_error(found, [mp.log(whole) for whole, _ in truth]).max() < BAR
    alive = bg_bb.prob_alive(**histories, **params)
    assert relative_error(alive, [part / whole for whole, part in truth]).max() < BAR
    assert (alive <= 1).all()


def test_bg_bb_counts() -> None:
    rng = np.random.default_rng(2)
    t = np.floor(10.0 ** rng.uniform(0, 2.7, 60))
    y = np.floor(rng.random(60) * (t + 1))
    params = parameters(rng, 60, *bg_bb.PARAMETERS)
    at = rows({"y": y, "t": t}, params)
    truth = [bg_bb_pmf(int(y), int(t), *row) for y, t, *row in at]
    assert relative_error(bg_bb.pmf(y, t, **params), truth).max() < BAR
    none = [bg_bb_pmf(0, int(t), *row) for _, t, *row in at]
    assert relative_error(bg_bb.prob_no_purchase(t, **params), none).max() < BAR


def test_binomial_coefficients_beyond_a_double() -> None:
    params = {"alpha": 30.0, "beta": 30.0, "gamma": 0.5, "delta": 50.0}
    truth = [bg_bb_pmf(y, 2000, *params.values()) for y in (0, 700, 1000, 2000)]
    assert relative_error(bg_bb.pmf([0, 700, 1000, 2000], 2000, **params), truth).max() < BAR


def test_the_distribution_is_one_whole_and_its_mean_the_expectation() -> None:
    params = {"alpha": np.array([0.3, 2.0]), "beta": 0.7, "gamma": 1.0, "delta": 4.0}
    found = bg_bb.distribution(40, **params)
    assert found.shape == (2, 41)
    assert found.sum(axis=-1) == pytest.approx([1.0, 1.0], rel=1e-12)
    assert found @ np.arange(41.0) == pytest.approx(bg_bb.expected_purchases(40, **params), rel=1e-11)


@pytest.mark.parametrize("shape", [1.0, None], ids=["shifted-beta-geometric", "beta-discrete-Weibull"])
def test_expected_renewals(shape: float | None) -> None:
    rng = np.random.default_rng(4)
    n = 30
    t, made = np.floor(10.0 ** rng.uniform(0, 2.8, n)), np.floor(10.0 ** rng.uniform(-1, 3, n))
    rate = np.where(rng.random(n) < 0.3, 0.0, 10.0 ** rng.uniform(-5, 1, n))
    params = parameters(rng, n, "alpha", "beta", "c")
    params["c"] = np.where(rng.random(n) < 0.7, 10.0 ** rng.uniform(-1, 1, n), params["c"])
    if shape:
        del params["c"]
        found = shifted_beta_geometric.expected_renewals(t, **params, renewals=made, discount_rate=rate)
        params["c"] = np.full(n, shape)
    else:
        found = beta_discrete_weibull.expected_renewals(t, **params, renewals=made, discount_rate=rate)
    at = rows({"t": t, "rate": rate, "made": made}, params)
    truth = [renewals(int(t), rate, int(made), *row) for t, rate, made, *row in at]
    assert relative_error(found, truth).max() < BAR


def test_residual_lifetime_without_end_is_the_published_2f1() -> None:
    rng = np.random.default_rng(5)
    n = 100
    rate, made = 10.0 ** rng.uniform(-6, 1, n), np.floor(10.0 ** rng.uniform(-1, 3, n))
    params = parameters(rng, n, "alpha", "beta")
    truth = [residual_lifetime(rate, int(made), *row) for rate, made, *row in rows({"d": rate, "k": made}, params)]
    geometric = shifted_beta_geometric.discounted_expected_residual_lifetime(rate, made, **params)
    assert relative_error(geometric, truth).max() < BAR
    weibull = beta_discrete_weibull.discounted_expected_residual_lifetime(rate, made, **params, c=1.0)
    assert relative_error(weibull, truth).max() < BAR


@pytest.mark.slow
@pytest.mark.parametrize(
    ("alpha", "beta", "c", "made", "rate"),
    [
        (3.0, 2.0, 0.5, 0, 0.0),
        (1.2, 50.0, 0.9, 3, 0.0),
        (0.3, 0.2, 4.0, 0, 0.0),
        (40.0, 9000.0, 1.5, 20, 0.0),
        (0.5, 2.0, 0.3, 0, 0.001),
        (0.01, 2.0, 1.7, 7, 1e-5),
    ],
)
def test_slow_sums_of_the_weibull_against_euler_and_maclaurin(
    alpha: float, beta: float, c: float, made: int, rate: float
) -> None:
    with mp.workdps(60):
        power = mp.mpf(c)
        now = beta_ratio(alpha, beta, mp.mpf(made) ** power if made else 0)

        def term(j: Any) -> Any:
            return beta_ratio(alpha, beta, (made + j) ** power) / now / (1 + mp.mpf(rate)) ** (j - 1)

        first = 300
        total = mp.fsum(term(mp.mpf(j)) for j in range(1, first)) + term(mp.mpf(first)) / 2
        ends = [mp.log(first) + k for k in range(0, 60, 3)]
        with mp.workdps(110):  # for Gamma(b + u) / Gamma(a + b + u) at u up to 1e40
            total += mp.quad(lambda v: term(mp.exp(v)) * mp.exp(v), ends)
            if rate == 0:  # what lies beyond is a power law
                total += term(mp.exp(ends[-1])) * mp.exp(ends[-1]) / (alpha * power - 1)
        total += -mp.diff(term, first) / 12 + mp.diff(term, first, 3) / 720
    found = beta_discrete_weibull.expected_renewals(np.inf, alpha, beta, c, renewals=made, discount_rate=rate)
    assert relative_error(found, [total]).max() < BAR


def test_contractual_likelihoods() -> None:
    known, params = leavers(200, seed=6)
    truth = [weibull_log_likelihood(int(t), int(lost), *row) for t, lost, *row in rows(known, params)]
    assert log_error(beta_discrete_weibull.log_likelihood(**known, **params), truth).max() < BAR
    del params["c"]
    truth = [weibull_log_likelihood(int(t), int(lost), *row, 1.0) for t, lost, *row in rows(known, params)]
    assert log_error(shifted_beta_geometric.log_likelihood(**known, **params), truth).max() < BAR


def test_the_weibull_with_c_1_is_the_shifted_beta_geometric() -> None:
    rng = np.random.default_rng(7)
    params = parameters(rng, 100, "alpha", "beta")
    t = np.floor(10.0 ** rng.uniform(0, 4, 100))
    for name in ("survival", "retention"):
        one = getattr(beta_discrete_weibull, name)(t, **params, c=1.0)
        other = getattr(shifted_beta_geometric, name)(t, **params)
        assert one == pytest.approx(other, rel=1e-8)


def test_what_all_outcomes_add_up_to() -> None:
    t = np.arange(1.0, 31.0)
    for formula, params in (
        (shifted_beta_geometric, {"alpha": 0.7, "beta": 1.2}),
        (beta_discrete_weibull, {"alpha": 0.3, "beta": 1.2, "c": 1.6}),
    ):
        left = np.exp(formula.log_likelihood(t, 1.0, **params)).sum()
        stayed = float(formula.survival(30, **params))
        assert left + stayed == pytest.approx(1.0, rel=1e-9)
        assert np.prod(formula.retention(t, **params)) == pytest.approx(stayed, rel=1e-8)


CORNERS = np.array([1e-3, 1.0, 1e4])


def corners(formula: ModuleType) -> tuple[Columns, Columns]:
    """Every corner of the parameters against awkward histories."""
    if formula is bg_bb:
        histories = [
            (0, 0, 1),
            (0, 0, 6),
            (0, 0, 16_000),
            (1, 1, 1),
            (1, 1, 70),
            (6, 6, 6),
            (3, 40, 300),
            (5000, 9000, 9100),
        ]
    else:
        histories = [(0, 0), (1, 0), (1, 1), (2, 1), (2, 0), (5000, 1), (5000, 0), (16_000, 1)]
    grid = np.array(np.meshgrid(*[CORNERS] * len(formula.PARAMETERS))).reshape(len(formula.PARAMETERS), -1)
    history = np.array(histories, dtype=float)
    many = np.repeat(history, grid.shape[1], axis=0)
    return (
        dict(zip(formula.HISTORY, many.T, strict=True)),
        {name: np.tile(values, len(history)) for name, values in zip(formula.PARAMETERS, grid, strict=True)},
    )


@pytest.mark.parametrize("formula", [bg_bb, shifted_beta_geometric, beta_discrete_weibull], ids=lambda f: f.NAME)
def test_derivatives_are_finite_in_every_corner_and_the_slopes_of_the_values(formula: ModuleType) -> None:
    histories, params = corners(formula)
    logs = [np.log(values) for values in params.values()]
    with np.errstate(all="ignore"):  # as the likelihood evaluates it
        jet = formula.log_likelihood(**histories, **dict(zip(params, exponentials(logs), strict=True)), xp=JETS)
        assert np.isfinite(jet.value).all()
        assert all(np.isfinite(term).all() for term in [*jet.first.values(), *jet.second.values()])
        step = 1e-5
        for i in range(len(logs)):

            def moved(by: float, i: int = i) -> Any:
                shifted = [values + by * (j == i) for j, values in enumerate(logs)]
                return formula.log_likelihood(
                    **histories, **dict(zip(params, exponentials(shifted), strict=True)), xp=JETS
                )

            up, down = moved(step), moved(-step)
            scale = 1.0 + np.abs(jet.value)
            slope = (up.value - down.value) / (2 * step)
            assert np.abs(slope - jet.first[i]).max() / scale.max() < 1e-6
            assert (np.abs(slope - jet.first[i]) < 1e-5 * scale + 1e-6 * np.abs(slope)).all()
            bend = (up.first[i] - down.first[i]) / (2 * step)
            assert (np.abs(bend - jet.second[i, i]) < 1e-5 * (scale + np.abs(bend))).all()


@pytest.mark.parametrize("formula", [bg_bb, shifted_beta_geometric, beta_discrete_weibull], ids=lambda f: f.NAME)
def test_factored_arrays_and_pytensor_say_what_numpy_says(formula: ModuleType) -> None:
    pytensor = pytest.importorskip("pytensor")
    from clvlab.inference.pymc_model import pytensor_namespace

    if formula is bg_bb:
        history = [(0, 0, 6), (2, 4, 6), (6, 6, 6), (3, 20, 100)]
    else:
        history = [(0, 0), (1, 1), (2, 1), (3, 0), (300, 1)]
    columns = dict(zip(formula.HISTORY, np.array(history, dtype=float).T, strict=True))
    params = dict(zip(formula.PARAMETERS, (0.6, 3.4, 1.3, 2.8), strict=False))
    wanted = formula.log_likelihood(**columns, **params)
    likelihood = Likelihood(formula, columns)
    assert likelihood.pointwise(params) == pytest.approx(wanted, rel=1e-13)
    assert likelihood.derivatives(np.log(list(params.values())))[0] == pytest.approx(wanted.sum(), rel=1e-13)
    inputs = {name: pytensor.tensor.dscalar(name) for name in params}
    graph = formula.log_likelihood(**columns, **inputs, xp=pytensor_namespace())
    gradient = pytensor.grad(graph.sum(), list(inputs.values()))
    call = pytensor.function(list(inputs.values()), [graph, *gradient], mode=pytensor.compile.mode.Mode("py", None))
    value, *slopes = call(*params.values())
    assert value == pytest.approx(wanted, rel=1e-12)
    jet = likelihood.derivatives(np.log(list(params.values())))[1]
    assert np.array(slopes) * np.array(list(params.values())) == pytest.approx(jet, rel=1e-9)


def test_a_customer_alive_goes_on_as_a_new_one() -> None:
    params = {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.8}
    after = bg_bb.given_alive(2, 6, **params)
    alive = bg_bb.prob_alive(2, 4, 6, **params)
    assert alive * bg_bb.prob_alive_later(3, **after) == pytest.approx(bg_bb.prob_alive(2, 4, 6, **params, ahead=3))
    # A history continued without a purchase, by Bayes: P(none in 5 more) is a ratio of likelihoods.
    ratio = np.exp(bg_bb.log_likelihood(2, 4, 11, **params) - bg_bb.log_likelihood(2, 4, 6, **params))
    assert bg_bb.conditional_pmf(0, 5, 2, 4, 6, **params) == pytest.approx(ratio, rel=1e-12)
    mean = sum(y * bg_bb.conditional_pmf(y, 5, 2, 4, 6, **params) for y in range(6))
    assert mean == pytest.approx(bg_bb.conditional_expected_purchases(5, 2, 4, 6, **params), rel=1e-12)


def test_bg_bb_simulated_is_bg_bb_computed() -> None:
    params = {"alpha": 1.2, "beta": 0.75, "gamma": 0.66, "delta": 2.8}
    count = 100_000
    customer, time, alive = bg_bb.simulate(np.random.default_rng(1), np.full(count, 8.0), **params)
    bought = np.bincount(customer, minlength=count)
    assert (np.diff(time)[np.diff(customer) == 0] > 0).all()
    expected = bg_bb.distribution(8, **params)
    spread = np.sqrt(expected * (1 - expected) / count)
    assert (np.abs(np.bincount(bought, minlength=9) / count - expected) < 4.5 * spread).all()
    assert alive.mean() == pytest.approx(bg_bb.prob_alive_later(8, **params), abs=0.007)


def test_contracts_simulated_are_contracts_computed() -> None:
    count = 100_000
    for formula, params in (
        (shifted_beta_geometric, {"alpha": 0.7, "beta": 1.2}),
        (beta_discrete_weibull, {"alpha": 0.3, "beta": 1.2, "c": 1.6}),
    ):
        period, lost = formula.simulate(np.random.default_rng(1), np.full(count, 10.0), **params)
        assert (period[~lost] == 10).all()
        for t in (1, 4, 10):
            assert (lost & (period <= t)).mean() == pytest.approx(1 - formula.survival(t, **params), abs=0.007)


def test_what_cannot_be_computed_is_refused() -> None:
    with pytest.raises(FitError, match="alpha <= 1"):
        shifted_beta_geometric.expected_lifetime(0, [2.0, 1.0], 3.0)
    with pytest.raises(FitError, match="alpha c <= 1"):
        beta_discrete_weibull.expected_lifetime(0, 2.0, 3.0, 0.5)
    with pytest.raises(FitError, match="passes 1e308"):
        beta_discrete_weibull.expected_lifetime(0, 1e4, 3.0, 1.2e-4)
    with pytest.raises(FitError, match="alpha <= 1"):
        bg_bb.discounted_expected_residual_transactions(0.0, 2, 4, 6, 1.2, 0.7, 0.7, 2.8)
    with pytest.raises(InputError, match="whole numbers"):
        bg_bb.expected_purchases(1.5, 1.2, 0.7, 0.7, 2.8)
    with pytest.raises(InputError, match="discount rate"):
        shifted_beta_geometric.discounted_expected_residual_lifetime(-0.1, 0, 1.0, 1.0)


def test_horizons_with_and_without_end_together() -> None:
    t = np.array([3.0, 200.0, np.inf])
    rate = np.array([0.0, 0.02, 0.0])
    for formula, params in (
        (shifted_beta_geometric, {"alpha": 1.7, "beta": 1.2}),
        (beta_discrete_weibull, {"alpha": 1.3, "beta": 1.2, "c": 1.6}),
    ):
        together = formula.expected_renewals(t, **params, discount_rate=rate)
        apart = [float(formula.expected_renewals(a, **params, discount_rate=b)) for a, b in zip(t, rate, strict=True)]
        assert together == pytest.approx(apart, rel=1e-12)
