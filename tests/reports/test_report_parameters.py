"""The parameters cell, and what the command line may say about it."""

import re
from pathlib import Path
from typing import Any

import pytest

from clvlab import parameters
from clvlab.errors import InputError
from clvlab.notebooks import shipped
from clvlab.parameters import BEHIND, kinds
from clvlab.reports.declared import Parameter, read_parameters
from clvlab.reports.notebooks import declared_in
from clvlab.reports.parameters import (
    MASK,
    assign,
    coerce,
    masked,
    scrub,
    scrub_all,
    secrets_in,
)

CELL = """
# what to read
orders: str | None = None
horizon: int = 52  # weeks ahead
rate = 0.1
where = "a=b # not a remark"
countries: list[str] = [
    "UK",  # home
    "France",
]  # kept
import os
home = os.environ.get("HOME")
a, b = 1, 2
"""


def test_the_cell_is_read_as_python() -> None:
    found = {p.name: (p.type, p.default, p.comment) for p in read_parameters(CELL)}
    assert found == {
        "orders": ("str | None", None, "what to read"),
        "horizon": ("int", 52, "weeks ahead"),
        "rate": ("float", 0.1, ""),
        "where": ("str", "a=b # not a remark", ""),
        "countries": ("list[str]", ["UK", "France"], "kept"),
        "home": ("str", "os.environ.get('HOME')", ""),
    }


def test_a_cell_that_is_not_python_says_where() -> None:
    with pytest.raises(InputError, match="line 2"):
        read_parameters("a = 1\nb = = 2")


@pytest.mark.parametrize(
    ("declared", "text", "expected"),
    [
        ("int", "26", 26),
        ("float", "1e-3", 0.001),
        ("float", "2", 2.0),
        ("bool", "yes", True),
        ("bool", "FALSE", False),
        ("str", "1998-06-30", "1998-06-30"),
        ("str", "none", "none"),
        ("str | None", "none", None),
        ("str | None", "", None),
        ("Optional[int]", "3", 3),
        ("None | int", "3", 3),
        ("int | float", "2.5", 2.5),
        ("int | str", "week", "week"),
        ("list[str]", '["UK", "中国"]', ["UK", "中国"]),
        ("list[int | None]", "[1, null]", [1, None]),
        ("dict[str, float]", '{"a": 0.5}', {"a": 0.5}),
    ],
)
def test_coerce(declared: str, text: str, expected: Any) -> None:
    value = coerce(Parameter("p", declared, None), text)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("declared", "text", "hint"),
    [("int", "1.5", "p=52"), ("float", "ten", "p=0.1"), ("bool", "maybe", "p=true"), ("list[str]", "UK", r'p=\["a"')],
)
def test_a_wrong_type_is_refused_with_an_example(declared: str, text: str, hint: str) -> None:
    with pytest.raises(InputError, match=hint):
        coerce(Parameter("p", declared, None), text)


