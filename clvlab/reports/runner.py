"""Run notebooks, each in its own process, and show each one's page and files together with the record of them."""

import math
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from clvlab.data.hiding import KEY, SWITCH
from clvlab.errors import InputError
from clvlab.notes import Note
from clvlab.progress import SILENT
from clvlab.reports import manifest
from clvlab.reports.account import Account
from clvlab.reports.alerts import ADDRESS
from clvlab.reports.execute import BAD_INPUT, DONE, FAILED, KERNEL_DIED, TIMED_OUT
from clvlab.reports.fingerprint import fingerprint
from clvlab.reports.hidden import HiddenBy
from clvlab.reports.holding import held
from clvlab.reports.identity import new_id
from clvlab.reports.jobs import Job
from clvlab.reports.progress import Progress
from clvlab.reports.retention import remove_old
from clvlab.reports.shapes import InputRecord, Manifest, RunRecord
from clvlab.reports.stopping import Limits, Stop
from clvlab.reports.unchanged import still_good
from clvlab.reports.watch import Ending, watch

_GRAVITY = (TIMED_OUT, KERNEL_DIED, FAILED, BAD_INPUT, DONE)


@dataclass(frozen=True)
class How:
    """How a run is carried out.

    Parameters
    ----------
    out : Path
        Reports folder; made where missing.
    languages : sequence of str
        Of the list of reports.
    timeout : float, optional
        Seconds the whole run may take.
    wait : float
        Seconds to wait for another run in the same folder.
    workers : int
        How many notebooks run at once.
    memory : int, optional
        Bytes that notebooks may hold together.
    force : bool
        Run also what has not changed.
    gates_fail : bool
        Whether a red gate fails a notebook.
    keep : int, optional
        How many runs to keep; unset, all.
    hidden : HiddenBy, optional
        By which key identifiers are hidden; unset, they are shown.
    """

    out: Path
    languages: Sequence[str] = ("en",)
    timeout: float | None = None
    wait: float = 0
    workers: int = 1
    memory: int | None = None
    force: bool = False
    gates_fail: bool = False
    keep: int | None = None
    hidden: HiddenBy | None = None


def run_reports(jobs: Sequence[Job], how: How, *, progress: Progress, stop: Stop) -> int:
    """Run notebooks and show their pages, the list of reports and the manifest.

    Returns
    -------
    int
        0 done; 1 a notebook failed; 2 a notebook found its input bad; 124 the time limit passed; 138 a kernel died;
        128 and the signal's number where the run was asked to end.

    Raises
    ------
    Busy
        Another run holds the folder.
    InputError
        The folder cannot be written.
    """
    clock, run = time.monotonic(), new_id()
    with held(how.out.resolve(), run, how.wait, stop) as work:
        limits = Limits(stop, None if how.timeout is None else clock + how.timeout, how.memory)
        try:
            asked = jobs if how.hidden is None else how.hidden.jobs(jobs)
            return _Run(asked, how, work, limits, progress, run).carry_out()
        except OSError as error:
            progress.warn(f"nothing more can be recorded in {how.out}: {error.strerror or error}")
            return stop.code if stop() else FAILED


