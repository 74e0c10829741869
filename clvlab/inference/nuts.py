"""Posterior draws of a formula's parameters by NUTS: a PyMC model over distinct histories, sampled by nutpie."""

from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from clvlab import progress
from clvlab.formulas.namespace import Known, Namespace, Number, Unary
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.priors import Prior

if TYPE_CHECKING:  # heavy to import
    import pymc as pm
    import xarray as xr

# Standard deviation a priori of how far segments move: half-normal, so that they differ by tens of percent more likely
# than by factors.
SEGMENT_SPREAD = 0.5
# Where segments hardly differ their spread and their offsets make a funnel, through whose neck only short steps go.
FUNNEL_ACCEPT = 0.98


class _Tensor(Number, Protocol):
    """Of PyTensor's variables, what is needed here: ``owner`` is the operation that made it and what it was made of."""

    ndim: int
    owner: Any

    def __getitem__(self, key: object, /) -> Number: ...


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

    Returns
    -------
    xarray.DataTree
        With a ``posterior`` group over (chain, draw), as ArviZ takes it.
    """
    import nutpie

    pooled = bool(likelihood.link.segment)
    compiled = nutpie.compile_pymc_model(pymc_model(likelihood, priors))
    drawn: xr.DataTree = nutpie.sample(
        compiled,
        draws=draws,
        tune=tune,
        chains=chains,
        seed=seed,
        cores=cores,
        # Parameters go together (a larger r with a larger alpha); a low-rank metric learns such directions. A funnel
        # has no one metric: there it misleads, and chains come to disagree.
        **({"adaptation": "diag", "target_accept": FUNNEL_ACCEPT} if pooled else {"adaptation": "low_rank"}),
        progress_bar=progress.wanted(),
        save_warmup=False,
    )
    return drawn


def pymc_model(likelihood: Likelihood, priors: Mapping[str, Prior]) -> "pm.Model":
    """The PyMC model: priors as stated, and one Potential, each distinct history counted as often as it occurs.

    With segments, each has moved from the population in each difference by ``spread`` times a standard normal offset
    (non-centred), and one more offset, on which no data bear, stands for a segment not yet seen.
    """
    import pymc as pm
    import pytensor.tensor as pt

    groups, link = likelihood.groups, likelihood.link
    with pm.Model() as model:
        values = {name: priors[name].to_pymc(name) for name in link.names}
        if link.segment:
            segments = int(groups.values[link.segment].max()) + 2
            moved = {}
            for which in link.differences:
                spread = pm.HalfNormal(f"{which}:spread", sigma=SEGMENT_SPREAD)
                moved[which] = spread * pm.Normal(f"{which}:offset", shape=segments)
            own = link.of_segments(values, moved, exp=pt.exp)
            for name in link.parameters:
                values[name] = pm.Deterministic(f"{name}:by_segment", own[name] * pt.ones(segments))
        natural = link.natural(values, groups.values, exp=pt.exp)
        history = {name: groups.values[name] for name in likelihood.formula.HISTORY}
        terms = likelihood.formula.log_likelihood(**history, **natural, xp=pytensor_namespace())
        pm.Potential("log_likelihood", (groups.counts * terms).sum())
    return model


def pytensor_namespace() -> Namespace:
    """The formula's functions over PyTensor."""
    import pytensor.tensor as pt

    def logaddexp(u: Number, v: Number) -> Number:
        top, bottom = pt.maximum(u, v), pt.minimum(u, v)
        found: Number = top + pt.log1p(pt.exp(bottom - top))
        return found

    def log_ndtr(u: Known) -> Number:
        # Each branch is kept where it is finite, so that the other's gradient is never 0 times infinity.
        left, right = pt.minimum(u, -1.0), pt.maximum(u, -1.0)
        far = pt.log(0.5 * pt.erfcx(left * -np.sqrt(0.5))) - 0.5 * left * left
        choose: Any = pt.where
        found: Number = choose(u < -1.0, far, pt.log1p(-0.5 * pt.erfc(right * np.sqrt(0.5))))
        return found

    return SimpleNamespace(
        log=pt.log,
        log1p=pt.log1p,
        exp=pt.exp,
        expm1=pt.expm1,
        gammaln=gammaln_of_distinct,
        where=pt.where,
        maximum=pt.maximum,
        minimum=pt.minimum,
        logaddexp=logaddexp,
        log_ndtr=log_ndtr,
    )


def gammaln_of_distinct(u: Number) -> Number:
    """Log Gamma of a tensor, computed once for each distinct row of the data in it.

    It and its derivative cost more than the rest of a formula, and most often depend on x alone, of which there are
    far fewer values than histories.
    """
    import pytensor.tensor as pt
    from pytensor.graph.traversal import walk
    from pytensor.tensor.elemwise import DimShuffle, Elemwise
    from pytensor.tensor.variable import TensorConstant

    log_gamma: Unary = pt.gammaln
    if getattr(u, "ndim", 0) != 1:
        return log_gamma(u)

    def made_of(part: _Tensor) -> list[_Tensor]:
        row_by_row = part.ndim and part.owner and isinstance(part.owner.op, Elemwise | DimShuffle)
        return list(part.owner.inputs) if row_by_row else []

    whole = cast(_Tensor, u)
    parts: Iterable[_Tensor] = cast(Any, walk)([whole], made_of)
    vectors = [part for part in parts if part.ndim and not made_of(part)]
    if not vectors or not all(isinstance(part, TensorConstant) and part.data.size > 1 for part in vectors):
        return log_gamma(u)
    rows, codes = np.unique(np.array([cast(Any, part).data for part in vectors]), axis=1, return_inverse=True)
    distinct = dict(zip(vectors, rows, strict=True))

    def over_distinct(part: _Tensor) -> _Tensor:
        if part in distinct:
            return cast(_Tensor, pt.constant(distinct[part]))
        return cast(_Tensor, part.owner.op(*map(over_distinct, made_of(part)))) if made_of(part) else part

    return cast(_Tensor, log_gamma(over_distinct(whole)))[codes]


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
