"""Simulation-based calibration: where the truth ranks among posterior draws, over many simulated truths.

Draw parameters from the prior and customers from the latent story; fit; count the draws below the truth. If simulator,
likelihood, prior and sampler agree, each rank is uniform (Talts et al. 2018, arXiv:1804.06788). Beside parameters, a
derived quantity and the log-likelihood of the data are ranked: the latter sees errors of the whole posterior that no
single parameter shows (Modrák et al. 2023, arXiv:2211.02383).

A fit refused for what the data look like is left out; as the choice depends on the data alone, the ranks of the rest
stay uniform.
"""

import time
import zlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats
from studies import Study

from clvlab.errors import InputError
from clvlab.inference import gibbs, laplace, nuts
from clvlab.inference.maximum import maximize
from clvlab.inference.posterior import Posterior
from clvlab.models.estimation import DRAWS, METHODS, Task
from clvlab.models.model import Model

Float = NDArray[np.float64]
# Of a fit: its task and a seed to draws (draws, parameters) of log parameters, with what is to be told of them.
Sampler = Callable[[Task, int], tuple[Float, dict[str, float]]]

RANKED = 99  # draws the truth is ranked among: 100 ranks, so central intervals of 50 and 90 % hold exactly that many
LOG_LIKELIHOOD = "log-likelihood of the data"
NULL_SETS = 4000


class Refused(Exception):
    """The approximation says itself that it is not to be trusted, or the model refuses the data."""


@dataclass
class Ranks:
    """Ranks of the truth, 0 to 99, by quantity; what happened on the way; seconds of processor time."""

    ranks: dict[str, list[int]] = field(default_factory=dict)
    refused: Counter[str] = field(default_factory=Counter)
    told: list[dict[str, float]] = field(default_factory=list)
    simulations: int = 0
    seconds: float = 0.0

    @property
    def used(self) -> int:
        """Simulations that gave ranks."""
        return self.simulations - sum(self.refused.values())


def simulate(
    study: Study,
    draw: Sampler,
    *,
    simulations: int,
    customers: int,
    seed: int,
    until: float | None = None,
) -> Ranks:
    """Rank the truth in ``simulations`` simulated worlds.

    Parameters
    ----------
    until : float, optional
        On the clock of ``time.monotonic``: no simulation starts after.
    """
    found, began = Ranks(), time.process_time()
    for i in range(simulations):
        if until is not None and time.monotonic() > until:
            break
        found.simulations += 1
        rng = np.random.default_rng([seed, zlib.crc32(study.model.name.encode()), i])
        truth = {name: float(prior.draw(rng, 1)[0]) for name, prior in study.stated().items()}
        data = study.draw(rng, customers, study.formula, truth)
        try:
            task = task_of(study.model, data)
            draws, told = draw(task, int(rng.integers(2**31)))
        except Refused as why:
            found.refused[str(why)] += 1
            continue
        found.told.append(told)
        for name, rank in _ranked(study, task, truth, thinned(draws)).items():
            found.ranks.setdefault(name, []).append(rank)
    found.seconds = time.process_time() - began
    return found


def _ranked(study: Study, task: Task, truth: Mapping[str, float], draws: Float) -> dict[str, int]:
    link = task.likelihood.link
    named = link.named(draws.T)
    quantities: dict[str, tuple[Any, float]] = {name: (named[name], truth[name]) for name in truth}
    quantities[study.derived] = study.derive(study.formula, named), float(study.derive(study.formula, truth))
    at_draws = task.likelihood.values(draws)
    quantities[LOG_LIKELIHOOD] = at_draws, task.likelihood.value(link.unconstrained(truth))
    return {name: int(np.sum(values < true)) for name, (values, true) in quantities.items()}


def thinned(draws: Float) -> Float:
    """As many draws as are ranked, evenly from all."""
    return draws[np.linspace(0, len(draws) - 1, RANKED).round().astype(int)]


def task_of(model: Model, data: pd.DataFrame) -> Task:
    """What the model's own ``fit`` would hand to the estimator: likelihood, priors in units, start."""

    class Stop(Exception):
        pass

    kept: list[Task] = []

    def keep(task: Task) -> Any:
        kept.append(task)
        raise Stop

    with patch.dict(METHODS, laplace=replace(METHODS["laplace"], estimate=keep)):
        try:
            model.fit(data, method="laplace", unit="week")
        except Stop:
            return kept[0]
        except InputError as error:
            raise Refused("nothing to learn from") from error
    raise AssertionError("fit() did not ask the estimator")


