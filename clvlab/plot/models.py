"""Figures of models, forecasts, comparisons, churn and value."""

import re
from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from clvlab import figures
from clvlab.churn import CoxFit, Curves, Spells, Study, cumulative_incidence
from clvlab.churn.bends import bent_most
from clvlab.errors import InputError
from clvlab.evaluation import breakdowns, decisions, grids
from clvlab.evaluation.alike import contrasted
from clvlab.evaluation.checks import posterior_predictive
from clvlab.evaluation.posteriors import densities
from clvlab.evaluation.reached import reached
from clvlab.evaluation.result import Comparison
from clvlab.models.transactions import TransactionFit
from clvlab.plot.asked import known_of
from clvlab.value import CustomerValue, Independence, spread
from clvlab.words import ENGLISH, Kind, Locale

WAYS = ("churn", "value_churn", "lifecycle_churn")


def tracking(
    comparison: Comparison,
    *,
    competitors: Sequence[str] | None = None,
    cumulative: bool = False,
    locale: Locale = ENGLISH,
) -> Figure:
    """Repeat purchases of the base over time, forecast against actual.

    Parameters
    ----------
    comparison : Comparison
    competitors : sequence of str, optional
        Keys to draw; unset, as in the other figures of a comparison, those that differ, best first, four at most.
    cumulative : bool
        Totals since the start rather than purchases per period.

    Raises
    ------
    InputError
        No such competitor, or it failed.
    """  # fmt: skip
    shown = _shown(comparison, competitors)
    return figures.tracking(
        comparison.tracking, shown, unit=comparison.split.unit, cumulative=cumulative, locale=locale
    )


def by_frequency(
    comparison: Comparison, *, competitors: Sequence[str] | None = None, locale: Locale = ENGLISH
) -> Figure:
    """Mean holdout purchases by calibration frequency."""
    return figures.by_frequency(comparison.by_frequency, _shown(comparison, competitors), locale=locale)


def by_recency(comparison: Comparison, *, competitors: Sequence[str] | None = None, locale: Locale = ENGLISH) -> Figure:
    """Mean holdout purchases by time since the last purchase."""
    shown, unit = _shown(comparison, competitors), comparison.split.unit
    return figures.by_recency(breakdowns.by_recency(comparison), shown, unit=unit, locale=locale)


def score_differences(comparison: Comparison, *, locale: Locale = ENGLISH) -> Figure:
    """How much larger each competitor's deviance is than the best one's, with its 90 % interval."""
    best, among = comparison.verdict.best, comparison.verdict.best_set
    table = comparison.differences[["difference", "low", "high"]].dropna()
    return figures.score_differences(table, best, among, locale=locale)


def score_intervals(comparison: Comparison, score: str = "deviance", *, locale: Locale = ENGLISH) -> Figure:
    """Each competitor's mean score with its 90 % interval; ``score`` is one that ``Comparison.intervals`` takes."""
    return figures.score_intervals(comparison.intervals(score).dropna(), score, comparison.verdict.best, locale=locale)


def coverage(comparison: Comparison, *, locale: Locale = ENGLISH) -> Figure:
    """Share of customers within each forecast's 90 % distribution, by randomised PIT.

    Raises
    ------
    InputError
        No competitor forecasts a distribution.
    """
    held = comparison.table[["pit_share"]].dropna()
    if held.empty:
        raise InputError("No competitor of this comparison forecasts a distribution of purchases.")
    return figures.coverage(held, locale=locale)


def reliability(
    found: Comparison | Study, *, competitors: Sequence[str] | None = None, locale: Locale = ENGLISH
) -> Figure:
    """Forecast chances against the share that came true: of buying (Comparison) or of leaving (churn Study).

    Raises
    ------
    InputError
        None gives chances.
    """
    if isinstance(found, Study):
        tables = {} if found.validation is None else found.validation[1]
    else:
        tables = breakdowns.reliability(found)
    known_of(tables, competitors)
    if not tables:
        raise InputError("There are no forecast chances to hold against what happened.")
    if competitors is None and isinstance(found, Comparison):
        competitors = [key for key in contrasted(found) if key in tables] or list(tables)[:1]
    shown = {key: tables[key] for key in competitors or tables}
    return figures.reliability(shown, of="buying" if isinstance(found, Comparison) else "leaving", locale=locale)


def strategies(comparison: Comparison, *, share: float = 0.1, locale: Locale = ENGLISH) -> Figure:
    """Share of the holdout's value that contacting each list's top ``share`` of customers would have reached."""
    return figures.strategies(decisions.targeting(reached(comparison, shares=[share]), share=share), locale=locale)


def lift(comparison: Comparison, *, competitors: Sequence[str] | None = None, locale: Locale = ENGLISH) -> Figure:
    """Share of what came that the first customers contacted account for."""
    return figures.lift(decisions.lift_curves(reached(comparison)), _shown(comparison, competitors), locale=locale)


def profit(
    comparison: Comparison,
    *,
    cost: float | None = None,
    gain: float = 1.0,
    competitors: Sequence[str] | None = None,
    locale: Locale = ENGLISH,
) -> Figure:
    """Profit by share of customers contacted; ``cost`` (money) and ``gain`` as for ``decisions.profit_curves``."""
    curves = decisions.profit_curves(reached(comparison), cost=cost, gain=gain)
    return figures.profit(curves, _shown(comparison, competitors), locale=locale)


