"""Figures of measures of customers and of the audit."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from clvlab import figures
from clvlab.customers import MEASURES, Audit, Board
from clvlab.evaluation.contacting import ContactPlan
from clvlab.plot.asked import known_of
from clvlab.words import ENGLISH, Kind, Locale


def measures_over_time(board: Board, measures: Sequence[str], *, locale: Locale = ENGLISH) -> Figure:
    """Measures (by id) of a customer base by period, with their 95 % confidence intervals and targets."""
    return figures.measures_over_time(
        board.history, _kinds(measures, board.history), targets=dict(board.targets), locale=locale
    )


def measures_by_segment(board: Board, division: str, measures: Sequence[str], *, locale: Locale = ENGLISH) -> Figure:
    """Measures (by id) of the last year by a column of the table of customers, with 95 % confidence intervals."""
    table = board.by(division)
    return figures.measures_by_segment(table, _kinds(measures, table), locale=locale)


def _kinds(measures: Sequence[str], table: pd.DataFrame) -> dict[str, Kind]:
    known_of(dict.fromkeys(map(str, table["measure"])), measures)
    return {name: MEASURES[name].number for name in measures}


def bridge(audit: Audit, first: object, second: object, *, locale: Locale = ENGLISH) -> Figure:
    """From the profit of one period to that of another: lost, kept, returned and new customers."""
    steps = audit.profit_bridge(first, second)
    return figures.bridge(steps, ends=(str(first), str(second)), locale=locale)


def deciles(audit: Audit, period: object, *, locale: Locale = ENGLISH) -> Figure:
    """Share of a period's profit of ten groups of equally many customers."""
    return figures.deciles(audit.deciles(period), locale=locale)


def cohort_chart(audit: Audit, *, locale: Locale = ENGLISH) -> Figure:
    """Customer cohort chart: profit by period, the oldest cohort at the bottom."""
    axis = "audit.axes.profit" if audit.table.margin_known else "audit.axes.revenue"
    return figures.cohort_chart(audit.c3(), axis=axis, locale=locale)


def cohort_lines(audit: Audit, *cohorts: object, locale: Locale = ENGLISH) -> Figure:
    """Profit of cohorts by age, as a share of each cohort's first period."""
    table = audit.compare_cohorts(*cohorts, indexed=True)
    return figures.cohort_lines(table, axis="audit.axes.indexed", kind="percent", locale=locale)


def heatmap(audit: Audit, first: object, second: object, *, locale: Locale = ENGLISH) -> Figure:
    """How many customers moved from each tenth of profit in one period to each in another."""
    return figures.heatmap(
        audit.switching(first, second), rows="audit.axes.decile_before", columns="audit.axes.decile_after",
        kind="number", locale=locale,
    )  # fmt: skip


def importance_performance(table: pd.DataFrame, *, locale: Locale = ENGLISH) -> Figure:
    """Items by mean score and part of the overall answer: ``clv.customers.importance_performance`` makes the table."""
    return figures.importance_performance(table, locale=locale)


def contact_curve(plan: ContactPlan, *, locale: Locale = ENGLISH) -> Figure:
    """Expected profit by number of customers contacted, with its credible interval; a point marks the list."""
    return figures.contact_curve(plan.curve, plan.contacted, locale=locale)
