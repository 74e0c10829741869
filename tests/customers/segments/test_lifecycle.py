"""Stages of life: by hand, sums, moves, and what is called growing by chance."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from clvlab.customers.facts import Facts, facts
from clvlab.customers.segments import STAGES, lifecycle
from clvlab.data.company import read_company

W = 30
# By the end of June 2024 (day 0 = 30 June): days before it on which each customer bought.
BOUGHT = {
    "new": [3], "lost": [200, 45], "just_lost": [40, 30], "just_active": [65, 35, 29],
    "won_back": [100, 5], "growing": [80, 55, 25, 12, 1], "declining": [80, 55, 50, 40, 28],
    "mature": [80, 50, 40, 20, 10], "too_young": [50, 20, 15, 10], "started": [170, 140, 110, 80, 55, 40, 20, 10],
}  # fmt: skip
END = pd.Timestamp("2024-06-30")


def known(bought: dict[str, list[int]], period: str = "month", **tables: pd.DataFrame) -> Facts:
    rows = [(who, END - pd.Timedelta(days=day), 10.0) for who, days in bought.items() for day in days]
    orders = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
    return facts(read_company({"orders": orders, **tables}, as_of=END), period=period, threshold=W)


def test_stages_by_hand() -> None:
    now = lifecycle(known(BOUGHT)).now
    assert now.to_dict() == {
        "new": "new", "lost": "lost", "just_lost": "lost", "just_active": "mature", "won_back": "won_back",
        "growing": "growing", "declining": "declining", "mature": "mature",
        "too_young": "mature",  # first bought less than two windows ago
        "started": "mature",
    }  # fmt: skip


def test_prospects_are_of_the_table_of_customers_and_of_leads() -> None:
    customers = pd.DataFrame({"customer_id": ["new", "later", "undated", "mature"],
                              "acquired": ["2024-06-20", "2024-05-10", None, "2024-01-15"]})  # fmt: skip
    leads = pd.DataFrame({"lead_id": [1, 2, 3], "date": ["2024-04-05", "2024-06-01", "2024-06-02"],
                          "customer_id": ["from_lead", None, "later"]})  # fmt: skip
    found = lifecycle(known(BOUGHT, customers=customers, leads=leads))
    now = found.now
    assert now[["later", "undated", "from_lead", "mature"]].tolist() == ["prospect", "prospect", "prospect", "mature"]
    assert len(now) == len(BOUGHT) + 3
    prospects = found.counts["prospect"]
    # The undated one is known throughout; mature by the table since January and bought in April.
    assert prospects.loc["2024-02":].tolist() == [2, 2, 2, 3, 3]
    assert found.counts.iloc[-1].sum() == len(now)


def test_every_customer_known_has_one_stage_and_moves_sum_to_the_base() -> None:
    rng = np.random.default_rng(1)
    bought = {f"c{i}": sorted(rng.integers(0, 400, rng.integers(1, 12)).tolist()) for i in range(300)}
    facts_ = known({who: list(dict.fromkeys(days)) for who, days in bought.items()})
    found = lifecycle(facts_)
    assert found.counts.columns.tolist() == list(STAGES)
    for t, end in enumerate(facts_.windows.last):
        assert found.counts.iloc[t].sum() == (facts_.first_day <= end).sum()
    moves = found.moves
    assert found.compared == (len(facts_.windows) - 2, len(facts_.windows) - 1)
    assert moves["customers"].sum() == found.counts.iloc[-1].sum()
    arrived = moves[moves["from"] == "not_yet_known"]
    before = found.counts.iloc[-2].sum()
    assert arrived["customers"].sum() == found.counts.iloc[-1].sum() - before
    assert moves[moves["from"] != "not_yet_known"].groupby("from")["customers"].sum().to_dict() == {
        stage: n for stage, n in found.counts.iloc[-2].items() if n
    }
    assert moves.groupby("from")["share"].sum().to_numpy() == pytest.approx(1.0)
    assert ((moves["low"] <= moves["share"]) & (moves["share"] <= moves["high"])).all()
    # Who was won back or is lost cannot have been new a month ago and be new still after more than W days.
    assert not ((moves["from"] == "lost") & (moves["to"].isin(["new", "growing", "declining", "prospect"]))).any()


def test_against_a_second_implementation() -> None:
    """One customer at a time, by the words of the rule."""
    rng = np.random.default_rng(2)
    bought = {f"c{i}": np.unique(rng.integers(0, 300, rng.integers(1, 15))).tolist() for i in range(200)}
    found = lifecycle(known(bought)).now
    for who, ago in bought.items():
        days = sorted(ago, reverse=True)
        silences = [one - two for one, two in pairwise(days) if two < W]
        now, before = sum(day < W for day in days), sum(W <= day < 2 * W for day in days)
        if not now:
            expected = "lost"
        elif days[0] < W:
            expected = "new"
        elif any(silence > W for silence in silences):
            expected = "won_back"
        elif days[0] >= 2 * W and abs(now - before) >= 2:
            expected = "growing" if now > before else "declining"
        else:
            expected = "mature"
        assert found[who] == expected, (who, days)


def test_by_chance_by_hand() -> None:
    """Of N purchases, k in the later half in C(N, k) - 1 ways: of 4, 3, 5 and 3 for k of 1, 2 and 3."""
    found = lifecycle(known({"four": [75, 55, 50, 20, 10], "long": [400, 300]})).by_chance
    assert found["expected"].tolist() == pytest.approx([3 / 11, 3 / 11])
    assert found["customers"].tolist() == [0, 0]
    assert found["share"].isna().all()


def test_at_an_unchanged_pace_as_many_are_growing_as_chance_says() -> None:
    rng = np.random.default_rng(4)
    n, days = 20_000, 365
    count = rng.poisson(rng.gamma(3.0, 4.0, n))
    who = np.repeat(np.arange(n), count)
    orders = pd.DataFrame({"customer_id": who, "amount": 1.0,
                           "date": END - pd.to_timedelta(rng.integers(0, days, len(who)), unit="D")})  # fmt: skip
    found = lifecycle(facts(read_company({"orders": orders}, as_of=END), threshold=W)).by_chance
    # Purchases on one day count once, so each half is a little less than Poisson: within the stated range and 2 %.
    assert (found["customers"] > 0.98 * found["low"]).all()
    assert (found["customers"] < 1.02 * found["high"]).all()
    assert found["low"].min() > 500


def test_one_period_has_no_moves() -> None:
    found = lifecycle(known({"a": [29, 10], "b": [5]}))
    assert found.compared is None
    assert found.moves.empty
    assert found.now.to_dict() == {"a": "new", "b": "new"}
    assert found.by_chance["expected"].tolist() == [0.0, 0.0]
