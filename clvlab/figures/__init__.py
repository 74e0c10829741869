"""Tables in, matplotlib figures out. Imports nothing of clvlab but words."""

from clvlab.figures.audit import bridge, cohort_chart, cohort_lines, deciles, heatmap
from clvlab.figures.campaigns import campaign_effects, qini
from clvlab.figures.comparison import by_frequency, coverage, score_differences, tracking
from clvlab.figures.customers import measures_by_segment, measures_over_time
from clvlab.figures.decisions import contact_curve, lift, profit, profit_differences, strategies
from clvlab.figures.histories import by_recency, frequency_histogram, recency_frequency
from clvlab.figures.parameters import prior_and_posterior
from clvlab.figures.scores import reliability, score_intervals
from clvlab.figures.survival import hazard_ratios, incidence, projection, rates, schoenfeld, survival
from clvlab.figures.value import concentration, spend_by_frequency, top_customers, value_by_cohort, value_distribution
from clvlab.figures.voice import importance_performance

__all__ = [
    "bridge",
    "by_frequency",
    "by_recency",
    "campaign_effects",
    "cohort_chart",
    "cohort_lines",
    "concentration",
    "contact_curve",
    "coverage",
    "deciles",
    "frequency_histogram",
    "hazard_ratios",
    "heatmap",
    "importance_performance",
    "incidence",
    "lift",
    "measures_by_segment",
    "measures_over_time",
    "prior_and_posterior",
    "profit",
    "profit_differences",
    "projection",
    "qini",
    "rates",
    "recency_frequency",
    "reliability",
    "schoenfeld",
    "score_differences",
    "score_intervals",
    "spend_by_frequency",
    "strategies",
    "survival",
    "top_customers",
    "tracking",
    "value_by_cohort",
    "value_distribution",
]
