"""Posterior draws of a formula's parameters by NUTS: a PyMC model over distinct histories, sampled by nutpie."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from clvlab.formulas.namespace import Namespace
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.priors import LogNormal


def sample(
    likelihood: Likelihood,
    priors: Mapping[str, LogNormal],
    *,
    draws: int,
    tune: int,
    chains: int,
    seed: int,
    cores: int | None = None,
) -> Any:
    """Draw from the posterior.

    Returns
    -------
    xarray.DataTree
        With a ``posterior`` group over (chain, draw), as ArviZ takes it.
    """
    import nutpie

    compiled = nutpie.compile_pymc_model(pymc_model(likelihood, priors))
    return nutpie.sample(
        compiled,
        draws=draws,
        tune=tune,
        chains=chains,
        seed=seed,
        cores=cores,
        progress_bar=False,
        save_warmup=False,
    )


def pymc_model(likelihood: Likelihood, priors: Mapping[str, LogNormal]) -> Any:
    """The PyMC model: priors as stated, and one Potential, each distinct history counted as often as it occurs."""
    import pymc as pm

    groups = likelihood.groups
    with pm.Model() as model:
        params = {name: priors[name].to_pymc(name) for name in likelihood.formula.PARAMETERS}
        terms = likelihood.formula.log_likelihood(**groups.values, **params, xp=pytensor_namespace())
        pm.Potential("log_likelihood", (groups.counts * terms).sum())
    return model


def pytensor_namespace() -> Namespace:
    """The formula's functions over PyTensor."""
    import pytensor.tensor as pt

    def logaddexp(u: Any, v: Any) -> Any:
        top, bottom = pt.maximum(u, v), pt.minimum(u, v)
        return top + pt.log1p(pt.exp(bottom - top))

    return SimpleNamespace(
        log=pt.log,
        log1p=pt.log1p,
        exp=pt.exp,
        expm1=pt.expm1,
        gammaln=pt.gammaln,
        where=pt.where,
        maximum=pt.maximum,
        minimum=pt.minimum,
        logaddexp=logaddexp,
    )


def convergence(idata: Any) -> dict[str, float]:
    """Worst R-hat, smallest bulk and tail effective sample size, and the number of divergences."""
    import arviz as az

    rhat, bulk, tail = az.rhat(idata), az.ess(idata, method="bulk"), az.ess(idata, method="tail")

    def values(found: Any) -> Any:
        data = found["posterior"].to_dataset() if "posterior" in getattr(found, "children", {}) else found
        return np.array([float(data[name]) for name in data.data_vars])

    return {
        "r_hat": float(values(rhat).max()),
        "ess_bulk": float(values(bulk).min()),
        "ess_tail": float(values(tail).min()),
        "divergences": int(idata["sample_stats"]["diverging"].sum()),
    }
