"""Recipes of docs/scheduling.md: each is read by what would read it, as far as that is at hand."""

import ast
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

DOC = (Path(__file__).parents[2] / "docs" / "scheduling.md").read_text(encoding="utf-8")
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
OPTIONS = {"--orders", "--out", "--timeout", "--plan", "--wait"}


def blocks(title: str) -> list[str]:
    """Code of a section, in order."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", DOC, re.MULTILINE | re.DOTALL)
    assert found is not None, title
    return re.findall(r"^```\w*\n(.*?)^```", found[1], re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    return [line for block in re.findall(r"^```\w*\n(.*?)^```", DOC, re.MULTILINE | re.DOTALL)
            for line in block.splitlines() if re.search(r"clvlab(\.exe)? report", line)]  # fmt: skip


def units() -> dict[str, str]:
    names = re.findall(r"`/etc/systemd/system/([\w.-]+)`", DOC)
    return dict(zip(names, blocks("systemd timer"), strict=True))


def test_a_line_of_cron_has_five_fields_and_a_command_that_a_shell_reads() -> None:
    (block,) = blocks("cron")
    lines = [line for line in block.splitlines() if line and not line.startswith("#")]
    jobs = [line for line in lines if not re.fullmatch(r"[A-Z]+=\S+", line)]
    assert len(jobs) == 1
    *times, told = jobs[0].split(None, 5)
    assert len(times) == 5
    for time, (low, high) in zip(times, RANGES, strict=True):
        assert time == "*" or low <= int(time) <= high
    assert "%" not in told  # cron would take it for a new line
    assert subprocess.run(["sh", "-n", "-c", told], check=False).returncode == 0


def test_cron_passes_on_the_code_and_the_log(tmp_path: Path) -> None:
    """As cron starts it: sh, and a bare environment. What the line runs is a command that fails."""
    (block,) = blocks("cron")
    told = block.splitlines()[-1].split(None, 5)[5].replace("/srv/clvlab", str(tmp_path))
    fake = tmp_path / ".venv" / "bin" / "clvlab"
    fake.parent.mkdir(parents=True)
    fake.write_text('#!/bin/sh\necho "what went wrong: $*"\nexit 138\n')
    fake.chmod(0o755)
    done = subprocess.run(["env", "-i", "/bin/sh", "-c", told], capture_output=True, text=True, check=False)
    assert done.returncode == 138
    assert "what went wrong: report --orders" in done.stdout
    fake.write_text("#!/bin/sh\necho noise\n")
    done = subprocess.run(["env", "-i", "/bin/sh", "-c", told], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")  # cron mails only what is printed


def test_units_of_systemd_are_accepted(tmp_path: Path) -> None:
    known = units()
    assert set(known) == {"clvlab.service", "clvlab.timer", "clvlab-failed.service"}
    seconds = {name: int(found) for name, found in re.findall(r"--(timeout|wait) (\d+)", known["clvlab.service"])}
    limit = re.search(r"TimeoutStartSec=(\d+)", known["clvlab.service"])
    assert limit is not None
    assert int(limit[1]) > sum(seconds.values())
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    for name, text in known.items():  # the command and its account are not on this machine
        here = text.replace("/srv/clvlab/.venv/bin/clvlab", shutil.which("true") or "/bin/true")
        (tmp_path / name).write_text(here.replace("User=clvlab", "User=root").replace("/srv/clvlab", str(tmp_path)))
    done = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / name) for name in known)],
        capture_output=True, text=True, check=False, env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    said = [line for line in done.stderr.splitlines() if "clvlab" in line]
    assert (done.returncode, said) == (0, [])
    (tmp_path / "clvlab.service").write_text("[Service]\nTypo=oneshot\nExecStart=nowhere\n")
    wrong = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / "clvlab.service")], capture_output=True, text=True, check=False
    )
    assert wrong.stderr  # the check can fail
    when = re.search(r"OnCalendar=(.*)", known["clvlab.timer"])
    assert when is not None
    assert subprocess.run(["systemd-analyze", "calendar", when[1]], capture_output=True, check=False).returncode == 0


def test_the_dag_is_python_and_calls_our_command() -> None:
    (block,) = blocks("Airflow")
    tree = ast.parse(block)
    calls = {node.func.id: {k.arg for k in node.keywords} for node in ast.walk(tree)
             if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}  # fmt: skip
    assert set(calls) == {"DAG", "datetime", "BashOperator", "PapermillOperator"}
    assert {"task_id", "bash_command", "env", "append_env"} <= calls["BashOperator"]  # else PATH and HOME are lost
    assert {"task_id", "input_nb", "output_nb", "parameters"} <= calls["PapermillOperator"]


def test_the_workflow_is_yaml_of_the_right_shape() -> None:
    (block,) = blocks("GitHub Actions")
    told = yaml.load(block, Loader=yaml.BaseLoader)  # "on" is a key, not true
    assert set(told) == {"on", "concurrency", "jobs"}
    cron = told["on"]["schedule"][0]["cron"].split()
    assert len(cron) == 5
    (job,) = told["jobs"].values()
    assert {"runs-on", "timeout-minutes", "steps"} <= set(job)
    for step in job["steps"]:
        assert ("uses" in step) != ("run" in step)
        assert set(step) <= {"uses", "run", "with", "env", "if", "name"}
        if "uses" in step:
            assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step["uses"])
        else:
            assert subprocess.run(["sh", "-n", "-c", step["run"]], check=False).returncode == 0
    assert int(job["timeout-minutes"]) * 60 > 3600
    for extra in blocks("Build servers"):
        assert isinstance(yaml.safe_load(extra), list)


def test_every_command_has_options_that_exist() -> None:
    from typer.main import get_command

    from clvlab.cli import app

    known = {each for p in get_command(app).commands["report"].params for each in p.opts}  # type: ignore[attr-defined]
    found = {option for line in commands() for option in re.findall(r"(?<=\s)--[\w-]+", line.partition("report")[2])}
    assert found <= known
    assert found >= OPTIONS


def test_the_plan_is_toml_with_known_keys() -> None:
    from clvlab.reports import plan

    (block,) = [each for each in blocks("A plan") if "[[reports]]" in each]
    told = tomllib.loads(block)
    assert set(told) <= set(plan._TOP)
    assert all(set(each) <= set(plan._REPORT) for each in told["reports"])
