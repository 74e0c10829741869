"""Run notebooks, each in a process of its own, and put their pages in place only when good."""

import json
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from clvlab.errors import InputError
from clvlab.reports import manifest
from clvlab.reports.execute import BAD_INPUT, DONE, FAILED, KERNEL_DIED, TIMED_OUT
from clvlab.reports.notebooks import notebook_parameters, read_notebook
from clvlab.reports.parameters import Parameter, assign, masked, scrub, scrub_all, secrets_in
from clvlab.reports.progress import Progress
from clvlab.reports.watch import Outcome, watch
from clvlab.words import current_language, say

if TYPE_CHECKING:
    from collections.abc import Iterator

_GRAVITY = (TIMED_OUT, KERNEL_DIED, FAILED, BAD_INPUT, DONE)


@dataclass(frozen=True)
class Job:
    """One notebook with what was asked of it."""

    path: Path
    notebook: Any
    declared: Sequence[Parameter]
    given: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Name of its page."""
        return self.path.stem

    @property
    def parameters(self) -> dict[str, Any]:
        """All parameters in force: those given, else the defaults."""
        return {p.name: self.given.get(p.name, p.default) for p in self.declared}


@dataclass
class Run:
    """One call of ``clvlab report``."""

    folder: Path
    deadline: float | None
    timeout: float | None
    progress: Progress
    environment: dict[str, str]
    history: list[dict[str, Any]]
    work: Path
    versions: dict[str, str] = field(default_factory=manifest.versions)
    commit: str | None = None


def run_reports(
    paths: Sequence[Path],
    *,
    out: Path,
    given: Sequence[str] = (),
    orders: str | None = None,
    timeout: float | None = None,
    wait: float = 0,
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
    orders = _absolute(orders)
    values = assign(declared, given, orders=orders)
    jobs = [Job(p, notebooks[p.stem], declared[p.stem], values[p.stem]) for p in paths]
    out = out.resolve()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"The reports folder {out} cannot be made: {error.strerror}.") from error
    with _held(out, wait), _work_folder(out) as work:
        started, clock = datetime.now().astimezone(), time.monotonic()
        run = Run(
            folder=out,
            deadline=None if timeout is None else clock + timeout,
            timeout=timeout,
            progress=Progress(log),
            environment=_environment(),
            history=manifest.load(out),
            work=work,
            commit=manifest.commit(paths[0].parent) if paths else None,
        )
        records = []
        try:
            for job in jobs:
                record = _run_one(job, run)
                records.append(record)
                if record["exit_code"] == TIMED_OUT:
                    break
        finally:
            code = next((c for c in _GRAVITY if any(r["exit_code"] == c for r in records)), DONE)
            if len(records) < len(jobs) and code == DONE:
                code = FAILED
            if records:
                entry = {
                    "started": started.isoformat(timespec="seconds"),
                    "seconds": round(time.monotonic() - clock, 1),
                    "exit_code": code,
                    "versions": run.versions,
                    "commit": run.commit,
                    "not_run": [job.name for job in jobs[len(records) :]],
                    "notebooks": records,
                }
                _write_account(out, entry)
    return code


def _write_account(out: Path, entry: dict[str, Any]) -> None:
    from clvlab.reports.index import write_index

    write_index(out, manifest.append(out, entry))


def _absolute(orders: str | None) -> str | None:
    """Make a path absolute, and leave an address of a database or bucket as it is."""
    if orders is None or "://" in orders:
        return orders
    path = Path(orders).expanduser()
    if not path.exists() and not any(character in orders for character in "*?["):
        raise InputError(f"The orders file {orders} does not exist (looked in {path.absolute().parent}).")
    return str(path.absolute())


def _environment() -> dict[str, str]:
    # a display, or a backend set for one, would make figures fail where a scheduler runs
    kept = {name: value for name, value in os.environ.items() if name not in ("MPLBACKEND", "DISPLAY")}
    return kept | {"CLVLAB_LANGUAGE": current_language(), "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1"}


@contextmanager
def _held(out: Path, wait: float) -> "Iterator[None]":
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
            f"The reports folder {out} is in use by {who}. Wait for it with --wait SECONDS, or choose "
            "another --out."
        ) from None
    try:
        since = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
        holder.write_text(
            f"process {os.getpid()} on {socket.gethostname()} since {since}\n", encoding="utf-8"
        )
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


@contextmanager
def _work_folder(out: Path) -> "Iterator[Path]":
    """Make a folder beside the target, so that moving is one step; clear away what crashes left."""
    for left in out.glob(".run-*"):
        shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=".run-", dir=out))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _run_one(job: Job, run: Run) -> dict[str, Any]:
    started, clock = datetime.now().astimezone(), time.monotonic()
    work = run.work / job.name
    made = work / "made"
    made.mkdir(parents=True)
    previous = _previous(job.name, run.history)
    (work / "previous.json").write_text(json.dumps(previous), encoding="utf-8")
    executed = work / "executed.ipynb"
    source = _input_file(job)

    run.progress.start(job.name)
    outcome = watch(
        {
            "notebook": str(job.path),
            "executed": str(executed),
            "parameters": dict(job.given),
            "cwd": str(Path.cwd()),
            "work": str(work),
        },
        environment=run.environment
        | {"CLVLAB_RUN_DIR": str(made), "CLVLAB_PREVIOUS": str(work / "previous.json")},
        deadline=run.deadline,
        log=work / "log.txt",
        on_cell=run.progress.cell,
    )
    secrets = secrets_in(job.parameters)
    results = _results(made, secrets)
    rows = results.get("freshness", {}).get("rows")
    record: dict[str, Any] = {
        "notebook": job.name,
        "title": job.name,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - clock, 1),
        "exit_code": outcome.exit_code,
        "message": scrub(_message(outcome, run.timeout), secrets),
        "parameters": masked(job.parameters),
        "seeds": {
            k: v
            for k, v in job.parameters.items()
            if k == "seed" or k.startswith("seed_") or k.endswith("_seed")
        },
        "input": source and (source | ({"rows": rows} if rows is not None else {})),
        "results": results,
        "previous": previous,
        "page": None,
        "files": [],
    }
    _place(job, run, record, outcome, made=made, executed=executed, secrets=secrets, started=started)
    run.progress.end(record)
    return record


def _place(
    job: Job,
    run: Run,
    record: dict[str, Any],
    outcome: Outcome,
    *,
    made: Path,
    executed: Path,
    secrets: list[str],
    started: datetime,
) -> None:
    """Make the page, and move it and its files to the reports folder if the run was good."""
    from clvlab.reports.html import LARGEST_PAGE, About, Failure, page_title, render

    good = outcome.exit_code == DONE
    notebook = _executed_notebook(executed, job, secrets)
    record["title"] = page_title(notebook, job.name)
    about = About(
        when=started,
        seconds=record["seconds"],
        parameters=[
            {
                "name": p.name,
                "value": record["parameters"][p.name],
                "comment": p.comment,
                "changed": p.name in job.given,
            }
            for p in job.declared
        ],
        facts=_facts(run, record),
    )
    failure = None
    if not good:
        failure = Failure(
            headline=record["message"],
            source=scrub(outcome.source, secrets),
            traceback=scrub("\n".join(outcome.traceback), secrets),
            previous_kept=(run.folder / f"{job.name}.html").is_file(),
        )
    html = render(notebook, name=job.name, about=about, folder=job.path.parent, failure=failure)
    size = len(html.encode("utf-8"))
    if size > LARGEST_PAGE:
        run.progress.warn(
            f"{job.name}: the page is {size / 1e6:.1f} MB, more than the {LARGEST_PAGE / 1e6:.0f} MB a "
            "browser opens at ease; show fewer rows or smaller figures"
        )
    record["page_bytes"] = size
    name = f"{job.name}.html" if good else f"{job.name}.failed.html"
    if good:
        record["files"] = _move_files(made, run, job.name)
    manifest.write_whole(run.folder / name, html)
    record["page"] = name
    if good:
        (run.folder / f"{job.name}.failed.html").unlink(missing_ok=True)


def _move_files(made: Path, run: Run, name: str) -> list[str]:
    """Move what the notebook wrote, and take away what its last good run wrote and this one did not."""
    files = sorted(p.name for p in made.iterdir() if not p.name.startswith("."))
    others = {
        file: other
        for other in manifest.notebook_names(run.history)
        if other != name and (record := manifest.last_good(run.history, other))
        for file in record["files"]
    }
    for file in files:
        if file in others:
            run.progress.warn(f"{name}: {file} replaces the file of that name written by {others[file]}")
        target = run.folder / file
        if target.is_dir():
            shutil.rmtree(target)
        os.replace(made / file, target)
    before = manifest.last_good(run.history, name)
    for file in set(before["files"] if before else []) - set(files) - set(others):
        (run.folder / file).unlink(missing_ok=True)
    return files


def _executed_notebook(executed: Path, job: Job, secrets: list[str]) -> Any:
    import nbformat

    try:
        notebook = nbformat.read(executed, as_version=4)
    except Exception:  # ended before or while writing: the page then shows the notebook without results
        notebook = job.notebook
    return nbformat.from_dict(scrub_all(notebook, secrets))


def _results(made: Path, secrets: list[str]) -> dict[str, Any]:
    from clvlab.publish import RESULTS_FILE

    try:
        found = json.loads((made / RESULTS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    cleaned: dict[str, Any] = scrub_all(found, secrets)
    return cleaned


def _previous(name: str, history: list[dict[str, Any]]) -> dict[str, Any]:
    record = manifest.last_good(history, name)
    if record is None:
        return {}
    metrics = record["results"].get("headline", {}).get("metrics", [])
    return {"when": record["started"][:10], "metrics": {m["label"]: m["written"] for m in metrics}}


def _input_file(job: Job) -> dict[str, Any] | None:
    value = job.parameters.get("orders")
    if not isinstance(value, str) or not value or "://" in value:
        return None
    path = Path(value)
    return manifest.describe_input(path) if path.is_file() else None


def _message(outcome: Outcome, timeout: float | None) -> str:
    from clvlab.reports.html import duration

    if outcome.exit_code == DONE:
        return ""
    if outcome.exit_code == TIMED_OUT:
        return say("report.failed_timeout", seconds=duration(timeout or 0))
    if outcome.exit_code == KERNEL_DIED:
        return " ".join(part for part in (say("report.failed_kernel"), outcome.message) if part)
    if outcome.exit_code == BAD_INPUT:
        return f"{say('report.failed_input')}: {outcome.message}"
    return f"{outcome.name}: {outcome.message}" if outcome.message else outcome.name


def _facts(run: Run, record: dict[str, Any]) -> list[tuple[str, str]]:
    facts = []
    if record["input"]:
        facts.append((say("report.input_file"), record["input"]["name"]))
        facts.append((say("report.input_sha256"), record["input"]["sha256"]))
    facts.append((say("report.made_with"), ", ".join(f"{name} {v}" for name, v in run.versions.items())))
    if run.commit:
        facts.append((say("report.commit"), run.commit))
    return facts
