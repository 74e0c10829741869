"""Run one notebook in a process of its own: ``python -m clvlab.reports.execute``, the job on standard input.

Parameters come by standard input because they may hold secrets, and a command line can be read by others.
Standard output carries one JSON object a line: the kernel's process, each cell as it starts, and how it
ended. The last one is the truth about the run; cell metadata is not, for papermill marks cells completed
when the kernel died.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypedDict, Unpack

from clvlab.reports.shapes import Cell

DONE, FAILED, BAD_INPUT, TIMED_OUT, KERNEL_DIED = 0, 1, 2, 124, 138


class Execution(TypedDict):
    """What is asked: files, the values given, the folder to run in, and one to work in."""

    notebook: str
    executed: str
    parameters: Mapping[str, object]
    cwd: str
    work: str


class Event(TypedDict, total=False):
    """What is told: the kernel's process; the cell that starts, of how many; how all ended."""

    kernel: int
    cell: int
    of: int
    index: int
    source: str
    exit_code: int
    name: str
    message: str
    traceback: list[str]


class Tell(Protocol):
    """Writes an event."""

    def __call__(self, **event: Unpack[Event]) -> None: ...


@dataclass
class _Started:
    """The cell that started last: which among those of code, and among all."""

    code: int = 0
    index: int = 0
    source: str = ""


def main() -> int:
    """Run the job on standard input; return the exit code."""
    job: Execution = json.load(sys.stdin)
    # what libraries print must not mix with the events
    events = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    lock = threading.Lock()

    def tell(**event: Unpack[Event]) -> None:
        with lock:
            events.write(json.dumps(event) + "\n")
            events.flush()

    kernels: list[int] = []
    threading.Thread(target=_end_with_parent, args=(os.getppid(), kernels), daemon=True).start()
    return _run(job, tell, kernels)


def _run(job: Execution, tell: Tell, kernels: list[int]) -> int:
    import nbformat
    from jupyter_client.manager import AsyncKernelManager
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError
    from papermill.execute import execute_notebook

    _use_this_python(Path(job["work"]))
    cells = nbformat.read(job["notebook"], as_version=4).cells
    total = sum(cell.cell_type == "code" for cell in cells) + bool(job["parameters"])
    started = _Started()

    class KernelManager(AsyncKernelManager):
        # the kernel leads a process group of its own, which the runner must know in order to end it
        async def _async_launch_kernel(self, kernel_cmd: list[str], **kw: object) -> None:
            await super()._async_launch_kernel(kernel_cmd, **kw)
            pid = getattr(self.provisioner, "pid", None)
            if pid:
                kernels.append(pid)
                tell(kernel=pid)

    def on_cell_start(cell: Cell, cell_index: int) -> None:
        if cell.cell_type == "code":
            started.code, started.index, started.source = started.code + 1, cell_index, cell.source
            tell(cell=started.code, of=total, index=cell_index, source=cell.source)

    def ended(code: int, name: str = "", message: str = "", traceback: Sequence[str] = ()) -> int:
        told: Event = {"exit_code": code, "index": started.index, "source": started.source}
        if code != DONE:
            told |= {"name": name, "message": message, "traceback": list(traceback)}
        tell(**told)
        return code

    def literally(path: str) -> str:
        return path.replace("{", "{{").replace("}", "}}")  # papermill fills braces in paths

    try:
        executed = execute_notebook(
            literally(job["notebook"]),
            literally(job["executed"]),
            parameters=job["parameters"],
            kernel_name="python3",
            language="python",
            progress_bar=False,
            start_timeout=120,
            cwd=job["cwd"],
            on_cell_start=on_cell_start,
            kernel_manager_class=KernelManager,
            store_widget_state=False,
        )
    except PapermillExecutionError as error:
        code = BAD_INPUT if error.ename == "InputError" else FAILED
        return ended(code, name=error.ename, message=error.evalue, traceback=list(error.traceback))
    except DeadKernelError:
        return ended(KERNEL_DIED, name="KernelDied", message="", traceback=[])
    except Exception as error:
        import traceback

        dead = "Kernel died" in str(error)
        text = traceback.format_exc().splitlines()
        return ended(KERNEL_DIED if dead else FAILED, name=type(error).__name__, message=str(error), traceback=text)
    left = sum(cell.cell_type == "code" for cell in executed.cells) - started.code
    exits = [output.get("evalue", "") for cell in executed.cells for output in cell.get("outputs", [])
             if output.get("output_type") == "error" and output.get("ename") == "SystemExit"]  # fmt: skip
    if exits and left > 0:  # papermill takes an exit without a code for the end
        return ended(FAILED, name="SystemExit", message=f"{left} cells were not run.")
    return ended(DONE)


def _use_this_python(work: Path) -> None:
    """Give the kernel this interpreter, whatever kernels the user has registered."""
    spec = work / "jupyter" / "kernels" / "python3"
    spec.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel = {
        "argv": command,
        "display_name": "Python 3",
        "language": "python",
        "metadata": {"debugger": False},
    }
    (spec / "kernel.json").write_text(json.dumps(kernel), encoding="utf-8")
    paths = [str(work / "jupyter"), os.environ.get("JUPYTER_PATH", "")]
    os.environ["JUPYTER_PATH"] = os.pathsep.join(path for path in paths if path)
    # the user's start-up scripts would change the run, and the user's history would keep its secrets
    os.environ["IPYTHONDIR"] = str(work / "ipython")
    os.environ["JUPYTER_RUNTIME_DIR"] = str(work / "runtime")


def _end_with_parent(parent: int, kernels: list[int]) -> None:
    """End the kernel and this process when the runner is gone, even if it was killed outright."""
    while os.getppid() == parent:
        time.sleep(1)
    from clvlab.reports.processes import end_group

    for pid in kernels:
        end_group(pid)
    os._exit(FAILED)


if __name__ == "__main__":
    sys.exit(main())
