"""Sections on membership, coupons, win-back and campaigns without a control group: nothing in them was randomised."""

import pandas as pd

from clvlab.customers.programmes import Adjusted, ProgrammeStudy
from clvlab.notes import Note
from clvlab.pages.exhibits import Section
from clvlab.pages.page import Page

PURCHASES = {"joiners": "number2", "expected": "number2", "difference": "number2", "ratio": "number2",
             "trend_p": "p_value"}  # fmt: skip
MONEY = {"outcome": "programme_outcome", "joiners": "money2", "expected": "money2", "difference": "money2",
         "ratio": "number2", "trend_p": "p_value"}  # fmt: skip
PERIODS = {"period": "text", "joiners": "number3", "expected": "number3", "difference": "number3"}
NAIVE = {"members": "number2", "others": "number2", "difference": "number2"}
TIERS = {"tier": "text", "customers": "number0", "purchases": "number1", "spend": "money2", "profit": "money2",
         "rewards": "money2", "fees": "money2"}  # fmt: skip
LEFT_OUT = {"why": "not_matched", "joiners": "number0"}
COUPONS = {"by": "coupon_by", "group": "text", "coupons": "number0", "redeemed": "number0", "share": "percent1",
           "differs": "answer"}  # fmt: skip
MARGINS = {"redeemed": "answer", "coupons": "number0", "value": "money2", "profit": "money2", "after_value": "money2"}
AFTER = {"source": "contact_source", "name": "text", "arm": "text", "customers": "number0", "returned": "number0",
         "share": "percent1", "spend": "money0", "profit": "money0"}  # fmt: skip
CAMPAIGNS = {"campaign": "text", "date": "date", "customers": "number0", "difference": "money2", "plain": "money2",
             "robustness": "percent1", "strongest": "percent1", "significant": "answer"}  # fmt: skip
BALANCE = {"column": "known_before", "difference_before": "number2", "difference_after": "number2"}
GROUPS = {
    "no_purchase": Note("actions_programmes.group.no_purchase"),
    "up_to_30": Note("actions_programmes.group.up_to_30"),
    "31_to_90": Note("actions_programmes.group.from_31_to_90"),
    "over_90": Note("actions_programmes.group.over_90"),
    "none": Note("actions_programmes.group.none"),
    "1_to_2": Note("actions_programmes.group.from_1_to_2"),
    "3_to_5": Note("actions_programmes.group.from_3_to_5"),
    "6_and_more": Note("actions_programmes.group.from_6"),
    "unknown": Note("actions_programmes.group.unknown"),
}


def sections(page: Page, study: ProgrammeStudy) -> list[Section]:
    """All sections, in their order."""
    return [membership(page, study), coupons(page, study), returned(page, study), campaigns(page, study),
            how_to_read(page)]  # fmt: skip


def membership(page: Page, study: ProgrammeStudy) -> Section:
    """Joiners beside matched customers who had not joined."""
    found = study.membership
    if isinstance(found, Note):
        return page.section("actions_programmes.membership_section", page.notice(found))
    both = found.table.rename(columns={"low": "difference_low", "high": "difference_high"})
    money = both.drop(index="purchases").reset_index()
    periods = found.periods[found.periods["outcome"] == "purchases"]
    periods = periods.rename(columns={"low": "difference_low", "high": "difference_high"})
    left = pd.DataFrame({"why": list(found.left_out), "joiners": list(found.left_out.values())})
    caption = Note("actions_programmes.joined_purchases.of", n=found.compared, controls=found.controls,
                   before=found.before, after=found.after)  # fmt: skip
    warned = None
    if not found.parallel:
        warned = page.notice(Note("actions_programmes.membership.not_parallel", p=found.trend_p), "warning")
    return page.section(
        "actions_programmes.membership_section",
        warned,
        *(page.notice(note) for note in found.notes),
        page.table("actions_programmes.joined_purchases", both.loc[["purchases"]].reset_index(drop=True), PURCHASES,
                   intervals=("difference", "ratio"), caption=caption),
        page.table("actions_programmes.joined_money", money, MONEY, intervals=("difference", "ratio")),
        page.table("actions_programmes.joined_periods", periods.assign(period=periods["period"].map("{:+d}".format)),
                   PERIODS, intervals=("difference",),
                   caption=Note("actions_programmes.joined_periods.of", days=found.period)),
        page.table("actions_programmes.joined_left_out", left[left["joiners"] > 0], LEFT_OUT,
                   caption=Note("actions_programmes.joined_left_out.of", n=found.compared, members=found.members,
                                before=found.before, after=found.after)),
        page.table("actions_programmes.joined_naive", found.naive.head(1).reset_index(drop=True), NAIVE),
        page.table("actions_programmes.joined_tiers", found.tiers.reset_index(), TIERS),
    )  # fmt: skip


