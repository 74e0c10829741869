"""The tutorial runs, every result shows itself in short, and every plot is in it."""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from clvlab import plot

TUTORIALS = sorted((Path(__file__).resolve().parents[2] / "notebooks" / "tutorials").glob("*.ipynb"))
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module", params=TUTORIALS, ids=lambda path: path.stem)
def executed(request: pytest.FixtureRequest) -> Any:
    notebook = nbformat.read(request.param, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells)
    NotebookClient(notebook, timeout=600).execute()
    return notebook


def shown(notebook: Any) -> list[tuple[str, Any]]:
    """The last line of each cell, and what it returned."""
    return [
        (cell.source.splitlines()[-1], output.data)
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type != "stream"
    ]


def test_results_are_short_and_have_a_table(executed: Any) -> None:
    results = [(line, data) for line, data in shown(executed) if "image/png" not in data]
    assert len(results) >= 15
    for line, data in results:
        assert 0 < len(data["text/plain"].splitlines()) < 40, line
        assert max(map(len, data["text/plain"].splitlines())) < 250, line
        if not line.startswith("clv.customers.nps"):  # a number
            assert "text/html" in data, line


def test_every_plot_is_one_call_and_shown_once(executed: Any) -> None:
    drawn = [line for line, data in shown(executed) if "image/png" in data]
    called = [re.match(r"clv\.plot\.(\w+)\(", line) for line in drawn]
    assert all(called)
    assert sorted(each[1] for each in called if each) == sorted(plot.__all__)


def test_nothing_else_is_printed(executed: Any) -> None:
    told = [
        output.text for cell in executed.cells for output in cell.get("outputs", []) if output.output_type == "stream"
    ]
    assert [text for text in told if not text.startswith("\r")] == []  # how far a comparison is
