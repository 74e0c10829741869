"""A package outside clvlab adds one of each kind by one call, sees it work, and takes it away again."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import clvlab as clv
from clvlab.evaluation import Comparison, ComparisonStudy
from clvlab.evaluation.score_records import columns
from clvlab.models import known_models
from clvlab.pages.exhibits import Table
from clvlab.registry import CompetitorEntry, PageEntry, WordsEntry
from clvlab.reports.notebooks import find_notebooks
from clvlab.words import catalogue, languages

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "extension"))

import toy_shop  # noqa: E402

ENGLISH = Path(clv.words.__file__).parent / "en"


@pytest.fixture
def added() -> Iterator[None]:
    for thing in toy_shop.THINGS:
        clv.register(thing)
    yield
    for thing in toy_shop.THINGS:
        clv.unregister(thing)


@cache
def histories() -> pd.DataFrame:
    return clv.histories(clv.datasets.cdnow(), end="1997-09-30")


@pytest.mark.usefixtures("added")
def test_a_model_fits_and_its_saved_fit_loads(tmp_path: Path) -> None:
    fit = toy_shop.OneRate().fit(histories(), method="laplace", seed=1)
    fit.save(tmp_path / "fit.json")
    forecast = fit.predict(histories(), horizon=39)
    pd.testing.assert_frame_equal(clv.load_fit(tmp_path / "fit.json").predict(histories(), horizon=39), forecast)
    assert (forecast["expected_purchases_low"] < forecast["expected_purchases_high"]).all()
    assert fit.score(histories()) < clv.NBD().fit(histories()).log_likelihood  # NBD leaves r free


@pytest.mark.usefixtures("added")
def test_a_competitor_and_a_score_stand_in_a_comparison() -> None:
    field = clv.competitors.default(seed=1)
    assert list(field)[-1] == "nobody"
    few: dict[str, Any] = {key: field[key] for key in ("NBD", "nobody")} | {"one rate": toy_shop.OneRate()}
    found = clv.compare(few, clv.datasets.cdnow(), calibration_end="1997-09-30", horizon=39, seed=1)
    assert found.table.loc["nobody", "total"] == 0.0
    most = found.outcomes["nobody"]["actual"].max()
    assert found.table.loc["nobody", "worst"] == most
    assert found.verdict.baseline == "nobody"
    assert "worst" in scores_shown(found).columns
    shown = scores_shown(found).html(clv.words.Locale())
    assert "Worst miss" in shown
    assert "nobody buys" in shown


def scores_shown(found: Comparison) -> Table:
    study = ComparisonStudy(
        orders=clv.datasets.cdnow(), comparison=found, competitors={}, segment=None,
        contact_share=0.1, contact_cost=None, contact_gain=1.0, seed=1,
    )  # fmt: skip
    section = clv.pages.ComparisonPage().scores(study)
    return next(part for part in section.parts if isinstance(part, Table) and part.key == "comparison_report.scores")


@pytest.mark.usefixtures("added")
def test_what_was_taken_away_is_gone() -> None:
    assert "OneRate" in known_models()
    assert find_notebooks(["toy_report"]) == [toy_shop.HERE / "toy_report.ipynb"]
    for thing in toy_shop.THINGS:
        clv.unregister(thing)
    assert "OneRate" not in known_models()
    assert "nobody" not in clv.competitors.default()
    assert "worst" not in columns()
    assert "toy_report.title" not in catalogue("en")
    with pytest.raises(clv.InputError, match="no notebook 'toy_report'"):
        find_notebooks(["toy_report"])
    for thing in toy_shop.THINGS:
        with pytest.raises(clv.InputError, match="registered"):
            clv.unregister(thing)
        clv.register(thing)


def other_words(folder: Path) -> Path:
    """A language: the catalogue files of English, with a few entries of its own."""
    shutil.copytree(ENGLISH, folder)
    shutil.copytree(toy_shop.HERE / "words" / "en", folder / "toy")
    (folder / "toy" / "toy_report.toml").rename(folder / "toy_report.toml")
    shutil.rmtree(folder / "toy")
    for file, old, new in (
        ("toy_report.toml", "There are {n} customers.", "{n} Kunden gibt es."),
        ("numbers.toml", 'thousands = ","', 'thousands = "."'),
        ("numbers.toml", 'decimal = "."', 'decimal = ","'),
    ):
        text = (folder / file).read_text(encoding="utf-8")
        assert old in text
        (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    return folder


@pytest.mark.usefixtures("added")
def test_a_language_is_a_folder_of_words(tmp_path: Path) -> None:
    page = toy_shop.ToyPage()
    answer = page.answer(clv.value_study(clv.datasets.cdnow(), method="ml"))
    entry = WordsEntry("xx", other_words(tmp_path / "xx"))
    clv.register(entry)
    try:
        assert "xx" in languages()
        assert "2.357 Kunden gibt es." in answer.into("xx").text(clv.words.Locale("xx"))
    finally:
        clv.unregister(entry)
    assert "xx" not in languages()
    with pytest.raises(clv.InputError, match="no catalogue for the language 'xx'"):
        clv.words.Locale("xx")


def test_an_installed_package_brings_its_page_to_the_command(tmp_path: Path) -> None:
    packages = tmp_path / "packages"
    shutil.copytree(HERE / "extension", packages)
    other_words(packages / "xx")
    joined = packages / "toy_shop" / "joined.py"
    more = f"clv.register(WordsEntry('xx', {str(packages / 'xx')!r}))\n"
    joined.write_text(joined.read_text() + "from clvlab.registry import WordsEntry\n" + more)
    told = packages / "toy_shop-1.0.dist-info"
    told.mkdir()
    (told / "METADATA").write_text("Metadata-Version: 2.1\nName: toy-shop\nVersion: 1.0\n")
    (told / "entry_points.txt").write_text("[clvlab]\ntoy_shop = toy_shop.joined\n")
    paths = os.pathsep.join([str(packages), str(HERE.parent)])
    done = subprocess.run(
        [sys.executable, "-m", "clvlab.cli", "report", "toy_report", "--language", "xx", "-p", "currency=EUR"],
        cwd=tmp_path, env=os.environ | {"PYTHONPATH": paths}, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "reports" / "toy_report.xx.html").read_text(encoding="utf-8")
    assert "<h1>A toy</h1>" in page
    assert "2.357 Kunden gibt es." in page
    assert "Who is first" in page


def test_what_is_no_such_thing_is_refused_with_the_kinds() -> None:
    with pytest.raises(clv.InputError, match=r"takes a model .* found 'BG/NBD'"):
        clv.register("BG/NBD")  # type: ignore[arg-type]
    with pytest.raises(clv.InputError, match="PageEntry"):
        clv.register(toy_shop.ToyPage)  # type: ignore[arg-type]
    with pytest.raises(clv.InputError, match=r"an \.ipynb file; there is none at nowhere\.ipynb"):
        clv.register(PageEntry("nowhere.ipynb"))
    with pytest.raises(clv.InputError, match="found the class Path"):
        clv.register(Path)  # type: ignore[arg-type]
    with pytest.raises(clv.InputError, match="no other competitor has"):
        clv.register(CompetitorEntry("BG/NBD", lambda _: clv.BGNBD()))
    with pytest.raises(clv.InputError, match="no folder nowhere"):
        clv.register(WordsEntry("en", "nowhere"))


@pytest.mark.parametrize("name", ["customer_value", "churn", "index"])
def test_a_notebook_of_a_name_that_is_taken_is_refused(name: str, tmp_path: Path) -> None:
    mine = tmp_path / f"{name}.ipynb"
    shutil.copy(toy_shop.HERE / "toy_report.ipynb", mine)
    with pytest.raises(clv.InputError, match=f"taken once, and {name} is taken: rename {name}.ipynb"):
        clv.register(PageEntry(mine))


@pytest.mark.usefixtures("added")
def test_two_notebooks_of_one_name_are_refused(tmp_path: Path) -> None:
    shutil.copy(toy_shop.HERE / "toy_report.ipynb", tmp_path)
    clv.register(toy_shop.PAGE)  # the same again changes nothing
    with pytest.raises(clv.InputError, match="toy_report is taken"):
        clv.register(PageEntry(tmp_path / "toy_report.ipynb"))
