"""What an exhibit shows: escaped, accessible, in the reader's words, and safe to open in a spreadsheet."""

import base64
import json
import re
from dataclasses import replace
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup

from clvlab.errors import InputError
from clvlab.notes import Note, Span
from clvlab.pages.exhibits import (
    MIME,
    Answer,
    Before,
    Exhibit,
    Figure,
    File,
    Freshness,
    Metric,
    Notice,
    Section,
    Table,
    Title,
    TopNotices,
    csv_safe,
    exhibit_of,
)
from clvlab.pages.exhibits.drawing import LARGEST_SVG
from clvlab.words import ENGLISH, Locale, WordsError

mpl.use("agg")

EVIL = '<script>alert("x")</script>'
NASTY = [EVIL, '=HYPERLINK("http://x")', "-5", "@cmd", "+1", "\tx", "中国 & co", "plain"]


def nasty_frame() -> pd.DataFrame:
    return pd.DataFrame({"=id": NASTY, "clv": np.linspace(-5, 1500, 8), "n": range(8)})


def curve() -> pd.DataFrame:
    return pd.DataFrame({"customers": [0.0, 0.1, 1.0], "held": [0.0, 0.5, 1.0]})


def soup(exhibit: Exhibit) -> BeautifulSoup:
    return BeautifulSoup(exhibit.html(exhibit.locale), "html.parser")


HOSTILE = {
    "title": Title(text_of_user=EVIL),
    "freshness": Freshness(source=EVIL),
    "answer": Answer(
        sentences=(Note("pagetoy.say", who=EVIL),),
        metrics=(Metric(label=Note("pagetoy.number", who=EVIL), value=1, note=Note("pagetoy.say", who=EVIL)),),
        before=Before(when="2024-01-01", values={"pagetoy.number": 2.0}),
    ),
    "notice": Notice(said=Note("pagetoy.say", who=EVIL)),
    "top notices": TopNotices(notices=(Notice(said=Note("pagetoy.say", who=EVIL), level="warning"),)),
    "table": Table(
        key="pagetoy.t",
        frame=pd.DataFrame(
            {"x": [EVIL], "n": [Note("pagetoy.say", who=EVIL)], "who": [(EVIL, EVIL)]},
            index=pd.Index([EVIL], name="id"),
        ),
        columns={"x": "text", "n": "text", "who": "competitor"},
        caption=Note("pagetoy.t.caption", who=EVIL),
        heads={"x": Note("pagetoy.say", who=EVIL)},
    ),
    "figure": Figure(key="pagetoy.f", drawn_by="concentration", of={"curve": curve()}, values={"who": EVIL}),
    "figure with a caption of its own": Figure(
        key="pagetoy.g", drawn_by="concentration", of={"curve": curve()}, caption=Note("pagetoy.say", who=EVIL)
    ),
    "section": Section(key="pagetoy.s", parts=(Notice(said=Note("pagetoy.say", who=EVIL)),)),
    "file": File(name="x", frame=nasty_frame(), sizes={EVIL: 5000}),
}


@pytest.mark.parametrize("exhibit", HOSTILE.values(), ids=HOSTILE)
def test_nothing_in_a_name_is_executed(exhibit: Exhibit) -> None:
    markup = exhibit.html(ENGLISH)
    page = BeautifulSoup(markup, "html.parser")
    assert "<script" not in markup
    assert not page.find("script")
    assert EVIL in page.get_text() or any(EVIL in img["alt"] for img in page.find_all("img"))
    assert {name for tag in page.find_all(True) for name in tag.attrs if name.startswith("on")} == set()
    if not isinstance(exhibit, Figure):  # the caption is not its alternative text
        assert EVIL in exhibit.text(ENGLISH)
    back = exhibit_of(json.loads(json.dumps(exhibit._repr_mimebundle_())))
    assert back is not None
    assert back.html(ENGLISH) == markup


def test_a_quote_does_not_end_an_attribute() -> None:
    figure = Figure(key="pagetoy.f", drawn_by="concentration", of={"curve": curve()}, values={"who": '" onload="x'})
    assert soup(figure).img["alt"] == 'Seen: " onload="x'
    file = File(name="x", frame=nasty_frame(), sizes={'"><img src=x>.csv': 1})
    assert soup(file).find("img") is None