def coupons(page: Page, study: ProgrammeStudy) -> Section:
    """Who redeemed."""
    found = study.coupons
    if isinstance(found, Note):
        return page.section("actions_programmes.coupons_section", page.notice(found))
    groups = found.groups.rename(columns={"low": "share_low", "high": "share_high"})
    groups["group"] = pd.Series([GROUPS.get(each, each) for each in groups["group"]], dtype=object)
    return page.section(
        "actions_programmes.coupons_section",
        page.table("actions_programmes.redeemed", _answered(groups, "differs"), COUPONS, intervals=("share",),
                   caption=Note("actions_programmes.redeemed.of", n=found.coupons, customers=found.customers)),
        page.table("actions_programmes.margins", _answered(found.margins.reset_index(), "redeemed"), MARGINS,
                   caption=Note("actions_programmes.margins.of", days=found.days)),
    )  # fmt: skip


def returned(page: Page, study: ProgrammeStudy) -> Section:
    """Lost customers who bought again."""
    found = study.returned
    if isinstance(found, Note):
        return page.section("actions_programmes.returned_section", page.notice(found))
    after = found.after.rename(columns={"low": "share_low", "high": "share_high"})
    return page.section(
        "actions_programmes.returned_section",
        page.notice(Note("actions_programmes.returned.said", lost=found.lost, came_back=found.came_back,
                         share=found.share, low=found.low, high=found.high, days=found.threshold,
                         spend=found.spend_since)),
        page.table("actions_programmes.returned_after", after, AFTER, intervals=("share",),
                   caption=Note("actions_programmes.returned_after.of", days=found.within)),
    )  # fmt: skip


def campaigns(page: Page, study: ProgrammeStudy) -> Section:
    """Campaigns without a control group."""
    found = study.unrandomised
    if isinstance(found, Note):
        return page.section("actions_programmes.campaigns_section", page.notice(found))
    table = found.table.reset_index().rename(columns={"low": "difference_low", "high": "difference_high"})
    largest = max(found.comparisons, key=lambda name: found.comparisons[name].n)
    chosen: Adjusted = found.comparisons[largest]
    return page.section(
        "actions_programmes.campaigns_section",
        page.table("actions_programmes.unrandomised", _answered(table, "significant"), CAMPAIGNS,
                   intervals=("difference",), caption=Note("actions_programmes.unrandomised.of", days=found.window)),
        *(page.notice(Note("actions_programmes.unrandomised.about", campaign=largest, said=note))
          for note in chosen.notes),
        page.table("actions_programmes.balance", chosen.balance.reset_index(), BALANCE,
                   caption=Note("actions_programmes.balance.of", campaign=largest, n=chosen.n, others=chosen.others)),
    )  # fmt: skip


def _answered(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """A column of True and False as answers."""
    return table if table.empty else table.assign(**{column: table[column].astype(str).str.lower()})


def how_to_read(page: Page) -> Section:
    """What the terms of these sections mean."""
    return page.section("actions_programmes.how_to_read", alone=True)
