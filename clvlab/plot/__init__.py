"""Figures of result objects, for people in JupyterLab: ``clv.plot.survival(curve)``.

Each call takes what the library returned and gives a matplotlib figure, drawn by the function of ``clvlab.figures``
that reports use. ``locale=`` (``clv.words.Locale``) brings the reader's language and currency.
"""

from clvlab.plot.campaigns import campaign_effects, qini
from clvlab.plot.customers import (
    bridge,
    cohort_chart,
    cohort_lines,
    contact_curve,
    deciles,
    heatmap,
    importance_performance,
    measures_by_segment,
    measures_over_time,
)
from clvlab.plot.models import (
    by_frequency,
    by_recency,
    concentration,
    coverage,
    frequency_histogram,
    hazard_ratios,
    incidence,
    lift,
    prior_and_posterior,
    profit,
    profit_differences,
    projection,
    rates,
    recency_frequency,
    reliability,
    schoenfeld,
    score_differences,
    score_intervals,
    spend_by_frequency,
    strategies,
    survival,
    top_customers,
    tracking,
    value_by_cohort,
    value_distribution,
)

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


def __dir__() -> list[str]:
    return sorted(__all__)
