"""What the page of the audit shows; each part is computed on first use."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

import pandas as pd

from clvlab.customers.audit.audit import Audit, audit
from clvlab.data.datasets import company as company_of
from clvlab.data.days import day_number
from clvlab.data.order_book import Orders
from clvlab.data.wide import read_wide
from clvlab.errors import FitError, InputError
from clvlab.notes import Note
from clvlab.shown import Shown
from clvlab.value.study import value_study

FORECAST_BY = "MBG/NBD"  # whose totals from earlier ends widen its prediction interval


@dataclass(frozen=True, eq=False, repr=False)
class AuditStudy(Shown):
    """An audit and what its page needs.

    Attributes
    ----------
    audit : Audit
    cohort : str
        Of whom the page shows how they evolved.
    target : float or None
        Profit to plan for next year; unset, that of the last year.
    source : str or None
        Name of the file of transactions, where the audit is of files by period.
    """

    audit: Audit
    cohort: str
    target: float | None
    source: str | None = None

    @classmethod
    def of(cls, made: Audit, *, cohort: str | None = None, target: float | None = None) -> Self:
        """The study of an audit; unless one is named, the cohort followed is the first acquired in the records.

        Raises
        ------
        InputError
            There is no such cohort.
        """
        known = list(made.cohorts.index.get_level_values("cohort").unique())
        if cohort is None:
            cohort = next((each for each in known if each != "before"), known[0])
        elif cohort not in known:
            raise InputError(f"cohort= names no cohort {cohort!r}; there are {', '.join(known)}.")
        return cls(made, cohort, target)

    @property
    def last(self) -> str:
        """The last whole period."""
        return str(self.audit.periods[-1])

    @property
    def before(self) -> str | None:
        """The one before it."""
        return str(self.audit.periods[-2]) if len(self.audit.periods) > 1 else None

    @cached_property
    def steps(self) -> pd.Series:
        """``Audit.profit_bridge`` from the period before the last to the last; empty of a single period."""
        if self.before is None:
            return pd.Series(dtype=float)
        return self.audit.profit_bridge(self.before, self.last)["profit"]

    @cached_property
    def deciles(self) -> pd.DataFrame:
        """The last period's customers, from the most profit to the least."""
        return self.audit.deciles(self.last)

    @cached_property
    def outlook(self) -> pd.DataFrame:
        """Next year by cohort; empty where there can be none."""
        try:
            return self.audit.outlook
        except InputError:
            return pd.DataFrame()

    @cached_property
    def needed(self) -> float:
        """New customers that the target needs; NaN without an outlook."""
        if self.outlook.empty:
            return float("nan")
        return self.audit.new_customers_needed(self.planned_for)

    @property
    def planned_for(self) -> float:
        """The target, or the profit of the last year."""
        return float(self.audit.decomposition["profit"].iloc[-1]) if self.target is None else self.target

    @cached_property
    def forecast(self) -> pd.Series | Note | None:
        """What a model expects of today's customers next year; why not; None of frames without days.

        clv, value_low and value_high (90 % prediction interval, widened by what its earlier totals missed).
        """
        company = self.audit.company
        if company is None or self.outlook.empty:
            return None
        book = company.read["orders"]
        assert isinstance(book, Orders)
        kept = float(self.audit.decomposition["margin"].iloc[-1])
        if not 0.0 < kept <= 1.0:
            return Note("audit.no_margin_to_forecast")
        end = min(self.audit.periods[-1].end_time.normalize(), book.last_date)
        try:
            return value_study(book, as_of=end, discount_rate=0.0, margin=kept, model=FORECAST_BY, method="ml").total
        except (FitError, InputError) as error:
            return Note("audit.no_forecast", reason=str(error))

    @cached_property
    def next_purchases(self) -> pd.DataFrame:
        """How soon customers buy again, by purchase; empty of frames, which have no days."""
        return self.audit.time_to_next() if self.audit.company is not None else pd.DataFrame()

    @cached_property
    def second_purchases(self) -> pd.DataFrame:
        """How soon customers of each cohort buy a second time; empty of frames, which have no days."""
        return self.audit.second_purchase if self.audit.company is not None else pd.DataFrame()

    @cached_property
    def by_category(self) -> pd.DataFrame:
        """The last period by product category; empty without order lines."""
        return self._of_categories(lambda: self.audit.categories.decomposition(len(self.audit.periods) - 1))

    @cached_property
    def together(self) -> pd.DataFrame:
        """Customers who bought of two categories; empty without order lines."""
        return self._of_categories(lambda: self.audit.categories.bought_together(len(self.audit.periods) - 1))

    @cached_property
    def bought_first(self) -> pd.DataFrame:
        """What customers bought first; empty without order lines."""
        company = self.audit.company
        if company is None:
            return pd.DataFrame()
        return self._of_categories(lambda: self.audit.categories.bought_first(day_number(company.as_of)))

    def _of_categories(self, table: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        try:
            return table()
        except InputError:
            return pd.DataFrame()


def audit_study(
    folder: str | Path | None = None,
    *,
    orders: str | Path | None = None,
    customer: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    date_format: str | None = None,
    refunds: Literal["net", "drop"] = "net",
    as_of: str | None = None,
    transactions: str | Path | None = None,
    spend: str | Path | None = None,
    profit: str | Path | None = None,
    acquired: str | None = None,
    period: Literal["month", "quarter", "year"] = "year",
    margin: float | None = None,
    cohort: str | None = None,
    target: float | None = None,
) -> AuditStudy:
    """Audit a company's tables, a file of orders, or files of customer x period; the demo company where none is named.

    Parameters
    ----------
    folder, orders, customer, date, amount, date_format, refunds, as_of
        As ``clv.datasets.company`` takes them.
    transactions, spend, profit : path, optional
        Files (CSV, Parquet, Excel) with one row per customer and one column per period.
    acquired, period, margin
        As ``clv.customers.audit`` takes them.
    cohort : str, optional
        Whom to follow; unset, the first acquired in the records.
    target : float, optional
        Profit to plan for next year.

    Raises
    ------
    InputError
        As ``clv.datasets.company`` and ``clv.customers.audit`` raise it; no such cohort.
    """
    if transactions is not None or spend is not None or profit is not None:
        made = audit(
            transactions=_wide(transactions, "transactions"), spend=_wide(spend, "spend"),
            profit=_wide(profit, "profit"), customer=customer, acquired=acquired, period=period, margin=margin,
        )  # fmt: skip
    else:
        read = company_of(
            folder, orders=orders, customer=customer, date=date, amount=amount, date_format=date_format,
            refunds=refunds, as_of=as_of,
        )  # fmt: skip
        made = audit(read, period=period, margin=margin)
    found = AuditStudy.of(made, cohort=cohort, target=target)
    return found if transactions is None else replace(found, source=Path(transactions).name)


def _wide(file: str | Path | None, name: str) -> pd.DataFrame | None:
    try:
        return None if file is None else read_wide(file)
    except InputError as error:
        raise InputError(f"{name}=: {error}") from None
