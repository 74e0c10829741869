"""Campaigns in a company's records: who was in which arm, what they bought before, and within days of it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clvlab.customers.campaigns.balance import NOT_RANDOM, p_alike
from clvlab.customers.campaigns.estimate import Flags, Float
from clvlab.customers.design import design
from clvlab.data.company import Company
from clvlab.data.days import day_numbers
from clvlab.errors import InputError
from clvlab.notes import Note

CONTROLS = ("control", "control group", "no contact", "no e-mail", "holdout", "hold out", "none", "对照", "对照组",
            "空白组")  # fmt: skip
BEFORE = ("purchases_before", "days_since", "spend_before", "days_known")


@dataclass(frozen=True, eq=False)
class Sent:
    """A campaign with a random control group.

    Attributes
    ----------
    name, control : str
    date : Timestamp
        Its first day.
    days : int
        How long purchases count from each customer's day on.
    frame : DataFrame
        One row per customer: customer, arm, cost; response (1 where there was a purchase within the days), purchases,
        spend within them; purchases_before, days_since (the last purchase, negative; of nobody the longest),
        spend_before, days_known (since the first purchase), all of before the customer's day.
    alike : float
        p value of the arms being alike before.
    """

    name: str
    control: str
    date: pd.Timestamp
    days: int
    frame: pd.DataFrame
    alike: float


def is_control(arms: pd.Series, control: str | None) -> pd.Series:
    """Which rows are of the control group: of the arm named, or of one of the usual names."""
    told = arms.astype(str)
    return told == control if control is not None else told.str.strip().str.casefold().isin(CONTROLS)


def purchases(rows: pd.DataFrame, bought: pd.DataFrame, length: float) -> tuple[Float, Float, Float]:
    """Purchases of each row's customer within days of the row's date, what they came to, and what was so before.

    Parameters
    ----------
    rows : DataFrame
        customer (once each) and date.
    bought : DataFrame
        One row per purchase: customer, date, amount.
    length : float
        Days, the first one included.

    Returns
    -------
    count, spend : array, shape (rows,)
    before : array, shape (rows, 4)
        Purchases, days from the day to the last and to the first one (0 or less; -1e9 where there was none), spend.
    """
    whose = pd.Index(rows["customer"]).get_indexer(bought["customer"])
    inside = whose >= 0
    whose = whose[inside]
    day = day_numbers(bought["date"])[inside]
    start = day_numbers(rows["date"])[whose]
    spent = np.nan_to_num(bought["amount"].to_numpy(dtype=float)[inside])
    n, within, earlier = len(rows), (day >= start) & (day < start + length), day < start
    last, first = np.full(n, -1e9), np.full(n, 1e9)
    np.maximum.at(last, whose[earlier], (day - start)[earlier])
    np.minimum.at(first, whose[earlier], (day - start)[earlier])
    before = [np.bincount(whose[earlier], minlength=n), last, np.where(first < 1e9, first, -1e9),
              np.bincount(whose[earlier], weights=spent[earlier], minlength=n)]  # fmt: skip
    count = np.bincount(whose[within], minlength=n).astype(float)
    return count, np.bincount(whose[within], weights=spent[within], minlength=n), np.column_stack(before).astype(float)


def sent(company: Company, *, days: int = 30, control: str | None = None) -> tuple[list[Sent], list[Note]]:
    """Read the campaigns of a company that had a random control group, the first one first.

    Parameters
    ----------
    company : Company
        With tables of campaigns and orders.
    days : int
        How long purchases count.
    control : str, optional
        The control group's arm, unless it has a usual name such as control.

    Returns
    -------
    campaigns : list of Sent
    unknown : list of Note
        Of every other campaign: why nothing is told of what it changed.

    Raises
    ------
    InputError
        One of both tables is not there.
    """
    for table in ("campaigns", "orders"):
        if table not in company:
            raise InputError(f"What campaigns changed needs a table of {table}, which is not there.")
    if days < 1:
        raise InputError(f"days= is a whole number of 1 or more, such as 30; found {days!r}.")
    bought, every = company.frame("orders"), company.frame("campaigns")
    found: list[Sent] = []
    unknown: list[Note] = []
    for name in _in_order(every):
        rows = every[every["campaign"] == name].reset_index(drop=True)
        told = _read(str(name), rows, bought, company.as_of, days, control)
        (found if isinstance(told, Sent) else unknown).append(told)  # type: ignore[arg-type]
    return found, unknown


def _in_order(every: pd.DataFrame) -> list[object]:
    if "date" not in every:
        return list(every["campaign"].unique())
    first = every.groupby("campaign", observed=True)["date"].min()
    return list(first.sort_values(kind="stable").index)


def _read(
    name: str, rows: pd.DataFrame, bought: pd.DataFrame, as_of: pd.Timestamp, days: int, control: str | None
) -> Sent | Note:  # fmt: skip
    if not {"arm", "date"} <= set(rows) or rows[["arm", "date"]].isna().any(axis=None):
        return Note("campaigns.unknown.no_arm_or_date", campaign=name, n=len(rows))
    held: Flags = is_control(rows["arm"], control).to_numpy(dtype=bool)
    if not held.any():
        return Note("campaigns.unknown.no_control", campaign=name, n=len(rows))
    if held.all():
        return Note("campaigns.unknown.nobody_contacted", campaign=name, n=len(rows))
    if rows["customer"].duplicated().any():
        return Note("campaigns.unknown.twice", campaign=name, n=int(rows["customer"].duplicated().sum()))
    last = rows["date"].max()
    if (as_of - last).days + 1 < days:
        return Note("campaigns.unknown.too_recent", campaign=name, days=days, watched=max((as_of - last).days + 1, 0))
    count, spend, before = purchases(rows, bought, days)
    seen = before[:, 1] > -1e9
    longest = float(before[seen, 2].min()) if seen.any() else 0.0
    frame = pd.DataFrame({
        "customer": rows["customer"], "arm": rows["arm"].astype(str).where(~held, "control"),
        "cost": pd.to_numeric(rows["cost"], errors="coerce").astype(float) if "cost" in rows else np.nan,
        "response": (count > 0).astype(float), "purchases": count, "spend": spend,
        "purchases_before": before[:, 0], "days_since": np.where(seen, before[:, 1], longest),
        "spend_before": before[:, 3], "days_known": np.where(seen, -before[:, 2], 0.0),
    })  # fmt: skip
    arms = frame["arm"].value_counts()
    if arms.min() < 2:
        return Note("campaigns.unknown.too_few", campaign=name, arm=str(arms.idxmin()), n=int(arms.min()))
    alike = p_alike(design(frame, BEFORE).columns, frame["arm"].to_numpy(dtype=object))
    if alike < NOT_RANDOM:
        return Note("campaigns.unknown.not_random", campaign=name, p=alike)
    return Sent(name, "control", rows["date"].min(), days, frame, alike)
