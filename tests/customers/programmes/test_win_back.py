"""Win-back offers, lost customers who bought again, and coupons: by hand, by statsmodels, and on real records."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import special

import clvlab as clv
from clvlab.customers import coupons, facts, lifecycle, returned, win_back
from clvlab.customers.programmes.problems import NotCompared
from clvlab.data.company import Company
from clvlab.errors import InputError

PAST = ["duration_1", "duration_lapse", "price_change", "gender", "age"]


def offered(n: int, seed: int, *, many: bool = False) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    offer = rng.uniform(5.0, 50.0, n) if many else rng.choice([10.0, 20.0, 30.0], n)
    past = rng.normal(size=n)
    back = rng.random(n) < special.expit(-1.0 + 0.05 * offer + past)
    value = np.where(back, 100.0 + 20.0 * past + rng.normal(0.0, 10.0, n), -2.0)
    return pd.DataFrame({"offer": offer, "past": past, "reacquire": back.astype(float), "sclv": value})


def test_chances_values_and_profits_are_those_of_regressions() -> None:
    frame = offered(800, 1)
    found = win_back(frame, before=["past"], draws=40)
    scaled = (frame["past"] - frame["past"].mean()) / frame["past"].std(ddof=0)
    columns = np.column_stack([np.ones(800), frame["offer"] == 20.0, frame["offer"] == 30.0, scaled]).astype(float)
    logit = sm.Logit(frame["reacquire"], columns).fit(disp=0, tol=1e-14, method="newton")
    np.testing.assert_allclose(np.log(found.coefficients["odds_ratio"]), logit.params.iloc[1:], rtol=1e-8)
    np.testing.assert_allclose(found.coefficients["p_value"], logit.pvalues.iloc[1:], rtol=1e-6)
    came = frame["reacquire"] == 1.0
    ols = sm.OLS(frame["sclv"][came], columns[came]).fit()
    for place, offer in enumerate((10.0, 20.0, 30.0)):
        asked = columns.copy()
        asked[:, 1:3] = np.eye(3)[place, 1:]
        chance, value = logit.predict(asked), ols.predict(asked)
        row = found.by_offer.loc[offer]
        assert row["chance"] == pytest.approx(chance.mean(), rel=1e-8)
        assert row["value"] == pytest.approx((chance * value).sum() / chance.sum(), rel=1e-8)
        profit = (chance * (value - offer) - 2.0 * (1.0 - chance)).mean()
        assert row["profit"] == pytest.approx(profit, rel=1e-8)
        assert row["profit_low"] < profit < row["profit_high"]
        assert found.at(offer)["profit"] == pytest.approx(profit, rel=1e-8)
    always = win_back(frame, before=["past"], draws=20, paid="always")
    difference = found.by_offer["profit"] - always.by_offer["profit"]
    np.testing.assert_allclose(difference, (1.0 - found.by_offer["chance"]) * found.by_offer.index, rtol=1e-8)


def test_nothing_is_said_of_offers_that_were_not_made() -> None:
    found = win_back(offered(300, 2), before=["past"], draws=20)
    with pytest.raises(InputError, match="nothing is known of 40"):
        found.at(40.0)
    with pytest.raises(InputError, match="nothing is known of 15"):
        found.at(15.0)
    many = win_back(offered(300, 2, many=True), before=["past"], draws=20)
    assert many.at(15.3)["chance"] > 0
    with pytest.raises(InputError, match="Offers made were 5"):
        many.at(80.0)
    assert many.by_offer.index.min() >= many.seen[0]
    assert many.by_offer.index.max() <= many.seen[1]
    assert any(note.code.endswith("not_random") for note in found.notes)


def test_intervals_hold_the_true_chances() -> None:
    rng = np.random.default_rng(0)
    past = rng.normal(size=200_000)
    held = 0
    for seed in range(12):
        found = win_back(offered(400, seed + 10), before=["past"], draws=120, seed=seed)
        for offer in (10.0, 20.0, 30.0):
            true = special.expit(-1.0 + 0.05 * offer + past).mean()
            row = found.by_offer.loc[offer]
            held += row["chance_low"] <= true <= row["chance_high"]
    assert held >= 29  # of 36: at 90 % fewer in 1 of 100


def test_wrong_offers_are_refused() -> None:
    frame = offered(300, 3)
    with pytest.raises(InputError, match="no column 'gone'"):
        win_back(frame, offer="gone")
    with pytest.raises(InputError, match="All offers were 10"):
        win_back(frame.assign(offer=10.0))
    with pytest.raises(InputError, match="20 customers who came back"):
        win_back(frame.assign(reacquire=0.0))
    with pytest.raises(InputError, match="paid= is one of"):
        win_back(frame, paid="later")


def test_the_textbook_records_run_end_to_end(shared_data: Path) -> None:
    found = win_back(pd.read_csv(shared_data / "customerWinBack.csv"), before=PAST)
    assert found.by_offer.index.tolist() == [20.0, 25.0, 30.0]
    assert found.by_offer["customers"].tolist() == [211, 119, 170]
    assert found.returned == 295
    assert found.best == 30.0
    assert found.by_offer["chance"].is_monotonic_increasing
    assert found.coefficients.loc["duration_lapse", "high"] < 1.0
    assert not found.by_offer.loc[20.0, "alike"]


@pytest.fixture(scope="module")
def demo() -> Company:
    return clv.datasets.company()


def test_silences_are_those_of_a_loop_and_of_the_stages(demo: Company) -> None:
    found = returned(demo)
    orders = demo.frame("orders")
    lost = came = 0
    for _, days in orders.groupby("customer")["date"]:
        gaps = (
            np.diff(np.append(days.sort_values().to_numpy(), demo.as_of.to_datetime64()))
            .astype("timedelta64[D]")
            .astype(int)
        )
        lost += (gaps[:-1] > found.threshold).sum() + (gaps[-1] >= found.threshold)
        came += (gaps[:-1] > found.threshold).sum()
    assert (found.lost, found.came_back) == (lost, came)
    stages = lifecycle(facts(demo))
    assert (stages.now == "lost").sum() == found.silences["returned"].isna().sum()
    assert found.threshold == facts(demo).threshold


def test_what_followed_a_campaign_is_that_of_a_loop(demo: Company) -> None:
    found = returned(demo)
    row = found.after[(found.after["name"] == "catalogue 2025") & (found.after["arm"] == "print")].iloc[0]
    sent = demo.frame("campaigns")
    sent = sent[(sent["campaign"] == "catalogue 2025") & (sent["arm"] == "print")]
    orders = demo.frame("orders")
    day = sent["date"].iloc[0]
    lost = came = 0
    for who in sent["customer"]:
        own = orders.loc[orders["customer"] == who, "date"]
        before = own[own < day]
        if len(before) and (day - before.max()).days > found.threshold:
            lost += 1
            came += bool(((own >= day) & (own <= day + pd.Timedelta(days=30))).any())
    assert (row["customers"], row["returned"]) == (lost, came)


def test_nobody_lost_is_said() -> None:
    days = ["2024-01-05", "2024-03-20", "2024-01-07", "2024-03-21"]
    orders = pd.DataFrame({"customer_id": ["a", "a", "b", "b"], "date": days, "amount": 5.0})
    with pytest.raises(NotCompared, match="nobody was lost"):
        returned(clv.read_company({"orders": orders}), threshold=100)


def test_redemption_is_counted_by_group(demo: Company) -> None:
    found = coupons(demo)
    rewards = demo.frame("rewards")
    assert found.coupons == len(rewards)
    assert found.redeemed == rewards["redeemed"].sum()
    kinds = found.groups[found.groups["by"] == "kind"].set_index("group")
    assert kinds.loc["gift", "share"] == 1.0
    assert kinds.loc["coupon", "coupons"] == (rewards["kind"] == "coupon").sum()
    others = found.groups[found.groups["by"] != "kind"]
    assert (others.groupby("by")["coupons"].sum() == kinds.loc["coupon", "coupons"]).all()
    assert not others["differs"].any()  # nothing is planted
    assert kinds.loc["coupon", "low"] < 0.6 < kinds.loc["coupon", "high"]


def test_coupons_without_tables_or_columns_are_told(demo: Company) -> None:
    orders = demo.read["orders"]
    with pytest.raises(NotCompared, match="table of rewards"):
        coupons(clv.read_company({"orders": orders}))
    rewards = pd.DataFrame({"customer_id": ["C00001"], "reward_date": ["2024-01-01"], "reward_value": [5.0]})
    with pytest.raises(NotCompared, match="column redeemed"):
        coupons(clv.read_company({"orders": orders, "rewards": rewards}))
