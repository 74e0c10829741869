"""Posterior draws: beside maximum likelihood, and beside the truth."""

import subprocess
import sys
import textwrap
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.inference.posterior import Posterior

TRUTH = {"r": 0.8, "alpha": 6.0, "a": 0.9, "b": 3.0}


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    return clv.histories(clv.datasets.cdnow(), end="1997-09-30")


@pytest.fixture(scope="module")
def sampled(cdnow: pd.DataFrame) -> Any:
    return clv.BGNBD().fit(cdnow, method="nuts", draws=500, tune=500, chains=4, cores=2, seed=1)


@pytest.fixture(scope="module")
def peaked(cdnow: pd.DataFrame) -> Any:
    return clv.BGNBD().fit(cdnow, draws=4000, seed=1)


def test_posterior_is_where_the_likelihood_peaks(sampled: Any, peaked: Any) -> None:
    for name in ("r", "alpha", "a", "b"):
        by_nuts, by_ml = (np.log(fit.draws[name].to_numpy()) for fit in (sampled, peaked))
        assert abs(by_nuts.mean() - by_ml.mean()) < 0.5 * by_nuts.std(), name
        assert by_nuts.std() == pytest.approx(by_ml.std(), rel=0.2), name


def test_forecasts_agree_with_maximum_likelihood(sampled: Any, peaked: Any, cdnow: pd.DataFrame) -> None:
    by_nuts, by_ml = (fit.predict(cdnow, horizon=39) for fit in (sampled, peaked))
    assert by_nuts["expected_purchases"].sum() == pytest.approx(by_ml["expected_purchases"].sum(), rel=0.02)
    width = [(table["expected_purchases_high"] - table["expected_purchases_low"]).sum() for table in (by_nuts, by_ml)]
    assert width[0] == pytest.approx(width[1], rel=0.2)


def test_diagnostics_and_draws(sampled: Any) -> None:
    assert sampled.diagnostics["r_hat"] < 1.02
    assert sampled.diagnostics["divergences"] == 0
    assert sampled.draws.sizes["draw"] == 2000
    assert dict(sampled.idata["posterior"].sizes)["chain"] == 4
    assert sampled.params["r"] == pytest.approx(float(sampled.draws["r"].mean()))
    with pytest.raises(clv.FitError, match="nuts"):
        _ = sampled.aic


def test_arviz_takes_it_and_agrees(sampled: Any, cdnow: pd.DataFrame) -> None:
    import arviz as az
    import matplotlib as mpl

    mpl.use("agg")
    theirs, ours = az.loo(sampled.idata), clv.checks.loo(sampled, cdnow)
    assert theirs.elpd == pytest.approx(ours.elpd, abs=0.5)  # theirs estimates how far chains are from independent
    assert theirs.n_data_points == len(cdnow)
    assert {"r", "alpha", "a", "b"} <= set(az.plot_trace(sampled.idata).viz["plot"].data_vars)


def simulated(n: int, seed: int) -> pd.DataFrame:
    ages = np.random.default_rng(seed).uniform(20.0, 60.0, n)
    return clv.BGNBD().at(unit="week", **TRUTH).simulate_histories(ages, seed=seed)


def fitted(n: int, seed: int) -> Any:
    settings = {"draws": 250, "tune": 350, "chains": 2, "cores": 1}
    return clv.BGNBD().fit(simulated(n, seed), method="nuts", seed=seed, **settings)


def covered(fits: list[Any]) -> float:
    """Share of parameters whose 90 % posterior interval holds the truth."""
    tables = [fit.summary() for fit in fits]
    hits = [t.loc[name, "low"] < value < t.loc[name, "high"] for t in tables for name, value in TRUTH.items()]
    return float(np.mean(hits))


def test_intervals_recover_known_parameters() -> None:
    # Twelve intervals of 90 %, four from each fit: fewer than 8 would be a one in a hundred affair.
    fits = [fitted(400, seed) for seed in range(3)]
    assert covered(fits) >= 8 / 12
    np.testing.assert_array_equal(fitted(400, 0).draws["alpha"], fits[0].draws["alpha"])


@pytest.mark.slow
def test_intervals_recover_known_parameters_often_enough() -> None:
    assert 0.84 <= covered([fitted(1500, seed) for seed in range(40)]) <= 0.96


def test_options_nobody_knows_are_refused() -> None:
    with pytest.raises(clv.InputError, match="draws, tune, chains"):
        clv.BGNBD().fit(simulated(50, 1), method="nuts", drws=3)


