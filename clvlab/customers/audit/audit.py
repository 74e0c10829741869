"""An audit of a customer base: the tables of the five lenses, each computed on first use."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from clvlab.customers.audit import cohorts, one_period, outlook, two_periods
from clvlab.customers.audit.bridge import bridge
from clvlab.customers.audit.categories import Categories, categories_of
from clvlab.customers.audit.from_frames import from_frames
from clvlab.customers.audit.from_orders import from_orders
from clvlab.customers.audit.next_purchase import time_to_next
from clvlab.customers.audit.table import BEFORE, PeriodTable, Whole
from clvlab.customers.windows import windows_of
from clvlab.data.company import Company
from clvlab.data.days import DateLike, as_day, day_number, day_numbers
from clvlab.data.order_book import Orders
from clvlab.data.orders import read_orders
from clvlab.errors import InputError
from clvlab.shown import Shown


@dataclass(frozen=True, eq=False, repr=False)
class Audit(Shown):
    """Five lenses on a customer base; each table is computed on first use.

    A period is named as it is written: 2019, "2019Q4", "2019-12"; a cohort by the period its customers were acquired
    in, "before" of those who were there before the records.

    Attributes
    ----------
    table : PeriodTable
        What it is made of.
    company : Company or None
        Its orders and lines; None of frames of customer x period.
    margin : float or None
        Share of spend that is earned, where given.
    """

    table: PeriodTable
    company: Company | None
    margin: float | None

    def __repr__(self) -> str:
        """Return one line: customers and periods."""
        return f"<audit of {self.table.n:,} customers, {self.periods[0]} to {self.periods[-1]}>"

    @property
    def periods(self) -> pd.PeriodIndex:
        """Whole periods, in order."""
        return self.table.periods

    @property
    def unused(self) -> pd.DataFrame:
        """Rows in none of the tables: reason, rows, spend, profit."""
        return self.table.unused

    # How customers differ within a period

    @cached_property
    def decomposition(self) -> pd.DataFrame:
        """Profit of each period as customers x aof x aov x margin; see ``one_period.decomposition``."""
        return one_period.decomposition(self.table)

    def distribution(self, period: object) -> pd.DataFrame:
        """How transactions, spend, profit, spend per transaction and margin are spread over a period's customers."""
        return one_period.distribution(self.table, self.table.number(period))

    def by_transactions(self, period: object, *, most: int = 10) -> pd.DataFrame:
        """A period's customers by how often they bought."""
        return one_period.by_transactions(self.table, self.table.number(period), most=most)

    def deciles(self, period: object) -> pd.DataFrame:
        """Ten groups of equally many customers, from the most profit to the least."""
        return one_period.deciles(self.table, self.table.number(period))

    def profit_deciles(self, period: object) -> pd.DataFrame:
        """Ten groups of equal profit."""
        return one_period.profit_deciles(self.table, self.table.number(period))

    # How they changed between two periods

    def overlap(self, first: object, second: object) -> pd.DataFrame:
        """Customers of both periods, of the first alone, and of the second alone."""
        return two_periods.overlap(self.table, *self._pair(first, second))

    def profit_bridge(self, first: object, second: object) -> pd.DataFrame:
        """From one period's profit to another's: lost, kept (by aof, aov, margin), returned and new customers."""
        return two_periods.profit_bridge(self.table, *self._pair(first, second))

    def factor_bridge(self, first: object, second: object) -> pd.Series:
        """The change of profit shared among customers, aof, aov and margin."""
        before, after = self._pair(first, second)
        return bridge(self.decomposition.iloc[before], self.decomposition.iloc[after])

    def switching(self, first: object, second: object) -> pd.DataFrame:
        """How many customers moved from each decile to each, on the first period's bounds."""
        return two_periods.switching(self.table, *self._pair(first, second))

    def moves(self, first: object, second: object) -> pd.DataFrame:
        """Customers who moved up, stayed, moved down, went and came, with their profits."""
        return two_periods.moves(self.table, *self._pair(first, second))

    @cached_property
    def bought_again(self) -> pd.DataFrame:
        """Of each period's buyers, those who bought in the next."""
        return two_periods.bought_again(self.table)

    # How cohorts evolve and compare, and the whole base

    @cached_property
    def cohorts(self) -> pd.DataFrame:
        """Each cohort in each period: size x active_share x aof x aov x margin = profit."""
        return cohorts.cohorts(self.table)

    def c3(self, column: str = "profit") -> pd.DataFrame:
        """Customer cohort chart: one row per period, one column per cohort."""
        return cohorts.c3(self.cohorts, column)

    def compare_cohorts(
        self, *chosen: object, column: str = "profit", by: Literal["age", "period"] = "age", indexed: bool = False
    ) -> pd.DataFrame:
        """Cohorts side by side, by age or by the calendar."""
        return cohorts.compared(self.cohorts, [str(each) for each in chosen], column, by=by, indexed=indexed)

    def patterns(self, cohort: object) -> pd.DataFrame:
        """In which periods customers of a cohort bought."""
        return cohorts.patterns(self.table, self._cohort(cohort))

    @cached_property
    def repeat_buying(self) -> pd.DataFrame:
        """Of each cohort, those who bought more than once so far."""
        return cohorts.repeat_buying(self.table)

    def value_to_date(self, cohort: object) -> pd.DataFrame:
        """Deciles of a cohort's customers by the profit they brought so far."""
        return cohorts.value_to_date(self.table, self._cohort(cohort))

    def time_to_next(self, cohort: object | None = None, *, most: int = 5) -> pd.DataFrame:
        """Share of customers who made their next purchase within 30 to 365 days; of one cohort, or of all.

        Raises
        ------
        InputError
            The audit is of frames of customer x period, which have no days.
        """
        whose, day, now = self._purchases
        own = slice(None) if cohort is None else self.table.acquired[whose] == self._cohort(cohort)
        return time_to_next(whose[own], day[own], now, most=most)

    @cached_property
    def second_purchase(self) -> pd.DataFrame:
        """How soon customers of each cohort bought a second time: ``time_to_next`` after the first, index cohort.

        Raises
        ------
        InputError
            The audit is of frames of customer x period, which have no days.
        """
        whose, day, now = self._purchases
        cohort = self.table.acquired[whose]
        rows = {
            self.table.label(c): time_to_next(whose[cohort == c], day[cohort == c], now, most=1).loc[1]
            for c in np.unique(cohort[(cohort != BEFORE) & (cohort < len(self.periods))])
        }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("cohort")

    @cached_property
    def _purchases(self) -> tuple[Whole, Whole, int]:
        """Customer and day of each purchase, and the last day of the records."""
        if self.company is None:
            raise InputError("The time to the next purchase needs orders with their days, not periods.")
        bought = self.company.frame("orders")
        whose = self.table.ids.get_indexer(pd.Index(bought["customer"]))
        day = day_numbers(bought["date"])
        return whose, day, day_number(self.company.as_of)

    @cached_property
    def outlook(self) -> pd.DataFrame:
        """Next year: each cohort changes as the one a year older did, with as many new customers as last year."""
        return outlook.outlook(self.table, self.cohorts)

    def new_customers_needed(self, target: float) -> float:
        """How many new customers are needed for a profit of ``target`` next year."""
        return outlook.new_customers_needed(self.table, self.outlook, target)

    @cached_property
    def categories(self) -> Categories:
        """The audit by product category.

        Raises
        ------
        InputError
            There are no order lines with customers, days, amounts and categories.
        """
        if self.company is None or "order_lines" not in self.company:
            raise InputError("Categories need a table of order lines beside the orders: clv.read_company reads both.")
        return categories_of(self.company.frame("order_lines"), windows_of(self.periods), margin=self.margin)

    def _pair(self, first: object, second: object) -> tuple[int, int]:
        pair = self.table.number(first), self.table.number(second)
        if pair[0] >= pair[1]:
            raise InputError(f"The first period comes before the second; found {first!r} and {second!r}.")
        return pair

    def _cohort(self, cohort: object) -> int:
        return BEFORE if cohort == "before" else self.table.number(cohort)


