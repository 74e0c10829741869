"""A plan of reports, ``reports.toml``: which notebooks, on which data, in which languages, for which segments."""

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from clvlab.data.sources.address import is_database
from clvlab.errors import InputError
from clvlab.reports.declared import Parameter, without_effect
from clvlab.reports.gates import Gate, gate
from clvlab.reports.jobs import Job
from clvlab.reports.names import languages_asked
from clvlab.reports.notebooks import declared_in, find_notebooks
from clvlab.reports.parameters import coerce

_TOP = ("out", "languages", "cores", "memory", "timeout", "keep", "schedule", "red_fails", "hide_identifiers",
        "alert", "data", "parameters", "gates", "reports")  # fmt: skip
_REPORT = ("notebook", "name", "languages", "parameters", "gates", "segments", "schedule")
_ALERTS = ("never", "failure", "always")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")


@dataclass(frozen=True)
class ReportPlan:
    """What a plan says.

    Parameters
    ----------
    jobs : sequence of Job
        One for each report and segment.
    out : Path
        The reports folder.
    languages : sequence of str
        Of pages and of the list of reports.
    cores : int, optional
        How many notebooks run at once; unset, one per core.
    memory : float, optional
        Gigabytes that notebooks may hold together.
    timeout : float, optional
        Seconds the whole run may take.
    keep : int, optional
        How many runs to keep, beside those whose pages are shown; unset, all.
    red_fails : bool
        Whether a red gate fails its report.
    alert : {"never", "failure", "always"}
        When to send a message.
    hide_identifiers : bool
        Whether pages show keyed hashes instead of who customers are.
    """

    jobs: Sequence[Job]
    out: Path
    languages: Sequence[str]
    cores: int | None = None
    memory: float | None = None
    timeout: float | None = None
    keep: int | None = None
    red_fails: bool = False
    alert: str = "never"
    hide_identifiers: bool = False


def read_plan(path: Path) -> ReportPlan:
    """Read a plan. Paths in it are meant from its own folder.

    Raises
    ------
    InputError
        Names the file, the table and key, and what to write instead.
    """
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"The plan {path} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise InputError(f"{path} is not valid TOML: {error}.") from error
    return _Reader(path).plan(told)


