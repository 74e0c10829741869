"""Whatever the unit of time, a page speaks of that one: in sentences, heads, alternative texts and on axes."""

import re
from collections.abc import Iterator
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
from bs4 import BeautifulSoup
from matplotlib.text import Text

import clvlab as clv
from clvlab.data.units import DAYS
from clvlab.evaluation import ComparisonStudy
from clvlab.pages import ComparisonPage, CustomerValuePage
from clvlab.pages.exhibits import Exhibit, figure
from clvlab.words import ENGLISH, Locale

mpl.use("agg")
# said of the calendar, whatever the unit
OF_THE_CALENDAR = re.compile(
    r"by the month of their first purchase|[Ff]irst month|each month of first purchase|Month of first purchase|"
    r"days? with orders"
)


def told(exhibit: Exhibit) -> Iterator[str]:
    """What is written on a page and drawn in its figures."""
    drawings: list[str] = []

    def drawn(drawing: Any, locale: Locale) -> str:
        del locale
        drawings.extend(text.get_text() for text in drawing.findobj(Text))
        plt.close(drawing)
        return 'src=""'

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figure, "_picture", drawn)
        page = BeautifulSoup(exhibit.html(ENGLISH), "html.parser")
    yield from [page.get_text(" "), *(image["alt"] for image in page.find_all("img")), *drawings]


def others_named(text: str, unit: str) -> list[str]:
    left = OF_THE_CALENDAR.sub("", text)
    return [other for other in DAYS if other != unit and re.search(rf"\b{other}s?\b", left)]


@pytest.mark.parametrize("unit", ["day", "month"])
def test_the_page_of_value_keeps_to_the_unit(unit: Any) -> None:
    study, page = clv.value_study(clv.datasets.cdnow(), unit=unit, method="ml"), CustomerValuePage()
    assert study.value.horizon == {"day": 365, "month": 12}[unit]
    parts = [page.answer(study), page.top_customers(study), page.by_cohort(study), page.models(study),
             page.without_the_first_month(study), page.how_to_read(study)]  # fmt: skip
    texts = [text for part in parts for text in told(part)]
    assert [(text, named) for text in texts if (named := others_named(text, unit))] == []
    assert any(f"over the next {study.value.horizon:.0f} {unit}s" in text for text in texts)
    assert any(f"Time is counted in {unit}s" in text for text in texts)


def test_the_page_of_the_comparison_keeps_to_the_unit() -> None:
    unit: Any = "month"
    orders = clv.datasets.cdnow()
    field = {"BG/NBD": clv.BGNBD(), "laplace": clv.BGNBD().using("laplace"), "last_period": clv.baselines.LastPeriod()}
    found = clv.compare(field, orders, calibration_end="1997-09-30", holdout_end="1998-06-30", unit=unit, seed=1)
    study = ComparisonStudy(orders=orders, comparison=found, competitors=field, segment=None, contact_share=0.1,
                            contact_cost=None, contact_gain=1.0, seed=1)  # fmt: skip
    page = ComparisonPage()
    parts = [page.answer(study), page.scores(study), page.over_time(study), page.light_and_heavy(study),
             page.from_within(study), page.parameters(study), page.periods(study)]  # fmt: skip
    texts = [text for part in parts for text in told(part)]
    assert [(text, named) for text in texts if (named := others_named(text, unit))] == []
    for said in (f"Repeat purchases per {unit}", f"Time since the last purchase, {unit}s", f"counted in {unit}s"):
        assert any(said in text for text in texts), said
    assert any(re.search(rf"forecast the \d+ {unit}s until", text) for text in texts)
    assert "Mar 1997" in texts  # on the axis of time
