"""Start the process that executes a notebook, follow it, and end it and its kernel when time is up."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from clvlab.reports.execute import DONE, FAILED, KERNEL_DIED, TIMED_OUT, Event, Execution
from clvlab.reports.processes import end_group, new_group

_LOG_TAIL = 4000


@dataclass
class Ending:
    """How the execution of a notebook ended."""

    exit_code: int
    name: str = ""
    message: str = ""
    source: str = ""
    traceback: list[str] = field(default_factory=list)


def watch(
    job: Execution,
    *,
    environment: Mapping[str, str],
    deadline: float | None,
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
    deadline : float, optional
        ``time.monotonic()`` at which everything is ended.
    log : Path
        File that takes what the process prints.
    on_cell : callable
        Called with k and n as cell k of n starts.

    Returns
    -------
    Ending
        The exit code is taken from the exception or the way the process ended.
    """
    if deadline is not None and time.monotonic() >= deadline:
        return Ending(TIMED_OUT)
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
        process.wait(None if deadline is None else max(0.0, deadline - time.monotonic()))
        timed_out = False
    except subprocess.TimeoutExpired:
        timed_out = True
    finally:
        for pid in (process.pid, seen.get("kernel")):
            if pid is not None and (pid != process.pid or process.poll() is None):
                end_group(pid)
        process.wait()
        reader.join(5)
        if process.stdout is not None:
            process.stdout.close()
    if timed_out:
        return Ending(TIMED_OUT, source=seen.get("source", ""))
    return _ending(process.returncode, seen, log)


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
