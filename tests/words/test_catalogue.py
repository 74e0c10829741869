"""What is said is in the catalogue, and what is in the catalogue is said."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from clvlab import words
from clvlab.words import catalogue

ROOT = Path(__file__).resolve().parents[2]
SAID = re.compile(r"""\bsay\(\s*["']([\w.]+)["']""")


def without_examples(text: str) -> str:
    return re.sub(r'"""(.*?)"""', "", text, flags=re.DOTALL)


def sources() -> Iterator[tuple[str, str]]:
    for path in sorted((ROOT / "clvlab").rglob("*")):
        if path.suffix in (".py", ".j2") and "_notebooks" not in path.parts:
            text = path.read_text(encoding="utf-8")
            yield str(path.relative_to(ROOT)), without_examples(text) if path.suffix == ".py" else text
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        yield str(path.relative_to(ROOT)), "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "code")


def test_whatever_is_said_is_in_the_catalogue() -> None:
    known = set(words.keys("en"))
    missing = [(key, place) for place, text in sources() for key in SAID.findall(text) if key not in known]
    assert missing == []


def test_whatever_is_in_the_catalogue_is_said() -> None:
    """A key counts as said where it stands in quotes, or where code puts its section before a name."""
    if not any((ROOT / "notebooks").glob("*.ipynb")):
        pytest.skip("the notebooks that say most of it are not here yet")
    everything = "\n".join(text for _, text in sources())
    composed = set(re.findall(r"""f["'](\w+)\.\w*\{""", everything))
    # "missing customer" becomes reasons.missing_customer; f"tables.changes_{answer}" and f"sentences.{name}{end}" are
    # made of a quoted part and another
    quoted = {each.rpartition(".")[2].replace(" ", "_") for each in re.findall(r"""["']([\w. ]+)["']""", everything)}
    begins = set(re.findall(r"""f["']\w+\.(\w+_)\{""", everything))
    ends = [each for each in quoted if each.startswith("_")] + [""]

    def is_composed(key: str) -> bool:
        section, _, name = key.partition(".")
        whole = any(name.removesuffix(end) in quoted for end in ends)
        return section in composed and (whole or name.startswith(tuple(begins)))

    unsaid = [
        key
        for key in words.keys("en")
        if not re.search(rf"""["']{re.escape(key)}["']""", everything) and not is_composed(key)
    ]
    assert unsaid == []


@pytest.mark.parametrize("language", words.languages())
def test_languages_say_the_same_with_the_same_values(language: str) -> None:
    english, other = catalogue._catalogue("en"), catalogue._catalogue(language)
    assert set(other) == set(english)

    def values(entry: object) -> set[str]:
        forms = list(entry.values()) if isinstance(entry, dict) else [entry]
        return {name for form in forms if isinstance(form, str) for name in re.findall(r"(?<!\{)\{(\w+)", form)}

    for key, entry in other.items():
        assert values(entry) == values(english[key]), key
