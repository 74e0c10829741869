"""Figures of the page of the comparison that need more than a line: what is drawn, and whose band or list it is."""

from clvlab.evaluation.alike import contrasted
from clvlab.evaluation.study import ComparisonStudy
from clvlab.evaluation.totals import total_interval
from clvlab.notes import Note
from clvlab.pages.exhibits import Figure
from clvlab.pages.page import Page


def over_time(page: Page, study: ComparisonStudy) -> list[Figure]:
    """Repeat purchases period by period and added up; the band is that of the first one drawn that has any."""
    shown, table = contrasted(study.comparison), study.comparison.tracking
    banded = next((key for key in shown if total_interval(study.comparison, key) is not None), None)
    each = None if banded else Note("comparison_report.tracking.caption_without_band")
    added = None if banded else Note("comparison_report.cumulative.caption_without_band")
    values, unit = {"banded": banded}, study.comparison.split.unit
    return [
        page.figure("comparison_report.tracking", "tracking", table=table, labels=shown, unit=unit,
                    values=values | {"unit": unit}, caption=each),
        page.figure("comparison_report.cumulative", "tracking", table=table, labels=shown, unit=unit, cumulative=True,
                    values=values, caption=added),
    ]  # fmt: skip
