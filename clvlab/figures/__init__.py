"""Tables in, matplotlib figures out. Imports nothing of clvlab but words."""

from clvlab.figures.comparison import by_frequency, coverage, score_differences, tracking
from clvlab.figures.histories import by_recency, frequency_histogram, recency_frequency
from clvlab.figures.parameters import prior_and_posterior
from clvlab.figures.scores import lift, profit, reliability, score_intervals, strategies
from clvlab.figures.value import concentration, spend_by_frequency, top_customers, value_by_cohort, value_distribution

__all__ = [
    "by_frequency",
    "by_recency",
    "concentration",
    "coverage",
    "frequency_histogram",
    "lift",
    "prior_and_posterior",
    "profit",
    "recency_frequency",
    "reliability",
    "score_differences",
    "score_intervals",
    "spend_by_frequency",
    "strategies",
    "top_customers",
    "tracking",
    "value_by_cohort",
    "value_distribution",
]