# Tables


def table(frame: pd.DataFrame, columns: dict[str, str], **more: object) -> Table:
    return Table(key="pagetoy.t", frame=frame, columns=columns, caption=Note("pagetoy.t.caption", who="it"), **more)  # type: ignore[arg-type]


def test_a_table_has_caption_heads_and_scopes() -> None:
    frame = pd.DataFrame({"x": [1.0, 2.0], "n": [1, 2]}, index=pd.Index(["a", "b"], name="id"))
    page = soup(table(frame, {"x": "number1", "n": "number0"}))
    assert page.caption.get_text() == "Look at it"
    assert [head.get_text() for head in page.select("thead th[scope=col]")] == ["Id <i>", "X", "N"]
    assert [head.get_text() for head in page.select("tbody th[scope=row]")] == ["a", "b"]
    assert [cell.get_text() for cell in page.select("td.num")] == ["1.0", "1", "2.0", "2"]
    assert page.select_one(".clv-scroll > table")
    assert page.select_one(".clv-more") is None


def test_columns_are_shown_in_the_order_asked_for_and_no_others() -> None:
    frame = pd.DataFrame({"x": [1.0], "n": [2], "hidden": [3]})
    assert [cell.get_text() for cell in soup(table(frame, {"n": "number0", "x": "number1"})).select("td")] == [
        "2",
        "1.0",
    ]


def test_a_table_folds_intervals_and_shares_decimals() -> None:
    frame = pd.DataFrame({"x": [1652.4, 2.25], "x_low": [1570, np.nan], "x_high": [1737, np.nan]})
    page = soup(table(frame, {"x": "number"}, intervals=("x",)))
    first, second = page.select("td")
    assert first.get_text() == "1,652 1,570 to 1,737"
    assert second.get_text() == "2"
    assert "x_low" not in str(page)
    with pytest.raises(InputError, match="no column 'y'"):
        table(frame, {"y": "money"})
    with pytest.raises(InputError, match="x_low_low"):
        table(frame, {"x": "number"}, intervals=("x_low",))


def test_an_interval_without_its_value_stands_alone_and_sorts_by_its_upper_end() -> None:
    frame = pd.DataFrame({"x": [np.nan, np.nan], "x_low": [0.0, np.nan], "x_high": [41.5, np.nan]})
    first, second = soup(table(frame, {"x": "number0"}, intervals=("x",))).select("td")
    assert first.get_text() == "0 to 42"
    assert first["data-sort"] == "41.5"
    assert second.get_text() == "–"
    assert second["data-sort"] == ""


def test_cells_sort_by_what_is_behind_the_text() -> None:
    frame = pd.DataFrame(
        {"x": [1234567.891, np.nan], "when": pd.to_datetime(["2024-01-31", None]), "who": ["b", "a"]},
        index=pd.Index([10, 9], name="n"),
    )
    page = soup(table(frame, {"x": "money0", "when": "date", "who": "text"}))
    rows = [[cell.get("data-sort") for cell in row.find_all(["th", "td"])] for row in page.select("tbody tr")]
    assert rows == [["10.0", "1234567.891", "2024-01-31T00:00:00", None], ["9.0", "", None, None]]
    assert [cell.get_text() for cell in page.select("tbody tr:first-child td")] == ["1,234,568", "31 January 2024", "b"]


def test_rows_shown_of_all() -> None:
    frame = pd.DataFrame({"x": np.arange(500.0)})
    page = soup(table(frame, {"x": "number0"}, in_file=True))
    assert len(page.select("tbody tr")) == 200
    assert page.select_one(".clv-more").get_text() == (
        "Showing the first 200 of 500 rows. All 500 rows are in the file."
    )
    assert "first 3 of 500 rows" in soup(table(frame, {"x": "number0"}, rows=3)).get_text()
    carried = soup(table(frame.head(3), {"x": "number0"}, rows=3, total=1234)).get_text()
    assert "first 3 of 1,234 rows" in carried
    assert "in the file" not in carried
    assert "Showing" not in soup(table(frame, {"x": "number0"}, rows=500)).get_text()


def test_an_empty_table_says_so() -> None:
    page = soup(table(pd.DataFrame({"x": np.array([], dtype=float)}), {"x": "number"}))
    assert "There are no rows to show." in page.get_text()
    assert page.select("thead th")


