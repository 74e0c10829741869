"""Churn: who leaves, when, why, who is next, and what it costs."""

from clvlab.churn.backtest import Backtest, backtest
from clvlab.churn.believe import Belief
from clvlab.churn.calls import Calls, calls
from clvlab.churn.choices import telling_group, usable_covariates
from clvlab.churn.cox import CoxFit, cox
from clvlab.churn.curves import Curves, kaplan_meier, restricted_mean
from clvlab.churn.discrete import contract_table, discrete_hazard, in_whole_periods
from clvlab.churn.from_orders import spells_from_orders
from clvlab.churn.grouped import groups
from clvlab.churn.incidence import cumulative_incidence
from clvlab.churn.level import LevelError, level_error
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
from clvlab.churn.warn import warnings_from_orders, warnings_from_spells
from clvlab.churn.warning import Warnings, early_warning

__all__ = [
    "Backtest", "Belief", "Calls", "CoxFit", "Curves", "LevelError", "Options", "RecentRates", "ShareAfter", "Spells",
    "Study", "Warnings", "backtest", "calls", "churn_rates", "contract_table", "cox", "cumulative_incidence",
    "discrete_hazard", "early_warning", "gap_sensitivity", "groups", "in_whole_periods", "kaplan_meier", "level_error",
    "projections", "rates_by_tenure", "reasons", "recent_rates", "restricted_mean",
    "retention_by_cohort", "share_after", "spells", "spells_from_orders", "study", "study_orders",
    "study_subscriptions", "telling_group", "tenure_width", "usable_covariates", "validate", "warnings_from_orders",
    "warnings_from_spells",
]  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)


def __getattr__(name: str) -> object:
    if name == "read_table":
        raise AttributeError("clvlab.churn.read_table is gone: clv.read_subscriptions(path).frame is what it read.")
    raise AttributeError(f"module 'clvlab.churn' has no attribute {name!r}.")
