"""Campaigns against their control groups."""

import pandas as pd

from clvlab.customers.actions import ActionsStudy
from clvlab.customers.campaigns import CampaignEffects, CampaignStudy, CampaignValue, Pooled, Uplift
from clvlab.notes import Note
from clvlab.representations.showing import Showing, showing


@showing.register
def _(found: CampaignEffects) -> Showing:
    columns = ["n", "control_n", "mean", "control_mean", "value", "low", "high", "p_adjusted"]
    title = f"{found.outcome}: each arm against {found.control}, 95 % confidence intervals"
    return Showing(title, found.table[columns], found.notes)


@showing.register
def _(found: Pooled) -> Showing:
    title = f"{len(found.table)} effects seen together: mean {found.mean:.3g}, between them {found.spread:.3g}"
    return Showing(title, found.table)


@showing.register
def _(study: CampaignStudy) -> Showing:
    table = study.table
    columns = ["campaign", "arm", "n", "lift", "lift_low", "lift_high", "earned", "earned_low", "earned_high", "pays"]
    shown: pd.DataFrame | None = None if table.empty else table[[each for each in columns if each in table]]
    title = f"{len(table)} arms of campaigns, {study.days} days, against random control groups"
    return Showing(title, shown, [*study.notes, *study.unknown])


@showing.register
def _(study: ActionsStudy) -> Showing:
    found = study.campaigns
    return Showing("No campaigns measured", None, [found]) if isinstance(found, Note) else showing(found)


@showing.register
def _(found: Uplift) -> Showing:
    can = "can" if found.differs else "cannot"
    title = f"{found.outcome}: that uplift differs between customers of {found.arm!r} {can} be shown"
    rows = {"effect on all": (found.average, found.average_low, found.average_high),
            "Qini coefficient": (found.qini, found.low, found.high)}  # fmt: skip
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["value", "low", "high"])
    return Showing(title, table, found.notes)


@showing.register
def _(found: CampaignValue) -> Showing:
    title = f"{found.campaign}: lifetime value over {found.days} days and {found.horizon:g} weeks, a contacted customer"
    return Showing(title, found.table[["n", "control_n", "value", "low", "high", "sampling", "posterior"]], found.notes)
