"""Likelihood-ratio tests: whether the larger of two nested models fits significantly better."""

from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
import pandas as pd
from scipy import stats

from clvlab.errors import FitError, InputError
from clvlab.evaluation.checks.bootstrap import bootstrapped
from clvlab.formulas.protocols import StoryFormula
from clvlab.models.fit import Fit
from clvlab.models.transactions import histories_of

# The smaller model is the larger one where nobody drops out, and there the larger one's dropout has no parameters.
WITHOUT_DROPOUT = {("NBD", "BGNBD"), ("NBD", "MBGNBD"), ("NBD", "ParetoNBD")}
NESTED = {*WITHOUT_DROPOUT, ("ShiftedBetaGeometric", "BetaDiscreteWeibull")}
MOST = 5000  # customers a simulation: the statistic's distribution under the smaller model has settled long before
LOST = 1e-3  # of twice a log-likelihood, between two climbs that should have met
SIMULATIONS = 99

PValueBy = Literal["chi_squared", "simulation", "withheld"]


@dataclass(frozen=True)
class LikelihoodRatio:
    """Whether a larger model describes the customers significantly better.

    Attributes
    ----------
    statistic : float
        Twice the difference of log-likelihoods.
    degrees_of_freedom : int
        Values the larger model estimates more.
    p_value : float
        How often so large a statistic would come if the smaller model were true; NaN where withheld.
    p_value_by : {"chi_squared", "simulation", "withheld"}
        Where the smaller model lies at the boundary of the larger one, as where nobody drops out, the statistic does
        not follow chi-squared: its distribution is simulated, or the p-value withheld where no histories were given to
        simulate by.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float
    p_value_by: PValueBy


def likelihood_ratio(
    small_fit: Fit,
    large_fit: Fit,
    *,
    histories: pd.DataFrame | None = None,
    simulations: int = SIMULATIONS,
    seed: int = 0,
) -> LikelihoodRatio:
    """Compare two nested models: the smaller one is a special case of the larger one.

    These are nested: a model within itself with more covariates; the shifted-beta-geometric within the
    beta-discrete-Weibull (c = 1); the NBD within BG/NBD, MBG/NBD and Pareto/NBD, as customers who never drop out.

    The statistic is referred to chi-squared, its degrees of freedom being the values the larger model estimates more.
    In the NBD's case that is not its distribution. No dropout lies at the boundary of what the larger model allows, and
    chance can fall on either side of a boundary while the estimate can not; and there the parameter that tells how
    dropout differs between customers means nothing. (Of customers who never drop out, seven samples in ten give a
    statistic of 0.) So customers are drawn from the smaller fit, acquired when these were, both models fitted to them,
    and the statistics compared: a parametric bootstrap. It refits the larger model ``simulations`` times.

    Parameters
    ----------
    small_fit, large_fit : Fit
        By maximum likelihood, of the same customers.
    histories : DataFrame, optional
        Those customers; needed where the p-value comes by simulation.
    simulations : int
        The smallest p-value is 1 / (simulations + 1). Each draws as many customers as there are, 5,000 at most.
    seed : int
        Of the simulations.

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
    >>> summary.attrs["unit"] = "week"
    >>> small, large = NBD().fit(summary), BGNBD().fit(summary)
    >>> likelihood_ratio(small, large).p_value_by
    'withheld'
    >>> found = likelihood_ratio(small, large, histories=summary, simulations=19)
    >>> found.degrees_of_freedom, found.p_value_by, found.p_value
    (2, 'simulation', 0.05)
    """
    _check_nested(small_fit, large_fit)
    if small_fit.unit is not None and large_fit.unit is not None:
        large_fit = large_fit.to_unit(small_fit.unit)
    statistic = 2.0 * (large_fit.log_likelihood - small_fit.log_likelihood)
    if statistic < -LOST:
        raise FitError(
            f"{large_fit.name} holds {small_fit.name} within it and cannot be less likely; found "
            f"{large_fit.log_likelihood:.3f} below {small_fit.log_likelihood:.3f}: its maximum was not reached. "
            "Its diagnostics say how far the optimiser came."
        )
    statistic, more = max(statistic, 0.0), large_fit.n_parameters - small_fit.n_parameters
    if (type(small_fit.model).__name__, type(large_fit.model).__name__) not in WITHOUT_DROPOUT:
        return LikelihoodRatio(statistic, more, float(stats.chi2.sf(statistic, more)), "chi_squared")
    if histories is None:
        return LikelihoodRatio(statistic, more, float("nan"), "withheld")
    _check_same(small_fit, histories)
    small_fit = small_fit.in_unit_of(histories)
    p_value = bootstrapped(
        statistic,
        lambda rng: _drawn(small_fit, histories, rng),
        lambda drawn: _statistic(small_fit, large_fit, drawn),
        simulations=simulations,
        seed=seed,
    )
    return LikelihoodRatio(statistic, more, p_value, "simulation")


def _drawn(fit: Fit, histories: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Customers of the fit, acquired when those of the histories were and with their attributes."""
    if len(histories) > MOST and not fit.link.columns:
        histories = histories.iloc[np.sort(rng.choice(len(histories), MOST, replace=False))]
    formula, age = cast(StoryFormula, fit.model.formula), histories["T"].to_numpy(dtype=float)
    natural = fit.link.natural(fit.params, fit.columns(histories))
    table = histories_of(formula.simulate(rng, age, **natural), age).set_index(histories.index)
    others = [name for name in histories if name not in table]
    drawn = table.join(histories[others])
    drawn.attrs = {"unit": histories.attrs.get("unit") or fit.unit}
    return drawn


def _statistic(small: Fit, large: Fit, drawn: pd.DataFrame) -> float:
    try:
        fits = [cast(Fit, each.model.fit(drawn, method="ml")) for each in (small, large)]
    except (FitError, InputError):
        return float("inf")  # no maximum was reached: counted as large, so that the p-value errs upwards
    return max(2.0 * (fits[1].log_likelihood - fits[0].log_likelihood), 0.0)


def _check_same(fit: Fit, histories: pd.DataFrame) -> None:
    customers, purchases = len(histories), float(histories["frequency"].sum())
    if (customers, purchases) != (fit.n_customers, fit.n_purchases):
        raise InputError(
            f"Customers are drawn as those the fits are of, {fit.n_customers:,} with {fit.n_purchases:,.0f} repeat "
            f"purchases; histories= holds {customers:,} with {purchases:,.0f}."
        )


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
