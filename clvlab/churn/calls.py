"""Status of each customer on a day: whether inactivity counts as leaving, and the chance of not buying soon."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from clvlab.churn.from_orders import spells_from_orders
from clvlab.churn.silence import Gap
from clvlab.data.days import DateLike, as_day
from clvlab.data.histories import histories
from clvlab.data.order_book import Orders
from clvlab.data.units import Unit, days_in
from clvlab.models import MBGNBD
from clvlab.models.transactions import TransactionFit

type Group = Literal["left", "warned", "here"]
GROUPS: tuple[Group, ...] = ("warned", "here", "left")
LIKELY = 0.5  # who is on the warning list is more likely than not to buy nothing


@dataclass(frozen=True, eq=False)
class Calls:
    """What the inactivity rule and the purchase model say about each customer, using no data later than the day.

    Attributes
    ----------
    table : DataFrame, indexed by customer_id
        group ("left": inactive for longer than the limit; of the others "warned": a chance above one half, and "here"),
        chance (of buying nothing within the horizon) with low and high (90 %, of the model's parameters).
    histories : DataFrame
        What the model knew.
    fit : TransactionFit
        MBG/NBD, in which customers may leave after any purchase.
    """

    table: pd.DataFrame
    histories: pd.DataFrame
    fit: TransactionFit


def calls(
    orders: Orders, *, gap: Gap = "rhythm", unit: Unit = "month", as_of: DateLike | None = None, horizon: float = 3.0,
    seed: int = 0,
) -> Calls:  # fmt: skip
    """What both say about each customer at the end of a day.

    Parameters
    ----------
    gap
        As ``spells_from_orders`` takes it.
    horizon : float
        In units.
    seed : int
        Of the draws of the model's parameters.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> calls(datasets.cdnow(), gap=4.0, as_of="1997-12-31").table["group"].value_counts().to_dict()
    {'left': 1886, 'warned': 295, 'here': 176}
    """
    known = histories(orders, end=as_of, unit=unit)
    fit = MBGNBD().fit(known, method="laplace", seed=seed)
    table = fit.prob_no_purchase(known, horizon)
    table.columns = pd.Index(["chance", "low", "high"])
    spells = spells_from_orders(orders, gap=gap, unit=unit, as_of=as_of).table
    ended = spells["event"].groupby(level=0, sort=False).last()
    # A spell that began on the last day is none yet: who bought then is here, new or won back.
    left = ended.reindex(known.index).eq(True).to_numpy() & (known["recency"] < known["T"]).to_numpy()
    group = np.where(left, "left", np.where(table["chance"] > LIKELY, "warned", "here"))
    table.insert(0, "group", pd.Series(group, index=table.index, dtype=object))
    return Calls(table, known, fit)


def stayed_away(orders: Orders, customers: pd.Index, after: DateLike, horizon: float, unit: Unit) -> pd.Series:
    """Whether each customer bought nothing within the horizon after a day: bool, indexed by customer_id."""
    begin = as_day(after, "after")
    until = begin + pd.Timedelta(days=round(horizon * days_in(unit)))
    later = orders.purchases(until)
    bought = later.loc[later["date"] > begin, "customer_id"]
    return pd.Series(~customers.isin(pd.Index(bought)), index=customers)
