"""Orders in a real PostgreSQL: exact, streamed, read only, and its password nowhere."""

import html
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import duckdb
import nbformat
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from postgres_server import OWNER, PASSWORD, VARIABLE, Server, running

from clvlab.data.histories import histories
from clvlab.data.orders import read_orders
from clvlab.data.sources import postgresql
from clvlab.data.sources.address import read_address
from clvlab.data.sources.source import open_source
from clvlab.errors import InputError

adbc = pytest.importorskip("adbc_driver_postgresql.dbapi", reason="the extra clvlab[databases] is not installed")
DRIVERS = ("postgresql", "postgresql+psycopg")
ROWS = 1_000_000
FIRST = 123_456_789_000_000_000


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running() as found, pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, PASSWORD)
        yield found


@pytest.fixture(scope="module")
def run(server: Server) -> Callable[..., None]:
    """Run statements as the owner, one of them with a frame in it."""

    def statements(*texts: str, frame: pa.Table | None = None) -> None:
        uri = f"postgresql://{OWNER}:{quote(PASSWORD, safe='')}@127.0.0.1:{server.port}/postgres"
        with adbc.connect(uri, autocommit=True) as connection, connection.cursor() as cursor:
            if frame is not None:
                cursor.adbc_ingest("staged", frame, mode="replace")
            for text in texts:
                cursor.execute(text)

    return statements


@pytest.fixture(scope="module", autouse=True)
def shop(run: Callable[..., None]) -> None:
    run(
        """CREATE TABLE orders AS SELECT * FROM (VALUES
           (123456789012345678, '007', timestamptz '2024-03-31 00:30:00+02', timestamp '2024-03-31 00:30:00.000001',
            12.30::numeric(10,2), '123456789012345678.5'::numeric, 123456789012345678::numeric(18,0), 0.1::float4,
            '19.99'::money, NULL::int, date '2024-02-29', true, 'ab '::char(5), '{"a": 1}'::jsonb,
            '6f2c1b7e-8c1d-4c3e-9d2e-2f1a0b3c4d5e'::uuid, ARRAY[1, 2]),
           (NULL, NULL, 'infinity', '-infinity', NULL, NULL, NULL, NULL, NULL, NULL, 'infinity', NULL, NULL, NULL, NULL,
            NULL),
           (123456789012345679, ' 0070', '2024-03-30 23:59:59.999999Z', '2024-04-01', 0.07, 1, 2, 3.5, '-5', NULL,
            '2024-03-01', false, 'c', 'null', 'a0000000-0000-0000-0000-000000000000', '{}'))
           AS t (id, code, at, local, price, free, wide, single, cash, nothing, day, truth, padded, doc, uuid, list)""",
        "CREATE SCHEMA sales",
        'CREATE TABLE sales."Order Lines" AS SELECT * FROM orders',
        "CREATE SEQUENCE numbers",
    )


def rows(address: str) -> tuple[dict[str, str], list[dict[str, object]]]:
    with duckdb.connect() as con:
        opened = open_source(con, address)
        return opened.types, con.sql("FROM source").to_arrow_table().to_pylist()


@pytest.mark.parametrize("driver", DRIVERS)
def test_values_arrive_exactly(server: Server, driver: str) -> None:
    what = "SELECT * FROM orders WHERE id IS NOT NULL; -- the rest is void"
    types, (first, last) = rows(server.address(what, driver=driver))
    assert types["id"] == types["wide"] == "BIGINT"
    assert (first["id"], first["wide"], last["id"]) == (123456789012345678, 123456789012345678, 123456789012345679)
    assert (first["code"], last["code"]) == ("007", " 0070")
    assert types["at"] == "TIMESTAMP WITH TIME ZONE"
    assert first["at"] == pd.Timestamp("2024-03-30 22:30", tz="UTC")
    assert last["at"] == pd.Timestamp("2024-03-30 23:59:59.999999", tz="UTC")
    assert types["local"] == "TIMESTAMP"
    assert first["local"] == pd.Timestamp("2024-03-31 00:30:00.000001")
    assert (first["price"], last["price"], first["single"]) == (12.30, 0.07, 0.1)
    assert first["free"] == "123456789012345678.5"  # a double would lose its digits
    assert first["nothing"] is None
    assert (str(first["day"]), first["truth"], last["truth"]) == ("2024-02-29", True, False)
    assert (first["doc"], first["uuid"]) == ('{"a": 1}', "6f2c1b7e-8c1d-4c3e-9d2e-2f1a0b3c4d5e")


def test_money_is_in_its_unit_and_infinity_is_no_day(server: Server) -> None:
    _, found = rows(server.address("orders"))
    assert [each["cash"] for each in found] == [19.99, None, -5.0]
    assert [found[1][name] for name in ("at", "local", "day")] == [None, None, None]


