"""Exports of CRM programs: whatever the encoding, file type and headings, the table is that of the plain CSV."""

import pandas as pd
import pytest

from clvlab.data import readers
from clvlab.data.orders import read_orders
from clvlab.data.reading.table import read_table
from clvlab.errors import InputError
from clvlab.notes import Note

WAYS = ["csv", "utf-8-sig", "utf-16", "gb18030", "gbk", "xlsx"]

# By layout: the table, headings of the export with its cells, and the plain roles with the same cells.
EXPORTS = {
    "Zoho CRM, Deals": (
        "opportunities",
        {
            "Record Id": ["zcrm_1", "zcrm_2", "zcrm_3"],
            "Deal Owner": ["王芳", "Ben", "Ben"],
            "Deal Name": ["年框", "Renewal", "Pilot"],
            "Account Name": ["甲公司", "Acme", "Acme"],
            "Amount": ["1,200.00", "300", "5,000"],
            "Closing Date": ["2024-03-15", "2024-04-01", "2024-05-31"],
            "Stage": ["Closed Won", "Closed Lost", "Negotiation"],
            "Probability": ["100", "0", "60"],
        },
        {
            "opportunity": ["年框", "Renewal", "Pilot"],
            "customer": ["甲公司", "Acme", "Acme"],
            "amount": [1200.0, 300.0, 5000.0],
            "stage": ["Closed Won", "Closed Lost", "Negotiation"],
            "closes": pd.to_datetime(["2024-03-15", "2024-04-01", "2024-05-31"]),
            "probability": [100.0, 0.0, 60.0],
            "owner": ["王芳", "Ben", "Ben"],
        },
    ),
    "Zoho CRM, Accounts": (
        "customers",
        {
            "Record Id": ["zcrm_1", "zcrm_2"],
            "Account Owner": ["王芳", "Ben"],
            "Account Name": ["甲公司", "Acme"],
            "Created Time": ["2024-01-05 10:00:00", "2024-02-01 23:59:00"],
        },
        {
            "customer": ["甲公司", "Acme"],
            "acquired": pd.to_datetime(["2024-01-05 10:00:00", "2024-02-01 23:59:00"]),
            "owner": ["王芳", "Ben"],
        },
    ),
    "Zoho CRM, Contacts": (
        "customers",
        {
            "Contact Owner": ["王芳", "Ben"],
            "Contact Name": ["李雷", "Ann"],
            "Lead Source": ["展会", "Web"],
            "Created Time": ["2024-01-05", "2024-02-01"],
        },
        {
            "customer": ["李雷", "Ann"],
            "acquired": pd.to_datetime(["2024-01-05", "2024-02-01"]),
            "channel": ["展会", "Web"],
            "owner": ["王芳", "Ben"],
        },
    ),
    "纷享销客, 客户": (
        "customers",
        {
            "客户编号": ["C001", "C002"],
            "客户名称": ["甲公司", "乙公司"],
            "客户级别": ["A", "B"],
            "客户类型": ["经销商", "终端客户"],
            "来源": ["展会", "转介绍"],
            "成交状态": ["已成交", "未成交"],
            "所属公海": ["", "华东公海"],
            "负责人": ["王芳", ""],
            "最后跟进时间": ["2024年3月1日", "2024年3月2日"],
            "创建时间": ["2024年1月5日", "2024年2月1日"],
        },
        {
            "customer": ["C001", "C002"],
            "acquired": pd.to_datetime(["2024-01-05", "2024-02-01"]),
            "name": ["甲公司", "乙公司"],
            "channel": ["展会", "转介绍"],
            "kind": ["经销商", "终端客户"],
            "level": ["A", "B"],
            "owner": ["王芳", None],
            "pool": [None, "华东公海"],
            "followed_up": pd.to_datetime(["2024-03-01", "2024-03-02"]),
        },
    ),
    "纷享销客, 商机": (
        "opportunities",
        {
            "商机名称": ["年框", "续约"],
            "客户名称": ["甲公司", "乙公司"],
            "商机金额": ["1.2万", "3,000元"],
            "结单日期": ["2024年3月15日", "2024年4月1日"],
            "商机状态": ["赢单", "输单"],
            "负责人": ["王芳", "王芳"],
        },
        {
            "opportunity": ["年框", "续约"],
            "customer": ["甲公司", "乙公司"],
            "amount": [12000.0, 3000.0],
            "status": ["赢单", "输单"],
            "closes": pd.to_datetime(["2024-03-15", "2024-04-01"]),
            "owner": ["王芳", "王芳"],
        },
    ),
    "回款": (
        "payments",
        {
            "客户名称": ["甲公司", "乙公司"],
            "实际到账日期": ["2024/3/15", "2024/4/1"],
            "回款金额": ["￥1,200.00", "￥300"],
        },
        {
            "customer": ["甲公司", "乙公司"],
            "date": pd.to_datetime(["2024-03-15", "2024-04-01"]),
            "amount": [1200.0, 300.0],
        },
    ),
    "退货单": (
        "returns",
        {"客户名称": ["甲公司"], "退货日期": ["2024年3月15日"], "退货单金额（元）": ["1,200.00"]},
        {"customer": ["甲公司"], "date": pd.to_datetime(["2024-03-15"]), "amount": [1200.0]},
    ),
    "工单": (
        "complaints",
        {"工单编号": ["W1"], "客户名称": ["甲公司"], "创建时间": ["2024年3月15日"], "解决时间": ["2024年3月16日"]},
        {
            "customer": ["甲公司"],
            "opened": pd.to_datetime(["2024-03-15"]),
            "resolved": pd.to_datetime(["2024-03-16"]),
            "case": ["W1"],
        },
    ),
    "会员": (
        "memberships",
        {
            "会员编号": ["M1", "M2"],
            "入会日期": ["2024年3月15日", "2024年3月16日"],
            "会员等级": ["金卡", "银卡"],
            "积分": ["1,200", "30"],
        },
        {
            "customer": ["M1", "M2"],
            "date": pd.to_datetime(["2024-03-15", "2024-03-16"]),
            "tier": ["金卡", "银卡"],
            "points": [1200.0, 30.0],
        },
    ),
    "订单产品": (
        "order_lines",
        {
            "销售订单编号": ["S1", "S1"],
            "产品名称": ["杯子", "茶叶"],
            "数量": ["2", "1"],
            "单价": ["￥10.00", "￥1,200.00"],
        },
        {"order_id": ["S1", "S1"], "product": ["杯子", "茶叶"], "quantity": [2.0, 1.0], "price": [10.0, 1200.0]},
    ),
}

