"""Every end of a run is told by its exit code, its page, the list of reports and the manifest alike."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from report_toys import code, command, write

from clvlab.reports.alerts import ADDRESS
from clvlab.reports.parameters import MASK

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals and process groups of POSIX")

SHOWING = """
import pandas as pd
from clvlab.notes import Note
from clvlab.pages.exhibits import Answer, File, Freshness, Metric, Table, Title
display(Title(text_of_user="Value"))
display(Freshness(as_of=pd.Timestamp(day), last=pd.Timestamp(day), rows=10, customers=5, source="orders.csv"))
display(Answer(metrics=(Metric(label=Note("customer_value.metrics.past_value"), value=value),)))
ledger = pd.DataFrame({"reason": ["purchase", "bad date"], "used": ["true", "false"], "rows": [8, 2], "amount": 1.0})
display(Table(key="orders.ledger", frame=ledger, caption=Note("orders.ledger.caption", n=10),
              columns={"reason": "reason", "used": "answer", "rows": "number0", "amount": "money2"}))
display(File(name="table", frame=ledger))
"""
PARAMETERS = (
    'from clvlab.parameters import File\nvalue: float = 1.0\nday: str = "2020-01-31"\norders: File | None = None'
)


def told(folder: Path) -> Any:
    return json.loads((folder / "reports" / "manifest.json").read_text(encoding="utf-8"))["runs"]


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    folder = tmp_path_factory.mktemp("ends")
    write(folder, "exits", code("import sys\nsys.exit(0)"), code("x = 1"))
    write(folder, "exits_last", code("x = 1"), code("import sys\nsys.exit(0)"))
    write(folder, "short", code("raise MemoryError()"))
    write(
        folder,
        "large",
        code("import time\nx = bytearray(900_000_000)\nfor i in range(0, len(x), 4096): x[i] = 1\ntime.sleep(60)"),
    )
    write(folder, "unreadable", code(PARAMETERS, "parameters"), code("x = 1"))
    write(
        folder,
        "acts",
        code(
            "from IPython.display import HTML\nHTML('<p onclick=\"go()\">told</p><meta http-equiv=refresh content=0>')"
        ),
    )
    (folder / "orders.parquet").write_text("no Parquet")
    done = command(folder, "report", "--orders", "orders.parquet", "--jobs", "2", "--memory", "0.8")
    return folder, done


@pytest.mark.parametrize(
    ("name", "exit_code", "message"),
    [
        ("exits", 1, "A cell ended the notebook (sys.exit) before its last cell had run. 1 cells were not run."),
        ("exits_last", 0, ""),
        ("short", 1, "MemoryError"),
        ("large", 138, "GB of memory; the run may take 0.80 GB."),
        ("unreadable", 2, "orders.parquet, which orders names, cannot be read"),
        ("acts", 0, ""),
    ],
)
def test_each_end_is_told_everywhere(
    ends: tuple[Path, subprocess.CompletedProcess[str]], name: str, exit_code: int, message: str
) -> None:
    folder, done = ends
    assert done.returncode == 138, done.stderr
    (run,) = told(folder)
    assert run["exit_code"] == 138
    record = next(each for each in run["notebooks"] if each["notebook"] == name)
    assert record["exit_code"] == exit_code
    assert message in record["message"]
    page = folder / "reports" / (f"{name}.failed.html" if exit_code else f"{name}.html")
    text = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").get_text(" ")
    assert " ".join(message.split()) in " ".join(text.split())
    assert page.name in (folder / "reports" / "index.html").read_text(encoding="utf-8")
    assert f"{name}: {'FAILED' if exit_code else 'done'}" in done.stderr


@pytest.mark.usefixtures("ends")
def test_what_a_notebook_shows_does_not_act(ends: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    page = BeautifulSoup((ends[0] / "reports" / "acts.html").read_text(encoding="utf-8"), "html.parser")
    assert "told" in page.main.get_text()
    assert not page.select("[onclick], main meta, body meta")


def test_a_refused_run_is_recorded_by_the_next(tmp_path: Path) -> None:
    write(tmp_path, "value", code(PARAMETERS, "parameters"), code(SHOWING))
    good = command(tmp_path, "report")
    assert good.returncode == 0, good.stderr
    assert command(tmp_path, "report", "-p", "valu=3").returncode == 2
    again = command(tmp_path, "report")
    assert again.returncode == 0
    assert "value: unchanged since" in again.stderr
    first, refused, unchanged = told(tmp_path)
    assert (first["exit_code"], refused["exit_code"], unchanged["exit_code"]) == (0, 2, 0)
    assert "Did you mean value?" in refused["message"]
    assert unchanged["unchanged"] == ["value"]
    assert [each["notebook"] for each in unchanged["notebooks"]] == []

    forced = command(tmp_path, "report", "--force", "-p", "value=2.0")
    assert forced.returncode == 0
    listed = json.loads(command(tmp_path, "runs", "--json").stdout)["runs"]
    assert [run["exit_code"] for run in listed] == [0, 2, 0, 0]
    compared = command(tmp_path, "compare-runs", "-2", "-1").stdout
    assert "customer_value.metrics.past_value" in compared
    assert "parameter value" in compared
    dry = command(tmp_path, "prune", "--keep", "1").stdout
    assert "would go" in dry
    before = len(list((tmp_path / "reports" / "runs").iterdir()))
    assert command(tmp_path, "prune", "--keep", "1", "--delete").returncode == 0
    assert len(list((tmp_path / "reports" / "runs").iterdir())) < before
    assert (tmp_path / "reports" / "value.html").is_file()
    missing = command(tmp_path, "runs", "--out", "nowhere")
    assert missing.returncode == 2
    assert "There is no folder nowhere" in missing.stderr


@pytest.mark.slow
def test_a_closed_terminal_and_pipe_end_nothing(tmp_path: Path) -> None:
    write(tmp_path, "value", code("value = 1.0\nday = '2020-01-31'", "parameters"), code(SHOWING))
    run = subprocess.Popen(
        [sys.executable, "-m", "clvlab.cli", "report"], cwd=tmp_path, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert run.stdout is not None
    assert run.stderr is not None
    assert b"value: starting" in run.stderr.readline()
    run.stdout.close()
    run.stderr.close()
    run.send_signal(signal.SIGHUP)
    assert run.wait(110) == 0
    assert told(tmp_path)[0]["exit_code"] == 0


PLAN = """
languages = ["en", "zh"]
timeout = 100
red_fails = {fails}
{more}
[parameters]
day = "2020-01-31"
[gates]
freshness = {{ amber = 1 }}
refused = {{ amber = 0.1, red = {red} }}
[[reports]]
notebook = "value"
[reports.segments.north]
value = 2.0
[reports.segments."Côte d'Or"]
value = 3.0
"""


def test_a_plan_repeats_for_segments_and_a_red_gate_fails_it(tmp_path: Path) -> None:
    write(tmp_path, "value", code(PARAMETERS, "parameters"), code(SHOWING))
    plan = tmp_path / "reports.toml"
    plan.write_text(PLAN.format(fails="true", red=0.5, more=""), encoding="utf-8")
    good = command(tmp_path, "report", "--plan", "reports.toml")
    assert good.returncode == 0, good.stderr
    reports = tmp_path / "reports"
    pages = {path.name for path in reports.glob("value*.html")}
    assert pages == {f"value{segment}{end}.html" for segment in ("", "-north", "-Côte-d-Or") for end in ("", ".zh")}
    assert {path.name for path in reports.glob("*.csv")} == {"value-north.table.csv", "value-Côte-d-Or.table.csv"}
    page = BeautifulSoup((reports / "value-north.html").read_text(encoding="utf-8"), "html.parser")
    assert page.h1.get_text() == "Value · north"
    assert "days since the last record" in page.select_one(".clv-notice").get_text()
    assert page.select_one(".clv-files a")["href"] == "value-north.table.csv"
    index = (reports / "index.html").read_text(encoding="utf-8")
    assert '<li class="amber">' in index
    states = {each["gate"]: each["state"] for each in told(tmp_path)[0]["notebooks"][0]["gates"]}
    assert states == {"freshness": "amber", "refused": "amber"}

    plan.write_text(PLAN.format(fails="true", red=0.15, more=""), encoding="utf-8")
    kept = (reports / "value-north.html").read_bytes()
    failed = command(tmp_path, "report", "--plan", "reports.toml", "--force", "value")
    assert failed.returncode == 1
    assert "A check is red: share of rows refused" in failed.stderr.replace("\n", " ") or "2 checks" in failed.stderr
    assert (reports / "value-north.html").read_bytes() == kept
    assert (reports / "value-north.failed.zh.html").is_file()


def test_alerts_that_cannot_be_sent_are_refused_before_anything_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "value", code(PARAMETERS, "parameters"), code(SHOWING))
    text = PLAN.format(fails="false", red=0.5, more='alert = "failure"')
    (tmp_path / "reports.toml").write_text(text, encoding="utf-8")
    unset = command(tmp_path, "report", "--plan", "reports.toml")
    assert unset.returncode == 2
    assert f"environment variable {ADDRESS} is not set" in unset.stderr
    assert not (tmp_path / "reports").exists()
    monkeypatch.setenv(ADDRESS, "json://localhost/hunter2hunter2")
    (tmp_path / "absent").mkdir()
    (tmp_path / "absent" / "apprise.py").write_text("raise ImportError('not installed')", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "absent"))
    bare = command(tmp_path, "report", "--plan", "reports.toml")
    assert bare.returncode == 2
    assert "pip install 'clvlab[alerts]'" in bare.stderr


SERVICE = """
from pathlib import Path
class Apprise:
    def add(self, address):
        return address == "json://localhost/hunter2hunter2"
    def notify(self, title, body):
        with Path("sent").open("a") as stream:
            stream.write(title + chr(10) + body + chr(10))
        return True