def test_tables_are_found_with_and_without_schema_and_case(server: Server) -> None:
    for what in ("orders", "Orders", "public.orders", "sales.Order Lines", "order lines"):
        assert len(rows(server.address(what))[1]) == 3
    with pytest.raises(InputError, match=r"no table 'odrers' in \S+#odrers\. Did you mean orders"):
        rows(server.address("odrers"))
    for driver in DRIVERS:
        with pytest.raises(InputError, match=r"There is no table 'ordres' .*Did you mean orders"):
            rows(server.address("SELECT * FROM ordres", driver=driver))


@pytest.mark.parametrize("driver", DRIVERS)
def test_percent_colon_and_quotes_of_a_query_stay(server: Server, driver: str) -> None:
    columns = "' :a %s 100%' AS a, '1'::text AS b, 7 % 4 AS c, '; delete from t' AS \"update\""
    what = f"WITH x AS (SELECT {columns}) SELECT * FROM x"
    assert rows(server.address(what, driver=driver))[1] == [
        {"a": " :a %s 100%", "b": "1", "c": 3, "update": "; delete from t"}
    ]


@pytest.mark.parametrize("driver", DRIVERS)
@pytest.mark.parametrize(
    ("what", "rule"),
    [
        ("DELETE FROM orders", "only read from.*DELETE"),
        ("WITH x AS (DELETE FROM orders RETURNING *) SELECT * FROM x", "only read from.*DELETE"),
        ("SELECT * INTO copied FROM orders", "only read from.*INTO"),
        ("SELECT 1; DROP TABLE orders", "one query"),
        ("SELECT nextval('numbers')", "only read from"),
        ("SELECT set_config('transaction_read_only', 'off', false)", "read-write mode"),
        ('SELECT 1 AS a, 2 AS "A"', "names a column twice"),
        ("SELECT 1 / (30000 - g) AS x FROM generate_series(1, 60000) g", "division by zero"),
    ],
)
def test_what_writes_or_fails_is_refused(server: Server, driver: str, what: str, rule: str) -> None:
    with pytest.raises(InputError, match=rule) as refused:
        rows(server.address(what, driver=driver))
    assert OWNER not in str(refused.value)
    assert len(rows(server.address("orders"))[1]) == 3


def test_the_transaction_cannot_write_whatever_the_text_says(server: Server) -> None:
    with (
        postgresql.connect(read_address(server.address("orders"))) as database,
        duckdb.connect() as con,
        pytest.raises(Exception, match="read-only transaction"),
    ):
        database.land(con, "SELECT nextval('numbers')")


