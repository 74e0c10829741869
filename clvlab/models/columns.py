"""From a histories frame to the columns a formula takes; invalid rows are refused."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.errors import InputError

NAMES = {
    "x": "frequency",
    "t_x": "recency",
    "T": "T",
    "n": "T",  # opportunities so far, where histories count them
    "log_gap_sum": "log_gap_sum",
    "m_x": "monetary_value",
    "period": "period",
    "lost": "lost",
    "entry": "entry",
    "time": "duration",
    "event": "event",
}
SHOWN = 5


def columns_of(histories: pd.DataFrame, wanted: Iterable[str]) -> dict[str, NDArray[np.float64]]:
    """Columns in a formula's notation, checked.

    Parameters
    ----------
    histories : DataFrame, one row per customer
        ``frequency`` (repeat purchases), ``recency`` and ``T`` (age at the last purchase and now, in units of time),
        ``monetary_value`` (mean spend a repeat purchase).
    wanted : names in the formula's notation
        Among x, t_x, T, m_x.

    Raises
    ------
    InputError
        Names the rule and the rows that break it.
    """
    wanted = tuple(wanted)
    missing = [NAMES[name] for name in wanted if NAMES[name] not in histories.columns]
    if missing:
        raise InputError(
            f"Histories need the columns {', '.join(NAMES[name] for name in wanted)}; missing: {', '.join(missing)}. "
            "clv.histories(orders) makes them."
        )
    if histories.empty:
        raise InputError("Histories need at least one customer; the frame is empty.")
    columns = {name: _numbers(histories, NAMES[name]) for name in wanted}
    for rule, broken in _rules(columns):
        if broken.any():
            raise InputError(f"{rule}; broken by {_rows(histories, broken)}.")
    return columns


def _numbers(histories: pd.DataFrame, name: str) -> NDArray[np.float64]:
    column = histories[name]
    try:
        # Dates and durations would turn into their count of ticks; text of digits may be anything.
        if pd.api.types.is_datetime64_any_dtype(column) or pd.api.types.is_timedelta64_dtype(column):
            raise TypeError(str(column.dtype))
        if pd.api.types.infer_dtype(column, skipna=True) == "string":
            raise TypeError(str(column.dtype))
        return column.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InputError(f"The column {name} must hold numbers; found {column.dtype}.") from error


def _rules(columns: dict[str, NDArray[np.float64]]) -> Iterable[tuple[str, NDArray[np.bool_]]]:
    for name, values in columns.items():
        if name == "m_x":
            x = columns["x"]
            yield "monetary_value must be a number where frequency is above 0", (x > 0) & ~np.isfinite(values)
        else:
            yield f"{NAMES[name]} must be a finite number", ~np.isfinite(values)
            if name != "log_gap_sum":
                yield f"{NAMES[name]} must not be negative", values < 0
            if name == "n":
                yield "T must count whole opportunities (histories with opportunities=True)", values != np.floor(values)
    if "x" in columns:
        yield "frequency must be a whole number", columns["x"] != np.floor(columns["x"])
    age = columns.get("T", columns.get("n"))
    if "t_x" in columns and age is not None:
        yield "recency (age at the last purchase) must not exceed T (age now)", columns["t_x"] > age
    if {"x", "t_x"} <= set(columns):
        yield "recency must be above 0 where frequency is", (columns["x"] > 0) & (columns["t_x"] == 0)
        yield "recency must be 0 where frequency is 0", (columns["x"] == 0) & (columns["t_x"] > 0)
    if {"x", "T"} <= set(columns) and "t_x" not in columns:
        yield "T must be above 0 where frequency is", (columns["x"] > 0) & (columns["T"] == 0)
    if {"x", "t_x", "n"} <= set(columns):
        whole = columns["t_x"] == np.floor(columns["t_x"])
        yield "recency must count whole opportunities (histories with opportunities=True)", ~whole
        yield "frequency must not exceed recency: one purchase an opportunity", columns["x"] > columns["t_x"]
    if {"entry", "time", "event"} <= set(columns):
        entry, time, event = columns["entry"], columns["time"], columns["event"]
        yield "event must be 1 (it came at duration) or 0 (not by then)", (event != 0) & (event != 1)
        yield "an event comes after its customer's start: duration must be above 0", (event == 1) & (time == 0)
        seen = (time > 0) | (entry > 0)  # a duration of 0 from entry 0 tells nothing, which is no contradiction
        yield "duration must exceed entry (since when the customer was watched)", seen & (time <= entry)


def _rows(histories: pd.DataFrame, broken: NDArray[np.bool_]) -> str:
    labels = histories.index[broken]
    shown = ", ".join(repr(label) for label in labels[:SHOWN].tolist())
    more = f" and {len(labels) - SHOWN} more" if len(labels) > SHOWN else ""
    return f"{len(labels)} of {len(histories)} rows: {shown}{more}"
