"""Sections on uplift and on lifetime value of campaigns: what is shown, what is not judged and why."""

from typing import Any

import matplotlib as mpl
import pytest
from bs4 import BeautifulSoup

import clvlab as clv
from clvlab.customers.actions import ActionsStudy
from clvlab.customers.campaigns import CampaignValue, Uplift
from clvlab.notes import Note
from clvlab.pages import ActionsPage, actions_uplift
from clvlab.pages.exhibits import Figure, Notice, Section, Table

mpl.use("agg")
pytestmark = pytest.mark.filterwarnings("ignore:Glyph .* missing from font:UserWarning")


@pytest.fixture(scope="module")
def study() -> ActionsStudy:
    """Three campaigns, of which one is too small to judge."""
    made = clv.simulate.company(1200, seed=1)
    sent = made.tables["campaigns"]
    few = sent[sent["campaign"] == "double eleven 2024"].groupby("arm").head(60)
    sent = sent[sent["campaign"].isin(["catalogue 2025", "double eleven 2025"])]
    small = clv.read_company({"orders": made.tables["orders"], "campaigns": _put(sent, few)}, as_of="2025-12-31")
    return ActionsStudy(small, margin=0.5)


def _put(*parts: Any) -> Any:
    import pandas as pd

    return pd.concat(parts)


def kinds(section: Section, kind: type) -> list[Any]:
    return [part for part in section.parts if isinstance(part, kind)]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_arms_are_judged_and_the_clearest_is_drawn(study: ActionsStudy, language: str) -> None:
    page = ActionsPage(language=language)
    section = page.uplift(study)
    (figure,), (table,), notices = kinds(section, Figure), kinds(section, Table), kinds(section, Notice)
    assert set(table.frame["campaign"]) == {"catalogue 2025", "double eleven 2025"}
    best = study.campaigns.uplift_table.set_index("p_value").sort_index().iloc[0]  # type: ignore[union-attr]
    told = study.campaigns.uplifts[best["campaign"], best["arm"]]  # type: ignore[union-attr]
    assert isinstance(told, Uplift)
    assert page.locale.percent(float(told.curve.loc[0.3, "gain"]), 1) in figure.text(page.locale)
    assert best["campaign"] in page.locale.say(figure.caption)
    assert "double eleven 2024" in page.locale.say(notices[-1].said)  # too few of it
    assert BeautifulSoup(section.html(page.locale), "html.parser").find("img")["alt"]


def test_the_sentence_is_of_what_is_shown(study: ActionsStudy) -> None:
    found = study.campaigns
    assert not isinstance(found, Note)
    table = found.uplift_table
    page = ActionsPage()
    for differs, code in (("true", "actions.uplift.some"), ("false", "actions.uplift.nobody")):
        found.__dict__["uplift_table"] = table.assign(differs=differs)
        said = kinds(actions_uplift.section(page, found), Notice)[0].said
        assert said.code == code
        assert str(len(table)) in page.locale.say(said)
    found.__dict__["uplift_table"] = table


@pytest.mark.parametrize("language", ["en", "zh"])
def test_lifetime_value_stands_under_both_suppositions(study: ActionsStudy, language: str) -> None:
    page = ActionsPage(language=language, currency="GBP")
    (table,) = kinds(page.lifetime(study), Table)
    values = study.campaigns.values  # type: ignore[union-attr]
    for _, row in table.frame.iterrows():
        each = values[row["campaign"]]
        assert isinstance(each, CampaignValue)
        assert row["window"] == each.table.loc[(row["arm"], "window"), "value"]
        assert row["habit_high"] == each.table.loc[(row["arm"], "habit"), "high"]
    assert "£" in page.lifetime(study).html(page.locale)


def test_a_campaign_no_model_can_be_fitted_to_says_so() -> None:
    made = clv.simulate.company(300, seed=2)
    once = made.tables["orders"].sort_values("order_date").groupby("customer_id").head(1)
    company = clv.read_company({"orders": once, "campaigns": made.tables["campaigns"]}, as_of="2025-12-31")
    study = ActionsStudy(company, margin=0.5)
    page = ActionsPage()
    notices = kinds(page.lifetime(study), Notice)
    assert notices or isinstance(study.campaigns, Note) or study.campaigns.table.empty
    assert all("lifetime value cannot be computed" in page.locale.say(each.said) for each in notices)
