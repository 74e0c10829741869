"""Churn rates by hand, and why they differ."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from clvlab.churn import Spells, churn_rates, rates_by_tenure, retention_by_cohort, spells, spells_from_orders
from clvlab.data.orders import read_orders
from clvlab.errors import InputError

ROWS = [
    ("Ann", "2023-12-15", "2024-02-10", 10.0),
    ("Bob", "2023-12-20", None, 20.0),
    ("Cid", "2024-01-05", "2024-03-31", 30.0),
    ("Dot", "2024-01-31", "2024-02-01", 40.0),
    ("Eve", "2024-02-01", None, 50.0),
    ("Flo", "2024-02-10", "2024-02-20", 60.0),  # came and went within a month: no active one lost
]


@pytest.fixture
def tiny() -> Spells:
    table = pd.DataFrame(ROWS, columns=["id", "start", "end", "fee"])
    return spells(table, start="start", end="end", customer="id", as_of="2024-04-15")


def test_by_hand(tiny: Spells) -> None:
    found = churn_rates(tiny, value="fee", tenures=[0.0, 1.0, np.inf])
    assert [str(period) for period in found.index] == ["2024-01", "2024-02", "2024-03"]
    # January: Ann, Bob. February: and Cid, Dot; Eve comes on the first. March: Bob, Cid, Eve.
    assert found["active"].tolist() == [2, 4, 3]
    assert found["joined"].tolist() == [2, 2, 0]
    assert found["lost"].tolist() == [0, 2, 1]
    assert found["churn"].tolist() == pytest.approx([0.0, 1 / 2, 1 / 3])
    assert found["retention"].tolist() == pytest.approx([1.0, 1 / 2, 2 / 3])
    assert found["value_churn"].tolist() == pytest.approx([0.0, 50 / 100, 30 / 100])
    # Bands at the start: January both young; February Ann and Bob old, Cid and Dot young; March Eve young.
    # The mix of all is 2 + 2 + 1 young and 0 + 2 + 2 old.
    young, old = np.array([0 / 2, 1 / 2, 0 / 1]), np.array([np.nan, 1 / 2, 1 / 2])
    np.testing.assert_allclose(found["lifecycle_churn"], 5 / 9 * young + 4 / 9 * old)
    given = churn_rates(tiny, tenures=[0.0, 1.0, np.inf], mix=[3, 0])
    np.testing.assert_allclose(given["lifecycle_churn"], young)


def test_wilson_interval(tiny: Spells) -> None:
    row = churn_rates(tiny).iloc[1]
    expected = stats.binomtest(2, 4).proportion_ci(0.9, method="wilson")
    assert (row["churn_low"], row["churn_high"]) == pytest.approx((expected.low, expected.high))


def test_quarters_and_weeks(tiny: Spells) -> None:
    assert [str(period) for period in churn_rates(tiny, period="Q").index] == ["2024Q1"]
    assert churn_rates(tiny, period="Q")["lost"].tolist() == [1]
    assert churn_rates(tiny, period="W")["lost"].sum() == 3  # Flo counts in weeks, Dot does not


def test_cohorts_by_hand(tiny: Spells) -> None:
    found = retention_by_cohort(tiny)
    assert [str(cohort) for cohort in found.index] == ["2023-12", "2024-01", "2024-02"]
    expected = [
        [1.0, 1.0, 1.0, 0.5, 0.5],  # Ann leaves in the second month after hers: gone from the third on
        [1.0, 1.0, 0.5, 0.0, np.nan],
        [1.0, 0.5, 0.5, np.nan, np.nan],
    ]
    np.testing.assert_allclose(found.to_numpy(), expected)
    assert list(found.attrs["customers"].values()) == [2, 2, 2]


def test_by_tenure() -> None:
    table = pd.DataFrame({"tenure": [0.0, 1.0, 1.0, 2.0, 1.5, 3.0], "left": [1, 1, 0, 1, 0, 0]})
    found = rates_by_tenure(spells(table, duration="tenure", event="left"))
    assert found.index.tolist() == [0.0, 1.0, 2.0]
    assert found["active"].tolist() == [6.0, 2.5, 1.0]
    assert found["lost"].tolist() == [2.0, 1.0, 0.0]
    np.testing.assert_allclose(found["churn"], [2 / 6, 1 / 2.5, 0.0])
    wide = rates_by_tenure(spells(table, duration="tenure", event="left"), width=10.0)
    assert wide[["active", "lost"]].to_numpy().tolist() == [[6 - 3 / 2, 3.0]]


def test_by_tenure_finds_the_truth() -> None:
    rng = np.random.default_rng(1)
    leaves, ends = rng.exponential(10.0, 20_000), rng.uniform(0.0, 20.0, 20_000)
    table = pd.DataFrame({"tenure": np.minimum(leaves, ends), "left": leaves <= ends})
    found = rates_by_tenure(spells(table, duration="tenure", event="left"))
    np.testing.assert_allclose(found["churn"].iloc[:15], -np.expm1(-0.1), atol=0.015)


def changing_mix() -> Spells:
    """Hazards by tenure stay what they are; a campaign in 2023 brings many new customers, who leave sooner."""
    rng = np.random.default_rng(2)
    months = pd.period_range("2021-01", "2023-12", freq="M")
    n = np.where(months >= pd.Period("2023-01"), 2500, 250)
    start = np.repeat(months.start_time.to_numpy(), n) + rng.integers(0, 28, n.sum()).astype("timedelta64[D]")
    young = rng.exponential(1 / 0.15, len(start))
    stays = np.where(young < 3.0, young, 3.0 + rng.exponential(1 / 0.03, len(start)))
    end = pd.Series(start + (stays * 365.25 / 12).astype(int).astype("timedelta64[D]"))
    table = pd.DataFrame({"begin": start, "finish": end.where(end <= "2023-12-31")})
    return spells(table, start="begin", end="finish", as_of="2023-12-31")


def test_a_change_of_mix_moves_the_simple_rate_and_not_the_lifecycle_weighted_one() -> None:
    found = churn_rates(changing_mix(), tenures=[0.0, 3.0, np.inf])
    before, after = found.loc["2022-06":"2022-12"].mean(), found.loc["2023-03":"2023-06"].mean()
    assert after["churn"] - before["churn"] > 0.02
    assert after["lifecycle_churn"] == pytest.approx(before["lifecycle_churn"], abs=0.008)


def test_who_came_before_the_records_counts_from_then_on() -> None:
    table = pd.DataFrame(
        {
            "begin": ["2022-05-10", "2023-11-02", "2024-01-15", "2022-06-01"],
            "finish": ["2024-02-20", None, None, "2023-05-05"],
        }
    )
    of = spells(table, start="begin", end="finish", as_of="2024-03-31", records_from="2024-01-01")
    found = churn_rates(of)
    assert [str(period) for period in found.index] == ["2024-01", "2024-02", "2024-03"]
    assert found["active"].tolist() == [2, 3, 2]
    assert found["lost"].tolist() == [0, 1, 0]
    cohorts = retention_by_cohort(of)
    assert [str(cohort) for cohort in cohorts.index] == ["2024-01"]
    with pytest.raises(InputError, match="Every cohort began before the records do"):
        retention_by_cohort(of.where((of.table["entry"] > 0).to_numpy()))


def test_refused_in_words(tiny: Spells) -> None:
    undated = spells(pd.DataFrame({"tenure": [1.0], "left": [1]}), duration="tenure", event="left")
    for each in (churn_rates, retention_by_cohort):
        with pytest.raises(InputError, match=r"rates_by_tenure\(\) takes those"):
            each(undated)
    with pytest.raises(InputError, match="There is no column revenue for value=; there are fee"):
        churn_rates(tiny, value="revenue")
    with pytest.raises(InputError, match="mix needs 5 shares"):
        churn_rates(tiny, mix=[1.0])
    with pytest.raises(InputError, match="one whole period"):
        churn_rates(tiny, period="Y")
    with pytest.raises(InputError, match="width is that of a band"):
        rates_by_tenure(tiny, width=0)


def test_months_before_anybody_can_count_as_left_have_no_rate() -> None:
    """Ten customers who buy once: none can count as left in the first three months."""
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(10) * 5, unit="D")
    rows = pd.DataFrame({"customer": [f"c{i}" for i in range(10)], "date": days, "amount": 1.0})
    late = pd.DataFrame({"customer": ["late", "late"], "date": ["2024-02-10", "2024-06-30"], "amount": 1.0})
    orders = read_orders(pd.concat([rows, late.assign(date=pd.to_datetime(late["date"]))]))
    of = spells_from_orders(orders, gap=91.0, unit="day")
    found = churn_rates(of)
    assert found.attrs["rule_from"] == pd.Timestamp("2024-04-01")
    early = found[found.index < pd.Period("2024-04")]
    assert early[["churn", "churn_low", "churn_high", "retention", "lifecycle_churn"]].isna().all(axis=None)
    assert (early["active"] > 0).any()  # they are here, but nobody can know who has left
    assert found.loc["2024-04", "churn"] == found.loc["2024-04", "lost"] / found.loc["2024-04", "active"] > 0
    # The mix is of the months that count: over all months it would hold those too young to leave.
    told = found[found.index >= pd.Period("2024-04")]
    mixed = told["lifecycle_churn"].dropna()
    assert len(mixed)
    cohorts = retention_by_cohort(of)
    assert cohorts.loc["2024-01", 0] == 1.0
    assert cohorts.loc["2024-01", [1, 2, 3]].isna().all()
    assert cohorts.loc["2024-01", 4] < 1.0
