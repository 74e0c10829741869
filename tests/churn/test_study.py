"""A study in one call: the parts as their own functions give them, and nothing where a part does not apply."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab import churn
from clvlab.churn import Study
from clvlab.errors import InputError
from clvlab.models import ParetoGGG


@pytest.fixture(scope="module")
def simulated() -> Study:
    return churn.study_subscriptions(contact_cost=5.0)


@pytest.fixture(scope="module")
def cdnow() -> Study:
    return churn.study_orders(clv.datasets.cdnow())


def test_subscriptions(simulated: Study) -> None:
    spells, seed = simulated.spells, simulated.options.seed
    assert (simulated.source, simulated.rows, simulated.orders) == ("simulated", 2000, None)
    assert set(simulated.covariates) == {"plan", "channel", "discount", "tickets"}  # not the value
    assert simulated.fit is not None
    assert simulated.warnings is not None
    fee = spells.table["monthly_fee"]
    by_hand = churn.early_warning(simulated.fit, spells, 3.0, value=fee * 12.0, cost=5.0)
    pd.testing.assert_frame_equal(simulated.warnings.table, by_hand.table)
    assert simulated.validation is not None
    scores = churn.validate(spells, covariates=simulated.covariates, seed=seed)[0]
    pd.testing.assert_frame_equal(simulated.validation[0], scores)
    assert set(scores.index) == {"kaplan_meier", "cox", "weibull_aft", "log_normal_aft", "log_logistic_aft"}
    assert scores.index.name == "competitor"
    assert simulated.by_reason is not None
    assert set(simulated.by_reason["reason"]) == {"price", "product", "moved away"}
    assert simulated.tested is None
    assert simulated.gap_sensitivity is None
    assert simulated.cohorts is not None
    assert simulated.incidence is not None
    assert simulated.proportional is not None
    assert simulated.group_curves is not None
    assert simulated.group_curves.by == simulated.group == "discount"


def test_parts_are_computed_once(simulated: Study) -> None:
    assert simulated.curve is simulated.curve
    assert simulated.fit is simulated.fit


def test_orders(cdnow: Study) -> None:
    orders = cdnow.orders
    assert orders is not None
    by_hand = churn.warnings_from_orders(orders, tested=cdnow.tested, seed=1)
    assert cdnow.warnings is not None
    pd.testing.assert_frame_equal(cdnow.warnings.table, by_hand.table)
    assert cdnow.gap_sensitivity is not None
    assert cdnow.gap_sensitivity["gap"].iloc[-1] == "rhythm"
    assert (cdnow.covariates, cdnow.fit, cdnow.by_reason, cdnow.projections, cdnow.validation) == ((),) + (None,) * 4
    assert cdnow.group is cdnow.groups is cdnow.group_curves is None


def test_everybody_is_counted_once(cdnow: Study, simulated: Study) -> None:
    assert cdnow.warnings is not None
    groups = cdnow.warnings.groups
    assert groups["customers"].sum() == len(cdnow.warnings.table) == 2357
    assert cdnow.here == groups.loc[["warned", "here"], "customers"].sum()
    current = int((~cdnow.spells.table["event"]).sum())
    # Two came back on the last day, after having counted as left: they have no spell yet.
    assert cdnow.here == current + sum(map(len, cdnow.spells.left_out.values()))
    assert simulated.warnings is not None
    table = simulated.warnings.table
    assert simulated.here == len(table) == (~simulated.spells.table["event"]).sum()
    assert table["chance"].notna().sum() + simulated.warnings.unknown == simulated.here


@pytest.mark.parametrize(("gap", "expected"), [("6", 6.0), (6.0, 6.0)])
def test_a_gap_may_be_text(gap: object, expected: float) -> None:
    found = churn.study(orders=clv.datasets.cdnow(), gap=gap)
    assert found.spells.rule.values["gap"].length == expected


def test_one_call_for_either(tmp_path: Path) -> None:
    assert churn.study().source == "simulated"
    rows = pd.DataFrame({"who": ["a", "a", "b"], "when": ["2024-01-01", "2024-01-09", "2024-01-05"], "paid": 2.0})
    rows.to_csv(tmp_path / "shop.csv", index=False)
    found = churn.study(orders=tmp_path / "shop.csv", customer="who", date="when", amount="paid", gap=1.0)
    assert (found.source, found.rows) == ("shop.csv", 3)
    with pytest.raises(InputError, match=r"orders= or subscriptions=, not both"):
        churn.study(orders=rows, subscriptions=rows)
    with pytest.raises(InputError, match="gap is a number of months"):
        churn.study(orders=clv.datasets.cdnow(), gap="often")


def table() -> pd.DataFrame:
    return pd.DataFrame({"start": ["2024-01-01"] * 4, "end": ["2024-02-01", None, None, "2024-03-01"], "fee": 9.0})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"start": "begin"}, r"start= has no effect on a study of orders: leave it out, or give subscriptions=\."),
        ({"reason": "why", "value": "fee"}, r"reason=, value= have no effect on a study of orders: leave them out"),
        ({"records_from": "2024-01-01"}, "records_from= has no effect on a study of orders"),
        ({"date": "when"}, "customer=, date= and amount= name columns of orders that are yet to be read"),
        ({"strata": ["plan"]}, "strata= go with covariates="),
    ],
)
def test_of_orders_what_is_said_of_subscriptions_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        churn.study(orders=clv.datasets.cdnow(), **given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"gap": 6}, r"gap= has no effect on a study of subscriptions: leave it out, or give orders=\."),
        ({"date": "when", "amount": "paid"}, "date=, amount= have no effect on a study of subscriptions"),
        ({"value_units": 6.0}, "value_units= says how many units of value= are lost"),
        ({"contact_cost": 6.0}, "contact_cost= is weighed against what would leave"),
        ({"duration": "tenure", "event": "left", "start": "begin"}, "found start= with duration="),
        ({"duration": "tenure", "event": "left", "end": "last"}, "go with start="),
        ({"duration": "tenure", "event": "left", "as_of": "2024-06-30"}, "as_of= and records_from= go with start="),
    ],
)
def test_of_subscriptions_what_has_no_effect_is_refused(given: dict[str, Any], message: str) -> None:
    rows = table()
    if "duration" in given:
        rows = rows.rename(columns={"start": "begin", "end": "last"}).assign(tenure=3.0, left=1)
    with pytest.raises(InputError, match=message):
        churn.study(subscriptions=rows, **given)


def test_a_contact_costs_money_which_orders_must_have() -> None:
    rows = pd.DataFrame({"customer": ["a", "a", "b"], "date": ["2024-01-01", "2024-01-09", "2024-01-05"]})
    with pytest.raises(InputError, match="contact_cost= is money, and these orders carry no amounts"):
        churn.study(orders=rows, gap=1.0, contact_cost=2.0)


@pytest.mark.parametrize("kind", ["csv", "parquet", "frame"])
@pytest.mark.parametrize("customer", ["number", None])
def test_identifiers_are_text(kind: str, customer: str | None, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    n = 300
    x = rng.normal(size=n).round(3)
    tenure = rng.exponential(10.0 * np.exp(-x)).round(2)
    table = pd.DataFrame({"number": np.arange(18_621.0, 18_621.0 + n), "tenure": tenure, "left": [1, 0] * 150, "x": x})
    table = table.assign(number=table["number"].astype(int)) if kind == "csv" else table
    given: object = table
    if kind != "frame":
        given = tmp_path / f"table.{kind}"
        getattr(table, f"to_{kind}")(given, index=False)
    found = churn.study_subscriptions(given, customer=customer, duration="tenure", event="left", covariates=["x"])
    expected = [str(i if customer is None else 18_621 + i) for i in range(n)]
    assert found.spells.table.index.tolist() == expected
    assert found.warnings is not None
    assert set(found.warnings.table.index) <= set(expected)
    assert set(found.warnings.drivers["customer_id"]) <= set(found.warnings.table.index)
    assert len(found.warnings.drivers)


def test_zeros_in_front_of_an_identifier_stay(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("customer_id,tenure,left\n007,3,1\n08,4,0\n")
    found = churn.study_subscriptions(tmp_path / "t.csv", duration="tenure", event="left")
    assert found.spells.table.index.tolist() == ["007", "08"]


def test_what_is_unknown_is_left_out() -> None:
    table = pd.DataFrame({"tenure": np.arange(1.0, 41.0), "left": [1, 0] * 20})
    found = churn.study_subscriptions(table, duration="tenure", event="left")
    for part in ("rates", "recent", "cohorts", "incidence", "fit", "by_reason", "warnings", "validation", "group"):
        assert getattr(found, part) is None, part
    assert found.by_tenure.attrs == {"width": 3.0, "unit": "month"}
    all_left = churn.study_subscriptions(table.assign(left=1, x=np.tile([1.0, 2.0], 20)), duration="tenure",
                                         event="left", covariates=["x"])  # fmt: skip
    assert all_left.fit is not None
    assert all_left.warnings is None


def test_cohorts_that_all_began_before_the_records_are_left_out() -> None:
    table = pd.DataFrame({"start": ["2020-01-01"] * 4, "end": ["2024-02-01", None, None, None]})
    found = churn.study_subscriptions(table, records_from="2024-01-01", as_of="2024-06-30")
    assert found.cohorts is None
    assert found.rates is not None
    assert found.projections is None  # of customers watched only from some tenure on


def test_columns_written_on_leaving_are_not_chosen() -> None:
    rng = np.random.default_rng(5)
    n = 400
    x = rng.normal(size=n).round(2)
    tenure, left = rng.exponential(10.0 * np.exp(-x)), rng.random(n) < 0.6
    table = pd.DataFrame({"tenure": tenure, "left": left, "x": x, "moved": left & (rng.random(n) < 0.3)})
    table["index_then"] = np.where(left, rng.normal(size=n), 1.11)
    table["why"] = np.where(left, np.where(table["moved"], "moved", "price"), "in force")
    found = churn.study_subscriptions(table, duration="tenure", event="left", reason="why")
    assert found.written_at_leaving == ("moved", "index_then")
    assert found.covariates == ("x",)
    assert found.spells.reasons == ["price", "moved"]
    asked = churn.study_subscriptions(table, duration="tenure", event="left", reason="why", covariates=["moved", "x"])
    assert asked.written_at_leaving == ()  # who names them has them
    few = churn.study_subscriptions(table[left | (np.cumsum(~left) < 10)], duration="tenure", event="left")
    assert few.written_at_leaving == ()  # nine who are alike are no proof


def test_strata_are_no_covariates_unless_asked_for() -> None:
    found = churn.study_subscriptions(strata=["plan"])
    assert "plan" not in found.covariates
    assert found.fit is not None
    assert found.fit.strata == ("plan",)


@pytest.mark.parametrize(("longest", "after"), [(20.0, 12.0), (9.0, 4.0), (0.5, 0.5)])
def test_share_after(longest: float, after: float) -> None:
    table = pd.DataFrame({"tenure": np.linspace(longest / 20, longest, 20), "left": [1, 0] * 10})
    of = churn.spells(table, duration="tenure", event="left")
    curve = churn.kaplan_meier(of)
    found = churn.share_after(curve, of)
    assert found.after == after
    row = curve.table[curve.table["time"] <= after].iloc[-1]
    assert (found.survival, found.low, found.high) == (row["survival"], row["low"], row["high"])


def test_projections_reach_beyond_what_was_watched(simulated: Study) -> None:
    found = simulated.projections
    assert found is not None
    assert list(found) == ["shifted_beta_geometric", "beta_discrete_weibull"]
    longest = np.ceil(simulated.spells.table["duration"].max())
    for table in found.values():
        assert table.index.max() > 1.4 * longest
        assert table["survival"].is_monotonic_decreasing


def test_groups(simulated: Study) -> None:
    found = churn.groups(simulated.spells, "plan")
    assert list(found) == ["median", "restricted", "low", "high"]
    until = found.attrs["until"]
    assert until == simulated.spells.table.groupby("plan")["duration"].max().min()
    means = churn.restricted_mean(simulated.spells, until, by="plan")
    np.testing.assert_array_equal(found[["restricted", "low", "high"]], means[["mean", "low", "high"]])
    np.testing.assert_array_equal(found["median"], churn.kaplan_meier(simulated.spells, by="plan").medians["median"])
    with pytest.raises(InputError, match="There is no covariate colour"):
        churn.groups(simulated.spells, "colour")


@pytest.mark.parametrize(("longest", "width"), [(72.0, 6.0), (12.0, 1.0), (3.0, 1.0)])
def test_bands_of_tenure_say_how_wide_they_are(longest: float, width: float) -> None:
    of = churn.spells(pd.DataFrame({"tenure": [1.0, longest], "left": 1}), duration="tenure", event="left")
    assert churn.tenure_width(of) == width
    assert churn.rates_by_tenure(of, width=width).attrs["width"] == width


def test_pareto_ggg_warns_too() -> None:
    known = ParetoGGG().at(unit="week", t=4.0, gamma=2.0, r=1.0, alpha=5.0, s=0.5, beta=4.0)
    ann = pd.DataFrame({"frequency": [2], "recency": [8.0], "T": [9.0], "log_gap_sum": [2.7]}, index=["Ann"])
    ann.attrs["unit"] = "week"
    found = churn.early_warning(known, ann, 13.0)
    assert 0.0 < found.table.loc["Ann", "chance"] < 1.0
    assert found.table.loc["Ann", ["silent", "usual"]].tolist() == [1.0, 4.0]


def test_a_column_of_value_must_be_there(simulated: Study) -> None:
    assert simulated.fit is not None
    with pytest.raises(InputError, match="There is no column revenue"):
        churn.warnings_from_spells(simulated.spells, simulated.fit, value="revenue")
