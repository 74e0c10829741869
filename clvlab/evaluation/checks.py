"""Does a model describe the customers it was fitted to, and which of two describes them better, by their likelihood."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special, stats

from clvlab.errors import FitError, InputError
from clvlab.inference.laplace import TRUSTED, smoothed
from clvlab.inference.nuts import SEGMENT_SPREAD
from clvlab.models.fit import Fit
from clvlab.models.forecast import thinned
from clvlab.models.model import Model

Float = NDArray[np.float64]

MOST = 7  # this many repeat purchases and more share a cell
GREEN, AMBER = 0.125, 0.25  # one cell in eight outside its band, and two
PRIOR_CUSTOMERS = 1000  # a vague prior spreads far wider than so many customers vary, and some of its draws buy daily
# The smaller model is the larger one where nobody drops out, and there the larger one's dropout has no parameters.
WITHOUT_DROPOUT = {("NBD", "BGNBD"), ("NBD", "MBGNBD"), ("NBD", "ParetoNBD")}
NESTED = {*WITHOUT_DROPOUT, ("ShiftedBetaGeometric", "BetaDiscreteWeibull")}


@dataclass(frozen=True)
class LikelihoodRatio:
    """Whether a larger model describes the customers better than chance would let it.

    Attributes
    ----------
    statistic : float
        Twice the difference of log-likelihoods.
    degrees_of_freedom : int
        Values the larger model estimates more.
    p_value : float
        How often so large a statistic would come if the smaller model were true; an upper bound where ``at_boundary``.
    at_boundary : bool
        The smaller model is the larger one where nobody drops out.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float
    at_boundary: bool


@dataclass(frozen=True)
class LeaveOneOut:
    """How well each customer's history is foretold by a fit to all the others, by Pareto-smoothed importance sampling.

    Attributes
    ----------
    elpd : float
        Expected log predictive density, summed over customers; the larger the better.
    std_error : float
        Of ``elpd``, from how customers differ.
    p_loo : float
        Effective number of parameters.
    share_above : float
        Share of customers whose Pareto k exceeds .7: for them the approximation is not to be trusted.
    n_customers : int
    """

    elpd: float
    std_error: float
    p_loo: float
    share_above: float
    n_customers: int


def prior_predictive(model: Model, histories: pd.DataFrame, *, draws: int = 200, seed: int = 0) -> pd.DataFrame:
    """How often customers would buy if only the priors were known.

    Parameters
    ----------
    model : Model
        A transaction model.
    histories : DataFrame, one row a customer
        Replicated customers are watched as long as these (a sample of 1,000 of them, where there are more).
    draws : int
        Data sets, each simulated from the latent story at its own draw of the parameters.
    seed : int

    Returns
    -------
    DataFrame, indexed by frequency "0", "1", ..., "7+"
        Share of customers with so many repeat purchases: ``observed``; ``mean``, ``low`` and ``high`` (95 % band) over
        the replicated data sets; ``inside``, whether the band holds what was observed. ``attrs["light"]`` is green
        where at most one cell of the eight lies outside its band, amber at two, red above. A prior to be trusted is
        green, and its bands are wide.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> from clvlab.models import NBD
    >>> table = prior_predictive(NBD(), datasets.cdnow_summary().head(200), draws=50)
    >>> table.attrs["light"]
    'green'
    """
    formula, age = _transactional(model)
    rng = np.random.default_rng(seed)
    likelihood, _, segments = model.likelihood(histories)
    link, groups = likelihood.link, likelihood.groups
    watched = np.arange(len(histories))
    if len(histories) > PRIOR_CUSTOMERS:
        watched = np.sort(rng.choice(len(histories), PRIOR_CUSTOMERS, replace=False))
    columns = {name: values[groups.inverse[watched]] for name, values in groups.values.items()}
    drawn = {name: prior.draw(rng, draws) for name, prior in model.priors_for(histories, link=link).items()}
    if segments is not None:
        apart = draws, len(segments.labels)
        moved = {
            which: np.abs(rng.normal(0.0, SEGMENT_SPREAD, (draws, 1))) * rng.standard_normal(apart)
            for which in link.differences
        }
        shared = {name: drawn[name][:, None] * np.ones(apart) for name in link.parameters}
        drawn |= link.of_segments(shared, moved)
    shares = np.array([_simulated(formula, link.natural(at, columns), columns[age], rng) for at in _each(drawn)])
    return _compared(histories, shares)