ORDERS = {
    "Zoho CRM, Sales Orders": {
        "Record Id": ["zcrm_1", "zcrm_2", "zcrm_3"],
        "Sales Order Owner": ["Ben"] * 3,
        "SO Number": ["1", "2", "3"],
        "Account Name": ["甲公司", "Acme", "Acme"],
        "Created Time": ["2024-01-05 10:00:00", "2024-02-01 09:00:00", "2024-02-02 09:00:00"],
        "Due Date": ["2024-03-01"] * 3,
        "Status": ["Delivered", "Created", "Cancelled"],
        "Grand Total": ["$1,200.00", "$300.00", "$50.00"],
    },
    "Zoho CRM, Invoices": {
        "id": ["1", "2", "3"],
        "Invoice Owner": ["Ben"] * 3,
        "Invoice Date": ["2024-01-05", "2024-02-01", "2024-02-02"],
        "Due Date": ["2024-03-01"] * 3,
        "Account Name": ["甲公司", "Acme", "Acme"],
        "Status": ["Delivered", "Created", "Cancelled"],
        "Grand Total": ["1200", "300", "50"],
    },
    "纷享销客, 销售订单": {
        "销售订单编号": ["S1", "S2", "S3"],
        "负责人": ["王芳"] * 3,
        "客户名称": ["甲公司", "Acme", "Acme"],
        "下单日期": ["2024年1月5日", "2024年2月1日", "2024年2月2日"],
        "销售订单金额（元）": ["1,200.00", "300.00", "50.00"],
        "已回款金额(元)": ["0", "0", "0"],
        "状态": ["已确认", "已确认", "已作废"],
        "创建时间": ["2024年1月4日"] * 3,
    },
    "纷享销客, SalesOrderObj": {
        "name": ["S1", "S2", "S3"],
        "account_id": ["甲公司", "Acme", "Acme"],
        "order_time": ["1704412800000", "1706745600000", "1706832000000"],
        "order_amount": ["1200", "300", "50"],
        "order_status": ["normal", "normal", "cancelled"],
    },
}