def by_laplace(task: Task, seed: int, proposals: int = DRAWS) -> tuple[Float, dict[str, float]]:
    """As ``method="laplace"`` does it; where that would fall back to NUTS, refused."""
    posterior = Posterior(task.likelihood, task.priors)
    best = maximize(posterior.derivatives, posterior.value, task.likelihood.link.unconstrained(task.start))
    if not best.converged:
        raise Refused("mode not found")
    if not best.identified:
        raise Refused("ridge")
    resampled = laplace.resample(posterior, best, draws=proposals, seed=seed)
    if not resampled.trusted:
        raise Refused("k-hat above .7")
    return resampled.draws, {"k_hat": resampled.k_hat, "effective": resampled.effective}


def covariance_halved(task: Task, seed: int, proposals: int = DRAWS) -> tuple[Float, dict[str, float]]:
    """Deliberately wrong: half the posterior's covariance."""
    draws, told = by_laplace(task, seed, proposals)
    centre = draws.mean(axis=0)
    return centre + np.sqrt(0.5) * (draws - centre), told


def jacobian_dropped(task: Task, seed: int, proposals: int = DRAWS) -> tuple[Float, dict[str, float]]:
    """Deliberately wrong: priors of parameters taken for priors of their logarithms."""

    class Dropped:
        def __init__(self, prior: Any) -> None:
            self.prior = prior

        def log_density(self, u: Any, xp: Any) -> Any:
            return self.prior.log_density(u, xp) - u

    priors: Any = {name: Dropped(prior) for name, prior in task.priors.items()}
    return by_laplace(replace(task, priors=priors), seed, proposals)


def by_nuts(task: Task, seed: int) -> tuple[Float, dict[str, float]]:
    """As ``method="nuts"`` does it, with shorter chains; draws of all, one after the other."""
    idata = nuts.sample(task.likelihood, task.priors, draws=500, tune=400, chains=2, cores=1, seed=seed)
    posterior, link = idata["posterior"].to_dataset(), task.likelihood.link
    draws = link.unconstrained({name: posterior[name].to_numpy().ravel() for name in link.names}).T
    return draws, nuts.convergence(idata)


def by_gibbs(task: Task, seed: int) -> tuple[Float, dict[str, float]]:
    """Pareto/GGG's sampler, which does without the likelihood."""
    groups = task.likelihood.groups
    columns = {name: groups.values[name][groups.inverse] for name in task.likelihood.formula.HISTORY}
    priors: Any = task.priors
    found = gibbs.sample(columns, priors, draws=2500, tune=600, chains=2, seed=seed, kept=1)["params"]
    draws = np.column_stack([np.log(found[name].ravel()) for name in task.likelihood.link.names])
    return draws, gibbs.convergence(found)


def sampler(method: str, proposals: int = DRAWS) -> Sampler:
    """A method by name; ``proposals`` is how many draws Laplace weighs."""
    if method == "nuts":
        return by_nuts
    if method == "gibbs":
        return by_gibbs
    return partial(METHODS_OF_LAPLACE[method], proposals=proposals)


METHODS_OF_LAPLACE = {
    "laplace": by_laplace,
    "laplace-covariance-halved": covariance_halved,
    "laplace-jacobian-dropped": jacobian_dropped,
}


def p_chi_square(ranks: list[int]) -> float:
    """P of so uneven a histogram: 20 bins of ranks, 10 below 160 simulations, 5 below 80."""
    bins = 20 if len(ranks) >= 160 else 10 if len(ranks) >= 80 else 5
    counts = np.bincount(np.asarray(ranks) * bins // (RANKED + 1), minlength=bins)
    return float(stats.chisquare(counts).pvalue)


def p_ecdf(ranks: list[int]) -> float:
    """P that the ranks' distribution function strays so far, at its worst place (Säilynoja et al. 2022)."""
    null = _null(len(ranks))
    return float((1 + np.sum(null <= _strays(np.asarray(ranks)[None])[0])) / (1 + len(null)))


@cache
def _null(count: int) -> Float:
    return _strays(np.random.default_rng(count).integers(0, RANKED + 1, size=(NULL_SETS, count)))


def _strays(sets: NDArray[np.int64]) -> Float:
    """The least pointwise tail probability of each set's count of ranks below each threshold."""
    count = sets.shape[1]
    least = np.ones(len(sets))
    for below in range(1, RANKED + 1):
        seen = np.sum(sets < below, axis=1)
        share = below / (RANKED + 1)
        tail = np.minimum(stats.binom.cdf(seen, count, share), stats.binom.sf(seen - 1, count, share))
        least = np.minimum(least, tail)
    return least


def coverage(ranks: list[int], mass: float) -> tuple[float, float, float]:
    """Share of truths within the central interval, and where 95 % of such shares fall if it is right."""
    side = round((1.0 - mass) / 2.0 * (RANKED + 1))
    values = np.asarray(ranks)
    inside = float(np.mean((values >= side) & (values < RANKED + 1 - side)))
    low, high = stats.binom.interval(0.95, len(ranks), mass)
    return inside, float(low) / len(ranks), float(high) / len(ranks)