def profit_differences(
    comparison: Comparison,
    *,
    gain: float = 1.0,
    competitors: Sequence[str] | None = None,
    locale: Locale = ENGLISH,
) -> Figure:
    """Profit beyond that of the best simple rule by share contacted, whatever a contact costs, with its 90 % band."""
    curves = decisions.profit_curves(reached(comparison), gain=gain)
    return figures.profit_differences(curves, _shown(comparison, competitors), locale=locale)


def frequency_histogram(
    fit: TransactionFit, histories: pd.DataFrame, *, seed: int = 0, locale: Locale = ENGLISH
) -> Figure:
    """Customers by number of repeat purchases in the calibration: seen, and expected by the fit."""
    return figures.frequency_histogram(posterior_predictive(fit, histories, seed=seed), locale=locale)


def recency_frequency(
    fit: TransactionFit, histories: pd.DataFrame, horizon: float, *, locale: Locale = ENGLISH
) -> Figure:
    """P(alive) and expected purchases over ``horizon`` units, by frequency and age at the last purchase."""
    grid = grids.recency_frequency(fit, histories, horizon)
    return figures.recency_frequency(
        grid.frequency,
        grid.recency,
        grid.alive,
        grid.expected,
        unit=str(histories.attrs.get("unit") or fit.unit),
        age=grid.age,
        locale=locale,
    )


def prior_and_posterior(fit: TransactionFit, histories: pd.DataFrame, *, locale: Locale = ENGLISH) -> Figure:
    """Prior and posterior density of each parameter, by the draws of a fit to these histories.

    Raises
    ------
    InputError
        The fit has no draws.
    """
    if fit.draws is None:
        raise InputError(f'This {fit.name} has no draws: fit it with method="laplace" or "nuts".')
    return figures.prior_and_posterior(densities(fit, histories), locale=locale)


def survival(curve: Curves, *, locale: Locale = ENGLISH) -> Figure:
    """Share still here by tenure, of all or by group, with pointwise intervals and the numbers at risk."""
    return figures.survival(curve.table, unit=curve.unit, title=curve.by, locale=locale)


def incidence(spells: Spells, *, locale: Locale = ENGLISH) -> Figure:
    """Share that has left for each reason, stacked, by tenure."""
    return figures.incidence(cumulative_incidence(spells), unit=spells.unit, locale=locale)


def hazard_ratios(fit: CoxFit, *, locale: Locale = ENGLISH) -> Figure:
    """How much sooner customers leave by covariate, with 90 % intervals."""
    return figures.hazard_ratios(fit.table, locale=locale)


def schoenfeld(fit: CoxFit, *, locale: Locale = ENGLISH) -> Figure:
    """The coefficients that change most over tenure."""
    return figures.schoenfeld(bent_most(fit), unit=fit.spells.unit, locale=locale)


def rates(table: pd.DataFrame, *, locale: Locale = ENGLISH) -> Figure:
    """Churn by period, each way of counting a line; ``table`` is what ``clv.churn.churn_rates`` returns."""
    return figures.rates(table, ways=[way for way in WAYS if way in table], locale=locale)


def projection(study: Study, *, locale: Locale = ENGLISH) -> Figure:
    """Retention observed, and projected beyond the data by models of contracts.

    Raises
    ------
    InputError
        Such models do not apply to these spells.
    """
    if study.projections is None:
        raise InputError(
            "Models of contracts do not apply: leaving was inferred from orders, nobody left, or customers were "
            "watched only from some tenure on."
        )
    return figures.projection(study.curve.table, study.projections, unit=study.spells.unit, locale=locale)


def concentration(value: CustomerValue, *, locale: Locale = ENGLISH) -> Figure:
    """Share of all value held by the most valuable share of customers."""
    return figures.concentration(spread.lorenz(value["clv"]), locale=locale)


def value_distribution(value: CustomerValue, *, locale: Locale = ENGLISH) -> Figure:
    """How many customers are worth how much, on a logarithmic scale."""
    clv = value["clv"]
    median, mean = float(clv.median()), float(clv.mean())
    return figures.value_distribution(spread.bins(clv), median, mean, kind=_kind(value), locale=locale)


def value_by_cohort(value: CustomerValue, *, locale: Locale = ENGLISH) -> Figure:
    """Past and coming value of customers by month of the first purchase.

    Raises
    ------
    InputError
        The value was not asked for by cohort.
    """
    if value.by.empty or not all(re.fullmatch(r"\d{4}-\d{2}", str(each)) for each in value.by.index):
        raise InputError("This value has no cohorts: ask for customer_value(..., by=) a month such as 1997-01 each.")
    return figures.value_by_cohort(value.by, kind=_kind(value), locale=locale)


def top_customers(value: CustomerValue, *, most: int = 15, locale: Locale = ENGLISH) -> Figure:
    """The most valuable customers: expected value, its credible interval, and what may really come."""
    return figures.top_customers(value.table, most=most, kind=_kind(value), locale=locale)


def spend_by_frequency(value: CustomerValue | Independence, *, locale: Locale = ENGLISH) -> Figure:
    """Mean spend per purchase by frequency, with the band that independence would give.

    Raises
    ------
    InputError
        The value is in purchases.
    """
    check = value.independence if isinstance(value, CustomerValue) else value
    if check is None:
        raise InputError("This value is in purchases: there is no spend to look at.")
    return figures.spend_by_frequency(check.by_frequency, locale=locale)


def _kind(value: CustomerValue) -> Kind:
    return "number" if value.independence is None else "money"


def _shown(comparison: Comparison, competitors: Sequence[str] | None) -> list[str]:
    known_of(comparison.outcomes, competitors)
    return contrasted(comparison) if competitors is None else list(competitors)
