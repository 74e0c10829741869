"""What the page of the next product shows, each part computed when first asked for."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from clvlab.customers.baskets.lines import Baskets, baskets
from clvlab.customers.baskets.rules import Rules, rules
from clvlab.customers.next_product.reasons import UNKNOWN, UPSELL
from clvlab.customers.next_product.recommend import NextProduct, next_product
from clvlab.data.company import Company, read_company
from clvlab.data.datasets import company as company_of
from clvlab.errors import InputError, NoDay
from clvlab.notes import Note
from clvlab.shown import Shown

TABLE = "order_lines"


@dataclass(frozen=True, eq=False, repr=False)
class NextProductStudy(Shown):
    """What sells together, and what to offer next.

    Attributes
    ----------
    company : Company
    leave_out : tuple of str
        Products that are none, such as postage.
    horizon : int or None
    n : int
    fewest : int or None
    """

    company: Company
    leave_out: tuple[str, ...] = ()
    horizon: int | None = None
    n: int = 5
    fewest: int | None = None

    @cached_property
    def baskets(self) -> Baskets:
        """Products in baskets."""
        return baskets(self.company.frame(TABLE), as_of=self.company.as_of, leave_out=self.leave_out)

    @cached_property
    def rules(self) -> Rules:
        """Products that go together."""
        return rules(self.baskets, fewest=self.fewest)

    @cached_property
    def category_rules(self) -> Rules | None:
        """Categories that go together; None without categories."""
        lines = self.company.frame(TABLE)
        if "category" not in lines or lines["category"].nunique() < 2:
            return None
        kept = lines[~lines["product"].isin(list(self.leave_out))]
        return rules(kept, by="category", as_of=self.company.as_of, fewest=self.fewest)

    @cached_property
    def next(self) -> NextProduct | Note:
        """Recommendations, or why there are none."""
        if self.baskets.day is None or np.isnat(self.baskets.day).any() or not len(self.baskets.customers):
            return Note("next_product.no_customers_or_dates")
        try:
            return next_product(self.baskets, horizon=self.horizon, n=self.n, fewest=self.fewest)
        except InputError as error:
            return Note("next_product.no_recommendations", reason=str(error))

    @cached_property
    def by_kind(self) -> pd.DataFrame:
        """Recommendations by kind: index kind; recommendations, customers, share."""
        if isinstance(self.next, Note) or self.next.recommendations.empty:
            return pd.DataFrame()
        table = self.next.recommendations
        table = table[table["kind"] != UNKNOWN]
        if table.empty:
            return pd.DataFrame()
        found = table.groupby("kind").agg(recommendations=("product", "size"), customers=("customer", "nunique"))
        return found.assign(share=found["recommendations"] / len(table)).sort_values("recommendations", ascending=False)

    @cached_property
    def upsells(self) -> pd.DataFrame:
        """Dearer products most often recommended: product, name, category, price, customers."""
        if isinstance(self.next, Note):
            return pd.DataFrame()
        table = self.next.recommendations
        table = table[table["kind"] == UPSELL]
        if table.empty:
            return pd.DataFrame()
        counted = table.groupby(["product"]).size().rename("customers").reset_index()
        about = self.baskets.about.loc[counted["product"], ["name", "category", "price"]].reset_index(drop=True)
        found = pd.concat([counted[["product"]], about, counted[["customers"]]], axis=1)
        return found.sort_values(["customers", "product"], ascending=[False, True]).reset_index(drop=True)


def next_product_study(
    folder: str | Path | None = None, *, orders: str | Path | None = None, leave_out: Sequence[str] | None = None,
    horizon: int | None = None, n: int = 5, fewest: int | None = None, date_format: str | None = None,
    as_of: str | None = None,
) -> NextProductStudy:  # fmt: skip
    """Study order lines: of a folder of tables, of a file of order lines alone, or of the demo company.

    Parameters
    ----------
    folder : path, optional
        One file per table, as ``clv.read_company`` takes it; of these order_lines is used.
    orders : path, optional
        A file of order lines, one row per product of an order.
    leave_out, horizon, n, fewest
        As ``next_product`` takes them.
    date_format, as_of
        As ``clv.read_company`` takes them.

    Raises
    ------
    InputError
        folder and orders both, no order lines, or as ``next_product`` and ``rules`` raise it.
    """
    if folder is not None and orders is not None:
        raise InputError("folder= and orders= were both given: a folder holds its own order lines. Leave one out.")
    if orders is not None:
        # Order lines without dates have no day that could count as now; rules need none.
        table = {TABLE: orders}
        try:
            company = read_company(table, as_of=as_of, date_format=date_format)
        except NoDay:
            company = read_company(table, as_of="2100-01-01", date_format=date_format)
    else:
        company = company_of(folder, date_format=date_format, as_of=as_of)
    return study_lines(company, leave_out=leave_out or (), horizon=horizon, n=n, fewest=fewest)


def study_lines(
    company: Company, *, leave_out: Collection[str] = (), horizon: int | None = None, n: int = 5,
    fewest: int | None = None,
) -> NextProductStudy:  # fmt: skip
    """The same of a company that is read already."""
    if TABLE not in company:
        raise InputError("What sells together needs a table of order lines (order_lines), which is not there.")
    return NextProductStudy(company, tuple(leave_out), horizon, n, fewest)
