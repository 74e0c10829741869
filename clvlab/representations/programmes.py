"""Membership, coupons, win-back and comparisons that were not randomised."""

import pandas as pd

from clvlab.customers.programmes import (
    Adjusted,
    Coupons,
    Membership,
    ProgrammeStudy,
    Returned,
    Unrandomised,
    WinBack,
)
from clvlab.notes import Note
from clvlab.representations.showing import Showing, showing


@showing.register
def _(found: Membership) -> Showing:
    title = f"{found.compared:,} joiners against {found.controls:,} matched customers, {found.after} days after joining"
    table = found.table[["joiners", "expected", "difference", "low", "high", "ratio", "trend_p", "parallel"]]
    remarks = list(found.notes)
    if not found.parallel:
        remarks.insert(0, Note("actions_programmes.membership.not_parallel", p=found.trend_p))
    return Showing(title, table, remarks)


@showing.register
def _(found: Coupons) -> Showing:
    return Showing(f"{found.redeemed:,} of {found.coupons:,} rewards redeemed", found.groups)


@showing.register
def _(found: Returned) -> Showing:
    return Showing(f"{found.came_back:,} of {found.lost:,} lost customers bought again", found.after)


@showing.register
def _(found: Unrandomised) -> Showing:
    return Showing(f"{len(found.table):,} campaigns without a control group, at equal past", found.table)


@showing.register
def _(found: Adjusted) -> Showing:
    rows = {
        "at equal past": (found.difference, found.low, found.high),
        "plain": (found.plain, found.plain_low, found.plain_high),
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["difference", "low", "high"])
    robust = f"Robustness value {found.robustness.value:.1%}; for significance {found.robustness.significance:.1%}."
    return Showing(f"{found.n:,} customers against {found.others:,}, not randomised", table, [robust, *found.notes])


@showing.register
def _(found: WinBack) -> Showing:
    names = ["customers", "came_back", "chance", "value", "profit", "profit_low", "profit_high", "alike"]
    table = found.by_offer[[name for name in names if name in found.by_offer]]
    return Showing(f"{found.returned:,} of {found.n:,} customers who got an offer came back", table, found.notes)


@showing.register
def _(study: ProgrammeStudy) -> Showing:
    found = study.membership
    return Showing("Nothing to compare members with", None, [found]) if isinstance(found, Note) else showing(found)
