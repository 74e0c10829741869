"""Estimation of a model: one function per method, all with the same task and the same type of result."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from clvlab.errors import FitError, InputError
from clvlab.inference import gibbs, laplace, nuts
from clvlab.inference.information import root
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.maximum import Maximum, maximize
from clvlab.inference.pooled import PooledPosterior, pooled_mode
from clvlab.inference.pooled_draws import PooledDraws
from clvlab.inference.pooled_draws import sample as pooled_draws
from clvlab.inference.posterior import Posterior
from clvlab.inference.priors import LogNormal, Prior
from clvlab.inference.quasi import even_normals
from clvlab.models import diagnostics
from clvlab.models.diagnostics import Diagnostics
from clvlab.notes import Note

Float = NDArray[np.float64]
Option = int | None

DRAWS = 1000
MOST_POINTWISE = 20_000_000  # customers x draws whose log-likelihoods are kept in idata: 160 MB
VALUED = 20_000
# A likelihood that knows some direction of log parameters no better than to this standard deviation bends there: its
# curvature at the maximum does not tell how far it reaches (tests/sbc/covering.py).
WIDE = 0.5
FLAT, FLAT_ON_A_RIDGE = 1e-8, 1e-7  # gradient a customer


@dataclass(frozen=True)
class Task:
    """What is to be estimated.

    Attributes
    ----------
    name : str
        The model's, for messages.
    priors : mapping
        Of maximum likelihood, the vague ones that its draws are weighed by where the likelihood is wide.
    start : dict
        Where a climb begins, by estimated value.
    options : dict
        Of the method.
    sampler : str
        The method that draws where an approximation cannot be trusted.
    """

    name: str
    likelihood: Likelihood
    priors: Mapping[str, Prior]
    start: Mapping[str, float]
    seed: int
    options: Mapping[str, Option]
    sampler: str = "nuts"


@dataclass(frozen=True)
class Found:
    """What was estimated; ``method`` is the one actually used, which may differ from the one requested."""

    method: str
    params: dict[str, float]
    log_likelihood: float
    told: Diagnostics
    draws: xr.Dataset | None = None
    covariance: pd.DataFrame | None = None
    idata: xr.DataTree | None = field(default=None, repr=False)


def by_ml(task: Task) -> Found:
    """Maximum likelihood; draws are normal in the estimated values, or resampled where the likelihood is wide.

    None where it is a ridge, or the weights of the latter are too uneven.
    """
    count = _options(task, draws=DRAWS)["draws"]
    likelihood = task.likelihood
    best = maximize(likelihood.derivatives, likelihood.value, likelihood.link.unconstrained(task.start))
    found, posterior = _at_mode(task, "ml", best, count), Posterior(likelihood, task.priors)
    if found.draws is None or np.linalg.eigvalsh(best.covariance)[-1] <= WIDE**2:
        return found
    if not np.isfinite(posterior.value(best.at)):  # priors rule the maximum out: Gamma-Gamma with q of 1 or less
        return found
    mode = maximize(posterior.derivatives, posterior.value, best.at)
    k_hat = np.inf
    if mode.converged and mode.identified:
        resampled = laplace.resample(posterior, mode, draws=count, seed=task.seed)
        k_hat = resampled.k_hat
        if resampled.trusted:
            return replace(found, draws=dataset(likelihood.link.named(resampled.draws.T)))
    doubt = Note("models.draws_uneven", k_hat=k_hat, method=task.sampler)
    return replace(found, draws=None, covariance=None, told=found.told.doubted(doubt))


def by_map(task: Task) -> Found:
    """The mode of the posterior (of logarithms of parameters), with a normal approximation around it."""
    count = _options(task, draws=DRAWS)["draws"]
    best = _posterior_mode(task)
    return _at_mode(task, "map", best, count)


def by_laplace(task: Task) -> Found:
    """Importance-resampled draws around the posterior's mode; a sampler's instead where they cannot be trusted."""
    count = _options(task, draws=DRAWS)["draws"]
    if task.likelihood.link.segment:
        return _pooled(task, count)
    best = _posterior_mode(task)
    doubt = Note("models.laplace_without_mode", condition_number=best.condition_number)
    why = f"the posterior's mode has condition number {best.condition_number:.2g}"
    if best.converged and best.peaked:
        posterior = Posterior(task.likelihood, task.priors)
        resampled = laplace.resample(posterior, best, draws=count, seed=task.seed)
        if resampled.trusted:
            named = task.likelihood.link.named(resampled.draws.T)
            params = {name: float(np.mean(values)) for name, values in named.items()}
            told = diagnostics.of_laplace(best.iterations, resampled.k_hat, resampled.effective)
            return Found("laplace", params, task.likelihood.total(params), told, dataset(named))
        doubt = Note("models.laplace_uneven", k_hat=resampled.k_hat)
        why = f"its importance weights are too uneven (k-hat {resampled.k_hat:.2f}, wanted below .7)"
    refused = _refused_by_gibbs(task) if task.sampler == "gibbs" else None
    if refused:
        raise FitError(
            f"The Laplace approximation cannot be trusted here: {why}. {task.name} could be sampled instead, but "
            f"{refused}. Tighter priors, fewer covariates or more customers make the approximation better."
        )
    return _sampled(task, doubt)


def _pooled(task: Task, count: int) -> Found:
    """Where segments have parameters of their own, these are integrated out one by one."""
    try:
        found = _segments_out(task, count)
    except (FitError, np.linalg.LinAlgError):  # a curvature that is none
        found = None
    if found is None:
        return _sampled(task, Note("models.laplace_without_mode", condition_number=np.inf))
    if not found.k_hat < laplace.TRUSTED:
        return _sampled(task, Note("models.laplace_uneven", k_hat=found.k_hat))
    link, shared = task.likelihood.link, task.likelihood.link.named(found.shared.T)
    moved = dict(zip(link.differences, np.moveaxis(found.moved, -1, 0), strict=True))
    own = link.of_segments({name: shared[name][:, None] for name in link.parameters}, moved)
    named = {**shared, **{name: np.broadcast_to(own[name], found.moved.shape[:2]).copy() for name in link.parameters}}
    named |= {f"{name}:population": shared[name] for name in link.parameters}
    named |= {f"{which}:spread": found.spreads[:, i] for i, which in enumerate(link.differences)}
    params = {name: float(np.mean(values)) for name, values in shared.items()}
    told = diagnostics.of_laplace(found.iterations, found.k_hat, found.effective)
    return Found("laplace", params, _segmented_value(task, named), told, dataset(named))


def _segments_out(task: Task, count: int) -> PooledDraws | None:
    """None where no mode was found."""
    likelihood = task.likelihood
    posterior = PooledPosterior(likelihood, task.priors)
    columns = {name: values for name, values in likelihood.groups.values.items() if name != likelihood.link.segment}
    whole = type(likelihood)(likelihood.formula, columns, posterior.plain, likelihood.groups.counts)
    start = posterior.plain.unconstrained(task.start)
    best = pooled_mode(posterior, Posterior(whole, task.priors), start)
    if best is None or not best.peaked:
        return None
    return pooled_draws(posterior, best, draws=count, seed=task.seed)


def _sampled(task: Task, doubt: Note) -> Found:
    """By the model's sampler instead, and why."""
    found = METHODS[task.sampler].estimate(replace(task, options={}))
    note = Note("models.laplace_replaced", reason=doubt, method=task.sampler)
    return replace(found, told=found.told.noted(note))


