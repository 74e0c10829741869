"""The part of the page of the comparison on decisions: whom to contact, how many, and what that would have earned."""

import pandas as pd

from clvlab.evaluation.alike import alike, contrasted
from clvlab.evaluation.study import ComparisonStudy
from clvlab.notes import Note
from clvlab.pages.exhibits import Exhibit
from clvlab.pages.page import Page

Heads = dict[str, Note]
POINTS = 100.0


def acting(page: Page, study: ComparisonStudy) -> list[Exhibit | None]:
    """What contacting customers by each list would have earned; what the best one is worth comes first."""
    shown, values = contrasted(study.comparison), {"share": study.contact_share}
    caption = (
        "comparison_report.profit.caption_at_break_even"
        if study.contact_cost is None
        else "comparison_report.profit.caption_at_cost"
    )
    return [
        *_said(page, study),
        _rankings(page, study, Note("comparison_report.rankings.caption")),
        _contacts(page, study),
        page.figure("comparison_report.profit_differences", "profit_differences", curves=_drawn(study), shown=shown),
        page.figure("comparison_report.profit", "profit", curves=_drawn(study), shown=shown,
                    caption=Note(caption, cost=study.profit.attrs["cost"])),
        page.figure("comparison_report.targeting", "strategies", table=_listed(study, study.targeting), values=values),
        page.figure("comparison_report.lift", "lift", curves=_lift(study), shown=shown),
        *_files(page, study),
    ]  # fmt: skip


def reaching(page: Page, study: ComparisonStudy) -> list[Exhibit | None]:
    """Without amounts: the purchases that each list would have reached."""
    shown, values = contrasted(study.comparison), {"share": study.contact_share}
    return [
        *_said(page, study),
        _rankings(page, study, Note("comparison_report.rankings.caption_of_purchases")),
        _contacts(page, study),
        page.figure("comparison_report.reaching_differences", "profit_differences", curves=_drawn(study), shown=shown,
                    kind="number"),
        page.figure("comparison_report.reaching", "strategies", table=_listed(study, study.targeting), kind="number",
                    values=values),
        page.figure("comparison_report.reaching_lift", "lift", curves=_lift(study), shown=shown, kind="number"),
        *_files(page, study),
    ]  # fmt: skip


def _said(page: Page, study: ComparisonStudy) -> list[Exhibit | None]:
    return [page.notice(said) for said in (study.ranking, study.worth) if said is not None]


def _rankings(page: Page, study: ComparisonStudy, caption: Note) -> Exhibit | None:
    """One row per list, one column per share: percentage points beyond the best rule, with their interval."""
    table = study.rankings[study.rankings["kind"].isin(["competitor", "rule"])].set_index(["kind", "strategy"])
    parts, heads, columns = [], Heads(), {}
    for share, part in table.groupby("share", dropna=False):
        name, rule = f"top {share}", str(part["rule"].iloc[0])
        heads[name] = (
            Note("comparison_report.rankings.all_shares", rule=rule)
            if pd.isna(share)
            else Note("comparison_report.rankings.top", percent=_percent(part), rule=rule)
        )
        columns[name] = "number1"
        ends = {"difference": name, "low": f"{name}_low", "high": f"{name}_high"}
        parts.append(POINTS * part[list(ends)].rename(columns=ends))
    wide = pd.concat(parts, axis=1)
    order = [each for each in study.targeting.index if each in wide.index]
    shown = _named(_listed(study, wide.loc[order]))
    return page.table("comparison_report.rankings", shown, columns, intervals=tuple(columns), heads=heads,
                      caption=caption)  # fmt: skip


def _contacts(page: Page, study: ComparisonStudy) -> Exhibit | None:
    """One row per strategy: how many it contacts, what they earn, and how much more than by the best rule."""
    table, money = study.contacts, study.orders.has_amounts
    told = {"cost": table.attrs["cost"], "rule": str(table["rule"].iloc[0])}
    if not money:
        caption = Note("comparison_report.contacts.caption_of_purchases", **told)
    elif study.contact_cost is None:
        caption = Note("comparison_report.contacts.caption_at_break_even", **told)
    else:
        caption = Note("comparison_report.contacts.caption_at_cost", **told)
    written = "money0" if money else "number0"
    columns = {"contacted": "number0", "profit": written, "difference": written}
    heads = {
        "profit": Note("comparison_report.contacts.profit" if money else "comparison_report.contacts.net_purchases")
    }
    ends = {"low": "difference_low", "high": "difference_high"}
    return page.table("comparison_report.contacts", _named(_listed(study, table.rename(columns=ends))), columns,
                      intervals=("difference",), heads=heads, caption=caption)  # fmt: skip


def _files(page: Page, study: ComparisonStudy) -> list[Exhibit | None]:
    return [
        page.file("rankings", study.rankings),
        page.file("contacts", study.contacts),
        page.file("profit_curves", study.profit),
    ]


def _percent(part: pd.DataFrame) -> int | float:
    """The share that all rows are of; a whole percent as such."""
    percent = POINTS * float(part["share"].iloc[0])
    return round(percent) if abs(percent - round(percent)) < 1e-9 else percent


def _named(table: pd.DataFrame) -> pd.DataFrame:
    """Indexed by what a reader calls a strategy."""
    said = [
        Note(
            "comparison_report.rankings.competitor" if kind == "competitor" else "comparison_report.rankings.rule",
            id=id,
        )
        for kind, id in table.index
    ]
    return table.set_axis(pd.Index(said, dtype=object, name="strategy"))


def _listed(study: ComparisonStudy, table: pd.DataFrame) -> pd.DataFrame:
    """Strategies, but of competitors alike one only."""
    groups = alike(study.comparison)
    return table.loc[[each for each in table.index if each[0] != "competitor" or each[1] in groups]]


def _few(study: ComparisonStudy) -> set[tuple[str, str]]:
    """What a figure draws: competitors that differ, the best simple rule, chance and hindsight."""
    shown = {("competitor", key) for key in contrasted(study.comparison)}
    rule = str(study.targeting["rule"].iloc[0])
    return shown | {("rule", rule), ("random", "random"), ("hindsight", "hindsight")}


def _drawn(study: ComparisonStudy) -> pd.DataFrame:
    named = pd.MultiIndex.from_frame(study.profit[["kind", "strategy"]])
    return study.profit[named.isin(sorted(_few(study)))]


def _lift(study: ComparisonStudy) -> pd.DataFrame:
    return study.lift.loc[:, study.lift.columns.isin(sorted(_few(study)))]
