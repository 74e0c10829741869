"""The same models in PyMC, for those who change or extend them, and as a second implementation that tests ours."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np
import pymc as pm
import pytensor.tensor as pt

from clvlab.formulas.namespace import Known, Namespace, Number
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.priors import AboveOne, Gamma, LogNormal, Normal, Prior
from clvlab.inference.target import SEGMENT_SPREAD


def pymc_model(likelihood: Likelihood, priors: Mapping[str, Prior]) -> pm.Model:
    """The PyMC model: priors as stated, and one Potential, each distinct history counted as often as it occurs.

    With segments, each has moved from the population in each difference by ``spread`` times a standard normal offset
    (non-centred), and one more offset, on which no data bear, stands for a segment not yet seen.
    """
    groups, link = likelihood.groups, likelihood.link
    with pm.Model() as model:
        values = {name: variable(name, priors[name]) for name in link.names}
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
        gammaln=pt.gammaln,
        where=pt.where,
        maximum=pt.maximum,
        minimum=pt.minimum,
        logaddexp=logaddexp,
        log_ndtr=log_ndtr,
    )


def variable(name: str, prior: Prior) -> Number:
    """A parameter with this prior, inside a model."""
    made: Number
    match prior:
        case LogNormal():
            made = pm.LogNormal(name, mu=np.log(prior.median), sigma=prior.spread)
        case AboveOne():
            made = pm.Deterministic(name, 1.0 + variable(f"{name}-1", prior.excess))
        case Gamma():
            made = pm.Gamma(name, alpha=prior.shape, beta=prior.rate)
        case Normal():
            made = pm.Normal(name, mu=prior.mean, sigma=prior.spread)
        case _:
            raise NotImplementedError(type(prior).__name__)
    return made