@pytest.mark.parametrize(
    ("declared", "text", "expected"),
    [
        ("Day | None", "1998-06-30", "1998-06-30"),
        ("Day | None", "none", None),
        ("Unit", "month", "month"),
        ("Method", "nuts", "nuts"),
        ("Currency | None", "GBP", "GBP"),
        ("Refunds", "drop", "drop"),
        ("Seed", "0", 0),
        ("Count", "3", 3),
        ("Positive", "0.5", 0.5),
        ("Positive | None", "", None),
        ("Rate", "-0.05", -0.05),
        ("Margin", "0.3", 0.3),
        ("Period", "quarter", "quarter"),
        ("Share", "1", 1.0),
        ("Gap", "rhythm", "rhythm"),
        ("Gap", "2.5", "2.5"),
        ("Column | None", "Customer ID", "Customer ID"),
        ("File", "postgres://me@host/db#orders", "postgres://me@host/db#orders"),
    ],
)
def test_types_of_ours_take_what_fits(declared: str, text: str, expected: Any) -> None:
    value = coerce(Parameter("p", declared, None), text)
    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("declared", "text", "rule"),
    [
        ("Day | None", "05/06/2024", "a day, year first, such as 2024-05-06"),
        ("Day", "2024-02-30", "a day, year first"),
        ("Day", "2024-02-03T10:00", "a day, year first"),
        ("Unit", "quarter", "one of day, week, month, year"),
        ("Unit", "", "one of day, week, month, year"),
        ("Method", "guess", "one of ml, map, laplace, nuts"),
        ("Currency | None", "$$", "the three capital letters of ISO 4217"),
        ("Currency", "gbp", "the three capital letters of ISO 4217"),
        ("File", "nowhere/at all.csv", "a file that exists"),
        ("Refunds", "keep", "net or drop"),
        ("Seed", "-1", "a whole number from 0 to 4294967295"),
        ("Seed", "4294967296", "a whole number from 0 to 4294967295"),
        ("Seed", "one", "a whole number from 0 to 4294967295"),
        ("Seed", "1.5", "a whole number from 0 to 4294967295"),
        ("Count", "-1", "a whole number, 0 or more"),
        ("Positive", "0", "a number above 0"),
        ("Positive", "inf", "a number above 0"),
        ("Positive", "nan", "a number above 0"),
        ("Positive | None", "much", "a number above 0"),
        ("Rate", "-1", "a yearly rate above -1"),
        ("Rate", "10", "a yearly rate above -1 and up to 1"),
        ("Margin", "30", "a share of spend above 0"),
        ("Margin", "0", "a share of spend above 0"),
        ("Period", "week", "one of month, quarter, year"),
        ("Folder", "nowhere/at all", "a folder that exists"),
        ("Folder", "pyproject.toml", "a folder that exists"),
        ("Rate", "nan", "a yearly rate above -1"),
        ("Share", "1.5", "a share between 0 and 1"),
        ("Share", "nan", "a share between 0 and 1"),
        ("Gap", "often", "rhythm, or a number of units above 0"),
        ("Gap", "0", "rhythm, or a number of units above 0"),
    ],
)
def test_types_of_ours_say_what_they_take(declared: str, text: str, rule: str) -> None:
    with pytest.raises(InputError, match="The parameter p takes " + re.escape(rule)) as told:
        coerce(Parameter("p", declared, None), text)
    assert repr(text) in str(told.value)


def test_every_type_of_ours_has_a_rule_and_a_type_behind_it() -> None:
    assert set(kinds()) <= set(BEHIND)
    # any text; a language is checked by its words
    assert set(BEHIND) - set(kinds()) == {"Column", "Identifier", "Language"}
    assert all(getattr(parameters, name).__value__.__name__ == behind for name, behind in BEHIND.items())


def test_a_file_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "orders.csv").write_text("a\n")
    assert coerce(Parameter("p", "File | None", None), "orders.csv") == str(tmp_path / "orders.csv")
    assert coerce(Parameter("p", "File", None), "*.csv") == str(tmp_path / "*.csv")


def test_a_language_without_words_runs_nothing() -> None:
    notebooks = {"value": read_parameters('language: Language = "en"')}
    assert assign(notebooks, [], language="en") == {"value": {"language": "en"}}
    with pytest.raises(InputError, match="no catalogue for the language 'tlh'"):
        assign(notebooks, ["language=tlh"])
    with pytest.raises(InputError, match="no catalogue for the language 'tlh'"):
        assign(notebooks, [], language="tlh")


def test_a_parameter_goes_to_the_notebooks_that_know_it() -> None:
    notebooks = {
        "value": read_parameters("horizon: int = 52\norders: str = ''"),
        "churn": read_parameters("until = 24"),
    }
    assert assign(notebooks, ["horizon=26", "until=12"], orders="/x.csv") == {
        "value": {"horizon": 26, "orders": "/x.csv"},
        "churn": {"until": 12},
    }


def test_a_parameter_nobody_knows_is_refused_with_the_nearest() -> None:
    notebooks = {"value": read_parameters("horizon: int = 52"), "churn": read_parameters("until = 24")}
    with pytest.raises(InputError, match=r"parameter 'horizn'. Did you mean horizon\? Known: horizon, until"):
        assign(notebooks, ["horizn=26"])
    with pytest.raises(InputError, match="NAME=VALUE"):
        assign(notebooks, ["horizon"])


