"""Checks of fit: does a model describe its customers, and which of two models has the better likelihood?"""

from clvlab.evaluation.checks.leave_one_out import LeaveOneOut, compare_loo, loo
from clvlab.evaluation.checks.likelihood_ratios import LikelihoodRatio, likelihood_ratio
from clvlab.evaluation.checks.predictive import posterior_predictive, prior_predictive

__all__ = [
    "LeaveOneOut",
    "LikelihoodRatio",
    "compare_loo",
    "likelihood_ratio",
    "loo",
    "posterior_predictive",
    "prior_predictive",
]
