"""One page: nothing from elsewhere, readable without seeing it, code folded."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_notebook, new_output
from report_toys import code, prose

from clvlab.notes import Note, Span
from clvlab.pages.exhibits import (
    Answer,
    Before,
    Exhibit,
    File,
    Freshness,
    Metric,
    Notice,
    Section,
    Table,
    Title,
    TopNotices,
)
from clvlab.reports import record
from clvlab.reports.cleaning import remote_addresses
from clvlab.reports.html import About, Failure, page_title, render
from clvlab.reports.index import write_indexes
from clvlab.words import ENGLISH, Locale, register_words
from clvlab.words.catalogue import forget_words

ABOUT = About(
    when=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
    seconds=75,
    parameters=[
        {"name": "horizon", "value": 26, "comment": "weeks <ahead>", "changed": True},
        {"name": "seed", "value": 1, "comment": "", "changed": False},
        {"name": "title", "value": None, "comment": "", "changed": False},
        {"name": "pool", "value": False, "comment": "", "changed": False},
    ],
    facts=[("Commit", "abc")],
)


def output(data: dict[str, str], **metadata: Any) -> nbformat.NotebookNode:
    return new_output("display_data", data=data, metadata=metadata)


def shown(exhibit: Exhibit) -> nbformat.NotebookNode:
    """What a kernel leaves of an exhibit in the file of a notebook."""
    return nbformat.from_dict(
        json.loads(json.dumps(new_output("execute_result", data=exhibit._repr_mimebundle_(), execution_count=1)))
    )


def cell_with(source: str, *outputs: nbformat.NotebookNode, tags: tuple[str, ...] = ()) -> nbformat.NotebookNode:
    cell = code(source, *tags)
    cell.outputs = list(outputs)
    return cell


PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


ANSWER = Answer(sentences=(Note("customer_value.answer.no_amounts"),))


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
                    **{"image/svg+xml": {"alt": "A curve."}},
                ),
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
            cell_with("page.answer(study)", shown(ANSWER)),
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
    assert (
        text.index("What are customers worth?") < text.index("These orders have no amounts") < text.index("In a year.")
    )
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


def test_tables_have_scopes(page: BeautifulSoup) -> None:
    assert all(th.get("scope") for th in page.find_all("th"))


def test_code_and_messages_are_folded(page: BeautifulSoup) -> None:
    assert len(page.select("details.code")) == 3
    assert not page.select("details.code[open]")
    assert page.select_one("button.toggle-code")
    assert "a <warning>" in page.select_one("details.log").get_text()


def test_parameters_are_a_table(page: BeautifulSoup) -> None:
    rows = [row.get_text(" ", strip=True) for row in page.select("#about tbody tr")]
    assert rows == ["horizon 26 (set for this run) weeks <ahead>", "seed 1", "title unset", "pool no"]
    assert "horizon = 26" not in page.get_text()


def test_language_and_print_style(html: str) -> None:
    assert '<html lang="en">' in html
    assert "@media print" in html


def test_a_page_is_tagged_with_its_own_language_region_included(toy_folder: Path) -> None:
    register_words("pt-br", toy_folder)
    try:
        html = render(demo(), name="01_value", about=ABOUT, folder=Path(), language="pt-br")
    finally:
        forget_words("pt-br", toy_folder)
    assert '<html lang="pt-br">' in html
    assert "IN 1 MIN 15 S." in html


def test_the_list_of_reports_tags_a_title_of_another_language(tmp_path: Path, toy: str) -> None:
    def of(name: str, language: str) -> Any:
        return {"notebook": name, "title": name.upper(), "started": "2026-01-02T03:04:05+00:00", "seconds": 75.0,
                "exit_code": 0, "message": "", "failure": None, "language": language, "parameters": {}, "seeds": {},
                "inputs": [], "results": {}, "previous": {}, "page": f"{name}.html", "files": []}  # fmt: skip

    for name in ("one", "two"):
        (tmp_path / f"{name}.html").write_text("")
    run: Any = {"started": "", "seconds": 1.0, "exit_code": 0, "versions": {}, "commit": None, "not_run": [],
                "notebooks": [of("one", "en"), of("two", toy)]}  # fmt: skip
    write_indexes(tmp_path, {"format": 2, "names": [], "runs": [run], "past": []}, [toy])
    page = BeautifulSoup((tmp_path / f"index.{toy}.html").read_text(encoding="utf-8"), "html.parser")
    assert page.html is not None
    assert page.html["lang"] == toy
    assert [(head.get_text(), head.get("lang")) for head in page.find_all("h2")] == [("ONE", "en"), ("TWO", None)]
    assert "1 MIN 15 S" in page.get_text()
    assert [link["href"] for link in page.select("a.language")] == ["index.html"]
    assert 'lang="en"' in (tmp_path / "index.html").read_text(encoding="utf-8")


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
    assert page_title(notebook, "02_early_warning", ENGLISH) == "Early warning"
    page = BeautifulSoup(render(notebook, name="02_early_warning", about=ABOUT, folder=Path()), "html.parser")
    assert page.select_one("details.contents") is None


# Exhibits: the executed notebook is all a page is made of


LEDGER = pd.DataFrame(
    {"reason": ["purchase", "duplicate"], "used": ["true", "false"], "rows": [9, 1], "amount": [90.0, 1.0]}
)


def parts(*, horizon: float = 52, value: float = 1234.0) -> list[Exhibit]:
    pounds = Locale(currency="GBP")
    metric = Metric(label=Note("customer_value.metrics.past_value"), value=value, kind="money")
    span = {"n": 9, "total": value, "horizon": Span(horizon, "week"), "low": 1.0, "high": 2.0}
    columns = {"reason": "reason", "used": "answer", "rows": "number0", "amount": "money2"}
    return [
        Title(locale=pounds, key="customer_value.title"),
        Freshness(locale=pounds, as_of=pd.Timestamp("1998-06-30"), rows=10, customers=9, source="<orders>.csv"),
        Answer(locale=pounds, sentences=(Note("customer_value.answer.base_is_worth", **span),), metrics=(metric,)),
        TopNotices(locale=pounds, notices=(Notice(said=Note("customer_value.answer.no_amounts"), level="warning"),)),
        Section(
            locale=pounds,
            key="orders.data",
            parts=(
                Table(locale=pounds, key="orders.ledger", frame=LEDGER, columns=columns,
                      caption=Note("orders.ledger.caption", n=10)),
                File(locale=pounds, name="ledger", frame=LEDGER),
            ),
        ),
        Section(locale=pounds, key="customer_value.doubts"),
    ]  # fmt: skip


def executed(*runs: list[Exhibit]) -> nbformat.NotebookNode:
    """A notebook of one cell an exhibit; each run is the outputs that one execution left in the cells."""
    cells = [prose("# For JupyterLab", "lab"), cell_with("study = 1", tags=("parameters",))]
    cells += [cell_with(f"page.part_{i}(study)", *map(shown, each)) for i, each in enumerate(zip(*runs, strict=True))]
    return new_notebook(cells=cells)


def made(notebook: nbformat.NotebookNode, **more: Any) -> BeautifulSoup:
    html = render(notebook, name="value", about=ABOUT, folder=Path(), **more)
    assert remote_addresses(html) == []
    return BeautifulSoup(html, "html.parser")


def test_a_page_is_made_of_exhibits() -> None:
    page = made(executed(parts()))
    assert page.h1.get_text() == page.title.get_text() == "What are our customers worth?"
    text = page.main.get_text()
    order = ["What are our customers worth?", "As of 30 June 1998", "expected to bring £1,234", "have no amounts",
             "The data", "How each of"]  # fmt: skip
    assert [text.index(each) for each in order] == sorted(text.index(each) for each in order)
    assert "For JupyterLab" not in text
    assert "source: <orders>.csv" in text
    assert [link.get_text() for link in page.select("nav a")] == ["The data"]  # an empty section is not listed
    assert not page.select(".clv-files a")
    assert [caption.get_text() for caption in page.select(".clv-table caption")] == [
        "How each of the 10 rows read was used. Example rows are counted from 1."
    ]


def test_a_page_in_another_language_comes_from_the_same_notebook(toy: str) -> None:
    notebook = executed(parts())
    before = json.dumps(notebook)
    english, other = made(notebook), made(notebook, language=toy)
    assert json.dumps(notebook) == before
    assert english.html["lang"] == "en"
    assert other.html["lang"] == toy
    assert other.h1.get_text() == "WHAT ARE OUR CUSTOMERS WORTH?"
    text = other.main.get_text()
    assert "AS OF 1998年6月30日" in text
    assert "EXPECTED TO BRING £1,234 OVER THE NEXT 52 WEEKS" in text
    assert "EQUAL TO AN EARLIER ROW" in text
    assert "SHOW ALL CODE" in other.get_text()
    for said in ("Already earned", "Row is", "The data", "As of"):
        assert said in english.get_text()
        assert said not in other.get_text()
    assert [cell.get("data-sort") for cell in english.select("td")] == [
        cell.get("data-sort") for cell in other.select("td")
    ]


def test_a_cell_run_three_times_counts_once() -> None:
    once = executed(parts(value=3.0))
    thrice = executed(parts(value=1.0), parts(value=2.0), parts(value=3.0))
    page = made(thrice)
    assert page.select_one(".clv-headline .clv-value").get_text() == "£3.00"
    assert len(page.select(".clv-headline")) == len(page.select(".clv-freshness")) == 1
    answer = record.answer_of(thrice)
    assert answer is not None
    assert [metric.value for metric in answer.metrics] == [3.0]
    assert repr(answer) == repr(record.answer_of(once))


def test_files_are_written_from_exhibits_once_each(tmp_path: Path) -> None:
    sizes = record.save_files(executed(parts(), parts()), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ledger.csv", "ledger.parquet"]
    assert sizes == {"ledger": {path.name: path.stat().st_size for path in tmp_path.iterdir()}}
    page = made(executed(parts()), saved=sizes)
    assert [link["href"] for link in page.select(".clv-files a")] == ["ledger.csv", "ledger.parquet"]


def test_the_record_is_what_was_shown_last() -> None:
    notebook = executed(parts(value=1.0), parts(value=2.0))
    assert record.title_of(notebook).key == "customer_value.title"
    assert record.freshness_of(notebook).rows == 10
    assert [note.level for note in record.notices_of(executed(parts()))] == ["warning"]
    assert [type(each).__name__ for each in record.exhibits(executed(parts()))] == [
        "Title", "Freshness", "Answer", "TopNotices", "Notice", "Section", "Table", "File", "Section",
    ]  # fmt: skip
    empty = new_notebook(cells=[cell_with("1")])
    assert record.answer_of(empty) is record.freshness_of(empty) is record.title_of(empty) is None


def test_numbers_of_the_last_run_stand_beside_those_of_this() -> None:
    before = Before(when="1998-05-31", values={"customer_value.metrics.past_value": 1000.0})
    page = made(executed(parts()), before=before)
    assert page.select_one(".clv-before").get_text() == "was £1,000 on 31 May 1998"
    assert made(executed(parts())).select_one(".clv-before") is None


def test_a_failed_page_offers_no_files_of_exhibits() -> None:
    failure = Failure(headline="x")
    page = made(executed(parts()), failure=failure, saved={"ledger": {"ledger.csv": 1}})
    assert "ledger.csv" not in page.get_text()
    assert not page.select(".clv-files")


def test_outputs_without_exhibits_stay_as_they_are() -> None:
    notebook = executed(parts())
    notebook.cells.append(cell_with("1 + 1", output({"text/plain": "2"})))
    assert "2" in [text.get_text().strip() for text in made(notebook).select("pre")]


def test_a_title_of_the_user_is_escaped_and_wins() -> None:
    notebook = executed([Title(key="customer_value.title", text_of_user="<b>Ours</b>")])
    page = made(notebook)
    assert page.h1.get_text() == page.title.get_text() == "<b>Ours</b>"
    assert page_title(notebook, "value", ENGLISH) == "<b>Ours</b>"
