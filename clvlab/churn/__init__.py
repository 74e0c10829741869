"""Churn: who leaves, when, why, who is next, and what it costs."""

from clvlab.churn.choices import read_table, telling_group, usable_covariates
from clvlab.churn.cox import CoxFit, cox
from clvlab.churn.curves import Curves, kaplan_meier, restricted_mean
from clvlab.churn.discrete import contract_table, discrete_hazard, in_whole_periods
from clvlab.churn.from_orders import spells_from_orders
from clvlab.churn.grouped import groups
from clvlab.churn.incidence import cumulative_incidence
from clvlab.churn.projections import projections
from clvlab.churn.rates import churn_rates, rates_by_tenure, retention_by_cohort, tenure_width
from clvlab.churn.reasons import reasons
from clvlab.churn.recent import RecentRates, recent_rates
from clvlab.churn.sensitivity import gap_sensitivity
from clvlab.churn.share import ShareAfter, share_after
from clvlab.churn.spells import Spells, spells
from clvlab.churn.studies import study, study_orders, study_subscriptions
from clvlab.churn.study import Options, Study
from clvlab.churn.validation import validate
from clvlab.churn.views import TwoViews, two_views
from clvlab.churn.warn import warnings_from_orders, warnings_from_spells
from clvlab.churn.warning import Warnings, early_warning

__all__ = [
    "CoxFit", "Curves", "Options", "RecentRates", "ShareAfter", "Spells", "Study", "TwoViews", "Warnings",
    "churn_rates", "contract_table", "cox", "cumulative_incidence", "discrete_hazard", "early_warning",
    "gap_sensitivity", "groups", "in_whole_periods", "kaplan_meier", "projections", "rates_by_tenure", "read_table",
    "reasons", "recent_rates", "restricted_mean", "retention_by_cohort", "share_after", "spells", "spells_from_orders",
    "study", "study_orders", "study_subscriptions", "telling_group", "tenure_width", "two_views", "usable_covariates",
    "validate", "warnings_from_orders", "warnings_from_spells",
]  # fmt: skip
