"""Which earlier runs may go: all but the last N, the last good one, and the one that is shown."""

import json
from dataclasses import dataclass
from pathlib import Path

from clvlab.reports import editions


@dataclass(frozen=True)
class Old:
    """An edition that may go, and what deleting it frees: files that later editions share free nothing."""

    name: str
    frees: int


def old_editions(folder: Path, keep: int) -> list[Old]:
    """Editions that may go, oldest first.

    Parameters
    ----------
    folder : Path
        The reports folder.
    keep : int
        How many of the latest runs stay.
    """
    every, shown = editions.editions(folder), editions.current(folder)
    good = [name for name in every if _good(folder / editions.RUNS / name)]
    stay = {*every[-keep:], *good[-1:], *([shown.name] if shown is not None else [])}
    return [Old(name, _frees(folder / editions.RUNS / name)) for name in every if name not in stay]


def remove_old(folder: Path, keep: int) -> list[Old]:
    """Delete them; those that hold files of somebody else stay. The folder must be held."""
    return [old for old in old_editions(folder, keep) if editions.remove(folder, old.name)]


def _good(edition: Path) -> bool:
    """Whether the run that made an edition was good; its id tells which of its manifest's runs that is."""
    try:
        runs = json.loads((edition / editions.MANIFEST).read_text(encoding="utf-8"))["runs"]
        return any(r.get("id") == edition.name.partition(".")[0] and r.get("exit_code") == 0 for r in runs)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _frees(edition: Path) -> int:
    return sum(path.stat().st_size for path in edition.iterdir() if path.is_file() and path.stat().st_nlink == 1)
