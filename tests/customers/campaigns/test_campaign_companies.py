"""Campaigns of companies of which everything is known."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import clvlab as clv
from clvlab.customers import CampaignStudy, Pooled, campaign_study
from clvlab.data.simulate import Plan
from clvlab.errors import InputError
from clvlab.notes import Note


@pytest.fixture(scope="module")
def demo() -> CampaignStudy:
    return campaign_study(clv.datasets.company())


def test_what_worked_is_found_and_what_did_not_is_not(demo: CampaignStudy) -> None:
    table = demo.table.set_index(["campaign", "arm"])
    assert table.loc[("double eleven 2025", "coupon"), ["found", "pays"]].tolist() == ["more", "yes"]
    assert table.loc[("double eleven 2024", "coupon"), "found"] == "more"
    assert table.loc[("catalogue 2025", "print"), ["found", "pays"]].tolist() == ["none", "no"]
    assert (table["earned_low"] <= table["earned"]).all()
    np.testing.assert_allclose(table["total"], table["n"] * (table["gross"] - table["cost"]))


def test_the_best_is_drawn_towards_the_others(demo: CampaignStudy) -> None:
    assert isinstance(demo.log, Pooled)
    best = demo.log.table["value"].idxmax()
    assert demo.log.mean < demo.log.table.loc[best, "pooled"] < demo.log.table.loc[best, "value"]
    assert set(demo.next_test.index) == {
        (row.campaign, row.arm) for row in demo.table[demo.table["pays"] == "unclear"].itertuples()
    }
    assert (demo.next_test["n"] > 100).all()


def test_each_outcome_is_that_of_any_table(demo: CampaignStudy) -> None:
    found = demo.effects("double eleven 2024", "purchases")
    row = demo.table.set_index(["campaign", "arm"]).loc[("double eleven 2024", "coupon")]
    assert found.table.loc["coupon", "value"] == pytest.approx(row["purchases"])
    assert found.table.loc["coupon", "p_value"] == pytest.approx(row["p_value"])
    with pytest.raises(InputError, match="no campaign 'spring'"):
        demo.effects("spring")
    with pytest.raises(InputError, match="An outcome is one of"):
        demo.effects("spring 2024", "clicks")


def test_nothing_before_the_campaign_is_of_after_it() -> None:
    made = clv.simulate.company(800, seed=4)
    orders = made.tables["orders"]
    first = made.tables["campaigns"]["campaign_date"].min()
    later = orders[orders["order_date"] >= first]
    flood = pd.concat([orders, later.assign(order_id=later["order_id"] + "x", amount=later["amount"] * 3.0)])
    told = []
    for each in (orders, flood):
        tables = {"orders": each, "campaigns": made.tables["campaigns"]}
        frame = campaign_study(clv.read_company(tables, as_of="2025-12-31")).sent[0].frame
        told.append(frame[["purchases_before", "days_since", "spend_before", "days_known"]])
    pd.testing.assert_frame_equal(*told)


def test_what_cannot_be_known_is_said() -> None:
    made = clv.simulate.company(800, seed=5)
    sent = made.tables["campaigns"]
    spring = sent["campaign"] == "spring 2024"
    orders = made.tables["orders"]
    known = orders[orders["order_date"] < "2024-11-01"]["customer_id"].value_counts()
    often = sent["customer_id"].map(known).fillna(0) > 1
    broken = pd.concat([
        sent[spring & (sent["arm"] != "control")],
        sent[sent["campaign"] == "double eleven 2024"].assign(arm=np.where(often, "mail", "control")[
            sent["campaign"] == "double eleven 2024"]),
        sent[sent["campaign"] == "catalogue 2025"].assign(arm="control"),
        sent[sent["campaign"] == "double eleven 2025"].assign(campaign_date="2025-12-20"),
    ])  # fmt: skip
    study = campaign_study(clv.read_company({"orders": orders, "campaigns": broken}, as_of="2025-12-31"))
    assert [each.code.rpartition(".")[2] for each in study.unknown] == [
        "no_control", "not_random", "nobody_contacted", "too_recent",
    ]  # fmt: skip
    assert study.table.empty
    assert isinstance(study.log, Note)
    assert study.next_test.empty
    with pytest.raises(InputError, match="table of campaigns"):
        campaign_study(clv.read_company({"orders": orders}, as_of="2025-12-31")).table  # noqa: B018


def test_purchases_alone_are_enough() -> None:
    made = clv.simulate.company(800, seed=6)
    tables = {"orders": made.tables["orders"].drop(columns=["amount"], errors="ignore")[["customer_id", "order_date"]],
              "campaigns": made.tables["campaigns"]}  # fmt: skip
    study = campaign_study(clv.read_company(tables, as_of="2025-12-31"))
    assert set(study.table["pays"]) == {"unknown"}
    assert "gross" not in study.table


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_what_was_planted_lies_in_the_intervals_of_a_hundred_companies() -> None:
    """Orders and responses gained, a contacted customer; and the share of reports with a false alarm."""
    held, counted, alarms = {"purchases": 0, "response": 0, "lift": 0}, 0, 0
    for seed in range(100):
        made = clv.simulate.company(1500, seed=seed)
        table = campaign_study(made.company(), margin=0.5).table.set_index(["campaign", "arm"])
        true = made.expected.campaigns.loc[table.index]
        truth = {"purchases": true["effect"], "response": true["response_effect"],
                 "lift": true["lift"]}  # fmt: skip
        counted += len(table)
        for name, value in truth.items():
            held[name] += int(((table[f"{name}_low"] <= value) & (value <= table[f"{name}_high"])).sum())
        nothing = campaign_study(clv.simulate.company(1500, seed=seed, plan=Plan.nothing()).company(), margin=0.5)
        alarms += bool((nothing.table["found"] != "none").any())
    print(held, counted, alarms)
    low, high = stats.binom.interval(0.99, counted, 0.95)
    assert all(low <= each <= high for each in held.values()), (held, counted)
    assert alarms <= stats.binom.ppf(0.995, 100, 0.05)