CHURN = """
subscriptions: Annotated[File | None, Without("orders")] = None
orders: File | None = None
customer: Annotated[str | None, With("orders", "subscriptions")] = None
start: Annotated[str | None, Without("orders", "duration")] = "start"
duration: Annotated[str | None, Without("orders")] = None
gap: Annotated[str, With("orders")] = "rhythm"
"""
VALUE = """
orders: File | None = None
customer: Annotated[str | None, With("orders")] = None
"""


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["gap=6"], "gap has no effect without orders: set orders too, or leave gap out."),
        (["start=begin", "orders={file}"], "start has no effect beside orders: leave start or orders out."),
        (["start=begin", "duration=tenure"], "start has no effect beside duration: leave start or duration out."),
        (["customer=who"], "customer has no effect without orders or subscriptions: set orders or subscriptions too"),
        (["subscriptions={file}", "orders={file}"], "subscriptions has no effect beside orders"),
    ],
)
def test_what_would_have_no_effect_is_refused_with_the_reason(given: list[str], message: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("")
    texts = [text.replace("{file}", str(tmp_path / "a.csv")) for text in given]
    with pytest.raises(InputError, match=re.escape(f"The parameter {message}")):
        assign({"churn": read_parameters(CHURN)}, texts)


def test_defaults_and_unset_values_are_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("")
    notebooks = {"churn": read_parameters(CHURN)}
    orders = str(tmp_path / "a.csv")
    assert assign(notebooks, ["gap=rhythm", "customer=none"]) == {"churn": {"gap": "rhythm", "customer": None}}
    assert assign(notebooks, ["start=start", "gap=6"], orders=orders)["churn"]["gap"] == "6"


def test_what_has_an_effect_in_one_notebook_is_left_out_of_the_other(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("")
    file = str(tmp_path / "a.csv")
    notebooks = {"churn": read_parameters(CHURN), "value": read_parameters(VALUE)}
    told: list[str] = []
    assert assign(notebooks, ["customer=who", f"subscriptions={file}"], warn=told.append) == {
        "churn": {"customer": "who", "subscriptions": file},
        "value": {},
    }
    assert told == [
        "value: customer is left out, as it has no effect without orders: set orders too, or leave customer out"
    ]


NOTEBOOKS = {name: declared_in(path) for name, path in shipped().items()}


@pytest.mark.parametrize(
    ("notebook", "given", "message"),
    [
        ("churn", "date_column=When", "without orders"),
        ("churn", "customer_column=Who", "without orders or subscriptions"),
        ("churn", "gap=6", "without orders"),
        ("churn", "event_column=left", "without duration_column"),
        ("churn", "save_rate=0.5", "without contact_cost"),
        ("customer_value", "amount_column=Paid", "without orders"),
        ("customer_value", "refunds=drop", "without orders"),
        ("model_comparison", "segment_column=Country", "without orders"),
        ("model_comparison", "pool_segments=true", "without segment_column"),
        ("model_comparison", "horizon=26", "without origins or calibration_end"),
    ],
)
def test_notebooks_say_what_goes_with_what(notebook: str, given: str, message: str) -> None:
    with pytest.raises(InputError, match=f"{given.partition('=')[0]} has no effect {message}:"):
        assign({notebook: NOTEBOOKS[notebook]}, [given])


def test_origins_stand_in_place_of_the_two_days() -> None:
    with pytest.raises(InputError, match="holdout_end has no effect beside origins"):
        assign({"model_comparison": NOTEBOOKS["model_comparison"]},
               ["origins=3", "horizon=13", "holdout_end=1998-06-30"])  # fmt: skip


def test_orders_leave_no_part_to_columns_of_subscriptions(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("")
    columns = [p.name for p in NOTEBOOKS["churn"] if p.name.endswith("_column")]
    of_either, of_orders = {"customer_column", "group_column"}, {"date_column", "amount_column"}
    for name in set(columns) - of_either - of_orders - {"event_column"}:
        with pytest.raises(InputError, match=f"{name} has no effect beside orders"):
            assign({"churn": NOTEBOOKS["churn"]}, [f"{name}=x"], orders=str(tmp_path / "a.csv"))


def test_secrets_are_blanked_out() -> None:
    parameters = {"api_key": 's3cr3t"x', "db": "postgres://me:hunter22@host/db", "horizon": 52, "token": ""}
    assert masked(parameters) == {"api_key": MASK, "db": f"postgres://me:{MASK}@host/db", "horizon": 52, "token": ""}
    secrets = secrets_in(parameters)
    assert secrets == ["hunter22", 's3cr3t"x']
    assert scrub('{"k": "s3cr3t\\"x"} s3cr3t&quot;x', secrets) == f'{{"k": "{MASK}"}} {MASK}'
    assert scrub_all({"a": ["hunter22", 1]}, secrets) == {"a": [MASK, 1]}
