"""What NUTS samples: beside the posterior that Laplace takes, and beside PyMC's own model."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from members import CONTRACTUAL, PURCHASES, SURVIVAL, truth

import clvlab as clv
from clvlab.inference.posterior import Posterior
from clvlab.inference.priors import AboveOne, Gamma, LogNormal, Normal
from clvlab.inference.target import Target

SAMPLED = {name: model for name, model in PURCHASES.items() if model.sampler == "nuts"}


def customers_of(name: str, model: Any, n: int) -> pd.DataFrame:
    """Simulated, with two segments and a covariate."""
    rng = np.random.default_rng(8)
    known = model.at(unit="week", **truth(name, model)) if name in PURCHASES else model.at(**truth(name, model))
    if name in CONTRACTUAL:
        table = known.simulate_spells(rng.integers(4, 13, n), seed=1)
    elif name in SURVIVAL:
        table = known.simulate_spells(rng.uniform(5.0, 50.0, n), entry=rng.choice([0.0, 2.0], n), seed=1)
    else:
        table = known.simulate_histories(rng.integers(8, 30, n).astype(float), seed=1)
    segment = rng.choice(["north", "south", "west"], len(table), p=[0.6, 0.3, 0.1])
    found = table.assign(
        country=segment, web=rng.integers(0, 2, len(table)), income=rng.normal(size=len(table)).round(1)
    )
    found.attrs = table.attrs
    return found


def prepared(model: Any, table: pd.DataFrame) -> tuple[Any, dict[str, Any]]:
    likelihood = model.likelihood(table)[0]
    return likelihood, model.priors_for(table, link=likelihood.link)


def check_same(likelihood: Any, priors: dict[str, Any], seed: int = 0) -> None:
    target, posterior = Target(likelihood, priors), Posterior(likelihood, priors)
    density, rng = target.density(), np.random.default_rng(seed)
    centre = np.array([prior.normal[0] for prior in priors.values()])
    for _ in range(5):
        free = centre + 0.7 * rng.standard_normal(target.size)
        value, gradient = density(free)
        expected, slopes, _ = posterior.derivatives(free)
        assert value == pytest.approx(expected, rel=1e-7)  # Pareto/NBD's nodes are not the same
        np.testing.assert_allclose(gradient, slopes, rtol=1e-6, atol=1e-6 * np.abs(slopes).max())


@pytest.mark.parametrize("name", [*SAMPLED, *CONTRACTUAL, *SURVIVAL])
def test_every_model_has_the_density_of_its_posterior(name: str) -> None:
    model = {**SAMPLED, **CONTRACTUAL, **SURVIVAL}[name]
    table = customers_of(name, model, 300)
    check_same(*prepared(model, table))
    parameters = model.formula.PARAMETERS
    with_covariates = type(model)(covariates={parameters[1]: ["web", "income"], parameters[0]: ["web"]})
    check_same(*prepared(with_covariates, table))


def test_a_parameter_above_one_is_sampled_without_a_bound() -> None:
    summary = clv.datasets.cdnow_summary().query("frequency > 0").head(200)
    likelihood, priors = prepared(clv.GammaGamma(), summary)
    assert isinstance(priors["q"], AboveOne)
    target, posterior = Target(likelihood, priors), Posterior(likelihood, priors)
    density = target.density()
    for free in np.array([[1.5, 1.0, 2.5], [0.5, -9.0, 3.0], [2.5, 4.0, 1.0], [1.5, 40.0, 2.5]]):
        named = target.named(free)
        assert named["q"] >= 1.0
        theta = likelihood.link.unconstrained(named)
        expected, slopes, _ = posterior.derivatives(theta)
        # u = log(1 + exp(w)): du/dw = exp(w) / (1 + exp(w)), whose logarithm the density of w has on top.
        slope = 1.0 / (1.0 + np.exp(-free[1]))
        value, gradient = density(free)
        assert value == pytest.approx(expected + np.log(slope), rel=1e-9)
        wanted = slopes * [1.0, slope, 1.0] + [0.0, 1.0 - slope, 0.0]
        if free[1] < 30.0:  # beyond, the jets' own density cancels
            np.testing.assert_allclose(gradient, wanted, rtol=1e-6)


CASES = {
    "BG/NBD": clv.BGNBD(),
    "covariates": clv.MBGNBD(covariates={"alpha": ["web"], "a": ["web", "income"]}),
    "pooled": clv.BGNBD(pooled_by="country", covariates={"r": ["web"]}),
    "Pareto/NBD": clv.ParetoNBD(),
    "a prior that is not normal": clv.NBD(
        priors={"r": Gamma(3.0, 2.0), "alpha": LogNormal(5.0, 1.0), "alpha:web": Normal(0.2, 0.4)},
        covariates={"alpha": ["web"]},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_the_model_that_pymc_has(name: str) -> None:
    import pytensor

    from clvlab.inference.pymc_model import pymc_model

    model = CASES[name]
    likelihood, priors = prepared(model, customers_of("BGNBD", clv.BGNBD(), 60))
    target = Target(likelihood, priors)
    density = target.density()
    with pytensor.config.change_flags(mode="FAST_COMPILE", cxx=""):
        theirs = pymc_model(likelihood, priors)
        compiled = theirs.logp_dlogp_function(ravel_inputs=True)
        start = theirs.initial_point()
    places, at = {}, 0
    for variable in theirs.free_RVs:
        transformed = theirs.rvs_to_values[variable].name
        size = int(np.size(start[transformed]))
        places[variable.name], at = slice(at, at + size), at + size
    differences = likelihood.link.differences if likelihood.link.segment else {}
    names = [*likelihood.link.names, *(f"{which}:{part}" for part in ("spread", "offset") for which in differences)]
    order = np.concatenate([np.arange(at)[places[each]] for each in names])
    rng = np.random.default_rng(4)
    for _ in range(3):
        free = rng.normal(0.3, 0.6, target.size)
        theirs_at = np.empty(at)
        theirs_at[order] = free
        expected, slopes = compiled(theirs_at)
        value, gradient = density(free)
        assert value == pytest.approx(float(expected), rel=1e-9)
        np.testing.assert_allclose(gradient, slopes[order], rtol=1e-7, atol=1e-7 * np.abs(slopes).max())


def test_named_values_of_segments() -> None:
    likelihood, priors = prepared(clv.NBD(pooled_by="country"), customers_of("NBD", clv.NBD(), 50))
    target = Target(likelihood, priors)
    free = np.random.default_rng(1).normal(size=(2, 3, target.size))
    named = target.named(free)
    assert named["r"].shape == (2, 3)
    assert named["rate:offset"].shape == named["alpha:by_segment"].shape == (2, 3, 4)
    moved = {
        which: named[f"{which}:spread"][..., None] * named[f"{which}:offset"] for which in likelihood.link.differences
    }
    own = named["alpha"][..., None] * np.exp(-moved["rate"] + moved["rate shape"])
    np.testing.assert_allclose(named["alpha:by_segment"], own)


def test_what_has_no_model_in_pymc_is_refused() -> None:
    histories = customers_of("BGNBD", clv.BGNBD(), 20)
    with pytest.raises(clv.InputError, match="Pareto/GGG has no PyMC model"):
        clv.ParetoGGG().to_pymc(histories)
    with pytest.raises(clv.InputError, match="give k="):
        clv.BGCNBD().to_pymc(histories)
