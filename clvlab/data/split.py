"""Calibration and holdout: what was known on a day, and what happened after it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clvlab.arguments import instance
from clvlab.data.days import DateLike, as_day, day_number
from clvlab.data.histories import histories
from clvlab.data.order_book import Orders
from clvlab.data.units import Unit, days_in
from clvlab.errors import InputError
from clvlab.notes import Note, Span
from clvlab.shown import Shown


@dataclass(frozen=True, eq=False, repr=False)
class Split(Shown):
    """One split of the records in time.

    Attributes
    ----------
    calibration
        Histories as at ``calibration_end``; nothing after it is in them.
    holdout
        The same customers: frequency_holdout (days with orders), monetary_value_holdout (mean spend a
        purchase, NaN where there is none) and value_holdout (their sum, NaN where amounts are unknown), after
        ``calibration_end`` and up to ``holdout_end``.
    duration
        Length of the holdout in units.
    calibration_end, holdout_end
        Last days (Timestamp) of the two periods.
    unit
        "day", "week", "month" or "year".
    notes
        What was decided and noticed.
    """

    calibration: pd.DataFrame
    holdout: pd.DataFrame
    duration: float
    calibration_end: pd.Timestamp
    holdout_end: pd.Timestamp
    unit: Unit
    notes: tuple[Note, ...]


def split(
    orders: Orders,
    *,
    calibration_end: DateLike | None = None,
    holdout_end: DateLike | None = None,
    unit: Unit = "week",
    acquired_from: DateLike | None = None,
    acquired_until: DateLike | None = None,
    customers: pd.DataFrame | None = None,
) -> Split:
    """Split the records into a calibration period and a holdout.

    Parameters
    ----------
    orders
        From :func:`read_orders`.
    calibration_end, holdout_end
        Last days of the two periods, both included. Left out, the holdout ends with the last order and takes
        the last third of the span, in whole units.
    unit, acquired_from, acquired_until, customers
        As for :func:`histories`.

    Returns
    -------
    Split

    Raises
    ------
    InputError
        The calibration ends outside the records, the holdout does not follow it, or the holdout reaches more
        than one unit beyond the last order.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> cdnow = split(datasets.cdnow(), calibration_end="1997-09-30", holdout_end="1998-06-30")
    >>> cdnow.duration, int(cdnow.holdout["frequency_holdout"].sum())
    (39.0, 1882)
    """
    instance(orders, Orders, "orders", "clv.read_orders(path) makes them")
    length = days_in(unit)
    notes: list[Note] = []
    last = orders.last_date if holdout_end is None else as_day(holdout_end, "holdout_end")
    calibration = _calibration_end(orders, calibration_end, last, length, unit, notes)
    _check_span(orders, calibration, last, length, unit, notes)
    known = histories(
        orders,
        end=calibration,
        unit=unit,
        acquired_from=acquired_from,
        acquired_until=acquired_until,
        customers=customers,
    )
    held = _holdout(orders, known.index, calibration, last)
    if not held["frequency_holdout"].any():
        notes.append(Note("data.nobody_buys_in_the_holdout"))
    notes += _late_refunds(orders, calibration, last)
    return Split(known, held, (last - calibration).days / length, calibration, last, unit, tuple(notes))


def _calibration_end(
    orders: Orders, given: DateLike | None, last: pd.Timestamp, length: float, unit: Unit, notes: list[Note]
) -> pd.Timestamp:
    if given is not None:
        return as_day(given, "calibration_end")
    span = (last - orders.first_date).days / length
    units = int(span // 3)
    if units < 1:
        raise InputError(
            "The last third of the records is the holdout where no date is given, in whole units; the"
            f" records span {span:.1f} {unit}s. Pass calibration_end=, or a shorter unit=."
        )
    day = last - pd.Timedelta(days=round(units * length))
    notes.append(Note("data.last_third_held_out", holdout=Span(units, unit), calibration_end=day))
    return day


def _check_span(
    orders: Orders, calibration: pd.Timestamp, last: pd.Timestamp, length: float, unit: Unit, notes: list[Note]
) -> None:
    span = f"the orders run from {orders.first_date:%Y-%m-%d} to {orders.last_date:%Y-%m-%d}"
    if not orders.first_date <= calibration <= orders.last_date:
        raise InputError(
            f"The calibration period must end within the records: calibration_end={calibration:%Y-%m-%d}, and {span}."
        )
    if last <= calibration:
        raise InputError(
            f"The holdout must follow the calibration: calibration_end={calibration:%Y-%m-%d}, "
            f"holdout_end={last:%Y-%m-%d}, and {span}."
        )
    beyond = (last - orders.last_date).days
    if beyond > length:
        raise InputError(
            f"The records must cover the holdout: holdout_end={last:%Y-%m-%d} lies {beyond} days after the"
            f" last order, and {span}. A holdout may end one {unit} after the last order at most."
        )
    if beyond > 0:
        notes.append(Note("data.holdout_beyond_the_records", n=beyond))


def _holdout(orders: Orders, index: pd.Index, calibration: pd.Timestamp, last: pd.Timestamp) -> pd.DataFrame:
    after = day_number(calibration)
    everyone = orders._store.customer_ids()
    count = np.zeros(len(everyone))
    value = np.zeros(len(everyone))
    for block in orders._store.blocks(orders._cut(last)):
        held = block.day > after
        count += np.bincount(block.code[held], minlength=len(everyone))
        value += np.bincount(block.code[held], weights=block.amount[held], minlength=len(everyone))
    place = everyone.get_indexer(index)
    frequency, value = count[place], value[place]
    if not orders.has_amounts:
        value = np.full(len(place), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(frequency > 0, value / frequency, np.nan)
    return pd.DataFrame(
        {"frequency_holdout": frequency, "monetary_value_holdout": mean, "value_holdout": value}, index=index
    )


def _late_refunds(orders: Orders, calibration: pd.Timestamp, last: pd.Timestamp) -> list[Note]:
    netting = orders._store.netting
    if netting is None:
        return []
    after, end = day_number(calibration), orders._cut(last)
    late = (netting.day <= after) & (netting.refund_day > after) & (netting.refund_day <= end)
    if not late.any():
        return []
    return [Note("data.refunds_of_the_calibration", amount=netting.amount[late].sum())]
