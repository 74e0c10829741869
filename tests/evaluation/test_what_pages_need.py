"""What a page is made of, as numbers and ids: which differ, what was fitted, what is to be remarked."""

import re
import tomllib
from pathlib import Path
from string import Formatter
from typing import Any

import pandas as pd
import pytest
from simulated_orders import PERIOD, simulated

import clvlab as clv
from clvlab import baselines
from clvlab.evaluation import fits, second_thoughts
from clvlab.evaluation.acquired_later import with_and_without
from clvlab.evaluation.alike import alike, contrasted, shown_by_segment
from clvlab.evaluation.totals import total_interval
from clvlab.notes import Note

HERE = Path(clv.__file__).parent
FIELD = {
    "BG/NBD": clv.BGNBD(),
    "again": clv.BGNBD(),
    "laplace": clv.BGNBD().using("laplace"),
    "theirs": clv.competitors.LifetimesBGNBD(),
    "MBG/NBD": clv.MBGNBD(),
    "last_period": baselines.LastPeriod(),
    "cohort_mean": baselines.CohortMean(),
}


@pytest.fixture(scope="module")
def orders() -> Any:
    return clv.read_orders(simulated(800, seed=61), attributes=["country"])


@pytest.fixture(scope="module")
def found(orders: Any) -> Any:
    return clv.compare(FIELD, orders, spend=clv.GammaGamma(), seed=1, **PERIOD)


def test_those_alike_stand_together(found: Any) -> None:
    groups = alike(found)
    everybody = [key for first, others in groups.items() for key in (first, *others)]
    assert sorted(everybody) == sorted(FIELD)
    home = {key: first for first, others in groups.items() for key in (first, *others)}
    assert home["BG/NBD"] == home["again"] == home["theirs"]
    assert home["cohort_mean"] == "cohort_mean"
    assert groups["cohort_mean"] == groups["last_period"] == ()
    assert home[found.verdict.best] == found.verdict.best
    best = set(found.verdict.best_set)
    assert all(len({key in best for key in (first, *others)}) == 1 for first, others in groups.items())
    assert set(alike(found, ["again", "cohort_mean"])) == {"again", "cohort_mean"}
    for first, others in groups.items():
        for key in others:
            one, two = (found.outcomes[each]["expected"] for each in (first, key))
            assert (one - two).abs().mean() < 0.01 * one.mean()
    firsts = list(groups)
    assert firsts == [key for key in found.table.index if key in firsts]


def test_the_drawn_differ(found: Any) -> None:
    drawn = contrasted(found)
    assert drawn[0] == found.verdict.best
    assert len(drawn) <= 4
    assert any(total_interval(found, key) is not None for key in drawn)
    assert not {"again", "BG/NBD"} <= set(drawn)
    assert contrasted(found, most=1) == drawn[:1]
    rows = shown_by_segment(found, drawn)
    assert rows[: len(drawn)] == drawn
    assert found.verdict.baseline in rows


def test_fits_by_segment_are_always_shown(orders: Any) -> None:
    ways = dict(list(clv.competitors.three_ways(clv.NBD, "country").items())[:2])
    found = clv.compare(ways | {"mean": baselines.CustomerMean()}, orders, **PERIOD)
    assert {"NBD:together", "NBD:apart", "mean"} == set(shown_by_segment(found, []))


def test_the_interval_of_the_total(found: Any) -> None:
    low, high = total_interval(found, "BG/NBD")
    assert low < found.table.loc["BG/NBD", "total"] < high
    assert total_interval(found, "last_period") is None
    assert total_interval(found, "nobody") is None


def test_estimates_are_of_the_same_model_alone(found: Any) -> None:
    table = fits.estimates_of(found, found.forecasts["BG/NBD"].fit)
    assert set(table["competitor"]) == {"BG/NBD", "again", "laplace", "theirs"}
    assert set(table["parameter"]) == {"r", "alpha", "a", "b"}
    wide = {key: own.set_index("parameter")["estimate"] for key, own in table.groupby("competitor")}
    pd.testing.assert_series_equal(wide["theirs"], wide["BG/NBD"], rtol=1e-2)
    assert wide["BG/NBD"].to_dict() == pytest.approx(found.forecasts["BG/NBD"].fit.params)
    assert table.loc[table["competitor"] == "theirs", "std_error"].isna().all()
    assert table.loc[table["competitor"] == "laplace", "std_error"].notna().all()
    assert table.groupby("competitor")["method"].first().to_dict() == {
        "BG/NBD": "ml", "again": "ml", "laplace": "laplace", "theirs": "lifetimes",
    }  # fmt: skip
    mbg = fits.estimates_of(found, found.forecasts["MBG/NBD"].fit)
    assert set(mbg["competitor"]) == {"MBG/NBD"}


def test_which_fit_stands_for_what(found: Any) -> None:
    assert fits.best_fit(found) is next(iter(fits.fits(found).values()))
    assert fits.sampled(found) is found.forecasts["laplace"].fit
    assert fits.maxima(found, fits.sampled(found)) == pytest.approx(found.forecasts["BG/NBD"].fit.params)
    assert fits.maxima(found, clv.NBD().at(r=1.0, alpha=2.0, unit="week")) == {}


def test_a_note_that_several_make_is_made_once(orders: Any) -> None:
    field = {"one": clv.competitors.RFMCells(), "two": clv.competitors.RFMCells(), "BG/NBD": clv.BGNBD()}
    notes = fits.notes_of_forecasts(clv.compare(field, orders, **PERIOD))
    ((keys, note),) = notes
    assert keys == ("one", "two")
    assert note.code == "evaluation.learned_from_a_shorter_window"


