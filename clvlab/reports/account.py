"""Keep account of one run: each step of it is a new edition, with the manifest that tells of it."""

import os
import shutil
from collections.abc import Callable, Collection, Sequence
from datetime import date
from pathlib import Path

from clvlab.errors import InputError
from clvlab.notes import Note
from clvlab.reports import editions, manifest, refusals
from clvlab.reports.gates import judged, worst
from clvlab.reports.jobs import Job
from clvlab.reports.names import page_name
from clvlab.reports.shapes import GateRecord, Manifest, NotebookRecord, RunRecord
from clvlab.words import ENGLISH, languages

KILLED = 137
_RESERVE = 2_000_000


class Account:
    """The account of one run in a reports folder that it holds.

    Parameters
    ----------
    folder, work : Path
        The reports folder, and the run's work folder in it.
    run : dict
        What is known of the run; its exit code is None until ``close``.
    index : callable
        Writes the list of reports into an edition: ``index(folder, runs)``; returns pages of segments side by side.
    warn : callable
        Told of what somebody should know.
    """

    def __init__(
        self,
        folder: Path,
        work: Path,
        run: RunRecord,
        *,
        index: Callable[[Path, Manifest], dict[str, dict[str, str]]],
        warn: Callable[[str], None],
    ) -> None:
        self.folder, self.work, self.run, self._index, self._warn = folder, work, run, index, warn
        self._editions = 0
        self._reserve = work / "reserve"
        self._reserve.write_bytes(os.urandom(_RESERVE))
        editions.complete(folder, work)
        self.gates_changed = False
        self.known = self._known()
        killed = self._close_killed()
        for refusal in refusals.refused(folder):
            self.known = manifest.with_run(self.known, refusal)
        self._place(with_index=False)  # at once: a kill while the list is made is then recorded, too
        if killed:
            self._place(with_index=True)
        refusals.forget(folder, self.known["runs"])

    @property
    def history(self) -> list[RunRecord]:
        """Runs before this one, and what this one has recorded."""
        return self.known["runs"]

    def add(
        self, record: NotebookRecord, *, fresh: Callable[[Path], None] | None = None, without: Collection[str] = ()
    ) -> None:
        """Show and record what became of a notebook.

        Parameters
        ----------
        record : dict
            Its record.
        fresh : callable, optional
            Puts its pages and files into the new edition.
        without : collection of str
            Names that go.
        """
        before = self.run
        self.run = {**before, "notebooks": [*before["notebooks"], record],
                    "not_run": [name for name in before["not_run"] if name != record["notebook"]]}  # fmt: skip
        try:
            self._place(fresh, without, with_index=True)
        except BaseException:
            self.run = before
            raise

    def leave(self, job: Job, today: date) -> None:
        """Record that a notebook need not run. Gates are judged anew: data grow old without a change."""
        self.run = {**self.run, "unchanged": [*self.run.get("unchanged", []), job.name],
                    "not_run": [name for name in self.run["not_run"] if name != job.name]}  # fmt: skip
        record = manifest.last_good(self.history, job.name)
        if record is not None:
            now = _judged(job, record, today)
            self.gates_changed |= now != record.get("gates", [])
            record["gates"] = now

    def is_red(self, job: Job, today: date) -> bool:
        """Whether a check of the last good page is red today."""
        record = manifest.last_good(self.history, job.name)
        return record is not None and worst(_judged(job, record, today)) == "red"

    def has_good(self, name: str) -> bool:
        """Whether a good page of a notebook is shown."""
        good = manifest.last_good(self.history, name)
        return good is not None and good["page"] is not None and (self.folder / good["page"]).is_file()

    def keeps(self, record: NotebookRecord) -> bool:
        """Whether a good page stays beside a record: there is one, and it tells nothing that the record's run hides."""
        before = manifest.last_good(self.history, record["notebook"])
        return self.has_good(record["notebook"]) and not _opener(before, record)

    def shown_openly(self, jobs: Sequence[Job]) -> str:
        """What the folder still shows of who customers are, where this run hides it; empty where nothing."""
        open_ = [
            run for run in self.history if any(not each.get("hidden") and each["page"] for each in run["notebooks"])
        ]
        if not open_:
            return ""
        own = {job.name for job in jobs}
        good = {name: manifest.last_good(self.history, name) for name in manifest.notebook_names(self.history)}
        still = [name for name, each in good.items() if name not in own and each is not None and not each.get("hidden")]
        pages = f"{', '.join(f'{name}.html' for name in still)}, the" if still else "The"
        return (
            f"{pages} manifest and earlier runs of {self.folder.name} show identifiers, because they were made without "
            "--hide-identifiers. Where nobody is to see them, take another folder: --out DIR"
        )

    def outdated(self, record: NotebookRecord) -> set[str]:
        """Names that go when a record is shown: failed pages; of a good run, files and pages of earlier runs.

        A page in another language stays where it was made of the same data.
        """
        name = record["notebook"]
        gone = {page_name(name, code, failed=True) for code in languages()}
        before = manifest.last_good(self.history, name)
        if before is not None and (record["exit_code"] == 0 or _opener(before, record)):
            gone |= set(before["files"])
            if "fingerprint" not in record or before.get("fingerprint") != record["fingerprint"]:
                gone |= {page_name(name, code) for code in languages()}
        return gone

    def close(self, code: int, seconds: float, message: str = "", *, with_index: bool = True) -> None:
        """Record how the run ended."""
        self.run = {**self.run, "exit_code": code, "seconds": round(seconds, 1)}
        if message:
            self.run["message"] = message
        self._place(with_index=with_index)

    def make_room(self) -> None:
        """Give up what was held back, so that a full disk still takes the record of it."""
        self._reserve.unlink(missing_ok=True)

    def _place(
        self,
        fresh: Callable[[Path], None] | None = None,
        without: Collection[str] = (),
        *,
        with_index: bool,
        adopted: Sequence[str] = (),
    ) -> None:
        told = manifest.with_run(self.known, self.run)

        def fill(new: Path) -> None:
            if fresh is not None:
                fresh(new)
            if with_index:
                sides = self._index(new, told)
                if sides:
                    told["runs"][-1]["side_by_side"] = self.run["side_by_side"] = sides
            manifest.write(new, told)

        self._edition(fill, without=without, adopted=adopted)
        self.known = told

    def _edition(
        self, fill: Callable[[Path], None], without: Collection[str] = (), adopted: Sequence[str] = ()
    ) -> None:
        self._editions += 1
        name = f"{self.run['id']}.{self._editions}"
        editions.place(self.folder, name, work=self.work, fill=fill, without=without, adopted=adopted)

    def _known(self) -> Manifest:
        """What earlier runs recorded. What cannot be read is kept aside; pages of earlier versions are taken over."""
        shown = editions.current(self.folder)
        path = (shown or self.folder) / editions.MANIFEST
        try:
            known = manifest.load(shown or self.folder)
        except InputError as error:
            self._keep_aside(path, error, plain=shown is None)
            return {"format": manifest.FORMAT, "names": [], "runs": [], "past": []}
        if shown is None and path.is_file():
            self._adopt(known)
        return known

    def _keep_aside(self, path: Path, error: InputError, *, plain: bool) -> None:
        aside = self.folder / f"manifest.unreadable-{self.run['id']}.json"
        if plain:
            path.rename(aside)
        else:
            shutil.copyfile(path, aside)
        self._warn(f"{error} It is kept as {aside.name}; the history of runs begins anew.")

    def _adopt(self, known: Manifest) -> None:
        """Take over what runs of an earlier version put into the reports folder itself: what its manifest names."""
        names = {page_name("index", code) for code in languages()}
        for run in known["runs"]:
            for each in run["notebooks"]:
                names |= {*each["files"], *each.get("pages", {}).values(), *([each["page"]] if each["page"] else [])}
        there = sorted(name for name in names if Path(name).name == name and (self.folder / name).is_file())

        def fill(new: Path) -> None:
            for name in there:
                shutil.copyfile(self.folder / name, new / name)
            manifest.write(new, known)

        self._edition(fill, adopted=[*there, editions.MANIFEST])

    def _close_killed(self) -> bool:
        """Record as killed whatever run never said how it ended."""
        runs = self.known["runs"]
        killed = [run for run in runs if run["exit_code"] is None]
        for run in killed:
            note = Note("runs.killed")
            run["exit_code"], run["message"] = KILLED, ENGLISH.say(note)
            run["notebooks"] += [self._unfinished(name, run, note) for name in run["not_run"]]
            run["not_run"] = []
            self._warn(f"the run of {run['started'][:16].replace('T', ' ')} was killed; this is now recorded")
        return bool(killed)

    def _unfinished(self, name: str, run: RunRecord, note: Note) -> NotebookRecord:
        last = manifest.last(self.known["runs"], name)
        return {
            "notebook": name, "title": last["title"] if last else name, "started": run["started"], "seconds": 0.0,
            "exit_code": KILLED, "message": ENGLISH.say(note), "language": last["language"] if last else "en",
            "failure": {"$": "note", "code": note.code, "values": {}},
            "parameters": {}, "seeds": {}, "inputs": [], "results": {}, "previous": {}, "page": None, "files": [],
        }  # fmt: skip


def _judged(job: Job, record: NotebookRecord, today: date) -> list[GateRecord]:
    return judged(job.gates, record.get("measured", {}), record["results"].get("freshness", {}), today)


def _opener(before: NotebookRecord | None, record: NotebookRecord) -> bool:
    """Whether an earlier page shows identifiers that a later run hides."""
    return before is not None and bool(record.get("hidden")) and not before.get("hidden")