def by_nuts(task: Task) -> Found:
    """Posterior draws by nutpie's No-U-Turn sampler."""
    options = _options(task, draws=DRAWS, tune=1000, chains=4, cores=0)
    likelihood = task.likelihood
    lengths = {name: options[name] for name in ("draws", "tune", "chains")}
    idata = nuts.sample(likelihood, task.priors, seed=task.seed, cores=options["cores"] or None, **lengths)
    posterior = idata["posterior"].to_dataset()
    link = likelihood.link

    def drawn(name: str) -> Float:
        values: Float = posterior[name].to_numpy()
        return values.reshape(-1, *values.shape[2:])

    named = {name: drawn(name) for name in link.names}
    params = {name: float(values.mean()) for name, values in named.items()}
    told = diagnostics.of_chains({**nuts.convergence(idata), "chains": options["chains"], "draws": options["draws"]})
    if link.segment:
        for name in link.parameters:
            named[name] = drawn(f"{name}:by_segment")
            named[f"{name}:population"] = drawn(name)
        for which in link.differences:
            named[f"{which}:spread"] = drawn(f"{which}:spread")
        return Found("nuts", params, _segmented_value(task, named), told, dataset(named), idata=idata)
    customers = len(likelihood.groups.inverse)
    if customers == likelihood.n_customers and customers * options["chains"] * options["draws"] <= MOST_POINTWISE:
        idata["log_likelihood"] = xr.DataTree(_pointwise(likelihood, posterior, named))
    return Found("nuts", params, task.likelihood.total(params), told, dataset(named), idata=idata)


def _pointwise(likelihood: Likelihood, posterior: xr.Dataset, named: Mapping[str, Float]) -> xr.Dataset:
    """Log-likelihood of each customer under each draw, as ArviZ's leave-one-out takes it."""
    of_groups = np.concatenate([terms for _, terms in likelihood.over_draws(named)], axis=1)
    shape = (posterior.sizes["chain"], posterior.sizes["draw"], -1)
    each = of_groups[:, likelihood.groups.inverse].reshape(shape)
    return xr.Dataset({"customers": (("chain", "draw", "customer"), each)})


