"""What tests share: the folder of real records that stand beside the project, and a language that is made up."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from clvlab.words import register_words
from clvlab.words.catalogue import forget_words

SLOWEST = 7200  # seconds
LONGEST = tuple(str(Path(__file__).parent / name) for name in ("notebooks", "reports", "pages"))
ENGLISH_FILES = Path(__file__).resolve().parents[1] / "clvlab" / "words" / "en"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take longest come first, so that no core waits for the other at the end.

    Slow tests take minutes on a quiet machine: they may take two hours on a busy one.
    """
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.timeout(SLOWEST), append=False)
    items.sort(key=lambda item: not str(item.path).startswith(LONGEST))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real data sets; a test that needs one skips where it is absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real data sets are not here: {folder} is absent")
    return folder


def shouted(text: str) -> str:
    """Text as the toy language has it: in capitals, but for what stands in braces and for addresses of links."""
    kept = r"\{\{|\}\}|\{[^{}]*\}|\]\([^)]*\)"
    parts = re.split(f"({kept})", text)
    return "".join(part if place % 2 else part.upper() for place, part in enumerate(parts))


def _toml(table: object) -> str:
    if isinstance(table, dict):
        inner = ", ".join(f"{json.dumps(name)} = {_toml(value)}" for name, value in table.items())
        return "{ " + inner + " }"
    if isinstance(table, list):
        return "[" + ", ".join(_toml(each) for each in table) + "]"
    return json.dumps(shouted(table) if isinstance(table, str) else table, ensure_ascii=False)


@pytest.fixture(scope="session")
def toy_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A language of its own, as catalogue files: every English file in capitals, counting money in 万 and 亿."""
    folder = tmp_path_factory.mktemp("toy words")
    for file in ENGLISH_FILES.glob("*.toml"):
        told = tomllib.loads(file.read_text(encoding="utf-8"))
        if file.stem == "numbers":
            told |= {"magnitudes": [[10_000, "万"], [100_000_000, "亿"]],
                     "day_month_year": "{year}年{month}{day}日", "month_year": "{year}年{month}",
                     "months": [f"{month}月" for month in range(1, 13)],
                     "short_months": [f"{month}月" for month in range(1, 13)], "comma": "、"}  # fmt: skip
        lines = [f"{json.dumps(name)} = {_toml(value)}" for name, value in told.items()]
        (folder / file.name).write_text("\n".join(lines), encoding="utf-8")
    return folder


@pytest.fixture
def toy(toy_folder: Path) -> Iterator[str]:
    """The code of that language, known for the time of one test."""
    register_words("eo", toy_folder)
    yield "eo"
    forget_words("eo", toy_folder)
