"""A whole study of churn: each part is computed on first use, and is empty where it does not apply."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from clvlab.churn.backtest import Backtest, backtest
from clvlab.churn.choices import telling_group, usable_covariates, written_at_leaving
from clvlab.churn.cox import CoxFit, cox
from clvlab.churn.curves import Curves, kaplan_meier
from clvlab.churn.grouped import groups
from clvlab.churn.incidence import cumulative_incidence
from clvlab.churn.projections import projections
from clvlab.churn.rates import churn_rates, rates_by_tenure, retention_by_cohort, tenure_width
from clvlab.churn.reasons import reasons
from clvlab.churn.recent import RecentRates, recent_rates
from clvlab.churn.sensitivity import gap_sensitivity
from clvlab.churn.share import ShareAfter, share_after
from clvlab.churn.silence import Gap
from clvlab.churn.spell_table import Spells
from clvlab.churn.validation import validate
from clvlab.churn.warn import warnings_from_orders, warnings_from_spells
from clvlab.churn.warning import Warnings, current_rows
from clvlab.data.order_book import Orders
from clvlab.data.reading.table import Records
from clvlab.errors import InputError
from clvlab.shown import Shown

FEWEST_TO_VALIDATE = 100  # who left


@dataclass(frozen=True, kw_only=True)
class Options:
    """Arguments of a study.

    Attributes
    ----------
    covariates : tuple of str or None
        That may drive churn; None chooses those a regression can take.
    strata : tuple of str
        Covariates with baselines of their own.
    group : str or None
        Covariate of the curves by group; None chooses the one that tells most apart.
    value : str or None
        Column of revenue a unit of time.
    value_units, horizon : float
        Units of revenue lost with a customer, and how far ahead to warn.
    contact_cost : float or None
    save_rate : float
    seed : int
    """

    covariates: tuple[str, ...] | None = None
    strata: tuple[str, ...] = ()
    group: str | None = None
    value: str | None = None
    value_units: float = 12.0
    horizon: float = 3.0
    contact_cost: float | None = None
    save_rate: float = 0.1
    seed: int = 1


@dataclass(frozen=True, eq=False, repr=False)
class Study(Shown):
    """What ``study``, ``study_subscriptions`` and ``study_orders`` return.

    Attributes
    ----------
    spells : Spells
    options : Options
    source : str
        Name of the file or kind of frame; "simulated" for the simulated subscriptions.
    rows : int
        Rows read.
    orders : Orders or None
        Of a study of orders.
    gap : number, "rhythm" or a fitted model
        Of a study of orders: when inactivity counts as leaving.
    records : Records or None
        Of subscriptions read from a file: its ledger.
    """

    spells: Spells
    options: Options
    source: str
    rows: int
    orders: Orders | None = None
    gap: Gap = "rhythm"
    records: Records | None = None

    @property
    def here(self) -> int:
        """Current customers: within the inactivity threshold (orders), or not ended (subscriptions)."""
        if self.warnings is not None:
            return len(self.warnings.here)
        return len(current_rows(self.spells.table))

    @cached_property
    def covariates(self) -> tuple[str, ...]:
        """Covariates of the regressions; none of orders, unless asked for."""
        if self.options.covariates is not None:
            return self.options.covariates
        if self.orders is not None:
            return ()
        apart = {self.options.value, *self.options.strata}
        return tuple(name for name in usable_covariates(self.spells) if name not in apart)

    @cached_property
    def written_at_leaving(self) -> tuple[str, ...]:
        """Columns not chosen as covariates, because they contain later information."""
        chosen = self.options.covariates is None and self.orders is None
        return tuple(written_at_leaving(self.spells)) if chosen else ()

    @cached_property
    def group(self) -> str | None:
        """The covariate of curves by group."""
        return self.options.group or telling_group(self.spells, self.covariates)

    @cached_property
    def curve(self) -> Curves:
        """Share of all customers still here, by tenure."""
        return kaplan_meier(self.spells)

    @cached_property
    def share_after(self) -> ShareAfter:
        """Share still here after a year, or after the nearest available tenure."""
        return share_after(self.curve, self.spells)

    @cached_property
    def rates(self) -> pd.DataFrame | None:
        """Churn by month; None where days are unknown."""
        return churn_rates(self.spells, value=self.options.value) if self.spells.dated else None

    @cached_property
    def recent(self) -> RecentRates | None:
        """Churn over the last twelve whole months, or as many as there are; None where there are none."""
        return None if self.rates is None else recent_rates(self.rates)

    @cached_property
    def cohorts(self) -> pd.DataFrame | None:
        """Share of each quarter's newcomers still here; None where days are unknown, or no cohort was watched whole."""
        if not self.spells.dated:
            return None
        try:
            return retention_by_cohort(self.spells, period="Q")
        except InputError:
            return None

    @cached_property
    def by_tenure(self) -> pd.DataFrame:
        """Churn by tenure, in about a dozen bands; ``attrs`` holds their width and unit."""
        return rates_by_tenure(self.spells, width=tenure_width(self.spells))

    @cached_property
    def group_curves(self) -> Curves | None:
        """Share still here by group."""
        return kaplan_meier(self.spells, by=self.group) if self.group else None

    @cached_property
    def groups(self) -> pd.DataFrame | None:
        """Median and restricted mean tenure by group."""
        return groups(self.spells, self.group) if self.group else None

    @cached_property
    def incidence(self) -> pd.DataFrame | None:
        """Share that has left for each reason; None where reasons are unknown."""
        return cumulative_incidence(self.spells) if self.spells.reasons else None

    @cached_property
    def fit(self) -> CoxFit | None:
        """Cox regression; None without covariates."""
        if not self.covariates:
            return None
        return cox(self.spells, covariates=self.covariates, strata=self.options.strata)

    @cached_property
    def proportional(self) -> pd.DataFrame | None:
        """Whether hazard ratios stay the same over tenure, one row per covariate."""
        return None if self.fit is None else self.fit.proportional_hazards(terms=True)

    @cached_property
    def by_reason(self) -> pd.DataFrame | None:
        """Hazard ratios by reason."""
        if not (self.spells.reasons and self.covariates):
            return None
        return reasons(self.spells, covariates=self.covariates, strata=self.options.strata)

    @cached_property
    def warnings(self) -> Warnings | None:
        """Current customers by what their leaving would cost; None if nothing distinguishes them, or all left."""
        asked = self.options
        if self.orders is not None:
            return warnings_from_orders(
                self.orders,
                gap=self.gap,
                unit=self.spells.unit,
                as_of=self.spells.as_of,
                horizon=asked.horizon,
                value_units=asked.value_units,
                contact_cost=asked.contact_cost,
                save_rate=asked.save_rate,
                tested=self.tested,
                seed=asked.seed,
            )
        if self.fit is None:
            return None
        return warnings_from_spells(
            self.spells,
            self.fit,
            horizon=asked.horizon,
            value=asked.value,
            value_units=asked.value_units,
            contact_cost=asked.contact_cost,
            save_rate=asked.save_rate,
        )

    @cached_property
    def tested(self) -> Backtest | None:
        """From orders: results of the inactivity rule and of the purchase model's warnings at earlier ends."""
        if self.orders is None:
            return None
        asked = self.options
        return backtest(self.orders, gap=self.gap, unit=self.spells.unit, as_of=self.spells.as_of,
                        horizon=asked.horizon, seed=asked.seed)  # fmt: skip

    @cached_property
    def projections(self) -> dict[str, pd.DataFrame] | None:
        """Models of retention beyond what was watched."""
        return projections(self.spells, seed=self.options.seed)

    @cached_property
    def validation(self) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]] | None:
        """Scores and calibration on held-out customers; None where not available, or too few left."""
        late = bool((self.spells.table["entry"] > 0).any())
        if self.fit is None or late or self.spells.n_events < FEWEST_TO_VALIDATE:
            return None
        return validate(self.spells, covariates=self.covariates, seed=self.options.seed)

    @cached_property
    def gap_sensitivity(self) -> pd.DataFrame | None:
        """From orders: results with half, and with twice, the usual inactivity threshold."""
        if self.orders is None:
            return None
        usual = self.spells.usual
        tried: list[Gap] = [0.5 * usual, usual, 2.0 * usual, "rhythm"]
        return gap_sensitivity(self.orders, tried, unit=self.spells.unit, as_of=self.spells.as_of)