def check_same_posterior(fit: Any, means: dict[str, float], deviations: dict[str, float], of_means: float) -> None:
    """Means and deviations within Monte Carlo error, others' included, which are worth ``of_means`` draws."""
    for name, mean in means.items():
        draws = fit.draws[name].to_numpy()
        luck = np.hypot(1.0 / np.sqrt(fit.diagnostics["ess_bulk"]), 1.0 / np.sqrt(of_means))
        assert abs(draws.mean() - mean) < 4.0 * luck * deviations[name], name
        assert draws.std() == pytest.approx(deviations[name], rel=4.0 * luck), name


def test_two_parameters_have_the_moments_of_their_posterior_on_a_grid() -> None:
    customers = clv.NBD().at(r=0.8, alpha=6.0, unit="week").simulate_histories(np.full(150, 20.0), seed=3)
    fit = clv.NBD().fit(customers, method="nuts", draws=2000, tune=500, chains=2, seed=1)
    model = clv.NBD()
    posterior = Posterior(model.likelihood(customers)[0], model.priors_for(customers))
    logs = {name: np.log(fit.draws[name].to_numpy()) for name in ("r", "alpha")}
    axes = [np.linspace(each.mean() - 8 * each.std(), each.mean() + 8 * each.std(), 161) for each in logs.values()]
    grid = np.stack([each.ravel() for each in np.meshgrid(*axes)], axis=1)
    log_density = posterior.values(grid)
    weights = np.exp(log_density - log_density.max())
    weights /= weights.sum()
    means = {name: float(weights @ np.exp(grid[:, i])) for i, name in enumerate(logs)}
    deviations = {
        name: float(np.sqrt(weights @ (np.exp(grid[:, i]) - means[name]) ** 2)) for i, name in enumerate(logs)
    }
    check_same_posterior(fit, means, deviations, np.inf)


@pytest.mark.slow
@pytest.mark.parametrize("model", [clv.BGNBD(), clv.ParetoNBD(), clv.MBGCNBD(k=2)], ids=lambda model: model.name)
def test_it_is_the_posterior_that_pymc_samples(model: Any, cdnow: pd.DataFrame) -> None:
    import arviz as az
    import nutpie

    from clvlab.inference.pymc_model import pymc_model

    settings = {"draws": 2000, "tune": 1000, "chains": 4, "seed": 7}
    ours = model.fit(cdnow, method="nuts", cores=2, **settings)
    compiled = nutpie.compile_pymc_model(pymc_model(model.likelihood(cdnow)[0], model.priors_for(cdnow)))
    theirs = nutpie.sample(compiled, progress_bar=False, cores=2, adaptation="low_rank", **settings)[
        "posterior"
    ].to_dataset()
    means = {name: float(theirs[name].mean()) for name in ours.params}
    deviations = {name: float(theirs[name].std()) for name in ours.params}
    worth = float(min(az.ess(theirs)[name] for name in ours.params))
    check_same_posterior(ours, means, deviations, worth)
    assert ours.diagnostics["r_hat"] < 1.01
    assert ours.diagnostics["divergences"] == 0
    assert ours.diagnostics["ess_bulk"] > 0.7 * worth


def test_draws_do_not_depend_on_how_many_chains_run_at_once() -> None:
    customers, settings = simulated(100, 2), {"draws": 60, "tune": 60, "chains": 3}
    one, two = (clv.BGNBD().fit(customers, method="nuts", seed=4, cores=cores, **settings) for cores in (1, 2))
    np.testing.assert_array_equal(one.draws["r"], two.draws["r"])
    assert not np.array_equal(one.idata["posterior"]["r"][0], one.idata["posterior"]["r"][1])


def test_nothing_is_compiled_and_pymc_is_not_needed() -> None:
    told = """
        import sys
        import numpy as np
        import clvlab as clv
        sys.modules["pymc"] = sys.modules["pytensor"] = sys.modules["numba"] = None
        known = clv.BGNBD().at(r=0.8, alpha=6.0, a=0.9, b=3.0, unit="week")
        customers = known.simulate_histories(np.full(50, 20.0), seed=1)
        fit = clv.BGNBD().fit(customers, method="nuts", draws=20, tune=20, chains=1, seed=1)
        print(fit.draws.sizes["draw"])
    """
    found = subprocess.run([sys.executable, "-c", textwrap.dedent(told)], capture_output=True, text=True, check=False)
    assert (found.stdout.strip(), found.returncode) == ("20", 0), found.stderr
