"""``manifest.json``: what was run, on what, with what, and what became of it. Newest run last."""

import hashlib
import json
import os
import platform
import subprocess
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from clvlab.reports.shapes import InputRecord, NotebookRecord, RunRecord

KEPT_RUNS = 200
_PACKAGES = ("clvlab", "pymc", "pytensor", "nutpie", "numpy", "scipy", "pandas", "statsmodels", "duckdb",
             "matplotlib", "papermill", "nbconvert")  # fmt: skip


def load(folder: Path) -> list[RunRecord]:
    """Runs recorded in a reports folder, oldest first.

    Parameters
    ----------
    folder : Path
        The reports folder.

    Returns
    -------
    list of dict
        Empty where there is no manifest, or none that can be read.
    """
    try:
        runs: list[RunRecord] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["runs"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return runs


def append(folder: Path, run: RunRecord) -> list[RunRecord]:
    """Add a run; return all. Old runs go, but for each page's last good one."""
    runs = [*load(folder), run]
    if len(runs) > KEPT_RUNS:
        needed = {id(r) for name in notebook_names(runs) if (r := _run_of(last_good(runs, name), runs))}
        recent = {id(r) for r in runs[-KEPT_RUNS:]}
        runs = [r for r in runs if id(r) in needed | recent]
    write_whole(folder / "manifest.json", json.dumps({"format": 1, "runs": runs}, ensure_ascii=False, indent=1))
    return runs


def _run_of(record: NotebookRecord | None, runs: list[RunRecord]) -> RunRecord | None:
    return next((run for run in runs if any(r is record for r in run["notebooks"])), None)


def notebook_names(runs: list[RunRecord]) -> list[str]:
    """Names of all notebooks ever run here."""
    return sorted({record["notebook"] for run in runs for record in run["notebooks"]})


def last(runs: list[RunRecord], name: str) -> NotebookRecord | None:
    """Return the latest record of a notebook, good or bad."""
    return next((r for run in reversed(runs) for r in run["notebooks"] if r["notebook"] == name), None)


def last_good(runs: list[RunRecord], name: str) -> NotebookRecord | None:
    """Return the latest record of a notebook that was done."""
    return next(
        (r for run in reversed(runs) for r in run["notebooks"] if r["notebook"] == name and r["exit_code"] == 0),
        None,
    )


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader finds the old one or the new one, never a part."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)


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