@pytest.mark.parametrize("driver", DRIVERS)
def test_a_server_that_refuses_is_told_without_secrets(
    server: Server, driver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = server.address("orders", driver=driver)
    for address, rule in (
        (good.replace(OWNER, "stranger"), "refused user or password"),
        (good.replace(f":{server.port}", ":1"), "cannot be reached"),
        (good.replace("127.0.0.1", "nowhere.invalid"), "cannot be reached"),
        (good.replace("/postgres#", "/absent#"), "no database of that name"),
        (good.replace("/postgres#", "/postgres?sslmode=nonsense#"), "nonsense"),
        (good.replace("${CLVLAB", "${UNSET_CLVLAB"), "is not set"),
    ):
        with pytest.raises(InputError, match=rule) as refused:
            rows(address)
        assert not [word for word in (OWNER, "stranger", PASSWORD, "p%40ss") if word in str(refused.value)]
    monkeypatch.setenv(VARIABLE, "wrong password")
    with pytest.raises(InputError, match="refused user or password") as refused:
        rows(good)
    assert "wrong password" not in str(refused.value)


def test_drivers_agree_and_the_one_at_hand_is_taken(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    roles = {"customer": "id", "date": "at", "amount": "price", "timezone": "Asia/Shanghai"}
    where = "SELECT * FROM orders WHERE id IS NOT NULL"
    direct = read_orders(server.address(where), **roles)
    monkeypatch.setattr(postgresql, "is_installed", lambda: False)
    around = read_orders(server.address(where), **roles)
    pd.testing.assert_frame_equal(direct.purchases(), around.purchases())
    assert direct.purchases()["date"].tolist() == [pd.Timestamp("2024-03-31")] * 2
    assert direct.source == f"postgresql://127.0.0.1:{server.port}/postgres#query"


STREAMED = """
import json, resource, sys
from clvlab.data.histories import histories
from clvlab.data.orders import read_orders
orders = read_orders(sys.argv[1], customer="customer", date="ordered_at", amount="amount")
histories(orders, unit="week").to_parquet(sys.argv[2])
used = resource.getrusage(resource.RUSAGE_SELF)
try:  # of this program alone; what getrusage tells includes the one that started it
    peak = next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith("VmHWM"))
except FileNotFoundError:
    peak = used.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
print(json.dumps({"rows": orders.rows_read, "peak": peak, "seconds_of_processor": used.ru_utime + used.ru_stime}))
"""


@pytest.fixture(scope="module")
def million(run: Callable[..., None]) -> pd.DataFrame:
    """A million orders of 100,000 customers with 18-digit numbers, in cents and in instants; in the database too."""
    draw = np.random.default_rng(7)
    second = np.datetime64("2021-01-01T00:00:00") + draw.integers(0, 3 * 365 * 86_400, ROWS).astype("timedelta64[s]")
    frame = pd.DataFrame(
        {
            "customer": FIRST + draw.integers(0, 100_000, ROWS),
            "ordered_at": pd.Series(second).dt.tz_localize("UTC"),
            "amount": draw.integers(0, 100_000, ROWS) / 100,
        }
    )
    run(
        "CREATE TABLE million AS SELECT customer, ordered_at, amount::numeric(12,2) FROM staged",
        "DROP TABLE staged",
        f"CREATE VIEW tenth AS SELECT * FROM million WHERE customer < {FIRST + 10_000}",
        frame=pa.Table.from_pandas(frame, preserve_index=False),
    )
    return frame


@pytest.mark.parametrize(
    ("driver", "what", "customers"), [("postgresql", "million", 100_000), ("postgresql+psycopg", "tenth", 10_000)]
)
def test_a_million_orders_are_streamed(
    server: Server, million: pd.DataFrame, tmp_path: Path, driver: str, what: str, customers: int
) -> None:
    kept = million[million["customer"] < FIRST + customers]
    done = subprocess.run(
        [sys.executable, "-c", STREAMED, server.address(what, driver=driver), str(tmp_path / "found.parquet")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    print(driver, told)
    assert told["rows"] == len(kept)
    assert told["peak"] < 1e9, told
    expected = histories(read_orders(kept), unit="week")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "found.parquet"), expected)


def code(source: str, *tags: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})


def written(folder: Path) -> str:
    """Everything that stands in a folder, names of files included."""
    files = [each for each in folder.rglob("*") if each.is_file()]
    return "\n".join(f"{each.name}\n{each.read_text(encoding='utf-8', errors='replace')}" for each in files)


@pytest.mark.parametrize("good", [True, False])
def test_the_password_is_on_no_page_log_or_manifest(
    server: Server, run: Callable[..., None], tmp_path: Path, good: bool
) -> None:
    run(
        "CREATE TABLE IF NOT EXISTS small AS SELECT 'c' || g % 40 AS customer, date '2024-01-01' + g * 3 AS day, "
        "10.0 + g % 7 AS amount FROM generate_series(1, 200) g"
    )
    query = "SELECT customer, day, amount FROM small WHERE amount > 0"
    address = server.address(query if good else query.replace("0", "1 / (amount - amount)"))
    notebook = nbformat.v4.new_notebook(
        cells=[
            code("from clvlab.parameters import File\norders: File | None = None  # orders", "parameters"),
            code("import os\nimport clvlab as clv"),
            code("print(orders, os.environ['CLVLAB_TEST_PASSWORD'])"),
            code("print(clv.read_orders(orders, date='day'))"),
        ]
    )
    (tmp_path / "notebooks").mkdir()
    nbformat.write(notebook, tmp_path / "notebooks" / "shop.ipynb")
    environment = os.environ | {VARIABLE: PASSWORD}
    commands = [["check", address, "--date", "day"], ["report", "shop", "--orders", address, "--out", "out"]]
    for arguments in commands:
        done = subprocess.run(
            [sys.executable, "-m", "clvlab.cli", *arguments],
            cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == (0 if good else 2), done.stderr
        (tmp_path / "out").mkdir(exist_ok=True)
        (tmp_path / "out" / f"{arguments[0]}.log").write_text(done.stdout + done.stderr, encoding="utf-8")
    told = written(tmp_path / "out")
    for form in (PASSWORD, quote(PASSWORD), quote(PASSWORD, safe=""), html.escape(PASSWORD), PASSWORD[4:], OWNER):
        assert form not in told, form
    assert "FROM small" not in told
    assert f"postgresql://127.0.0.1:{server.port}/postgres#query" in told


def test_a_password_on_the_command_line_is_refused_before_anything_runs(server: Server, tmp_path: Path) -> None:
    literal = server.address("orders").replace(f"${{{VARIABLE}}}", "hunter22")
    for arguments in (["check", literal], ["report", "--orders", literal], ["report", "-p", f"orders={literal}"]):
        done = subprocess.run(
            [sys.executable, "-m", "clvlab.cli", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 2
        assert "${CLVLAB_PASSWORD}" in done.stderr
        assert "hunter22" not in done.stdout + done.stderr + written(tmp_path)
