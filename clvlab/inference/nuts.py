"""Posterior draws of a formula's parameters by NUTS: nutpie on the exact gradient over distinct histories."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clvlab import progress
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.priors import Prior
from clvlab.inference.target import Target

if TYPE_CHECKING:  # heavy to import
    import xarray as xr

Float = NDArray[np.float64]

# Numbers in an array from which on NumPy works in threads at once: on fewer it holds Python's lock, which then passes
# between threads in vain.
THREADED = 20_000
# Parameters go together (a larger r with a larger alpha); a low-rank metric learns such directions.
CORRELATED: dict[str, str | float] = {"adaptation": "low_rank"}
# Where segments hardly differ their spread and their offsets make a funnel, through whose neck only short steps go. It
# has no one metric: there a low-rank one misleads, and chains come to disagree.
FUNNEL: dict[str, str | float] = {"adaptation": "diag", "target_accept": 0.98}


def sample(
    likelihood: Likelihood,
    priors: Mapping[str, Prior],
    *,
    draws: int,
    tune: int,
    chains: int,
    seed: int,
    cores: int | None = None,
) -> "xr.DataTree":
    """Draw from the posterior.

    Parameters
    ----------
    cores : int, optional
        Chains sampled at once; all processors' worth where arrays are large, otherwise one.

    Returns
    -------
    xarray.DataTree
        With a ``posterior`` group over (chain, draw), as ArviZ takes it.
    """
    import arviz as az
    import nutpie
    import xarray as xr
    from nutpie.compiled_pyfunc import from_pyfunc

    target = Target(likelihood, priors)

    def expand(*_: int) -> Callable[[Float], dict[str, Float]]:
        return lambda free: {"free": free}

    model = from_pyfunc(
        target.size, target.density, expand, [np.dtype(float)], [(target.size,)], ["free"],
        make_initial_point_fn=target.start,
    )  # fmt: skip
    metric = FUNNEL if likelihood.link.segment else CORRELATED
    drawn: xr.DataTree = nutpie.sample(
        model,
        draws=draws,
        tune=tune,
        chains=chains,
        seed=seed,
        cores=1 if cores is None and target.widest < THREADED else cores,
        **metric,
        progress_bar=progress.wanted(),
        save_warmup=False,
    )
    named = target.named(drawn["posterior"]["free"].to_numpy())
    drawn["posterior"] = xr.DataTree(az.convert_to_dataset(named))
    return drawn


def convergence(idata: "xr.DataTree") -> dict[str, float]:
    """Worst R-hat, smallest bulk and tail effective sample size, and the number of divergences."""
    import arviz as az

    posterior = idata["posterior"].to_dataset()
    varying = posterior[[name for name in posterior.data_vars if not str(name).endswith(":by_segment")]]

    def worst(found: "xr.Dataset", pick: np.ufunc) -> float:
        return float(pick.reduce([float(pick.reduce(found[name].to_numpy(), axis=None)) for name in found.data_vars]))

    return {
        "r_hat": worst(az.rhat(varying), np.maximum),
        "ess_bulk": worst(az.ess(varying, method="bulk"), np.minimum),
        "ess_tail": worst(az.ess(varying, method="tail"), np.minimum),
        "divergences": int(idata["sample_stats"]["diverging"].sum()),
    }