def by_gibbs(task: Task) -> Found:
    """Posterior draws of Pareto/GGG by its own sampler, which draws every customer's story as well."""
    options = _options(task, draws=2000, tune=2000, chains=4)
    groups = task.likelihood.groups
    refused = _refused_by_gibbs(task)
    if refused:
        raise InputError(f"{refused[0].upper()}{refused[1:]}; method='laplace' does.")
    columns = {name: groups.values[name][groups.inverse] for name in task.likelihood.formula.HISTORY}
    priors = {name: prior for name, prior in task.priors.items() if isinstance(prior, LogNormal)}
    found = gibbs.sample(columns, priors, seed=task.seed, kept=1, **options)["params"]
    params = {name: float(np.mean(values)) for name, values in found.items()}
    told = diagnostics.of_chains({**gibbs.convergence(found), "chains": options["chains"], "draws": options["draws"]})
    named = {name: values.ravel() for name, values in found.items()}
    # The likelihood takes milliseconds a history: of a million customers longer than the sampler that does without.
    value = task.likelihood.total(params) if len(groups) <= VALUED else np.nan
    return Found("gibbs", params, value, told, dataset(named))


def _refused_by_gibbs(task: Task) -> str | None:
    if task.likelihood.link.columns:
        return "the Gibbs sampler takes no covariates"
    if not all(isinstance(prior, LogNormal) for prior in task.priors.values()):
        return "the Gibbs sampler takes no priors but log-normal ones"
    return None


@dataclass(frozen=True)
class Method:
    """A way to estimate.

    Attributes
    ----------
    mean : bool
        Whether point forecasts are means over draws of a posterior, rather than made at one set of parameters.
    samples : bool
        Whether it draws where an approximation cannot be trusted; a model names the one it takes.
    """

    estimate: Callable[[Task], Found]
    mean: bool = False
    samples: bool = False


METHODS: dict[str, Method] = {
    "ml": Method(by_ml),
    "map": Method(by_map),
    "laplace": Method(by_laplace, mean=True),
    "nuts": Method(by_nuts, mean=True, samples=True),
    "gibbs": Method(by_gibbs, mean=True, samples=True),
}


def methods_with(sampler: str) -> tuple[str, ...]:
    """The methods of a model that is sampled by ``sampler``."""
    return tuple(name for name, method in METHODS.items() if not method.samples or name == sampler)


def _options(task: Task, **known: int) -> dict[str, int]:
    unknown = set(task.options) - set(known)
    if unknown:
        raise InputError(f"This method takes the options {', '.join(known)}; found {', '.join(sorted(unknown))}.")
    return {**known, **{name: value for name, value in task.options.items() if value is not None}}


def _posterior_mode(task: Task) -> Maximum:
    posterior = Posterior(task.likelihood, task.priors)
    return maximize(posterior.derivatives, posterior.value, task.likelihood.link.unconstrained(task.start))


def _at_mode(task: Task, method: str, best: Maximum, draws: int) -> Found:
    names, link = list(task.likelihood.link.names), task.likelihood.link
    inside = float(np.abs(best.gradient[~best.edge]).max(initial=0.0)) / task.likelihood.n_customers
    params = {name: float(value) for name, value in link.named(best.at).items()}
    # Far out on a ridge the value's last digits are noise, and hide steps that a gradient of nothing does not need.
    flat = (FLAT if best.identified else FLAT_ON_A_RIDGE) * task.likelihood.roughness
    if not (best.converged or inside < flat):
        raise FitError(_no_maximum(task, params, best.iterations, inside))
    told = diagnostics.of_maximum(
        iterations=best.iterations,
        gradient_norm=inside,
        condition_number=best.condition_number,
        identified=best.identified,
        edge=[name for name, held in zip(names, best.edge, strict=True) if held],
        sampler=task.sampler,
    )
    log_likelihood = task.likelihood.total(params)
    if not best.identified:
        return Found(method, params, log_likelihood, told)
    covariance = pd.DataFrame(best.covariance, index=names, columns=names)
    spread = best.at + even_normals(draws, len(names), seed=task.seed) @ root(best.covariance).T
    return Found(method, params, log_likelihood, told, dataset(link.named(spread.T)), covariance)


def _segmented_value(task: Task, named: Mapping[str, Float]) -> float:
    """Log-likelihood at the posterior means of every segment's parameters."""
    means = {name: np.mean(values, axis=0) for name, values in named.items()}
    return task.likelihood.total(means)


def dataset(draws: Mapping[str, ArrayLike]) -> xr.Dataset:
    """Draws over ``draw``, or over (draw, group) where each segment has its own."""
    arrays = {name: np.asarray(values) for name, values in draws.items()}
    count = len(next(iter(arrays.values())))
    variables = {name: (("draw", "group")[: values.ndim], values) for name, values in arrays.items()}
    return xr.Dataset(variables, coords={"draw": np.arange(count)})


def _no_maximum(task: Task, params: Mapping[str, float], iterations: int, gradient: float) -> str:
    at = ", ".join(f"{key} = {value:.3g}" for key, value in params.items())
    return (
        f"{task.name} found no maximum of its likelihood: after {iterations} steps it stands at {at} with a gradient "
        f"of {gradient:.2g} a customer, still rising. Try method={task.sampler!r}, whose priors keep parameters "
        "finite, a longer calibration period, or look for extreme values in frequency and T."
    )
