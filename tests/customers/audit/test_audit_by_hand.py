"""The audit of four customers, every figure worked out by hand."""

import numpy as np
import pandas as pd
import pytest

import clvlab as clv
from clvlab.customers.audit import Audit
from clvlab.customers.audit.next_purchase import time_to_next

ORDERS = pd.DataFrame(
    [
        ("A", "2023-01-01", 10.0), ("A", "2023-06-01", 30.0), ("A", "2024-03-01", 20.0), ("B", "2023-02-01", 100.0),
        ("C", "2024-05-01", 40.0), ("C", "2024-05-21", 60.0), ("D", "2024-12-31", 5.0), ("A", "2025-01-10", 1.0),
    ],
    columns=["customer", "date", "amount"],
)  # fmt: skip
LINES = pd.DataFrame(
    [
        ("1", "A", "2023-01-01", "tea", 10.0, 6.0), ("2", "A", "2023-06-01", "tea", 20.0, 10.0),
        ("2", "A", "2023-06-01", "cup", 10.0, 5.0), ("3", "A", "2024-03-01", "cup", 20.0, 12.0),
        ("4", "B", "2023-02-01", "tea", 100.0, 50.0), ("5", "C", "2024-05-01", "tea", 40.0, 30.0),
        ("6", "C", "2024-05-21", "cup", 60.0, 20.0), ("7", "D", "2024-12-31", "tea", 5.0, 6.0),
        ("8", "A", "2025-01-10", "tea", 1.0, 0.5),
    ],
    columns=["order_id", "customer", "date", "category", "amount", "cost"],
).assign(product="x")  # fmt: skip


@pytest.fixture(scope="module")
def found() -> Audit:
    return clv.customers.audit(clv.read_company({"orders": ORDERS, "order_lines": LINES}))


def test_periods_and_what_is_outside(found: Audit) -> None:
    assert [str(each) for each in found.periods] == ["2023", "2024"]
    assert found.unused.to_dict("records") == [
        {"reason": "outside whole periods", "rows": 1, "spend": 1.0, "profit": pytest.approx(np.nan, nan_ok=True)},
        {"reason": "line outside whole periods", "rows": 1, "spend": 1.0, "profit": 0.5},
    ]


def test_decomposition(found: Audit) -> None:
    assert found.decomposition.loc["2023"].to_dict() == pytest.approx(
        {"customers": 2, "transactions": 3, "spend": 140, "profit": 69, "aof": 1.5, "aov": 140 / 3, "margin": 69 / 140}
    )
    assert found.decomposition.loc["2024", ["customers", "transactions", "spend", "profit"]].tolist() == [3, 4, 125, 57]


def test_two_years(found: Audit) -> None:
    both = found.overlap(2023, 2024)
    assert both["customers"].tolist() == [1, 1, 2]
    assert both["new"].tolist() == [0, 0, 2]
    assert both["profit_before"].tolist() == [19, 50, 0]
    assert both["profit_after"].tolist() == [8, 0, 49]
    steps = found.profit_bridge(2023, 2024)["profit"]
    assert steps[["before", "lost", "returned", "new", "after"]].tolist() == [69, -50, 0, 49, 57]
    # A bought twice for 20 at 47.5 %, then once for 20 at 40 %.
    assert steps["aov"] == pytest.approx(0)
    assert steps["aof"] == pytest.approx(-20 * (0.475 + 0.4) / 2)
    assert steps["margin"] == pytest.approx(-0.075 * 20 * 1.5)


def test_deciles_and_moves(found: Audit) -> None:
    deciles = found.deciles(2023)
    assert deciles["customers"].tolist() == [1, 0, 0, 0, 0, 1, 0, 0, 0, 0]  # B, then A
    matrix = found.switching(2023, 2024)
    assert matrix.loc[1, "absent"] == 1  # B
    assert matrix.loc[6, 10] == 1  # A earned 19, then 8: below the lowest of all
    assert matrix.loc["absent", 1] == 1  # C earned 50, as much as B, the lowest of the first
    assert matrix.loc["absent", 10] == 1  # D lost 1
    assert found.moves(2023, 2024)["customers"].to_dict() == {"up": 0, "same": 0, "down": 1, "gone": 1, "came": 2}


