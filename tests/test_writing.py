"""Pages, docs and docstrings are in plain English: none of the phrases that readers had to read twice."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# Each with what to write instead.
RIDDLES = {
    r"chance of nine in ten": "90 % prediction interval",
    r"what may come": "likely range",
    r"which chance spreads": "the wider 90 % prediction interval",
    r"\bmoney that comes late": "discounted",
    r"purchases that came\b": "actual purchases",
    r"\btotal off by\b": "error in total",
    r"out of the running": "excluded",
    r"\bby heads\b": "by customer count",
    r"\ba trifle\b": "a negligible effect",
    r"beyond chance": "by more than chance",
    r"is no better adds nothing": "has no skill",
    r"data have spoken": "the data dominate the prior",
    r"limits? of silence": "inactivity threshold",
    r"carry the doubt": "reflect this uncertainty",
    r"for want of memory": "because it ran out of memory",
    r"expects too little of everybody": "is too low",
    r"worth its trouble": "adds nothing",
    r"\bstands? beside\b.*\bwith and without": "are shown below",
    r"\bretention to come": "retention forecast",
    r"\bof late\b": "recently",
    r"\bsurely\b": "certainly",
    r"holds? itself to": "Guarantees",
    r"the year to come": "next year",
    r"all but the same": "nearly identical",
    r"told from chance": "significant",
    r"(?<!drawn )beyond noise|by more than noise": "significant",
    r"\bfortnight": "two weeks",
    r"\blately\b": "recently",
    r"\bwarned of\b": "on the warning list",
    r"\bforetold\b": "forecast",
    r"nine times in ten": "with 90% probability",
    r"\b(row|column|value|entry|line|file) an? (customer|period|segment|cohort|group|item|order|purchase)\b": "per",
}


def files() -> list[Path]:
    found = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md")]
    for folder in ("docs", "clvlab", "notebooks"):
        found += [path for ending in ("md", "py", "toml", "ipynb") for path in (ROOT / folder).rglob(f"*.{ending}")]
    return [path for path in found if "/zh/" not in path.as_posix() and ".ipynb_checkpoints" not in path.as_posix()]


@pytest.mark.parametrize("riddle", RIDDLES)
def test_nothing_is_said_in_riddles(riddle: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:90]}"
        for path in files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if re.search(riddle, line, re.IGNORECASE)
    ]
    assert found == [], f"write: {RIDDLES[riddle]}"


def test_the_hunt_reads_much() -> None:
    assert len(files()) > 300
