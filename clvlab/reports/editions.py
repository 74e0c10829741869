"""The reports folder: one folder per edition, and one link that says which edition is shown.

::

    reports/NAME.html  ->  runs/current/NAME.html
    reports/runs/current  ->  20261127T023000-5c1e.3        the switch
    reports/runs/20261127T023000-5c1e.3/                    pages, files, index.html, manifest.json

An edition is made whole in the run's work folder and then renamed into ``runs``. Every name in the reports folder leads
through ``current``, so that replacing that one link shows page, files, index and manifest of the new edition at once.
A kill before it leaves the last edition shown, a kill after it the new one.
"""

import errno
import json
import os
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from pathlib import Path

from clvlab.errors import InputError

RUNS, CURRENT, MANIFEST = "runs", "current", "manifest.json"


def current(folder: Path) -> Path | None:
    """The edition that is shown; None where none is."""
    link = folder / RUNS / CURRENT
    return link.resolve() if link.is_symlink() and link.is_dir() else None


def place(
    folder: Path,
    edition: str,
    *,
    work: Path,
    fill: Callable[[Path], None],
    without: Collection[str] = (),
    adopted: Collection[str] = (),
) -> None:
    """Show a new edition: the files of the last one but those of ``without``, and those that ``fill`` puts in.

    ``adopted`` are plain files of the reports folder that are known to be of an earlier run.

    Raises
    ------
    OSError
        The disk is full, or the folder cannot be written. The last edition is still shown.
    InputError
        A name is taken by something that no run made. The last edition is still shown.
    """
    last, new = current(folder), work / edition
    try:
        new.mkdir()
        for path in last.iterdir() if last is not None else ():
            if path.name not in without:
                _again(path, new / path.name)
        fill(new)
        names = sorted(path.name for path in new.iterdir())
        _refuse_taken(folder, [name for name in names if name not in adopted], last)
        _keep(new)
        os.rename(new, folder / RUNS / edition)
        if last is not None:  # names lead nowhere yet that the last edition did not have
            lead(folder, names, work)
        _link(edition, folder / RUNS / CURRENT, work)
        lead(folder, names, work)
    finally:
        _tidy(folder, edition, work, last)


def _tidy(folder: Path, edition: str, work: Path, last: Path | None) -> None:
    """Take away what is no longer shown, or was never: a half-made edition, an earlier one of the same run, names."""
    shown = current(folder)
    if shown is None or shown.name != edition:
        shutil.rmtree(work / edition, ignore_errors=True)
        remove(folder, edition)
    elif last is not None and last.name.partition(".")[0] == edition.partition(".")[0]:
        remove(folder, last.name)
    for link in own_links(folder):
        if not link.exists():
            link.unlink()


def lead(folder: Path, names: Sequence[str], work: Path) -> None:
    """Have names of the reports folder lead to the files of the edition shown."""
    for name in names:
        _link(f"{RUNS}/{CURRENT}/{name}", folder / name, work)


def complete(folder: Path, work: Path) -> None:
    """Finish what a kill interrupted just behind the switch: names that do not lead to the edition shown yet."""
    shown = current(folder)
    if shown is not None:
        names = sorted(path.name for path in shown.iterdir())
        _refuse_taken(folder, names, shown)
        lead(folder, names, work)


def own_links(folder: Path) -> Iterator[Path]:
    """Names of the reports folder that lead through ``current``."""
    for path in folder.iterdir():
        if path.is_symlink() and os.readlink(path) == f"{RUNS}/{CURRENT}/{path.name}":
            yield path


def editions(folder: Path) -> list[str]:
    """Names of all editions, oldest first."""
    runs = folder / RUNS
    found = [path.name for path in runs.iterdir() if (path / MANIFEST).is_file()] if runs.is_dir() else []
    return sorted((name for name in found if name != CURRENT), key=lambda name: (name.partition(".")[0], _number(name)))


def remove(folder: Path, edition: str) -> bool:
    """Delete an edition that is not shown: the files its manifest names, and its folder if that leaves it empty."""
    gone, shown = folder / RUNS / edition, current(folder)
    if gone == shown or not gone.is_dir() or gone.is_symlink():
        return False
    try:
        named = json.loads((gone / MANIFEST).read_text(encoding="utf-8"))["names"]
        names = {name for name in named if name == Path(name).name} - {MANIFEST}
    except (OSError, ValueError, KeyError, TypeError):
        return False  # nothing says which files are its own
    for name in names:
        (gone / name).unlink(missing_ok=True)
    if {path.name for path in gone.iterdir()} != {MANIFEST}:
        return False  # somebody put files of their own there
    (gone / MANIFEST).unlink()  # last, for it is the proof
    gone.rmdir()
    return True


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader finds the old one or the new one, never a part; the umask decides who reads it."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, path)


def _number(edition: str) -> int:
    number = edition.partition(".")[2]
    return int(number) if number.isdigit() else 0


def _again(path: Path, target: Path) -> None:
    """The same file once more: a second name of it, or a copy where the file system has one name a file."""
    try:
        os.link(path, target)
    except OSError as error:
        if error.errno not in (errno.EPERM, errno.EXDEV, errno.ENOTSUP, errno.EMLINK, errno.EACCES):
            raise
        shutil.copyfile(path, target)


def _refuse_taken(folder: Path, names: Sequence[str], last: Path | None) -> None:
    taken = next((name for name in names if not _free(folder, name, last)), None)
    if taken is not None:
        raise InputError(
            f"{folder / taken} was not made by a run, and is left as it is: move it away, or choose another --out."
        )


def _free(folder: Path, name: str, last: Path | None) -> bool:
    """Whether a name may lead to the new edition: nothing is there, our own link, or the very file of the edition."""
    path = folder / name
    if path.is_symlink():
        return os.readlink(path) == f"{RUNS}/{CURRENT}/{name}"
    if not path.exists():
        return True
    own = None if last is None else last / name
    if own is None or not own.is_file() or not path.is_file():
        return False
    return path.read_bytes() == own.read_bytes() or (name == MANIFEST and _begins(own, path))


def _begins(own: Path, path: Path) -> bool:
    """Whether all runs of a manifest are recorded in another, too."""
    try:
        runs, others = (json.loads(each.read_text(encoding="utf-8"))["runs"] for each in (path, own))
        return bool(others[: len(runs)] == runs)
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _keep(new: Path) -> None:
    """Have the disk keep what was written before anything leads to it."""
    fresh = [path for path in new.iterdir() if path.stat().st_nlink == 1]  # others were kept before
    for path in [*fresh, new]:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.EBADF, errno.EACCES):
                raise
        finally:
            os.close(handle)


def _link(to: str, path: Path, work: Path) -> None:
    if path.is_symlink() and os.readlink(path) == to:
        return
    new = work / "link"
    new.unlink(missing_ok=True)
    os.symlink(to, new)
    os.replace(new, path)
