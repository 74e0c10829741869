"""Contracts of tables, and what becomes of each row of a table."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clvlab as clv
from clvlab.data.reading.table import read_table
from clvlab.data.tables.contract import contract, tables
from clvlab.errors import InputError


@pytest.mark.parametrize("table", tables())
def test_a_contract_is_whole(table):
    known = contract(table)
    looked_at = {rule.column for rule in known.rules} | {rule.other for rule in known.rules if rule.kind == "before"}
    assert looked_at <= {*known.columns, ""}
    assert all(rule.other in known.status for rule in known.rules if rule.kind == "status")
    headings = [
        (heading, role) for role, column in known.columns.items() for tier in column.headings for heading in tier
    ]
    twice = [heading for heading, _ in headings if [each for each, _ in headings].count(heading) > 1]
    assert twice == []
    reader = "read_survey" if table == "surveys" else f"read_{table}"
    assert callable(getattr(clv, reader))


@pytest.mark.parametrize("table", sorted(set(tables()) - {"orders"}))
def test_an_empty_table_and_a_strange_one_are_refused(table):
    needed = [role for role, column in contract(table).columns.items() if column.needed]
    with pytest.raises(InputError, match="no rows"):
        read_table(table, pd.DataFrame({role: pd.Series(dtype="str") for role in contract(table).columns}))
    if needed:
        with pytest.raises(InputError, match=f"The table {table} needs one column"):
            read_table(table, pd.DataFrame({"x": [1], "y": [2]}))
    with pytest.raises(InputError, match="has no nonsense"):
        read_table(table, pd.DataFrame({"x": [1]}), {"nonsense": "x"})


def test_every_row_has_one_reason():
    frame = pd.DataFrame(
        {
            "customer_id": ["a", None, "b", "c", "d", "d", "e"],
            "opened": ["2024-01-05", "2024-01-05", "soon", "2099-01-01", "2024-01-05", "2024-01-05", "2024-01-09"],
            "resolved": ["", "", "", "", "2024-01-04", "2024-01-04", "2024-01-10"],
        }
    )
    found = clv.read_complaints(frame)
    assert dict(zip(found.ledger["reason"], found.ledger["rows"], strict=True)) == {
        "used": 2,
        "missing customer": 1,
        "bad opened": 1,
        "future opened": 1,
        "resolved before opened": 2,
    }
    assert found.frame["customer"].tolist() == ["a", "e"]
    assert found.frame["resolved"].isna().tolist() == [True, False]


def test_values_that_cannot_be_read_are_counted():
    frame = pd.DataFrame(
        {"nps": [0, 10, 11, -1, None], "customer": list("abcde"), "invited": ["yes", "no", "maybe", "", "1"]}
    )
    found = clv.read_survey(frame)
    assert found.frame["nps"].isna().tolist() == [False, False, True, True, True]
    assert found.emptied[["column", "rows"]].to_numpy().tolist() == [["nps", 2], ["invited", 1]]
    assert found.ledger["rows"].sum() == 5


def test_rows_that_repeat_are_used_where_that_may_well_be():
    frame = pd.DataFrame({"customer_id": ["a", "a"], "event": ["view", "view"], "event time": ["2024-01-05"] * 2})
    seen = clv.read_events(frame)
    assert seen.ledger[["reason", "used", "rows"]].to_numpy().tolist() == [["used", True, 1], ["duplicate", True, 1]]
    assert len(seen.frame) == 2
    spells = pd.DataFrame({"customer_id": ["a", "a"], "start": ["2024-01-05"] * 2, "end": ["2024-02-05"] * 2})
    assert clv.read_subscriptions(spells).ledger["used"].tolist() == [True, False]
    assert clv.read_subscriptions(spells.drop(columns="customer_id")).ledger["rows"].tolist() == [1, 1]
    assert len(clv.read_subscriptions(spells.drop(columns="customer_id")).frame) == 2


def test_subscriptions_are_read_as_they_are_written():
    frame = pd.DataFrame(
        {
            "customer_id": ["007", "NA", None, "x"],
            "start": ["2024-01-01"] * 4,
            "end": ["", "2024-03-01", "2024-03-01", "2023-12-01"],
            "reason": ["", "price", "price", "price"],
        }
    )
    found = clv.read_subscriptions(frame)
    assert found.frame["customer"].tolist() == ["007", "NA"]
    assert found.frame["reason"].isna().tolist() == [True, False]


def test_tables_are_held_against_customers():
    base = clv.read_customers(pd.DataFrame({"customer_id": ["a", "b", "b", None], "channel": ["x", "y", "z", "w"]}))
    assert dict(base.ledger[["reason", "rows"]].to_numpy().tolist())["repeated customer"] == 1
    lines = clv.read_order_lines(
        pd.DataFrame({"order_id": ["1", "1", "2", "3"], "product": list("pqrs"), "customer_id": ["a", "x", None, "a"]})
    )
    found = clv.across(base, {"lines": lines}).set_index("found")
    assert found["rows"].to_dict() == {
        "known": 2,
        "unknown customer": 1,
        "no customer": 1,
        "customer without rows": 1,
        "one order_id, several customers": 1,
    }
    assert found["examples"]["unknown customer"] == ("x",)
    with pytest.raises(InputError, match="held against customers"):
        clv.across(lines, {})


CELL = st.one_of(st.none(), st.text(max_size=8), st.integers(-10, 10), st.floats(allow_nan=True), st.dates())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CELL, CELL, CELL, CELL), min_size=1, max_size=8))
def test_whatever_stands_in_the_cells_the_ledger_adds_up_or_an_error_is_named(rows):
    frame = pd.DataFrame(rows, columns=["customer_id", "start", "end", "monthly fee"], dtype=object)
    try:
        found = clv.read_subscriptions(frame)
    except InputError:
        return
    assert found.ledger["rows"].sum() == found.rows_read == len(rows)
    assert len(found.frame) == found.ledger.loc[found.ledger["used"], "rows"].sum()


ORDER = st.tuples(
    st.sampled_from(["ann", "bob", "客户甲", "007", "7"]),
    st.dates(pd.Timestamp("2023-01-01").date(), pd.Timestamp("2024-12-31").date()),
    st.integers(1, 10**7),
)
WAYS = {
    "plain": lambda cents: f"{cents / 100:.2f}",
    "grouped": lambda cents: f"{cents / 100:,.2f}",
    "yuan": lambda cents: f"￥{cents / 100:,.2f}",
    "comma": lambda cents: f"{cents / 100:,.2f}".translate(str.maketrans(",.", ".,")),
}
DAYS = {"iso": "%Y-%m-%d", "slashes": "%Y/%m/%d", "Chinese": "%Y年%m月%d日", "eight digits": "%Y%m%d"}


@settings(max_examples=40, deadline=None)
@given(
    st.lists(ORDER, min_size=2, max_size=20),
    st.randoms(use_true_random=False),
    st.sampled_from(sorted(WAYS)),
    st.sampled_from(sorted(DAYS)),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_the_same_orders_however_written_make_the_same_histories(
    tmp_path_factory, rows, random, way, day, encoding, end
):
    plain = pd.DataFrame(
        [(who, when, cents / 100) for who, when, cents in rows], columns=["customer", "date", "amount"]
    )
    expected = clv.histories(clv.read_orders(plain.assign(date=pd.to_datetime(plain["date"]))))
    shuffled = random.sample(rows, len(rows))
    lines = ["customer;date;amount", *(f"{w};{d.strftime(DAYS[day])};{WAYS[way](c)}" for w, d, c in shuffled)]
    path = tmp_path_factory.mktemp("orders") / "orders.csv"
    path.write_bytes(end.join(lines).encode(encoding))
    pd.testing.assert_frame_equal(clv.histories(clv.read_orders(path)), expected, rtol=1e-12)
