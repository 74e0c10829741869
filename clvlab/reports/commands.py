"""What the command does for reports: run them, list runs, compare two, and delete old ones."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clvlab.errors import InputError
from clvlab.extensions import load_extensions
from clvlab.reports import manifest
from clvlab.reports.alerts import check_alerts, send, tell_end
from clvlab.reports.asked import jobs_asked
from clvlab.reports.comparing import Change, against_last_year, compare, find_run
from clvlab.reports.hidden import hidden_by
from clvlab.reports.holding import Busy, held, is_held
from clvlab.reports.identity import new_id
from clvlab.reports.jobs import Job
from clvlab.reports.names import languages_asked, page_name
from clvlab.reports.notebooks import find_notebooks
from clvlab.reports.plan import read_plan
from clvlab.reports.progress import Progress
from clvlab.reports.refusals import refuse
from clvlab.reports.retention import Old, old_editions, remove_old
from clvlab.reports.runner import How, cores, run_reports
from clvlab.reports.shapes import Manifest, RunRecord
from clvlab.reports.stopping import Stop

BUSY, BAD = 75, 2


@dataclass(frozen=True)
class Asked:
    """What the command line asks for; None where it says nothing, and the plan or a default decides."""

    notebooks: Sequence[str] = ()
    plan: Path | None = None
    orders: str | None = None
    given: Sequence[str] = ()
    out: Path | None = None
    timeout: float | None = None
    language: str | None = None
    wait: float = 0
    force: bool = False
    workers: int | None = None
    memory: float | None = None
    keep: int | None = field(default=None)
    hide: bool = False


def report(asked: Asked) -> tuple[int, Path]:
    """Run what is asked for; the exit code and the list of reports.

    Raises
    ------
    InputError
        What is asked for makes no sense. Where earlier runs left a record, it is recorded.
    """
    stop, progress = Stop(), Progress()
    stop.listen()
    out = asked.out or Path("reports")
    try:
        load_extensions()
        jobs, how, alert = _of_plan(asked, asked.plan) if asked.plan is not None else _of_names(asked, progress)
        out = how.out
        code = _run(jobs, how, alert, progress, stop)
    except InputError as error:
        refuse(out, code_of(error), str(error))
        raise
    return code, out / page_name("index", how.languages[0])


def _run(jobs: Sequence[Job], how: How, alert: str, progress: Progress, stop: Stop) -> int:
    """Run, and send what the plan asks for, also where the run is refused."""
    wrong = None
    try:
        code = run_reports(jobs, how, progress=progress, stop=stop)
        wrong = tell_end(how.out, code, alert)
    except InputError as error:
        if alert != "never":
            wrong = send(f"clvlab: reports were not run (exit code {code_of(error)})", str(error))
        raise
    finally:
        if wrong is not None:
            progress.warn(wrong)
    return code


def code_of(error: Exception) -> int:
    """The exit code of a refusal: 75 where another run holds the folder, so that a scheduler tries again."""
    return BUSY if isinstance(error, Busy) else BAD


def _of_names(asked: Asked, progress: Progress) -> tuple[list[Job], How, str]:
    languages = languages_asked("en" if asked.language is None else asked.language)
    jobs = jobs_asked(find_notebooks(asked.notebooks), asked.given, orders=asked.orders, languages=languages,
                      warn=progress.warn)  # fmt: skip
    how = How(asked.out or Path("reports"), languages, asked.timeout, asked.wait, asked.workers or cores(),
              _bytes(asked.memory), force=asked.force, keep=asked.keep, hidden=hidden_by(asked.hide))  # fmt: skip
    return jobs, how, "never"


def _of_plan(asked: Asked, path: Path) -> tuple[list[Job], How, str]:
    if asked.given or asked.orders is not None or asked.language is not None:
        raise InputError(
            "With --plan, parameters, orders and languages stand in the plan: leave out -p, --orders and --language."
        )
    plan = read_plan(path)
    if plan.alert != "never":
        check_alerts()
    jobs = [job for job in plan.jobs if not asked.notebooks or {job.name, job.report} & set(asked.notebooks)]
    unknown = set(asked.notebooks) - {name for job in plan.jobs for name in (job.name, job.report)}
    if unknown:
        names = ", ".join(dict.fromkeys(job.report for job in plan.jobs))
        raise InputError(f"{path}: the plan has no report {sorted(unknown)[0]!r}. It has {names}.")
    how = How(
        asked.out or plan.out,
        plan.languages,
        plan.timeout if asked.timeout is None else asked.timeout,
        asked.wait,
        asked.workers or plan.cores or cores(),
        _bytes(plan.memory if asked.memory is None else asked.memory),
        force=asked.force,
        gates_fail=plan.red_fails,
        keep=plan.keep if asked.keep is None else asked.keep,
        hidden=hidden_by(asked.hide or plan.hide_identifiers),
    )
    return jobs, how, plan.alert


def _bytes(gigabytes: float | None) -> int | None:
    return None if gigabytes is None else round(gigabytes * 1e9)


def known_runs(folder: Path) -> Manifest:
    """What is recorded in a reports folder.

    Raises
    ------
    InputError
        There is no such folder, or none of reports.
    """
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}. Name the folder of the reports with --out.")
    if not (folder / "manifest.json").is_file():
        raise InputError(f"{folder} holds no reports: it has no manifest.json. Name their folder with --out.")
    return manifest.load(folder)


def ended(run: RunRecord, folder: Path) -> str:
    """How a run ended, as a list shows it; one without an end is under way, or was killed."""
    if run["exit_code"] is not None:
        return str(run["exit_code"])
    return "running" if is_held(folder) else "killed"


def in_json(runs: Sequence[RunRecord]) -> str:
    """Runs as JSON, oldest first."""
    return json.dumps({"runs": list(runs)}, ensure_ascii=False, indent=1)


def compare_runs(folder: Path, before: str, after: str) -> tuple[list[Change], list[Change]]:
    """What differs between two runs, and the later one against the same time last year."""
    told = known_runs(folder)
    first, second = find_run(told, before), find_run(told, after)
    return compare(told, first, second), against_last_year(told, second)


def prune(folder: Path, keep: int, *, delete: bool) -> list[Old]:
    """Editions of old runs that may go, or, asked to, that went."""
    known_runs(folder)
    if not delete:
        return old_editions(folder, keep)
    with held(folder.resolve(), new_id(), 0):
        return remove_old(folder, keep)


def size(number: int) -> str:
    """Bytes for a reader.

    >>> size(1_234_567)
    '1.2 MB'
    """
    return f"{number / 1e6:.1f} MB"
