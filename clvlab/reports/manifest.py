"""``manifest.json``: what was run, on what, with what, and what became of it. Newest run last."""

import hashlib
import json
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from clvlab.errors import InputError
from clvlab.reports.editions import MANIFEST, write_whole
from clvlab.reports.shapes import InputRecord, Manifest, NotebookRecord, PastRecord, RunRecord

KEPT_RUNS = 200
FORMAT = 2
_PACKAGES = ("clvlab", "nutpie", "numpy", "scipy", "pandas", "statsmodels", "duckdb",
             "matplotlib", "papermill", "nbconvert")  # fmt: skip


def load(folder: Path) -> Manifest:
    """What is recorded in a reports folder, or in an edition of it.

    Returns
    -------
    dict
        ``runs`` are oldest first; none where there is no manifest.

    Raises
    ------
    InputError
        There is one that cannot be read.
    """
    path = folder / MANIFEST
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {"format": FORMAT, "names": [], "runs": [], "past": []}
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    if not _well_formed(found):
        raise InputError(f"{path} is no record of runs, or of a later version of clvlab.")
    return {"format": FORMAT, "names": [], "runs": found["runs"], "past": found.get("past", [])}


def _well_formed(found: object) -> bool:
    if not isinstance(found, dict) or not isinstance(found.get("runs"), list) or found.get("format", 1) not in (1, 2):
        return False
    runs = found["runs"]
    if not all(isinstance(run, dict) and isinstance(run.get("notebooks"), list) for run in runs):
        return False
    needed = {"notebook", "started", "seconds", "exit_code", "parameters", "files", "page"}
    return all(isinstance(each, dict) and needed <= set(each) for run in runs for each in run["notebooks"])


def with_run(known: Manifest, run: RunRecord) -> Manifest:
    """Put a run in, in the place of what was recorded of it before. Old runs go, but for each page's last good one.

    Of good runs that go, the headline numbers are kept.
    """
    runs = [each for each in known["runs"] if each.get("id") != run.get("id") or "id" not in each]
    runs, past = [*runs, run], known["past"]
    if len(runs) > KEPT_RUNS:
        needed = {id(r) for name in notebook_names(runs) if (r := _run_of(last_good(runs, name), runs))}
        needed |= {id(r) for r in runs[-KEPT_RUNS:]}
        past = [*past, *(told for each in runs if id(each) not in needed for told in in_short(each))]
        runs = [r for r in runs if id(r) in needed]
    return {"format": FORMAT, "names": known["names"], "runs": runs, "past": past}


def in_short(run: RunRecord) -> list[PastRecord]:
    """The headline numbers of what was done in a run."""
    return [
        {"notebook": each["notebook"], "started": each["started"], "parameters": each["parameters"],
         "freshness": each["results"].get("freshness", {}), "values": headline(each)}
        for each in run["notebooks"]
        if each["exit_code"] == 0
    ]  # fmt: skip


def headline(record: NotebookRecord) -> dict[str, float | None]:
    """Headline numbers by what they are, read from the answer as JSON: exhibits are heavy to import."""
    answer = record.get("results", {}).get("answer")
    fields = answer.get("fields") if isinstance(answer, dict) else None
    metrics = fields.get("metrics") if isinstance(fields, dict) else None
    found: dict[str, float | None] = {}
    for metric in metrics if isinstance(metrics, list) else []:
        told = metric.get("fields") if isinstance(metric, dict) else None
        label = told.get("label") if isinstance(told, dict) else None
        if isinstance(told, dict) and isinstance(label, dict):
            value = told.get("value")
            found[str(label.get("code"))] = float(value) if isinstance(value, int | float) else None
    return found


def write(folder: Path, told: Manifest) -> None:
    """Write ``manifest.json`` of an edition; it names every file there."""
    names = sorted({path.name for path in folder.iterdir()} | {MANIFEST})
    write_whole(folder / MANIFEST, json.dumps({**told, "names": names}, ensure_ascii=False, indent=1))


def _run_of(record: NotebookRecord | None, runs: list[RunRecord]) -> RunRecord | None:
    return next((run for run in runs if any(r is record for r in run["notebooks"])), None)


def notebook_names(runs: list[RunRecord]) -> list[str]:
    """Names of all notebooks ever run here."""
    return sorted({record["notebook"] for run in runs for record in run["notebooks"]})


def files_of_others(runs: list[RunRecord], name: str) -> set[str]:
    """Files that the last good runs of other notebooks wrote."""
    good = [last_good(runs, other) for other in notebook_names(runs) if other != name]
    return {file for record in good if record is not None for file in record["files"]}


def last(runs: list[RunRecord], name: str) -> NotebookRecord | None:
    """Return the latest record of a notebook, good or bad."""
    return next((r for run in reversed(runs) for r in run["notebooks"] if r["notebook"] == name), None)


def last_good(runs: list[RunRecord], name: str) -> NotebookRecord | None:
    """Return the latest record of a notebook that was done."""
    return next(
        (r for run in reversed(runs) for r in run["notebooks"] if r["notebook"] == name and r["exit_code"] == 0),
        None,
    )


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that decide the numbers."""
    found = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def commit(folder: Path) -> str | None:
    """Return the git commit of a folder, with ``+`` where files were changed since; None outside git."""

    def git(*arguments: str) -> str:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=20, check=True
        )
        return done.stdout.strip()

    try:
        return git("rev-parse", "HEAD") + ("+" if git("status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.SubprocessError):
        return None


def describe_input(path: Path) -> InputRecord:
    """Name, size, SHA-256 and rows of an input file.

    Rows of a Parquet file come from its header; of a text file, they are its lines but the first, so that a
    line break inside quotes counts as a row. What a notebook reports as rows read takes precedence in the
    run's record.
    """
    digest = hashlib.sha256()
    lines, end = 0, b"\n"
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
            lines += block.count(b"\n")
            end = block[-1:]
    rows: int | None = None
    if path.suffix in (".csv", ".tsv", ".txt"):
        rows = max(0, lines + (end != b"\n") - 1)
    elif path.suffix == ".parquet":
        import pyarrow.parquet

        rows = pyarrow.parquet.read_metadata(path).num_rows
    return {"name": path.name, "bytes": path.stat().st_size, "sha256": digest.hexdigest(), "rows": rows}
