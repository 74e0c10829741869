"""A table's contract, read from its file: columns, recognised headings, and the rules that refuse a row, in order."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Literal, cast, get_args

from clvlab.errors import InputError

Kind = Literal["identifier", "text", "category", "date", "amount", "number", "score", "flag"]
THINGS = frozenset({"product", "item", "campaign"})
RULES = ("missing", "bad", "future", "placeholder", "negative", "repeated")


@dataclass(frozen=True)
class ColumnContract:
    """What a column of a table is.

    Attributes
    ----------
    role : str
        Its name in the table read.
    kind : {"identifier", "text", "category", "date", "amount", "number", "score", "flag"}
        How its text becomes values.
    needed : bool
        Whether a table without it is refused.
    means, absent : str
        What it says; what its absence, or an empty cell, stands for.
    headings : tuple of frozenset of str
        Plain names it is recognised by, in tiers: an earlier tier wins, two names of one tier are ambiguous.
    low, high : float
        Of a score: what lies outside is no answer.
    """

    role: str
    kind: Kind
    needed: bool
    means: str
    absent: str
    headings: tuple[frozenset[str], ...] = ()
    low: float = float("-inf")
    high: float = float("inf")

    @property
    def says_who(self) -> bool:
        """Whether it tells customers apart, or leads to one of them: identifiers but those of things, and names."""
        return self.role == "name" or (self.kind == "identifier" and self.role not in THINGS)


@dataclass(frozen=True)
class Layout:
    """How one program's exports name the columns.

    Attributes
    ----------
    id : str
    said : str
        What people call it: "Zoho CRM, Sales Orders".
    marks : frozenset of str
        Headings by any of which it is known; empty where it is asked for by name alone.
    headings : mapping
        Role to headings, the first that is there being taken.
    notes : tuple of str
        Codes of what a reader of such a file should know.
    """

    id: str
    said: str
    marks: frozenset[str]
    headings: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """One reason for which a row is refused.

    Attributes
    ----------
    reason : str
        As the ledger says it: "missing customer", "end before start".
    kind : {"missing", "bad", "future", "placeholder", "negative", "repeated", "before", "status", "duplicate"}
    column : str
        The role it looks at; none for a row that equals an earlier one in every column of the source.
    other : str
        The role it is held against ("before"), or the list of statuses ("status").
    """

    reason: str
    kind: str
    column: str
    other: str = ""


@dataclass(frozen=True)
class Contract:
    """A table: see the files beside this one.

    Attributes
    ----------
    table : str
    row : str
        What one row is.
    columns : mapping of str to ColumnContract
    rules : tuple of Rule
        In order: a row has the first reason that holds.
    status : mapping
        Meaning ("cancelled", "won") to the words for it.
    layouts : tuple of Layout
    """

    table: str
    row: str
    columns: Mapping[str, ColumnContract]
    rules: tuple[Rule, ...]
    status: Mapping[str, frozenset[str]] = field(default_factory=dict)
    layouts: tuple[Layout, ...] = ()

    def with_mapping(self, path: str | Path) -> "Contract":
        """The contract with the layouts of a user's own file of the same form, which come first.

        Raises
        ------
        InputError
            The file is not there, is no TOML, or names a role that the table does not have.
        """
        given = _toml(Path(path))
        unknown = set(given) - {"sources", "status"}
        if unknown or not isinstance(given.get("sources"), dict):
            raise InputError(
                f"A mapping holds [sources.NAME] (and [status]); {str(path)!r} holds {', '.join(given) or 'nothing'}."
            )
        own = _layouts(given, self.columns, str(path))
        status = {**self.status, **_statuses(given)}
        return replace(self, layouts=(*own, *self.layouts), status=status)


def plain(heading: str) -> str:
    """A heading without case, space, punctuation and width: "Order Date", "order_date" and "ORDER-DATE" are one.

    Examples
    --------
    >>> plain("Order Date") == plain("order_date"), plain("销售订单金额（元）") == plain("销售订单金额(元)")
    (True, True)
    """
    import unicodedata

    folded = unicodedata.normalize("NFKC", heading).casefold()
    return "".join(letter for letter in folded if letter.isalnum())


def tables() -> tuple[str, ...]:
    """Names of all tables.

    Examples
    --------
    >>> "orders" in tables()
    True
    """
    names = (path.name for path in resources.files("clvlab.data.tables").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


@cache
def contract(table: str) -> Contract:
    """The contract of a table.

    Raises
    ------
    InputError
        There is no such table.

    Examples
    --------
    >>> contract("orders").columns["customer"].needed
    True
    """
    if table not in tables():
        raise InputError(f"There is no table {table!r}. There is: {', '.join(tables())}.")
    text = resources.files("clvlab.data.tables").joinpath(f"{table}.toml").read_text(encoding="utf-8")
    given = tomllib.loads(text)
    columns = {role: _column(role, each) for role, each in given["columns"].items()}
    return Contract(
        table=table,
        row=given["row"],
        columns=columns,
        rules=tuple(_rule(reason) for reason in given["refuse"]),
        status=_statuses(given),
        layouts=_layouts(given, columns, f"{table}.toml"),
    )


def _column(role: str, given: dict[str, object]) -> ColumnContract:
    kind = str(given["type"])
    assert kind in get_args(Kind), f"{role}: {kind}"
    tiers = cast(list[list[str]], given.get("headings", []))
    return ColumnContract(
        role=role,
        kind=cast(Kind, kind),
        needed=bool(given["needed"]),
        means=str(given["means"]),
        absent=str(given["absent"]),
        headings=tuple(frozenset(plain(name) for name in tier) for tier in tiers),
        low=float(cast(float, given.get("low", "-inf"))),
        high=float(cast(float, given.get("high", "inf"))),
    )


def _rule(reason: str) -> Rule:
    words = reason.split()
    if reason == "duplicate":
        return Rule(reason, "duplicate", "")
    if len(words) == 2 and words[1] == "status":
        return Rule(reason, "status", "status", words[0])
    if len(words) == 3 and words[1] == "before":
        return Rule(reason, "before", words[0], words[2])
    kind, column = words
    assert kind in RULES, reason
    return Rule(reason, kind, column)


def _statuses(given: dict[str, object]) -> dict[str, frozenset[str]]:
    found = cast(dict[str, list[str]], given.get("status", {}))
    return {meaning: frozenset(plain(word) for word in words) for meaning, words in found.items()}


def _layouts(given: dict[str, object], columns: Mapping[str, ColumnContract], where: str) -> tuple[Layout, ...]:
    layouts = []
    for id, each in cast(dict[str, dict[str, object]], given.get("sources", {})).items():
        roles = {name: value for name, value in each.items() if name not in ("said", "marks", "notes")}
        unknown = [role for role in roles if role not in columns]
        if unknown:
            raise InputError(
                f"[sources.{id}] of {where!r} names {', '.join(unknown)}, which the table does not have. "
                f"It has {', '.join(columns)}."
            )
        headings = {
            role: tuple(plain(name) for name in ([value] if isinstance(value, str) else cast(list[str], value)))
            for role, value in roles.items()
        }
        marks = frozenset(plain(name) for name in cast(list[str], each.get("marks", [])))
        notes = tuple(cast(list[str], each.get("notes", [])))
        layouts.append(Layout(id, str(each.get("said", id)), marks, headings, notes))
    return tuple(layouts)


def _toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"The mapping {str(path)!r} cannot be read: {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"The mapping {str(path)!r} is no TOML: {error}.") from None
