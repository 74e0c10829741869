"""A whole comparison of models, with the parts that pages show; each is computed on first use."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from clvlab.data.datasets import CDNOW_SPLIT, is_cdnow
from clvlab.data.order_book import Orders
from clvlab.data.units import Unit
from clvlab.errors import FitError, InputError
from clvlab.evaluation import breakdowns, criteria, decision_notes, decisions, grids
from clvlab.evaluation.acquired_later import with_and_without
from clvlab.evaluation.checks import posterior_predictive
from clvlab.evaluation.comparison import compare
from clvlab.evaluation.competitors.base import Competitor
from clvlab.evaluation.competitors.field import default
from clvlab.evaluation.competitors.segmented import three_ways
from clvlab.evaluation.contacts import contacts
from clvlab.evaluation.dates import DateLike
from clvlab.evaluation.fits import best_fit, maxima, sampled
from clvlab.evaluation.posteriors import densities
from clvlab.evaluation.reached import Reached, reached
from clvlab.evaluation.result import Comparison
from clvlab.evaluation.totals import LevelledTotal, earlier_totals, levelled_total, total_interval
from clvlab.models import BGNBD, MBGNBD, GammaGamma
from clvlab.models.model import Model
from clvlab.models.transactions import TransactionFit
from clvlab.notes import Note
from clvlab.shown import Shown

REPEATED = "MBG/NBD"  # fitted again without customers of the first month


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class ComparisonStudy(Shown):
    """What ``comparison_study`` returns.

    Attributes
    ----------
    orders : Orders
    comparison : Comparison
    competitors : mapping of str to Model or competitor
        Those compared.
    segment : str or None
        Attribute to compare by.
    contact_share, contact_gain : float
    contact_cost : float or None
    seed : int
    """

    orders: Orders
    comparison: Comparison
    competitors: Mapping[str, Model[TransactionFit] | Competitor]
    segment: str | None
    contact_share: float
    contact_cost: float | None
    contact_gain: float
    seed: int

    @cached_property
    def total(self) -> LevelledTotal | None:
        """The best competitor's total at the level of earlier ones; None without an interval or over several ends."""
        comparison, best = self.comparison, self.comparison.verdict.best
        own = total_interval(comparison, best) if best and len(comparison.runs) == 1 else None
        if own is None:
            return None
        earlier = earlier_totals(self.competitors[best], self.orders, comparison.split, seed=self.seed)
        return levelled_total(float(comparison.outcomes[best]["expected"].sum()), own, earlier)

    @cached_property
    def reached(self) -> Reached:
        """Value reached by each strategy's list, to the last customer."""
        return reached(self.comparison, shares=[self.contact_share])

    @cached_property
    def targeting(self) -> pd.DataFrame:
        """What contacting each strategy's top customers would have reached, beside the best simple rule."""
        return decisions.targeting(self.reached, share=self.contact_share)

    @cached_property
    def rankings(self) -> pd.DataFrame:
        """The same difference at several shares, and over the whole curve."""
        return decisions.rankings(self.reached, share=self.contact_share)

    @cached_property
    def lift(self) -> pd.DataFrame:
        """Share of value reached by share contacted."""
        return decisions.lift_curves(self.reached)

    @cached_property
    def profit(self) -> pd.DataFrame:
        """Profit by share contacted, beside the best simple rule."""
        return decisions.profit_curves(self.reached, cost=self.contact_cost, gain=self.contact_gain)

    @cached_property
    def contacts(self) -> pd.DataFrame:
        """Profit of each strategy that decides itself how many to contact."""
        return contacts(self.comparison, self.orders, cost=self.contact_cost, gain=self.contact_gain)

    @cached_property
    def ranking(self) -> Note | None:
        """Whether the best forecast's top customers bring more than those of the best simple rule."""
        return decision_notes.ranking(self.comparison, self.targeting, self.contact_share)

    @cached_property
    def worth(self) -> Note | None:
        """Profit from choosing the best forecast over the best simple rule, in a sentence."""
        return decision_notes.worth(self.comparison, self.contacts)

    @cached_property
    def by_recency(self) -> pd.DataFrame:
        """Holdout means by time since the last purchase."""
        return breakdowns.by_recency(self.comparison)

    @cached_property
    def reliability(self) -> dict[str, pd.DataFrame]:
        """Chances of buying against the share that bought."""
        return breakdowns.reliability(self.comparison)

    @cached_property
    def by_segment(self) -> pd.DataFrame | None:
        """Scores in each segment; None where none was asked for."""
        return None if self.segment is None else self.comparison.by_segment(self.segment)

    @cached_property
    def best_fit(self) -> TransactionFit | None:
        """The best competitor that is a model of ours."""
        found = best_fit(self.comparison)
        return found if isinstance(found, TransactionFit) else None

    @cached_property
    def past(self) -> pd.DataFrame | None:
        """Customers by number of repeat purchases in the calibration, seen and expected by the best model."""
        if self.best_fit is None:
            return None
        return posterior_predictive(self.best_fit, self.comparison.split.calibration, seed=self.seed)

    @cached_property
    def grid(self) -> grids.Grid | None:
        """The best model's forecast by frequency and recency."""
        if self.best_fit is None:
            return None
        parts = self.comparison.split
        return grids.recency_frequency(self.best_fit, parts.calibration, parts.duration)

    @cached_property
    def criteria(self) -> pd.DataFrame:
        """Criteria of fit, best likelihood first."""
        return criteria.criteria(self.comparison).sort_values("log_likelihood", ascending=False)

    @cached_property
    def likelihood_ratios(self) -> pd.DataFrame:
        """Tests between nested models."""
        return criteria.likelihood_ratios(self.comparison)

    @cached_property
    def sampled(self) -> TransactionFit | None:
        """The best competitor that has a posterior."""
        found = sampled(self.comparison)
        return found if isinstance(found, TransactionFit) else None

    @cached_property
    def densities(self) -> pd.DataFrame | None:
        """Prior and posterior of its parameters."""
        return None if self.sampled is None else densities(self.sampled, self.comparison.split.calibration)

    @cached_property
    def maxima(self) -> dict[str, float]:
        """Maximum-likelihood estimates of the same model."""
        return {} if self.sampled is None else maxima(self.comparison, self.sampled)

    @cached_property
    def without_the_first_month(self) -> pd.DataFrame | str | None:
        """One model's scores with and without customers of the first month; None where it has no forecast."""
        if REPEATED not in self.comparison.outcomes:
            return None
        parts = self.comparison.split
        try:
            return with_and_without(
                self.comparison,
                {REPEATED: MBGNBD()},
                self.orders,
                calibration_end=parts.calibration_end,
                holdout_end=parts.holdout_end,
                unit=parts.unit,
            )
        except (InputError, FitError) as error:
            return str(error)


