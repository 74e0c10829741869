"""The manager's question whole, and simple rules beside it."""

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.errors import InputError
from clvlab.evaluation.contacting import (
    AgainstRules,
    ContactStudy,
    ValueOfTest,
    against_rules,
    contact_study,
    lift_response,
)
from clvlab.evaluation.contacts import contacts
from clvlab.evaluation.strategies import worth


@pytest.fixture(scope="module")
def orders() -> clv.Orders:
    made = clv.simulate.company(600, seed=4)
    return clv.read_orders(made.tables["orders"][["customer_id", "order_date", "amount"]])


@pytest.fixture(scope="module")
def rules(orders: clv.Orders) -> AgainstRules:
    return against_rules(orders, gain=0.1, cost=1.0)


@pytest.fixture(scope="module")
def company() -> ContactStudy:
    return contact_study(clv.simulate.company(1000, seed=5).company())


def test_rules_are_those_of_the_comparison(orders: clv.Orders, rules: AgainstRules) -> None:
    told = contacts(rules.comparison, orders, cost=1.0, gain=0.1)
    for rule in ("recency", "frequency", "past_spend", "rfm"):
        row = rules.table.loc[(rule, "learned")]
        assert row[["contacted", "profit"]].tolist() == told.loc[("rule", rule), ["contacted", "profit"]].tolist()
    assert rules.table["forecast_profit"].iloc[0] == pytest.approx(told.loc[("competitor", "forecast"), "profit"])


def test_a_list_of_the_same_length_by_hand(rules: AgainstRules) -> None:
    known, brought = rules.comparison.runs[0].split.calibration, worth(rules.comparison)
    count = int(rules.table["forecast_contacted"].iloc[0])
    order = np.argsort(-known["past_value"].to_numpy(), kind="stable")[:count]
    assert rules.table.loc[("past_spend", "same"), "profit"] == pytest.approx((0.1 * brought - 1.0)[order].sum())
    assert (rules.table.xs("same", level="length")["contacted"] - count).abs().max() < 1e-6
    assert (rules.table["low"] <= rules.table["difference"]).all()
    assert (rules.table["difference"] <= rules.table["high"]).all()


def test_notes_go_by_the_best_rule(rules: AgainstRules) -> None:
    for note, length in zip(rules.notes, ("learned", "same"), strict=True):
        part = rules.table.xs(length, level="length")
        row = part.loc[part["profit"].idxmax()]
        assert note.values["rule"] == part["profit"].idxmax()
        assert note.code == ("contacting.better" if row["low"] > 0 else "contacting.no_better")


def test_over_several_ends_each_has_its_own_length(orders: clv.Orders) -> None:
    found = against_rules(orders, gain=0.1, cost=1.0, origins=["2025-03-31", "2025-06-30"])
    assert len(found.ends) == 2
    assert (found.table.xs("same", level="length")["contacted"] == found.table["forecast_contacted"].iloc[0]).all()


def test_the_latest_campaign_gives_response_cost_and_margin(company: ContactStudy) -> None:
    codes = [note.code for note in company.notes]
    assert codes[:2] == ["contacting.margin_of_records", "contacting.cost_of_campaign"]
    assert company.response.source.values["campaign"] == "double eleven 2025"
    assert company.cost == 3.0
    assert company.plan.contacted == company.plan.table["contacted"].sum()
    assert isinstance(company.test_first, ValueOfTest)
    assert company.test_first.gain <= company.test_first.perfect_information
    assert isinstance(company.against_rules, AgainstRules)
    assert company.curve.index[-1] == 1000


def test_without_anything_known_assumptions_are_said(orders: clv.Orders) -> None:
    study = contact_study(orders)
    said = {note.code: note for note in study.notes}
    assert said["contacting.response_assumed"].values["lift"] == 0.10
    assert "contacting.margin_unknown" in said
    # At the break-even cost contacting everybody earns nothing.
    assert study.curve["profit"].iloc[-1] == pytest.approx(0.0, abs=1e-6)
    assert said["contacting.break_even"].values["everybody"] == pytest.approx(0.10)


def test_a_harmful_contact_is_made_by_nobody(orders: clv.Orders) -> None:
    study = contact_study(orders, response=lift_response(-0.1, sd=0.01), cost=1.0, margin=0.5)
    assert study.plan.contacted == 0
    codes = [note.code for note in study.notes]
    assert {"contacting.nobody_pays", "contacting.no_test", "contacting.no_comparison"} <= set(codes)


def test_records_without_amounts_count_purchases(orders: clv.Orders) -> None:
    bare = clv.read_orders(orders.purchases()[["customer_id", "date"]])
    study = contact_study(bare, lift=0.2)
    assert study.spend is None
    assert study.margin == 1.0
    assert isinstance(study.against_rules, AgainstRules)
    assert set(study.against_rules.table.index.get_level_values("rule")) == {"recency", "frequency", "rfm"}


def test_wrong_arguments_are_named(orders: clv.Orders) -> None:
    with pytest.raises(InputError, match="one of the two"):
        contact_study(orders, lift=0.1, response=lift_response(0.1))
    with pytest.raises(InputError, match="needs orders"):
        contact_study(pd.DataFrame())  # type: ignore[arg-type]
    with pytest.raises(InputError, match="gain="):
        against_rules(orders, gain=0.0)
    with pytest.raises(InputError, match="budget="):
        _ = contact_study(orders, lift=0.1, budget=-1.0, cost=1.0).plan


def test_orders_after_the_day_that_counts_as_now_are_not_known(orders: clv.Orders) -> None:
    then = orders.until("2025-06-30")
    late = clv.read_company({"orders": orders}, as_of="2025-06-30")
    given = {"lift": 0.2, "cost": 1.0, "level": False}
    found, known = contact_study(late, **given), contact_study(then, **given)
    pd.testing.assert_frame_equal(found.plan.table, known.plan.table)
    assert found.orders.last_date == then.last_date
    assert found.plan.profit != contact_study(orders, **given).plan.profit
