"""What ends a run from outside: a signal, the time limit, the memory it may take."""

import os
import signal
import threading
import time
from dataclasses import dataclass, field
from types import FrameType

import psutil

from clvlab.reports.execute import FAILED, KERNEL_DIED, TIMED_OUT


class Stop:
    """TERM and Ctrl-C ask a run to end itself; a second one ends it at once. A closed terminal ends nothing."""

    def __init__(self) -> None:
        self.signal = 0

    def listen(self) -> None:
        """Take the signals of this process."""
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, self._asked)
        if os.name != "nt":
            signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def __call__(self) -> bool:
        """Whether the run is asked to end."""
        return self.signal != 0

    @property
    def code(self) -> int:
        """The exit code of a run that was asked to end."""
        return 128 + self.signal

    def _asked(self, signum: int, _frame: FrameType | None) -> None:
        if self.signal:
            raise SystemExit(self.code)
        self.signal = signum


@dataclass(frozen=True)
class Over:
    """Why a notebook is ended from outside: the exit code, and a message."""

    code: int
    message: str = ""
    again: bool = False


@dataclass
class Limits:
    """What notebooks may take together.

    Parameters
    ----------
    stop : Stop
        Whether somebody asks to end.
    deadline : float, optional
        Time at which all is ended, by ``time.monotonic()``.
    memory : int, optional
        Bytes that all notebooks may hold at once. The one that started last gives way, and runs again alone.
    given_up : bool
        Whether the run cannot go on.
    """

    stop: Stop = field(default_factory=Stop)
    deadline: float | None = None
    memory: int | None = None
    given_up: bool = False
    _held: dict[int, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def asked(self) -> Over | None:
        """Whether the whole run is to be ended now."""
        if self.stop():
            return Over(self.stop.code)
        if self.given_up:
            return Over(FAILED)
        if self.deadline is not None and time.monotonic() >= self.deadline:
            return Over(TIMED_OUT)
        return None

    def over(self, pid: int, held: int) -> Over | None:
        """Whether the notebook of this process, which holds so many bytes, is to be ended now."""
        return self.asked() or (None if self.memory is None else self._too_large(pid, held, self.memory))

    def ended(self, pid: int) -> None:
        """Count a process no longer."""
        with self._lock:
            self._held.pop(pid, None)

    def _too_large(self, pid: int, held: int, memory: int) -> Over | None:
        with self._lock:
            self._held[pid] = held
            if sum(self._held.values()) <= memory:
                return None
            if len(self._held) == 1:
                text = f"It held {held / 1e9:.2f} GB of memory; the run may take {memory / 1e9:.2f} GB."
                return Over(KERNEL_DIED, text)
            return Over(KERNEL_DIED, again=True) if pid == list(self._held)[-1] else None


def resident(pid: int) -> int:
    """Bytes of memory that a process and those it started hold."""
    found = 0
    try:
        leader = psutil.Process(pid)
        for each in [leader, *leader.children(recursive=True)]:
            try:
                found += each.memory_info().rss
            except psutil.Error:
                continue
    except psutil.Error:
        return found
    return found
