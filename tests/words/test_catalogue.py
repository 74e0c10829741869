"""What is said is in the catalogue of every language, and what is in the catalogue is said."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from clvlab.customers.grades import read_actions
from clvlab.data.tables.contract import contract, tables
from clvlab.evaluation.score_records import all_scores
from clvlab.notebooks import shipped
from clvlab.reports.notebooks import declared_in
from clvlab.words import Locale, catalogue, languages

PACKAGE = Path(__file__).resolve().parents[2] / "clvlab"
FILES = {path.stem for path in (PACKAGE / "words" / "en").glob("*.toml")}
KEY = re.compile(rf"({'|'.join(sorted(FILES))})(\.\w+)+")
OF_AN_EXHIBIT = ("title", "prose", "caption", "alt")  # fields that exhibits put behind a key
BRACES = re.compile(r"(?<!\{)\{(\w+)(?::(\w+))?\}")
# an identifier that users give, as documentation says: the package itself makes no such competitor
GIVEN_BY_USERS = {"labels.competitor.seasonal_naive"}
# names of files look like keys
NOT_KEYS = re.compile(r".*\.(csv|parquet|toml|html|ipynb|json|py|xlsx)")


@cache
def trees() -> dict[str, ast.Module]:
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        if "_notebooks" not in path.parts:
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):  # what stands in documentation is not said
                if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
                    node.value.value = None
            found[str(path.relative_to(PACKAGE))] = tree
    return found


def constants() -> Iterator[tuple[str, str]]:
    for place, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield place, node.value
    for path in PACKAGE.rglob("*.j2"):
        for text in re.findall(r"""["']([\w.]+)["']""", path.read_text(encoding="utf-8")):
            yield path.name, text


@cache
def literals() -> dict[str, str]:
    """Keys that stand in the code as such, each with a place."""
    return {text: place for place, text in constants() if KEY.fullmatch(text) and not NOT_KEYS.fullmatch(text)}


@cache
def quoted() -> set[str]:
    """Every other text in quotes: names of columns and identifiers among them, and scores, whose names are columns."""
    scores = {score.id for score in all_scores()}
    return scores | {text for _, text in constants()} | {
        keyword.arg for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.Call)
        for keyword in node.keywords if keyword.arg
    }  # fmt: skip


def groups(keys: set[str]) -> set[str]:
    """What stands before the last parts of keys."""
    return {".".join(key.split(".")[:end]) for key in keys for end in range(1, key.count(".") + 1)}


def values_of(entry: object) -> set[str]:
    forms = list(entry.values()) if isinstance(entry, dict) else entry if isinstance(entry, list) else [entry]
    return {name for form in forms if isinstance(form, str) for name, _ in BRACES.findall(form)}


@pytest.mark.parametrize("language", languages())
def test_whatever_is_said_is_in_the_catalogue(language: str) -> None:
    known = set(catalogue(language))
    exhibits = groups(known)
    assert len(literals()) > 200
    assert [(key, place) for key, place in literals().items() if key not in known and key not in exhibits] == []


@pytest.mark.parametrize("language", languages())
def test_whatever_stands_behind_an_exhibit_is_a_field_of_one(language: str) -> None:
    """A key that is no entry itself is an exhibit's: a title, a caption or an alternative text is what it needs."""
    known = set(catalogue(language))
    bare = [
        key
        for key in literals()
        if key not in known
        and not any(f"{key}.{field}" in known for field in OF_AN_EXHIBIT)
        and not any(each.startswith(f"{key}.heads.") for each in known)
    ]
    assert [key for key in bare if key not in {"labels.span"}] == []


@cache
def notes_of_layouts() -> set[str]:
    """Codes that contracts of tables say of exports they know."""
    return {note for table in tables() for layout in contract(table).layouts for note in layout.notes}


@cache
def parameters_of_notebooks() -> set[str]:
    """Names of parameters, alone and after the notebook's."""
    found = {name: {each.name for each in declared_in(path)} for name, path in shipped().items()}
    return {each for names in found.values() for each in names} | {
        f"{notebook}.{each}" for notebook, names in found.items() for each in names
    }


@cache
def reasons_of_tables() -> set[str]:
    """Why contracts refuse a row."""
    return {rule.reason for table in tables() for rule in contract(table).rules}


@cache
def what_is_done() -> set[str]:
    """Ids of actions and service levels that come with clvlab."""
    table = read_actions()
    return set(table["service"]) | {each for own in table["actions"] for each in own}


