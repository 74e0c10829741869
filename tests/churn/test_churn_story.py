"""What a reader of the churn page reads first: every number in it comes from the results."""

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab import churn, words
from clvlab.churn import story


@pytest.fixture(scope="module")
def spells() -> churn.Spells:
    table = clv.datasets.subscriptions()
    return churn.spells(table, customer="customer_id", start="start", end="end", reason="reason", as_of="2025-12-31")


def test_subscriptions_in_sentences(spells: churn.Spells) -> None:
    curve, rates = churn.kaplan_meier(spells), churn.churn_rates(spells, value="monthly_fee")
    fit = churn.cox(spells, covariates=["plan", "channel", "discount", "tickets"])
    warnings = churn.early_warning(fit, spells, 3.0, value=spells.table["monthly_fee"] * 12.0, cost=5.0, save_rate=0.1)
    incidence = churn.cumulative_incidence(spells)
    said = story.lead(spells, curve, warnings, fit, incidence, rates)
    last = rates.tail(12)
    assert words.percent(last["lost"].sum() / last["active"].sum(), 1) in said[0]
    assert words.number(float(curve.medians["median"].iloc[0]), 1) in said[1]
    assert words.number(round(warnings.expected)) in said[2]
    assert "price" in said[3]
    assert "discount=yes" in said[4]
    assert story.two_views(spells, warnings) == []
    assert len(story.metrics(spells, curve, warnings, rates)) == 4
    contacts = story.about_contacts(warnings)
    assert str(int(warnings.table["contact"].sum())) in contacts[0]
    assert warnings.threshold == pytest.approx(50.0)
    assert len(story.why_rates_differ(rates)) == 2
    shown = story.warning_table(warnings, most=5)
    assert len(shown) == 5
    assert shown["value_at_risk"].is_monotonic_decreasing


def test_without_value_reasons_or_dates_what_is_known_is_said() -> None:
    table = pd.DataFrame({"tenure": np.arange(1.0, 41.0), "left": [1, 0] * 20})
    spells = churn.spells(table, duration="tenure", event="left")
    said = story.lead(spells, churn.kaplan_meier(spells), None, None, None, None)
    assert "20 of 40" in said[0]
    assert len(said) == 2
    assert len(story.metrics(spells, churn.kaplan_meier(spells), None, None)) == 2


def test_two_views_of_customers_who_pause() -> None:
    """Customers who never drop out, and pause for long: the rule sees leaving where there is none."""
    rng = np.random.default_rng(1)
    rows = [
        (f"c{i}", day)
        for i in range(300)
        for day in pd.Timestamp("2022-01-01")
        + pd.to_timedelta(np.sort(rng.uniform(0, 720, 1 + rng.poisson(5))), unit="D")
    ]
    orders = clv.read_orders(pd.DataFrame(rows, columns=["customer", "date"]))
    spells = churn.spells(orders, gap=2.0)
    known = clv.histories(orders, unit="month")
    warnings = churn.early_warning(clv.MBGNBD().fit(known, method="laplace", seed=1), known, 3.0)
    said = story.two_views(spells, warnings)
    assert len(said) == 1
    assert "mostly pauses" in said[0]
    lead = story.lead(spells, churn.kaplan_meier(spells), warnings, None, None, churn.churn_rates(spells))
    assert said[0] in lead
