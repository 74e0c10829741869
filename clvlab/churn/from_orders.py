"""Spells from orders: when inactivity counts as leaving.

Nobody cancels a shop. A customer who stays inactive for longer than a threshold g after a purchase is taken to have
left, at the purchase + g: not before, since until then nobody could know. g is fixed at that purchase from what was
known then.
Who buys again after having left is won back, and begins a new spell.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.churn.silence import Gap, limits_of_silence
from clvlab.churn.spell_table import Spells
from clvlab.data.days import DateLike, as_day
from clvlab.data.order_book import Orders
from clvlab.data.units import Unit, days_in
from clvlab.errors import InputError

__all__ = ["LEVEL", "Gap", "spells_from_orders"]

Float = NDArray[np.float64]
LEVEL = 0.25  # of P(alive), where a model sets the limit


def spells_from_orders(
    orders: Orders,
    *,
    gap: Gap = "rhythm",
    level: float = LEVEL,
    unit: Unit = "month",
    as_of: DateLike | None = None,
) -> Spells:
    """Spells of customers who buy, and leave by becoming inactive.

    Parameters
    ----------
    gap : float, "rhythm" or TransactionFit
        How long a silence means that a customer has left. A number: that many units for all. ``"rhythm"``: three times
        the customer's own mean gap so far, and at least the usual limit; before a second repeat purchase the usual
        limit, below which nine in ten of the gaps that ended in the first half of the records stay. A fitted model:
        until P(alive) falls below ``level``, given the purchases so far (of a model that lets customers leave at any
        time, such as ``MBGNBD`` or ``ParetoNBD``: BG/NBD never lets those leave who bought once).
    level : float
        Of P(alive), with a model.
    as_of : date, optional
        End of the records; the last order unless given.

    Returns
    -------
    Spells
        Index customer_id; ``spell`` numbers a customer's, from 1; attributes are those of the first order. The event
        is at last purchase + g where that is within the records; otherwise the customer is censored at their end.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> spells_from_orders(datasets.cdnow(), gap=6.0)
    <2,834 spells, 2,318 ended, tenure in months>
    """
    length = days_in(unit)
    until = orders.last_date if as_of is None else as_day(as_of, "as_of")
    if until < orders.first_date:
        raise InputError(f"as_of={until:%Y-%m-%d} lies before the first order, of {orders.first_date:%Y-%m-%d}.")
    bought = orders.purchases(until)
    day: Float = np.asarray((bought["date"] - orders.first_date).dt.days, dtype=np.float64)
    who, ids = pd.factorize(bought["customer_id"], sort=False)
    end = float((until - orders.first_date).days)
    first = np.flatnonzero(np.diff(who, prepend=-1))
    days_each = np.diff(np.append(first, len(who)))
    begins: Float = np.repeat(day[first], days_each)
    nth = np.arange(len(who)) - np.repeat(first, days_each)  # repeat purchases so far
    limit, rule = limits_of_silence(gap, level, day, begins, nth, end, unit)
    following = np.append(day[1:], np.inf)
    following[np.append(first[1:] - 1, len(who) - 1)] = np.inf
    silent = np.minimum(following, end) - day
    left = silent > limit
    # A spell ends with each leaving, and with each customer's last purchase.
    last = np.zeros(len(who), dtype=bool)
    last[np.append(first[1:] - 1, len(who) - 1)] = True
    closes = left | last
    opens = np.append(True, closes[:-1])
    begin, close = np.flatnonzero(opens), np.flatnonzero(closes)
    event = left[close]
    finish = np.where(event, day[close] + limit[close], end)
    customer = who[close]
    number = np.arange(len(close)) - np.repeat(np.flatnonzero(np.diff(customer, prepend=-1)), np.bincount(customer))
    table = pd.DataFrame(
        {
            "entry": 0.0,
            "duration": (finish - day[begin]) / length,
            "event": event,
            "reason": "",
            "start": orders.first_date + pd.to_timedelta(day[begin], unit="D"),
            "end": pd.Series(orders.first_date + pd.to_timedelta(np.ceil(finish), unit="D")).where(event).to_numpy(),
            "spell": number + 1,
        },
        index=pd.Index(np.asarray(ids)[customer], name="customer_id"),
    )
    # Nothing was seen of a spell that began on the last day.
    unseen = (table["duration"] <= 0).to_numpy()
    left_out = {"churn.began_on_the_last_day": table.index[unseen].tolist()} if unseen.any() else {}
    table = table.loc[~unseen]
    if orders.attributes:
        known = orders.customers(until)[list(orders.attributes)]
        table = table.join(known.rename(columns={name: f"{name}_" for name in known if name in table}))
    finite = limit[np.isfinite(limit)]
    usual = float(np.median(finite)) / length if len(finite) else float("nan")
    # Nobody is called gone before the first purchase of all, and the least limit after it.
    first_leaving = float((day + limit).min())
    rule_from = orders.first_date + pd.Timedelta(days=float(np.ceil(first_leaving))) if len(finite) else until
    return Spells(table, unit, rule, until, left_out, usual, rule_from)
