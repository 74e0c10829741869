"""Start and end a process together with everything it started."""

import contextlib
import os
import signal
import subprocess
from typing import TypedDict


class GroupOptions(TypedDict, total=False):
    """Arguments for Popen."""

    creationflags: int
    start_new_session: bool


def new_group() -> GroupOptions:
    """Arguments for Popen that give the process a group of its own."""
    if os.name == "nt":
        return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    return {"start_new_session": True}


def end_group(pid: int) -> None:
    """End a process that leads a group, and all of the group, at once."""
    if os.name == "nt":
        subprocess.run(["taskkill", "/F", "/T", "/PID", str(pid)], capture_output=True, check=False)
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