def posterior_predictive(fit: Fit, histories: pd.DataFrame, *, draws: int = 200, seed: int = 0) -> pd.DataFrame:
    """Whether customers simulated from a fit buy as often as these did.

    How often they buy is not when: an NBD, which knows no dropout, may match the counts of customers who have long left
    and forecast too much of them. Forecasts are judged on a holdout (``clv.compare``).

    Parameters
    ----------
    fit : Fit
        Of a transaction model. Without draws (parameters given, or intervals withheld) all data sets share ``params``.
    histories : DataFrame, one row a customer
        Usually those it was fitted to; replicated customers are watched as long as they were.
    draws : int
        Data sets, each simulated from the latent story at its own draw of the parameters.
    seed : int

    Returns
    -------
    DataFrame, indexed by frequency "0", "1", ..., "7+"
        As ``prior_predictive``.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> from clvlab.models import NBD
    >>> summary = datasets.cdnow_summary()
    >>> table = posterior_predictive(NBD().fit(summary), summary, draws=100)
    >>> table.columns.tolist(), table.attrs["light"]
    (['observed', 'mean', 'low', 'high', 'inside'], 'green')
    """
    formula, age = _transactional(fit.model)
    rng = np.random.default_rng(seed)
    fit = fit.in_unit_of(histories)
    columns = fit.columns(histories)
    drawn = {name: np.resize(values, (draws, *values.shape[1:])) for name, values in fit.posterior.items()}
    if fit.draws is not None:
        drawn = thinned(fit.posterior, draws)
    shares = np.array([_simulated(formula, fit.link.natural(at, columns), columns[age], rng) for at in _each(drawn)])
    return _compared(histories, shares)


def likelihood_ratio(small_fit: Fit, large_fit: Fit) -> LikelihoodRatio:
    """Compare two models of which the larger one can do all that the smaller one can.

    These are nested: a model within itself with more covariates; the shifted-beta-geometric within the
    beta-discrete-Weibull (c = 1); the NBD within BG/NBD, MBG/NBD and Pareto/NBD, as customers who never drop out.

    The statistic is referred to chi-squared, its degrees of freedom being the values the larger model estimates more.
    In the NBD's case that is not its distribution. No dropout lies at the boundary of what the larger model allows, and
    chance can fall on either side of a boundary while the estimate can not. Were the larger model one parameter larger,
    half the p-value would be right. But it is two larger, and where nobody drops out the second, which tells how
    dropout differs between customers, means nothing: the p-value given, by two degrees of freedom, is then an upper
    bound, and it is not halved (of a thousand customers who never drop out, five samples in six give a statistic of 0).
    No pair here is one that allows halving.

    Parameters
    ----------
    small_fit, large_fit : Fit
        By maximum likelihood, of the same customers.

    Raises
    ------
    InputError
        The models are not nested, the fits are not of the same customers, or not by maximum likelihood.
    FitError
        The larger model was found less likely: its maximum was not reached.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> from clvlab.models import BGNBD, NBD
    >>> summary = datasets.cdnow_summary()
    >>> likelihood_ratio(NBD().fit(summary), BGNBD().fit(summary)).degrees_of_freedom
    2
    """
    _check_nested(small_fit, large_fit)
    if small_fit.unit is not None and large_fit.unit is not None:
        large_fit = large_fit.to_unit(small_fit.unit)
    statistic = 2.0 * (large_fit.log_likelihood - small_fit.log_likelihood)
    if statistic < -1e-3:
        raise FitError(
            f"{large_fit.name} holds {small_fit.name} within it and cannot be less likely; found "
            f"{large_fit.log_likelihood:.3f} below {small_fit.log_likelihood:.3f}: its maximum was not reached. "
            "Its diagnostics say how far the climb came."
        )
    more = len(large_fit.params) - len(small_fit.params)
    statistic = max(statistic, 0.0)
    pair = type(small_fit.model).__name__, type(large_fit.model).__name__
    return LikelihoodRatio(statistic, more, float(stats.chi2.sf(statistic, more)), pair in WITHOUT_DROPOUT)


