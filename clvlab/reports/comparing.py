"""Compare two runs: headline numbers, data, parameters, versions, and how they ended."""

from collections.abc import Mapping, Sequence
from typing import TypedDict

from clvlab.errors import InputError
from clvlab.reports.history import a_year_before, day_of, history_of
from clvlab.reports.manifest import headline, last_good
from clvlab.reports.shapes import Manifest, NotebookRecord, RunRecord


class Change(TypedDict):
    """One thing that differs, or a headline number: what it is, before and after."""

    notebook: str
    what: str
    before: object
    after: object


def find_run(told: Manifest, text: str) -> RunRecord:
    """A run by its id or the beginning of it, by its start, or by its place from the end: ``-1`` is the latest.

    Raises
    ------
    InputError
        None or several are meant.
    """
    runs = told["runs"]
    if text.lstrip("-").isdigit() and len(text) < 5:
        place = int(text)
        if place < 0 and -place <= len(runs):
            return runs[place]
    else:
        start = text.replace(" ", "T")
        found = [each for each in runs if each.get("id", "").startswith(text) or each["started"].startswith(start)]
        if len(found) == 1:
            return found[0]
        if found:
            raise InputError(
                f"{len(found)} runs begin with {text!r}: give more of the id (clvlab runs --json lists them)."
            )
    raise InputError(
        f"There is no run {text!r}. Name one by its id, its start (2026-11-27T02:30), or -1 for the latest, -2 for the "
        f"one before; {len(runs)} are recorded."
    )


def compare(told: Manifest, before: RunRecord, after: RunRecord) -> list[Change]:
    """What differs between two runs, page by page: headline numbers always, the rest where it differs.

    A page that did not run in one of them, for nothing had changed, stands there as of its last good run.
    """
    changes = [Change(notebook="", what=f"version of {name}", before=a, after=b)
               for name, a, b in _different(before["versions"], after["versions"])]  # fmt: skip
    for name in dict.fromkeys([*_names(after), *_names(before)]):
        old, new = _record(told, before, name), _record(told, after, name)
        if old is None or new is None:
            changes.append(Change(notebook=name, what="page", before=_there(old), after=_there(new)))
            continue
        values, now = headline(old), headline(new)
        changes += [Change(notebook=name, what=key, before=values.get(key), after=value) for key, value in now.items()]
        changes += [Change(notebook=name, what=what, before=a, after=b) for what, a, b in _apart(old, new)]
    return changes


def against_last_year(told: Manifest, run: RunRecord) -> list[Change]:
    """Headline numbers of a run against those of the same time last year, where a run then asked the same question."""
    found: list[Change] = []
    for name in _names(run):
        record = _record(told, run, name)
        known = [] if record is None else history_of(told, name, record["parameters"])
        own = next((each for each in known if record is not None and each["started"] == record["started"]), None)
        then = None if own is None else a_year_before(known, day_of(own))
        if own is not None and then is not None:
            found += [Change(notebook=name, what=f"{key} ({day_of(then)})", before=then["values"].get(key), after=value)
                      for key, value in own["values"].items()]  # fmt: skip
    return found


def _apart(old: NotebookRecord, new: NotebookRecord) -> list[tuple[str, object, object]]:
    """What else differs."""
    found: list[tuple[str, object, object]] = []
    if old["exit_code"] != new["exit_code"]:
        found.append(("exit code", old["exit_code"], new["exit_code"]))
    found += [(f"parameter {name}", a, b) for name, a, b in _different(old["parameters"], new["parameters"])]
    first, second = dict(old["results"].get("freshness", {})), dict(new["results"].get("freshness", {}))
    found += [(f"data: {name}", a, b) for name, a, b in _different(first, second)]
    inputs, later = (
        {f"{i.get('parameter', '')} {i['name']}": i["sha256"][:12] for i in r["inputs"]} for r in (old, new)
    )
    found += [(f"input {name}", a, b) for name, a, b in _different(inputs, later)]
    gates, then = ({each["gate"]: each["state"] for each in r.get("gates", [])} for r in (old, new))
    found += [(f"check {name}", a, b) for name, a, b in _different(gates, then)]
    return found


def _different(a: Mapping[str, object], b: Mapping[str, object]) -> list[tuple[str, object, object]]:
    return [(name, a.get(name), b.get(name)) for name in dict.fromkeys([*a, *b]) if a.get(name) != b.get(name)]


def _names(run: RunRecord) -> Sequence[str]:
    return [*(each["notebook"] for each in run["notebooks"]), *run.get("unchanged", [])]


def _record(told: Manifest, run: RunRecord, name: str) -> NotebookRecord | None:
    own = next((each for each in run["notebooks"] if each["notebook"] == name), None)
    if own is None and name in run.get("unchanged", []):
        return last_good(told["runs"][: told["runs"].index(run)], name)
    return own


def _there(record: NotebookRecord | None) -> str:
    return "not run" if record is None else "run"
