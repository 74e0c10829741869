"""A toy page as a reader uses it: contents, tables, code and figures, on wide and narrow, light and dark screens."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from browsing import SCHEMES, WIDTHS, browser_or_skip, opened, sideways, violations
from nbformat.v4 import new_notebook, new_output
from report_toys import code

from clvlab.notes import Note
from clvlab.pages.exhibits import Answer, Exhibit, Figure, Freshness, Metric, Notice, Section, Table, Title, TopNotices
from clvlab.reports.html import About, render
from clvlab.words import Locale

ROWS, SHOWN = 60, 8
EVIL = ["=1+1", "a;=2+2", "-3", "</script><b>bold", 'say "hi"', "x\t=4"]


def customers() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    names = [*EVIL, *(f"c{place:03d}" for place in range(ROWS - len(EVIL)))]
    value = np.round(rng.permutation(ROWS) * 97.5 + 2, 2)
    frame = pd.DataFrame({"clv": value, "clv_low": value / 2, "clv_high": value * 2, "value_low": 0.0,
                          "value_high": value * 3, "prob_alive": rng.random(ROWS)},
                         index=pd.Index(names, name="customer_id"))  # fmt: skip
    frame["value"] = np.nan
    frame.iloc[11, 0:3] = np.nan
    return frame


def exhibits(language: str) -> list[Exhibit]:
    locale = Locale(language, "GBP")
    columns = {"clv": "money2", "value": "money0", "prob_alive": "percent0"}
    table = Table(locale=locale, key="customer_value.top_customers", frame=customers(), columns=columns,
                  intervals=("clv", "value"), rows=SHOWN, caption=Note("orders.ledger.caption", n=ROWS))  # fmt: skip
    texts = pd.DataFrame({"reason": ["a", "b", "c"], "used": ["0 to 1,614", "0 to 90", "0 to 200"], "rows": ["x"] * 3})
    ledger = Table(locale=locale, key="orders.ledger", frame=texts, columns=dict.fromkeys(texts, "text"),
                   caption=Note("orders.ledger.caption", n=3))  # fmt: skip
    curve = pd.DataFrame({"customers": np.linspace(0, 1, 21), "held": np.linspace(0, 1, 21) ** 0.5})
    figure = Figure(locale=locale, key="customer_value.concentration", drawn_by="concentration", of={"curve": curve},
                    values={"top": 0.1, "held": 0.5, "share": 0.5})  # fmt: skip
    metric = Metric(label=Note("customer_value.metrics.past_value"), value=1234.0, kind="money")
    return [
        Title(locale=locale, key="customer_value.title"),
        Freshness(locale=locale, as_of=pd.Timestamp("1998-06-30"), rows=10, customers=9, source="orders.csv"),
        Answer(locale=locale, sentences=(Note("customer_value.answer.no_amounts"),), metrics=(metric,)),
        TopNotices(locale=locale, notices=(Notice(said=Note("customer_value.answer.no_amounts"), level="warning"),)),
        Section(locale=locale, key="orders.data", parts=(table, ledger)),
        Section(locale=locale, key="customer_value.doubts", parts=(figure,)),
    ]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    yield from browser_or_skip()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder, found = tmp_path_factory.mktemp("browser"), {}
    for language in ("en", "zh"):
        cells = []
        for place, exhibit in enumerate(exhibits(language)):
            cell = code(f"page.part_{place}(study)  # {'wide ' * 40}")
            cell.outputs = [new_output("execute_result", data=dict(exhibit._repr_mimebundle_()), execution_count=1)]
            cells.append(cell)
        plain = '<style>td {color: inherit}</style><table><thead><tr style="text-align: right;"><th>a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>'  # fmt: skip  # noqa: E501
        styled = code("frame")
        styled.outputs = [new_output("display_data", data={"text/html": plain})]
        about = About(when=datetime(2026, 1, 2, 3, 4, tzinfo=UTC), seconds=75, facts=[("SHA-256", "ab" * 32)])
        found[language] = folder / f"toy.{language}.html"
        made = render(new_notebook(cells=[*cells, styled]), name="toy", about=about, folder=folder, language=language)
        found[language].write_text(made, encoding="utf-8")
    return found


@pytest.fixture
def page(browser: Any, pages: dict[str, Path]) -> Iterator[Any]:
    with opened(browser, pages["en"]) as page:
        yield page


def first_table(page: Any) -> Any:
    return page.locator(".clv-table").first


def column(page: Any, place: int) -> list[str]:
    found: list[str] = first_table(page).locator(f"tbody tr > :nth-child({place})").all_inner_texts()
    return [text.split("\n")[0] for text in found]


def names(values: pd.Series) -> list[str]:
    """Names of the first rows, white space as a browser shows it."""
    return [" ".join(str(name).split()) for name in values.index[:SHOWN]]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_page_is_accessible_and_fits(
    browser: Any, pages: dict[str, Path], width: int, scheme: str, language: str
) -> None:
    with opened(browser, pages[language], width=width, scheme=scheme) as page:
        assert violations(page) == []
        page.locator("details").evaluate_all("all => all.forEach(each => { each.open = true; })")
        assert violations(page) == []
        assert sideways(page) == 0


def test_axe_finds_what_is_wrong(page: Any) -> None:
    page.evaluate("document.querySelector('h1').style.color = '#bbb'")
    assert [each.split(":")[0] for each in violations(page)] == ["color-contrast"]


def test_contents_lead_to_headings(page: Any) -> None:
    links = page.locator("nav a")
    assert links.count() == 2
    links.last.click()
    heading = page.locator(page.evaluate("'#' + CSS.escape(decodeURIComponent(location.hash.slice(1)))"))
    assert heading.inner_text() == links.last.inner_text()
    assert heading.bounding_box()["y"] < 900


def test_the_button_shows_and_hides_code(page: Any) -> None:
    button, code_of = page.locator("button.toggle-code"), page.locator("details.code").first
    assert not code_of.evaluate("each => each.open")
    button.click()
    assert code_of.evaluate("each => each.open")
    assert button.inner_text() == "Hide all code"
    button.click()
    assert not code_of.evaluate("each => each.open")


def test_sorting_takes_the_whole_table(page: Any) -> None:
    value = first_table(page).locator("thead th").nth(1)
    value.locator("button").focus()
    page.keyboard.press("Enter")
    assert value.get_attribute("aria-sort") == "descending"
    best = customers()["clv"].sort_values(ascending=False)
    assert column(page, 1) == names(best)
    assert "descending" in page.locator("[aria-live]").inner_text()
    value.locator("button").click()
    assert value.get_attribute("aria-sort") == "ascending"
    assert column(page, 1) == names(best.dropna()[::-1])
    first_table(page).get_by_role("button", name="Show all 60 rows").click()
    assert column(page, 2)[-1] == "–"  # missing, last in either order
    assert len(column(page, 2)) == ROWS


def test_intervals_and_texts_sort_by_their_number(page: Any) -> None:
    first_table(page).locator("thead th button").nth(2).click()
    highs = customers()["value_high"].sort_values(ascending=False)
    assert column(page, 1) == names(highs)
    ledger = page.locator(".clv-table").nth(1)
    ledger.locator("thead th button").nth(1).click()
    assert ledger.locator("tbody tr > :nth-child(2)").all_inner_texts() == ["0 to 1,614", "0 to 200", "0 to 90"]


def test_searching_takes_the_whole_table(page: Any) -> None:
    first_table(page).get_by_role("searchbox").fill("C05")
    assert column(page, 1) == ["c050", "c051", "c052", "c053"]
    assert page.locator("[aria-live]").inner_text() == "4 of 60 rows match."
    first_table(page).get_by_role("searchbox").fill("")
    assert len(column(page, 1)) == SHOWN


def test_a_table_is_saved_whole_and_inert(page: Any, tmp_path: Path) -> None:
    with page.expect_download() as waiting:
        first_table(page).get_by_role("button", name="Save as CSV").click()
    assert waiting.value.suggested_filename == "customer_value_top_customers.csv"
    waiting.value.save_as(tmp_path / "table.csv")
    text = (tmp_path / "table.csv").read_bytes().decode("utf-8-sig")
    head, *rows = list(csv.reader(text.splitlines(keepends=True)))
    assert len(head) == 5  # the interval of the value has a column of its own
    assert len(rows) == ROWS
    frame = customers()
    assert [row[0] for row in rows[6:]] == list(frame.index[6:])
    assert [float(row[1]) for row in rows if row[1]] == frame["clv"].dropna().tolist()
    assert "</script><b>bold" in [row[0] for row in rows]
    for separator in (",", ";", "\t"):
        for row in csv.reader(text.splitlines(), delimiter=separator):
            assert not [cell for cell in row if cell.lstrip(' "').startswith(("=", "@", "+", "-"))]


def test_values_of_a_figure_are_told_on_hover_and_by_key(page: Any) -> None:
    drawing, tip = page.locator("svg.drawing"), page.locator(".tip")
    assert not tip.is_visible()
    drawing.scroll_into_view_if_needed()
    box = drawing.locator("circle").nth(3).bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + 4)
    assert tip.is_visible()
    assert "%" in tip.inner_text()
    page.keyboard.press("Escape")
    assert not tip.is_visible()
    drawing.focus()
    page.keyboard.press("ArrowRight")
    assert tip.is_visible()
    assert page.locator("[aria-live]").inner_text() == tip.inner_text()


def test_text_of_a_figure_is_legible_on_a_phone(browser: Any, pages: dict[str, Path]) -> None:
    with opened(browser, pages["en"], width=375) as page:
        height = page.locator("svg.drawing text").first.evaluate("each => each.getBoundingClientRect().height")
        assert height >= 9
        box = page.locator(".clv-drawn")
        assert box.evaluate("each => each.scrollWidth > each.clientWidth")
        assert box.get_attribute("tabindex") == "0"


@pytest.mark.parametrize(("scheme", "bright"), [("light", True), ("dark", False)])
def test_page_and_figure_follow_the_readers_setting(
    browser: Any, pages: dict[str, Path], scheme: str, bright: bool
) -> None:
    with opened(browser, pages["en"], scheme=scheme) as page:
        paper = page.locator("main").evaluate("each => getComputedStyle(each).backgroundColor")
        ink = page.locator("svg.drawing text").first.evaluate("each => getComputedStyle(each).fill")
        light = [sum(int(part) for part in colour[4:-1].split(",")) > 384 for colour in (paper, ink)]
        assert light == [bright, not bright]


def test_without_javascript_tables_are_plain(browser: Any, pages: dict[str, Path]) -> None:
    with opened(browser, pages["en"], script=False) as page:
        assert first_table(page).locator("tbody tr").count() == SHOWN
        assert page.locator("th button, input, .clv-tools").count() == 0
        assert "first 8 of 60 rows" in first_table(page).inner_text()


def test_printing_repeats_heads_and_leaves_out_controls(page: Any) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    assert not page.locator(".clv-tools").first.is_visible()
    assert page.locator("thead").first.evaluate("each => getComputedStyle(each).display") == "table-header-group"
    assert page.locator("main").evaluate("each => getComputedStyle(each).color") == "rgb(28, 39, 51)"
    assert page.pdf(prefer_css_page_size=True).startswith(b"%PDF")
