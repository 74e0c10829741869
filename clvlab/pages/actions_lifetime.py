"""The section on lifetime value that campaigns added."""

import pandas as pd

from clvlab.customers.campaigns import CampaignStudy, CampaignValue
from clvlab.customers.campaigns.lifetime import AHEAD, HABIT, RATE, WINDOW
from clvlab.notes import Note
from clvlab.pages.exhibits import Section
from clvlab.pages.page import Page

LIFETIME = {"campaign": "text", "arm": "text", "n": "number0", WINDOW: "money2", HABIT: "money2"}


def section(page: Page, found: CampaignStudy) -> Section:
    """Each arm under both suppositions."""
    known = [each for each in found.values.values() if isinstance(each, CampaignValue)]
    notes = [each for each in found.values.values() if isinstance(each, Note)]
    about = Note("actions.lifetime.caption", days=found.days, weeks=AHEAD, rate=RATE)
    return page.section(
        "actions.lifetime_section",
        *(page.notice(note) for note in notes),
        page.table("actions.lifetime", _side_by_side(known), LIFETIME, intervals=(WINDOW, HABIT), caption=about),
    )


def _side_by_side(known: list[CampaignValue]) -> pd.DataFrame:
    rows = []
    for each in known:
        for arm, part in each.table.groupby(level="arm", sort=False):
            row: dict[str, object] = {"campaign": each.campaign, "arm": arm, "n": part["n"].iloc[0]}
            for supposed, found in part.droplevel("arm").iterrows():
                row |= {str(supposed): found["value"], f"{supposed}_low": found["low"],
                        f"{supposed}_high": found["high"]}  # fmt: skip
            rows.append(row)
    return pd.DataFrame(rows)
