"""Whatever moment a run is killed at, the reports folder tells of one run; the next start leaves nothing behind."""

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

from clvlab.errors import InputError
from clvlab.reports import editions, manifest
from clvlab.reports.account import KILLED, Account
from clvlab.reports.holding import Busy, held
from clvlab.reports.identity import new_id
from clvlab.reports.shapes import Manifest, NotebookRecord, RunRecord

pytestmark = pytest.mark.skipif(os.name == "nt", reason="forks, and symbolic links of POSIX")
STEPS = {"open", "os.rename", "os.link", "os.symlink", "os.remove", "os.mkdir", "os.rmdir", "shutil.copyfile"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a failing of power would lose is not tested here."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


def record(name: str, stamp: str, code: int = 0) -> NotebookRecord:
    page = f"{name}.html" if code == 0 else f"{name}.failed.html"
    files = [] if code else [f"{name}-{stamp}.csv"]
    return {
        "notebook": name, "title": name, "started": "2026-01-02T03:04:05+00:00", "seconds": 1.0, "exit_code": code,
        "message": "", "failure": None, "language": "en", "parameters": {"stamp": stamp}, "seeds": {}, "inputs": [],
        "results": {}, "previous": {}, "page": page, "pages": {"en": page}, "files": files,
    }  # fmt: skip


def index(folder: Path, told: Manifest) -> None:
    records = [each for run in told["runs"] for each in run["notebooks"] if each["exit_code"] == 0]
    good = {each["notebook"]: each["parameters"]["stamp"] for each in records}
    editions.write_whole(folder / "index.html", json.dumps(good))


def carry_out(folder: Path, stamp: str, names: tuple[str, ...] = ("a", "b"), code: int = 0, size: int = 1) -> None:
    run = new_id()
    entry: RunRecord = {"id": run, "started": f"2026-01-02T03:04:05+00:00 {stamp}", "seconds": 0.0, "exit_code": None,
                        "versions": {}, "commit": None, "not_run": list(names), "notebooks": []}  # fmt: skip
    with held(folder, run, 0) as work:
        account = Account(folder, work, entry, index=index, warn=lambda _: None)
        for name in names:
            told = record(name, stamp, code)

            def fresh(new: Path, told: NotebookRecord = told) -> None:
                for file in [str(told["page"]), *told["files"]]:
                    (new / file).write_text(stamp * size)

            account.add(told, fresh=fresh, without=account.outdated(told))
        account.close(code, 1.0)


def told_by(folder: Path) -> dict[str, str]:
    """The stamp of each page, which its files, the index and the manifest must tell, too."""
    runs = manifest.load(folder)["runs"]
    stamps = {}
    for name in manifest.notebook_names(runs):
        good = manifest.last_good(runs, name)
        assert good is not None
        stamp = str(good["parameters"]["stamp"])
        for file in [str(good["page"]), *good["files"]]:
            assert set((folder / file).read_text()) == {stamp}, file
        assert json.loads((folder / "index.html").read_text())[name] == stamp
        stamps[name] = stamp
    return stamps


def killed_at(step: int, folder: Path, act: Callable[[], None]) -> bool:
    """Act in a process that is killed at its n-th step in the folder; whether it was."""
    child = os.fork()
    if child == 0:
        left = step

        def count(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal left
            if event in STEPS and any(str(folder) in str(each) for each in arguments[:2]):
                left -= 1
                if left == 0:
                    os.kill(os.getpid(), 9)

        sys.addaudithook(count)
        try:
            act()
        except BaseException:
            os._exit(3)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


MINE = ("notes.txt", ".run-mine/a", ".work-20260101T000000-abcd/a", "runs/mine/a", "runs/kept.txt")


def own(folder: Path) -> None:
    for name in MINE:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("mine")


EVERY = pytest.mark.parametrize("stride", [7, pytest.param(1, marks=pytest.mark.slow)])


@EVERY
def test_a_kill_at_any_step_leaves_one_run_and_the_next_start_leaves_nothing_else(tmp_path: Path, stride: int) -> None:
    first = tmp_path / "first"
    carry_out(first, "1")
    own(first)
    step, seen = 1 - stride, set()
    while True:
        step += stride
        folder = tmp_path / f"at{step}"
        shutil.copytree(first, folder, symlinks=True)
        killed = killed_at(step, folder, lambda folder=folder: carry_out(folder, "2"))
        seen.add(tuple(told_by(folder).values()))
        carry_out(folder, "3")
        assert told_by(folder) == {"a": "3", "b": "3"}
        assert {path.name for path in folder.iterdir()} == {
            ".lock", "a-3.csv", "a.html", "b-3.csv", "b.html", "index.html", "manifest.json", "runs",
            "notes.txt", ".run-mine", ".work-20260101T000000-abcd",
        }  # fmt: skip
        assert all((folder / name).read_text() == "mine" for name in MINE)
        runs = manifest.load(folder)["runs"]
        assert None not in [run["exit_code"] for run in runs]
        began = [run for run in runs if run["started"].endswith("2")]
        assert [run["exit_code"] for run in began] in ([], [0], [KILLED])
        kept = {path.name.partition(".")[0] for path in (folder / "runs").iterdir()} - {"current", "mine", "kept"}
        assert kept <= {run["id"] for run in runs}  # nothing half made
        if not killed:
            break
        shutil.rmtree(folder)
    assert step > 50
    assert seen == {("1", "1"), ("2", "1"), ("2", "2")}


@pytest.fixture
def legacy(tmp_path: Path) -> Path:
    """What a run of the earlier version left: plain files."""
    folder = tmp_path / "legacy"
    folder.mkdir()
    old = record("a", "0")
    for file in ("a.html", "a-0.csv"):
        (folder / file).write_text("0")
    (folder / "index.html").write_text(json.dumps({"a": "0"}))
    (folder / "a-mine.csv").write_text("mine")
    run = {"started": "2025-01-01T00:00:00+00:00", "seconds": 1.0, "exit_code": 0, "versions": {}, "commit": None,
           "not_run": [], "notebooks": [old]}  # fmt: skip
    (folder / "manifest.json").write_text(json.dumps({"format": 1, "runs": [run]}))
    return folder


@EVERY
def test_pages_of_the_earlier_version_are_taken_over_whatever_moment_it_is_killed_at(legacy: Path, stride: int) -> None:
    step, killed = 1 - stride, True
    while killed:
        step += stride
        folder = legacy.parent / f"at{step}"
        shutil.copytree(legacy, folder, symlinks=True)
        killed = killed_at(step, folder, lambda folder=folder: carry_out(folder, "1", ("b",)))
        assert told_by(folder)["a"] == "0"
        carry_out(folder, "2", ("b",))
        assert told_by(folder) == {"a": "0", "b": "2"}
        assert (folder / "a-mine.csv").read_text() == "mine"
        assert not [path for path in folder.iterdir() if path.name.startswith((".work", "manifest.un"))]
        shutil.rmtree(folder)
    assert step > 20


def test_a_failed_run_leaves_the_good_page_and_the_next_good_one_removes_its_page(tmp_path: Path) -> None:
    carry_out(tmp_path, "1")
    carry_out(tmp_path, "2", code=1)
    assert told_by(tmp_path) == {"a": "1", "b": "1"}
    assert (tmp_path / "a.failed.html").read_text() == "2"
    carry_out(tmp_path, "3")
    assert not (tmp_path / "a.failed.html").is_symlink()
    assert not (tmp_path / "a-1.csv").is_symlink()


def test_what_no_run_made_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("mine")
    with pytest.raises(InputError, match="was not made by a run, and is left as it is"):
        carry_out(tmp_path, "1")
    assert (tmp_path / "a.html").read_text() == "mine"
    assert not list(tmp_path.glob(".work*"))


@pytest.mark.parametrize("text", ["{", '{"runs": 3}', '{"format": 9, "runs": []}', '{"runs": [{"notebooks": [{}]}]}'])
def test_a_manifest_that_cannot_be_read_is_kept_aside_and_said_so(tmp_path: Path, text: str) -> None:
    carry_out(tmp_path, "1")
    (tmp_path / "manifest.json").resolve().write_text(text)
    carry_out(tmp_path, "2", ("b",))
    (aside,) = tmp_path.glob("manifest.unreadable-*.json")
    assert aside.read_text() == text
    assert told_by(tmp_path) == {"b": "2"}
    assert (tmp_path / "a.html").read_text() == "1"  # its page stays


def test_an_edition_with_files_of_somebody_else_is_not_deleted(tmp_path: Path) -> None:
    carry_out(tmp_path, "1")
    carry_out(tmp_path, "2")
    old, shown = editions.editions(tmp_path)
    assert editions.current(tmp_path) == tmp_path / "runs" / shown
    (tmp_path / "runs" / old / "notes.txt").write_text("mine")
    assert not editions.remove(tmp_path, old)
    assert (tmp_path / "runs" / old / "notes.txt").read_text() == "mine"
    assert not editions.remove(tmp_path, shown)


def test_a_held_folder_is_busy(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom clvlab.reports.holding import held\n"
        "with held(Path(sys.argv[1]), 'x', 0):\n    print('held', flush=True)\n    sys.stdin.read()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(Busy, match=f"in use by process {holder.pid} on"), held(tmp_path, "y", 0.3):
        pass
    holder.communicate("")
    with held(tmp_path, "y", 0):
        pass
    assert sorted(path.name for path in tmp_path.iterdir()) == [".lock", "runs"]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], Path]]:
    """A disk of a few kilobytes; needs the right to mount."""
    mounted: list[Path] = []

    def make(kilobytes: int) -> Path:
        disk = tmp_path / f"disk{kilobytes}"
        disk.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(disk)], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip("a file system cannot be mounted here")
        mounted.append(disk)
        return disk

    yield make
    for disk in mounted:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def test_a_full_disk_leaves_one_run(small_disk: Callable[[int], Path]) -> None:
    """At twenty sizes between nothing at all and enough; the last good run stays, and the next run clears up."""
    if not shutil.which("mount"):
        pytest.skip("there is no mount")
    ends = set()
    for kilobytes in range(2300, 2700, 20):
        folder = small_disk(kilobytes) / "reports"
        carry_out(folder, "1", size=20_000)
        try:
            carry_out(folder, "2", size=60_000)
        except (OSError, InputError) as error:
            cause = error if isinstance(error, OSError) else error.__cause__
            assert isinstance(cause, OSError)
            assert cause.errno == errno.ENOSPC
            ends.add("full")
        else:
            ends.add("done")
        assert set(told_by(folder).values()) <= {"1", "2"}
        assert not list(folder.glob(".work*"))
    assert ends == {"full", "done"}
