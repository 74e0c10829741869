"""Refunds take off what they undo, and no day knows of a later one."""

import numpy as np
import pandas as pd
import pytest

from clvlab.data.histories import histories
from clvlab.data.orders import read_orders


def orders_of(*rows, **options):
    columns = ["customer", "date", "amount", "product"][: len(rows[0])]
    return read_orders(pd.DataFrame(list(rows), columns=columns), **options)


def amounts(orders, end=None):
    found = orders.purchases(end)
    return {f"{row.date:%m-%d}": row.amount for row in found.itertuples()}


def test_the_latest_earlier_purchase_first_then_earlier_ones():
    orders = orders_of(
        ("a", "2024-01-01", 10.0), ("a", "2024-01-02", 20.0), ("a", "2024-01-03", -25.0), ("a", "2024-01-04", 40.0)
    )
    assert amounts(orders) == {"01-01": 5.0, "01-04": 40.0}


def test_of_the_same_product_where_products_are_known():
    orders = orders_of(
        ("a", "2024-01-01", 10.0, "p"),
        ("a", "2024-01-02", 20.0, "q"),
        ("a", "2024-01-03", -4.0, "p"),
        ("a", "2024-01-04", -3.0, None),
        ("a", "2024-01-05", -1.0, "r"),
    )
    assert amounts(orders) == {"01-01": 6.0, "01-02": 17.0}
    unseen = orders.ledger.set_index("reason").loc["refund of an unseen purchase"]
    assert (unseen["rows"], unseen["amount"]) == (1, -1.0)


def test_of_the_same_customer_only():
    orders = orders_of(("a", "2024-01-01", 10.0), ("b", "2024-01-02", -10.0), ("c", "2024-01-03", 5.0))
    assert amounts(orders) == {"01-01": 10.0, "01-03": 5.0}


def test_a_day_reduced_to_zero_is_no_purchase_but_a_day_of_amount_zero_is():
    orders = orders_of(
        ("a", "2024-01-01", 10.0), ("a", "2024-01-02", 0.0), ("a", "2024-01-03", 7.0), ("a", "2024-01-05", -17.0)
    )
    assert amounts(orders) == {"01-02": 0.0}
    assert orders.n_purchases == 1


def test_crumbs_of_binary_cents_count_as_nothing():
    orders = orders_of(
        ("a", "2024-01-01", 0.1), ("a", "2024-01-01", 0.2), ("a", "2024-01-02", -0.3), ("b", "2024-01-02", 1.0)
    )
    assert orders.customers().index.tolist() == ["b"]
    assert "refund of an unseen purchase" not in set(orders.ledger["reason"])


def test_a_customer_refunded_in_full_is_gone_from_then_on():
    orders = orders_of(("a", "2024-01-01", 10.0), ("a", "2024-02-01", -10.0), ("b", "2024-01-05", 1.0))
    assert histories(orders, end="2024-01-31", unit="day").index.tolist() == ["a", "b"]
    assert histories(orders, end="2024-02-01", unit="day").index.tolist() == ["b"]


def test_a_refund_before_any_purchase_finds_none():
    orders = orders_of(("a", "2024-01-01", -10.0), ("a", "2024-01-02", 10.0))
    assert amounts(orders) == {"01-02": 10.0}


def test_at_the_same_moment_the_purchase_comes_first_and_within_a_day_the_clock_rules():
    assert amounts(orders_of(("a", "2024-01-01", -10.0), ("a", "2024-01-01", 25.0))) == {"01-01": 15.0}
    clocked = orders_of(("a", "2024-01-01 09:00", -10.0), ("a", "2024-01-01 15:00", 25.0))
    assert amounts(clocked) == {"01-01": 25.0}


def test_a_purchase_is_refunded_only_once():
    orders = orders_of(
        ("a", "2024-01-01", 10.0), ("a", "2024-01-02", 10.0), ("a", "2024-01-03", -10.0), ("a", "2024-01-04", -5.0)
    )
    assert amounts(orders, "2024-01-02") == {"01-01": 10.0, "01-02": 10.0}
    assert amounts(orders, "2024-01-03") == {"01-01": 10.0}
    assert amounts(orders) == {"01-01": 5.0}


def test_dropped_refunds_leave_purchases_whole():
    orders = orders_of(("a", "2024-01-01", 10.0), ("a", "2024-02-01", -10.0), refunds="drop")
    assert amounts(orders) == {"01-01": 10.0}


def random_lines(seed, rows=600):
    rng = np.random.default_rng(seed)
    amount = np.round(rng.gamma(1.5, 20, rows), 2)
    amount[rng.random(rows) < 0.25] *= -1
    return pd.DataFrame(
        {
            "customer": rng.choice([f"c{i}" for i in range(40)], rows),
            "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 200 * 24, rows), unit="h"),
            "amount": amount,
            "product": rng.choice(["p", "q", "r", None], rows),
            "channel": rng.choice(["web", "shop", None], rows),
        }
    ).sort_values("date", ignore_index=True)


@pytest.mark.parametrize("seed", range(4))
def test_nothing_later_than_the_end_reaches_a_history(seed):
    lines = random_lines(seed)
    end = pd.Timestamp("2024-04-20")
    seen = lines[lines["date"] < end + pd.Timedelta(days=1)]
    later = lines.drop(seen.index)
    whole = read_orders(lines, attributes=["channel"])
    wanted = histories(whole, end=end)
    shuffled = later.assign(
        customer=later["customer"].sample(frac=1, random_state=seed).array,
        amount=later["amount"].sample(frac=1, random_state=seed + 1).array * 1000,
        channel="changed",
    )
    for table in (seen, pd.concat([seen, shuffled]), pd.concat([later, seen])):
        found = histories(read_orders(table, attributes=["channel"]), end=end)
        pd.testing.assert_frame_equal(found, wanted, check_exact=True)
    pd.testing.assert_frame_equal(histories(whole.until(end), end=end), wanted, check_exact=True)


@pytest.mark.parametrize("seed", range(4))
def test_netting_equals_a_plain_account_of_it(seed):
    lines = random_lines(seed, rows=200)
    end = pd.Timestamp("2024-05-01")
    left: dict[str, list] = {}
    for row in lines[lines["date"] < end + pd.Timedelta(days=1)].itertuples():
        known = left.setdefault(row.customer, [])
        if row.amount > 0:
            known.append([row.date.normalize(), row.product, row.amount, False])
            continue
        back = -row.amount
        for entry in reversed(known):
            if pd.notna(row.product) and entry[1] != row.product:
                continue
            taken = min(back, entry[2])
            entry[2] -= taken
            back -= taken
            entry[3] |= taken > 0
            if back < 1e-9:
                break
    wanted = {}
    for who, entries in left.items():
        for day, _, amount, _ in entries:
            wanted[who, day] = wanted.get((who, day), 0.0) + amount
    wanted = {key: value for key, value in wanted.items() if value > 1e-9}
    found = read_orders(lines).purchases(end)
    got = {(row.customer_id, row.date): row.amount for row in found.itertuples()}
    assert got.keys() == wanted.keys()
    assert got == pytest.approx(wanted)
