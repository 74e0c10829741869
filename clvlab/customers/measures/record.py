"""A measure: what is counted of what, in one period."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from clvlab.customers.facts import Facts

Float = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

type Kind = Literal["share", "net", "ratio", "total", "count", "cost"]
type Rows = Literal[
    "customers", "answers", "invitations", "leads", "opportunities", "complaints", "subscriptions", "rewards"
]  # fmt: skip


@dataclass(frozen=True)
class Parts:
    """Inputs of a measure in one period: a row per customer, answer, lead or case.

    Attributes
    ----------
    customer : array of int, shape (rows,)
        Whose; -1 of nobody who is known.
    num, den : arrays, shape (rows,)
        What is counted, and of what: the measure is the sum of the one over that of the other.
    segment : array of str or None
        By name of the division, where rows have segments of their own (leads of a channel); else the customer's.
    """

    customer: Whole
    num: Float
    den: Float
    segment: dict[str, NDArray[np.object_]] | None = None


@dataclass(frozen=True)
class MeasureRecord:
    """A measure of customers by period.

    Attributes
    ----------
    id : str
    group : str
        "base", "buying", "staying", "acquiring", "selling", "caring", "answering" or "engaging".
    kind : {"share", "net", "ratio", "total", "count", "cost"}
        How sure it is: a share of rows; a net share; a ratio of sums over customers; a sum over customers; a number of
        them; a sure cost over a number of customers.
    written : str
        Format: "percent1", "money0", "number1".
    better : {"higher", "lower", "none"}
    parts : callable
        Facts and number of the period to what is counted.
    steady : bool
        Whether seasons should leave it alone, so that a month unlike the others is news.
    snapshot : bool
        Known as of now only: of the last period alone.
    rows : {"customers", "answers", "invitations", "leads", "opportunities", "complaints", "subscriptions", "rewards"}
        What its number of observations counts: of a share, its rows; of others, customers.
    """

    id: str
    group: str
    kind: Kind
    written: str
    better: Literal["higher", "lower", "none"]
    parts: Callable[[Facts, int], Parts]
    steady: bool = False
    snapshot: bool = False
    rows: Rows = "customers"

    @property
    def number(self) -> Literal["number", "percent", "money"]:
        """What kind of number it is."""
        if self.written.startswith("percent"):
            return "percent"
        return "money" if self.written.startswith("money") else "number"

    @property
    def digits(self) -> int:
        """Decimals it is written with."""
        return int(self.written[-1]) if self.written[-1].isdigit() else 0


def among(flags: Flags, of: Flags | None = None) -> Parts:
    """Which customers, by number, of which; of all where none are named."""
    whose = np.arange(len(flags)) if of is None else np.flatnonzero(of)
    num = flags[whose].astype(float)
    return Parts(whose, num, np.ones(len(whose)))


def counted(flags: Flags) -> Parts:
    """How many customers are among those flagged."""
    whose = np.flatnonzero(flags)
    return Parts(whose, np.ones(len(whose)), np.ones(len(whose)))


def within(day: Whole, facts: Facts, t: int) -> slice:
    """Rows of a period, of days in order."""
    first, last = facts.windows.first[t], facts.windows.last[t]
    return slice(*np.searchsorted(day, [first, last + 1]))


def per_customer(facts: Facts, customer: Whole, values: Float) -> Float:
    """Sums over rows of each customer; rows of nobody are left out."""
    known = customer >= 0
    return np.bincount(customer[known], weights=values[known], minlength=facts.n)
