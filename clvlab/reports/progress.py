"""One line a notebook: rewritten as it goes on a terminal, plain lines in a scheduler's log."""

import sys
import time
from typing import IO

from clvlab.reports.shapes import NotebookRecord
from clvlab.reports.times import lasting
from clvlab.words import ENGLISH

_HEARTBEAT = 60.0


class Progress:
    """Report the progress of a run.

    Parameters
    ----------
    stream : text stream, optional
        Standard error unless given.
    """

    def __init__(self, stream: IO[str] | None = None) -> None:
        self.stream = stream or sys.stderr
        self.live = self.stream.isatty()
        self.name = ""
        self.began = self.told = time.monotonic()

    def start(self, name: str) -> None:
        """Report that a notebook starts."""
        self.name = name
        self.began = self.told = time.monotonic()
        self._write(f"{name}: starting", "\r" if self.live else "\n")

    def cell(self, k: int, n: int) -> None:
        """Report that cell k of n starts."""
        now = time.monotonic()
        if self.live or now - self.told >= _HEARTBEAT:
            self.told = now
            took = ENGLISH.say(lasting(now - self.began))
            self._write(f"{self.name}: cell {k} of {n}, {took}", "\r" if self.live else "\n")

    def end(self, record: NotebookRecord) -> None:
        """Report how a notebook ended."""
        took = ENGLISH.say(lasting(record["seconds"]))
        if record["exit_code"] == 0:
            self._write(f"{self.name}: done in {took}, {record['page']}", "\n")
        else:
            first = record["message"].strip().splitlines()[0] if record["message"].strip() else "failed"
            self._write(f"{self.name}: FAILED after {took} (exit code {record['exit_code']}): {first}", "\n")
            self._write(f"{self.name}: see {record['page']}", "\n")

    def warn(self, text: str) -> None:
        """Report something to correct."""
        self._write(f"warning: {text}", "\n")

    def _write(self, text: str, end: str) -> None:
        self.stream.write(("\r\x1b[K" if self.live else "") + text + ("" if self.live and end == "\r" else end))
        self.stream.flush()
