"""Order lines as codes: which products are in which basket, whose it is and of which day; every other line counted."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.data.days import DateLike, as_day
from clvlab.errors import InputError

Int = NDArray[np.int64]
Days = NDArray[np.datetime64]
LEVELS = {"product": "missing_product", "category": "missing_category"}  # why a line is not used that has none


@dataclass(frozen=True, eq=False)
class Baskets:
    """Products in baskets, one entry per product of a basket, in the order of baskets.

    Attributes
    ----------
    basket, product : array of int
        Places of the basket and of the product; a product is in a basket once.
    customer : array of int, one entry per basket
        Whose basket it is. A basket of nobody known has a number of its own, from ``len(customers)`` up.
    day : array of datetime64[D], one entry per basket, or None
        None where lines have no dates.
    products, customers : Index
        Their identifiers.
    about : DataFrame
        Index product: name (missing where lines have no description), category, price (median of one unit).
    unused : DataFrame
        Index reason; rows.
    rows : int
        Lines given.
    """

    basket: Int
    product: Int
    customer: Int
    day: Days | None
    products: pd.Index
    customers: pd.Index
    about: pd.DataFrame
    unused: pd.DataFrame
    rows: int

    @property
    def n(self) -> int:
        """How many baskets there are."""
        return len(self.customer)


def baskets(
    lines: pd.DataFrame, *, by: str = "product", as_of: DateLike | None = None, leave_out: Collection[str] = ()
) -> Baskets:
    """Baskets of order lines.

    Parameters
    ----------
    lines : DataFrame
        One row per product of an order, columns as ``clv.read_order_lines`` has them: product, and order_id, or
        customer and date, whose lines of one day then are a basket. Also used: quantity, price, amount,
        description, category.
    by : {"product", "category"}
        What baskets are made of.
    as_of : date, optional
        The last day to use; the last in the lines unless given.
    leave_out : collection of str
        Products (or categories) that are none, such as postage.

    Raises
    ------
    InputError
        A column is missing, ``by`` is neither, or no line can be used.

    Examples
    --------
    >>> told = pd.DataFrame({"order_id": [*"1122"], "product": [*"abaa"], "quantity": [1, 1, 2, -1]})
    >>> found = baskets(told)
    >>> found.n, found.product.tolist(), found.unused["rows"].to_dict()
    (2, [0, 1, 0], {'returned': 1})
    """
    if by not in LEVELS:
        raise InputError(f"by= is product or category; found {by!r}.")
    for name in {"product", by}:
        if name not in lines:
            raise InputError(
                f"The order lines have no column {name!r}; there are {', '.join(map(str, lines.columns))}."
            )
    named = "order_id" in lines
    if not named and not {"customer", "date"} <= set(lines.columns):
        raise InputError("A basket is an order_id, or a customer's day: the order lines have neither both columns.")
    if "date" in lines and not pd.api.types.is_datetime64_any_dtype(lines["date"]):
        raise InputError("The column date of the order lines holds no days; clv.read_order_lines reads them.")
    reason = _reasons(lines, by, named, as_of, leave_out)
    used = lines[reason == ""]
    if used.empty:
        counted = ", ".join(f"{n:,} {name}" for name, n in reason[reason != ""].value_counts().items())
        raise InputError(f"None of the {len(lines):,} order lines can be used: {counted or 'there are none'}.")
    unused = reason[reason != ""].value_counts().rename_axis("reason").rename("rows").to_frame()
    return _coded(used, by, named, unused, len(lines))


def _reasons(
    lines: pd.DataFrame, by: str, named: bool, as_of: DateLike | None, leave_out: Collection[str]
) -> pd.Series:
    """Why a line is not used; empty text where it is. The first of several counts."""
    reason = pd.Series("", index=lines.index, dtype=object)

    def refuse(which: pd.Series, why: str) -> None:
        reason[which.to_numpy(bool) & (reason == "").to_numpy()] = why

    refuse(lines[by].isna(), LEVELS[by])
    refuse(lines["order_id"].isna() if named else lines[["customer", "date"]].isna().any(axis=1), "missing_order")
    for name in ("quantity", "amount"):
        if name in lines:
            refuse((lines[name] <= 0 if name == "quantity" else lines[name] < 0).fillna(False), "returned")
    if leave_out:
        refuse(lines[by].isin(list(leave_out)), "left_out")
    if as_of is not None and "date" in lines:
        refuse((lines["date"].dt.normalize() > as_day(as_of, "as_of")).fillna(False), "after_as_of")
    return reason


def _coded(used: pd.DataFrame, by: str, named: bool, unused: pd.DataFrame, rows: int) -> Baskets:
    day = used["date"].to_numpy().astype("datetime64[D]") if "date" in used else None
    who = used["customer"] if "customer" in used else pd.Series(pd.NA, index=used.index, dtype=object)
    customer, customers = pd.factorize(who, sort=True)
    if named:
        basket, _ = pd.factorize(used["order_id"])
    else:
        assert day is not None
        basket, _ = pd.factorize(customer * 1_000_000 + day.astype(np.int64))
    product, products = pd.factorize(used[by], sort=True)
    n = int(basket.max()) + 1
    first = np.full(n, len(used))
    np.minimum.at(first, basket, np.arange(len(used)))
    own = customer[first].astype(np.int64)
    nobody = own < 0
    own[nobody] = len(customers) + np.arange(int(nobody.sum()))
    once = np.unique(basket.astype(np.int64) * len(products) + product)
    return Baskets(
        basket=once // len(products), product=once % len(products), customer=own,
        day=None if day is None else day[first], products=pd.Index(products), customers=pd.Index(customers),
        about=_about(used, product, pd.Index(products), by), unused=unused, rows=rows,
    )  # fmt: skip


def _about(used: pd.DataFrame, product: Int, products: pd.Index, by: str) -> pd.DataFrame:
    """Name and category (the most frequent) and median price of each product."""
    found = pd.DataFrame({"name": pd.NA, "category": pd.NA, "price": np.nan}, index=products, dtype=object)
    found["price"] = np.nan
    if by == "category":
        return found
    for name, column in (("name", "description"), ("category", "category")):
        if column in used:
            found[name] = _usual(product, used[column], len(products))
    price = used["price"] if "price" in used else pd.Series(np.nan, index=used.index)
    if {"amount", "quantity"} <= set(used.columns):
        price = price.fillna(used["amount"] / used["quantity"])
    medians = price.astype(float).groupby(product).median()
    found["price"] = medians.reindex(np.arange(len(products))).to_numpy(float)
    return found


def _usual(product: Int, told: pd.Series, n: int) -> NDArray[np.object_]:
    """The most frequent text of each product, the first in the alphabet of equally frequent ones."""
    code, values = pd.factorize(told, sort=True)
    keys, times = np.unique(product[code >= 0] * max(len(values), 1) + code[code >= 0], return_counts=True)
    keys = keys[np.argsort(-times, kind="stable")]
    which, first = np.unique(keys // max(len(values), 1), return_index=True)
    found = np.full(n, pd.NA, dtype=object)
    found[which] = np.asarray(values, dtype=object)[keys[first] % max(len(values), 1)]
    return found


def fewest_of(n_baskets: int, fewest: int | None) -> int:
    """In how many baskets a product must be to be looked at: 50, fewer of fewer than 10,000 baskets, at least 5."""
    if fewest is None:
        return max(5, min(50, n_baskets // 200))
    if isinstance(fewest, bool) or not isinstance(fewest, int | np.integer) or fewest < 1:
        raise InputError(f"fewest= is a whole number of baskets, 1 or more; found {fewest!r}.")
    return int(fewest)
