"""Addresses of databases: what they say, what may be shown of them, what is refused before anything connects."""

from pathlib import Path

import pytest

from clvlab.data.orders import read_orders
from clvlab.data.sources.address import address_secrets, is_database, read_address, shown_address
from clvlab.data.sources.queries import read_target
from clvlab.errors import InputError
from clvlab.parameters import rule_broken

PASSWORD = "p@ss/w:rd#%41"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SHOP_PASSWORD", PASSWORD)
    monkeypatch.setenv("SHOP_HOST", "db.internal")
    monkeypatch.setenv("SHOP_URL", "postgresql://me:hunter22@db.internal/shop")
    monkeypatch.delenv("ABSENT", raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "postgresql://me:${SHOP_PASSWORD}@${SHOP_HOST}:5432/shop#orders",
            "postgresql://${SHOP_HOST}:5432/shop#orders",
        ),
        ("postgres://me@h/shop?sslmode=require#sales.orders", "postgresql://h/shop#sales.orders"),
        ("mysql+pymysql://${SHOP_HOST}:${SHOP_PASSWORD}@h/shop#SELECT 'a@b#c' AS x", "mysql+pymysql://h/shop#query"),
        ("postgresql://me@[::1]:5433/shop#with x as (select 1) select * from x", "postgresql://[::1]:5433/shop#query"),
        ("${SHOP_URL}#orders", "${SHOP_URL}#orders"),
        ("oracle://h/?service_name=s#orders", "oracle://h/#orders"),
    ],
)
def test_what_is_shown_of_an_address(text: str, shown: str) -> None:
    address = read_address(text)
    assert is_database(text)
    assert address.shown == shown_address(text) == shown
    assert PASSWORD not in repr(address)
    assert "hunter22" not in repr(address)
    secrets = address_secrets(text)
    assert (PASSWORD in secrets) == ("PASSWORD" in text)
    assert (text in secrets) == (text != shown)


def test_variables_are_taken_as_they_are_and_the_rest_decoded() -> None:
    found = read_address(
        "postgresql://m%40e:${SHOP_PASSWORD}@${SHOP_HOST}:5432/my%20shop?application_name=a%20b#orders"
    )
    assert (found.user, found.password, found.host, found.port) == ("m@e", PASSWORD, "db.internal", 5432)
    assert (found.database, found.options) == ("my shop", {"application_name": "a b"})
    whole = read_address("${SHOP_URL}#orders")
    assert (whole.password, whole.database, whole.table) == ("hunter22", "shop", "orders")
    assert "hunter22" in whole.secrets


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://me:hunter22@host/shop#orders",
        "postgresql://me:x${SHOP_PASSWORD}hunter22@host/shop#orders",
        "postgresql://me:hunter/22@host/shop#orders",
        "postgresql://me:12/hunter22@host/shop#orders",
        "postgresql://me:hunter#22@host/shop#orders",
        "postgresql://me:12#hunter22@host/shop#orders",
        "postgresql://me:12?hunter22@host/shop#orders",
        "postgresql://me:hunter@22@host/shop#orders",
        "postgresql://me@host/shop?password=hunter22#orders",
        "postgresql://me@host/shop?sslpassword=hunter22#orders",
        "mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BUID%3Dme%3BPWD%3Dhunter22#orders",
        "snowflake://me@account/db?token=hunter22#orders",
        "postgresql://me:hunter22@host:port/shop#orders",
        "postgresql://me:hunter22@host/shop",
    ],
)
def test_a_password_in_an_address_is_refused_and_not_repeated(text: str) -> None:
    for read in (read_address, read_orders, lambda each: rule_broken("File", each)):
        with pytest.raises(InputError) as refused:
            read(text)
        assert not [part for part in ("hunter", "22", "12") if part in str(refused.value)]
        assert "${CLVLAB_PASSWORD}" in str(refused.value) or "After # stands" in str(refused.value)
    assert "hunter" not in shown_address(text)
    assert text in address_secrets(text)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("postgresql://me:${ABSENT}@host/shop#orders", "ABSENT is not set"),
        ("${ABSENT}#orders", "ABSENT is not set"),
        ("${SHOP_HOST}#orders", "holds is no address"),
        ("postgresql://me@host/shop", "names no table"),
        ("postgresql://me@host/shop#", "names no table"),
        ("postgresql://me@host:99999/shop#orders", "port"),
        ("postgresql://me@host/shop#a.b.c", "After # stands a table"),
        ("postgresql://me@host/shop#orders; drop", "After # stands a table"),
        ("sqlite:///absent.db#orders", "There is no SQLite file 'absent.db'"),
        ("duckdb:///absent.duckdb#orders", "There is no DuckDB file"),
        ("sqlite://shop.db#orders", "three slashes"),
    ],
)
def test_what_can_be_checked_beforehand_is(text: str, rule: str) -> None:
    for read in (read_orders, lambda each: rule_broken("File", each)):
        with pytest.raises(InputError, match=rule):
            read(text)


def test_paths_and_buckets_are_no_databases() -> None:
    paths = ["orders.csv", "/data/a#b.csv", "C:\\orders.csv", "s3://bucket/orders.parquet", "https://host/orders.csv"]
    assert not [each for each in paths if is_database(each)]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 'it''s; DELETE FROM x -- ' AS a",
        "with x as (select 1) select * from x",
        'SELECT "update", `delete` FROM x',
        "SELECT 1 /* ; drop table x */ AS a",
        "-- first\nSELECT 1",
        "SELECT $$ ; INTO $$ AS a",
        "SELECT INSERT('abc', 1, 1, 'x') AS a",
        "SELECT updated, deleted_at, intolerant FROM x",
    ],
)
def test_queries_that_read_pass_as_they_are(query: str) -> None:
    assert read_target(query)[2] == query
    assert read_target(query + " ; -- that is all;\n")[2] == query


@pytest.mark.parametrize(
    "query",
    [
        "WITH x AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM x",
        "WITH x AS (SELECT 1) MERGE t USING x ON 1 = 1",
        "WITH x AS (SELECT 1) INSERT t SELECT * FROM x",
        "SELECT * FROM t FOR UPDATE",
        "SELECT * INTO OUTFILE 'x' FROM t",
        "SELECT 1; SELECT 2",
        "INSERT INTO t VALUES (1)",
        "PRAGMA writable_schema = 1",
        "ATTACH 'x' AS y",
        "(SELECT 1)",
    ],
)
def test_queries_that_write_or_are_none_are_refused(query: str) -> None:
    with pytest.raises(InputError, match=r"only read from|one query|After # stands"):
        read_target(query)
