"""Pareto/GGG's story lived through, and its likelihood by other ways."""

from typing import Any

import numpy as np
import pytest
from scipy import stats

from clvlab.formulas import gamma_gaps, gamma_nodes, pareto_ggg, pareto_nbd

PARAMS = {"t": 2.5, "gamma": 1.0, "r": 1.2, "alpha": 4.0, "s": 0.6, "beta": 6.0}


def test_random_gaps_are_pareto_nbd() -> None:
    # t and gamma large with t = gamma: everybody has k = 1
    n, t = 100_000, 20.0
    params = {**PARAMS, "t": 1e8, "gamma": 1e8}
    customer, time, alive = pareto_ggg.simulate(np.random.default_rng(1), np.full(n, t), **params)
    counts = np.bincount(customer, minlength=n)
    plain = {name: PARAMS[name] for name in ("r", "alpha", "s", "beta")}
    expected = float(pareto_nbd.expected_purchases(t, **plain))
    assert counts.mean() == pytest.approx(expected, abs=4 * counts.std() / np.sqrt(n))
    assert alive.mean() == pytest.approx((1 + t / PARAMS["beta"]) ** -PARAMS["s"], abs=4 * 0.5 / np.sqrt(n))
    assert (time <= t).all()
    assert (np.diff(time)[np.diff(customer) == 0] > 0).all()


def test_the_likelihood_is_pareto_nbd_where_everybody_buys_at_random() -> None:
    rng = np.random.default_rng(4)
    T = rng.uniform(5.0, 60.0, 60)
    t_x = T * rng.uniform(0.01, 1.0, 60)
    x = rng.integers(0, 30, 60).astype(float)
    t_x[x == 0] = 0.0
    plain = {name: PARAMS[name] for name in ("r", "alpha", "s", "beta")}
    exact = pareto_nbd.log_likelihood(x, t_x, T, **plain)
    # At k = 1 the gaps' density does not depend on where they are. k still spreads by a thousandth.
    found = pareto_ggg.log_likelihood(
        x, t_x, T, x * np.log(np.maximum(t_x, 1e-9) / np.maximum(x, 1.0)), t=1e6, gamma=1e6, **plain
    )
    np.testing.assert_allclose(found, exact, atol=2e-4)


def integrated(x: float, t_x: float, T: float, log_gap_sum: float, **p: float) -> float:
    """Log-likelihood by another way: Gauss-Legendre over log k, log lambda and the lifetime, mu integrated out."""

    def nodes(count: int, low: float, high: float) -> tuple[Any, Any]:
        at, weight = np.polynomial.legendre.leggauss(count)
        return low + (high - low) * (at + 1.0) / 2.0, weight * (high - low) / 2.0

    log_k, k_weight = nodes(
        90, np.log(stats.gamma.ppf(1e-13, p["t"]) / p["gamma"]), np.log(stats.gamma.isf(1e-13, p["t"]) / p["gamma"])
    )
    k = np.exp(log_k)[:, None, None]
    log_rate, rate_weight = nodes(
        240, np.log(stats.gamma.ppf(1e-7, p["r"]) / p["alpha"]), np.log(stats.gamma.isf(1e-13, p["r"]) / p["alpha"])
    )
    rate = np.exp(log_rate)[:, None]
    log_more, more_weight = nodes(120, 0.0, np.log1p((T - t_x) / (p["beta"] + t_x)))
    left_after = (p["beta"] + t_x) * np.expm1(log_more)
    leaves = p["s"] * p["beta"] ** p["s"] * (p["beta"] + t_x + left_after) ** -p["s"]  # Lomax density of log lifetime
    silent = gamma_gaps.survival(k, rate, left_after) @ (leaves * more_weight)
    silent = silent + (p["beta"] / (p["beta"] + T)) ** p["s"] * gamma_gaps.survival(k, rate, T - t_x)[..., 0]
    gaps = np.exp(gamma_gaps.log_density_of_gaps(x, t_x, log_gap_sum, k, rate))[..., 0]
    of_k = stats.gamma.pdf(k[:, 0, 0], p["t"], scale=1.0 / p["gamma"]) * k[:, 0, 0] * k_weight
    of_rate = stats.gamma.pdf(rate[:, 0], p["r"], scale=1.0 / p["alpha"]) * rate[:, 0] * rate_weight
    return float(np.log(of_k @ (gaps * silent) @ of_rate))