def test_identifiers_are_names_made_when_shown(toy: str) -> None:
    frame = pd.DataFrame({"who": ["last_period", "my own"], "n": [("last_period", "x"), None]})
    shown = table(frame, {"who": "competitor", "n": "competitor"})
    assert [cell.get_text() for cell in soup(shown).select("td")] == ["last period", "last period, x", "my own", "–"]
    markup = Table(key="orders.ledger", frame=frame.assign(reason="duplicate"), columns={"reason": "reason"},
                   caption=Note("orders.ledger.caption", n=2)).html(Locale(toy))  # fmt: skip
    assert "EQUAL TO AN EARLIER ROW" in markup
    assert "HOW EACH OF THE 2 ROWS READ WAS USED" in markup
    assert "ROW IS" in markup


def test_an_identifier_is_never_written_as_a_number() -> None:
    frame = pd.DataFrame({"x": [1.0]}, index=pd.Index([18621], name="id"))
    assert soup(table(frame, {"id": "text", "x": "number0"})).select_one("tbody th").get_text() == "18621"


# Files


def test_csv_is_inert_and_parquet_is_raw(tmp_path: Path) -> None:
    paths = File(name="customers", frame=nasty_frame()).save(tmp_path / "made")
    assert [path.name for path in paths] == ["customers.csv", "customers.parquet"]
    assert paths[0].read_bytes().startswith(b"\xef\xbb\xbf")
    read = pd.read_csv(paths[0])
    assert list(read.columns) == ["'=id", "clv", "n"]
    assert read["'=id"].tolist() == [NASTY[0], *("'" + text for text in NASTY[1:6]), *NASTY[6:]]
    assert read["clv"].iloc[0] == -5
    assert pd.read_parquet(paths[1])["=id"].tolist() == NASTY


def test_files_take_what_frames_hold(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "mixed": np.array([1, "=x", None], dtype=object),
            "kind": pd.Categorical(["-a", "b", "-a"]),
            "when": pd.to_datetime(["2020-01-01"] * 3),
            "flag": [True, False, True],
            ("a", "=b"): [1, 2, 3],
        },
        index=pd.Index(["=1", "c2", "c3"], name="customer_id"),
    )
    File(name="mixed", frame=frame).save(tmp_path)
    read = pd.read_csv(tmp_path / "mixed.csv")
    assert read["customer_id"].tolist() == ["'=1", "c2", "c3"]
    assert read["kind"].tolist() == ["'-a", "b", "'-a"]
    assert read["mixed"].tolist()[:2] == ["1", "'=x"]
    assert read["a =b"].tolist() == [1, 2, 3]
    assert len(pd.read_parquet(tmp_path / "mixed.parquet")) == 3


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\tx", "\rx", "\nx"])
def test_text_that_a_spreadsheet_would_run_is_inert(value: str) -> None:
    assert csv_safe(value) == "'" + value
    assert csv_safe(" " + value) == " " + value


@pytest.mark.parametrize("name", ["../x", "a/b", "x.csv", "", ".hidden", "index html", "a\n", "é"])
def test_file_names_stay_in_the_folder(name: str) -> None:
    with pytest.raises(InputError, match="file name"):
        File(name=name, frame=nasty_frame())


def test_a_file_links_what_was_written_and_else_says_how_to_save() -> None:
    file = File(name="customers", frame=nasty_frame())
    assert "customers: 8 rows" in soup(file).get_text()
    assert soup(file).find("a") is None
    linked = soup(replace(file, sizes={"customers.csv": 1_234_567, "customers.parquet": 300}))
    assert [link["href"] for link in linked.find_all("a", download=True)] == ["customers.csv", "customers.parquet"]
    assert "1.2 MB" in linked.get_text()
    assert "1 kB" in linked.get_text()


def test_sizes_of_files_are_words_too(toy: str) -> None:
    file = File(name="customers", frame=nasty_frame(), sizes={"customers.csv": 1_234_567, "customers.parquet": 300})
    shown = file.html(Locale(toy))
    assert "1.2 MB" in shown
    assert "1 KB" in shown


# The answer


