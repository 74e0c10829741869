"""Spells from tables: both ways to write them down, and every wrong way refused in words."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from clvlab.churn import kaplan_meier, spells
from clvlab.data.units import days_in
from clvlab.errors import InputError
from clvlab.notes import Note

MONTH = days_in("month")
WEIRD = ["王芳", "O'Brien", '"quoted"', "<script>alert(1)</script>", "a,b", "  padded ", "=1+1"]


def tenures(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame({"tenure": [3.0, 12.0, 7.0], "left": ["Yes", "No", "Yes"], "plan": ["a", "b", "a"], **columns})


def dates(**columns: Any) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "begin": ["2024-01-01", "2024-02-01", "2024-03-01"],
            "finish": ["2024-01-31", None, "2024-06-30"],
            "plan": ["a", "b", "a"],
            **columns,
        }
    )


def test_tenures() -> None:
    found = spells(tenures(), duration="tenure", event="left")
    assert found.table["duration"].tolist() == [3.0, 12.0, 7.0]
    assert found.table["event"].tolist() == [True, False, True]
    assert found.table["entry"].tolist() == [0.0, 0.0, 0.0]
    assert found.table["reason"].tolist() == ["", "", ""]
    assert (len(found), found.n_events, found.covariates, found.dated) == (3, 2, ["plan"], False)
    assert repr(found) == "<3 spells, 2 ended, tenure in months>"
    assert found.rule == Note("churn.column_says_who_left", column="left")
    assert found.notes == (Note("churn.spells_counted", rule=found.rule, n=3, events=2),)


def test_dates() -> None:
    found = spells(dates(), start="begin", end="finish", as_of="2024-12-31", unit="day")
    assert found.table["duration"].tolist() == [30.0, 334.0, 121.0]
    assert found.table["event"].tolist() == [True, False, True]
    assert found.table["end"].isna().tolist() == [False, True, False]
    assert found.as_of == pd.Timestamp("2024-12-31")
    assert found.dated
    assert found.rule == Note("churn.column_says_who_left", column="finish")
    monthly = spells(dates(), start="begin", end="finish", as_of="2024-12-31")
    np.testing.assert_allclose(monthly.table["duration"] * MONTH, found.table["duration"])


def test_the_records_end_with_the_last_date_unless_told() -> None:
    assert spells(dates(), start="begin", end="finish").as_of == pd.Timestamp("2024-06-30")


def test_who_leaves_after_the_records_is_still_here() -> None:
    table = dates(why=["price", None, "moved"])
    found = spells(table, start="begin", end="finish", reason="why", as_of="2024-05-31", unit="day")
    assert found.table["event"].tolist() == [True, False, False]
    assert found.table["reason"].tolist() == ["price", "", ""]
    assert found.table["duration"].tolist() == [30.0, 120.0, 91.0]
    assert found.table["end"].isna().tolist() == [False, True, True]


@pytest.mark.parametrize("dtype", ["datetime64[ns]", "datetime64[s]", "date", "blank", "time of day", "zone"])
def test_dates_of_any_type(dtype: str) -> None:
    table = dates()
    expected = spells(table, start="begin", end="finish").table
    for name in ("begin", "finish"):
        days = pd.to_datetime(table[name])
        table[name] = {
            "date": lambda days=days: pd.Series([None if pd.isna(d) else d.date() for d in days], dtype=object),
            "blank": lambda name=name: table[name].fillna("  "),
            "time of day": lambda days=days: days + pd.Timedelta(hours=9),
            "zone": lambda days=days: days.dt.tz_localize("Europe/London"),
        }.get(dtype, lambda days=days: days.astype(dtype))()
    found = spells(table, start="begin", end="finish").table
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


@pytest.mark.parametrize(
    ("yes", "no"),
    [("Yes", "No"), (" YES ", "no"), ("y", "n"), ("true", "False"), (True, False), (1, 0), (1.0, 0.0), ("1", "0"),
     ("churned", "active"), ("cancelled", "retained"), ("Left", "Stayed")],
)  # fmt: skip
def test_yes_and_no(yes: object, no: object) -> None:
    assert spells(tenures(left=[yes, no, yes]), duration="tenure", event="left").table["event"].tolist() == [1, 0, 1]


def test_reasons_alone_say_who_left() -> None:
    found = spells(tenures(why=["price", None, " price "]), duration="tenure", reason="why", covariates=["plan"])
    assert found.table["event"].tolist() == [True, False, True]
    assert found.table["reason"].tolist() == ["price", "", "price"]
    assert found.reasons == ["price"]


def test_rows_that_start_and_stop() -> None:
    table = pd.DataFrame(
        {"who": ["a", "a", "b"], "from": [0, 4, 0], "to": [4, 9, 6], "left": [0, 1, 0], "price": [10, 12, 10]}
    )
    found = spells(table, duration="to", event="left", entry="from", customer="who")
    assert found.table.index.tolist() == ["a", "a", "b"]
    assert found.table["price"].tolist() == [10, 12, 10]
    assert found.table["entry"].tolist() == [0.0, 4.0, 0.0]
    whole = spells(pd.DataFrame({"to": [9, 6], "left": [1, 0]}), duration="to", event="left")
    columns = ["time", "at_risk", "events", "survival"]
    pd.testing.assert_frame_equal(kaplan_meier(found).table[columns], kaplan_meier(whole).table[columns])


def test_records_from() -> None:
    table = pd.DataFrame(
        {
            "id": ["gone", "there before", "came later", "on the day"],
            "begin": ["2020-01-01", "2021-01-01", "2023-03-01", "2021-01-01"],
            "finish": ["2022-06-30", "2023-07-01", None, "2023-01-01"],
            "unseen": [1, 2, 3, 4],
        }
    )
    settings = {"start": "begin", "end": "finish", "customer": "id", "unit": "day", "as_of": "2023-12-31"}
    found = spells(table, records_from="2023-01-01", **settings)
    assert found.table.index.tolist() == ["there before", "came later"]
    assert found.table["entry"].tolist() == [730.0, 0.0]
    assert found.table["duration"].tolist() == [911.0, 305.0]
    assert found.table["unseen"].tolist() == [2, 3]  # a covariate, whatever its name
    assert found.left_out == {"churn.left_before_the_records": ["gone", "on the day"]}
    assert spells(table, **settings).left_out == {}


def test_a_covariate_of_any_name_is_kept() -> None:
    found = spells(tenures(unseen=[True, False, True]), duration="tenure", event="left")
    assert len(found) == 3
    assert found.table["unseen"].tolist() == [True, False, True]


def test_identifiers_are_kept_as_they_are() -> None:
    table = pd.DataFrame({"id": WEIRD, "tenure": 1.0, "left": 1, "plan": WEIRD})
    found = spells(table, duration="tenure", event="left", customer="id")
    assert found.table.index.tolist() == WEIRD
    assert sorted(kaplan_meier(found, by="plan").groups) == sorted(WEIRD)
    with pytest.raises(InputError, match="王芳"):
        spells(table.assign(tenure=-1.0), duration="tenure", event="left", customer="id")


def test_chosen_covariates_and_rows() -> None:
    found = spells(tenures(extra=1), duration="tenure", event="left", covariates=["plan"])
    assert found.covariates == ["plan"]
    assert len(found.where(found.table["plan"] == "a")) == 2


NUMBERED = {"duration": "tenure", "event": "left"}
DATED = {"start": "begin", "end": "finish"}


@pytest.mark.parametrize(
    ("table", "keywords", "words"),
    [
        (tenures(tenure=[3, -1, 7]), NUMBERED, "tenure must not be negative; broken by -1.0 in row 1"),
        (tenures(tenure=[3, None, np.nan]), NUMBERED, "an event needs its time: tenure must be known.*row|event needs"),
        (tenures(tenure=[3, None, 7]), NUMBERED, "tenure must be known"),
        (tenures(tenure=["3", "twelve", "7"]), NUMBERED, "tenure must hold numbers; broken by 'twelve' in row 1"),
        (tenures(tenure=[3, np.inf, 7]), NUMBERED, "tenure must be finite"),
        (tenures(left=["Yes", "perhaps", "No"]), NUMBERED, "left must say yes or no .*'perhaps' in row 1"),
        (tenures(left=["Yes", None, "No"]), NUMBERED, "left must say yes or no"),
        (tenures(left=[1, 2, 0]), NUMBERED, "left must say yes or no"),
        (tenures(why=["price", "price", ""]), {**NUMBERED, "reason": "why"}, "reason is for those who left.*1"),
        (
            pd.DataFrame({"tenure": [1, 2, 3], "left": [1, 0, 0], "why": ["price", "open", "price"]}),
            {**NUMBERED, "reason": "why"},
            "left says they are still here, though the reason is 'open', 'price': leave the reason empty for them, or "
            "give all of them one value that nobody who left has, or correct left; broken by 1, 2",
        ),
        (
            pd.DataFrame({"tenure": [1, 2, 3], "left": [1, 0, 0], "why": ["open", "open", "open"]}),
            {**NUMBERED, "reason": "why"},
            "though the reason is 'open'",  # who left has it too
        ),
        (tenures(late=[0, 12, 0]), {**NUMBERED, "entry": "late"}, "late must come before tenure"),
        (tenures(late=[0, -2, 0]), {**NUMBERED, "entry": "late"}, "late must be a number, 0 or more"),
        (tenures(late=[0, None, 0]), {**NUMBERED, "entry": "late"}, "late must be a number, 0 or more"),
        (tenures(), {"duration": "tenure"}, "Who left"),
        (tenures(), {"event": "left"}, "name the columns"),
        (tenures(), {"duration": "Tenure", "event": "left"}, "no column Tenure; it has tenure, left, plan"),
        (tenures(), {**NUMBERED, "covariates": ["colour"]}, "no column colour"),
        (tenures(entry=1), NUMBERED, "entry have a meaning of their own here"),
        (tenures(), {**NUMBERED, "records_from": "2024-01-01"}, "records_from= go with start="),
        (tenures().iloc[:0], NUMBERED, "the table is empty"),
        (dates(finish=["2023-12-31", None, None]), DATED, "finish must not come before begin; broken by '2023-12-31'"),
        (dates(begin=["2024-01-01", None, "2024-03-01"]), DATED, "begin must be a date"),
        (dates(begin=["2024-01-01", "rubbish", "2024-03-01"]), DATED, "begin must hold dates.*'rubbish' in row 1"),
        (dates(begin=[20240101, 20240201, 20240301]), DATED, "begin must hold dates"),
        (dates(begin=["05/06/2024", "31/05/2024", "01/01/2024"]), DATED, "year first"),
        (dates(finish=["2024-01-31", "9999-12-31", None]), DATED, "beyond 2100: leave it empty"),
        (dates(begin=["2024-01-01T00:00+02:00", "2024-02-01T00:00+05:00", "2024-03-01"]), DATED, "one time zone"),
        (dates(), {"start": "begin"}, "With start= comes end="),
        (dates(tenure=1), {**DATED, "duration": "tenure"}, "found start= with duration="),
        (dates(left=1), {**DATED, "event": "left"}, "found start= with event="),
        (dates(late=1), {**DATED, "entry": "late"}, "found start= with entry="),
        (dates(), {**DATED, "as_of": "2024-02-15"}, "begin must not come after as_of, 2024-02-15"),
        (dates(), {**DATED, "as_of": "never"}, "as_of='never' is no date"),
        (dates(), {**DATED, "as_of": "2024-12-31", "records_from": "2025-01-01"}, "must come before as_of"),
        (dates(), {**DATED, "unit": "quarter"}, "unit of time is one of"),
        (dates(why=["price", "price", "price"]), {**DATED, "reason": "why"}, "no last day.*finish; broken by 1"),
        (dates(finish=["2024-01-31", "2024-02-15", "2024-03-15"]), {**DATED, "as_of": "2025-01-01",
         "records_from": "2024-06-30"}, "No spell is left"),
    ],
)  # fmt: skip
def test_bad_tables_are_refused_in_words(table: pd.DataFrame, keywords: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        spells(table, **keywords)


def test_an_event_needs_its_time() -> None:
    table = pd.DataFrame({"tenure": [1.0, np.nan], "left": [1, 1]}, index=["Ann", "Bob"])
    with pytest.raises(InputError, match=r"event needs its time: tenure must be known.*broken by 'Bob'"):
        spells(table, duration="tenure", event="left")


def test_many_bad_rows_are_counted() -> None:
    table = pd.DataFrame({"tenure": [-1.0] * 9, "left": 1})
    with pytest.raises(InputError, match="and 4 more"):
        spells(table, duration="tenure", event="left")


@pytest.mark.parametrize("dated", [False, True])
def test_a_value_of_all_who_are_here_is_no_reason(dated: bool) -> None:
    table = pd.DataFrame({"tenure": [1, 2, 3], "left": [1, 0, 0], "why": ["price", "in-force", "in-force"]})
    columns = {"duration": "tenure", "event": "left"}
    if dated:
        table = table.assign(begin="2024-01-01", finish=["2024-02-01", None, None])
        columns = {"start": "begin", "end": "finish"}
    found = spells(table, reason="why", as_of="2024-03-01" if dated else None, **columns)
    assert found.table["reason"].tolist() == ["price", "", ""]
    assert found.reasons == ["price"]
    column = columns["end" if dated else "event"]
    told = Note("churn.column_and_reason_say_who_left", column=column, reason="why", stays="in-force")
    assert found.rule == told
