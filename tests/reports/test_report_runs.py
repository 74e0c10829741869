"""Whole runs through the command, as a scheduler starts them."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from bs4 import BeautifulSoup
from filelock import FileLock
from report_toys import alive, code, command, prose, start, write

from clvlab.pages.exhibits.codec import decode
from clvlab.reports.cleaning import remote_addresses
from clvlab.reports.html import LARGEST_PAGE
from clvlab.reports.parameters import MASK
from clvlab.reports.times import lasting

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and process groups of POSIX")

GOOD = """
import pandas as pd
from clvlab.errors import InputError
from clvlab.notes import Note
from clvlab.pages.exhibits import Answer, Figure, File, Freshness, Metric, Section, Table, Title
ledger = pd.DataFrame({"reason": ["<script>alert(1)</script>", "=1+1"], "used": ["true", "false"],
                       "rows": [horizon, 1], "amount": [1.5, 2.0], "key": [api_key, "x"]})
curve = pd.DataFrame({"customers": [0.0, 0.1, 1.0], "held": [0.0, 0.5, 1.0]})
"""
FAILING = """
if fail:
    raise RuntimeError("asked to fail, key " + api_key)
print("key", api_key)
"""
SHOWING = """
display(Title(key="customer_value.title"))
display(Freshness(as_of=pd.Timestamp("1998-06-30"), first=pd.Timestamp("1997-01-01"),
                  last=pd.Timestamp("1998-06-30"), rows=6919, customers=2357, source="orders.csv"))
display(Answer(sentences=(Note("customer_value.answer.no_amounts"),), metrics=(
    Metric(label=Note("customer_value.metrics.past_value"), value=horizon * 100 + seed, low=1, high=9,
           interval="credible"),)))
display(Section(key="orders.data", parts=(
    Table(key="orders.ledger", frame=ledger.drop(columns="key"), caption=Note("orders.ledger.caption", n=2),
          columns={"reason": "reason", "used": "answer", "rows": "number0", "amount": "money2"}),
    File(name="customer_value", frame=ledger.drop(columns="key")),
    Figure(key="customer_value.concentration", drawn_by="concentration", of={"curve": curve},
           values={"share": 0.5}))))
