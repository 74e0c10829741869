"""environment.yml and pyproject.toml name the same dependencies, with the same lower bounds."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CONDA_NAMES = {"matplotlib": "matplotlib-base", "duckdb": "python-duckdb", "lazy-loader": "lazy_loader"}
NOT_RUNTIME = {"python", "pip", "hatchling"}


def declared() -> dict[str, str]:
    """Dependencies, those of every extra included, with their bounds."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [each for extra in project["optional-dependencies"].values() for each in extra]
    return dict(dependency.split(">=") for dependency in [*project["dependencies"], *extras])


def in_environment() -> dict[str, str]:
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    found = re.findall(r"^\s*- ([a-z0-9_-]+)(?:>=([\d.]+))?$", text, re.MULTILINE)
    return {name: bound for name, bound in found if name not in ("conda-forge", "nodefaults")}


def test_each_dependency_is_in_the_conda_environment_with_its_bound() -> None:
    conda = in_environment()
    assert {CONDA_NAMES.get(name, name): bound for name, bound in declared().items()} == {
        name: bound for name, bound in conda.items() if name not in NOT_RUNTIME
    }


def test_a_report_can_be_run_without_jupyterlab() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {dependency.split(">=")[0] for dependency in project["dependencies"]}
    assert {"papermill", "ipykernel", "nbconvert", "mistune"} <= needed
    assert not [name for name in needed if "jupyterlab" in name]


def test_python_and_build_backend_have_the_same_bounds() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    conda = in_environment()
    assert project["project"]["requires-python"] == f">={conda['python']}"
    assert project["build-system"]["requires"] == [f"hatchling>={conda['hatchling']}"]


def test_each_dependency_is_locked_with_hashes() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    for name in declared():
        assert re.search(rf"^{re.escape(name)}==\S+.*\\\n\s+--hash=sha256:", lock, re.MULTILINE | re.IGNORECASE), name
    assert "://" not in lock