def loo(fit: Fit, histories: pd.DataFrame) -> LeaveOneOut:
    """Leave each customer out in turn and ask how likely the fit to the others makes that customer's history.

    No model is fitted again: posterior draws are weighed by one over the likelihood of the customer left out, the
    weights Pareto-smoothed. Customers with the same history are computed once and counted as often as they occur, in
    the sum and in its standard error.

    Parameters
    ----------
    fit : Fit
        With posterior draws: by Laplace or a sampler.
    histories : DataFrame
        Those it was fitted to.

    Source: Vehtari, Gelman & Gabry (2017), Practical Bayesian model evaluation using leave-one-out cross-validation
    and WAIC, Statistics and Computing 27.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> from clvlab.models import NBD
    >>> summary = datasets.cdnow_summary()
    >>> found = loo(NBD().fit(summary, method="laplace"), summary)
    >>> found.n_customers, found.share_above
    (2357, 0.0)
    """
    if fit.method not in ("nuts", "gibbs", "laplace"):
        raise InputError(
            f"Leaving customers out weighs draws from the posterior; this fit was made by {fit.method!r}. "
            f"Fit with method='laplace' or method={fit.model.sampler!r}."
        )
    fit = fit.in_unit_of(histories)
    likelihood = fit.likelihood(histories)
    groups = likelihood.groups
    elpd, density, k_hat = (np.empty(len(groups)) for _ in range(3))
    for rows, terms in likelihood.over_draws(fit.posterior):
        density[rows] = special.logsumexp(terms, axis=0) - np.log(len(terms))
        for g, each in zip(rows, terms.T, strict=True):
            log_weights, k_hat[g] = smoothed(-each)
            elpd[g] = special.logsumexp(log_weights + each)
    n = groups.counts.sum()
    total = float(groups.counts @ elpd)
    variance = float(groups.counts @ (elpd - total / n) ** 2 / (n - 1.0))
    return LeaveOneOut(
        elpd=total,
        std_error=float(np.sqrt(n * variance)),
        p_loo=float(groups.counts @ density) - total,
        share_above=float(groups.counts @ (k_hat > TRUSTED) / n),
        n_customers=int(n),
    )


def _transactional(model: Model) -> tuple[Any, str]:
    """The formula, and which column of a history is the customer's age."""
    age = next((name for name in ("T", "n") if name in model.formula.HISTORY), None)
    if age is None:
        raise InputError(f"Repeat purchases are counted under transaction models; {model.name} is none.")
    return model.formula, age


def _each(drawn: dict[str, Float]) -> Iterator[dict[str, Float]]:
    for d in range(len(next(iter(drawn.values())))):
        yield {name: values[d] for name, values in drawn.items()}


def _simulated(formula: Any, natural: dict[str, Any], age: Float, rng: np.random.Generator) -> Float:
    """Shares of customers with 0, 1, ..., ``MOST`` or more repeat purchases in one replicated data set."""
    customer, _, _ = formula.simulate(rng, age, **natural)
    return _shares(np.bincount(customer, minlength=len(age)))


def _shares(frequency: NDArray[Any]) -> Float:
    return np.bincount(np.minimum(frequency, MOST).astype(int), minlength=MOST + 1) / len(frequency)


def _compared(histories: pd.DataFrame, shares: Float) -> pd.DataFrame:
    low, high = np.quantile(shares, 0.025, axis=0, method="lower"), np.quantile(shares, 0.975, axis=0, method="higher")
    labels = [*(str(x) for x in range(MOST)), f"{MOST}+"]
    observed = _shares(histories["frequency"].to_numpy(dtype=float))
    table = pd.DataFrame(
        {"observed": observed, "mean": shares.mean(axis=0), "low": low, "high": high},
        index=pd.Index(labels, name="frequency"),
    )
    table["inside"] = table["observed"].between(table["low"], table["high"])
    outside = 1.0 - float(table["inside"].mean())
    table.attrs["light"] = "green" if outside <= GREEN else "amber" if outside <= AMBER else "red"
    return table


def _check_nested(small: Fit, large: Fit) -> None:
    for fit in (small, large):
        if fit.method != "ml":
            raise InputError(
                f"A likelihood ratio compares maxima of likelihoods; {fit.name} was fitted by {fit.method!r}."
            )
    pair = type(small.model).__name__, type(large.model).__name__
    same = small.model.formula == large.model.formula
    fewer = set(small.params) < set(large.params)
    if not fewer or not (same or pair in NESTED):
        raise InputError(
            f"A likelihood ratio needs a model within a larger one; {small.name} ({', '.join(small.params)}) is not "
            f"nested in {large.name} ({', '.join(large.params)}). Compare aic or bic, or forecasts by clv.compare."
        )
    told = [(fit.n_customers, fit.n_purchases, fit.end) for fit in (small, large)]
    if told[0] != told[1]:
        raise InputError(
            "A likelihood ratio needs two fits of the same customers; found "
            + " and ".join(f"{n:,} customers with {x:,.0f} repeat purchases by {end}" for n, x, end in told)
            + "."
        )
