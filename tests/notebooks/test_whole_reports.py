"""Whole reports, from orders to pages, in both languages; nothing on the Chinese ones is English but code and data."""

import csv
import json
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from languages_told import english_on, held, texts_of
from running import report

import clvlab as clv
from clvlab.reports.cleaning import remote_addresses

LARGEST = 3_000_000
NAMES = ["actions", "audit", "churn", "customer_base", "customer_value", "model_comparison", "next_product",
         "segments_and_grades", "voice_of_customer"]  # fmt: skip
OF_TABLES = ("next_product",)  # without figures
pytestmark = pytest.mark.timeout(1200)  # all reports are made before the first test, minutes on a busy machine
EVIL = ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "O'Brien \"& Sons\"", "=1+1", "+cmd|' /C calc'!A0",
        "-2+3", "@SUM(A1)", "$x^2$", "王芳", "```", "{{ 7*7 }}", "</table>", "javascript:alert(1)"]  # fmt: skip


def page(out: Path, name: str) -> tuple[str, Any]:
    text = (out / f"{name}.html").read_text(encoding="utf-8")
    return text, BeautifulSoup(text, "html.parser")


def check_page(text: str, soup: Any) -> None:
    assert remote_addresses(text) == []
    assert len(text.encode()) < LARGEST
    assert all(picture.get("alt") for picture in soup.find_all("img"))
    for drawing in soup.find_all("svg"):
        assert drawing.get("aria-label") or drawing.find("title") or drawing.get("aria-hidden") == "true"
    assert soup.find("html").get("lang")
    assert soup.find("h1")
    assert "Traceback (most recent" not in text


