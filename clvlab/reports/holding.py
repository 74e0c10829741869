"""Hold the reports folder for one run, and clear away what a run that was killed left there.

Before a run makes anything it writes its id to ``.lock-holder``. All it makes bears that id: its work folder
``.work-ID``, and editions ``runs/ID.K``. Where the next run finds the file, the one before was killed, and what bears
its id is deleted, unless it is shown; nothing else is.
"""

import errno
import os
import shutil
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from clvlab.errors import InputError
from clvlab.reports import editions

if TYPE_CHECKING:
    from filelock import BaseFileLock

_PATIENCE = 15.0


class Busy(InputError):
    """Another run holds the folder."""


@contextmanager
def held(folder: Path, run: str, wait: float, stopped: Callable[[], bool] = lambda: False) -> Iterator[Path]:
    """Hold the folder; the work folder of the run, which is gone afterwards.

    Raises
    ------
    Busy
        Another run holds it and did not end within ``wait`` seconds.
    InputError
        It cannot be made or written, or its file system has no symbolic links.
    """
    from filelock import FileLock

    work = folder / f".work-{run}"
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(folder / ".lock")
            _acquire(lock, folder, time.monotonic() + wait, stopped)
            stack.callback(lock.release)
            _sweep(folder)
            stack.callback(_clear, folder, work)
            _write_holder(folder, run)
            work.mkdir(mode=0o700)  # a notebook at work may hold secrets
            _have_links(work)
            (folder / editions.RUNS).mkdir(exist_ok=True)
        except OSError as error:
            raise InputError(
                f"The reports folder {folder} cannot be written: {error.strerror or error}. Choose another --out, or "
                "make room and the right to write there."
            ) from error
        yield work


def is_held(folder: Path) -> bool:
    """Whether a run holds the folder now."""
    from filelock import FileLock, Timeout

    lock = FileLock(folder / ".lock")
    try:
        with lock.acquire(timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # a folder that can only be read: another process may hold it all the same
        return _held_elsewhere(folder / ".lock")


def _held_elsewhere(lock: Path) -> bool:
    """Whether a lock that cannot be written is held; not, where that cannot be seen."""
    try:
        import fcntl

        with lock.open("rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (ImportError, OSError):
        return False
    return False


def _acquire(lock: "BaseFileLock", folder: Path, until: float, stopped: Callable[[], bool]) -> None:
    from filelock import Timeout

    while True:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if time.monotonic() >= until or stopped():
                raise Busy(_said(folder)) from None
            time.sleep(0.2)
        else:
            return


def _clear(folder: Path, work: Path) -> None:
    _delete(work)
    if not work.exists():
        _holder(folder).unlink(missing_ok=True)


def _sweep(folder: Path) -> None:
    """Delete what runs left that were killed."""
    shown = editions.current(folder)
    for run in _left(folder):
        _delete(folder / f".work-{run}")
        for edition in editions.editions(folder):
            if edition.partition(".")[0] == run and (shown is None or edition != shown.name):
                editions.remove(folder, edition)
        for link in editions.own_links(folder):
            if not link.exists():
                link.unlink()


def _left(folder: Path) -> list[str]:
    try:
        lines = _holder(folder).read_text(encoding="utf-8").splitlines()[1:]
    except (OSError, ValueError):
        return []
    return [line for line in lines if line == Path(line).name and not line.startswith(".")]


def _write_holder(folder: Path, run: str) -> None:
    since = datetime.now().astimezone().isoformat(sep=" ", timespec="seconds")
    still = [each for each in _left(folder) if (folder / f".work-{each}").exists()]
    lines = [f"process {os.getpid()} on {socket.gethostname()} since {since}", *still, run]
    _holder(folder).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _holder(folder: Path) -> Path:
    return folder / ".lock-holder"


def _said(folder: Path) -> str:
    try:
        who = _holder(folder).read_text(encoding="utf-8").splitlines()[0]
    except (OSError, ValueError, IndexError):
        who = "another run"
    return f"The reports folder {folder} is in use by {who}. Wait for it with --wait SECONDS, or choose another --out."


def _delete(work: Path) -> None:
    """Delete a work folder; kernels of a killed run write there for a second yet."""
    until = time.monotonic() + _PATIENCE
    refused: list[BaseException] = []
    while work.is_dir() and not work.is_symlink():
        shutil.rmtree(work, onexc=lambda _, __, error: refused.append(error))
        if not work.exists() or time.monotonic() > until or any(map(_for_good, refused)):
            return
        time.sleep(0.1)


def _for_good(error: BaseException) -> bool:
    """Whether waiting is of no use: the file system has become read-only."""
    return isinstance(error, OSError) and error.errno == errno.EROFS


def _have_links(work: Path) -> None:
    try:
        (work / "link").symlink_to("nowhere")
        (work / "link").unlink()
    except (OSError, NotImplementedError) as error:
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO):
            raise
        raise InputError(
            f"The file system of {work.parent} has no symbolic links, by which a run shows its pages at once: choose "
            "another --out. On Windows, turn on Developer Mode."
        ) from error
