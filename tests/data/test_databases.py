"""Addresses of databases, and SQLite, DuckDB and what SQLAlchemy reaches, read exactly and only read."""

import builtins
import datetime
import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from clvlab.data.histories import histories
from clvlab.data.orders import read_orders
from clvlab.data.reading.table import read_table
from clvlab.data.sources.address import (
    read_address,
)
from clvlab.data.sources.database_errors import said, without_secrets
from clvlab.data.sources.landing import land_rows
from clvlab.data.sources.source import open_source
from clvlab.errors import InputError

PASSWORD = "p@ss/w:rd#%41"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    monkeypatch.setenv("SHOP_HOST", "db.internal")
    monkeypatch.setenv("SHOP_URL", "postgresql://me:hunter22@db.internal/shop")
    monkeypatch.delenv("ABSENT", raising=False)
    monkeypatch.chdir(tmp_path)


def rows(address: str) -> tuple[dict[str, str], list[dict[str, object]]]:
    with duckdb.connect() as con:
        opened = open_source(con, address)
        return opened.types, con.sql("FROM source").to_arrow_table().to_pylist()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    con = sqlite3.connect(tmp_path / "shop.db")
    con.execute("CREATE TABLE orders (id INTEGER, code TEXT, day TEXT, amount NUMERIC, late, mixed)")
    values = [(123456789012345678 + i, f"00{i}", f"2024-01-0{1 + i % 9}", 12.5, None, i) for i in range(1, 3000)]
    con.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)", values)
    con.execute("INSERT INTO orders VALUES (NULL, NULL, NULL, 7, '0042', ' x')")
    con.execute("CREATE VIEW paid AS SELECT * FROM orders WHERE amount > 0")
    con.commit()
    yield con
    con.close()


