"""What each kind of figure shows, in numbers: the values of its alternative text, from what it is drawn from."""

from collections.abc import Callable, Mapping

from clvlab.pages.exhibits.alternatives import audit, campaigns, comparison, customers, decisions, survival, value

__all__ = ["SHOWN", "shown_by"]

SHOWN: Mapping[str, Callable[..., Mapping[str, object]]] = {
    "bridge": audit.bridge,
    "by_frequency": comparison.by_frequency,
    "by_recency": comparison.by_recency,
    "campaign_effects": campaigns.campaign_effects,
    "cohort_chart": audit.cohort_chart,
    "cohort_lines": audit.cohort_lines,
    "concentration": value.concentration,
    "contact_curve": decisions.contact_curve,
    "coverage": comparison.coverage,
    "deciles": audit.deciles,
    "frequency_histogram": comparison.frequency_histogram,
    "hazard_ratios": survival.hazard_ratios,
    "heatmap": audit.heatmap,
    "importance_performance": customers.importance_performance,
    "incidence": survival.incidence,
    "lift": decisions.lift,
    "measures_by_segment": customers.measures_by_segment,
    "measures_over_time": customers.measures_over_time,
    "prior_and_posterior": comparison.prior_and_posterior,
    "profit": decisions.profit,
    "profit_differences": decisions.profit_differences,
    "projection": survival.projection,
    "qini": campaigns.qini,
    "rates": survival.rates,
    "recency_frequency": comparison.recency_frequency,
    "reliability": comparison.reliability,
    "schoenfeld": survival.schoenfeld,
    "score_differences": comparison.score_differences,
    "score_intervals": comparison.score_intervals,
    "spend_by_frequency": value.spend_by_frequency,
    "strategies": decisions.strategies,
    "survival": survival.survival,
    "top_customers": value.top_customers,
    "tracking": comparison.tracking,
    "value_by_cohort": value.value_by_cohort,
    "value_distribution": value.value_distribution,
}


def shown_by(drawn_by: str, of: Mapping[str, object]) -> Mapping[str, object]:
    """What a figure shows.

    Parameters
    ----------
    drawn_by : str
        Name of a function of ``clvlab.figures``.
    of : mapping
        What that function takes.

    Returns
    -------
    mapping
        Numbers, names and notes for the braces of an alternative text.
    """
    return SHOWN[drawn_by](**of) if drawn_by in SHOWN else {}
