"""Make the record and the pages of a notebook that was executed, or was not to the end."""

import os
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import cast

from clvlab.notes import Note
from clvlab.pages.exhibits import MIME
from clvlab.pages.exhibits.codec import JSON, decode, encode
from clvlab.reports import manifest
from clvlab.reports import record as recorded
from clvlab.reports.execute import BAD_INPUT, DONE, FAILED, KERNEL_DIED, TIMED_OUT
from clvlab.reports.gates import check, judged, worst
from clvlab.reports.hidden import HiddenBy
from clvlab.reports.html import About, Failure, page_title, render
from clvlab.reports.jobs import Job
from clvlab.reports.measured import measured
from clvlab.reports.names import links, page_name
from clvlab.reports.notebooks import read_notebook
from clvlab.reports.parameters import (
    in_parameters,
    masked,
    meaning,
    scrub,
    scrub_all,
    scrub_outside_pictures,
    secrets_around,
    secrets_in,
)
from clvlab.reports.previous import before_of, previous
from clvlab.reports.scrubbing import scrubbed
from clvlab.reports.shapes import AgeRecord, InputRecord, Notebook, NotebookRecord, PastRecord, ResultsRecord, RunRecord
from clvlab.reports.times import lasting
from clvlab.reports.watch import Ending
from clvlab.words import ENGLISH, Locale
from clvlab.words.quoting import unquoted


@dataclass(frozen=True)
class Executed:
    """A notebook that was run: how it ended, when, and where its outputs are."""

    job: Job
    ending: Ending
    started: datetime
    seconds: float
    inputs: list[InputRecord]
    executed: Path
    fingerprint: str | None = None


@dataclass(frozen=True)
class RunFacts:
    """What pages tell of the run as a whole."""

    versions: dict[str, str]
    commit: str | None
    timeout: float | None
    gates_fail: bool = False
    history: Sequence[RunRecord] = field(default_factory=tuple)
    past: Sequence[PastRecord] = field(default_factory=tuple)
    hidden: HiddenBy | None = None


@dataclass(frozen=True)
class Made:
    """Record, notebook without secrets, and secrets."""

    record: NotebookRecord
    notebook: Notebook
    secrets: list[str]


def make_record(run: Executed, facts: RunFacts, today: date) -> Made:
    """What the manifest keeps of a notebook; pages and files are not there yet."""
    job = run.job
    own = [] if facts.hidden is None else [facts.hidden.key]
    secrets = sorted(
        {*secrets_in(job.parameters), *secrets_around(os.environ), *own}, key=lambda each: (-len(each), each)
    )
    notebook = _executed_notebook(run.executed, job, secrets)
    results = _results(notebook)
    rows = results["freshness"].get("rows")
    if run.inputs and rows is not None:
        run.inputs[0]["rows"] = rows
    shown = masked(job.by_name())
    record: NotebookRecord = {
        "notebook": job.name,
        "title": job.name,
        "started": run.started.isoformat(timespec="seconds"),
        "seconds": round(run.seconds, 1),
        "exit_code": run.ending.exit_code,
        "message": "",
        "failure": None,
        "language": job.languages[0],
        "parameters": shown,
        "seeds": job.seeds,
        "inputs": run.inputs,
        "results": results,
        "previous": previous(job.name, shown, list(facts.history)),
        "page": None,
        "files": [],
        "path": job.path.name,
        "peak_bytes": run.ending.peak,
    }
    if job.segment is not None:
        record["segment"] = job.segment
        record["of"] = job.report
    if facts.hidden is not None:
        record["hidden"] = True
    if run.fingerprint is not None:
        record["fingerprint"] = run.fingerprint
    failure = _failure(job, run.ending, facts.timeout, secrets)
    if run.ending.exit_code == DONE:
        before = record["previous"].get("values", {})
        record["measured"] = measured(notebook, manifest.headline(record), before)
        record["gates"] = judged(job.gates, record["measured"], results["freshness"], today)
        if facts.gates_fail and worst(record["gates"]) == "red":
            record["exit_code"] = FAILED
            red = [check(each) for each in record["gates"] if each["state"] == "red"]
            failure = Note("runs.gate_red", n=len(red), gates=red)
    _set_failure(record, failure)
    return Made(record, notebook, secrets)


def make_pages(
    run: Executed, made: Made, facts: RunFacts, folder: Path, *, taken: Collection[str], previous_kept: bool
) -> None:
    """Write pages and files of a run into a folder, and their names into its record.

    ``taken`` are names of files that other notebooks wrote.
    """
    record, job, good = made.record, run.job, made.record["exit_code"] == DONE
    saved = _save_files(made.notebook, folder, job, taken) if good else {}
    languages = job.languages
    for language in languages:
        locale = Locale(language)
        html = render(
            made.notebook,
            name=job.name,
            about=_about(run, record, facts, locale),
            folder=job.path.parent,
            language=language,
            languages=links(job.name, languages, language, failed=not good),
            saved=saved,
            before=before_of(record),
            failure=None if good else _shown_failure(run, made, locale, previous_kept=previous_kept),
            gates=record.get("gates", ()),
            segment=job.segment,
        )
        html = scrub_outside_pictures(html, made.secrets)
        (folder / page_name(job.name, language, failed=not good)).write_text(html, encoding="utf-8")
        record["page_bytes"] = max(record.get("page_bytes", 0), len(html.encode("utf-8")))
    record["titles"] = {each: _title(made.notebook, job, Locale(each)) for each in languages}
    record["pages"] = {each: page_name(job.name, each, failed=not good) for each in languages}
    record["title"], record["page"] = record["titles"][languages[0]], record["pages"][languages[0]]
    record["files"] = sorted(file for sizes in saved.values() for file in sizes)


