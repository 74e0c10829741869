"""Files of every kind, each what its name says, or a plain refusal."""

import gzip
import shutil

import duckdb
import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from clvlab.data.datasets import cdnow_path
from clvlab.data.lifetimes_bridge import dataset_path
from clvlab.data.orders import read_orders
from clvlab.errors import InputError
from clvlab.notes import Note

TABLE = pd.DataFrame(
    {
        "customer": ["007", 'O\'Neil "Bo"', "<b>x</b>", "=1+1", "客户甲", "007", "a,b;c\td"],
        "date": pd.to_datetime(
            ["2024-01-01", "2024-01-02", "2024-01-02", "2024-01-03", "2024-01-05", "2024-02-01", "2024-02-02"]
        ),
        "amount": [10.0, 20.5, 0.0, 3.25, 1e9, 7.0, 1.0],
        "country": ["UK", None, "DE", "FR", "中国", "IE", "UK"],
    }
)


@pytest.fixture
def expected():
    return read_orders(TABLE, attributes=["country"])


def same(orders, expected):
    pd.testing.assert_frame_equal(orders.purchases(), expected.purchases())
    pd.testing.assert_frame_equal(orders.customers(), expected.customers())
    pd.testing.assert_frame_equal(orders.ledger, expected.ledger)


def test_identifiers_stay_exactly_as_they_are(expected):
    assert set(expected.purchases()["customer_id"]) == set(TABLE["customer"])


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "tsv", "txt", "parquet", "xlsx"])
def test_files_equal_the_frame(tmp_path, expected, ending):
    path = tmp_path / f"orders with 'quotes' [1].{ending}"
    if ending == "parquet":
        TABLE.to_parquet(path)
    elif ending == "xlsx":
        TABLE.to_excel(path, index=False)
        book = openpyxl.load_workbook(path)
        book.active["A5"].data_type = "s"  # written as text: "=1+1" is a name here, not a formula
        book.save(path)
    else:
        TABLE.to_csv(path, index=False, sep={"tsv": "\t", "txt": ";"}.get(ending, ","))
    orders = read_orders(path, attributes=["country"])
    same(orders, expected)
    assert orders.source == path.name


def test_frames_of_every_make_equal_pandas(expected):
    polars = pl.from_arrow(pa.Table.from_pandas(TABLE))
    con = duckdb.connect()
    con.register("t", TABLE)
    for frame in (polars, polars.lazy(), pa.Table.from_pandas(TABLE), con.sql("SELECT * FROM t")):
        same(read_orders(frame, attributes=["country"]), expected)
    same(read_orders(TABLE.astype({"customer": object, "country": "category"}), attributes=["country"]), expected)
    same(read_orders(TABLE.set_index("customer"), attributes=["country"]), expected)


def test_zones_of_frames_of_every_make():
    zoned = TABLE.assign(
        date=(TABLE["date"] + pd.Timedelta(hours=23)).dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")
    )
    tables = [zoned, pa.Table.from_pandas(zoned), pl.from_pandas(zoned)]
    found = [read_orders(table).purchases() for table in tables]
    assert (found[0]["date"].min(), found[0]["date"].max()) == (pd.Timestamp("2024-01-02"), pd.Timestamp("2024-02-03"))
    for other in found[1:]:
        pd.testing.assert_frame_equal(other, found[0])


def test_a_parquet_file_keeps_its_zone(tmp_path):
    zoned = TABLE.assign(
        date=(TABLE["date"] + pd.Timedelta(hours=23)).dt.tz_localize("UTC").dt.tz_convert("Asia/Tokyo")
    )
    zoned.to_parquet(tmp_path / "zoned.parquet")
    pd.testing.assert_frame_equal(read_orders(tmp_path / "zoned.parquet").purchases(), read_orders(zoned).purchases())