@dataclass
class _Run:
    jobs: Sequence[Job]
    how: How
    work: Path
    limits: Limits
    progress: Progress
    id: str
    inputs: dict[str, list[InputRecord]] = field(default_factory=dict)
    prints: dict[str, str] = field(default_factory=dict)
    stamps: dict[str, list[tuple[str, int, int]]] = field(default_factory=dict)

    def carry_out(self) -> int:
        clock = time.monotonic()
        self.folder = self.work.parent
        self.today = date.today()
        self.versions = manifest.versions()
        entry: RunRecord = {
            "id": self.id, "started": datetime.now().astimezone().isoformat(timespec="seconds"), "seconds": 0.0,
            "exit_code": None, "versions": self.versions, "commit": manifest.commit(self.jobs[0].path.parent),
            "not_run": [job.name for job in self.jobs], "unchanged": [], "notebooks": [],
        }  # fmt: skip
        self.account = Account(self.folder, self.work, entry, index=self._index, warn=self.progress.warn)
        if self.how.hidden is not None:
            self.progress.say(self.how.hidden.said())
            shown = self.account.shown_openly(self.jobs)
            if shown:
                self.progress.warn(shown)
        self.progress.expect(len(self.jobs))
        changed = sorted((job for job in self.jobs if not self._is_unchanged(job)), key=self._took, reverse=True)
        again: list[Job] = []
        for job, ending, started, seconds in self._executed(changed, self.how.workers, again):
            self._finish(job, ending, started, seconds)
        for job, ending, started, seconds in self._executed(again, 1, []):
            self._finish(job, ending, started, seconds)
        codes = {record["exit_code"] for record in self.account.run["notebooks"]}
        code = next((c for c in _GRAVITY if c in codes), DONE)
        if self.limits.stop() and (self.account.run["not_run"] or self.limits.stop.code in codes):
            code = self.limits.stop.code
        elif self.account.run["not_run"]:
            code = TIMED_OUT
        self._close(code, time.monotonic() - clock)
        if self.how.keep is not None:
            remove_old(self.folder, self.how.keep)
        return code

    def _is_unchanged(self, job: Job) -> bool:
        """Whether its last good page would only be made again; what is known of its input is kept for the run."""
        try:
            self.stamps[job.name] = job.stamps()
            self.inputs[job.name] = job.inputs()
        except (InputError, OSError):
            return False  # said when it would run
        if job.reads_elsewhere():
            return False
        self.prints[job.name] = fingerprint(job, self.inputs[job.name], self.versions, self._hidden)
        record = manifest.last(self.account.history, job.name)
        if self.how.force or not still_good(record, self.prints[job.name], job, self.folder):
            return False
        if self.how.gates_fail and self.account.is_red(job, self.today):
            return False  # data that stopped coming do not change, and must not pass for good
        self.account.leave(job, self.today)
        self.progress.unchanged(job.name, "" if record is None else record["started"])
        return True

    def _took(self, job: Job) -> float:
        """How many seconds its last run took, so that the longest starts first; of one that never ran, no end."""
        record = manifest.last(self.account.history, job.name)
        return math.inf if record is None else record["seconds"]

    @property
    def _hidden(self) -> str | None:
        return None if self.how.hidden is None else self.how.hidden.fingerprint()

    def _has_changed(self, job: Job) -> bool:
        """Whether input changed since it was described."""
        try:
            return self.stamps[job.name] != job.stamps()
        except OSError:
            return True

    def _executed(
        self, jobs: Sequence[Job], workers: int, again: list[Job]
    ) -> Iterator[tuple[Job, Ending, datetime, float]]:
        """Each notebook as it ends; those that must give way go to ``again``, those never begun nowhere."""
        threads = max(1, cores() // max(1, min(workers, len(jobs))))
        with ThreadPoolExecutor(max_workers=workers) as pool:
            pending: dict[Future[tuple[Ending, datetime, float] | None], Job] = {
                pool.submit(self._execute, job, threads if workers > 1 else None): job for job in jobs
            }
            try:
                while pending:
                    for future in wait(pending, timeout=0.5, return_when=FIRST_COMPLETED).done:
                        job, found = pending.pop(future), future.result()
                        if found is not None and found[0].again:
                            self.progress.say(f"{job.name}: gave way, for memory is short; it runs again alone")
                            again.append(job)
                        elif found is not None:
                            yield job, *found
            finally:
                self.limits.given_up = bool(pending)  # nobody takes what still runs: it is ended

    def _execute(self, job: Job, threads: int | None) -> tuple[Ending, datetime, float] | None:
        """Execute a notebook; None where the run is to end before it began. Runs in a thread."""
        if self.limits.asked() is not None:
            return None
        started, clock = datetime.now().astimezone(), time.monotonic()
        self.progress.start(job.name)
        try:
            if job.name not in self.inputs:
                job.inputs()
            place = self._place_of(job)
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir()
            ending = watch(
                {
                    "notebook": str(job.path),
                    "executed": str(place / "executed.ipynb"),
                    "parameters": dict(job.given),
                    "cwd": str(Path.cwd()),
                    "work": str(place),
                },
                environment=_environment(threads, self.how.hidden),
                limits=self.limits,
                log=place / "log.txt",
                on_cell=lambda k, n: self.progress.cell(job.name, k, n),
            )
        except InputError as error:
            ending = Ending(BAD_INPUT, "InputError", str(error))
        except OSError as error:
            ending = Ending(FAILED, type(error).__name__, f"The notebook could not be started: {error}")
        return ending, started, time.monotonic() - clock

    def _finish(self, job: Job, ending: Ending, started: datetime, seconds: float) -> None:
        """Make pages and record of a notebook, and show them."""
        from clvlab.reports.html import LARGEST_PAGE
        from clvlab.reports.making import Executed, RunFacts, make_pages, make_record, spoiled

        if job.name in self.stamps and self._has_changed(job):
            self.progress.warn(f"{job.name}: its input changed while it ran; the next run reads it again")
            self.prints.pop(job.name, None)
        executed = Executed(job, ending, started, seconds, self.inputs.get(job.name, []),
                            self._place_of(job) / "executed.ipynb", self.prints.get(job.name))  # fmt: skip
        facts = RunFacts(self.versions, self.account.run["commit"], self.how.timeout, self.how.gates_fail,
                      self.account.history, self.account.known["past"], self.how.hidden)  # fmt: skip
        try:
            made = make_record(executed, facts, self.today)
        except Exception as error:  # outputs that nothing can be made of: the page is of the notebook alone
            failed = Ending(FAILED, type(error).__name__, f"What the notebook showed cannot be read: {error}")
            made = make_record(replace(executed, ending=failed, executed=Path("")), facts, self.today)
        record, folder = made.record, self._place_of(job) / "made"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            taken = manifest.files_of_others(self.account.history, job.name)
            try:
                make_pages(executed, made, facts, folder, taken=taken, previous_kept=self.account.keeps(record))
            except OSError:
                raise
            except Exception as error:
                shutil.rmtree(folder)
                folder.mkdir()
                spoiled(made, Note("runs.not_made", message=f"{type(error).__name__}: {error}"))
            self.account.add(record, fresh=_moving(folder), without=self.account.outdated(record))
        except (OSError, InputError) as error:
            spoiled(made, Note("runs.not_written", message=str(error)))
            record["exit_code"] = BAD_INPUT if isinstance(error, InputError) else record["exit_code"]
            shutil.rmtree(self._place_of(job), ignore_errors=True)
            self.account.make_room()
            self.account.add(record)
        self.progress.end(record)
        if record.get("page_bytes", 0) > LARGEST_PAGE:
            self.progress.warn(
                f"{job.name}: the page is {record['page_bytes'] / 1e6:.1f} MB, more than the {LARGEST_PAGE / 1e6:.0f} "
                "MB a browser opens at ease; show fewer rows or smaller figures"
            )
        shutil.rmtree(self._place_of(job), ignore_errors=True)

    def _close(self, code: int, seconds: float) -> None:
        ran = bool(self.account.run["notebooks"]) or self.account.gates_changed
        try:
            self.account.close(code, seconds, with_index=ran)
        except OSError:
            self.account.make_room()
            self.account.close(code, seconds, with_index=False)

    def _index(self, folder: Path, told: Manifest) -> dict[str, dict[str, str]]:
        from clvlab.reports.index import write_indexes

        return write_indexes(folder, told, self.how.languages)

    def _place_of(self, job: Job) -> Path:
        return self.work / job.name


def _moving(made: Path) -> Callable[[Path], None]:
    def move(new: Path) -> None:
        for path in made.iterdir():
            os.replace(path, new / path.name)

    return move


def _environment(threads: int | None, hidden: HiddenBy | None) -> Mapping[str, str]:
    # a display, or a backend set for one, would make figures fail where a scheduler runs; the address of alerts is no
    # notebook's business
    kept = {
        name: value for name, value in os.environ.items() if name not in ("MPLBACKEND", "DISPLAY", ADDRESS, SWITCH, KEY)
    }
    pools = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    shared = {} if threads is None else dict.fromkeys(pools, str(threads))
    hiding = {} if hidden is None else hidden.environment()
    return shared | kept | hiding | {"PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", SILENT: "1"}


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
