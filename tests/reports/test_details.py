"""Detail for who checks the numbers: closed where it is long, opened by links and on paper, read without scripts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from browsing import browser_or_skip, opened, violations
from bs4 import BeautifulSoup
from nbformat.v4 import new_notebook, new_output
from report_toys import code

from clvlab.notes import Note
from clvlab.pages.exhibits import Exhibit, Notice, Section, Table
from clvlab.reports.details import LONG
from clvlab.reports.html import About, render
from clvlab.words import Locale


def ledger(rows: int) -> Table:
    frame = pd.DataFrame({"reason": [f"reason {i}" for i in range(rows)], "used": "yes", "rows": range(rows)})
    return Table(locale=Locale("en"), key="orders.ledger", frame=frame, columns=dict.fromkeys(frame, "text"),
                 caption=Note("orders.ledger.caption", n=rows))  # fmt: skip


def section(key: str, *parts: Exhibit, detail: bool = True) -> Section:
    return Section(locale=Locale("en"), key=key, parts=parts, detail=detail)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    warning = Notice(locale=Locale("en"), said=Note("customer_value.answer.no_amounts"), level="warning")
    parts = [
        section("customer_value.by_cohort_section", ledger(LONG + 5), detail=False),
        section("customer_value.models_section", ledger(LONG - 1)),
        section("customer_value.without_section", ledger(LONG + 5), warning),
        section("orders.data", ledger(LONG)),
    ]
    cells = []
    for each in parts:
        cell = code("page.part(study)")
        cell.outputs = [new_output("execute_result", data=dict(each._repr_mimebundle_()), execution_count=1)]
        cells.append(cell)
    path: Path = tmp_path_factory.mktemp("details") / "toy.html"
    about = About(when=datetime(2026, 1, 2, 3, 4, tzinfo=UTC), seconds=75)
    path.write_text(render(new_notebook(cells=cells), name="toy", about=about, folder=path.parent), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    yield from browser_or_skip()


def test_what_is_long_is_closed_and_what_warns_is_not(page: Path) -> None:
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
    (closed,) = soup.select("details.clv-detail")
    assert not closed.has_attr("open")
    assert [each.get_text() for each in closed.select("summary > h2")] == ["The data"]
    assert len(closed.select("tbody tr")) == LONG
    assert not soup.select("[data-detail]")
    assert len(soup.select(".prose > h2")) == 3
    listed = {a["href"] for a in soup.select("nav a")}
    assert f"#{closed.h2['id'] if closed.h2 else ''}" in listed


def test_links_open_it(browser: Any, page: Path) -> None:
    with opened(browser, page) as shown:
        row = shown.locator("details.clv-detail tbody tr").first
        assert not row.is_visible()
        shown.locator("nav a").last.click()
        row.wait_for(state="visible", timeout=3000)
        assert violations(shown) == []
    with opened(browser, page) as shown:
        assert violations(shown) == []
        shown.locator("details.clv-detail > summary").focus()
        shown.keyboard.press("Enter")
        assert shown.locator("details.clv-detail tbody tr").first.is_visible()


def test_paper_shows_it(browser: Any, page: Path) -> None:
    with opened(browser, page) as shown:
        closed = "document.querySelector('details.clv-detail').open"
        shown.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert shown.evaluate(closed)
        shown.evaluate("dispatchEvent(new Event('afterprint'))")
        assert not shown.evaluate(closed)


def test_without_scripts_it_is_read_and_printed(browser: Any, page: Path) -> None:
    with opened(browser, page, script=False) as shown:
        row = shown.locator("details.clv-detail tbody tr").first
        assert not row.is_visible()
        shown.emulate_media(media="print")
        assert row.is_visible()
        shown.emulate_media(media="screen")
        shown.locator("details.clv-detail > summary").click()
        assert row.is_visible()