def spoiled(made: Made, failure: Note) -> None:
    """Turn a record into one of a run that failed after its notebook was done."""
    record = made.record
    record["exit_code"] = record["exit_code"] or FAILED
    _set_failure(record, failure)
    record["page"], record["files"] = None, []
    record.pop("pages", None)
    record.pop("page_bytes", None)


def _set_failure(record: NotebookRecord, failure: Note | None) -> None:
    record["message"] = "" if failure is None else unquoted(ENGLISH.say(failure)).strip()
    record["failure"] = encode(failure)


def _title(notebook: Notebook, job: Job, locale: Locale) -> str:
    title = page_title(notebook, job.name, locale)
    return title if job.segment is None else f"{title} · {job.segment}"


def _save_files(notebook: Notebook, folder: Path, job: Job, taken: Collection[str]) -> dict[str, dict[str, int]]:
    """Write file exhibits. One that is of a segment, or named as a file of another notebook, bears the page's name."""
    named: dict[str, dict[str, int]] = {}
    for name, sizes in recorded.save_files(notebook, folder).items():
        named[name] = {}
        for file, size in sizes.items():
            new = file if job.segment is None and file not in taken else f"{job.name}.{file}"
            (folder / file).rename(folder / new)
            named[name][new] = size
    return named


def _about(run: Executed, record: NotebookRecord, facts: RunFacts, locale: Locale) -> About:
    """What the foot of the page tells."""
    job = run.job
    told = record["parameters"] | ({"language": locale.language} if "language" in record["parameters"] else {})
    return About(
        when=run.started,
        seconds=record["seconds"],
        parameters=[
            {
                "name": p.name,
                "value": told[p.name],
                "comment": meaning(job.path.stem, p, locale),
                "changed": job.given.get(p.name, p.default) != p.default,
            }
            for p in job.declared
        ],
        facts=_facts(facts, record, locale),
    )


def _shown_failure(run: Executed, made: Made, locale: Locale, *, previous_kept: bool) -> Failure:
    """What the page says of a run that stopped."""
    told = decode(made.record["failure"])
    return Failure(
        headline=locale.say(told).strip() if isinstance(told, Note) else made.record["message"],
        source=scrub(run.ending.source, made.secrets),
        traceback=scrub("\n".join(run.ending.traceback), made.secrets),
        previous_kept=previous_kept,
    )


def _executed_notebook(executed: Path, job: Job, secrets: list[str]) -> Notebook:
    import nbformat

    try:
        notebook: Notebook = nbformat.read(executed, as_version=4)
    except Exception:  # ended before or while writing: the page then shows the notebook without results
        notebook = read_notebook(job.path)
    clean: Notebook = nbformat.from_dict(scrub_all(notebook, secrets))
    for cell in clean.cells if secrets else []:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if MIME in data:
                data[MIME] = scrubbed(cast(JSON, data[MIME]), secrets)
    return clean


def _results(notebook: Notebook) -> ResultsRecord:
    """What the manifest keeps of the exhibits: the answer whole, the rest in plain."""
    answer, freshness = recorded.answer_of(notebook), recorded.freshness_of(notebook)
    told = {
        name: None if (value := getattr(freshness, name, None)) is None else str(value)[:10]
        for name in ("as_of", "first", "last")
    }
    counts = {name: getattr(freshness, name, None) for name in ("rows", "customers")}
    return {
        "answer": None if answer is None else encode(answer),
        "freshness": cast(AgeRecord, told | counts),
        "notices": [{"level": each.level, "said": encode(each.said)} for each in recorded.notices_of(notebook)],
    }


def _failure(job: Job, ending: Ending, timeout: float | None, secrets: list[str]) -> Note | None:
    """Why a run stopped."""
    message = scrub(ending.message, secrets)
    if ending.exit_code == DONE:
        return None
    if ending.exit_code == TIMED_OUT:
        return Note("report.failed_timeout", seconds=lasting(timeout or 0))
    if ending.exit_code == KERNEL_DIED:
        return Note("report.failed_kernel", message=message)
    if ending.exit_code == BAD_INPUT:
        return Note("report.failed_input", message=in_parameters(message, job.declared))
    if ending.exit_code > 128:
        return Note("runs.stopped", code=ending.exit_code)
    if ending.name == "SystemExit":
        return Note("runs.exited", message=message)
    return Note("report.failed_otherwise", name=ending.name, message=message)


def _facts(facts: RunFacts, record: NotebookRecord, locale: Locale) -> list[tuple[str, str]]:
    found = []
    for each in record["inputs"]:
        found.append((locale.say("report.input_file"), each["name"]))
        found.append((locale.say("report.input_sha256"), each["sha256"]))
    if facts.hidden is not None:
        found.append((locale.say("report.identifiers"), locale.say(facts.hidden.note)))
    found.append((locale.say("report.made_with"), ", ".join(f"{name} {v}" for name, v in facts.versions.items())))
    if facts.commit:
        found.append((locale.say("report.commit"), facts.commit))
    return found
