"""The table of an audit from frames of customer x period, one column per period."""

import re
from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.customers.audit.table import BEFORE, Float, PeriodTable, Whole, unused_rows
from clvlab.customers.windows import A_YEAR, FREQUENCIES, a_year
from clvlab.data.hiding import hidden_column
from clvlab.errors import InputError

type Flags = NDArray[np.bool_]

_PERIOD = re.compile(r"[^0-9]*((?:19|20)\d\d)(?:[ _-]?[Qq]([1-4])|[ _-](\d\d?))?")
_EARLIER = re.compile(r"(pre|before|<|earlier)", re.IGNORECASE)


def from_frames(
    frames: Mapping[str, pd.DataFrame], *, period: str, customer: str | None, acquired: str | None,
    margin: float | None,
) -> PeriodTable:  # fmt: skip
    """Read frames with one row per customer and one column per period (2019, 2019Q4, Y2019Q4, 2019-12).

    Parameters
    ----------
    frames : mapping
        "transactions", "spend" and perhaps "profit".
    period : {"month", "quarter", "year"}
        Finer columns are added up to it.
    customer : str, optional
        Column of the customer; unset, the first column that is no period, else the index.
    acquired : str, optional
        Column of the period in which each became a customer ("2016Q1"; "pre..." before the records); unset, the first
        period with a transaction.
    margin : float, optional
        Share of spend that is earned, without a frame of profit.
    """
    if period not in FREQUENCIES:
        raise InputError(f"period= is one of {', '.join(FREQUENCIES)}; found {period!r}.")
    for name in ("transactions", "spend"):
        if name not in frames:
            raise InputError(f"An audit of frames needs transactions= and spend=; {name}= is missing.")
    counted = frames["transactions"]
    told = _periods(counted, "transactions")
    whose = _customers(counted, told, customer)
    if whose.duplicated().any():
        twice = whose[whose.duplicated()].tolist()[:3]
        raise InputError(f"transactions= has a customer twice: {', '.join(map(str, twice))}. Add their rows up first.")
    periods, place = _whole(told, period)
    values = {}
    for name, frame in frames.items():
        own = _customers(frame, _periods(frame, name), customer)
        if _periods(frame, name).keys() != told.keys() or len(own) != len(whose) or set(own) != set(whose):
            raise InputError(f"{name}= has other customers or periods than transactions=. Both need the same.")
        aligned = frame.set_axis(own, axis=0).reindex(whose)[list(told)]
        cells = _numbers(aligned, name)
        if np.isinf(cells).any():
            raise InputError(f"{name}= holds a number that is not finite.")
        values[name] = np.nan_to_num(cells)
    if (values["transactions"] < 0).any():
        raise InputError("transactions= holds a number below 0. Count transactions; refunds reduce spend and profit.")
    if "profit" not in values:
        values["profit"] = values["spend"] * (1.0 if margin is None else margin)
    kept = [column for column, t in enumerate(place) if t >= 0]
    out = [column for column, t in enumerate(place) if t < 0]
    lost = [("outside whole periods", int((values["transactions"][:, out] > 0).sum()),
             float(values["spend"][:, out].sum()), float(values["profit"][:, out].sum()))]  # fmt: skip
    added = {name: _added(each[:, kept], place[kept], len(periods)) for name, each in values.items()}
    some = added["transactions"] > 0
    odd = ~some & ((added["spend"] != 0) | (added["profit"] != 0))
    lost.append(("no transaction in the period", int(odd.sum()), float(added["spend"][odd].sum()),
                 float(added["profit"][odd].sum())))  # fmt: skip
    at, who = np.nonzero(some.T)
    first = [column for column in out if list(told.values())[column].start_time < periods[0].start_time]
    earlier = values["transactions"][:, first].any(axis=1)
    return PeriodTable(
        ids=pd.Index(whose, name="customer_id"), periods=periods, who=who, when=at,
        transactions=added["transactions"][who, at], spend=added["spend"][who, at], profit=added["profit"][who, at],
        acquired=_acquired(counted, acquired, periods, some, earlier),
        margin_known="profit" in frames or margin is not None, unused=unused_rows(lost),
    )  # fmt: skip


def _periods(frame: pd.DataFrame, name: str) -> dict[Hashable, pd.Period]:
    """Columns that are periods."""
    found: dict[Hashable, pd.Period] = {
        column: each for column in frame.columns if (each := as_period(column)) is not None
    }
    if not found:
        raise InputError(
            f"{name}= has no column that is a period, such as 2019, 2019Q4 or 2019-12; it has "
            f"{', '.join(map(str, frame.columns[:8]))}."
        )
    if len({each.freqstr for each in found.values()}) > 1:
        raise InputError(f"{name}= has periods of different lengths: {', '.join(map(str, found))}.")
    return found