def comparison_study(
    orders: Orders,
    *,
    segment: str | None = None,
    pool_segments: bool = False,
    calibration_end: DateLike | None = None,
    holdout_end: DateLike | None = None,
    origins: int = 0,
    horizon: float | None = None,
    unit: Unit = "week",
    contact_share: float = 0.1,
    contact_cost: float | None = None,
    contact_gain: float = 1.0,
    nuts_draws: int = 0,
    seed: int = 1,
) -> ComparisonStudy:
    """Compare the default competitors.

    Parameters
    ----------
    orders : Orders
    segment : str, optional
        Attribute to compare by.
    pool_segments : bool
        With ``segment``: also one model together, apart and pooled, which takes minutes.
    calibration_end, holdout_end : date, optional
        Of one split. Unless given, the last third of the records is the holdout; for CDNOW, that of published figures.
    origins : int
        Calibration ends to compare over, instead; each is followed by ``horizon`` units.
    horizon : float, optional
    unit : {"day", "week", "month", "year"}
    contact_share, contact_cost, contact_gain :
        Share of customers a campaign would reach, cost of a contact (money; purchases where amounts are unknown;
        unset: at which contacting everybody breaks even), and what it earns of a customer's value.
    nuts_draws : int
        Posterior draws a chain of BG/NBD by NUTS; 0: without.
    seed : int
        Of every random draw.

    Raises
    ------
    InputError
        An attribute that the orders do not carry, or an argument that would have no effect beside the others.
    """
    if segment is not None and segment not in orders.attributes:
        carried = ", ".join(orders.attributes) or "none"
        raise InputError(f"segment= is an attribute that the orders carry; found {segment!r}, they carry {carried}.")
    if pool_segments and segment is None:
        raise InputError("pool_segments= compares models of segments: name their attribute by segment=.")
    if not orders.has_amounts and (contact_cost is not None or contact_gain != 1.0):
        raise InputError(
            "contact_cost= and contact_gain= are money, and these orders carry no amounts: leave them out, or name "
            "amount=."
        )
    competitors = default(seed=seed)
    if nuts_draws:
        competitors["BG/NBD (NUTS)"] = BGNBD().using("nuts", draws=nuts_draws)
    if pool_segments and segment is not None:
        competitors |= three_ways(MBGNBD, segment, seed=seed)
    if is_cdnow(orders) and calibration_end is None and not origins:
        calibration_end, holdout_end = CDNOW_SPLIT[0], holdout_end or CDNOW_SPLIT[1]
    found = compare(
        competitors,
        orders,
        spend=GammaGamma() if orders.has_amounts else None,
        calibration_end=calibration_end,
        holdout_end=holdout_end,
        origins=origins or None,
        horizon=horizon,
        unit=unit,
        seed=seed,
    )
    return ComparisonStudy(
        orders=orders,
        comparison=found,
        competitors=competitors,
        segment=segment,
        contact_share=contact_share,
        contact_cost=contact_cost,
        contact_gain=contact_gain,
        seed=seed,
    )
