"""The unit of time of a histories frame, in ``histories.attrs["unit"]``; a frame without it is refused."""

import pandas as pd

from clvlab.data.units import days_in
from clvlab.errors import InputError

PERIODS = {"n", "period"}  # columns of formulas whose time is a count of periods


def unit_of(histories: pd.DataFrame, unit: str | None = None) -> str | None:
    """The frame's unit, or the one given for a frame without; None if neither is known.

    Raises
    ------
    InputError
        The two differ, or there is no such unit.
    """
    own = histories.attrs.get("unit")
    if unit is None:
        return own
    days_in(unit)
    if own is not None and own != unit:
        raise InputError(
            f"These histories are in units of one {own}, and unit={unit!r} says another: leave unit= out, or make "
            f"them by clv.histories(orders, unit={unit!r})."
        )
    return unit


def needed_unit(histories: pd.DataFrame, unit: str | None, what: str) -> str:
    """The unit of a frame whose times are to be read.

    Parameters
    ----------
    what : str
        Who reads them, for the message.

    Raises
    ------
    InputError
        The frame carries none and none is given, or the two differ.
    """
    found = unit_of(histories, unit)
    if found is None:
        raise InputError(
            f"{what} needs the unit of time of these histories, and the frame carries none (merge, join, concat and a "
            "CSV file lose it): say it by unit='week' (or 'day', 'month', 'year'), or set histories.attrs['unit']."
        )
    return found


def carrying(histories: pd.DataFrame, unit: str | None) -> pd.DataFrame:
    """The frame with its unit, that of its own or the one given, where either is known."""
    found = unit_of(histories, unit)
    if found is None or histories.attrs.get("unit") == found:
        return histories
    own = histories.copy(deep=False)
    own.attrs = {**histories.attrs, "unit": found}
    return own
