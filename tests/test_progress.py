"""Long work shows how far it is in a terminal, and nothing in a log."""

import os
import pty
import subprocess
import sys
import termios
from collections.abc import Mapping

import pytest

from clvlab import progress

COMPARE = """
import clvlab as clv
field = {"last period": clv.baselines.LastPeriod(), "customer mean": clv.baselines.CustomerMean()}
clv.compare(field, clv.datasets.cdnow(), calibration_end="1997-09-30")
"""


def on_a_terminal(code: str, environment: Mapping[str, str] = {}) -> str:
    """What a terminal shows on standard error."""
    reader, writer = pty.openpty()
    termios.tcsetwinsize(writer, (24, 100))
    with subprocess.Popen(
        [sys.executable, "-c", code], stderr=writer, stdout=subprocess.PIPE, env={**os.environ, **environment}
    ) as running:
        os.close(writer)
        shown = b""
        while True:
            try:
                part = os.read(reader, 65536)
            except OSError:  # the other end is closed
                break
            if not part:
                break
            shown += part
    os.close(reader)
    assert running.returncode == 0, shown.decode()
    return shown.decode("utf-8")


def test_a_comparison_tells_how_far_it_is() -> None:
    shown = on_a_terminal(COMPARE)
    assert "comparing" in shown
    assert "last period" in shown
    assert "customer mean" in shown


def test_nothing_is_shown_where_a_report_runs() -> None:
    assert on_a_terminal(COMPARE, {progress.SILENT: "1"}) == ""


def test_nothing_is_written_to_a_log() -> None:
    done = subprocess.run([sys.executable, "-c", COMPARE], capture_output=True, text=True, check=True)
    assert done.stderr == done.stdout == ""


def test_a_notebook_is_a_reader_too(monkeypatch: pytest.MonkeyPatch) -> None:
    class Shell:
        kernel = object()

    class IPython:
        @staticmethod
        def get_ipython() -> Shell:
            return Shell()

    monkeypatch.setitem(sys.modules, "IPython", IPython)  # type: ignore[arg-type]
    monkeypatch.delenv(progress.SILENT, raising=False)
    assert progress.wanted()
    monkeypatch.setenv(progress.SILENT, "1")
    assert not progress.wanted()