@pytest.mark.parametrize(
    ("interval", "said"),
    [("credible", "90% credible interval"), ("prediction", "90% prediction interval"),
     ("confidence", "90% confidence interval")],
)  # fmt: skip
def test_an_interval_says_which_it_is(interval: str, said: str) -> None:
    metric = Metric(label=Note("pagetoy.number", who="all"), value=48211.0, low=44105.0, high=52410.0,
                    interval=interval, kind="money")  # type: ignore[arg-type]  # fmt: skip
    assert metric.between(Locale(currency="GBP")) == f"{said}: £44,105 to £52,410"
    assert metric.written(Locale(currency="GBP")) == "£48,211"
    assert replace(metric, interval=None).between(ENGLISH) == ""
    assert replace(metric, low=float("nan")).between(ENGLISH) == ""


def test_the_answer_compares_with_the_last_run_by_identity_whatever_the_language(toy: str) -> None:
    metric = Metric(label=Note("customer_value.metrics.past_value"), value=2607.0, kind="money")
    other = Metric(label=Note("customer_value.metrics.mean_value"), value=1.0, kind="money")
    before = Before(when="2024-05-31", values={"customer_value.metrics.past_value": 2500.0})
    answer = Answer(sentences=(Note("customer_value.answer.no_amounts"),), metrics=(metric, other), before=before)
    first, second = soup(answer).select(".clv-tiles > div")
    assert first.dt.get_text() == "Already earned"
    assert first.select_one(".clv-before").get_text() == "was 2,500 on 31 May 2024"
    assert second.select_one(".clv-before") is None
    assert soup(answer.into(toy)).select_one(".clv-before").get_text() == "WAS 2,500 ON 2024年5月31日"
    same = replace(answer, before=Before(when="2024-05-31", values={metric.identity: 2607.2}))
    assert soup(same).select_one(".clv-before") is None  # written alike
    assert answer.lead(ENGLISH).startswith("These orders have no amounts")
    assert Answer().lead(ENGLISH) == ""
    assert Answer().tiles(ENGLISH) == ""


def test_a_number_nobody_knows_is_a_dash() -> None:
    metric = Metric(label=Note("pagetoy.number", who="all"), value=None)
    assert metric.written(ENGLISH) == replace(metric, value=float("nan")).written(ENGLISH) == "–"


def test_freshness_leaves_out_what_is_unknown() -> None:
    whole = Freshness(as_of=pd.Timestamp("1998-06-30"), first=pd.Timestamp("1997-01-01"),
                      last=pd.Timestamp("1998-06-30"), rows=6919, customers=2357, source="orders.csv")  # fmt: skip
    assert whole.text(ENGLISH) == (
        "As of 30 June 1998 · orders from 1 January 1997 to 30 June 1998 · 6,919 rows · 2,357 customers · "
        "source: orders.csv"
    )
    assert Freshness(rows=1).text(ENGLISH) == "1 row · source: simulated"
    assert "–" not in Freshness().text(ENGLISH)


def test_a_title_is_the_users_own_or_the_pages() -> None:
    assert Title(key="customer_value.title").text(ENGLISH) == "What are our customers worth?"
    assert Title(key="customer_value.title", text_of_user="  ").text(ENGLISH) == "What are our customers worth?"
    assert Title(key="customer_value.title", text_of_user="Mine").text(ENGLISH) == "Mine"


@pytest.mark.parametrize(("level", "head"), [("info", "Note."), ("warning", "Please note.")])
def test_a_notice_says_how_grave_it_is(level: str, head: str) -> None:
    page = soup(Notice(said=Note("pagetoy.say", who="a < b"), level=level))  # type: ignore[arg-type]
    assert page.strong.get_text() == head
    assert "Said of a < b." in page.get_text()
    assert f"clv-{level}" in page.div["class"]


# Figures and sections


