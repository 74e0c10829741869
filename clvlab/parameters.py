"""Types of notebook parameters: valid values and required other parameters, checked before a notebook starts.

A notebook's parameters cell says ``as_of: Day | None = None``; ``clvlab report`` reads that and refuses
``-p as_of=05/06/2024`` at once. To Python they are plain text and numbers. ``Annotated[Column | None, With("orders")]``
says that a column has an effect only with orders: set without them, it is refused too.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from glob import glob
from pathlib import Path

from clvlab.data.sources.address import is_database, read_address
from clvlab.data.units import DAYS
from clvlab.errors import InputError


@dataclass(frozen=True, init=False)
class Beside(ABC):
    """Which other parameters decide whether one has an effect: ``Annotated[Column | None, With("orders")]``.

    Parameters
    ----------
    *names : str
        The other parameters. One is set where its value is neither None, False, 0 nor empty.
    """

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)

    @abstractmethod
    def broken(self, name: str, known: Collection[str]) -> str | None:
        """Why a parameter of that name has no effect where these are set, and what to do; None where it has one."""

    def __str__(self) -> str:
        return f"{type(self).__name__.lower()} {' or '.join(self.names)}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, self.names))})"


class With(Beside):
    """It has an effect only where one of these others is set."""

    def broken(self, name: str, known: Collection[str]) -> str | None:
        """Where none of them is.

        >>> With("orders").broken("date_column", {"subscriptions"})
        'without orders: set orders too, or leave date_column out'
        """
        either = " or ".join(self.names)
        lacking = not any(each in known for each in self.names)
        return f"without {either}: set {either} too, or leave {name} out" if lacking else None


class Without(Beside):
    """It has an effect only where none of these others is set."""

    def broken(self, name: str, known: Collection[str]) -> str | None:
        """Where one of them is.

        >>> Without("orders").broken("start_column", {"orders"})
        'beside orders: leave start_column or orders out'
        """
        return next((f"beside {each}: leave {name} or {each} out" for each in self.names if each in known), None)


type Column = str
type Count = int
type Currency = str
type Day = str
type File = str
type Folder = str
type Gap = str
type Identifier = str
type Language = str
type Margin = float
type Method = str
type ModelName = str
type Period = str
type Positive = float
type Rate = float
type Refunds = str
type Seed = int
type Share = float
type Unit = str
type Weights = str

# What a transaction model of the value report is asked for by; "auto" leaves the choice to earlier forecasts.
MODEL_NAMES = ("auto", "BG/NBD", "MBG/NBD", "Pareto/NBD", "BG/CNBD-k", "MBG/CNBD-k")

PERIODS = ("month", "quarter", "year")

# The Python type behind each, as text on a command line is turned into it.
BEHIND = {
    **dict.fromkeys(["Column", "Currency", "Day", "File", "Folder", "Gap", "Identifier", "Language", "Method"], "str"),
    **dict.fromkeys(["ModelName", "Period", "Refunds", "Unit", "Weights"], "str"),
    **dict.fromkeys(["Margin", "Positive", "Rate", "Share"], "float"),
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

    Raises
    ------
    InputError
        A File is the address of a database that cannot be used: says why, without repeating it.

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
    except InputError:
        raise
    except (TypeError, ValueError):
        return rule


def kinds() -> list[str]:
    """Names of the types that have rules."""
    return sorted(_RULES)


def _is_day(value: object) -> bool:
    return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", str(value))) and date.fromisoformat(str(value)) is not None


def _is_file(value: object) -> bool:
    text = str(value)
    if is_database(text):
        read_address(text)
        return True
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
    "Folder": (lambda value: Path(str(value)).expanduser().is_dir(), "a folder that exists"),
    "Gap": (_is_gap, "rhythm, or a number of units above 0"),
    "Margin": (lambda value: 0 < _number(value) <= 1, "a share of spend above 0 and up to 1, such as 0.3"),
    "Method": (lambda value: value in ("ml", "map", "laplace", "nuts"), "one of ml, map, laplace, nuts"),
    "ModelName": (lambda value: value in MODEL_NAMES, f"one of {', '.join(MODEL_NAMES)}"),
    "Period": (lambda value: value in PERIODS, f"one of {', '.join(PERIODS)}"),
    "Positive": (lambda value: 0 < _number(value) < float("inf"), "a number above 0"),
    "Rate": (lambda value: -1 < _number(value) <= 1, "a yearly rate above -1 and up to 1; 0.10 is ten percent"),
    "Refunds": (lambda value: value in ("net", "drop"), "net or drop"),
    "Seed": (lambda value: 0 <= _number(value) < 2**32, "a whole number from 0 to 4294967295"),
    "Share": (lambda value: 0 <= _number(value) <= 1, "a share between 0 and 1"),
    "Unit": (lambda value: value in DAYS, f"one of {', '.join(DAYS)}"),
    "Weights": (lambda value: value in ("equal", "entropy"), "equal or entropy"),
}
