"""Make benchmarks/peers/.venv, with the packages clvlab is measured against.

Run it from the project's folder::

    .venv/bin/python benchmarks/peers/make_environment.py            # a few minutes the first time
    .venv/bin/python benchmarks/peers/make_environment.py --anew

It is apart from the project's own environment, so that neither bends the other's versions.
"""

import argparse
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
FOLDER = HERE / ".venv"
PYTHON = FOLDER / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
# Written last: an environment without it is half made.
MADE = FOLDER / ".made"


def made() -> bool:
    """Whether the environment is there and holds what requirements.txt says now."""
    wanted = (HERE / "requirements.txt").read_text(encoding="utf-8")
    return MADE.exists() and MADE.read_text(encoding="utf-8") == wanted


def main() -> None:
    """Make it, unless it is there."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--anew", action="store_true", help="start from nothing")
    if arguments.parse_args().anew and FOLDER.exists():
        shutil.rmtree(FOLDER)
    if made():
        print(f"{FOLDER.name} is up to date")
        return
    MADE.unlink(missing_ok=True)
    venv.create(FOLDER, with_pip=True)
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    subprocess.run([*pip, "-r", str(HERE / "requirements.txt")], check=True)
    MADE.write_text((HERE / "requirements.txt").read_text(encoding="utf-8"), encoding="utf-8")
    print(f"made {FOLDER.name}")


if __name__ == "__main__":
    main()
