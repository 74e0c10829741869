"""Every note of a floor has its sentence, and every value that the sentence names."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

import clvlab

ROOT = Path(clvlab.__file__).parent
FLOORS = ["data", "churn"]


def nodes(floor: str) -> Iterator[ast.AST]:
    for path in sorted((ROOT / floor).glob("*.py")):
        if path.name != "story.py":
            yield from ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def sentences(floor: str) -> dict[str, list[str]]:
    found = tomllib.loads((ROOT / "words" / "en" / f"{floor}.toml").read_text(encoding="utf-8"))
    return {code: [text] if isinstance(text, str) else list(text.values()) for code, text in found.items()}


@pytest.mark.parametrize("floor", FLOORS)
def test_every_code_has_a_sentence(floor: str) -> None:
    codes = {
        node.value
        for node in nodes(floor)
        if isinstance(node, ast.Constant) and re.fullmatch(rf"{floor}\.[a-z0-9_]+", str(node.value))
    }
    assert codes
    assert {code.partition(".")[2] for code in codes} <= set(sentences(floor))


@pytest.mark.parametrize("floor", FLOORS)
def test_a_sentence_names_only_what_its_note_holds(floor: str) -> None:
    said, seen = sentences(floor), 0
    for node in nodes(floor):
        if (
            isinstance(node, ast.Call)
            and getattr(node.func, "id", "") == "Note"
            and isinstance(node.args[0], ast.Constant)
        ):
            code = str(node.args[0].value).partition(".")[2]
            held = {each.arg for each in node.keywords}
            for text in said[code]:
                assert set(re.findall(r"{([a-z_]+)(?::[a-z0-9]+)?}", text)) <= held, code
                assert text.count("{") == len(re.findall(r"{[a-z_]+(?::[a-z0-9]+)?}", text)), code
            seen += 1
    assert seen > 3


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_of_numbers_imports_no_words(floor: str) -> None:
    imported = {
        name
        for node in nodes(floor)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([str(node.module)] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names])
    }
    assert not {name for name in imported if name.startswith(("clvlab.words", "clvlab.figures", "clvlab.pages"))}
