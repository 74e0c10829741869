"""The report command, run as a user runs it."""

import subprocess
import sys
from pathlib import Path


def report(out: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command as a user does; its pages go to ``out``."""
    return subprocess.run(
        [sys.executable, "-m", "clvlab.cli", "report", *arguments, "--out", str(out)],
        capture_output=True, text=True, encoding="utf-8", timeout=600, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip
