"""Segments of a report side by side: every headline number with its interval, in both languages."""

import json
import os
from pathlib import Path
from typing import cast

import pytest
from bs4 import BeautifulSoup
from report_toys import code, command, write

from clvlab.errors import InputError
from clvlab.notes import Note
from clvlab.pages.exhibits import Answer, Metric
from clvlab.pages.exhibits.codec import encode
from clvlab.reports.finishing import digest
from clvlab.reports.index import write_indexes
from clvlab.reports.plan import read_plan
from clvlab.reports.shapes import Manifest, NotebookRecord, RunRecord
from clvlab.words import Locale

SHOWING = """
import pandas as pd
from clvlab.notes import Note
from clvlab.pages.exhibits import Answer, Freshness, Metric, Title
if value < 0:
    raise RuntimeError("asked to fail")
display(Title(key="customer_value.title"))
display(Freshness(as_of=pd.Timestamp("1998-06-30"), rows=6919, customers=2357, source="orders.csv"))
display(Answer(sentences=(Note("customer_value.answer.no_amounts"),), metrics=(
    Metric(label=Note("customer_value.metrics.past_value"), value=value, low=value - 1, high=value + 1,
           interval="credible"),)))
"""
PLAN = """
languages = ["en", "zh"]
[[reports]]
notebook = "notebooks/toy.ipynb"
name = "by_country"
[reports.segments."Côte d'Or"]
value = 12.0
[reports.segments.de]
value = 30.0
"""


def answer(value: float, *, currency: str | None = None, second: bool = True) -> Answer:
    metrics = [Metric(label=Note("customer_value.metrics.past_value"), value=value, kind="money", low=value - 1,
                      high=value + 1, interval="credible")]  # fmt: skip
    if second:
        metrics.append(Metric(label=Note("customer_value.metrics.mean_value"), value=value * 2, low=value,
                              high=value * 3, interval="prediction", kind="money"))  # fmt: skip
    return Answer(locale=Locale("en", currency), metrics=tuple(metrics))


def record(
    segment: str, told: Answer, *, day: str = "2024-05-31", good: bool = True, **parameters: object
) -> NotebookRecord:
    name = f"by_country-{segment}"
    return cast(
        NotebookRecord,
        {
            "notebook": name, "title": f"Worth? · {segment}", "titles": {"en": f"Worth? · {segment}"},
            "started": "2024-06-01T02:30:00+00:00", "seconds": 1.0, "exit_code": 0 if good else 1,
            "message": "", "failure": None, "language": "en", "parameters": {"orders": f"{segment}.csv", **parameters},
            "seeds": {},
            "inputs": [{"parameter": "orders", "name": f"{segment}.csv", "bytes": 1, "sha256": "", "rows": 1}],
            "results": {"answer": encode(told), "freshness": {"as_of": day, "customers": 1200}, "notices": []},
            "previous": {}, "page": f"{name}.html", "pages": {"en": f"{name}.html"}, "files": [],
            "segment": segment, "of": "by_country",
        },
    )  # fmt: skip


def run(*records: NotebookRecord, sides: dict[str, dict[str, str]] | None = None) -> RunRecord:
    told = {"id": records[0]["started"], "started": records[0]["started"], "seconds": 1.0, "exit_code": 0,
            "versions": {},
            "commit": None, "not_run": [], "notebooks": list(records)}  # fmt: skip
    return cast(RunRecord, told if sides is None else told | {"side_by_side": sides})


def written(folder: Path, *runs: RunRecord) -> dict[str, dict[str, str]]:
    for each in runs:
        for one in each["notebooks"]:
            if one["exit_code"] == 0:
                (folder / str(one["page"])).write_text("a page", encoding="utf-8")
    told: Manifest = {"format": 2, "names": [], "runs": list(runs), "past": []}
    return write_indexes(folder, told, ("en", "zh"))


def table(folder: Path, name: str) -> list[list[str]]:
    page = BeautifulSoup((folder / name).read_text(encoding="utf-8"), "html.parser")
    return [[cell.get_text("|", strip=True) for cell in row(["th", "td"])] for row in page("tr")]


