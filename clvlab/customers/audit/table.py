"""The table behind an audit: one row per customer and period with a purchase."""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.customers.windows import a_year
from clvlab.errors import InputError

Float = NDArray[np.float64]
Whole = NDArray[np.int64]

BEFORE = -1  # acquired before the first period
COLUMNS = ("transactions", "spend", "profit")


@dataclass(frozen=True, eq=False)
class PeriodTable:
    """What customers did, period by period.

    Attributes
    ----------
    ids : Index, shape (customers,)
    periods : PeriodIndex
        Whole ones, in order.
    who, when : arrays of int, shape (rows,)
        Number of the customer and of the period; sorted by period, then customer, no pair twice.
    transactions, spend, profit : arrays, shape (rows,)
        Transactions are above 0. Without a known margin profit is spend.
    acquired : array of int, shape (customers,)
        Number of the period in which each became a customer; -1 before the first.
    margin_known : bool
        Whether profit is one, and not spend.
    unused : DataFrame
        reason, rows, spend, profit: what is in none of the rows.
    """

    ids: pd.Index
    periods: pd.PeriodIndex
    who: Whole
    when: Whole
    transactions: Float
    spend: Float
    profit: Float
    acquired: Whole
    margin_known: bool
    unused: pd.DataFrame = field(default_factory=lambda: unused_rows([]))

    @property
    def n(self) -> int:
        """How many customers there are."""
        return len(self.ids)

    @property
    def a_year(self) -> int:
        """Periods of a year."""
        return a_year(self.periods)

    @cached_property
    def _starts(self) -> Whole:
        return np.searchsorted(self.when, np.arange(len(self.periods) + 1))

    def rows(self, t: int) -> slice:
        """Rows of a period."""
        return slice(int(self._starts[t]), int(self._starts[t + 1]))

    def of(self, t: int, column: str) -> Float:
        """A column of a period, one value per customer: 0 for customers who did not buy."""
        found = np.zeros(self.n)
        rows = self.rows(t)
        found[self.who[rows]] = getattr(self, column)[rows]
        return found

    @cached_property
    def cohort(self) -> Whole:
        """Cohort of each row, a number of a period or -1."""
        return self.acquired[self.who]

    def number(self, period: object) -> int:
        """The number of a period.

        Raises
        ------
        InputError
            It is none of the table's.
        """
        try:
            found = int(self.periods.get_indexer(pd.PeriodIndex([str(period)], freq=self.periods.freqstr))[0])
        except ValueError:
            found = -1
        if found < 0:
            raise InputError(
                f"{period!r} is no whole period of these records. There are {self.periods[0]} to {self.periods[-1]}, "
                "such as " + repr(str(self.periods[-1])) + "."
            )
        return found

    def label(self, cohort: int) -> str:
        """The name of a cohort: its period, or "before"."""
        return "before" if cohort == BEFORE else str(self.periods[cohort])


def unused_rows(rows: list[tuple[str, int, float, float]]) -> pd.DataFrame:
    """What is not in the table, one row per reason."""
    return pd.DataFrame([row for row in rows if row[1]], columns=["reason", "rows", "spend", "profit"])


def factors(found: pd.DataFrame) -> pd.DataFrame:
    """The same sums with aof (transactions per customer), aov (spend per transaction) and margin (profit per spend).

    Profit is customers x aof x aov x margin. What would be divided by nothing is missing.

    Examples
    --------
    >>> sums = pd.DataFrame({"customers": [2], "transactions": [5.0], "spend": [100.0], "profit": [40.0]})
    >>> factors(sums)[["aof", "aov", "margin"]].to_dict("records")
    [{'aof': 2.5, 'aov': 20.0, 'margin': 0.4}]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        each = {
            name: np.where(found[below] != 0, found[above] / found[below], np.nan)
            for name, above, below in (
                ("aof", "transactions", "customers"), ("aov", "spend", "transactions"), ("margin", "profit", "spend")
            )
        }  # fmt: skip
    return found.assign(**each)


def sums(group: Whole, groups: int, transactions: Float, spend: Float, profit: Float) -> pd.DataFrame:
    """Customers (rows with transactions), transactions, spend and profit of each group of rows; -1 is of none."""
    kept = group >= 0
    if not kept.all():
        group, transactions, spend, profit = group[kept], transactions[kept], spend[kept], profit[kept]
    columns = {"customers": (transactions > 0).astype(float), "transactions": transactions, "spend": spend,
               "profit": profit}  # fmt: skip
    found = {name: np.bincount(group, weights=each, minlength=groups) for name, each in columns.items()}
    return pd.DataFrame(found | {"customers": found["customers"].astype(np.int64)})
