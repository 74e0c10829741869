"""Churn: who leaves, when, why, who is next, and what it costs."""

from clvlab.churn.choices import read_table, telling_group, usable_covariates
from clvlab.churn.cox import CoxFit, cox
from clvlab.churn.curves import Curves, kaplan_meier, restricted_mean
from clvlab.churn.discrete import contract_table, discrete_hazard, in_whole_periods
from clvlab.churn.from_orders import gap_sensitivity, spells_from_orders
from clvlab.churn.incidence import cumulative_incidence
from clvlab.churn.rates import churn_rates, rates_by_tenure, retention_by_cohort
from clvlab.churn.reasons import reasons
from clvlab.churn.recent import RecentRates, recent_rates
from clvlab.churn.spells import Spells, spells
from clvlab.churn.validation import validate
from clvlab.churn.warning import Warnings, early_warning

__all__ = [
    "CoxFit",
    "Curves",
    "RecentRates",
    "Spells",
    "Warnings",
    "churn_rates",
    "contract_table",
    "cox",
    "cumulative_incidence",
    "discrete_hazard",
    "early_warning",
    "gap_sensitivity",
    "in_whole_periods",
    "kaplan_meier",
    "rates_by_tenure",
    "read_table",
    "reasons",
    "recent_rates",
    "restricted_mean",
    "retention_by_cohort",
    "spells",
    "spells_from_orders",
    "telling_group",
    "usable_covariates",
    "validate",
]