@pytest.mark.parametrize(
    "history",
    [
        (0.0, 0.0, 30.0, 0.0),
        (1.0, 4.0, 6.0, np.log(4.0)),
        (3.0, 20.0, 21.0, 3 * np.log(6.0)),
        (3.0, 20.0, 60.0, 3 * np.log(6.6)),
        (12.0, 30.0, 33.0, 12 * np.log(1.4)),
    ],
)
def test_the_likelihood_is_the_integral(history: tuple[float, float, float, float]) -> None:
    for params in (PARAMS, {"t": 8.0, "gamma": 1.0, "r": 1.0, "alpha": 5.0, "s": 0.4, "beta": 8.0}):
        found = float(pareto_ggg.log_likelihood(*history, **params)[0])
        assert found == pytest.approx(integrated(*history, **params), abs=5e-4)


def test_the_chance_of_silence_is_that_of_the_story() -> None:
    T = np.array([4.0, 15.0, 50.0])
    silent = np.exp(pareto_ggg.log_likelihood(0.0, 0.0, T, 0.0, **PARAMS))
    for chance, age in zip(silent, T, strict=True):
        customer, _, _ = pareto_ggg.simulate(np.random.default_rng(5), np.full(60_000, age), **PARAMS)
        assert 1.0 - len(np.unique(customer)) / 60_000 == pytest.approx(chance, abs=4 * 0.5 / np.sqrt(60_000))


def random_histories(n: int, seed: int) -> dict[str, Any]:
    """Up to 150 purchases, clumpy to regular, early and late, whether or not the parameters make them likely."""
    rng = np.random.default_rng(seed)
    x, T = np.floor(np.exp(rng.uniform(0.0, 5.0, n)) - 1.0), np.exp(rng.uniform(0.0, 5.0, n))
    t_x, log_gap_sum = np.zeros(n), np.zeros(n)
    for i in np.flatnonzero(x):
        gaps = np.maximum(rng.gamma(np.exp(rng.uniform(-1.0, 4.0)), size=int(x[i])), 1e-4)
        t_x[i] = T[i] * rng.uniform(0.02, 1.0)
        log_gap_sum[i] = np.log(gaps * t_x[i] / gaps.sum()).sum()
    return {"x": x, "t_x": t_x, "T": T, "log_gap_sum": log_gap_sum}


@pytest.mark.parametrize(("factor", "most"), [(3.0, 2e-3), (12.0, 2e-2), (50.0, 1e-1)])
def test_more_nodes_change_nothing(factor: float, most: float, monkeypatch: pytest.MonkeyPatch) -> None:
    # Parameters up to ``factor`` from those of real customers, against histories they hardly explain: mostly 1e-5
    rng, n = np.random.default_rng(6), 60
    centre = {"t": 2.0, "gamma": 1.0, "r": 0.8, "alpha": 6.0, "s": 0.6, "beta": 12.0}
    params = {name: value * factor ** rng.uniform(-1.0, 1.0, n) for name, value in centre.items()}
    history = random_histories(n, seed=7)

    def run() -> Any:
        found = np.empty(n)
        for rows in pareto_ggg.blocks(history["x"], 20):
            some = {name: values[rows] for name, values in (history | params).items()}
            found[rows] = pareto_ggg.log_likelihood(**some)
        return found

    few = run()
    for name, step in (("FOR_K", 0.4), ("FOR_RATE", 0.35), ("FOR_RATE_OF_SILENT", 0.15), ("FOR_MU", 0.4)):
        monkeypatch.setattr(pareto_ggg, name, gamma_nodes.GammaNodes(step, 6.0))
    off = np.abs(few - run())
    assert np.isfinite(off).all()
    assert off.max() < most
    assert np.median(off) < 1e-4