def written(cells, way, folder):
    frame = pd.DataFrame(cells)
    path = folder / ("export.xlsx" if way == "xlsx" else "export.csv")
    if way == "xlsx":
        frame.to_excel(path, index=False)
    else:
        frame.to_csv(path, index=False, encoding="utf-8" if way == "csv" else way)
    return path


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("layout", EXPORTS)
def test_an_export_is_read_as_the_plain_table(layout, way, tmp_path):
    table, cells, roles = EXPORTS[layout]
    found = read_table(table, written(cells, way, tmp_path), carry=[])
    plain = read_table(table, pd.DataFrame(roles), {role: role for role in roles}, carry=[])
    pd.testing.assert_frame_equal(found.frame, plain.frame[found.frame.columns])
    assert set(found.frame.columns) == set(roles)
    assert found.ledger["rows"].sum() == found.rows_read == len(found.frame)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("layout", ORDERS)
def test_orders_of_an_export(layout, way, tmp_path):
    orders = read_orders(written(ORDERS[layout], way, tmp_path), timezone=None)
    purchases = {who: (f"{day:%Y-%m-%d}", amount) for who, day, amount in orders.purchases().to_numpy().tolist()}
    assert purchases == {"甲公司": ("2024-01-05", 1200.0), "Acme": ("2024-02-01", 300.0)}
    assert dict(zip(orders.ledger["reason"], orders.ledger["rows"], strict=True)) == {
        "purchase": 2,
        "cancelled by its status": 1,
    }
    assert Note("data.layout_recognised", layout=layout) in orders.notes
    assert ("data.created_time_is_the_order_date" in {note.code for note in orders.notes}) == ("Sales Orders" in layout)


def test_what_is_not_known_is_listed():
    found = readers.read_customers(pd.DataFrame({"customer_id": ["a"], "hobby__c": ["chess"], "id": ["7"]}))
    assert found.headings.unknown == ("hobby__c", "id")
    assert found.frame.columns.tolist() == ["customer", "hobby__c", "id"]


def test_a_mapping_of_ones_own(tmp_path):
    own = tmp_path / "mine.toml"
    own.write_text('[sources.mine]\nsaid = "Our till"\nmarks = ["Kassenbon"]\ncustomer = ["Kunde"]\ndate = ["Datum"]\n'
                   'amount = ["Summe"]\norder_id = ["Kassenbon"]\n', encoding="utf-8")  # fmt: skip
    frame = pd.DataFrame({"Kassenbon": ["1"], "Kunde": ["a"], "Datum": ["2024-01-05"], "Summe": ["12,50"]})
    orders = read_orders(frame, mapping=own)
    assert orders.purchases()["amount"].tolist() == [12.5]
    own.write_text('[sources.mine]\nkunde = ["Kunde"]\n', encoding="utf-8")
    with pytest.raises(InputError, match=r"\[sources.mine\] of .* names kunde, which the table does not have"):
        read_orders(frame, mapping=own)
    own.write_text("sources = [", encoding="utf-8")
    with pytest.raises(InputError, match="is no TOML"):
        read_orders(frame, mapping=own)
    with pytest.raises(InputError, match="cannot be read"):
        read_orders(frame, mapping=tmp_path / "none.toml")


def test_currencies_are_brought_to_one_by_rates():
    frame = pd.DataFrame(
        {"customer": ["a", "b"], "date": "2024-01-05", "amount": [10.0, 10.0], "currency": ["EUR", "usd"]}
    )
    with pytest.raises(InputError, match=r"one currency, and 'currency' names 2: EUR \(row 1\), USD \(row 2\)"):
        read_orders(frame)
    orders = read_orders(frame, rates={"EUR": 1.0, "USD": 0.5})
    assert orders.purchases()["amount"].tolist() == [10.0, 5.0]
    with pytest.raises(InputError, match=r"rates= lacks USD \(row 2\)"):
        read_orders(frame, rates={"EUR": 1.0})
    with pytest.raises(InputError, match="A rate is a number above 0"):
        read_orders(frame, rates={"EUR": 1.0, "USD": -1.0})
