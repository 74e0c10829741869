"""Run one notebook, make its page, and move page and files into place only if the run succeeds."""

import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import cast

from clvlab.notes import Note
from clvlab.pages.exhibits import MIME
from clvlab.pages.exhibits.codec import JSON, decode, encode
from clvlab.reports import manifest
from clvlab.reports import record as recorded
from clvlab.reports.declared import Parameter
from clvlab.reports.execute import BAD_INPUT, DONE, KERNEL_DIED, TIMED_OUT
from clvlab.reports.html import LARGEST_PAGE, About, Failure, page_title, render
from clvlab.reports.names import links, page_name
from clvlab.reports.parameters import (
    in_parameters,
    masked,
    meaning,
    scrub,
    scrub_all,
    scrub_outside_pictures,
    secrets_in,
)
from clvlab.reports.previous import before_of, previous
from clvlab.reports.progress import Progress
from clvlab.reports.scrubbing import scrubbed
from clvlab.reports.shapes import (
    AgeRecord,
    InputRecord,
    Notebook,
    NotebookRecord,
    ResultsRecord,
    RunRecord,
)
from clvlab.reports.times import lasting
from clvlab.reports.watch import Ending, watch
from clvlab.words import ENGLISH, Locale
from clvlab.words import languages as known_languages
from clvlab.words.quoting import unquoted


@dataclass(frozen=True)
class Job:
    """One notebook with what was asked of it."""

    path: Path
    notebook: Notebook
    declared: Sequence[Parameter]
    given: Mapping[str, object]

    @property
    def name(self) -> str:
        """Name of its page."""
        return self.path.stem

    @property
    def parameters(self) -> dict[str, object]:
        """All parameters in force: those given, else the defaults."""
        return {p.name: self.given.get(p.name, p.default) for p in self.declared}

    def languages(self, asked: Sequence[str]) -> tuple[str, ...]:
        """Languages its pages are made in: those asked for, or the one its own parameter sets."""
        own = self.parameters.get("language")
        return tuple(asked) if own is None or own in asked else (str(own),)


@dataclass
class Session:
    """One call of ``clvlab report``."""

    folder: Path
    deadline: float | None
    timeout: float | None
    progress: Progress
    environment: dict[str, str]
    history: list[RunRecord]
    work: Path
    languages: Sequence[str] = ("en",)
    versions: dict[str, str] = field(default_factory=manifest.versions)
    commit: str | None = None


def run_one(job: Job, run: Session) -> NotebookRecord:
    """Run a notebook; return its record for the manifest."""
    started, clock = datetime.now().astimezone(), time.monotonic()
    work = run.work / job.name
    made = work / "made"
    made.mkdir(parents=True)
    executed = work / "executed.ipynb"
    inputs = _input_files(job)

    run.progress.start(job.name)
    ending = watch(
        {
            "notebook": str(job.path),
            "executed": str(executed),
            "parameters": dict(job.given),
            "cwd": str(Path.cwd()),
            "work": str(work),
        },
        environment=run.environment,
        deadline=run.deadline,
        log=work / "log.txt",
        on_cell=run.progress.cell,
    )
    secrets = secrets_in(job.parameters)
    notebook = _executed_notebook(executed, job, secrets)
    results = _results(notebook)
    rows = results["freshness"].get("rows")
    if inputs and rows is not None:
        inputs[0]["rows"] = rows
    failure = _failure(job, ending, run.timeout, secrets)
    record: NotebookRecord = {
        "notebook": job.name,
        "title": job.name,
        "started": started.isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - clock, 1),
        "exit_code": ending.exit_code,
        "message": "" if failure is None else unquoted(ENGLISH.say(failure)).strip(),
        "failure": encode(failure),
        "language": job.languages(run.languages)[0],
        "parameters": masked(_by_name(job)),
        "seeds": {
            k: v for k, v in job.parameters.items() if k == "seed" or k.startswith("seed_") or k.endswith("_seed")
        },
        "inputs": inputs,
        "results": results,
        "previous": previous(job.name, masked(_by_name(job)), run.history),
        "page": None,
        "files": [],
    }
    _place(job, run, record, ending, made=made, notebook=notebook, secrets=secrets, started=started)
    run.progress.end(record)
    return record