def as_period(text: object) -> pd.Period | None:
    """A period as it may be written; None where it is none.

    Examples
    --------
    >>> str(as_period("Y2019Q4")), str(as_period(2019)), str(as_period("2019-07")), as_period("CustomerID")
    ('2019Q4', '2019', '2019-07', None)
    """
    if isinstance(text, pd.Period):
        return text
    found = _PERIOD.fullmatch(str(text).strip())
    if found is None:
        return None
    year, quarter, month = found.groups()
    if quarter:
        return pd.Period(f"{year}Q{quarter}", freq="Q")
    if month:
        return pd.Period(f"{year}-{int(month):02d}", freq="M") if 1 <= int(month) <= 12 else None
    return pd.Period(year, freq="Y")


def _numbers(cells: pd.DataFrame, name: str) -> Float:
    for column, values in cells.items():
        odd = values[pd.to_numeric(values, errors="coerce").isna() & values.notna()]
        if len(odd):
            raise InputError(
                f"{name}= holds {str(odd.iloc[0])!r} in its column {str(column)!r}, which is not a number. "
                "Correct the cell, or leave it empty for nothing."
            )
    return np.asarray(cells.apply(pd.to_numeric).to_numpy(dtype=float, na_value=np.nan))


def _customers(frame: pd.DataFrame, told: Mapping[Hashable, pd.Period], customer: str | None) -> pd.Series:
    if customer is not None and customer not in frame.columns:
        raise InputError(f"There is no column {customer!r}, which customer= names.")
    others = [column for column in frame.columns if column not in told]
    if customer is None and not others:
        return hidden_column(pd.Series(frame.index.astype(str)))
    return hidden_column(frame[others[0] if customer is None else customer].astype(str).reset_index(drop=True))


def _whole(told: Mapping[Hashable, pd.Period], period: str) -> tuple[pd.PeriodIndex, Whole]:
    """Periods asked for that the columns fill, and the place of each column among them, -1 of none."""
    freq = FREQUENCIES[period]
    columns = pd.PeriodIndex(list(told.values()))
    counts = a_year(columns) // A_YEAR[freq]
    if not counts:
        raise InputError(
            f"period={period!r} is finer than the columns, which are {columns[0]}, {columns[1:2].tolist()}."
        )
    own = columns.asfreq(freq)
    full = own.value_counts()
    periods = pd.PeriodIndex(sorted(full.index[full == counts]), freq=freq)
    if periods.empty:
        raise InputError(f"The columns fill no whole {period}. Take a shorter period=.")
    return periods, np.asarray(periods.get_indexer(own), dtype=np.int64)


def _added(cells: Float, place: Whole, periods: int) -> Float:
    found = np.zeros((len(cells), periods))
    for column, t in enumerate(place):
        found[:, t] += cells[:, column]
    return found


def _acquired(frame: pd.DataFrame, column: str | None, periods: pd.PeriodIndex, some: Flags, earlier: Flags) -> Whole:
    """Number of the period in which each became a customer."""
    first = np.where(some.any(axis=1), some.argmax(axis=1), len(periods))
    if column is None:
        return np.where(earlier & (first < len(periods)), BEFORE, first)
    if column not in frame.columns:
        raise InputError(f"There is no column {column!r} in transactions=, which acquired= names.")
    codes, said = pd.factorize(frame[column])
    numbers, strange = [], []
    for each in said:
        text = str(each).strip()
        known = as_period(text.replace("_", "").upper().removeprefix("Y"))
        if _EARLIER.match(text):
            numbers.append(BEFORE)
        elif known is None:
            strange.append(text)
        else:
            own = known.asfreq(periods.freqstr[0])
            number = int(periods.get_indexer(pd.PeriodIndex([own]))[0])
            numbers.append(number if number >= 0 else BEFORE if own < periods[0] else len(periods))
    if strange:
        raise InputError(
            f"{column!r}, which acquired= names, holds invalid periods: {', '.join(strange[:5])}. Write 2016, 2016Q1 "
            "or 2016-03, or pre2016 for customers of before the records."
        )
    if (codes < 0).any():
        raise InputError(f"{column!r}, which acquired= names, is empty in {int((codes < 0).sum())} rows. Fill them.")
    found = np.asarray(numbers, dtype=np.int64)[codes]
    early = np.flatnonzero(first < found)
    if early.size:
        raise InputError(
            f"{early.size} customers have transactions before they were acquired as {column!r} says, the first in row "
            f"{early[0] + 1}. Correct the column, or leave acquired= out."
        )
    return found
