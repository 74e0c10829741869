"""The sampler of Pareto/GGG leaves the posterior as it is, and finds parameters again."""

from typing import Any

import arviz as az
import numpy as np
import pytest
from scipy import stats

from clvlab.formulas import gamma_gaps, pareto_ggg
from clvlab.inference import gibbs
from clvlab.inference.priors import LogNormal

TRUTH = {"t": 2.5, "gamma": 1.0, "r": 1.2, "alpha": 4.0, "s": 0.6, "beta": 6.0}
PRIORS = {name: LogNormal(median=value, spread=1.0) for name, value in TRUTH.items()}


def histories(customer: Any, time: Any, T: Any) -> dict[str, Any]:
    """Purchases summed up."""
    n = len(T)
    first = np.append(True, customer[1:] != customer[:-1])[: len(customer)]
    gaps = np.where(first, time, time - np.append(0.0, time[:-1])[: len(time)])
    t_x = np.zeros(n)
    np.maximum.at(t_x, customer, time)
    return {
        "x": np.bincount(customer, minlength=n).astype(float),
        "t_x": t_x,
        "T": T,
        "log_gap_sum": np.bincount(customer, weights=np.log(np.maximum(gaps, 1e-300)), minlength=n),
    }


def lived(seed: int, n: int, T: float) -> dict[str, Any]:
    duration = np.full(n, T)
    customer, time, _ = pareto_ggg.simulate(np.random.default_rng(seed), duration, **TRUTH)
    return histories(customer, time, duration)


def test_a_sweep_leaves_the_joint_distribution_as_it_is() -> None:
    # Parameters and individuals drawn from their priors, purchases from them: draws from the posterior already, so
    # after any number of correct sweeps the parameters must still follow their priors, as must the individuals.
    rng = np.random.default_rng(2)
    worlds, n, T = 3000, 5, 12.0
    priors = {name: LogNormal(median=value, spread=0.5) for name, value in {**TRUTH, "t": 4.0}.items()}
    params = {name: rng.lognormal(np.log(p.median), p.spread, size=worlds) for name, p in priors.items()}

    def individual(shape: str, rate: str) -> Any:
        return rng.gamma(params[shape][:, None], 1.0 / params[rate][:, None], size=(worlds, n))

    k, rate, mu = individual("t", "gamma"), individual("r", "alpha"), individual("s", "beta")
    tau = rng.standard_exponential((worlds, n)) / mu
    first = rng.standard_gamma(k) / (k * rate)
    customer, time = gamma_gaps.walk(rng, np.minimum(tau, T).ravel(), first.ravel(), k.ravel(), rate.ravel())
    columns = {name: v.reshape(worlds, n) for name, v in histories(customer, time, np.full(worlds * n, T)).items()}
    sampler = gibbs.Sampler(columns, priors, chains=worlds, rng=rng)
    sampler.few, sampler.many = np.arange(3), np.arange(3, n)  # any fixed choice is valid
    sampler.params = params
    sampler.place(k, rate, tau > T, np.minimum(tau, T) - columns["t_x"])
    before = {**sampler.params, **sampler.individuals()}
    for _ in range(25):
        sampler.sweep()
    after = {**sampler.params, **sampler.individuals()}
    for name, prior in priors.items():
        off = (np.log(after[name]) - np.log(prior.median)) / prior.spread
        assert stats.kstest(off, "norm").pvalue > 1e-3, name
        assert np.corrcoef(before[name], after[name])[0, 1] < 0.9, f"{name} does not move"
    for name in ("k", "lambda", "mu", "tau"):
        for one in range(n):
            assert stats.ks_2samp(before[name][:, one], after[name][:, one]).pvalue > 1e-4, name
    assert after["z"].mean() == pytest.approx(before["z"].mean(), abs=0.015)


def test_moves_and_repeats() -> None:
    columns = lived(seed=3, n=150, T=30.0)
    found = gibbs.sample(columns, PRIORS, draws=60, tune=60, chains=2, seed=4, kept=10)
    again = gibbs.sample(columns, PRIORS, draws=60, tune=60, chains=2, seed=4, kept=10)
    for name in pareto_ggg.PARAMETERS:
        assert found["params"][name].shape == (2, 60)
        assert (np.diff(found["params"][name], axis=1) != 0).mean() > 0.5
        np.testing.assert_array_equal(found["params"][name], again["params"][name])
    people = found["individuals"]
    for name, values in people.items():
        assert values.shape == (2, 10, 150), name
        assert np.isfinite(values).all(), name
    np.testing.assert_array_equal(people["z"] == 1.0, people["tau"] >= columns["T"])
    assert (people["tau"] >= columns["t_x"]).all()
    counts = gibbs.future_counts(columns, people, 10.0, seed=5)
    assert counts.shape == (20, 150)
    assert (counts[people["z"].reshape(20, 150) == 0] == 0).all()


def test_a_single_silent_customer() -> None:
    columns = {"x": [0.0], "t_x": [0.0], "T": [0.0], "log_gap_sum": [0.0]}
    found = gibbs.sample(columns, PRIORS, draws=20, tune=20, chains=2, kept=5)
    assert (found["individuals"]["z"] == 1.0).all()
    assert all(np.isfinite(values).all() for values in found["params"].values())


@pytest.mark.slow
def test_finds_the_parameters_again() -> None:
    columns = lived(seed=6, n=1200, T=52.0)
    found = gibbs.sample(columns, PRIORS, draws=1200, tune=800, chains=4, seed=7)["params"]
    for name, draws in found.items():
        assert float(az.rhat(draws)) < 1.05, name
        low, high = np.quantile(draws, [0.005, 0.995])
        assert low < TRUTH[name] < high, name