@dataclass(frozen=True)
class _Reader:
    path: Path

    def plan(self, told: Mapping[str, object]) -> ReportPlan:
        self._known(told, _TOP, "the plan")
        languages = self._languages(told, "", ("en",))
        entries = told.get("reports")
        if not isinstance(entries, list) or not entries or not all(isinstance(each, dict) for each in entries):
            raise self._error("reports", 'name at least one report: [[reports]], then notebook = "customer_value"')
        shared = {**self._table(told, "data", ""), **self._table(told, "parameters", "")}
        jobs = [job for i, each in enumerate(entries, 1) for job in self._jobs(each, i, told, shared, languages)]
        self._taken(shared, jobs)
        names = [*(job.name for job in jobs), *dict.fromkeys(job.of for job in jobs if job.of is not None)]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise self._error("reports", f"two reports would make the same page, {twice}.html: give one another name")
        return ReportPlan(
            jobs=jobs,
            out=self._out(told),
            languages=languages,
            cores=self._whole(told, "cores"),
            memory=self._positive(told, "memory", "gigabytes, such as 8.0"),
            timeout=self._positive(told, "timeout", "seconds, such as 3600"),
            keep=self._whole(told, "keep"),
            red_fails=self._boolean(told, "red_fails"),
            alert=self._one_of(told, "alert", _ALERTS),
            hide_identifiers=self._boolean(told, "hide_identifiers"),
        )

    def _jobs(
        self,
        told: Mapping[str, object],
        number: int,
        top: Mapping[str, object],
        shared: Mapping[str, object],
        languages: Sequence[str],
    ) -> list[Job]:
        """One job, or one per segment."""
        where = f"[[reports]] number {number}"
        self._known(told, _REPORT, where)
        notebook = told.get("notebook")
        if not isinstance(notebook, str):
            raise self._error(f"{where}, notebook", 'name a notebook, such as notebook = "customer_value"')
        beside = self.path.parent / notebook
        try:
            (path,) = find_notebooks([str(beside) if notebook.endswith(".ipynb") else notebook])
            declared = declared_in(path)
        except InputError as error:
            raise self._error(f"{where}, notebook", str(error)) from error
        name = told.get("name", path.stem)
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name in ("index", "runs"):
            raise self._error(f"{where}, name", f"takes letters, digits, - and _, but not index or runs; got {name!r}")
        own = {**{k: v for k, v in shared.items() if any(p.name == k for p in declared)},
               **self._table(told, "parameters", where)}  # fmt: skip
        segments = self._table(told, "segments", where)
        gates = self._gates({**self._table(top, "gates", ""), **self._table(told, "gates", where)}, where)
        asked = self._languages(told, where, languages)
        if not segments:
            return [Job(path, declared, self._values(declared, own, where), asked, name, gates=gates)]
        found = []
        for segment in segments:
            of = f"{where}, segments.{segment}"
            values = self._values(declared, {**own, **self._table(segments, segment, f"{where}, segments")}, of)
            found.append(Job(path, declared, values, asked, f"{name}-{_part(segment)}", segment, gates, name))
        return found

    def _values(self, declared: Sequence[Parameter], told: Mapping[str, object], where: str) -> dict[str, object]:
        known = {each.name: each for each in declared}
        values: dict[str, object] = {}
        for name, value in told.items():
            if name not in known:
                raise self._error(f"{where}, {name}", f"the notebook has no such parameter. {_near(name, list(known))}")
            try:
                values[name] = coerce(known[name], self._text(known[name], value))
            except InputError as error:
                raise self._error(f"{where}, {name}", str(error)) from error
        idle = without_effect(declared, values)
        for name, reason in idle.items():
            raise self._error(f"{where}, {name}", f"has no effect {reason}")
        return values

    def _text(self, parameter: Parameter, value: object) -> str:
        """A value as the command line would give it; a path from the plan's own folder."""
        if not isinstance(value, str):
            return json.dumps(value, default=str) if isinstance(value, bool | list | dict) else str(value)
        if ("File" in parameter.type or "Folder" in parameter.type) and "://" not in value and not is_database(value):
            return str((self.path.parent / Path(value).expanduser()).absolute())
        return value

    def _taken(self, shared: Mapping[str, object], jobs: Sequence[Job]) -> None:
        every = sorted({each.name for job in jobs for each in job.declared})
        for name in shared:
            if name not in every:
                raise self._error(f"[data] or [parameters], {name}", f"no report takes it. {_near(name, every)}")

    def _gates(self, told: Mapping[str, object], where: str) -> list[Gate]:
        try:
            found = [gate(name, value, "gates") for name, value in told.items()]
        except InputError as error:
            raise self._error(f"{where}, gates" if where else "[gates]", str(error)) from error
        return [each for each in found if each is not None]

    def _languages(self, told: Mapping[str, object], where: str, default: Sequence[str]) -> tuple[str, ...]:
        value = told.get("languages", list(default))
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self._error(f"{where or 'the plan'}, languages", 'takes a list of codes, such as ["en", "zh"]')
        try:
            return languages_asked(",".join(value))
        except InputError as error:
            raise self._error(f"{where or 'the plan'}, languages", str(error)) from error

    def _out(self, told: Mapping[str, object]) -> Path:
        value = told.get("out", "reports")
        if not isinstance(value, str) or not value:
            raise self._error("out", 'takes a folder, such as out = "reports"')
        return self.path.parent / Path(value).expanduser()

    def _table(self, told: Mapping[str, object], key: str, where: str) -> Mapping[str, object]:
        value = told.get(key, {})
        if not isinstance(value, dict):
            raise self._error(f"{where}, {key}" if where else f"[{key}]", f"takes a table; got {value!r}")
        return value

    def _whole(self, told: Mapping[str, object], key: str) -> int | None:
        value = told.get(key)
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value > 0):
            return value
        raise self._error(key, f"takes a whole number from 1; got {value!r}")

    def _positive(self, told: Mapping[str, object], key: str, what: str) -> float | None:
        value = told.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise self._error(key, f"takes {what}; got {value!r}")
        return float(value)

    def _boolean(self, told: Mapping[str, object], key: str) -> bool:
        value = told.get(key, False)
        if not isinstance(value, bool):
            raise self._error(key, f"takes true or false; got {value!r}")
        return value

    def _one_of(self, told: Mapping[str, object], key: str, options: Sequence[str]) -> str:
        value = told.get(key, options[0])
        if not isinstance(value, str) or value not in options:
            raise self._error(key, f"takes one of {', '.join(options)}; got {value!r}")
        return value

    def _known(self, told: Mapping[str, object], keys: Sequence[str], where: str) -> None:
        for key in told:
            if key not in keys:
                raise self._error(f"{where}, {key}", f"there is no such key. {_near(key, keys)}")

    def _error(self, where: str, what: str) -> InputError:
        return InputError(f"{self.path}: {where}: {what.rstrip('.')}.")


def _near(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, list(known), n=1, cutoff=0.5)
    return (f"Did you mean {near[0]}? " if near else "") + f"Known: {', '.join(known) or 'none'}"


def _part(segment: str) -> str:
    """A segment as part of a page's name.

    >>> _part("Côte d'Or / 2")
    'Côte-d-Or-2'
    """
    return "-".join("".join(c if c.isalnum() else " " for c in segment).split()) or "segment"
