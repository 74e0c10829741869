"""Types of notebooks' parameters: what a value must be, checked before a notebook starts.

A notebook's parameters cell says ``as_of: Day | None = None``; ``clvlab report`` reads that and refuses
``-p as_of=05/06/2024`` at once. To Python they are plain text and numbers.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from glob import glob
from pathlib import Path

from clvlab.data.units import DAYS

type Column = str
type Count = int
type Currency = str
type Day = str
type File = str
type Gap = str
type Language = str
type Method = str
type ModelName = str
type Positive = float
type Rate = float
type Refunds = str
type Seed = int
type Share = float
type Unit = str

# What a transaction model of the value report is asked for by; "auto" leaves the choice to earlier forecasts.
MODEL_NAMES = ("auto", "BG/NBD", "MBG/NBD", "Pareto/NBD", "BG/CNBD-k", "MBG/CNBD-k")

# The Python type behind each, as text on a command line is turned into it.
BEHIND = {
    **dict.fromkeys(["Column", "Currency", "Day", "File", "Gap", "Language", "Method"], "str"),
    **dict.fromkeys(["ModelName", "Refunds", "Unit"], "str"),
    **dict.fromkeys(["Positive", "Rate", "Share"], "float"),
    **dict.fromkeys(["Count", "Seed"], "int"),
}


def rule_broken(kind: str, value: object) -> str | None:
    """What a value of this type must be, where it is not; None where it is, or where the type is none of ours.

    Parameters
    ----------
    kind : str
        Name of a type of this module.
    value : object
        Of the Python type behind it already.

    Examples
    --------
    >>> rule_broken("Day", "1998-06-30"), rule_broken("Day", "05/06/2024")
    (None, 'a day, year first, such as 2024-05-06')
    >>> rule_broken("Share", 1.5)
    'a share between 0 and 1'
    """
    if kind not in _RULES:
        return None
    holds, rule = _RULES[kind]
    try:
        return None if holds(value) else rule
    except (TypeError, ValueError):
        return rule


def kinds() -> list[str]:
    """Names of the types that have rules."""
    return sorted(_RULES)


def _is_day(value: object) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value))) and date.fromisoformat(str(value)) is not None


def _is_file(value: object) -> bool:
    text = str(value)
    return "://" in text or Path(text).expanduser().exists() or bool(glob(str(Path(text).expanduser())))


def _is_gap(value: object) -> bool:
    return value == "rhythm" or float(str(value)) > 0


def _number(value: object) -> float:
    return float(value)  # type: ignore[arg-type]


_RULES: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "Count": (lambda value: _number(value) >= 0, "a whole number, 0 or more"),
    "Currency": (
        lambda value: bool(re.fullmatch("[A-Z]{3}", str(value))),
        "the three capital letters of ISO 4217, such as GBP, USD or CNY",
    ),
    "Day": (_is_day, "a day, year first, such as 2024-05-06"),
    "File": (_is_file, "a file that exists"),
    "Gap": (_is_gap, "rhythm, or a number of units above 0"),
    "Method": (lambda value: value in ("ml", "map", "laplace", "nuts"), "one of ml, map, laplace, nuts"),
    "ModelName": (lambda value: value in MODEL_NAMES, f"one of {', '.join(MODEL_NAMES)}"),
    "Positive": (lambda value: 0 < _number(value) < float("inf"), "a number above 0"),
    "Rate": (lambda value: -1 < _number(value) < float("inf"), "a yearly rate above -1; 0.10 is ten percent"),
    "Refunds": (lambda value: value in ("net", "drop"), "net or drop"),
    "Seed": (lambda value: 0 <= _number(value) < 2**32, "a whole number from 0 to 4294967295"),
    "Share": (lambda value: 0 <= _number(value) <= 1, "a share between 0 and 1"),
    "Unit": (lambda value: value in DAYS, f"one of {', '.join(DAYS)}"),
}
