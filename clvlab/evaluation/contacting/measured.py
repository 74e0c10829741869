"""What contacts changed in a campaign with a random control group: the response that the records measure."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from clvlab.arguments import number
from clvlab.customers.campaigns.balance import NOT_RANDOM, p_alike
from clvlab.customers.campaigns.estimate import means
from clvlab.customers.campaigns.records import is_control, purchases
from clvlab.data.company import Company
from clvlab.data.order_book import Orders
from clvlab.errors import InputError
from clvlab.evaluation.contacting.response import CENTRES, LEVEL, Response
from clvlab.notes import Note

Float = NDArray[np.float64]

LONGEST = 91.0  # days after a contact in which purchases count, unless given


def response_of(
    campaigns: Company | pd.DataFrame,
    orders: Orders | None = None,
    *,
    campaign: str | None = None,
    arm: str | None = None,
    control: str | None = None,
    days: float | None = None,
) -> Response:
    """Measure the lift of purchases in a campaign with a random control group.

    Mean purchases (days with orders) of a contacted customer over those of a customer of the control group, from the
    campaign's day on, less 1. Its interval is Fieller's; between its ends the logarithm is taken as normal.

    Parameters
    ----------
    campaigns : Company or DataFrame
        A frame has one row per customer in a campaign: customer, campaign, arm, date, and maybe cost (per contact).
    orders : Orders, optional
        With a frame.
    campaign : str, optional
        The latest with a control group unless given.
    arm : str, optional
        What the contacted got; needed where there are several.
    control : str, optional
        The control group's arm, unless it is called control.
    days : float, optional
        How long purchases count; 91 unless given, or as long as the records go on.

    Raises
    ------
    InputError
        No campaigns, no control group, several arms, a control group that differs from the contacted before the
        campaign more than chance explains, a campaign that the records do not cover, or too few purchases.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> found = response_of(datasets.company(), days=30)
    >>> [round(each, 2) for each in (found.mean, found.low, found.high)], found.source.values["campaign"]
    ([1.49, 0.99, 2.24], 'double eleven 2025')
    """
    rows, bought = _tables(campaigns, orders)
    name = _chosen(rows, campaign, control)
    rows = rows[rows["campaign"] == name]
    unknown = int(rows[["arm", "date"]].isna().any(axis=1).sum())
    if unknown:
        raise InputError(
            f"A campaign has an arm and a date for everybody; {unknown:,} of {len(rows):,} rows of {name!r} lack one. "
            "Fill them in, or leave the campaign out."
        )
    held = is_control(rows["arm"], control)
    arms = sorted(rows.loc[~held, "arm"].astype(str).unique())
    if arm is None and len(arms) > 1:
        raise InputError(f"The campaign {name!r} has the arms {', '.join(arms)}: name the one meant by arm=.")
    taken = arms[0] if arm is None else arm
    if taken not in arms:
        raise InputError(f"The campaign {name!r} has the arms {', '.join(arms)}; found arm={arm!r}.")
    rows, held = rows[held | (rows["arm"] == taken)], held[held | (rows["arm"] == taken)]
    if rows["customer"].duplicated().any():
        twice = rows.loc[rows["customer"].duplicated(), "customer"].iloc[0]
        raise InputError(f"A customer is in a campaign once, in one arm; {twice!r} is in {name!r} more than once.")
    last = bought["date"].max()
    watched = (last - rows["date"].max()).days + 1
    length = min(LONGEST, watched) if days is None else number(days, "days", above=0, example="30")
    if watched < max(length, 1.0):
        raise InputError(
            f"Purchases after {name!r} ({rows['date'].max():%Y-%m-%d}) are on record for {max(watched, 0)} days, to "
            f"{last:%Y-%m-%d}; found days={length:g}. Shorten days= or name an earlier campaign."
        )
    since, _, before = purchases(rows, bought, length)
    _refuse_unlike(before, held.to_numpy(), name)
    return _lift(since, held.to_numpy(), name, taken, length, rows)


def campaigns_with_control(rows: pd.DataFrame, control: str | None = None) -> pd.Series:
    """First day of each campaign that has a control group and somebody contacted, latest last."""
    if not {"arm", "date"} <= set(rows):
        return pd.Series(dtype="datetime64[s]")
    held = is_control(rows["arm"], control)
    share = held.groupby(rows["campaign"], observed=True).mean()
    first = rows.groupby("campaign", observed=True)["date"].min().dropna()
    both = share[(share > 0) & (share < 1)]
    return first[first.index.isin(both.index)].sort_values(kind="stable")


def _tables(campaigns: Company | pd.DataFrame, orders: Orders | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    if isinstance(campaigns, Company):
        if "campaigns" not in campaigns or "orders" not in campaigns:
            raise InputError("A response is measured on a table of campaigns and one of orders; one is not there.")
        return campaigns.frame("campaigns"), campaigns.frame("orders")
    if orders is None:
        raise InputError("With a frame of campaigns pass the orders too: orders=clv.read_orders(path).")
    lacking = {"customer", "campaign", "arm", "date"} - set(campaigns)
    if lacking:
        raise InputError(f"A frame of campaigns has customer, campaign, arm and date; {', '.join(sorted(lacking))} "
                         "is not there.")  # fmt: skip
    rows = campaigns.assign(date=pd.to_datetime(campaigns["date"]))
    return rows, orders.purchases().rename(columns={"customer_id": "customer"})


def _chosen(rows: pd.DataFrame, campaign: str | None, control: str | None) -> str:
    able = campaigns_with_control(rows, control)
    if campaign is None and len(able):
        return str(able.index[-1])
    if campaign is not None and campaign in able.index:
        return campaign
    arms = ", ".join(sorted(rows["arm"].dropna().astype(str).unique())) if "arm" in rows else "none"
    raise InputError(
        f"A response is measured against a random control group, which {campaign or 'no campaign'} "
        f"{'lacks' if campaign else 'has'}; arms are {arms}. Name the control group by control=, or give the response "
        "yourself: lift_response(0.10, low=0.0, high=0.2)."
    )


def _refuse_unlike(before: Float, held: NDArray[np.bool_], name: str) -> None:
    """Chance alone refuses one in a thousand."""
    p = p_alike(before, held)
    if p < NOT_RANDOM:
        raise InputError(
            f"The control group of {name!r} is not random: before the campaign its customers bought differently from "
            f"the contacted (p = {p:.1g}; their mean ranks differ). What came after is not the contact's doing. Name "
            "another campaign, or give the response yourself: lift_response(0.10, low=0.0, high=0.2)."
        )


def _lift(bought: Float, held: NDArray[np.bool_], name: str, arm: str, length: float, rows: pd.DataFrame) -> Response:
    treated, control = bought[~held], bought[held]
    value, low, high = (each + 1.0 for each in means(bought, ~held).lift(LEVEL))
    if not (np.isfinite([value, low, high]).all() and low > 0):
        raise InputError(
            f"Too few purchases followed {name!r} to measure a lift: {treated.sum():.0f} by {len(treated)} contacted, "
            f"{control.sum():.0f} by {len(control)} of the control group. Lengthen days=, or give the response "
            "yourself: flat_response(successes=, contacts=, control_successes=, control_contacts=)."
        )
    sd = np.log(high / low) / 2.0 / float(special.ndtri((1.0 + LEVEL) / 2.0))
    points = value * np.exp(sd * special.ndtri(CENTRES)) - 1.0
    note = Note(
        "contacting.response_measured", campaign=name, arm=arm, contacted=len(treated), control=len(control),
        days=length,
        lift=value - 1.0, low=low - 1.0, high=high - 1.0,
    )  # fmt: skip
    paid = pd.to_numeric(rows["cost"], errors="coerce")[~held] if "cost" in rows else pd.Series(dtype=float)
    cost = float(paid.mean()) if paid.notna().any() else None
    return Response("lift", value - 1.0, low - 1.0, high - 1.0, points, note, length, cost)
