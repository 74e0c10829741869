"""A reports folder that can only be read: refused with code 2 and the remedy, and never a traceback."""

import errno
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from report_toys import code, command, write
from test_placing import STEPS, carry_out, told_by

from clvlab.errors import InputError
from clvlab.reports.asked import jobs_asked
from clvlab.reports.holding import is_held
from clvlab.reports.progress import Progress
from clvlab.reports.runner import How, run_reports
from clvlab.reports.stopping import Stop
from clvlab.reports.watch import Ending

pytestmark = pytest.mark.skipif(os.name == "nt", reason="forks, and file systems of POSIX")
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@pytest.fixture
def read_only() -> Iterator[Callable[[Path], None]]:
    """Makes a folder a read-only mount; needs the right to mount."""
    mounted: list[Path] = []

    def make(folder: Path) -> None:
        if not shutil.which("mount"):
            pytest.skip("there is no mount")
        steps = (["--bind", str(folder)], ["-o", "remount,ro,bind"])
        for step in steps:
            done = subprocess.run(["mount", *step, str(folder)], capture_output=True, check=False)
            if done.returncode:
                pytest.skip("a folder cannot be mounted read-only here")
            if folder not in mounted:
                mounted.append(folder)

    yield make
    for folder in mounted:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def test_a_read_only_mount_is_refused_and_read(tmp_path: Path, read_only: Callable[[Path], None]) -> None:
    path, folder = write(tmp_path, "toy", code("1")), tmp_path / "reports"
    carry_out(folder, "1")
    read_only(folder)
    for out in ("reports", "reports/new"):
        done = command(tmp_path, "report", str(path), "--out", out)
        assert done.returncode == 2
        assert "cannot be written: Read-only file system. Choose another --out" in done.stderr
        assert "Traceback" not in done.stdout + done.stderr
    assert told_by(folder) == {"a": "1", "b": "1"}
    shown = command(tmp_path, "runs")
    assert (shown.returncode, "a.html" in shown.stdout) == (0, True)
    pruned = command(tmp_path, "prune", "--keep", "1", "--delete")
    assert (pruned.returncode, "Traceback" in pruned.stderr) == (2, False)


def test_whether_a_run_is_under_way_is_seen_in_a_read_only_mount(
    tmp_path: Path, read_only: Callable[[Path], None]
) -> None:
    folder, other = tmp_path / "reports", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    lock = FileLock(folder / ".lock")
    with lock:
        subprocess.run(["mount", "--bind", str(folder), str(other)], capture_output=True, check=False)
        read_only(other)
        held = is_held(other)
    free = is_held(other)
    subprocess.run(["umount", "-l", str(other)], check=False)
    assert (held, free) == (True, False)


def read_only_from(step: int, folder: Path, act: Callable[[], int]) -> tuple[int, bool]:
    """Act in a process for which the folder is read-only from its n-th step on; its code, and whether it came so far.

    99 is an error that nobody caught.
    """
    said, child_said = os.pipe()
    child = os.fork()
    if child == 0:
        left = step

        def refuse(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal left
            if event not in STEPS or not any(str(folder) in str(each) for each in arguments[:2]):
                return
            if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & WRITING):
                return
            left -= 1
            if left <= 0:
                raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(arguments[0]))

        sys.addaudithook(refuse)
        try:
            found = act()
        except (InputError, OSError) as error:
            cause = error if isinstance(error, OSError) else error.__cause__
            found = 2 if isinstance(cause, OSError) and cause.errno == errno.EROFS else 99
        except BaseException:
            found = 99
        os.write(child_said, json.dumps([found, left <= 0]).encode())
        os._exit(0)
    os.close(child_said)
    os.waitpid(child, 0)
    code, reached = json.loads(os.read(said, 1000) or "[99, true]")
    os.close(said)
    return code, reached


@pytest.mark.parametrize("stride", [11, pytest.param(1, marks=pytest.mark.slow)])
def test_a_disk_that_becomes_read_only_at_any_step_leaves_one_run(tmp_path: Path, stride: int) -> None:
    first = tmp_path / "first"
    carry_out(first, "1")
    step = 1
    while True:
        folder = tmp_path / f"at{step}"
        shutil.copytree(first, folder, symlinks=True)

        def act(folder: Path = folder) -> int:
            carry_out(folder, "2")
            return 0

        found, reached = read_only_from(step, folder, act)
        assert found in (0, 2)
        assert set(told_by(folder).values()) <= {"1", "2"}
        carry_out(folder, "3")
        assert told_by(folder) == {"a": "3", "b": "3"}
        assert not list(folder.glob(".work*"))
        if not reached:
            break
        step += stride
    assert step > 50


@pytest.mark.slow
def test_a_run_ends_with_a_code_wherever_the_disk_becomes_read_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The notebook itself is not executed: what is written around it is what is tried."""
    monkeypatch.setattr("clvlab.reports.runner.watch", lambda *_, **__: Ending(0))
    jobs = jobs_asked([write(tmp_path, "toy", code("n: int = 1", "parameters"), code("n"))], ())

    def run(folder: Path) -> int:
        return run_reports(jobs, How(folder, force=True), progress=Progress(), stop=Stop())

    assert run(tmp_path / "warm") == 0
    codes, step = set(), 1
    while True:
        folder = tmp_path / f"at{step}"
        found, reached = read_only_from(step, folder, lambda folder=folder: run(folder))
        codes.add(found)
        if not reached:
            break
        step += 5
    assert step > 20
    assert codes == {0, 1, 2}
    assert "Traceback" not in capfd.readouterr().err