@pytest.mark.parametrize(
    ("values", "kept"),
    [
        ([17850.0, None, 12346.0], ["12346", "17850"]),
        (["17850.0", None, "12346.0"], ["12346", "17850"]),
        (["17850.0", "A1", "12346"], ["12346", "17850", "A1"]),
        ([17850, 12346, 12346], ["12346", "17850"]),
        ([1.5, 2.0, 2.0], ["1.5", "2"]),
        (["007", "7", "  "], ["007", "7"]),
        ([1, "b", None], ["1", "b"]),
        (["\u3000", "\t", "x"], ["x"]),
        ([" x", "x ", "x"], ["x"]),
        (["\u00a0a", "\u4e2d", "~"], ["a", "~", "\u4e2d"]),
    ],
)
def test_identifiers(values, kept):
    frame = pd.DataFrame({"customer": values, "date": "2024-01-01", "amount": 1.0})
    assert read_orders(frame).customers().index.tolist() == kept


def test_a_text_file_keeps_leading_zeros_and_drops_point_zero(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("customer_id,date,amount\n007,2024-01-01,1\n7,2024-01-01,1\n\n")
    assert read_orders(path).customers().index.tolist() == ["007", "7"]
    path.write_text("customer_id,date,amount\n17850.0,2024-01-01,1\n,2024-01-01,1\n")
    assert read_orders(path).customers().index.tolist() == ["17850"]


def test_the_cdnow_files_are_read_with_and_without_a_header():
    sample = read_orders(cdnow_path())
    assert (sample.rows_read, sample.n_customers) == (6919, 2357)
    master = read_orders(dataset_path("CDNOW_master.txt"))
    assert (master.rows_read, master.n_customers) == (69659, 23570)
    assert "00001" in master.customers().index


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16", "utf-8-sig"])
def test_other_encodings_are_read(tmp_path, encoding):
    path = tmp_path / "a.csv"
    path.write_bytes("customer,date,amount\r\nJosé,2024-01-01,1\r\n".encode(encoding))
    assert read_orders(path).customers().index.tolist() == ["José"]


def test_sheets_with_the_same_columns_are_read_one_after_another(tmp_path):
    path = tmp_path / "two.xlsx"
    with pd.ExcelWriter(path) as book:
        TABLE.iloc[:3].to_excel(book, sheet_name="2010", index=False)
        TABLE.iloc[3:].to_excel(book, sheet_name="2011", index=False)
        pd.DataFrame({"remarks": ["x"]}).to_excel(book, sheet_name="notes", index=False)
    orders = read_orders(path)
    assert orders.rows_read == len(TABLE)
    assert Note("data.sheets_read_together", sheets=["2010", "2011"]) in orders.notes
    assert Note("data.sheets_left_aside", sheet="2010", others=["notes"]) in orders.notes


def test_a_file_must_be_there_and_of_a_known_kind(tmp_path):
    with pytest.raises(InputError, match="There is no file"):
        read_orders(tmp_path / "none.csv")
    with pytest.raises(InputError, match="is a folder"):
        read_orders(tmp_path)
    (tmp_path / "a.json").write_text("{}")
    with pytest.raises(InputError, match=r"ends in \.json, which is not read"):
        read_orders(tmp_path / "a.json")
    with pytest.raises(InputError, match="a list was passed"):
        read_orders([1, 2])


@pytest.mark.parametrize("ending", ["csv", "txt", "parquet", "xlsx", "csv.gz"])
def test_an_empty_file_is_refused(tmp_path, ending):
    path = tmp_path / f"empty.{ending}"
    path.write_bytes(b"")
    with pytest.raises(InputError, match="is empty"):
        read_orders(path)


def test_a_header_without_rows_is_refused(tmp_path):
    path = tmp_path / "head.csv"
    path.write_text("customer,date,amount\n")
    with pytest.raises(InputError, match="columns but no rows"):
        read_orders(path)
    for frame in (TABLE.iloc[:0], pl.from_arrow(pa.Table.from_pandas(TABLE.iloc[:0]))):
        with pytest.raises(InputError, match="columns but no rows"):
            read_orders(frame)
    TABLE.iloc[:0].to_excel(tmp_path / "head.xlsx", index=False)
    with pytest.raises(InputError, match="columns but no rows"):
        read_orders(tmp_path / "head.xlsx")
    with pytest.raises(InputError, match="no columns"):
        read_orders(pd.DataFrame())


def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path):
    TABLE.to_parquet(tmp_path / "a.parquet")
    TABLE.to_excel(tmp_path / "a.xlsx", index=False)
    TABLE.to_csv(tmp_path / "a.csv", index=False)
    for real, said, found in [
        ("a.parquet", "b.csv", "a Parquet file"),
        ("a.xlsx", "b.csv", "an Excel workbook"),
        ("a.csv", "b.parquet", "plain text"),
        ("a.csv", "b.xlsx", "plain text"),
        ("a.csv", "b.csv.gz", "plain text"),
    ]:
        shutil.copy(tmp_path / real, tmp_path / said)
        with pytest.raises(InputError, match=f"its content is {found}"):
            read_orders(tmp_path / said)
    (tmp_path / "c.csv").write_bytes(gzip.compress(b"customer,date\n1,2024-01-01\n"))
    with pytest.raises(InputError, match="compressed with gzip"):
        read_orders(tmp_path / "c.csv")
    (tmp_path / "d.csv").write_bytes(bytes(range(256)))
    with pytest.raises(InputError, match="not text"):
        read_orders(tmp_path / "d.csv")


