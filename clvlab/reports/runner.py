"""Run notebooks, each in its own process, and move their pages into place only if they succeed."""

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from clvlab.errors import InputError
from clvlab.progress import SILENT
from clvlab.reports import manifest
from clvlab.reports.execute import BAD_INPUT, DONE, FAILED, KERNEL_DIED, TIMED_OUT
from clvlab.reports.index import write_indexes
from clvlab.reports.notebooks import notebook_parameters, read_notebook
from clvlab.reports.one import Job, Session, run_one
from clvlab.reports.parameters import assign
from clvlab.reports.progress import Progress
from clvlab.reports.shapes import NotebookRecord, RunRecord

_GRAVITY = (TIMED_OUT, KERNEL_DIED, FAILED, BAD_INPUT, DONE)


def run_reports(
    paths: Sequence[Path],
    *,
    out: Path,
    given: Sequence[str] = (),
    orders: str | None = None,
    timeout: float | None = None,
    wait: float = 0,
    languages: Sequence[str] = ("en",),
    log: IO[str] | None = None,
) -> int:
    """Run notebooks and write their pages, the list of reports and the manifest.

    Parameters
    ----------
    paths : sequence of Path
        Notebooks, in order.
    out : Path
        Reports folder; made where missing.
    given : sequence of str
        ``NAME=VALUE`` texts.
    orders : str, optional
        Orders file for every notebook that takes one.
    timeout : float, optional
        Seconds the whole run may take.
    wait : float
        Seconds to wait for another run in the same folder.
    languages : sequence of str
        Of pages whose notebook is given none, and of the list of reports. A notebook runs once for all of them.
    log : text stream, optional
        Where progress goes; standard error unless given.

    Returns
    -------
    int
        0 done; 1 a notebook failed; 2 a notebook found its input bad; 124 the time limit passed; 138 a
        kernel died.

    Raises
    ------
    InputError
        Parameters nobody knows or of the wrong type, or another run holds the folder.
    """
    notebooks = {path.stem: read_notebook(path) for path in paths}
    declared = {name: notebook_parameters(notebook) for name, notebook in notebooks.items()}
    progress = Progress(log)
    values = assign(declared, given, orders=orders, language=languages[0], warn=progress.warn)
    jobs = [Job(p, notebooks[p.stem], declared[p.stem], values[p.stem]) for p in paths]
    out = out.resolve()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The reports folder {out} cannot be made: {error.strerror}.") from error
    with _held(out, wait), _work_folder(out) as work:
        started, clock = datetime.now().astimezone(), time.monotonic()
        run = Session(
            folder=out,
            deadline=None if timeout is None else clock + timeout,
            timeout=timeout,
            progress=progress,
            environment=_environment(),
            history=manifest.load(out),
            work=work,
            languages=languages,
            commit=manifest.commit(paths[0].parent) if paths else None,
        )
        records: list[NotebookRecord] = []
        try:
            for job in jobs:
                record = run_one(job, run)
                records.append(record)
                if record["exit_code"] == TIMED_OUT:
                    break
        finally:
            code = next((c for c in _GRAVITY if any(r["exit_code"] == c for r in records)), DONE)
            if len(records) < len(jobs) and code == DONE:
                code = FAILED
            if records:
                entry: RunRecord = {
                    "started": started.isoformat(timespec="seconds"),
                    "seconds": round(time.monotonic() - clock, 1),
                    "exit_code": code,
                    "versions": run.versions,
                    "commit": run.commit,
                    "not_run": [job.name for job in jobs[len(records) :]],
                    "notebooks": records,
                }
                write_indexes(out, manifest.append(out, entry), languages)
    return code


def _environment() -> dict[str, str]:
    # a display, or a backend set for one, would make figures fail where a scheduler runs
    kept = {name: value for name, value in os.environ.items() if name not in ("MPLBACKEND", "DISPLAY")}
    return kept | {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", SILENT: "1"}


@contextmanager
def _held(out: Path, wait: float) -> Iterator[None]:
    """Hold the folder, or say who does."""
    from filelock import FileLock, Timeout

    lock, holder = FileLock(out / ".lock"), out / ".lock-holder"
    try:
        lock.acquire(timeout=wait)
    except Timeout:
        try:
            who = holder.read_text(encoding="utf-8").strip()
        except OSError:
            who = "another run"
        raise InputError(
            f"The reports folder {out} is in use by {who}. Wait for it with --wait SECONDS, or choose another --out."
        ) from None
    try:
        since = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
        holder.write_text(f"process {os.getpid()} on {socket.gethostname()} since {since}\n", encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


@contextmanager
def _work_folder(out: Path) -> Iterator[Path]:
    """Make a folder beside the target, so that moving is one step; clear away what crashes left."""
    for left in out.glob(".run-*"):
        shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=".run-", dir=out))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)