"""


@pytest.mark.slow
def test_an_alert_tells_of_failures_and_its_address_is_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = "import os\nprint(os.environ.get('CLVLAB_ALERT'), os.environ['SHOP_PASSWORD'])\nassert value < 3"
    write(tmp_path, "value", code(PARAMETERS, "parameters"), code(SHOWING), code(told))
    (tmp_path / "apprise.py").write_text(SERVICE)
    text = PLAN.format(fails="false", red=0.5, more='alert = "failure"')
    (tmp_path / "reports.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv(ADDRESS, "json://localhost/hunter2hunter2")
    monkeypatch.setenv("SHOP_PASSWORD", "open sesame & more")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    done = command(tmp_path, "report", "--plan", "reports.toml")
    assert done.returncode == 1, done.stderr
    sent = (tmp_path / "sent").read_text(encoding="utf-8")
    assert "reports failed (exit code 1)" in sent
    assert "value-Côte-d-Or: exit code 1: AssertionError" in sent
    everything = [path.read_bytes() for path in (tmp_path / "reports").rglob("*") if path.is_file()]
    for secret in (b"hunter2hunter2", b"open sesame"):
        assert not any(secret in each for each in [*everything, sent.encode(), done.stderr.encode()])


def test_the_umask_is_respected_and_encoded_secrets_are_blanked_out(tmp_path: Path) -> None:
    source = (
        "import base64\nfrom urllib.parse import quote\nkey = api_key.encode()\n"
        "print('told', base64.b64encode(b'x' + key).decode(), quote(api_key, safe=''), key.hex())"
    )
    write(tmp_path, "value", code("api_key: str = ''", "parameters"), code(source))
    before = os.umask(0o027)
    try:
        done = command(tmp_path, "report", "-p", "api_key=hunter/2 secret&more")
    finally:
        os.umask(before)
    assert done.returncode == 0, done.stderr
    for path in (tmp_path / "reports").rglob("*"):
        assert path.is_symlink() or path.name.startswith(".lock") or not path.stat().st_mode & 0o027, path
    page = BeautifulSoup((tmp_path / "reports" / "value.html").read_text(encoding="utf-8"), "html.parser").get_text()
    shown = next(each for each in page.splitlines() if each.startswith("told")).split()
    assert len(shown) == 4
    assert all(MASK in each for each in shown[1:])


@pytest.mark.slow
def test_a_run_waits_for_another(tmp_path: Path) -> None:
    write(tmp_path, "value", code("import time\ntime.sleep(3)"))
    first = subprocess.Popen([sys.executable, "-m", "clvlab.cli", "report"], cwd=tmp_path, stderr=subprocess.DEVNULL)
    while not (tmp_path / "reports" / ".lock-holder").exists():
        time.sleep(0.05)
    busy = command(tmp_path, "report")
    waited = command(tmp_path, "report", "--wait", "100")
    assert first.wait() == 0
    assert busy.returncode == 75
    assert waited.returncode == 0
    assert sorted(run["exit_code"] for run in told(tmp_path)) == [0, 0, 75]
