"""Lifetime value against a random control group: by hand, and on companies whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from value_worlds import KINDS, company, truth

import clvlab as clv
from clvlab.customers.campaigns.estimate import means
from clvlab.customers.campaigns.lifetime import HABIT, WINDOW, _row, expected_by_draw
from clvlab.errors import InputError

AHEAD = {"days": 28, "horizon": 52.0, "margin": 1.0}


@pytest.fixture(scope="module")
def found() -> clv.customers.CampaignValue:
    return clv.customers.campaign_value(company(600, 1, "window"), "spring", draws=60, **AHEAD)


def test_errors_add_up_as_rubin_says() -> None:
    rng = np.random.default_rng(1)
    y, treated = rng.gamma(1.0, 10.0, (5, 90)), np.arange(90) % 2 == 0
    each = [means(row, treated) for row in y]
    row = _row(each)
    values = [one.value for one in each]
    within, between = np.mean([one.error**2 for one in each]), np.var(values, ddof=1)
    assert row["value"] == pytest.approx(np.mean(values))
    assert row["error"] ** 2 == pytest.approx(within + 1.2 * between)
    assert row["error"] ** 2 == pytest.approx(row["sampling"] ** 2 + row["posterior"] ** 2)
    assert _row(each[:1])["posterior"] == 0.0


def test_expectations_by_draw_are_those_of_customer_value() -> None:
    past = clv.histories(clv.datasets.cdnow(), end="1997-09-30", unit="week").head(60)
    fit, spend = clv.MBGNBD().fit(past, method="laplace", seed=1), clv.GammaGamma().fit(past, method="laplace", seed=1)
    drawn = expected_by_draw(fit, spend, past, 52.0, 0.1, 500)  # as many as it multiplies out
    told = clv.customer_value(fit, spend, past, horizon=52.0, discount_rate=0.1)
    ends = told.total[["clv_low", "clv_high"]].astype(float)
    np.testing.assert_allclose(np.quantile(drawn.sum(axis=1), [0.05, 0.95]), ends, rtol=1e-9)
    np.testing.assert_allclose(np.quantile(drawn, [0.05, 0.95], axis=0).T, told.table[["clv_low", "clv_high"]])


def test_the_window_alone_is_the_difference_in_spend(found: clv.customers.CampaignValue) -> None:
    made = company(600, 1, "window")
    study = clv.customers.campaign_study(made, days=28, margin=1.0)
    row = found.table.loc[("mail", WINDOW)]
    assert row["posterior"] == 0.0
    assert row["value"] == pytest.approx(study.effects("spring", "spend").table.loc["mail", "value"])
    assert row["error"] == pytest.approx(study.effects("spring", "spend").table.loc["mail", "error"])
    habit = found.table.loc[("mail", HABIT)]
    assert habit["value"] > row["value"]  # purchases of the campaign taken for habit
    assert habit["posterior"] > 0
    assert habit["low"] < habit["value"] < habit["high"]
    assert "lifetime value" in repr(found)


def test_it_is_the_same_twice_and_scales_with_the_margin(found: clv.customers.CampaignValue) -> None:
    half = clv.customers.campaign_value(company(600, 1, "window"), "spring", draws=60, **{**AHEAD, "margin": 0.5})
    np.testing.assert_allclose(half.table[["value", "error"]], 0.5 * found.table[["value", "error"]])


def test_nothing_after_the_window_is_seen() -> None:
    """What customers buy afterwards changes nothing."""
    made = company(400, 2, "faster")
    later = made.frame("orders").rename(columns={"customer": "customer_id"})
    more = pd.concat([later, later.assign(date=made.as_of + pd.Timedelta(days=9))])
    again = clv.read_company({"orders": more, "campaigns": made.read["campaigns"]})
    told = [clv.customers.campaign_value(each, "spring", draws=50, **AHEAD).table for each in (made, again)]
    pd.testing.assert_frame_equal(*told)


def test_customers_without_a_purchase_before_are_left_out_and_counted() -> None:
    made = company(400, 3, "window")
    rows = made.frame("campaigns").rename(columns={"customer": "customer_id"})
    new = pd.DataFrame({"customer_id": ["x1", "x2"], "campaign": "spring", "arm": ["mail", "none"],
                        "date": rows["date"].iloc[0], "cost": 0.0})  # fmt: skip
    orders = made.frame("orders").rename(columns={"customer": "customer_id"})
    first = pd.DataFrame({"customer_id": ["x1"], "date": [rows["date"].iloc[0]], "amount": [50.0]})
    bigger = clv.read_company({"orders": pd.concat([orders, first]), "campaigns": pd.concat([rows, new])},
                              as_of=made.as_of)  # fmt: skip
    found = clv.customers.campaign_value(bigger, "spring", draws=50, **AHEAD)
    assert found.table["n"].iloc[0] + found.table["control_n"].iloc[0] == 400
    assert [note.values["n"] for note in found.notes] == [2]


def test_what_cannot_be_known_is_refused() -> None:
    made = company(300, 4, "window")
    with pytest.raises(InputError, match="no campaign 'summer'"):
        clv.customers.campaign_value(made, "summer", days=28)
    with pytest.raises(InputError, match="too_recent"):
        clv.customers.campaign_value(made, "spring", days=60)
    with pytest.raises(InputError, match="draws= is 50"):
        clv.customers.campaign_value(made, "spring", draws=5)
    dates = made.frame("orders")[["customer", "date"]]
    bare = clv.read_company({"orders": dates, "campaigns": made.read["campaigns"]}, as_of=made.as_of)
    with pytest.raises(InputError, match="amounts"):
        clv.customers.campaign_value(bare, "spring", days=28)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", KINDS)
def test_which_supposition_holds_in_which_world(kind: str) -> None:
    """100 companies of 1,500 customers: how often either interval holds what the contact was worth."""
    true, rows = truth(kind), []
    for seed in range(120):  # groups that chance made unlike are not measured
        made = company(1500, seed, kind)
        if len(rows) < 100 and clv.customers.campaign_study(made, days=28).sent:
            rows.append(clv.customers.campaign_value(made, "spring", draws=50, seed=seed, **AHEAD).table.loc["mail"])
    told = {}
    for name in (WINDOW, HABIT):
        table = pd.DataFrame([row.loc[name] for row in rows])
        told[name] = int(((table["low"] <= true) & (true <= table["high"])).sum())
        mean = table[["value", "error", "posterior"]].mean().round(2).to_dict()
        print(f"{kind}, {name}: truth {true:.2f}, mean {mean}, spread {table['value'].std():.2f}, held {told[name]}")
    low, high = stats.binom.interval(0.99, len(rows), 0.95)
    if kind == "window":
        assert low <= told[WINDOW] <= high
    if kind == "revived":
        assert low <= told[HABIT] <= high
        assert told[WINDOW] < low
    if kind == "faster":  # a lasting change lies beyond both
        assert max(told.values()) < low
