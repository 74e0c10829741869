"""Hashes in the place of who customers are: put in when records are read, whatever table they are in."""

import hashlib
import hmac
import re
from pathlib import Path

import pandas as pd
import pytest

from clvlab.customers.audit.study import audit_study
from clvlab.customers.voice.text import topic_table
from clvlab.data.company import Company, read_company
from clvlab.data.hiding import KEY, SWITCH, Hider, hidden, hider, new_key
from clvlab.data.orders import read_orders
from clvlab.data.people import says_who
from clvlab.data.reading.table import read_table
from clvlab.data.tables.contract import contract, tables
from clvlab.errors import InputError

SECRET = "a key for tests, long enough"
ORDERS = pd.DataFrame(
    {
        "customer_id": ["7043.0", " ann ", "bob", "ann", "bob"],
        "date": ["2024-01-05", "2024-02-01", "2024-01-09", "2024-03-10", "2024-03-11"],
        "amount": [20.0, 35.0, 12.5, 8.0, 9.0],
    }
)
CUSTOMERS = pd.DataFrame(
    {
        "customer_id": [7043, "ann", "bob"],
        "customer_name": ["Zoe Xu", "Ann Lee", "Bob Moss"],
        "E-mail": ["zoe@example.org", "ann@example.org", "bob@example.org"],
        "手机号": [13800138000, 13800138001, 13800138002],
        "birth_date": ["1980-05-06", "06/05/1991", "1975"],
        "channel": ["search", "mail", "mail"],
        "plan": ["basic", "basic", "plus"],
    }
)
TOLD = ["ann", "bob", "7043", "Zoe", "Ann", "Bob", "example.org", "1380013", "05-06", "06/05"]


@pytest.fixture
def hiding(monkeypatch: pytest.MonkeyPatch) -> Hider:
    monkeypatch.setenv(SWITCH, "1")
    monkeypatch.setenv(KEY, SECRET)
    found = hider()
    assert found is not None
    return found


def test_a_hash_is_hmac_sha256_and_stays_itself() -> None:
    by = Hider(SECRET.encode())
    digest = hmac.new(SECRET.encode(), b"ann", hashlib.sha256).hexdigest()
    assert by.hidden("ann")[:17] == f"h{digest[:16]}"
    assert by.hidden(by.hidden("ann")) == by.hidden("ann")
    other = Hider(b"another key, which is long enough")
    assert other.hidden("ann") != by.hidden("ann")
    assert other.hidden(by.hidden("ann")) != by.hidden("ann")  # of another key, it is a text like any other
    forged = "h" + "0" * 20
    assert by.hidden(forged) != forged
    assert SECRET not in repr(by)


def test_many_customers_have_as_many_hashes() -> None:
    by = Hider(SECRET.encode())
    assert len({by.hidden(str(i)) for i in range(20_000)}) == 20_000


def test_identifiers_are_shown_unless_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SWITCH, raising=False)
    assert hider() is None
    assert hidden("ann") == "ann"
    assert set(read_orders(ORDERS).purchases()["customer_id"]) == {"7043", "ann", "bob"}


@pytest.mark.parametrize("key", ["", "too short"])
def test_a_poor_key_is_refused(monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv(SWITCH, "1")
    monkeypatch.setenv(KEY, key)
    with pytest.raises(InputError, match="at least 16 characters") as told:
        read_orders(ORDERS)
    assert not key or key not in str(told.value)


def test_tables_still_match_and_tell_nobody(hiding: Hider) -> None:
    company = read_company({"orders": ORDERS, "customers": CUSTOMERS})
    bought, base = company.frame("orders"), company.frame("customers")
    assert set(bought["customer"]) == set(base["customer"]) == {hiding.hidden(each) for each in ("7043", "ann", "bob")}
    assert bought.groupby("customer")["amount"].sum()[hiding.hidden("ann")] == 43.0
    written = "".join(each.to_csv() for each in (bought, base)) + repr(company.read["orders"])
    assert not [each for each in TOLD if re.search(rf"(?<!\w){re.escape(each)}", written)]
    assert base["channel"].tolist() == ["search", "mail", "mail"]
    assert base["plan"].tolist() == [
        "basic",
        "basic",
        "plus",
    ]
    assert base["birth"].tolist() == ["1980", "1991", "1975"]


def test_an_attribute_that_names_people_is_hidden(hiding: Hider) -> None:
    frame = ORDERS.assign(contact_name=["Zoe", "Ann", "Bob", "Ann", "Bob"], country="UK")
    found = read_orders(frame, attributes=["contact_name", "country"]).customers()
    assert found["country"].eq("UK").all()
    assert set(found["contact_name"]) == {hiding.hidden(each) for each in ("Zoe", "Ann", "Bob")}


@pytest.mark.usefixtures("hiding")
def test_a_column_with_a_text_of_its_own_in_each_row_is_hidden() -> None:
    n = 40
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{i}" for i in range(n)],
            "remark": [f"met Mr {chr(65 + i % 26)}x{i}" for i in range(n)],
            "level_of_care": ["high", "low"] * (n // 2),
            "revenue": [f"{i}.25" for i in range(n)],
        }
    )
    found = read_table("customers", frame).frame
    assert found["remark"].str.fullmatch("h[0-9a-f]{20}").all()
    assert set(found["level_of_care"]) == {"high", "low"}
    assert found["revenue"].sum() == sum(i + 0.25 for i in range(n))


