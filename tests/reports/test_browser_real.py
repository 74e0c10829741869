"""Every report in both languages, as a run leaves it: accessible, as wide as its window, fetching nothing."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import SCHEMES, WIDTHS, browser_or_skip, opened, sideways, violations

NAMES = sorted(path.stem for path in (Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    yield from browser_or_skip()


@pytest.fixture(scope="module")
def out(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    del browser  # nothing is run where there is none
    folder = tmp_path_factory.mktemp("reports")
    for name in NAMES:
        asked = [sys.executable, "-m", "clvlab.cli", "report", name, "--language", "en,zh", "--out", str(folder)]
        subprocess.run(asked, check=True, stdin=subprocess.DEVNULL, timeout=1800)
    return folder


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", [*NAMES, "index"])
def test_a_report_reads_well_on_every_screen(browser: Any, out: Path, name: str, language: str) -> None:
    path = out / (f"{name}.html" if language == "en" else f"{name}.{language}.html")
    assert path.stat().st_size < 3_000_000
    for width in WIDTHS:
        for scheme in SCHEMES:
            with opened(browser, path, width=width, scheme=scheme) as page:
                page.locator("details").evaluate_all("all => all.forEach(each => { each.open = true; })")
                assert sideways(page) == 0
                assert violations(page) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_table_sorts_by_every_head(browser: Any, out: Path, name: str) -> None:
    with opened(browser, out / f"{name}.html") as page:
        heads = page.locator("th:has(> button)")
        assert heads.count() > 3
        said = heads.evaluate_all(
            "all => all.map(head => { head.firstElementChild.click(); return head.getAttribute('aria-sort'); })"
        )
        assert set(said) <= {"ascending", "descending"}
