"""Spells from orders: when silence counts as leaving.

Nobody cancels a shop. A customer who stays silent for longer than a limit g after a purchase is taken to have left, at
the purchase + g: not before, since until then nobody could know. g is fixed at that purchase from what was known then.
Who buys again after having left is won back, and begins a new spell.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.churn.spells import Spells
from clvlab.data.days import as_day
from clvlab.data.order_book import Orders
from clvlab.data.units import days_in
from clvlab.errors import InputError

Float = NDArray[np.float64]
USUAL = 0.90  # of all gaps stay below the limit of customers without a rhythm of their own
TIMES_OWN = 3.0  # own mean gaps of silence
FEWEST_GAPS = 2
HALVINGS = 40


def spells_from_orders(
    orders: Orders,
    *,
    gap: Any = "rhythm",
    level: float = 0.25,
    unit: str = "month",
    as_of: Any = None,
) -> Spells:
    """Spells of customers who buy, and leave by falling silent.

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
    day = ((bought["date"] - orders.first_date).dt.days).to_numpy(dtype=float)
    who, ids = pd.factorize(bought["customer_id"], sort=False)
    end = float((until - orders.first_date).days)
    first = np.flatnonzero(np.diff(who, prepend=-1))
    begins = np.asarray(day)[first][np.repeat(np.arange(len(first)), np.diff(np.append(first, len(who))))]
    nth = np.arange(len(who)) - np.repeat(first, np.diff(np.append(first, len(who))))  # repeat purchases so far
    limit, rule = _limits(gap, level, np.asarray(day), begins, nth, end, length, unit)  # type: ignore[arg-type]
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
    left_out = {"first purchase on the last day of the records": table.index[unseen].tolist()} if unseen.any() else {}
    table = table.loc[~unseen]
    if orders.attributes:
        known = orders.customers(until)[list(orders.attributes)]
        table = table.join(known.rename(columns={name: f"{name}_" for name in known if name in table}))
    finite = limit[np.isfinite(limit)]
    usual = float(np.median(finite)) / length if len(finite) else float("nan")
    return Spells(table, unit, rule, until, left_out, usual)


def gap_sensitivity(orders: Orders, gaps: Any, *, unit: str = "month", as_of: Any = None) -> pd.DataFrame:
    """What each limit of silence makes of the same customers.

    Parameters
    ----------
    gaps : sequence
        Limits, as ``gap`` of ``spells_from_orders``.

    Returns
    -------
    DataFrame, one row a limit
        gap, spells, left (how many ended), share_left, won_back (share of those who left that bought again: high where
        the limit is too short), median_duration (of all spells, in units).
    """
    rows = []
    for each in gaps:
        found = spells_from_orders(orders, gap=each, unit=unit, as_of=as_of)
        left = found.table["event"]
        again = found.table["spell"] > 1
        rows.append(
            {
                "gap": each if isinstance(each, str | int | float) else getattr(each, "name", str(each)),
                "spells": len(found),
                "left": int(left.sum()),
                "share_left": float(left.mean()),
                "won_back": float(again.sum() / max(int(left.sum()), 1)),
                "median_duration": float(found.table["duration"].median()),
            }
        )
    return pd.DataFrame(rows)


def _limits(
    gap: Any, level: float, day: Float, begins: Float, nth: NDArray[Any], end: float, length: float, unit: str
) -> tuple[Float, str]:
    """The limit of silence after each purchase, in days, and the rule in words."""
    if isinstance(gap, int | float) and not isinstance(gap, bool):
        if not (np.isfinite(gap) and gap * length >= 1):
            raise InputError(f"gap is how long a silence means leaving, a day at least; found {gap!r} {unit}s.")
        return np.full(len(day), gap * length), f"Who stays silent for {gap:g} {unit}s has left, at the end of them."
    if isinstance(gap, str):
        if gap != "rhythm":
            raise InputError(f"gap is a number of {unit}s, 'rhythm' or a fitted model; found {gap!r}.")
        return _rhythm(day, begins, nth, end, length, unit)
    return _by_model(gap, level, day, begins, nth, end, unit)


def _rhythm(day: Float, begins: Float, nth: NDArray[Any], end: float, length: float, unit: str) -> tuple[Float, str]:
    again = nth > 0
    gaps = day[again] - day[np.flatnonzero(again) - 1]
    early = gaps[day[again] <= end / 2.0]
    if not len(early):
        raise InputError(
            "Nobody bought twice in the first half of the records, so there is no usual gap: give gap= as a number of "
            f"{unit}s."
        )
    usual = float(np.quantile(early, USUAL))
    own = np.where(nth >= FEWEST_GAPS, TIMES_OWN * (day - begins) / np.maximum(nth, 1), 0.0)
    rule = (
        f"Who stays silent for {TIMES_OWN:g} times their own mean gap, and for {usual / length:.1f} {unit}s at least, "
        f"has left, at the end of them; {usual / length:.1f} {unit}s is what {USUAL:.0%} of gaps in the first half of "
        "the records stay below."
    )
    return np.maximum(own, usual), rule


def _by_model(
    fit: Any, level: float, day: Float, begins: Float, nth: NDArray[Any], end: float, unit: str
) -> tuple[Float, str]:
    if not hasattr(fit, "prob_alive"):
        raise InputError(f"gap is a number of {unit}s, 'rhythm' or a fitted model of purchases; found {fit!r}.")
    if not 0.0 < level < 1.0:
        raise InputError(f"level is a probability, between 0 and 1; found {level!r}.")
    if fit.name == "NBD":
        raise InputError("The NBD lets nobody leave. Use MBGNBD or ParetoNBD.")
    if fit.name.startswith(("BG/NBD", "BG/CNBD")):
        raise InputError(
            f"{fit.name} never lets customers leave who bought once: P(alive) stays 1. Use MBGNBD or ParetoNBD."
        )
    if fit.name == "BG/BB":
        raise InputError("BG/BB counts whole periods, and a limit of silence is in days. Use MBGNBD or ParetoNBD.")
    in_days = fit.to_unit("day")
    states, which = np.unique(np.column_stack([nth, day - begins]), axis=0, return_inverse=True)
    x, recency = states[:, 0].astype(float), states[:, 1]

    def alive(silence: Float) -> Float:
        frame = pd.DataFrame({"frequency": x, "recency": recency, "T": recency + silence})
        frame["log_gap_sum"] = x * np.log(np.where(x > 0, recency / np.maximum(x, 1.0), 1.0))
        frame.attrs = {"unit": "day"}
        return np.asarray(in_days.prob_alive(frame)["prob_alive"])

    low, high = np.zeros(len(x)), np.full(len(x), end + 1.0)
    never = alive(high) > level
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        above = alive(middle) > level
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    limit = np.where(never, np.inf, high)
    return limit[which.ravel()], (
        f"Who stays silent until {fit.name} gives them less than {level:.0%} to be alive has left, then."
    )