def _place(
    job: Job,
    run: Session,
    record: NotebookRecord,
    ending: Ending,
    *,
    made: Path,
    notebook: Notebook,
    secrets: list[str],
    started: datetime,
) -> None:
    """Make the page, and move it and its files to the reports folder if the run was good."""
    good = ending.exit_code == DONE
    saved = recorded.save_files(notebook, made) if good else {}
    languages = job.languages(run.languages)
    pages: dict[str, str] = {}
    for language in languages:
        html = render(
            notebook,
            name=job.name,
            about=_about(job, run, record, started, Locale(language)),
            folder=job.path.parent,
            language=language,
            languages=links(job.name, languages, language, failed=not good),
            saved=saved,
            before=before_of(record),
            failure=None if good else _shown_failure(job, run, record, ending, secrets, Locale(language)),
        )
        pages[language] = scrub_outside_pictures(html, secrets)
    largest = max(len(html.encode("utf-8")) for html in pages.values())
    if largest > LARGEST_PAGE:
        run.progress.warn(
            f"{job.name}: the page is {largest / 1e6:.1f} MB, more than the {LARGEST_PAGE / 1e6:.0f} MB a "
            "browser opens at ease; show fewer rows or smaller figures"
        )
    record["page_bytes"] = largest
    record["titles"] = {language: page_title(notebook, job.name, Locale(language)) for language in languages}
    record["pages"] = {language: page_name(job.name, language, failed=not good) for language in languages}
    record["title"], record["page"] = record["titles"][languages[0]], record["pages"][languages[0]]
    if good:
        record["files"] = _move_files(made, run, job.name)
    for language, html in pages.items():
        manifest.write_whole(run.folder / record["pages"][language], html)
    if good:
        for language in known_languages():
            (run.folder / page_name(job.name, language, failed=True)).unlink(missing_ok=True)


def _about(job: Job, run: Session, record: NotebookRecord, started: datetime, locale: Locale) -> About:
    """What the foot of the page tells."""
    told = record["parameters"] | ({"language": locale.language} if "language" in record["parameters"] else {})
    return About(
        when=started,
        seconds=record["seconds"],
        parameters=[
            {
                "name": p.name,
                "value": told[p.name],
                "comment": meaning(job.name, p, locale),
                "changed": job.given.get(p.name, p.default) != p.default,
            }
            for p in job.declared
        ],
        facts=_facts(run, record, locale),
    )


def _shown_failure(
    job: Job, run: Session, record: NotebookRecord, ending: Ending, secrets: list[str], locale: Locale
) -> Failure:
    """What the page says of a run that stopped."""
    return Failure(
        headline=_said(record, locale),
        source=scrub(ending.source, secrets),
        traceback=scrub("\n".join(ending.traceback), secrets),
        previous_kept=(run.folder / page_name(job.name, locale.language)).is_file(),
    )


def _move_files(made: Path, run: Session, name: str) -> list[str]:
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


def _executed_notebook(executed: Path, job: Job, secrets: list[str]) -> Notebook:
    import nbformat

    try:
        notebook: Notebook = nbformat.read(executed, as_version=4)
    except Exception:  # ended before or while writing: the page then shows the notebook without results
        notebook = job.notebook
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


def _by_name(job: Job) -> dict[str, object]:
    """Parameters as a page may show them: a file or folder by its name, since paths are nobody's business."""
    files = {each.name for each in job.declared if "File" in each.type or "Folder" in each.type}
    return {
        name: Path(value).name if name in files and isinstance(value, str) and "://" not in value else value
        for name, value in job.parameters.items()
    }


def _input_files(job: Job) -> list[InputRecord]:
    """What is known of every file a parameter names, or of a folder's."""
    found = []
    for parameter in job.declared:
        value = job.parameters.get(parameter.name)
        if isinstance(value, str) and ("File" in parameter.type or "Folder" in parameter.type) and "://" not in value:
            files = sorted(Path(value).iterdir()) if Path(value).is_dir() else [Path(value)]
            found += [manifest.describe_input(each) | {"parameter": parameter.name} for each in files if each.is_file()]
    return found


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
    return Note("report.failed_otherwise", name=ending.name, message=message)


def _said(record: NotebookRecord, locale: Locale) -> str:
    told = decode(record["failure"])
    return locale.say(told).strip() if isinstance(told, Note) else str(record["message"])


def _facts(run: Session, record: NotebookRecord, locale: Locale) -> list[tuple[str, str]]:
    facts = []
    for each in record["inputs"]:
        facts.append((locale.say("report.input_file"), each["name"]))
        facts.append((locale.say("report.input_sha256"), each["sha256"]))
    facts.append((locale.say("report.made_with"), ", ".join(f"{name} {v}" for name, v in run.versions.items())))
    if run.commit:
        facts.append((locale.say("report.commit"), run.commit))
    return facts
