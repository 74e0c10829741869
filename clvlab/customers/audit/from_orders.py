"""The table of an audit from orders, with margins from their lines where those have costs."""

import numpy as np
import pandas as pd

from clvlab.customers.audit.table import Float, PeriodTable, Whole, unused_rows
from clvlab.customers.windows import Windows, windows
from clvlab.data.company import Company
from clvlab.data.days import day_numbers
from clvlab.errors import InputError

type Unused = tuple[str, int, float, float]


def from_orders(company: Company, *, period: str, margin: float | None) -> PeriodTable:
    """Count each customer's purchases, spend and profit by period.

    Parameters
    ----------
    company : Company
        Order lines with a cost say what was earned.
    period : {"month", "quarter", "year"}
    margin : float, optional
        Share of spend that is earned; of a company with costs, not needed.
    """
    if "orders" not in company:
        raise InputError("An audit needs a table of orders, or frames of customer x period: transactions= and spend=.")
    bought = company.frame("orders")
    if bought["amount"].isna().all():
        raise InputError("These orders carry no amounts: name the amount column when they are read.")
    whole = windows(bought["date"].min(), company.as_of, period)
    who, ids = pd.factorize(bought["customer"])
    day = day_numbers(bought["date"])
    at = np.asarray(whole.of(day))
    spend = bought["amount"].to_numpy(float)
    first = np.full(len(ids), np.iinfo(np.int64).max)
    np.minimum.at(first, who, day)
    within = at >= 0
    key = at[within] * len(ids) + who[within]
    cells, where = np.unique(key, return_inverse=True)
    total = np.bincount(where, weights=spend[within], minlength=len(cells))
    lost = [("outside whole periods", int((~within).sum()), float(spend[~within].sum()), np.nan)]
    lines = _lines(company) if margin is None else None
    if lines is None:
        profit = total * (1.0 if margin is None else margin)
    else:
        profit, left_out = _earned(lines, pd.Index(ids), whole, cells)
        lost += left_out
    # Who came before the first whole period is in the cohort before it, who came after the last one in none.
    acquired = np.searchsorted(whole.first, first, side="right") - 1
    acquired[first > whole.last[-1]] = len(whole)
    return PeriodTable(
        ids=pd.Index(ids, name="customer_id"), periods=whole.index, who=cells % len(ids), when=cells // len(ids),
        transactions=np.bincount(where, minlength=len(cells)).astype(float), spend=total, profit=profit,
        acquired=acquired, margin_known=lines is not None or margin is not None, unused=unused_rows(lost),
    )  # fmt: skip


def _lines(company: Company) -> pd.DataFrame | None:
    if "order_lines" not in company:
        return None
    lines = company.frame("order_lines")
    needed = ("customer", "date", "amount", "cost")
    return lines if all(name in lines and not lines[name].isna().all() for name in needed) else None


def _earned(lines: pd.DataFrame, ids: pd.Index, whole: Windows, cells: Whole) -> tuple[Float, list[Unused]]:
    """Amount less cost of the lines of each cell, and what is in none."""
    earned = (lines["amount"] - lines["cost"]).to_numpy(float, na_value=np.nan)
    who = ids.get_indexer(pd.Index(lines["customer"]))
    at = np.asarray(whole.of(day_numbers(lines["date"])))
    key = at * len(ids) + who
    place = np.minimum(np.searchsorted(cells, key), len(cells) - 1)
    reason = np.select(
        [np.isnan(earned), who < 0, at < 0, cells[place] != key],
        ["line without amount or cost", "line of no known customer", "line outside whole periods",
         "line without a purchase in its period"], "",
    )  # fmt: skip
    used = reason == ""
    profit = np.bincount(place[used], weights=earned[used], minlength=len(cells))
    lost = []
    for why in sorted(set(reason[~used])):
        those = reason == why
        amount = float(np.nansum(lines["amount"].to_numpy(float, na_value=np.nan)[those]))
        lost.append((str(why), int(those.sum()), amount, float(np.nansum(earned[those]))))
    return profit, lost
