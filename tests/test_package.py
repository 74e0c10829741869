"""The package's face: quick to import, and what it promises is there."""

import ast
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import clvlab


def best_seconds(code: str, times: int = 3) -> float:
    timed = "import time; began = time.perf_counter()\n" + code + "\nprint(time.perf_counter() - began)"
    return min(float(run(timed)) for _ in range(times))


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def test_importing_takes_less_than_half_a_second() -> None:
    assert best_seconds("import clvlab") - best_seconds("pass") < 0.5


def test_importing_loads_nothing_heavy() -> None:
    loaded = json.loads(run("import clvlab, json, sys; print(json.dumps(sorted(sys.modules)))"))
    assert not {"pandas", "numpy", "scipy", "matplotlib", "pymc", "pytensor", "duckdb", "IPython"} & set(loaded)


def test_maximum_likelihood_needs_no_sampler() -> None:
    fitted = "clv.BGNBD().fit(clv.datasets.cdnow_summary(), unit='week')"
    loaded = json.loads(run(f"import clvlab as clv, json, sys; {fitted}; print(json.dumps(sorted(sys.modules)))"))
    assert not {"pymc", "pytensor", "nutpie"} & set(loaded)


def test_running_reports_loads_what_it_needs() -> None:
    """The processes that run notebooks compute nothing of customers, and build no grammar of web addresses."""
    imported = "import clvlab.reports.html, nbformat, json, sys"
    loaded = json.loads(run(f"{imported}; print(json.dumps([name for name in sys.modules if sys.modules[name]]))"))
    assert not {"clvlab.customers", "clvlab.models.family", "rfc3987_syntax", "lark", "scipy.stats"} & set(loaded)


@pytest.mark.parametrize("name", clvlab.__all__)
def test_every_name_is_there(name: str) -> None:
    assert getattr(clvlab, name) is not None
    assert name in dir(clvlab)


def stubbed() -> list[tuple[str, str]]:
    """Module and name of each import of the stub; a star stands for all that its module lists."""
    tree = ast.parse(Path(clvlab.__file__).with_name("__init__.pyi").read_text(encoding="utf-8"))
    found = []
    for node in tree.body:
        if isinstance(node, ast.ImportFrom):
            module = str(node.module)
            for alias in node.names:
                assert alias.name == "*" or alias.asname == alias.name
                names = import_module(module).__all__ if alias.name == "*" else [alias.name]
                found += [(module, name) for name in names]
    return found


def test_the_stub_lists_the_same_names() -> None:
    assert sorted(name for _, name in stubbed()) == sorted(clvlab.__all__)


def test_the_stub_names_where_each_thing_is() -> None:
    for module, name in stubbed():
        scope: dict[str, object] = {}
        exec(f"from {module} import {name}", scope)
        assert scope[name] is getattr(clvlab, name)


def test_a_name_that_is_not_there_says_what_is() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'BGNBDD'; it offers .*BGNBD"):
        _ = clvlab.BGNBDD