@pytest.mark.usefixtures("hiding")
def test_products_keep_their_names_and_orders_their_marks() -> None:
    lines = ORDERS.assign(order_id=["1", "2", "3", "C4", "5"], product=["tea", "tea", "cup", "tea", "cup"])
    assert "cancellation or refund" in read_orders(lines).ledger["reason"].tolist()
    found = read_table("order_lines", lines).frame
    assert set(found["product"]) == {"tea", "cup"}
    assert not set(found["order_id"]) & {"1", "2", "3", "C4", "5"}


def test_every_identifier_of_every_table_is_decided_on() -> None:
    """A new table's identifiers lead to a customer unless they are of things."""
    open_ = {
        (t, c.role) for t in tables() for c in contract(t).columns.values() if c.kind == "identifier" and not c.says_who
    }
    assert {role for _, role in open_} == {"product", "item", "campaign"}
    assert contract("customers").columns["name"].says_who


@pytest.mark.usefixtures("hiding")
def test_messages_quote_forms_alone() -> None:
    with pytest.raises(InputError) as told:
        read_orders(ORDERS.assign(date=["Ann Lee", "Bob Moss", "Zoe Xu", "Ann Lee", "Bob Moss"]))
    assert "xxx xxx" in str(told.value)
    assert not re.search("Ann|Bob|Zoe", str(told.value))
    odd = read_table("customers", CUSTOMERS.assign(acquired=["Ann Lee", "2024-01-01", "2024-01-02"]))
    assert odd.emptied["examples"].iloc[0] == ("xxx xxx",)
    wrong = read_orders(ORDERS.assign(amount=["Ann", "1", "2", "3", "4"]))
    assert "Ann" not in str(wrong.notes)


@pytest.mark.usefixtures("hiding")
def test_a_broken_line_is_not_quoted(tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    rows = ["ann lee,2024-01-05,1", "ann lee,2024-01-06,2", "ann lee,2024-01-06,2,extra,bob moss"]
    file.write_text("\n".join(["customer,date,amount", *rows]))
    with pytest.raises(InputError) as told:
        read_orders(file)
    assert "Original Line: xxx xxx,9999-99-99" in str(told.value)
    assert not re.search("ann lee|bob moss", str(told.value))


def test_wide_tables_and_comments(hiding: Hider, tmp_path: Path) -> None:
    wide = pd.DataFrame({"customer": ["ann", "bob", "zoe"], "2022": [1, 0, 2], "2023": [2, 1, 1]})
    for name in ("transactions", "spend"):
        wide.to_csv(tmp_path / f"{name}.csv", index=False)
    study = audit_study(transactions=tmp_path / "transactions.csv", spend=tmp_path / "spend.csv")
    assert set(study.audit.table.ids) == {hiding.hidden(each) for each in ("ann", "bob", "zoe")}
    told = topic_table(pd.Series(["late again, Ann Lee", "fine"]))
    assert told["comments"]["delivery"] == 1
    assert "Ann" not in told.to_csv()


@pytest.mark.parametrize(
    ("heading", "expected"),
    [("name", True), ("Account Name", True), ("客户名称", True), ("联系人电话", True), ("address 2", True),
     ("Billing Street", True), ("User ID", True), ("product name", False), ("campaign_name", False),
     ("渠道", False), ("calls_by_phone_share", False), ("plan", False)],
)  # fmt: skip
def test_headings_that_say_who(heading: str, expected: bool) -> None:
    assert says_who(heading) is expected


def test_random_keys_differ() -> None:
    assert new_key() != new_key()
    assert len(new_key()) == 64


@pytest.mark.usefixtures("hiding")
def test_numbers_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hiding changes who is named, not what is counted."""

    def summed(company: Company) -> dict[str, float]:
        bought = company.frame("orders")
        return {"n": bought["customer"].nunique(), "amount": bought["amount"].sum()}

    held = summed(read_company({"orders": ORDERS, "customers": CUSTOMERS}))
    monkeypatch.setenv(SWITCH, "0")
    assert held == summed(read_company({"orders": ORDERS, "customers": CUSTOMERS}))
