"""Spells from orders: when silence counts as leaving, by hand, and without a look ahead."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from clvlab.churn import Spells, gap_sensitivity, spells, spells_from_orders
from clvlab.data.order_book import Orders
from clvlab.data.orders import read_orders
from clvlab.errors import InputError
from clvlab.formulas import mbg_nbd
from clvlab.models import BGBB, BGCNBD, BGNBD, MBGNBD, NBD
from clvlab.notes import Note, Span

FIRST = pd.Timestamp("2024-01-01")
MBG = {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}


def bought(days: dict[str, list[int]], **columns: Any) -> Orders:
    rows = [(name, FIRST + pd.Timedelta(days=day)) for name, own in days.items() for day in own]
    table = pd.DataFrame(rows, columns=["customer", "date"]).assign(amount=10.0, **columns)
    return read_orders(table, attributes=list(columns))


def listed(of: Spells) -> list[tuple[Any, ...]]:
    """Customer, number, begin (days after the first), length, and whether they left."""
    table = of.table
    begin = (table["start"] - FIRST).dt.days
    return list(zip(table.index, table["spell"], begin, table["duration"].round(9), table["event"], strict=True))


def test_a_fixed_gap_by_hand() -> None:
    orders = bought({"Ann": [0, 10, 20, 60, 95], "Bob": [5], "Cid": [40, 70], "Dot": [50, 80], "End": [100]})
    found = spells_from_orders(orders, gap=30, unit="day")
    assert listed(found) == [
        ("Ann", 1, 0, 50.0, True),  # silent from day 20 on
        ("Ann", 2, 60, 30.0, True),  # won back, and silent again
        ("Ann", 3, 95, 5.0, False),
        ("Bob", 1, 5, 30.0, True),
        ("Cid", 1, 40, 60.0, False),  # silent for exactly 30 days: not for longer
        ("Dot", 1, 50, 50.0, False),
    ]
    assert found.as_of == FIRST + pd.Timedelta(days=100)
    assert found.left_out == {"churn.began_on_the_last_day": ["End"]}
    ends = (found.table["end"] - FIRST).dt.days.dropna()
    assert ends.tolist() == [50, 90, 35]
    assert found.rule == Note("churn.silent_for", gap=Span(30, "day"))
    assert found.notes[1:] == (Note("churn.began_on_the_last_day", n=1),)
    assert found.rule_from == FIRST + pd.Timedelta(days=30)  # nobody can be called gone before
    monthly = spells(orders, gap=30 / (365.25 / 12))
    np.testing.assert_allclose(monthly.table["duration"] * 365.25 / 12, found.table["duration"])


def test_leaving_comes_only_after_the_last_purchase_and_the_gap() -> None:
    orders = bought({"Ann": [0, 50], "Bob": [0, 10]})
    # On day 50 Bob is silent for 40 days: with a gap of 45 nobody can know yet.
    assert listed(spells_from_orders(orders, gap=45, unit="day")) == [
        ("Ann", 1, 0, 45.0, True),
        ("Bob", 1, 0, 50.0, False),
    ]
    later = spells_from_orders(orders, gap=45, unit="day", as_of=FIRST + pd.Timedelta(days=56))
    assert listed(later)[-1] == ("Bob", 1, 0, 55.0, True)


def test_rhythm_by_hand() -> None:
    # Gaps that end within the first 100 of 200 days: 10, 10, 10, 20, 40: nine in ten stay below 32.
    orders = bought({"Ann": [0, 10, 20, 30], "Bob": [0, 20, 60, 130], "Cid": [0], "Dot": [200]})
    usual = float(np.quantile([10, 10, 10, 20, 40], 0.9))
    found = spells_from_orders(orders, unit="day")
    assert listed(found) == [
        ("Ann", 1, 0, 30 + usual, True),  # three times 10 is below the usual limit
        ("Bob", 1, 0, 20 + usual, True),  # before a second repeat purchase the usual limit: gone on day 52
        ("Bob", 2, 60, 140.0, False),  # then three times 30, and three times 130 / 3
        ("Cid", 1, 0, usual, True),
    ]
    assert found.rule == Note("churn.silent_beyond_the_rhythm", times=3, usual=Span(32.0, "day"), share=0.9)
    with pytest.raises(InputError, match="there is no usual gap: give gap="):
        spells_from_orders(bought({"Ann": [0], "Bob": [9]}))


def test_limit_of_a_model() -> None:
    orders = bought({"Ann": [0, 14, 21], "Bob": [0], "Cid": [700]})
    fit = MBGNBD().at(**MBG, unit="week")
    found = spells_from_orders(orders, gap=fit, level=0.35, unit="week")
    assert found.table["event"].tolist() == [True, True]
    silence = found.table["duration"].to_numpy() - [3.0, 0.0]
    x, t_x = np.array([2.0, 0.0]), np.array([3.0, 0.0])
    np.testing.assert_allclose(mbg_nbd.prob_alive(x, t_x, t_x + silence, **MBG), 0.35, atol=1e-8)
    assert silence[0] < silence[1]  # who bought often falls silent sooner
    assert found.rule == Note("churn.probably_not_alive", model="MBG/NBD", level=0.35)
    stricter = spells_from_orders(orders, gap=fit, level=0.3, unit="week")
    assert (stricter.table["duration"].to_numpy() > found.table["duration"].to_numpy()).all()


def many(seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = 300
    customer, time, _ = mbg_nbd.simulate(rng, np.full(n, 60.0), **MBG)
    first = rng.integers(0, 100, n)
    who = np.concatenate([np.arange(n), customer])
    day = np.concatenate([first, first[customer] + np.ceil(time * 7).astype(int)])
    table = pd.DataFrame({"customer": who.astype(str), "date": FIRST + pd.to_timedelta(day, unit="D"), "amount": 5.0})
    return table.assign(channel=np.where(who % 2, "网", "<b>"))


@pytest.mark.parametrize("gap", [4.0, "rhythm", MBGNBD().at(**MBG, unit="week")], ids=["fixed", "rhythm", "model"])
def test_nothing_after_as_of_is_used(gap: Any) -> None:
    table, as_of = many(), FIRST + pd.Timedelta(days=200)
    whole = spells_from_orders(read_orders(table, attributes=["channel"]), gap=gap, as_of=as_of)
    known = spells_from_orders(read_orders(table[table["date"] <= as_of], attributes=["channel"]), gap=gap, as_of=as_of)
    pd.testing.assert_frame_equal(whole.table, known.table)
    assert whole.rule == known.rule
    assert (whole.table["end"].dropna() <= as_of).all()


@pytest.mark.parametrize("gap", [4.0, "rhythm"])
def test_spells_do_not_overlap_and_hold_every_customer(gap: Any) -> None:
    orders = read_orders(many(), attributes=["channel"])
    found = spells_from_orders(orders, gap=gap)
    assert set(found.table.index) | {i for own in found.left_out.values() for i in own} == set(orders.customers().index)
    for _, own in found.table.groupby(level=0):
        assert own["spell"].tolist() == list(range(1, len(own) + 1))
        assert own["event"].iloc[:-1].all()
        assert (own["start"].iloc[1:].to_numpy() >= own["end"].iloc[:-1].to_numpy()).all()
    assert set(found.table["channel"]) == {"网", "<b>"}
    assert found.covariates == ["spell", "channel"]


def test_attributes_whose_names_are_taken_are_renamed() -> None:
    found = spells_from_orders(bought({"Ann": [0], "Bob": [9]}, reason="x"), gap=1.0)
    assert found.table["reason_"].tolist() == ["x"]


def test_sensitivity() -> None:
    orders = read_orders(many())
    found = gap_sensitivity(orders, [1.0, 3.0, 6.0, "rhythm"])
    assert found["gap"].tolist() == [1.0, 3.0, 6.0, "rhythm"]
    for row in found.itertuples():
        table = spells_from_orders(orders, gap=row.gap).table
        assert (row.spells, row.left) == (len(table), table["event"].sum())
        assert row.share_left == pytest.approx(table["event"].mean())
        assert row.won_back == pytest.approx((table["spell"] > 1).sum() / table["event"].sum())
        assert row.median_duration == table["duration"].median()
    assert (np.diff(found["won_back"].iloc[:3]) < 0).all()  # a longer silence is less often broken


KNOWN = {"r": 0.5, "alpha": 5.0, "a": 0.8, "b": 2.5}


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"gap": BGNBD().at(**KNOWN, unit="week")}, "BG/NBD never lets customers leave who bought once"),
        ({"gap": BGCNBD(k=2).at(**KNOWN, unit="week")}, "BG/CNBD-2 never lets customers leave who bought once"),
        ({"gap": NBD().at(r=0.5, alpha=5.0, unit="week")}, "NBD lets nobody leave"),
        ({"gap": BGBB().at(alpha=1.2, beta=0.7, gamma=0.6, delta=2.7)}, "BG/BB counts whole periods"),
        ({"gap": MBGNBD().at(**KNOWN)}, "no unit of time"),
        ({"gap": MBGNBD().at(**KNOWN, unit="week"), "level": 1.0}, "level is a probability"),
        ({"gap": -1.0}, "gap is how long a silence means leaving"),
        ({"gap": np.nan}, "gap is how long a silence means leaving"),
        ({"gap": "usual"}, "gap is a number of months, 'rhythm' or a fitted model; found 'usual'"),
        ({"gap": None}, "gap is a number of months"),
        ({"gap": 1.0, "as_of": "2023-12-31"}, "lies before the first order, of 2024-01-01"),
        ({"gap": 1.0, "unit": "quarter"}, "unit of time is one of"),
    ],
)
def test_refused_in_words(keywords: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        spells_from_orders(bought({"Ann": [0, 9], "Bob": [3]}), **keywords)
