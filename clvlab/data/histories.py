"""Histories: what a buy-till-you-die model needs for each customer, as known on a day."""

import numpy as np
import pandas as pd

from clvlab.arguments import instance
from clvlab.data.days import DateLike, as_day, day_number
from clvlab.data.identifiers import identifiers
from clvlab.data.order_book import Orders
from clvlab.data.reading.columns import RESERVED
from clvlab.data.store import Block
from clvlab.data.units import Unit, days_in
from clvlab.errors import InputError

__all__ = ["Unit", "histories"]


def histories(
    orders: Orders,
    *,
    end: DateLike | None = None,
    unit: Unit = "week",
    acquired_from: DateLike | None = None,
    acquired_until: DateLike | None = None,
    customers: pd.DataFrame | None = None,
    opportunities: bool = False,
) -> pd.DataFrame:
    """Summarise each customer's purchases at the end of a day; no later data are used.

    Parameters
    ----------
    orders
        From :func:`read_orders`.
    end
        Last day that counts; the last order where left out.
    unit
        "day", "week" (7 days), "month" (365.25 / 12 days) or "year" (365.25 days). It scales time only.
    acquired_from, acquired_until
        Keep only customers whose first purchase falls within these days, both included.
    customers
        Keep only these customers, and join the frame's columns as attributes: indexed by customer_id, or with
        a column of that name.
    opportunities
        Count in whole periods instead, as BG/BB takes them: each period of one unit after the customer's
        first one is an opportunity to buy, bought in or not. Months and years are those of the calendar,
        weeks and days are counted from the first day of the records. A period that ``end`` cuts short
        is no opportunity.

    Returns
    -------
    DataFrame
        Index customer_id, sorted; float columns

        frequency
            Repeat purchases: days with orders after the first one.
        recency
            Age at the last purchase, in units: from the first purchase to the last; 0 where frequency is 0.
        T
            Age at ``end``, in units: from the first purchase to ``end``.
        monetary_value
            Mean spend a repeat purchase; NaN where frequency is 0 or amounts are unknown.
        log_gap_sum
            Sum of the logs of the gaps between purchases, in units; 0 where frequency is 0.
        past_value
            Everything spent up to ``end``; NaN where amounts are unknown.

        then the attributes. ``attrs`` holds unit, end and start (first day of the records). With
        ``opportunities`` frequency, recency and T are whole periods (x, t_x and n).

    Raises
    ------
    InputError
        ``end`` lies before the first order, nobody is left, or ``customers`` names someone without orders.

    Examples
    --------
    >>> import pandas as pd
    >>> from clvlab.data.orders import read_orders
    >>> frame = pd.DataFrame(
    ...     {
    ...         "customer": ["ann", "ann", "bob"],
    ...         "date": ["2024-01-01", "2024-01-15", "2024-01-08"],
    ...         "amount": [20.0, 35.0, 12.5],
    ...     }
    ... )
    >>> histories(read_orders(frame), end="2024-01-29").iloc[:, :4]  # doctest: +NORMALIZE_WHITESPACE
                 frequency  recency    T  monetary_value
    customer_id
    ann                1.0      2.0  4.0            35.0
    bob                0.0      0.0  3.0             NaN
    """
    instance(orders, Orders, "orders", "clv.read_orders(path) makes them")
    if customers is not None:
        instance(customers, pd.DataFrame, "customers", "a frame with one row per customer is taken")
    length = days_in(unit)
    day = orders.last_date if end is None else as_day(end, "end")
    if day < orders.first_date:
        raise InputError(
            f"Histories need an order by their end: end={day:%Y-%m-%d}, and the orders run from "
            f"{orders.first_date:%Y-%m-%d} to {orders.last_date:%Y-%m-%d}."
        )
    _check_end(day, orders)
    last = day_number(day)
    low = None if acquired_from is None else day_number(as_day(acquired_from, "acquired_from"))
    high = None if acquired_until is None else day_number(as_day(acquired_until, "acquired_until"))
    parts = []
    for block in orders._store.blocks(orders._cut(day)):
        part = _summed(block, last, length)
        if opportunities:
            part.update(_opportunities(block, last, unit, day_number(orders.first_date)))
        keep = np.ones(len(part["first"]), dtype=bool)
        if low is not None:
            keep &= part["first"] >= low
        if high is not None:
            keep &= part["first"] <= high
        parts.append({column: values[keep] for column, values in part.items()})
    joined = {column: np.concatenate([part[column] for part in parts]) for column in parts[0]}
    code, first = joined.pop("code"), joined.pop("first")
    if not len(code):
        raise InputError(
            f"No customer has a first purchase that counts by {day:%Y-%m-%d}"
            + (f", from {acquired_from}" if acquired_from is not None else "")
            + (f", until {acquired_until}" if acquired_until is not None else "")
            + f". First purchases begin on {orders.first_date:%Y-%m-%d}; widen the dates."
        )
    described = orders._describe(code, first)
    frame = pd.DataFrame(joined, index=described.index)
    for column in orders.attributes:
        frame[column] = described[column]
    if customers is not None:
        frame = _restricted(frame, customers)
    frame.attrs = {"unit": unit, "end": f"{day:%Y-%m-%d}", "start": f"{orders.first_date:%Y-%m-%d}"}
    return frame