@pytest.mark.parametrize(("points", "pixels"), [(50, False), (20_000, True)])
def test_a_figure_stays_small_and_its_text_is_text(points: int, pixels: bool) -> None:
    import matplotlib.pyplot as plt

    x = np.linspace(0, 1, points)
    noise = np.random.default_rng(1).random(points)
    frame = pd.DataFrame({"customers": x, "held": np.maximum.accumulate(x**0.5) + 0.1 * noise * (points > 100)})
    figure = Figure(key="pagetoy.f", drawn_by="concentration", of={"curve": frame}, values={"who": "all"})
    image = soup(figure).img
    svg = base64.b64decode(image["src"].removeprefix("data:image/svg+xml;base64,")).decode("utf-8")
    assert len(svg) < LARGEST_SVG
    assert ("<image" in svg) == pixels
    assert f">{ENGLISH.say('figures.share_of_value')}</text>" in svg
    assert image["alt"] == figure.text(ENGLISH) == "Seen: all"
    assert soup(figure).figcaption.get_text() == "Below: all"
    assert figure.html(ENGLISH) == figure.html(ENGLISH)  # the same bytes, run after run
    assert not plt.get_fignums()


def test_a_figure_without_alternative_text_is_refused() -> None:
    figure = Figure(key="pagetoy.bare", drawn_by="concentration", of={"curve": curve()})
    with pytest.raises(WordsError, match=r"no 'pagetoy.bare.alt'"):
        figure.html(ENGLISH)
    assert soup(Figure(key="pagetoy.g", drawn_by="concentration", of={"curve": curve()})).figcaption is None


def test_a_section_without_exhibits_is_not_shown() -> None:
    empty = Section(key="pagetoy.s", parts=(Section(key="pagetoy.bare"),))
    assert empty.html(ENGLISH) == ""
    assert empty._repr_mimebundle_()["text/html"] == ""
    assert empty._repr_mimebundle_()["text/plain"] == ""
    assert MIME in empty._repr_mimebundle_()
    alone = soup(replace(empty, alone=True))
    assert alone.h2.get_text() == "Section"
    assert alone.em.get_text() == "prose"


def test_a_section_shows_its_parts_in_order_and_knows_its_files() -> None:
    file = File(name="x", frame=nasty_frame())
    inner = Section(key="pagetoy.bare", parts=(file,))
    outer = Section(key="pagetoy.s", parts=(Notice(said=Note("pagetoy.say", who="it")), inner))
    text = soup(outer).get_text()
    assert text.index("Said of it.") < text.index("Bare") < text.index("x: 8 rows")


# In JupyterLab


@pytest.mark.parametrize("exhibit", HOSTILE.values(), ids=HOSTILE)
def test_an_output_carries_html_text_and_the_exhibit(exhibit: Exhibit) -> None:
    bundle = exhibit._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain", MIME}
    assert str(bundle["text/html"]).startswith("<style>")
    assert bundle["text/plain"] == repr(exhibit) != ""
    assert "<style>" not in repr(exhibit)
    json.dumps(bundle, allow_nan=False)
    back = exhibit_of(bundle)
    assert type(back) is type(exhibit)


def test_an_output_of_something_else_is_no_exhibit() -> None:
    assert exhibit_of({"text/html": "<p>x</p>"}) is None
    assert exhibit_of({MIME: {"$": "note", "code": "a.b", "values": {}}}) is None


def test_an_exhibit_holds_no_sentences() -> None:
    """What a record says in words comes from the data; codes are said when it is shown."""
    exhibit = Notice(said=Note("customer_value.answer.top_tenth_holds", share=0.5, median=Span(2, "week")))
    assert not re.search("most valuable 10%", json.dumps(exhibit.record()))
    assert "most valuable 10%" in exhibit.text(ENGLISH)


def test_a_table_carries_all_rows_and_shows_the_first() -> None:
    frame = pd.DataFrame({"x": [3.5, 1.25, np.nan]}, index=pd.Index(["a", "</script>", "c"], name="id"))
    page = soup(table(frame, {"x": "number1"}, rows=1))
    assert len(page.select("tbody tr")) == 1
    rest = page.select_one("script.clv-rest")
    assert rest["type"] == "application/json"
    assert json.loads(rest.get_text()) == [["&lt;/script&gt;", ["1.2", "1.25"]], ["c", ["–", ""]]]
    assert soup(table(frame, {"x": "number1"})).select_one("script") is None


@pytest.mark.parametrize("text", ["a;=1+1", 'a; "@x', "a\t+1", "a\n-1"])
def test_parts_that_a_spreadsheet_would_split_off_are_inert(text: str) -> None:
    safe = str(csv_safe(text))
    assert safe.replace("'", "") == text
    assert not re.search(r"[;\t\n][\s\"]*[=+\-@]", safe)
