"""Runs that never began: bad parameters, a busy folder. The next run takes them into the record."""

import json
from datetime import datetime
from pathlib import Path

from clvlab.reports import editions
from clvlab.reports.identity import new_id
from clvlab.reports.shapes import RunRecord


def refuse(folder: Path, code: int, message: str) -> None:
    """Note that a run was refused, if earlier runs left a record in this folder; without holding it."""
    if editions.current(folder) is None:
        return
    run: RunRecord = {
        "id": new_id(), "started": datetime.now().astimezone().isoformat(timespec="seconds"), "seconds": 0.0,
        "exit_code": code, "message": message, "versions": {}, "commit": None, "not_run": [], "notebooks": [],
    }  # fmt: skip
    try:
        with _file(folder).open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(run) + "\n")
    except OSError:
        return  # what cannot be noted was still said, with its exit code


def refused(folder: Path) -> list[RunRecord]:
    """What was noted and is in no manifest yet."""
    try:
        lines = _file(folder).read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return []
    found = []
    for line in lines:
        try:
            run: RunRecord = json.loads(line)
        except ValueError:
            continue
        found.append(run)
    return found


def forget(folder: Path, known: list[RunRecord]) -> None:
    """Delete the notes once a manifest has them all."""
    if {run["id"] for run in refused(folder)} <= {run["id"] for run in known if "id" in run}:
        _file(folder).unlink(missing_ok=True)


def _file(folder: Path) -> Path:
    return folder / ".refused"