def test_a_broken_file_is_refused(tmp_path):
    whole = tmp_path / "a.parquet"
    TABLE.to_parquet(whole)
    (tmp_path / "b.parquet").write_bytes(whole.read_bytes()[:200])
    with pytest.raises(InputError, match="not a readable Parquet file"):
        read_orders(tmp_path / "b.parquet")
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04 nothing more")
    with pytest.raises(InputError, match="not a readable Excel workbook"):
        read_orders(tmp_path / "b.xlsx")
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(b"customer,date\n1,2024-01-01\n" * 99)[:40])
    with pytest.raises(InputError, match="cannot be uncompressed"):
        read_orders(tmp_path / "b.csv.gz")


def test_a_line_with_another_number_of_columns_is_named(tmp_path):
    path = tmp_path / "ragged.csv"
    path.write_text("customer,date,amount\n1,2024-01-01,1\n2,2024-01-01,1,9,9\n")
    with pytest.raises(InputError, match=r"cannot be read as 3 columns.*2,2024-01-01,1,9,9"):
        read_orders(path)
    path.write_text("customer,date,amount\n1,2024-01-01,1\n2,2024-01-01\n")
    with pytest.raises(InputError, match="cannot be read as 3 columns"):
        read_orders(path)
    spaced = tmp_path / "ragged.txt"
    spaced.write_text("customer date amount\n1 2024-01-01 1\n2 2024-01-01\n")
    with pytest.raises(InputError, match="3 columns separated by spaces, but line 3"):
        read_orders(spaced)


def test_a_file_without_a_header_is_refused(tmp_path):
    path = tmp_path / "bare.csv"
    path.write_text("1,20240101,5\n2,20240102,6\n")
    with pytest.raises(InputError, match="no header line"):
        read_orders(path)


def test_a_column_named_twice_is_refused(tmp_path):
    with pytest.raises(InputError, match="names a column twice"):
        read_orders(pd.concat([TABLE, TABLE[["amount"]]], axis=1))
    path = tmp_path / "twice.csv"
    path.write_text("customer,date,amount,Amount\n1,2024-01-01,1,1\n")
    with pytest.raises(InputError, match="names a column twice"):
        read_orders(path)


def test_reading_leaves_nothing_behind(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    orders = read_orders(TABLE)
    assert len(list(tmp_path.iterdir())) == 1
    later = orders.until("2024-01-05")
    del orders
    assert later.n_purchases == 5
    del later
    assert list(tmp_path.iterdir()) == []


def test_rows_of_a_filtered_or_concatenated_frame_are_all_read() -> None:
    frame = pd.DataFrame(
        {
            "customer": ["ann", "bob", "ann", "cleo"],
            "date": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-02-01", "2024-03-01"]),
            "amount": [1.0, 5.0, 7.0, 9.0],
        }
    )
    filtered = read_orders(frame[frame["amount"] > 2])
    assert (filtered.rows_read, filtered.n_customers, filtered.n_purchases) == (3, 3, 3)
    repeated = read_orders(pd.concat([frame, frame.assign(date=frame["date"] + pd.Timedelta(days=1))]))
    assert (repeated.rows_read, repeated.n_purchases) == (8, 8)
    objects = frame.astype({"customer": object, "amount": object}).iloc[[3, 1]]
    assert read_orders(objects).n_purchases == 2
