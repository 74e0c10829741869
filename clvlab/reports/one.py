"""Run one notebook, make its page, and put page and files in place only when the run was good."""

import json
import os
import re
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from clvlab.publish import RESULTS_FILE
from clvlab.reports import manifest
from clvlab.reports.execute import BAD_INPUT, DONE, KERNEL_DIED, TIMED_OUT
from clvlab.reports.html import LARGEST_PAGE, About, Failure, duration, page_title, render
from clvlab.reports.parameters import Parameter, is_secret, masked, scrub, scrub_all, secrets_in
from clvlab.reports.progress import Progress
from clvlab.reports.watch import Outcome, watch
from clvlab.words import say


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


def run_one(job: Job, run: Run) -> dict[str, Any]:
    """Run a notebook; return its record for the manifest."""
    started, clock = datetime.now().astimezone(), time.monotonic()
    work = run.work / job.name
    made = work / "made"
    made.mkdir(parents=True)
    previous = _previous(job, run.history)
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
        environment=run.environment | {"CLVLAB_RUN_DIR": str(made), "CLVLAB_PREVIOUS": str(work / "previous.json")},
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
            k: v for k, v in job.parameters.items() if k == "seed" or k.startswith("seed_") or k.endswith("_seed")
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
    try:
        found = json.loads((made / RESULTS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    cleaned: dict[str, Any] = scrub_all(found, secrets)
    return cleaned


def _previous(job: Job, history: list[dict[str, Any]]) -> dict[str, Any]:
    """Headline numbers of the last good run that asked the same question, of older data perhaps."""
    now = masked(job.parameters)
    for run in reversed(history):
        for record in run["notebooks"]:
            if record["notebook"] == job.name and record["exit_code"] == DONE:
                if not comparable(record["parameters"], now):
                    continue
                metrics = record["results"].get("headline", {}).get("metrics", [])
                return {"when": record["started"][:10], "metrics": {m["label"]: m["written"] for m in metrics}}
    return {}


def comparable(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether two runs differ in their data, days and seeds only, so that a change of a number means something.

    >>> comparable({"horizon": 52, "as_of": "1998-05-31"}, {"horizon": 52, "as_of": "1998-06-30"})
    True
    >>> comparable({"horizon": 52}, {"horizon": 26})
    False
    """

    def may_differ(name: str) -> bool:
        if name == "orders" or "seed" in name or is_secret(name):
            return True
        ends = (before.get(name), now.get(name))
        return all(end is None or re.match(r"\d{4}-\d{2}-\d{2}", str(end)) for end in ends)

    return all(may_differ(name) for name in {*before, *now} if before.get(name) != now.get(name))


def _input_file(job: Job) -> dict[str, Any] | None:
    value = job.parameters.get("orders")
    if not isinstance(value, str) or not value or "://" in value:
        return None
    path = Path(value)
    return manifest.describe_input(path) if path.is_file() else None


def _message(outcome: Outcome, timeout: float | None) -> str:
    if outcome.exit_code == DONE:
        return ""
    if outcome.exit_code == TIMED_OUT:
        return say("report.failed_timeout", seconds=duration(timeout or 0))
    if outcome.exit_code == KERNEL_DIED:
        return " ".join(part for part in (say("report.failed_kernel"), outcome.message) if part)
    if outcome.exit_code == BAD_INPUT:
        return say("report.failed_input", message=outcome.message)
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