@pytest.mark.parametrize("driver", ["sqlite", "sqlite+pysqlite"])
@pytest.mark.usefixtures("shop")
def test_sqlite_is_read_value_by_value(driver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if driver != "sqlite":
        pytest.importorskip("sqlalchemy", reason="the extra clvlab[databases] is not installed")
        monkeypatch.setattr("clvlab.data.sources.alchemy.BLOCK", 1000)
    else:
        monkeypatch.setattr("clvlab.data.sources.sqlite.BLOCK", 1000)
    types, found = rows(f"{driver}:///shop.db#orders")
    assert types == {"id": "BIGINT", "code": "VARCHAR", "day": "VARCHAR", "amount": "DOUBLE", "late": "VARCHAR",
                     "mixed": "VARCHAR"}  # fmt: skip
    assert [each["id"] for each in found] == [*(123456789012345678 + i for i in range(1, 3000)), None]
    assert (found[0]["code"], found[-1]["late"], found[-1]["mixed"]) == ("001", "0042", " x")
    assert found[0]["late"] is None
    assert len(rows(f"{driver}:///shop.db#Paid")[1]) == 3000
    with pytest.raises(InputError, match="Did you mean orders"):
        rows(f"{driver}:///shop.db#order")
    with pytest.raises(InputError, match=r"no table 'ordres'.*Did you mean orders"):
        rows(f"{driver}:///shop.db#SELECT * FROM ordres")


def test_an_order_is_the_same_from_every_source(shop: sqlite3.Connection, tmp_path: Path) -> None:
    frame = pd.read_sql("SELECT code AS customer, day AS date, amount FROM orders WHERE id > 0", shop)
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as con:
        con.register("frame", frame)
        con.execute("CREATE TABLE orders AS FROM frame")
    expected = histories(read_orders(frame), unit="week")
    query = "SELECT code AS customer, day AS date, amount FROM orders WHERE id > 0"
    for address in (
        f"sqlite:///{tmp_path}/shop.db#{query}",
        "sqlite:///./shop.db#" + query,
        "duckdb:///shop.duckdb#orders",
    ):
        read = read_orders(address)
        pd.testing.assert_frame_equal(histories(read, unit="week"), expected)
        assert read.source == ("duckdb:///shop.duckdb#orders" if "duckdb" in address else "sqlite:///shop.db#query")


def test_other_tables_are_read_from_databases_too(shop: sqlite3.Connection) -> None:
    shop.execute("CREATE TABLE costs AS SELECT 'search' AS channel, '2024-01-01' AS month, 12.5 AS cost")
    shop.commit()
    assert read_table("marketing_cost", "sqlite:///shop.db#costs").frame["cost"].tolist() == [12.5]


@pytest.mark.usefixtures("shop")
def test_sqlite_cannot_be_written_to() -> None:
    from clvlab.data.sources import sqlite

    with (
        sqlite.connect(read_address("sqlite:///shop.db#orders")) as database,
        duckdb.connect() as con,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        database.land(con, "DELETE FROM orders")
    Path("text.db").write_text("customer,date\n" * 100, encoding="utf-8")
    with pytest.raises(InputError, match="holds no such database"):
        rows("sqlite:///text.db#orders")


@pytest.fixture
def duck(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as con:
        con.execute("""
            CREATE TYPE mood AS ENUM ('good', 'bad');
            CREATE TABLE orders (id BIGINT, code VARCHAR, wide HUGEINT, price DECIMAL(10, 2), mood mood,
                "at" TIMESTAMPTZ, "local" TIMESTAMP, day DATE, nothing INTEGER, uuid UUID, list INTEGER[]);
            INSERT INTO orders VALUES
                (123456789012345678, '007', 170141183460469231731687303715884105727, 12.30, 'good',
                 '2024-03-31 00:30:00+02', '2024-03-31 00:30:00.000001', '2024-02-29', NULL,
                 '6f2c1b7e-8c1d-4c3e-9d2e-2f1a0b3c4d5e', [1, 2]),
                (NULL, NULL, 5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
            CREATE SCHEMA sales;
            CREATE VIEW sales.paid AS SELECT * FROM orders WHERE id IS NOT NULL""")


@pytest.mark.usefixtures("duck")
def test_duckdb_is_read_exactly() -> None:
    types, (first, second) = rows("duckdb:///shop.duckdb#orders")
    assert (first["id"], first["code"], second["id"], second["code"]) == (123456789012345678, "007", None, None)
    assert first["wide"] == "170141183460469231731687303715884105727"  # 39 digits: text, which keeps them
    assert (types["price"], first["price"]) == ("DECIMAL(10,2)", Decimal("12.30"))
    assert (first["mood"], first["uuid"]) == ("good", "6f2c1b7e-8c1d-4c3e-9d2e-2f1a0b3c4d5e")
    assert types["at"] == "TIMESTAMP WITH TIME ZONE"
    assert first["at"] == pd.Timestamp("2024-03-30 22:30", tz="UTC")
    assert first["local"] == pd.Timestamp("2024-03-31 00:30:00.000001")
    assert (first["day"], types["nothing"], first["nothing"]) == (datetime.date(2024, 2, 29), "INTEGER", None)
    assert len(rows("duckdb:///shop.duckdb#sales.paid")[1]) == 1
    assert rows("duckdb:///shop.duckdb#SELECT sum(5) AS n; -- in 128 bits")[1] == [{"n": 5}]


@pytest.mark.parametrize(
    ("what", "rule"),
    [
        ("order", "Did you mean orders"),
        ("SELECT * FROM ordres", "no table 'ordres'.*Did you mean orders"),
        ("SELECT 1 AS a, 2 AS A", "names a column twice"),
        ("SELECT nothing_there FROM orders", "The database says: .*nothing_there"),
        ("SELECT 1 AS a FROM orders WHERE error('broken')", "broken"),
    ],
)
@pytest.mark.usefixtures("duck")
def test_duckdb_says_what_is_wrong(what: str, rule: str) -> None:
    with pytest.raises(InputError, match=rule):
        rows(f"duckdb:///shop.duckdb#{what}")


@pytest.mark.usefixtures("duck")
def test_a_duckdb_that_is_held_for_writing_is_said(tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "shop.duckdb")), pytest.raises(InputError, match="holds the file for writing"):
        rows("duckdb:///shop.duckdb#orders")


def test_a_column_is_what_all_its_values_are() -> None:
    zone = datetime.timezone(datetime.timedelta(hours=2))
    instant = datetime.datetime(2024, 3, 31, 0, 30, tzinfo=zone)
    table = {
        "whole": ([Decimal("123456789012345678"), Decimal("1E+2")], "BIGINT", 123456789012345678),
        "cents": ([Decimal("12.30"), 7], "DOUBLE", 12.3),
        "wide": ([10**30, 1], "HUGEINT", Decimal(10**30)),
        "wider": ([10**40, 1], "VARCHAR", "1" + "0" * 40),
        "both": ([123456789012345678, 0.5], "VARCHAR", "123456789012345678"),
        "odd": ([float("inf"), 1e300], "DOUBLE", float("inf")),
        "truth": ([True, False], "BOOLEAN", True),
        "day": ([datetime.date(2024, 2, 29), None], "DATE", datetime.date(2024, 2, 29)),
        "time": (
            [datetime.date(2024, 2, 29), datetime.datetime(2024, 3, 1, 5)],
            "TIMESTAMP",
            datetime.datetime(2024, 2, 29),
        ),
        "at": ([instant, None], "TIMESTAMP WITH TIME ZONE", instant),
        "zones": ([instant, datetime.datetime(2024, 3, 1)], "VARCHAR", "2024-03-31 00:30:00+02:00"),
        "mixed": (["007", 7], "VARCHAR", "007"),
        "bytes": ([b"\xde\xad", None], "VARCHAR", "dead"),
        "doc": ([{"a": [1]}, None], "VARCHAR", '{"a": [1]}'),
        "nothing": ([None, None], "VARCHAR", None),
    }
    blocks = [[tuple(None for _ in table)], [tuple(values[i] for values, _, _ in table.values()) for i in range(2)]]
    with duckdb.connect() as con:
        land_rows(con, list(table), blocks)
        types = dict(con.execute("SELECT column_name, column_type FROM (DESCRIBE source)").fetchall())
        found = con.sql("FROM source").to_arrow_table().to_pylist()
    assert types == {name: kind for name, (_, kind, _) in table.items()}
    assert set(found[0].values()) == {None}
    assert found[1] == {name: value for name, (_, _, value) in table.items()}


def test_doubles_keep_every_bit() -> None:
    drawn = np.random.default_rng(3).lognormal(3, 20, 2000)
    with duckdb.connect() as con:
        land_rows(con, ["x"], [[(float(each),) for each in drawn]])
        np.testing.assert_array_equal(con.sql("FROM source").fetchnumpy()["x"], drawn)


def test_a_driver_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: object, **named: object) -> object:
        if name.partition(".")[0] in ("sqlalchemy", "pymysql"):
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
        return real(name, *arguments, **named)  # type: ignore[arg-type]

    address = "mysql+pymysql://me:${SHOP_PASSWORD}@host/shop#orders"
    with monkeypatch.context() as patch:
        patch.setattr(builtins, "__import__", without)
        with pytest.raises(InputError, match=r"without a driver.*pip install 'clvlab\[databases\]'"):
            rows(address)
    missing = ModuleNotFoundError("No module named 'pymysql'")
    assert "pip install pymysql" in said(missing, read_address(address))


def test_a_drivers_words_are_told_without_secrets() -> None:
    address = read_address("mysql+pymysql://me:${SHOP_PASSWORD}@host/shop#orders")
    said_by_driver = f"boom at mysql://me:p%40ss%2Fw%3Ard%23%2541@host as me ({PASSWORD!r}), some more"
    told = said(RuntimeError(said_by_driver), address)
    assert told.endswith("The database says: boom at mysql://•••:•••@host as ••• ('•••'), some more")
    assert "some" in without_secrets("some", address)
    assert "refused user or password" in said(RuntimeError("Access denied for user 'me'@'h' (using p)"), address)
