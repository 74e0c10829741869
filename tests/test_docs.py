"""Every Python example of the README and of docs runs; where it shows a result, that is the result."""

import doctest
import re
from functools import cache
from pathlib import Path

import pytest

import clvlab as clv

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks(page: Path) -> list[tuple[int, str]]:
    """The page's examples, each with the number of its first line, counted from 0."""
    text = page.read_text(encoding="utf-8")
    return [(text.count("\n", 0, found.start(1)), found.group(1)) for found in BLOCK.finditer(text)]


@pytest.fixture(scope="module", autouse=True)
def one_cdnow() -> object:
    """Read CDNOW once for all pages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clv.datasets, "cdnow", cache(clv.datasets.cdnow))
        yield


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page)], ids=lambda page: page.name)
def test_examples_run(page: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {"__name__": page.stem}
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    for line, source in blocks(page):
        if source.startswith(">>>"):
            example = doctest.DocTestParser().get_doctest(source, names, page.name, str(page), line)
            told: list[str] = []
            runner.run(example, out=told.append, clear_globs=False)
            names.update(example.globs)  # the parser gave it a copy
            assert not told, "".join(told)
        else:
            exec(compile("\n" * line + source, str(page), "exec"), names)
    capsys.readouterr()


def test_there_are_examples_to_run() -> None:
    assert {"README.md", "models.md"} <= {page.name for page in PAGES if blocks(page)}
