"""Sections on membership, coupons, win-back and campaigns: both languages, and not one causal word."""

import json
import re

import pandas as pd
import pytest
from languages_told import english_on, held

import clvlab as clv
from clvlab.customers import programme_study
from clvlab.data.simulate import company as simulated
from clvlab.notes import Note
from clvlab.pages import actions_programmes, actions_programmes_answer
from clvlab.pages.exhibits import Section, codec
from clvlab.pages.page import Page
from clvlab.words import catalogue

CAUSAL = {
    "en": r"\beffects?\b|\bcaus|\bearn|\bled to\b|\bleads? to\b|because|thanks to|due to|\bimpact|\bresult(s|ed|ing)? "
    r"(of|in|from)\b|\bdriv|\bboost|\bincreas|\buplift|\bbrought|\bbrings?\b|\bgenerat|\bincremental|\battribut|"
    r"\bmade (them|customers|members)|\binfluenc|\btrigger|\bowing to|\breturn on|\bworks?\b|\bworked\b|\bgain",
    "zh": r"效果|效应|导致|因为|由于|带来|促使|影响|拉动|提升|提高|增加|贡献|归因|使得|所致|增量|促进|刺激|推动|驱动|"
    r"起作用|有效|见效|原因",
}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_word_says_that_one_thing_made_another_happen(language: str) -> None:
    words = catalogue(language)
    own = [key for key in words if key.startswith("actions_programmes.")]
    assert len(own) > 80
    found = [(key, m.group()) for key in own if (m := re.search(CAUSAL[language], str(words[key]), re.IGNORECASE))]
    assert found == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_hunt_for_causal_words_finds_them(language: str) -> None:
    said = {"en": "Membership increased spend because of coupons.", "zh": "会员计划带来了消费。"}
    assert re.search(CAUSAL[language], said[language])


@pytest.fixture(scope="module")
def demo() -> clv.customers.ProgrammeStudy:
    return programme_study(clv.datasets.company())


@pytest.mark.parametrize("language", ["en", "zh"])
def test_sections_of_the_demo_company(demo: clv.customers.ProgrammeStudy, language: str) -> None:
    page = Page(language=language, currency="CNY")
    markup = "".join(each.html(page.locale) for each in actions_programmes.sections(page, demo))
    assert markup.count("<h2>") == 5
    assert markup.count("<table>") >= 8
    assert "nan" not in markup.lower().replace("finance", "")
    if language == "zh":
        company = demo.company
        data = held(company.frame(name) for name in company)
        assert english_on(markup, data) == []
    told = [page.locale.say(note) for note in actions_programmes_answer.sentences(demo)]
    assert len(told) == 4
    assert all("{" not in each for each in told)
    metrics = actions_programmes_answer.metrics(demo)
    assert [each.identity.rpartition(".")[2] for each in metrics] == ["purchases", "net", "returned"]


def test_sections_survive_being_stored(demo: clv.customers.ProgrammeStudy) -> None:
    page = Page()
    for section in actions_programmes.sections(page, demo):
        again = codec.decode(json.loads(json.dumps(codec.encode(section))))
        assert isinstance(again, Section)
        assert again.html(page.locale) == section.html(page.locale)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_company_of_orders_alone_is_told_what_is_missing(language: str) -> None:
    made = simulated(300, seed=2)
    study = programme_study(clv.read_company({"orders": made.tables["orders"]}))
    assert isinstance(study.membership, Note)
    assert isinstance(study.coupons, Note)
    assert isinstance(study.unrandomised, Note)
    page = Page(language=language)
    markup = "".join(each.html(page.locale) for each in actions_programmes.sections(page, study))
    assert markup.count("clv-notice") >= 4
    assert len(actions_programmes_answer.sentences(study)) == 1


def test_where_trends_differ_nothing_is_headlined() -> None:
    made = simulated(1200, seed=11)
    joined = made.tables["memberships"].drop_duplicates("member_id")
    day = joined["member_since"] - pd.Timedelta(days=9)
    extra = pd.DataFrame({"order_id": [f"X{i}" for i in range(len(day))], "customer_id": joined["member_id"].to_numpy(),
                          "order_date": day.to_numpy(), "amount": 50.0, "cost": 25.0})  # fmt: skip
    first = made.tables["orders"].groupby("customer_id")["order_date"].min()
    extra = extra[extra["order_date"] > extra["customer_id"].map(first)]
    tables = {"orders": pd.concat([made.tables["orders"], extra]), "memberships": made.tables["memberships"]}
    study = programme_study(clv.read_company(tables, as_of="2025-12-31"))
    assert actions_programmes_answer.sentences(study)[0].code.endswith("not_parallel")
    assert all(each.identity.endswith("returned") for each in actions_programmes_answer.metrics(study))
    page = Page()
    assert "clv-warning" in actions_programmes.membership(page, study).html(page.locale)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_campaign_without_control_is_shown_with_its_balance(language: str) -> None:
    made = simulated(800, seed=3)
    sent = made.tables["campaigns"]
    sent = sent[sent["arm"] != "control"].drop(columns="arm")
    study = programme_study(clv.read_company({"orders": made.tables["orders"], "campaigns": sent}, as_of="2025-12-31"))
    page = Page(language=language)
    markup = actions_programmes.campaigns(page, study).html(page.locale)
    assert markup.count("<table>") == 2
    assert "campaigns" in actions_programmes_answer.sentences(study)[0].code
