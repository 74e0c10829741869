"""A run makes a page in each language asked for; on the Chinese ones nothing is English but code, names and data."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from languages_told import english_on, held, texts_of
from running import report

import clvlab as clv

NAMES = ["actions", "audit", "customer_base", "next_product", "segments_and_grades", "voice_of_customer"]
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def data() -> set[str]:
    company = clv.datasets.company()
    return held(company.frame(name) for name in company) | {str(name) for t in company for name in company.frame(t)}


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("both")
    done = report(folder, *NAMES, "--language", "en,zh")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.mark.parametrize("name", [*NAMES, "index"])
def test_a_chinese_page_has_no_english(out: Path, data: set[str], name: str) -> None:
    page = (out / f"{name}.zh.html").read_text(encoding="utf-8")
    assert english_on(page, data) == []
    soup = BeautifulSoup(page, "html.parser")
    assert soup.html is not None
    assert soup.html["lang"] == "zh"
    assert [each.get_text() for each in soup.select("details.log")] == []  # as matplotlib's, of a glyph it misses


def test_the_hunt_for_english_finds_it(out: Path, data: set[str]) -> None:
    assert len(english_on((out / "audit.html").read_text(encoding="utf-8"), data)) > 30


@pytest.mark.parametrize("name", [*NAMES, "index"])
def test_pages_of_one_run_lead_to_each_other(out: Path, name: str) -> None:
    pages = {code: out / f"{name}{'' if code == 'en' else '.zh'}.html" for code in ("en", "zh")}
    for code, other in (("en", "zh"), ("zh", "en")):
        soup = BeautifulSoup(pages[code].read_text(encoding="utf-8"), "html.parser")
        link = soup.select_one("a.language")
        assert link is not None
        assert (link["href"], link["hreflang"]) == (pages[other].name, other)


def test_both_say_the_same_numbers(out: Path) -> None:
    told = [texts_of((out / f"audit{end}.html").read_text(encoding="utf-8")) for end in ("", ".zh")]
    counts = [sum(text.endswith("%") for text in texts) for texts in told]
    assert counts[0] == counts[1] > 100


def test_a_failed_page_speaks_chinese_too(tmp_path: Path, data: set[str]) -> None:
    done = report(tmp_path, "audit", "-p", "cohort=1999", "--language", "zh")
    assert done.returncode == 2
    assert "\u2068" not in done.stderr
    assert not (tmp_path / "audit.failed.html").exists()
    for name in ("audit.failed.zh.html", "index.zh.html", "index.html"):
        page = (tmp_path / name).read_text(encoding="utf-8")
        assert english_on(page, data) == [], name
        assert "names no cohort" in BeautifulSoup(page, "html.parser").cite.get_text()  # type: ignore[union-attr]