def test_a_row_a_segment_with_every_number_and_interval(tmp_path: Path) -> None:
    uk, de = record("uk", answer(1000.0, currency="GBP")), record("de", answer(2000.0, currency="GBP"))
    assert written(tmp_path, run(uk, de)) == {"by_country": {"en": "by_country.html", "zh": "by_country.zh.html"}}
    head, *rows = table(tmp_path, "by_country.html")
    assert head[0] == "Segment"
    assert [each.split("|")[-1] for each in head[1:3]] == ["90% credible interval", "90% prediction interval"]
    assert [row[0] for row in rows] == ["de", "uk"]
    assert rows[0][1].startswith("£2,000|£1,999")
    assert rows[1][2].startswith("£2,000|£1,000")
    assert rows[0][3:] == ["1,200", "31 May 2024"]
    page = BeautifulSoup((tmp_path / "by_country.html").read_text(encoding="utf-8"), "html.parser")
    assert [a["href"] for a in page.select("tbody a")] == ["by_country-de.html", "by_country-uk.html"]
    assert not page.select(".clv-warning")
    assert not page("script")
    assert page.h1 is not None
    assert "Worth?" in page.h1.get_text()
    assert "uk" not in page.h1.get_text()
    index = BeautifulSoup((tmp_path / "index.html").read_text(encoding="utf-8"), "html.parser")
    assert [a["href"] for a in index.select("h2 a")] == ["by_country.html", "by_country-de.html", "by_country-uk.html"]
    chinese = table(tmp_path, "by_country.zh.html")
    assert chinese[0][0] == "细分"
    assert chinese[1][-1] == "2024年5月31日"


def test_pages_allow_every_style_they_have(tmp_path: Path) -> None:
    written(tmp_path, run(record("uk", answer(1.0)), record("de", answer(2.0))))
    for name in ("index.html", "by_country.html"):
        page = BeautifulSoup((tmp_path / name).read_text(encoding="utf-8"), "html.parser")
        policy = page.select("meta[http-equiv]")[0]["content"]
        assert len(page("style")) == 1
        assert all(digest(style.string or "") in policy for style in page("style"))
        assert not page.select("[style]")


def test_what_makes_segments_less_comparable_is_said(tmp_path: Path) -> None:
    uk = record("uk", answer(1000.0, currency="GBP"), currency="GBP", horizon=26)
    de = record("de", answer(2000.0, currency="EUR", second=False), day="2024-04-30", currency="EUR", horizon=52)
    written(tmp_path, run(uk, de))
    page = BeautifulSoup((tmp_path / "by_country.html").read_text(encoding="utf-8"), "html.parser")
    said = " ".join(each.get_text() for each in page.select(".clv-warning"))
    assert "30 April 2024 to 31 May 2024" in said
    assert "currencies" in said
    assert "horizon" in said
    assert "orders" not in said
    assert table(tmp_path, "by_country.html")[1][1:3] == ["€2,000|€1,999 to €2,001", "–"]


def test_one_segment_is_no_comparison_and_an_old_page_goes(tmp_path: Path) -> None:
    uk, de = record("uk", answer(1.0)), record("de", answer(2.0))
    sides = written(tmp_path, run(uk, de))
    assert (tmp_path / "by_country.html").is_file()
    assert written(tmp_path, run(uk, sides=sides)) == {}
    assert not (tmp_path / "by_country.html").exists()
    assert not (tmp_path / "by_country.zh.html").exists()


def test_a_segment_that_failed_keeps_its_last_numbers(tmp_path: Path) -> None:
    first = run(record("uk", answer(10.0)), record("de", answer(20.0)))
    later = run(record("uk", answer(99.0), good=False))
    later["id"] = "later"
    written(tmp_path, first, later)
    rows = table(tmp_path, "by_country.html")
    assert rows[2][0].startswith("uk|")
    assert rows[2][1].startswith("10")
    assert "|" not in rows[1][0]


def test_a_plan_keeps_the_name_for_the_comparison(tmp_path: Path) -> None:
    write(tmp_path, "toy", code("from clvlab.parameters import Positive\nvalue: float = 1.0", "parameters"))
    path = tmp_path / "reports.toml"
    path.write_text(PLAN + '[[reports]]\nnotebook = "notebooks/toy.ipynb"\nname = "by_country"\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"by_country\.html"):
        read_plan(path)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="links of POSIX")
def test_a_run_places_and_records_it(tmp_path: Path) -> None:
    write(tmp_path, "toy", code("value: float = 1.0", "parameters"), code(SHOWING))
    (tmp_path / "reports.toml").write_text(PLAN, encoding="utf-8")
    done = command(tmp_path, "report", "--plan", "reports.toml")
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "reports" / "manifest.json").read_text(encoding="utf-8"))
    assert told["runs"][-1]["side_by_side"] == {"by_country": {"en": "by_country.html", "zh": "by_country.zh.html"}}
    assert (tmp_path / "reports" / "by_country.zh.html").is_symlink()
    assert {row[1] for row in table(tmp_path / "reports", "by_country.html")[1:]} == {"12|11 to 13", "30|29 to 31"}
    (tmp_path / "reports.toml").write_text(PLAN.replace("30.0", "-1.0"), encoding="utf-8")
    done = command(tmp_path, "report", "--plan", "reports.toml")
    assert done.returncode == 1
    rows = table(tmp_path / "reports", "by_country.html")
    assert any(row[0].startswith("de|") and row[1] == "30|29 to 31" for row in rows)
