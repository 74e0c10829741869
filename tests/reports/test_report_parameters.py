"""The parameters cell, and what the command line may say about it."""

from typing import Any

import pytest

from clvlab.errors import InputError
from clvlab.reports.parameters import (
    MASK,
    Parameter,
    assign,
    coerce,
    masked,
    read_parameters,
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


def test_secrets_are_blanked_out() -> None:
    parameters = {"api_key": 's3cr3t"x', "db": "postgres://me:hunter22@host/db", "horizon": 52, "token": ""}
    assert masked(parameters) == {"api_key": MASK, "db": f"postgres://me:{MASK}@host/db", "horizon": 52, "token": ""}
    secrets = secrets_in(parameters)
    assert secrets == ["hunter22", 's3cr3t"x']
    assert scrub('{"k": "s3cr3t\\"x"} s3cr3t&quot;x', secrets) == f'{{"k": "{MASK}"}} {MASK}'
    assert scrub_all({"a": ["hunter22", 1]}, secrets) == {"a": [MASK, 1]}
