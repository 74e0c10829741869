r"""Posterior draws of Pareto/GGG without its likelihood, by Gibbs and Metropolis steps.

All customers of all chains are updated at once. A sweep draws, for each customer,

- whether and when they left: tau, with mu integrated out (a Lomax lifetime), by an independence proposal that is exact
  for k = 1;
- lambda, by an independence proposal that is exact for k = 1;
- k, by random walks on the log scale;

and the parameters of the population: (s, beta) given the lifetimes, mu and the ends of the living integrated out;
(r, alpha) given lambda; (t, gamma) given k; each both with the customers as they are, and with the customers who
have few purchases moved along with the population (interweaving), without which chains crawl.

Source of the model: Platzer & Reutterer (2016), Marketing Science 35(5).
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clvlab.formulas import gamma_gaps, pareto_ggg
from clvlab.inference.gibbs_sweep import Sampler
from clvlab.inference.priors import LogNormal

Float = NDArray[np.float64]


def sample(
    columns: Mapping[str, ArrayLike],
    priors: Mapping[str, LogNormal],
    *,
    draws: int = 1000,
    tune: int = 1000,
    chains: int = 4,
    seed: int = 0,
    kept: int = 50,
) -> dict[str, dict[str, Float]]:
    """Draw from the posterior.

    Parameters
    ----------
    columns : mapping of name to array, shape (customers,)
        x, t_x, T and log_gap_sum.
    priors : mapping of parameter to prior
        For t, gamma, r, alpha, s, beta; of alpha and beta in the unit of time.
    draws, tune : int
        Sweeps kept of each chain, and sweeps before them in which the steps are tuned.
    chains : int
        Started apart.
    seed : int
    kept : int
        Draws of the individuals to keep of each chain, evenly spread.

    Returns
    -------
    dict
        ``params``: each parameter's draws, shape (chains, draws). ``individuals``: k, lambda, mu (both a unit of
        time), z (1 where alive at T) and tau (age at leaving), each of shape (chains, kept, customers).

    Examples
    --------
    >>> columns = {"x": [2.0, 0.0], "t_x": [5.0, 0.0], "T": [9.0, 9.0], "log_gap_sum": [1.8, 0.0]}
    >>> priors = {name: LogNormal(1.0, 0.5) for name in ("t", "gamma", "r", "alpha", "s", "beta")}
    >>> found = sample(columns, priors, draws=20, tune=10, chains=2, kept=5)
    >>> found["params"]["r"].shape, found["individuals"]["tau"].shape
    ((2, 20), (2, 5, 2))
    """
    rng = np.random.default_rng(seed)
    sampler = Sampler(columns, priors, chains=chains, rng=rng)
    for sweep in range(tune):
        sampler.sweep()
        sampler.adapt(sweep, tune)
    params = {name: np.empty((chains, draws)) for name in pareto_ggg.PARAMETERS}
    at = set(np.linspace(0, draws - 1, min(kept, draws)).round().astype(int).tolist())
    individuals: list[dict[str, Float]] = []
    for draw in range(draws):
        sampler.sweep()
        for name in params:
            params[name][:, draw] = sampler.params[name]
        if draw in at:
            individuals.append(sampler.individuals())
    stacked = {name: np.stack([one[name] for one in individuals], axis=1) for name in individuals[0]}
    return {"params": params, "individuals": stacked}


def convergence(draws: Mapping[str, Float]) -> dict[str, float]:
    """Worst R-hat and smallest effective sample sizes over parameters, draws of shape (chains, draws)."""
    import arviz as az
    import xarray as xr

    data = xr.Dataset({name: (("chain", "draw"), values) for name, values in draws.items()})
    found = {"r_hat": az.rhat(data), "ess_bulk": az.ess(data, method="bulk"), "ess_tail": az.ess(data, method="tail")}
    each = {name: [float(of[parameter]) for parameter in draws] for name, of in found.items()}
    return {"r_hat": max(each["r_hat"]), "ess_bulk": min(each["ess_bulk"]), "ess_tail": min(each["ess_tail"])}


def future_counts(
    columns: Mapping[str, ArrayLike], individuals: Mapping[str, Float], horizon: float, *, seed: int
) -> NDArray[np.int64]:
    """Purchases in the coming ``horizon``, one future for each draw of each individual.

    Returns
    -------
    array of int, shape (chains x kept draws, customers)
    """
    rng = np.random.default_rng(seed)
    n = individuals["k"].shape[-1]
    t_x, T = (np.broadcast_to(np.asarray(columns[name], dtype=float), n) for name in ("t_x", "T"))
    flat = {name: values.reshape(-1, n) for name, values in individuals.items()}
    counts = np.empty((len(flat["k"]), n), dtype=np.int64)
    for d in range(len(counts)):
        customer, _ = gamma_gaps.simulate_individuals(
            rng, horizon, t_x, T, flat["k"][d], flat["lambda"][d], flat["tau"][d]
        )
        counts[d] = np.bincount(customer, minlength=n)
    return counts
