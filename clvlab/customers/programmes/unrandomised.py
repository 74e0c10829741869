"""Campaigns without a control group: those contacted beside customers who were alike before."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clvlab.customers.campaigns.records import is_control
from clvlab.customers.intervals import false_discovery
from clvlab.customers.programmes.adjusted import FEWEST, Adjusted, adjusted_comparison
from clvlab.customers.programmes.lives import Lives, Whole, lives
from clvlab.customers.programmes.problems import NotCompared, no_table
from clvlab.data.company import Company
from clvlab.data.days import day_number
from clvlab.notes import Note
from clvlab.shown import Shown

WINDOW = 30  # days from a campaign's first day
LOOK_BACK = (30, 90, 180)
BEFORE = ("purchases_30", "purchases_90", "purchases_180", "spend_30", "spend_90", "spend_180", "silence", "tenure",
          "campaigns_before", "campaigns_30")  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Unrandomised(Shown):
    """Adjusted comparisons of campaigns without a control group.

    Attributes
    ----------
    table : DataFrame, index campaign
        date, customers, others, difference with low and high (spend per customer within ``window`` days; adjusted,
        95 % confidence interval), p_value, significant (at most 10 % of those so marked differ by chance alone on
        average: Benjamini & Hochberg), plain (without adjustment), robustness (share of what is left unexplained that
        an unmeasured reason would have to explain both of who was chosen and of spend, to make the difference not
        significant), strongest (the most that a measured column explains of both).
    comparisons : dict of str to Adjusted
    left_out : dict of str to int
        Campaigns by why they are not compared: "control_group" (they have one: compare with it), "too_few" (fewer than
        30 customers on either side), "no_window" (its days are not over, or precede the records).
    window : int
    """

    table: pd.DataFrame
    comparisons: dict[str, Adjusted]
    left_out: dict[str, int]
    window: int


def unrandomised(company: Company, *, window: int = WINDOW, control: str | None = None, seed: int = 0) -> Unrandomised:
    """Compare customers of campaigns without a control group with others of the same past.

    Parameters
    ----------
    company : Company
        Orders and campaigns with their first day.
    window : int
        Days of spend from the first day on.
    control : str, optional
        The control group's arm, unless it has a usual name such as control: campaigns with one are left out.
    seed : int

    Raises
    ------
    InputError
        No orders or campaigns, no first day, or no campaign that can be compared.
    """
    if "campaigns" not in company:
        raise no_table("campaigns", "A comparison of campaigns")
    table = company.frame("campaigns")
    if "date" not in table or table["date"].isna().all():
        raise NotCompared("Campaigns need a first day.", Note("actions_programmes.unrandomised.no_dates"))
    known = lives(company)
    campaigns = _campaigns(table, known, control)
    found: dict[str, Adjusted] = {}
    days: dict[str, int] = {}
    left_out = {"control_group": 0, "too_few": 0, "no_window": 0}
    for name, (who, day, has_control) in campaigns.items():
        if has_control:
            left_out["control_group"] += 1
            continue
        if day + window - 1 > known.end or day <= int(known.first.min()):
            left_out["no_window"] += 1
            continue
        frame = _frame(known, who, day, campaigns, window)
        if min(int(frame["treated"].sum()), int((~frame["treated"]).sum())) < FEWEST:
            left_out["too_few"] += 1
        else:
            found[name] = adjusted_comparison(frame, treated="treated", outcome="spend", before=BEFORE, seed=seed)
            days[name] = day
    if not found:
        raise NotCompared(
            f"No campaign can be compared: {left_out['control_group']} have a control group, {left_out['too_few']} are "
            f"too small, {left_out['no_window']} lie outside the records.",
            Note("actions_programmes.unrandomised.none", **left_out),
        )
    return Unrandomised(_table(found, days), found, left_out, window)


type _Of = tuple[Whole, int, bool]


def _campaigns(table: pd.DataFrame, known: Lives, control: str | None) -> dict[str, _Of]:
    """Customers, first day, and whether there is a control group, by campaign, in the order of days."""
    found: dict[str, _Of] = {}
    dated = table[table["date"].notna()].sort_values("date", kind="stable")
    for name, rows in dated.groupby("campaign", sort=False):
        who = known.ids.get_indexer(pd.Index(rows["customer"]))
        day = day_number(rows["date"].min().normalize())
        has_control = "arm" in rows and bool(is_control(rows["arm"], control).any())
        found[str(name)] = (np.unique(who[who >= 0]).astype(np.int64), day, has_control)
    return found


def _frame(known: Lives, who: Whole, day: int, campaigns: dict[str, _Of], window: int) -> pd.DataFrame:
    """One row per customer acquired before the campaign: what was known, who was in it, and spend afterwards."""
    all_of = np.flatnonzero(known.first < day)
    eve = np.full(len(all_of), day - 1)
    found: dict[str, np.ndarray] = {}
    for what in ("purchases", "spend"):
        for back in LOOK_BACK:
            total = known.orders.total(what, all_of, eve - back, eve)
            found[f"{what}_{back}"] = np.log1p(np.maximum(total, 0.0))
    _, last, age = known.history(all_of, eve)
    found["silence"], found["tenure"] = np.log1p(age - last), np.log1p(age)
    for name, back in (("campaigns_before", day), ("campaigns_30", LOOK_BACK[0])):
        earlier = [of for of, first, _ in campaigns.values() if day - back <= first < day]
        counted = np.bincount(np.concatenate(earlier), minlength=known.n) if earlier else np.zeros(known.n)
        found[name] = counted[all_of].astype(float)
    found["treated"] = np.isin(all_of, who)
    found["spend"] = known.orders.total("spend", all_of, eve, eve + window)
    return pd.DataFrame(found, index=known.ids[all_of])


def _table(found: dict[str, Adjusted], days: dict[str, int]) -> pd.DataFrame:
    rows = {
        name: {
            "date": pd.Timestamp(days[name], unit="D"), "customers": each.n, "others": each.others,
            "difference": each.difference, "low": each.low, "high": each.high, "p_value": each.p_value,
            "plain": each.plain, "robustness": each.robustness.significance,
            "strongest": np.nan if each.strongest is None else min(each.strongest.of_group, each.strongest.of_outcome),
        }
        for name, each in found.items()
    }  # fmt: skip
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("campaign")
    return table.assign(significant=false_discovery(table["p_value"]))
