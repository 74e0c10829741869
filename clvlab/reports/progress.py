"""How far a run is: one line that is rewritten on a terminal, plain lines in a scheduler's log."""

import sys
import threading
import time
from typing import IO

from clvlab.reports.shapes import NotebookRecord
from clvlab.reports.times import lasting
from clvlab.words import ENGLISH

_HEARTBEAT = 60.0


class Progress:
    """Report the progress of a run. A terminal or pipe that was closed, or a full disk, silences it and no more.

    Parameters
    ----------
    stream : text stream, optional
        Standard error unless given.
    """

    def __init__(self, stream: IO[str] | None = None) -> None:
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self._lock = threading.Lock()
        self._running: dict[str, str] = {}
        self._began: dict[str, float] = {}
        self._told: dict[str, float] = {}
        self._all = self._ended = 0

    def expect(self, n: int) -> None:
        """Report how many notebooks are to run."""
        self._all, self._ended = n, 0

    def start(self, name: str) -> None:
        """Report that a notebook starts."""
        with self._lock:
            self._began[name] = self._told[name] = time.monotonic()
            self._running[name] = name
            self._line(f"{name}: starting")

    def cell(self, name: str, k: int, n: int) -> None:
        """Report that cell k of n starts."""
        with self._lock:
            now = time.monotonic()
            took = ENGLISH.say(lasting(now - self._began.get(name, now)))
            self._running[name] = f"{name} {k}/{n}"
            if self.live or now - self._told.get(name, now) >= _HEARTBEAT:
                self._told[name] = now
                self._line(f"{name}: cell {k} of {n}, {took}")

    def end(self, record: NotebookRecord) -> None:
        """Report how a notebook ended."""
        with self._lock:
            name, took = record["notebook"], ENGLISH.say(lasting(record["seconds"]))
            self._running.pop(name, None)
            self._ended += 1
            if record["exit_code"] == 0:
                self._write(f"{name}: done in {took}, {record['page']}")
            else:
                first = record["message"].strip().splitlines()[0] if record["message"].strip() else "failed"
                self._write(f"{name}: FAILED after {took} (exit code {record['exit_code']}): {first}")
                if record["page"]:
                    self._write(f"{name}: see {record['page']}")

    def unchanged(self, name: str, since: str) -> None:
        """Report that a notebook need not run."""
        with self._lock:
            self._ended += 1
            self._write(f"{name}: unchanged since {since[:16].replace('T', ' ')} (--force runs it all the same)")

    def warn(self, text: str) -> None:
        """Report something to correct."""
        with self._lock:
            self._write(f"warning: {text}")

    def say(self, text: str) -> None:
        """Report something to know."""
        with self._lock:
            self._write(text)

    def _line(self, text: str) -> None:
        """What is under way: on a terminal in the place of what stood there, all that runs in one line."""
        if not self.live:
            self._write(text)
        elif self._all > 1:
            self._put(f"\r\x1b[K{self._ended} of {self._all} done; {', '.join(self._running.values())}"[:200])
        else:
            self._put(f"\r\x1b[K{text}")

    def _write(self, text: str) -> None:
        self._put(("\r\x1b[K" if self.live else "") + text + "\n")

    def _put(self, text: str) -> None:
        try:
            self.stream.write(text)
            self.stream.flush()
        except (OSError, ValueError):
            return