"""
PARAMETERS = """
from typing import Annotated
from clvlab.parameters import Currency, Day, File, Gap, Method, Positive, Rate, Seed, Share, Unit, With
orders: File | None = None  # orders file
horizon: int = 52  # weeks ahead
fail: bool = False
api_key: str = ""
seed: Seed = 7
unit: Unit = "week"
method: Method = "ml"
as_of: Day | None = None
currency: Currency | None = None
share: Share = 0.1
rate: Annotated[Rate, With("orders")] = 0.1  # of discounting
cost: Positive | None = None
gap: Gap = "rhythm"
"""
SLEEPING = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
open("pids", "w").write(f"{os.getpid()} {child.pid}")
time.sleep(300)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project {with} braces")
    write(folder, "value", prose("# What are they worth?"), code(PARAMETERS, "parameters"),
          code(GOOD), code(SHOWING), code(FAILING))  # fmt: skip
    write(folder, "rule", code("from clvlab.errors import InputError\nraise InputError('dates in rows 3 and 4')"))
    write(folder, "killed", prose("## Before"), code("import os\nos._exit(1)"))
    (folder / "orders.csv").write_text("customer,date\n1,2020-01-01\n2,2020-01-02\n")
    return folder


@pytest.fixture(scope="module")
def first(folder: Path) -> Any:
    return command(folder, "report", "--orders", "orders.csv", "-p", "horizon=26", "-p", "api_key=hunter2222")


def records(folder: Path, run: int = -1) -> dict[str, dict[str, Any]]:
    runs = json.loads((folder / "reports" / "manifest.json").read_text(encoding="utf-8"))["runs"]
    return {record["notebook"]: record for record in runs[run]["notebooks"]}


def test_exit_codes_come_from_what_happened(first: Any, folder: Path) -> None:
    assert first.returncode == 138, first.stderr
    assert {name: r["exit_code"] for name, r in records(folder, 0).items()} == {"value": 0, "rule": 2, "killed": 138}
    assert first.stdout.strip() == "reports/index.html"
    assert "value: done in" in first.stderr
    assert "rule: FAILED" in first.stderr
    assert "rows 3 and 4" in first.stderr


@pytest.mark.usefixtures("first")
def test_a_good_run_leaves_page_and_files_only(folder: Path) -> None:
    assert sorted(path.name for path in (folder / "reports").iterdir()) == [
        ".lock", "customer_value.csv", "customer_value.parquet", "index.html", "killed.failed.html", "manifest.json",
        "rule.failed.html", "runs", "value.html",
    ]  # fmt: skip


@pytest.mark.usefixtures("first")
def test_the_page(folder: Path) -> None:
    html = (folder / "reports" / "value.html").read_text(encoding="utf-8")
    page = BeautifulSoup(html, "html.parser")
    assert remote_addresses(html) == []
    assert len(html.encode()) < LARGEST_PAGE / 10
    assert [drawing["aria-label"] for drawing in page.select("svg.drawing")] == [
        "The top 10% of customers hold 50% of expected value, the top 20% 56%, the top half 72%."
    ]
    assert page.h1.get_text() == "What are our customers worth?"
    assert page.select_one("table thead th[scope=col]")
    assert len(page.find_all("script")) == 1
    assert "<script>alert(1)</script>" in page.select_one("td").get_text()
    assert page.select_one(".clv-headline .clv-value").get_text() == "2,607"
    assert (folder / "reports" / page.select_one(".clv-files a")["href"]).is_file()


@pytest.mark.usefixtures("first")
def test_secrets_are_nowhere(folder: Path) -> None:
    for path in (folder / "reports").rglob("*"):
        assert path.is_dir() or b"hunter2222" not in path.read_bytes(), path.name
    assert "key •••" in (folder / "reports" / "value.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("first")
def test_the_manifest(folder: Path) -> None:
    record = records(folder, 0)["value"]
    assert record["parameters"] == {
        "orders": "orders.csv", "horizon": 26, "fail": False, "api_key": "•••", "seed": 7, "unit": "week",
        "method": "ml", "as_of": None, "currency": None, "share": 0.1, "rate": 0.1, "cost": None, "gap": "rhythm",
    }  # fmt: skip
    assert record["seeds"] == {"seed": 7}
    (read,) = record["inputs"]
    assert (read["name"], read["parameter"]) == ("orders.csv", "orders")
    assert len(read["sha256"]) == 64
    assert read["rows"] == 6919  # as the notebook counted them
    assert record["results"]["freshness"] == {
        "as_of": "1998-06-30", "first": "1997-01-01", "last": "1998-06-30", "rows": 6919, "customers": 2357,
    }  # fmt: skip
    assert record["files"] == ["customer_value.csv", "customer_value.parquet"]
    assert record["page"] == "value.html"
    assert record["seconds"] > 0
    run = json.loads((folder / "reports" / "manifest.json").read_text(encoding="utf-8"))["runs"][0]
    assert {"python", "clvlab", "pandas", "nutpie"} <= set(run["versions"])
    assert run["exit_code"] == 138


@pytest.mark.usefixtures("first")
def test_a_dead_kernel_and_a_broken_rule_say_so(folder: Path) -> None:
    killed = BeautifulSoup((folder / "reports" / "killed.failed.html").read_text(encoding="utf-8"), "html.parser")
    assert "ended unexpectedly" in killed.select_one(".failure").get_text()
    assert "os._exit(1)" in killed.select_one(".failure pre").get_text()
    assert "Before" in killed.main.get_text()
    rule = BeautifulSoup((folder / "reports" / "rule.failed.html").read_text(encoding="utf-8"), "html.parser")
    assert "The input breaks a rule: dates in rows 3 and 4" in rule.select_one(".failure").get_text()


def test_a_failing_run_leaves_the_good_report_and_says_what_changed(first: Any, folder: Path) -> None:
    assert first.returncode == 138
    reports = folder / "reports"
    kept = {
        name: (reports / name).read_bytes() for name in ("value.html", "customer_value.csv", "customer_value.parquet")
    }
    failed = command(folder, "report", "value", "-p", "fail=true", "-p", "api_key=hunter2222")
    assert failed.returncode == 1
    assert {name: (reports / name).read_bytes() for name in kept} == kept
    page = (reports / "value.failed.html").read_text(encoding="utf-8")
    assert "RuntimeError: asked to fail, key •••" in page
    assert "hunter2222" not in page
    index = (reports / "index.html").read_text(encoding="utf-8")
    assert 'href="value.html"' in index
    assert 'href="value.failed.html"' in index
    assert "These orders have no amounts" in index
    assert "Already earned" in index
    assert remote_addresses(index) == []

    again = command(folder, "report", "value", "--orders", "orders.csv", "-p", "horizon=26", "-p", "seed=8")
    assert again.returncode == 0
    assert not (reports / "value.failed.html").exists()
    assert "was 2,607 on" in (reports / "value.html").read_text(encoding="utf-8")
    assert "was 2,607 on" in (reports / "index.html").read_text(encoding="utf-8")
    listed = command(folder, "runs").stdout.splitlines()
    assert len(listed) == 1 + 3 + 1 + 1


def test_parameters_nobody_knows_run_nothing(folder: Path) -> None:
    done = command(folder, "report", "value", "-p", "horizn=26", "--out", "elsewhere")
    assert done.returncode == 2
    assert "Did you mean horizon?" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "elsewhere").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report", "valu"], "Did you mean value?"),
        (["report", "--orders", "nowhere.csv"], "orders takes a file that exists; got 'nowhere.csv'"),
        (["report", "value", "-p", "horizon=soon"], "horizon takes int"),
        (["report", "--language", "tlh"], "no catalogue for the language"),
        (["report", "value", "-p", "unit=quarter"], "unit takes one of day, week, month, year; got 'quarter'"),
        (["report", "value", "-p", "method=guess"], "method takes one of ml, map, laplace, nuts"),
        (["report", "value", "-p", "as_of=05/06/2024"], "as_of takes a day, year first, such as 2024-05-06"),
        (["report", "value", "-p", "currency=$$"], "currency takes the three capital letters of ISO 4217"),
        (["report", "value", "-p", "seed=-1"], "seed takes a whole number from 0"),
        (["report", "value", "-p", "rate=0.2"], "rate has no effect without orders: set orders too, or leave rate out"),
    ],
)
def test_bad_input_is_code_2_at_once_without_a_kernel(folder: Path, arguments: list[str], message: str) -> None:
    done = command(folder, *arguments, "--out", "elsewhere")
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "elsewhere").exists()  # nothing was begun


def test_a_second_run_says_who_holds_the_folder(folder: Path) -> None:
    out = folder / "held"
    out.mkdir()
    (out / ".lock-holder").write_text("process 1 on there since then\n")
    with FileLock(out / ".lock"):
        done = command(folder, "report", "value", "--out", "held")
    assert done.returncode == 75
    assert "in use by process 1 on there since then" in done.stderr


def test_params_lists_the_parameters(folder: Path) -> None:
    listed = command(folder, "params", "value").stdout
    assert re.search(r"horizon +int +52 +weeks ahead", listed)
    assert re.search(r"as_of +Day \| None +None", listed)
    assert re.search(r"rate +Rate +0\.1 +with orders +of discounting", listed)


@pytest.mark.parametrize("asked", [("params", "value"), ("--help",), ("report", "--help")])
def test_what_runs_nothing_imports_nothing_heavy(folder: Path, asked: tuple[str, ...]) -> None:
    code = (
        "import sys\nfrom clvlab.cli import app\n"
        f"try:\n    app({list(asked)!r})\nexcept SystemExit as end:\n    assert not end.code\n"
        "heavy = {'nbformat', 'nbconvert', 'jsonschema', 'papermill', 'numpy', 'pandas', 'matplotlib'}\n"
        "print('imported:', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert done.stdout.splitlines()[-1] == "imported: []"


@pytest.fixture
def sleeping(tmp_path: Path) -> Iterator[Path]:
    write(tmp_path, "asleep", code("x = 1"), code(SLEEPING))
    write(tmp_path, "later", code("x = 1"))
    yield tmp_path
    for pid in pids(tmp_path, wait=0):
        if alive(pid):
            os.kill(pid, signal.SIGKILL)


def pids(folder: Path, wait: float = 60) -> list[int]:
    until = time.monotonic() + wait
    while True:
        found = (folder / "pids").read_text().split() if (folder / "pids").exists() else []
        if len(found) == 2 or time.monotonic() > until:
            return [int(pid) for pid in found]
        time.sleep(0.1)


def all_ended(numbers: list[int], within: float) -> bool:
    until = time.monotonic() + within
    while any(alive(pid) for pid in numbers) and time.monotonic() < until:
        time.sleep(0.1)
    return bool(numbers) and not any(alive(pid) for pid in numbers)


def run_of(folder: Path) -> Any:
    return json.loads((folder / "reports" / "manifest.json").read_text())["runs"][0]


def test_the_time_limit_ends_everything(sleeping: Path) -> None:
    done = command(sleeping, "report", "--timeout", "8", "--jobs", "1")
    assert done.returncode == 124
    if pids(sleeping, wait=0):  # a slow machine may not have come as far as the sleeping cell
        assert all_ended(pids(sleeping), within=5)
    page = (sleeping / "reports" / "asleep.failed.html").read_text(encoding="utf-8")
    assert "time limit of 8 s" in page
    assert decode(run_of(sleeping)["notebooks"][0]["failure"]).values["seconds"] == lasting(8)  # in no language
    run = run_of(sleeping)
    assert run["exit_code"] == 124
    assert run["not_run"] == ["later"]
    assert not list((sleeping / "reports").glob(".work-*"))


@pytest.mark.parametrize(
    ("sent", "code_", "within"), [(signal.SIGTERM, 143, 5), (signal.SIGINT, 130, 5), (signal.SIGKILL, -9, 15)]
)
def test_ending_the_command_ends_its_kernels(sleeping: Path, sent: signal.Signals, code_: int, within: float) -> None:
    runner = start(sleeping, "report", "asleep")
    numbers = pids(sleeping)
    runner.send_signal(sent)
    assert runner.wait(30) == code_
    assert all_ended(numbers, within=within)
    if sent != signal.SIGKILL:
        assert not list((sleeping / "reports").glob(".work-*"))


SLOW = [pytest.param(each, marks=pytest.mark.slow) for each in ("note", "frame", "record", "values")]


@pytest.mark.parametrize("secret", ["hunter2secret", "mapping", *SLOW])
def test_a_secret_reaches_no_page_file_or_manifest(folder: Path, secret: str) -> None:
    """Also where it is equal to a word that exhibits are kept in."""
    source = (
        "import pandas as pd\nfrom clvlab.notes import Note\nfrom clvlab.pages import Page\n"
        "page = Page(title=f'told {db_password}')"
    )
    frame = "pd.DataFrame({'a': [db_password, 'b']}, index=pd.Index([db_password, 'z'], name='id'))"
    write(
        folder,
        "sly",
        code("db_password: str = 'x'  # of the shop", "parameters"),
        code(source),
        code("page.heading()"),
        code("page.notice(Note('report.source_file', source=db_password))"),
        code(f"page.file('kept', {frame})"),
    )
    done = command(folder, "report", "sly", "-p", f"db_password={secret}", "--out", "out")
    assert done.returncode == 0, done.stderr
    kept = pd.read_csv(folder / "out" / "kept.csv")
    assert kept["a"].tolist() == [MASK, "b"]
    assert kept["id"].tolist() == [MASK, "z"]
    assert pd.read_parquet(folder / "out" / "kept.parquet")["a"].tolist() == [MASK, "b"]
    text = BeautifulSoup((folder / "out" / "sly.html").read_text(encoding="utf-8"), "html.parser").get_text()
    assert f"told {MASK}" in text
    assert f"source: {MASK}" in text
