"""Notebooks as they are kept: thin, without outputs, every parameter explained."""

import ast
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
BUILT_IN = {"len", "next", "getattr", "range", "sorted", "min", "max", "round", "dict", "list", "str", "float", "int",
            "print", "zip", "enumerate", "sum", "bool", "any", "all", "set", "tuple", "isinstance"}  # fmt: skip


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Any:
    return nbformat.read(request.param, as_version=4)


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell: Any) -> list[str]:
    return list(cell.metadata.get("tags", []))


def test_there_are_notebooks() -> None:
    assert {"customer_value", "model_comparison"} <= {path.stem for path in NOTEBOOKS}


def test_it_is_valid_and_carries_no_outputs(notebook: Any) -> None:
    nbformat.validate(notebook)
    for cell in code_cells(notebook):
        assert cell.outputs == []
        assert cell.execution_count is None


def test_it_defines_nothing(notebook: Any) -> None:
    for cell in code_cells(notebook):
        kinds = {type(node) for node in ast.walk(ast.parse(cell.source))}
        assert not kinds & {ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda}


def test_it_uses_clvlab_alone(notebook: Any) -> None:
    known = set(BUILT_IN)
    trees = [ast.parse(cell.source) for cell in code_cells(notebook)]
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Import):
            assert all(alias.name.split(".")[0] == "clvlab" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert str(node.module).split(".")[0] == "clvlab"
        if isinstance(node, ast.Import | ast.ImportFrom):
            known |= {alias.asname or alias.name for alias in node.names}
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            known.add(node.id)
    used = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert used <= known


def test_private_names_are_left_alone(notebook: Any) -> None:
    for cell in code_cells(notebook):
        names = [node.attr for node in ast.walk(ast.parse(cell.source)) if isinstance(node, ast.Attribute)]
        assert not [name for name in names if name.startswith("_")]


def test_every_parameter_has_a_type_and_a_meaning(notebook: Any) -> None:
    (cell,) = (cell for cell in code_cells(notebook) if "parameters" in tags(cell))
    lines = cell.source.splitlines()
    statements = ast.parse(cell.source).body
    assert statements
    commented = False
    for statement in statements:
        assert isinstance(statement, ast.AnnAssign), f"{ast.unparse(statement)} has no type"
        ast.literal_eval(statement.value)
        line = lines[statement.lineno - 1]
        name = statement.target.id
        # column names share the comment of the first of them
        commented = "#" in line or (commented and name.endswith("_column"))
        assert commented, f"{name} is not explained"
    names = [statement.target.id for statement in statements]
    assert {"orders", "seed", "title", "language"} <= set(names)


def test_prose_is_tagged_by_language(notebook: Any) -> None:
    prose = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    assert prose
    for cell in prose:
        assert [tag for tag in tags(cell) if tag.startswith("lang-")] in (["lang-en"], ["lang-zh"])
        if "lang-en" in tags(cell):
            assert not re.search(r"[\u4e00-\u9fff]", cell.source)


def test_it_begins_with_a_title(notebook: Any) -> None:
    assert notebook.cells[0].source.startswith("# ")


def test_cell_numbers_are_unique(notebook: Any) -> None:
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_names_no_folder_of_anyone(path: Path) -> None:
    assert not re.search(r"(/home/|/Users/|/tmp/|C:\\\\)", path.read_text(encoding="utf-8"))