def audit(
    source: object = None,
    *,
    period: Literal["month", "quarter", "year"] = "year",
    transactions: pd.DataFrame | None = None,
    spend: pd.DataFrame | None = None,
    profit: pd.DataFrame | None = None,
    customer: str | None = None,
    acquired: str | None = None,
    margin: float | None = None,
    as_of: DateLike | None = None,
) -> Audit:
    """Audit a customer base.

    Parameters
    ----------
    source : Orders, Company, or what ``clv.read_orders`` reads
        A company's order lines with a cost say what was earned.
    period : {"month", "quarter", "year"}
        Only whole ones count.
    transactions, spend, profit : DataFrame
        In place of a source: one row per customer, one column per period (2019, "2019Q4", "Y2019Q4", "2019-12").
    customer : str, optional
        Column of the customer in such frames; unset, the first that is no period, else the index.
    acquired : str, optional
        Column of ``transactions`` with the period each became a customer ("2016Q1"; "pre..." for earlier); unset, the
        first with a transaction.
    margin : float, optional
        Share of spend that is earned; unset, costs of order lines or the frame of profit say so, else profit is spend.
    as_of : date, optional
        The day that counts as now; unset, the last order, or the company's own.

    Raises
    ------
    InputError
        Neither a source nor frames, or both; a margin not above 0 or above 1; records without a whole period.

    References
    ----------
    Fader, Hardie and Ross (2022), The Customer-Base Audit.

    Examples
    --------
    >>> made = pd.DataFrame({"customer": ["a", "b", "c"], 2018: [1, 2, 0], 2019: [0, 4, 1]})
    >>> found = audit(transactions=made, spend=made, margin=0.5)
    >>> found
    <audit of 3 customers, 2018 to 2019>
    >>> found.decomposition[["customers", "aof", "profit"]].to_dict("list")
    {'customers': [2, 2], 'aof': [1.5, 2.5], 'profit': [1.5, 2.5]}
    >>> found.overlap(2018, 2019)["customers"].to_dict()
    {'both': 1, 'first_only': 1, 'second_only': 1}
    """
    if margin is not None and not 0.0 < margin <= 1.0:
        raise InputError(f"margin= is the share of spend that is earned, above 0 and at most 1; found {margin!r}.")
    given = {"transactions": transactions, "spend": spend, "profit": profit}
    frames = {name: frame for name, frame in given.items() if frame is not None}
    if (source is None) == (not frames):
        raise InputError(
            "An audit is of orders, or of frames of customer x period (transactions= and spend=): pass one."
        )
    if source is None:
        return Audit(
            from_frames(frames, period=period, customer=customer, acquired=acquired, margin=margin), None, margin
        )
    if not isinstance(source, Orders | Company):
        source = read_orders(source)
    if isinstance(source, Orders):
        source = Company({"orders": source}, source.last_date)
    if as_of is not None:
        source = replace(source, as_of=as_day(as_of, "as_of"))
    return Audit(from_orders(source, period=period, margin=margin), source, margin)
