"""Figures of the page of the comparison that need more than a line: what is drawn, and whose band or list it is."""

import pandas as pd

from clvlab.evaluation.alike import alike, contrasted
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


def acting(page: Page, study: ComparisonStudy) -> list[Figure]:
    """What contacting customers by each list would have earned."""
    shown, values = contrasted(study.comparison), {"share": study.contact_share}
    assumed = "comparison_report.profit.caption_at_break_even"
    caption = assumed if study.contact_cost is None else "comparison_report.profit.caption_at_cost"
    return [
        page.figure("comparison_report.targeting", "strategies", table=_listed(study), values=values),
        page.figure("comparison_report.lift", "lift", curves=study.lift, shown=shown),
        page.figure("comparison_report.profit", "profit", curves=study.profit, shown=shown,
                    caption=Note(caption, cost=study.profit.attrs["cost"])),
    ]  # fmt: skip


def reaching(page: Page, study: ComparisonStudy) -> list[Figure]:
    """Without amounts: the purchases that each list would have reached."""
    shown, values = contrasted(study.comparison), {"share": study.contact_share}
    return [
        page.figure("comparison_report.reaching", "strategies", table=_listed(study), kind="number", values=values),
        page.figure("comparison_report.reaching_lift", "lift", curves=study.lift, shown=shown, kind="number"),
    ]


def _listed(study: ComparisonStudy) -> pd.DataFrame:
    """Strategies, but of competitors alike one only."""
    groups = alike(study.comparison)
    kept = [each for each in study.targeting.index if each[0] != "competitor" or each[1] in groups]
    return study.targeting.loc[kept]