@pytest.fixture(scope="module")
def default(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("reports")
    done = report(out, "--language", "en,zh")
    assert done.returncode == 0, done.stderr
    return out


@pytest.fixture(scope="module")
def data() -> set[str]:
    """What the records hold, and the names of their columns."""
    company = clv.datasets.company()
    tables = [*(company.frame(name) for name in company), clv.datasets.subscriptions()]
    return held(tables) | {str(column) for table in [*tables, company] for column in table}


@pytest.mark.parametrize("name", NAMES)
def test_pages_stand_alone(default: Path, name: str) -> None:
    for page_name in (name, f"{name}.zh"):
        text, soup = page(default, page_name)
        check_page(text, soup)
        assert soup.select("svg.drawing") or name in OF_TABLES


@pytest.mark.parametrize("name", [*NAMES, "index"])
def test_a_chinese_page_has_no_english(default: Path, data: set[str], name: str) -> None:
    text, soup = page(default, f"{name}.zh")
    assert english_on(text, data) == []
    assert soup.html["lang"] == "zh"
    assert [each.get_text() for each in soup.select("details.log")] == []  # as matplotlib's, of a glyph it misses


def test_the_hunt_for_english_finds_it(default: Path, data: set[str]) -> None:
    assert len(english_on(page(default, "audit")[0], data)) > 30


@pytest.mark.parametrize("name", [*NAMES, "index"])
def test_pages_of_one_run_lead_to_each_other(default: Path, name: str) -> None:
    for code, own, other in (("en", "", ".zh"), ("zh", ".zh", "")):
        link = page(default, f"{name}{own}")[1].select_one("a.language")
        assert (link["href"], link["hreflang"]) == (f"{name}{other}.html", "zh" if code == "en" else "en")


def test_both_say_the_same_numbers(default: Path) -> None:
    told = [texts_of(page(default, f"audit{end}")[0]) for end in ("", ".zh")]
    counts = [sum(text.endswith("%") for text in texts) for texts in told]
    assert counts[0] == counts[1] > 100


def test_a_failed_page_speaks_chinese_too(tmp_path: Path, data: set[str]) -> None:
    done = report(tmp_path, "audit", "-p", "cohort=1999", "--language", "zh")
    assert done.returncode == 2
    assert "\u2068" not in done.stderr
    assert not (tmp_path / "audit.failed.html").exists()
    for name in ("audit.failed.zh", "index.zh", "index"):
        text, soup = page(tmp_path, name)
        assert english_on(text, data) == [], name
        assert "names no cohort" in soup.cite.get_text()


def test_the_comparison_shows_the_published_totals(default: Path) -> None:
    _, soup = page(default, "model_comparison")
    assert "1,882" in soup.select_one(".clv-headline").get_text()
    totals = pd.read_csv(default / "model_scores.csv", index_col="competitor")["total"]
    assert totals["BG/NBD"].round(1) == 1653.4
    assert "lifetimes" in soup.get_text()


def test_the_value_page_leaves_a_file_of_every_customer(default: Path) -> None:
    table = pd.read_csv(default / "customer_value.csv", dtype={"customer_id": str})
    assert len(table) == 2357
    assert table["clv"].is_monotonic_decreasing
    assert table[["clv", "clv_low", "clv_high"]].notna().all(axis=None)


def test_the_churn_page_finds_what_the_simulation_holds(default: Path) -> None:
    _, soup = page(default, "churn")
    said = soup.select_one(".clv-headline").get_text()
    assert "price" in said
    assert "discount=yes" in said
    table = pd.read_csv(default / "early_warning.csv", dtype={"customer_id": str})
    assert len(table) == 927
    assert table["value_at_risk"].dropna().is_monotonic_decreasing
    ratios = pd.read_csv(default / "hazard_ratios.csv").set_index("covariate")
    assert (ratios["low"] < ratios["hazard_ratio"]).all()
    assert ratios.loc["plan=business", "high"] < 1 < ratios.loc["tickets", "low"]


def test_the_list_names_all(default: Path) -> None:
    text, soup = page(default, "index")
    assert {f"{name}.html" for name in NAMES} <= {link["href"] for link in soup.find_all("a")}
    assert remote_addresses(text) == []
    runs = json.loads((default / "manifest.json").read_text(encoding="utf-8"))["runs"]
    assert [run["exit_code"] for run in runs] == [0]
    assert {record["notebook"] for record in runs[0]["notebooks"]} == set(NAMES)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Orders of customers with dangerous names; refunds, zero amounts, and one-timers among them."""
    folder = tmp_path_factory.mktemp("odd orders")
    rows = []
    for i in range(130):
        name = EVIL[i % len(EVIL)] if i < len(EVIL) else f"{EVIL[i % len(EVIL)]} {i}"
        best = i < len(EVIL)  # so that they are shown on the page
        for k in range(9 if best else i % 7 + 1):
            day = pd.Timestamp("2023-01-02") + pd.Timedelta(days=(i * 3) % 90 + k * (27 if best else 7 + i % 23))
            rows.append((name, f"{day:%Y-%m-%d}", f"{(400 if best else 15) + (i * 7 + k * 13) % 60}.50"))
        if i % 10 == 3:
            rows.append((name, f"{day:%Y-%m-%d}", "0"))
        if i % 10 == 6:
            rows.append((name, f"{day + pd.Timedelta(days=2):%Y-%m-%d}", "-5.25"))
    with (folder / "odd.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["customer", "date", "amount"])
        writer.writerows(rows)
    for name in ("customer_value", "churn"):
        done = report(folder / "out", name, "--orders", str(folder / "odd.csv"))
        assert done.returncode == 0, done.stderr
    return folder / "out"


@pytest.mark.parametrize("name", ["customer_value", "churn"])
def test_nothing_in_a_name_is_executed(odd: Path, name: str) -> None:
    text, soup = page(odd, name)
    check_page(text, soup)
    assert soup.select("svg.drawing")
    for script in soup.find_all("script"):
        assert "alert(1)" not in script.get_text() or script.get("type") == "application/json"
    for tag in soup.find_all(True):
        assert not [name for name in tag.attrs if name.startswith("on")]
        assert not str(tag.get("href", "")).startswith("javascript:")
        assert tag.get("src") != "x"
    shown = soup.get_text()
    assert "<script>alert(1)</script>" in shown
    assert "王芳" in shown
    assert "{{ 7*7 }}" in shown


def test_nothing_in_the_table_is_a_formula(odd: Path) -> None:
    with (odd / "customer_value.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 130
    numbers = 0
    for row in rows:
        for name, cell in row.items():
            if name != "customer_id" and cell:
                float(cell)
                numbers += 1
            else:
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r")), cell
    assert numbers > 1000


@pytest.fixture(scope="module")
def grocery(odd: Path) -> Path:
    """The same orders without their amounts."""
    orders = pd.read_csv(odd.parent / "odd.csv", dtype=str, keep_default_na=False)
    orders.drop(columns="amount").to_csv(odd.parent / "grocery.csv", index=False)
    done = report(odd.parent / "grocery", "customer_value", "--orders", str(odd.parent / "grocery.csv"))
    assert done.returncode == 0, done.stderr
    return odd.parent / "grocery"


def test_orders_without_amounts_give_a_page_in_purchases(grocery: Path) -> None:
    text, soup = page(grocery, "customer_value")
    check_page(text, soup)
    said = soup.select_one(".clv-headline").get_text()
    assert "purchases over the next 52 weeks" in said
    assert "have no amounts" in said
    assert len(pd.read_csv(grocery / "customer_value.csv")) == 130


@pytest.mark.parametrize("name", NAMES)
def test_nothing_shown_is_a_raw_name_or_a_dash_for_a_day(default: Path, name: str) -> None:
    _, soup = page(default, name)
    for head in soup.select(".clv-table thead th"):
        assert not re.fullmatch("[a-z0-9]+(_[a-z0-9]+)+", head.get_text())
    assert "As of –" not in soup.get_text()
    assert soup.select_one(".clv-freshness").get_text()
    titles = [title.get_text() for title in soup.select("main h2")]
    assert len(titles) == len(set(titles)) > 3
    assert all(section.find_next_sibling() for section in soup.select("section.prose")[:-1])


def test_the_ledger_tells_of_refunds_and_zeros(odd: Path) -> None:
    _, soup = page(odd, "customer_value")
    said = soup.get_text().lower()
    assert "refund" in said
    assert "zero" in said
