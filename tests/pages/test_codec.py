"""What an exhibit holds goes through JSON and comes back, to the last digit."""

import datetime as dt
import json
import math
from typing import Any

import hypothesis.strategies as st
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from clvlab.notes import Note, Span
from clvlab.pages.exhibits import Answer, Before, Metric, Section, Table
from clvlab.pages.exhibits.codec import decode, encode
from clvlab.words import Locale


def through(value: object) -> Any:
    """Written as a notebook file holds it, and read."""
    return decode(json.loads(json.dumps(encode(value), allow_nan=False)))


FRAMES = {
    "numbers": pd.DataFrame({"i": [1, 2], "f": [0.1, np.nan], "inf": [np.inf, -np.inf], "small": np.float32([1, 2])}),
    "whole numbers that may be missing": pd.DataFrame({"i": pd.array([1, None], dtype="Int64")}),
    "yes and no": pd.DataFrame({"b": [True, False]}),
    "text": pd.DataFrame({"t": ["a", None], "s": pd.array(["<b>", "王芳"], dtype="string")}),
    "categories": pd.DataFrame({"c": pd.Categorical(["x", "y"], categories=["y", "x", "z"], ordered=True)}),
    "days": pd.DataFrame({"d": pd.to_datetime(["2024-01-01", None]), "td": pd.to_timedelta([1, 2], unit="D")}),
    "days with a zone": pd.DataFrame({"d": pd.to_datetime(["2024-01-01", "2024-07-01"]).tz_localize("Europe/Paris")}),
    "periods": pd.DataFrame({"p": pd.period_range("2024-01", periods=2, freq="M")}),
    "periods in the index": pd.DataFrame({"x": [1, 2]}, index=pd.period_range("2024-01", periods=2, freq="M")),
    "levels": pd.DataFrame(
        {"x": [1.0, 2.0]}, index=pd.MultiIndex.from_tuples([("a", 1), ("b", 2)], names=["kind", None])
    ),
    "days in the index": pd.DataFrame({"x": [1, 2]}, index=pd.DatetimeIndex(["2024-01-01", "2024-02-01"], name="when")),
    "no rows": pd.DataFrame({"x": np.array([], dtype=float), "t": np.array([], dtype=object)}),
    "no columns": pd.DataFrame(index=pd.Index(["a", "b"], name="i")),
    "nothing": pd.DataFrame(),
    "named columns": pd.DataFrame({"x": [1]}).rename_axis(columns="what"),
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_frames_come_back(frame: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(through(frame), frame, check_freq=False)


def test_cells_of_notes_lists_and_mixed_kinds_come_back() -> None:
    cells = [
        [Note("models.ridge", condition_number=2.5e9, parameters=["a"]), None],
        [(Note("a.b"), Span(2.0, "week")), ()],
        [1, "one"],
        [dt.date(2024, 1, 2), "never"],
        [("a", "b"), None],
    ]
    frame = pd.DataFrame({f"column {i}": pd.Series(two, dtype=object) for i, two in enumerate(cells)})
    back = through(frame)
    for i, two in enumerate(cells):
        want = [pd.Timestamp(each) if isinstance(each, dt.date) else each for each in two]
        assert back[f"column {i}"].tolist() == want


def test_an_index_of_mixed_kinds_comes_back() -> None:
    kinds = pd.Index(np.array([1.5, "rhythm", Note("a.b")], dtype=object), name="gap")
    levels = pd.MultiIndex.from_arrays([["a", "b", "c"], kinds], names=["who", "gap"])
    for index in (kinds, kinds.rename(None), levels):
        back = through(pd.DataFrame({"x": [1, 2, 3]}, index=index))
        assert list(back.index) == list(index)
        assert back.index.names == index.names


def test_a_frame_stays_as_it_was() -> None:
    frame = pd.DataFrame({"note": [Note("a.b")], "n": [1]})
    frame.attrs["fit"] = object()  # what could not be written is of no concern to a page
    encode(frame)
    assert frame["note"].tolist() == [Note("a.b")]
    assert "fit" in frame.attrs
    mixed = pd.DataFrame({"x": [1, 2]}, index=pd.Index(np.array([1, "a"], dtype=object)))
    encode(mixed)
    assert mixed.index.tolist() == [1, "a"]


def test_series_and_arrays_come_back() -> None:
    series = pd.Series([1.5, np.nan], index=pd.Index(["a", "b"], name="who"), name="clv")
    pd.testing.assert_series_equal(through(series), series)
    pd.testing.assert_series_equal(through(series.rename(None)), series.rename(None))
    for array in (np.array([[1.0, np.nan], [2.0, np.inf]]), np.array([1, 2]), np.array([])):
        np.testing.assert_array_equal(through(array), array)


def test_days_come_back_as_days() -> None:
    for day in (dt.date(2024, 1, 2), dt.datetime(2024, 1, 2, 3), pd.Timestamp("2024-01-02", tz="UTC")):
        assert through(day) == pd.Timestamp(day)
    assert through(pd.Period("2024-01", "M")) == pd.Period("2024-01", "M")
    assert through(np.float64(0.1)) == 0.1


plain = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text()
notes = st.builds(lambda code, values: Note(code, **values), st.text(), st.dictionaries(
    st.sampled_from(["n", "share", "who", "said"]), plain | st.tuples(plain, plain)))  # fmt: skip
spans = st.builds(Span, st.floats(allow_nan=False), st.sampled_from(["day", "week"]))
things = st.recursive(
    plain | notes | spans,
    lambda inner: st.lists(inner).map(tuple) | st.dictionaries(plain.filter(lambda key: key == key), inner),
    max_leaves=12,
)


@given(things)
@settings(deadline=None)
def test_whatever_values_hold_comes_back(value: object) -> None:
    back = through(value)
    assert back == value
    assert repr(back) == repr(value)


@given(st.lists(st.tuples(st.floats(), st.text(), st.booleans()), max_size=6))
@settings(deadline=None)
def test_whatever_a_frame_holds_comes_back(rows: list[tuple[float, str, bool]]) -> None:
    frame = pd.DataFrame(rows, columns=["f", "t", "b"]).astype({"f": float, "t": "str", "b": bool})
    pd.testing.assert_frame_equal(through(frame), frame)


def test_no_number_comes_back() -> None:
    assert math.isnan(through(float("nan")))
    assert math.isnan(through(Note("a.b", x=float("nan"))).values["x"])
    assert through({"$": 1, 2: (3,)}) == {"$": 1, 2: (3,)}


def test_exhibits_come_back_whole() -> None:
    metric = Metric(label=Note("a.b"), value=float("nan"), low=1.0, high=2.0, interval="credible", note=Note("a.c"))
    before = Before(when="2024-01-01", values={"a.b": 1.0, "a.c": None})
    answer = Answer(locale=Locale("en", "GBP"), sentences=(Note("a.b", n=1),), metrics=(metric,), before=before)
    table = Table(key="a", frame=pd.DataFrame({"x": [1.0]}), columns={"x": "money"}, heads={"x": Note("a.b")})
    section = Section(key="a.s", parts=(answer, table))
    back = through(section)
    assert isinstance(back, Section)
    first, second = back.parts
    assert (first.locale, first.sentences, first.before) == (answer.locale, answer.sentences, before)
    assert repr(first.metrics) == repr(answer.metrics)
    assert (second.key, second.columns, second.heads) == (table.key, table.columns, table.heads)


@pytest.mark.parametrize("value", [object(), {1, 2}, lambda: 1, Note("a.b", x=object())])
def test_what_json_cannot_hold_is_refused_by_name(value: object) -> None:
    with pytest.raises(TypeError, match="cannot hold a"):
        encode(value)


def test_a_record_of_no_kind_of_ours_is_not_made() -> None:
    with pytest.raises(KeyError):
        decode({"$": "record", "kind": "Popen", "fields": {"args": "true"}})