def test_with_and_without_the_first_month(found: Any, orders: Any) -> None:
    table = with_and_without(found, {"MBG/NBD": clv.MBGNBD()}, orders, **PERIOD)
    assert table.index.tolist() == ["everybody", "acquired_later"]
    since = table.attrs["acquired_from"]
    later = clv.histories(orders, end=PERIOD["calibration_end"], acquired_from=since)
    assert table.loc["acquired_later", "customers"] == len(later) < table.loc["everybody", "customers"]
    assert table.loc["everybody", "mae"] == found.table.loc["MBG/NBD", "mae"]
    with pytest.raises(clv.InputError, match="one model"):
        with_and_without(found, {}, orders, **PERIOD)


def test_models_that_beat_the_naive_are_counted(found: Any) -> None:
    assert found.verdict.beats_baseline
    told = {note.code: note for note in second_thoughts.remarks(found)}
    every, some = "evaluation.every_model_beats", "evaluation.some_models_beat"
    assert (every in told) != (some in told)
    note = told[every if every in told else some]
    assert note.values["all"] == 4
    assert note.values["baseline"] == found.verdict.baseline


def test_nothing_expected_of_buyers_is_beaten(orders: Any) -> None:
    found = clv.compare({"BG/NBD": clv.BGNBD(), "nothing": Nothing()}, orders, **PERIOD)
    assert found.table.loc["nothing", "deviance"] == float("inf")
    assert found.verdict.best_set == ("BG/NBD",)
    assert found.verdict.beaten == {"nothing": "deviance"}
    assert found.differences.loc["nothing", "difference"] == float("inf")


class Nothing:
    """Nobody will buy."""

    def fit(self, past: clv.competitors.Past) -> "Nothing":
        self.index = past.histories.index
        return self

    def forecast(self, horizon: float) -> clv.competitors.Forecast:
        del horizon
        return clv.competitors.Forecast(pd.Series(0.0, index=self.index))


SENTENCES = tomllib.loads((HERE / "words" / "en" / "evaluation.toml").read_text(encoding="utf-8"))
SOURCES = [path for path in (HERE / "evaluation").rglob("*.py") if path.name != "story.py"]


def test_every_code_has_its_sentence_and_every_sentence_its_code() -> None:
    codes = {code for path in SOURCES for code in re.findall(r'Note\(\s*"evaluation\.(\w+)"', path.read_text("utf-8"))}
    assert codes == set(SENTENCES)


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def every_note(values: Any) -> list[Note]:
    if isinstance(values, Note):
        return [values, *(note for value in values.values.values() for note in every_note(value))]
    return [note for value in values for note in every_note(value)] if isinstance(values, tuple | list) else []


def test_sentences_say_values_that_notes_carry(found: Any, orders: Any) -> None:
    stacked = clv.compare({"stacking": clv.competitors.Stacking({"NBD": clv.NBD()})}, orders, **PERIOD)
    several = clv.compare({"NBD": clv.NBD(), "nothing": Nothing()}, orders, origins=2, horizon=10)
    said = [each for one in (found, stacked, several) for each in second_thoughts.remarks(one)]
    said += [note for one in (found, stacked) for _, note in [*fits.notes_of_forecasts(one), *fits.doubts(one)]]
    notes = every_note(said)
    assert len({note.code for note in notes}) >= 4
    for note in notes:
        if note.code.startswith("evaluation."):
            assert fields(SENTENCES[note.code.removeprefix("evaluation.")]) <= set(note.values), note.code


def imports(path: Path) -> set[str]:
    """Modules of clvlab that a file imports, inside functions as well."""
    import ast

    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                whole = HERE.parent.joinpath(*node.module.split("."), alias.name)
                isfile = whole.with_suffix(".py").exists() or whole.is_dir()
                found.add(f"{node.module}.{alias.name}" if isfile else node.module)
    return {name for name in found if name.startswith("clvlab.")}


def test_no_circles_no_words_no_long_files() -> None:
    graph = {}
    for path in SOURCES:
        parts = path.relative_to(HERE.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        graph[name] = imports(path)
        assert not [each for each in graph[name] if each.split(".")[1] in ("words", "figures", "publish", "pages")], (
            path
        )
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 350, path
    done: set[str] = set()

    def walk(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " -> ".join((*way, name))
        if name not in done:
            for each in sorted(graph.get(name, ())):
                walk(each, (*way, name))
            done.add(name)

    for name in graph:
        walk(name, ())


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"segment": "region"}, "segment= is an attribute that the orders carry"),
        ({"pool_segments": True}, "pool_segments= compares models of segments"),
        ({"contact_cost": 1.0}, "contact_cost= and contact_gain= are money, and these orders carry no amounts"),
        ({"contact_gain": 0.5}, "contact_cost= and contact_gain= are money"),
        ({"origins": 2, "horizon": 4.0, "calibration_end": "2020-06-30"}, "origins= are the calibration ends"),
        ({"origins": 2, "horizon": 4.0, "holdout_end": "2020-06-30"}, "origins= are the calibration ends"),
    ],
)
def test_what_would_have_no_effect_on_a_comparison_is_refused(given: dict[str, Any], message: str) -> None:
    bare = clv.read_orders(simulated(50, seed=61).drop(columns="amount"), attributes=["country"])
    with pytest.raises(clv.InputError, match=message):
        clv.comparison_study(bare, **given)


def test_the_end_of_cdnows_holdout_may_be_chosen() -> None:
    with pytest.raises(clv.InputError, match=r"calibration_end=1997-09-30, holdout_end=1997-08-31"):
        clv.comparison_study(clv.datasets.cdnow(), holdout_end="1997-08-31")
