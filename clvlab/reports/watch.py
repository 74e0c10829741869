"""Start the process that executes a notebook, follow it, and end it and its kernel when a limit is reached."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO

from clvlab.reports.execute import DONE, FAILED, KERNEL_DIED, Event, Execution
from clvlab.reports.processes import end_group, new_group
from clvlab.reports.stopping import Limits, Over, resident

_LOG_TAIL = 4000
_TICK = 0.2
_LOOK = 3  # ticks from one look at memory to the next


@dataclass
class Ending:
    """How the execution of a notebook ended."""

    exit_code: int
    name: str = ""
    message: str = ""
    source: str = ""
    traceback: list[str] = field(default_factory=list)
    again: bool = False
    peak: int = 0


def watch(
    job: Execution,
    *,
    environment: Mapping[str, str],
    limits: Limits,
    log: Path,
    on_cell: Callable[[int, int], None],
) -> Ending:
    """Execute one notebook in its own process group.

    Parameters
    ----------
    job : mapping
        What `clvlab.reports.execute` reads.
    environment : mapping
        Environment of the process.
    limits : Limits
        What ends it from outside.
    log : Path
        File that takes what the process prints.
    on_cell : callable
        Called with k and n as cell k of n starts.

    Returns
    -------
    Ending
        The exit code is taken from the exception or the way the process ended.
    """
    over = limits.asked()
    if over is not None:
        return Ending(over.code)
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "clvlab.reports.execute"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stream,
            env=dict(environment),
            text=True,
            encoding="utf-8",
            **new_group(),
        )
    seen: Event = {}
    reader = threading.Thread(target=_follow, args=(process.stdout, seen, on_cell), daemon=True)
    reader.start()
    try:
        if process.stdin is not None:
            try:
                process.stdin.write(json.dumps(job))
                process.stdin.close()
            except BrokenPipeError:
                pass  # it ended at once; its exit code and log tell
        over, peak = _wait(process, limits)
    finally:
        for pid in (process.pid, seen.get("kernel")):
            if pid is not None and (pid != process.pid or process.poll() is None):
                end_group(pid)
        process.wait()
        limits.ended(process.pid)
        reader.join(5)
        if process.stdout is not None:
            process.stdout.close()
    if over is not None:
        return Ending(over.code, message=over.message, source=seen.get("source", ""), again=over.again, peak=peak)
    return replace(_ending(process.returncode, seen, log), peak=peak)


def _wait(process: subprocess.Popen[str], limits: Limits) -> tuple[Over | None, int]:
    """Wait for a process to end, or for a limit; the most memory it held."""
    peak = held = looked = 0
    while True:
        try:
            process.wait(_TICK)
            return None, peak
        except subprocess.TimeoutExpired:
            looked += 1
            if looked % _LOOK == 1:
                held = resident(process.pid)
                peak = max(peak, held)
            over = limits.over(process.pid, held)
            if over is not None:
                return over, peak


def _follow(stream: IO[str] | None, seen: Event, on_cell: Callable[[int, int], None]) -> None:
    for line in stream or ():
        try:
            event: Event = json.loads(line)
        except ValueError:
            continue
        seen.update(event)
        if "cell" in event:
            on_cell(event["cell"], event["of"])


def _ending(returncode: int, seen: Event, log: Path) -> Ending:
    if "exit_code" in seen:
        if seen["exit_code"] == DONE:
            return Ending(DONE)
        return Ending(seen["exit_code"], seen["name"], seen["message"], seen.get("source", ""), list(seen["traceback"]))
    tail = log.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL:].splitlines()
    if returncode < 0:
        return Ending(KERNEL_DIED, "KernelDied", f"(signal {-returncode})", seen.get("source", ""), tail)
    return Ending(FAILED, "RunnerError", tail[-1] if tail else f"exit code {returncode}", "", tail)
