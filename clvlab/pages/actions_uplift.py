"""The section on customers who answer campaigns more than others."""

from collections.abc import Iterable

from clvlab.customers.campaigns import CampaignStudy, Uplift
from clvlab.customers.campaigns.uplift import FEWEST
from clvlab.notes import Note
from clvlab.pages.exhibits import Section
from clvlab.pages.page import Page

UPLIFT = {"campaign": "text", "arm": "text", "n": "number0", "control_n": "number0", "qini": "points2",
          "p_adjusted": "p_value", "differs": "answer"}  # fmt: skip


def section(page: Page, found: CampaignStudy) -> Section:
    """Each arm that is large enough, and the curve of the one whose differences are clearest."""
    table = found.uplift_table
    told = [_answer(found)] if len(table) else []
    clearest = None
    if len(table):
        place = int(table["p_value"].to_numpy(dtype=float).argmin())
        campaign, arm = (str(table[name].iloc[place]) for name in ("campaign", "arm"))
        best = found.uplifts[campaign, arm]
        assert isinstance(best, Uplift)
        named = Note("figures.told.arm", campaign=campaign, arm=arm)
        clearest = page.figure("actions.qini", "qini", caption=Note("actions.qini.caption", arm=named),
                               curve=best.curve)  # fmt: skip
    return page.section(
        "actions.uplift_section",
        *(page.notice(note) for note in (*told, *_not_judged(found))),
        page.table("actions.uplift", table, UPLIFT, intervals=("qini",)),
        clearest,
    )


def _answer(found: CampaignStudy) -> Note:
    table = found.uplift_table
    some = table[table["differs"] == "true"]
    if some.empty:
        return Note("actions.uplift.nobody", n=len(table))
    return Note("actions.uplift.some", n=len(some), of=len(table), names=_names(zip(some["campaign"], some["arm"],
                                                                                   strict=True)))  # fmt: skip


def _not_judged(found: CampaignStudy) -> list[Note]:
    """One sentence for each reason, with the arms it is of."""
    told = []
    for code, key in (("campaigns.uplift.too_few", "actions.uplift.too_few"),
                      ("campaigns.uplift.alike", "actions.uplift.alike")):  # fmt: skip
        arms = [of for of, each in found.uplifts.items() if isinstance(each, Note) and each.code == code]
        if arms:
            told.append(Note(key, n=len(arms), names=_names(arms), fewest=FEWEST))
    return told


def _names(arms: Iterable[tuple[str, str]]) -> list[Note]:
    return [Note("figures.told.arm", campaign=campaign, arm=arm) for campaign, arm in arms]