def _check_end(day: pd.Timestamp, orders: Orders) -> None:
    """Refuse an end so late that the silence until then would be longer than the records."""
    span = orders.last_date - orders.first_date
    if day - orders.last_date > max(span, pd.Timedelta(days=365)):
        raise InputError(
            f"end={day:%Y-%m-%d} lies farther from the last order, {orders.last_date:%Y-%m-%d}, than the orders reach "
            "back from it: nobody buying in all that time says that records are missing. Give an end nearer to it."
        )


def _summed(block: Block, last: int, length: float) -> dict[str, np.ndarray]:
    code, day, amount = block.code, block.day.astype(np.int64), block.amount
    new = np.ones(len(code), dtype=bool)
    new[1:] = code[1:] != code[:-1]
    start = np.flatnonzero(new)
    stop = np.append(start[1:], len(code))[: len(start)]
    first = day[start]
    frequency = (stop - start - 1).astype(float)
    gap = np.ones(len(code))
    gap[1:] = np.where(new[1:], 1.0, day[1:] - day[:-1])
    log_gap = np.log(gap / length, where=~new, out=np.zeros(len(code)))
    # Repeat spend is summed on its own: a first order of a million would cost the others their last digits.
    repeat = np.where(new, 0.0, amount)
    total, log_gap_sum, repeat_total = (
        np.add.reduceat(values, start) if len(start) else np.empty(0) for values in (amount, log_gap, repeat)
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(frequency > 0, repeat_total / frequency, np.nan)
    return {
        "code": code[start],
        "first": first,
        "frequency": frequency,
        "recency": (day[stop - 1] - first) / length,
        "T": (last - first) / length,
        "monetary_value": mean,
        "log_gap_sum": log_gap_sum,
        "past_value": total,
    }


def _periods(day: np.ndarray, unit: Unit, origin: int) -> np.ndarray:
    """Number the period each day falls in."""
    if unit == "month":
        return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    if unit == "year":
        return day.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64)
    return (day - origin) // int(days_in(unit))


def _opportunities(block: Block, last: int, unit: Unit, origin: int) -> dict[str, np.ndarray]:
    code, day = block.code, block.day.astype(np.int64)
    period = _periods(day, unit, origin)
    # The period of the day after the end has not been seen whole; the one before it has.
    complete = int(_periods(np.array([last + 1]), unit, origin)[0]) - 1
    new = np.ones(len(code), dtype=bool)
    new[1:] = code[1:] != code[:-1]
    start = np.flatnonzero(new)
    customer = np.cumsum(new) - 1
    age = period - period[start][customer] if len(code) else period
    step = new.copy()
    step[1:] |= period[1:] != period[:-1]
    bought = step & (age > 0) & (period <= complete)
    count = np.bincount(customer[bought], minlength=len(start)).astype(float)
    latest = np.zeros(len(start))
    np.maximum.at(latest, customer[bought], age[bought])
    return {
        "frequency": count,
        "recency": latest,
        "T": np.maximum(complete - period[start], 0).astype(float),
    }


def _restricted(frame: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    if "customer_id" in customers.columns:
        customers = customers.set_index("customer_id")
    wanted = customers.set_axis(identifiers(customers.index).rename("customer_id"))
    if not wanted.index.is_unique:
        twice = wanted.index[wanted.index.duplicated()].unique()[:5].tolist()
        raise InputError(f"customers= needs one row per customer; more than one is there for {twice}.")
    missing = wanted.index.difference(frame.index)
    if len(missing):
        raise InputError(
            f"customers= names {len(missing):,} customers without a purchase in the period, such as "
            f"{missing[:5].tolist()}. Take them out, or move the dates."
        )
    clash = [name for name in wanted.columns if name in frame.columns or name in RESERVED]
    if clash:
        raise InputError(f"customers= has columns that histories have already: {clash}. Rename them.")
    return frame.join(wanted, how="inner")
