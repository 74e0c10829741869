"""One page: nothing from elsewhere, readable without seeing it, code folded."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_notebook, new_output
from report_toys import code, prose

from clvlab.reports.html import About, Failure, page_title, remote_addresses, render

ABOUT = About(
    when=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    seconds=75,
    parameters=[
        {"name": "horizon", "value": 26, "comment": "weeks <ahead>", "changed": True},
        {"name": "seed", "value": 1, "comment": "", "changed": False},
    ],
    facts=[("Commit", "abc")],
)


def output(data: dict[str, str], **metadata: Any) -> nbformat.NotebookNode:
    return new_output("display_data", data=data, metadata=metadata)


def cell_with(source: str, *outputs: nbformat.NotebookNode, tags: tuple[str, ...] = ()) -> nbformat.NotebookNode:
    cell = code(source, *tags)
    cell.outputs = list(outputs)
    return cell


PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def demo() -> nbformat.NotebookNode:
    return new_notebook(
        cells=[
            prose("# What are *customers* worth?\n\nIn a year.", "lang-en"),
            prose("# 客户价值", "lang-zh"),
            cell_with("horizon = 52", tags=("parameters",)),
            cell_with("horizon = 26", tags=("injected-parameters",)),
            prose("## Forecast\n\n[Paper](https://doi.org/10.1/x), ![pic](https://evil.example/p.png)"),
            prose("## Forecast\n\n### Again\n\n<img src=//evil.example/q.png onerror=alert(1)>"),
            cell_with(
                "show()",
                output({"image/png": PIXEL, "text/plain": "x"}, **{"image/png": {"alt": 'A "pixel".', "width": 10}}),
                output(
                    {"image/svg+xml": '<svg xmlns="http://www.w3.org/2000/svg"/>', "text/plain": "A curve."},
                    **{"image/svg+xml": {"alt": "A curve."}, "clvlab": {"role": "figure", "caption": "It <falls>."}},
                ),
                output({"text/html": "<p>It falls.</p>"}, clvlab={"role": "caption"}),
            ),
            cell_with(
                "frame",
                output(
                    {
                        "text/html": "<style>@import 'https://evil.example/a.css'; td {color: red}</style>"
                        "<script src='https://evil.example/a.js'></script><script>alert(1)</script>"
                        "<table border=1><thead><tr><th></th><th>a</th></tr></thead>"
                        "<tbody><tr><th>0</th><td style='background:url(http://evil.example)'>1</td></tr></tbody></table>"
                    }
                ),
                output({"application/javascript": "alert(2)"}),
                new_output("stream", name="stderr", text="a <warning>"),
            ),
            cell_with("answer()", output({"text/html": "<section>ANSWER</section>"}, clvlab={"role": "headline"})),
            prose("REMOVED", "remove"),
        ]
    )


@pytest.fixture(scope="module")
def html() -> str:
    return render(demo(), name="01_value", about=ABOUT, folder=Path())


@pytest.fixture(scope="module")
def page(html: str) -> BeautifulSoup:
    return BeautifulSoup(html, "html.parser")


def test_nothing_comes_from_elsewhere(html: str) -> None:
    assert remote_addresses(html) == []
    assert "evil.example" not in html
    assert "alert(" not in html


def test_a_link_to_a_paper_keeps_its_address_as_text(page: BeautifulSoup) -> None:
    assert "Paper (doi.org/10.1/x)" in page.main.get_text()


def test_the_browser_is_told_to_run_one_script_only(page: BeautifulSoup) -> None:
    policy = page.find("meta", attrs={"http-equiv": "Content-Security-Policy"})["content"]
    assert "default-src 'none'" in policy
    assert "script-src 'sha256-" in policy
    assert len(page.find_all("script")) == 1


def test_the_answer_stands_on_top(page: BeautifulSoup) -> None:
    text = page.main.get_text()
    assert text.index("What are customers worth?") < text.index("ANSWER") < text.index("In a year.")
    assert len(page.find_all("h1")) == 1
    assert page.title.get_text() == "What are customers worth?"
    assert "客户" not in text
    assert "REMOVED" not in text


def test_contents_lead_to_headings(page: BeautifulSoup) -> None:
    links = [a["href"][1:] for a in page.select("nav a")]
    assert links == ["Forecast", "Forecast-2", "Again"]
    assert all(page.find(id=link) for link in links)


def test_figures_have_alternative_text(page: BeautifulSoup) -> None:
    assert [img["alt"] for img in page.find_all("img")] == ['A "pixel".', "A curve."]
    assert [c.get_text() for c in page.find_all("figcaption")] == ["It <falls>."]
    assert "It falls." not in page.get_text()


def test_tables_have_scopes(page: BeautifulSoup) -> None:
    assert all(th.get("scope") for th in page.find_all("th"))


def test_code_and_messages_are_folded(page: BeautifulSoup) -> None:
    assert len(page.select("details.code")) == 3
    assert not page.select("details.code[open]")
    assert page.select_one("button.toggle-code")
    assert "a <warning>" in page.select_one("details.log").get_text()


def test_parameters_are_a_table(page: BeautifulSoup) -> None:
    rows = [row.get_text(" ", strip=True) for row in page.select("#about tbody tr")]
    assert rows == ["horizon 26 (set for this run) weeks <ahead>", "seed 1"]
    assert "horizon = 26" not in page.get_text()


def test_language_and_print_style(html: str) -> None:
    assert '<html lang="en">' in html
    assert "@media print" in html


def test_a_failure_stands_on_top_and_offers_no_files() -> None:
    notebook = new_notebook(
        cells=[
            prose("# T"),
            cell_with("f()", output({"text/html": '<p class="clv-files"><a href="t.csv">t.csv</a></p>'})),
        ]
    )
    failure = Failure(headline="KeyError: <x>", source="f(<y>)", traceback="\x1b[31mlong\x1b[0m", previous_kept=True)
    page = BeautifulSoup(render(notebook, name="t", about=ABOUT, folder=Path(), failure=failure), "html.parser")
    alert = page.select_one("section.failure")
    assert "KeyError: <x>" in alert.get_text()
    assert "f(<y>)" in alert.select_one("pre").get_text()
    assert "long" in alert.details.get_text()
    assert "previous good report is still in place" in alert.get_text()
    assert "t.csv" not in page.get_text()


def test_a_page_without_headings_has_a_title_and_no_contents() -> None:
    notebook = new_notebook(cells=[cell_with("1")])
    assert page_title(notebook, "02_early_warning") == "Early warning"
    page = BeautifulSoup(render(notebook, name="02_early_warning", about=ABOUT, folder=Path()), "html.parser")
    assert page.select_one("details.contents") is None
