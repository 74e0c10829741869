"""Tables in, matplotlib figures out. Imports nothing of clvlab but words."""

from clvlab.figures.comparison import by_frequency, coverage, score_differences, tracking
from clvlab.figures.parameters import prior_and_posterior
from clvlab.figures.value import concentration, spend_by_frequency, top_customers, value_by_cohort, value_distribution

__all__ = [
    "by_frequency",
    "concentration",
    "coverage",
    "prior_and_posterior",
    "score_differences",
    "spend_by_frequency",
    "top_customers",
    "tracking",
    "value_by_cohort",
    "value_distribution",
]