def test_cohorts(found: Audit) -> None:
    old = found.cohorts.loc["2023"]
    assert old["customers"].tolist() == [2, 1]
    assert old["active_share"].tolist() == [1.0, 0.5]
    assert old["profit_per_active"].tolist() == [34.5, 8.0]
    assert found.patterns(2023)["customers"].to_dict() == {"AA": 1, "A-": 1}
    assert found.repeat_buying["again"].to_dict() == {"2023": 1, "2024": 1}
    assert found.value_to_date(2023)["profit"].dropna().tolist() == [50, 27]
    assert found.compare_cohorts(2023, 2024, indexed=True).loc[1, "2023"] == pytest.approx(8 / 69)


def test_outlook(found: Audit) -> None:
    """2023 goes as it went; 2024 as 2023 did; and as many new customers as in 2024."""
    assert found.outlook["ratio"].to_dict() == pytest.approx({"2023": 8 / 69, "2024": 8 / 69, "new": 1})
    assert found.outlook["next"].sum() == pytest.approx(8 * 8 / 69 + 49 * 8 / 69 + 49)
    existing = 57 * 8 / 69
    assert found.new_customers_needed(existing + 245) == pytest.approx(10)  # two brought 49
    assert found.new_customers_needed(0) == 0


def test_time_to_the_next_purchase(found: Audit) -> None:
    """First purchases: A waits 151 days, C 20; B was watched 709 days, D 10."""
    first = found.time_to_next().loc[1]
    assert first["customers"] == 4
    assert first["within_30"] == pytest.approx(1 / 3)  # at 20 days three are still watched: A, B, C
    assert first["within_180"] == pytest.approx(1 - 2 / 3 * 1 / 2)
    assert first["median"] == 151
    assert found.time_to_next(2024).loc[1, "customers"] == 2
    second = found.second_purchase
    for cohort in second.index:
        assert second.loc[cohort].equals(found.time_to_next(cohort).loc[1].rename(cohort))
    assert second["customers"].sum() == (found.table.acquired >= 0).sum()


def test_time_to_the_next_purchase_is_kaplan_and_meiers() -> None:
    rng = np.random.default_rng(3)
    gap, bought = rng.integers(1, 400, 500), rng.random(500) < 0.6
    customer = np.concatenate([np.arange(500), np.arange(500)[bought]])
    day = np.concatenate([1000 - gap, np.full(int(bought.sum()), 0)])
    day[500:] = (1000 - gap)[bought] + rng.integers(1, gap[bought] + 1)
    first = time_to_next(customer, day, 1000, most=1).loc[1]
    lasts = gap.copy()
    lasts[bought] = day[500:] - (1000 - gap)[bought]
    spells = clv.churn.spells(pd.DataFrame({"days": lasts, "bought": bought}), duration="days", event="bought")
    curve = clv.churn.kaplan_meier(spells).table
    for days in (30, 180, 365):
        at = curve[curve["time"] <= days].iloc[-1]
        assert first[f"within_{days}"] == pytest.approx(1 - at["survival"], abs=1e-12)


def test_categories(found: Audit) -> None:
    tea = found.categories.decomposition(0).loc["tea"]
    assert tea[["active", "buyers", "orders", "spend", "profit"]].tolist() == [2, 2, 3, 130, 64]
    cup = found.categories.decomposition(1).loc["cup"]
    assert cup[["active", "buyers", "penetration", "orders", "spend", "profit"]].tolist() == pytest.approx(
        [3, 2, 2 / 3, 2, 80, 48]
    )
    assert cup["active"] * cup["penetration"] * cup["aof"] * cup["spend_per_order"] * cup["margin"] == pytest.approx(48)
    together = found.categories.bought_together(1)
    assert together.loc["cup", "tea"] == 0.5  # C of A and C
    assert together.loc["tea", "cup"] == 0.5  # C of C and D
    until = int(np.datetime64("2025-01-10", "D").astype(int))
    first = found.categories.bought_first(until).loc["tea"]
    assert first[["customers", "share", "again", "spend"]].tolist() == [2, 1.0, 0.5, 70.0]  # A and B; A brings 40


def test_orders_alone() -> None:
    alone = clv.customers.audit(clv.read_orders(ORDERS))
    assert not alone.table.margin_known
    assert alone.decomposition["profit"].tolist() == [140, 125]
    half = clv.customers.audit(clv.read_orders(ORDERS), margin=0.5)
    assert half.decomposition["margin"].tolist() == [0.5, 0.5]