@pytest.mark.parametrize("language", languages())
def test_whatever_is_in_the_catalogue_is_said(language: str) -> None:
    """An entry counts as said where its key stands in the code, or where a rule of exhibits or labels makes it."""
    words = catalogue(language)
    formats = {spec for key in words for spec in specs_of(words[key])}

    def is_said(key: str) -> bool:
        if key in literals() or key in GIVEN_BY_USERS or key in notes_of_layouts():
            return True
        group, _, name = key.rpartition(".")
        if key.startswith("labels."):
            _, kind, *identifier = key.split(".", 2)
            if kind == "parameter":
                return ".".join(identifier) in parameters_of_notebooks()
            if kind == "reason" and ".".join(identifier) in reasons_of_tables():
                return True
            if kind in ("action", "service") and ".".join(identifier) in what_is_done():
                return True
            used = kind in quoted() or kind in formats or kind == "span"
            return used and ".".join(identifier) in quoted()
        if key.startswith("numbers."):
            return group == "numbers.signs" or name in quoted()
        if key.startswith("measures.") and name == "name":  # what is defined is shown by its name
            return f"{group}.definition" in literals()
        if group.endswith(".heads"):
            return group.removesuffix(".heads") in literals() and name in quoted()
        return name in OF_AN_EXHIBIT and group in literals()

    assert [key for key in words if not is_said(key)] == []


def forms_of(entry: object) -> list[str]:
    forms = list(entry.values()) if isinstance(entry, dict) else [entry]
    return [form for form in forms if isinstance(form, str)]


def specs_of(entry: object) -> set[str]:
    return {spec for form in forms_of(entry) for _, spec in BRACES.findall(form) if spec}


@pytest.mark.parametrize("language", languages())
def test_every_format_in_braces_is_one(language: str) -> None:
    locale, words = Locale(language), catalogue(language)
    for key in words:
        for spec in specs_of(words[key]):
            assert locale.written(None, spec) == "–", key


@pytest.mark.parametrize("language", languages())
def test_readers_are_told_nothing_in_code(language: str) -> None:
    """``draws=`` is for errors of the library; who reads a page knows no arguments."""
    words = catalogue(language)
    spelled = re.compile(r"\b[a-z_]+=|\bclv\.|\bnan\b")
    said = {key: BRACES.sub("", text) for key in words for text in forms_of(words[key])}
    assert {key: text for key, text in said.items() if spelled.search(text) and ".heads." not in key} == {}


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Notes made and sentences said, with the key."""
    for place, tree in trees().items():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not node.args or not isinstance(node.args[0], ast.Constant):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in ("Note", "say") and isinstance(node.args[0].value, str):
                yield place, node, node.args[0].value


@pytest.mark.parametrize("language", languages())
def test_sentences_are_given_what_they_need(language: str) -> None:
    words = catalogue(language)
    lacking = []
    for place, call, key in calls():
        given = {keyword.arg for keyword in call.keywords}
        if key in words and None not in given:  # what comes as **values is seen by the tests of pages
            entry = words[key]
            needed = values_of(entry) | ({"n"} if isinstance(entry, dict) else set())
            if needed - given:
                lacking.append((place, key, sorted(needed - given)))
    assert lacking == []


@pytest.mark.parametrize("language", languages())
def test_languages_say_the_same_with_the_same_values(language: str) -> None:
    english, other = catalogue("en"), catalogue(language)
    assert list(other) == list(english)
    for key in other:
        assert values_of(other[key]) == values_of(english[key]), key
        assert isinstance(other[key], str) or not isinstance(english[key], str), key


def test_a_toy_language_says_the_same_with_the_same_values(toy: str) -> None:
    test_languages_say_the_same_with_the_same_values(toy)
    test_every_format_in_braces_is_one(toy)


def test_chinese_is_set_without_spaces_around_figures_and_latin_words() -> None:
    """The browser sets the small space between them; typed ones would be found in some sentences and not in others."""
    wide = r"[\u3001-\u303f\u4e00-\u9fff\uff01-\uff60]"
    spaced = re.compile(rf"{wide} +[A-Za-z0-9{{]|[A-Za-z0-9}}%] +{wide}")
    words = catalogue("zh")
    found = [f"{key}: {form}" for key in words for form in forms_of(words[key]) if spaced.search(form)]
    assert found == []
