"""Notebooks as they are kept: thin, without outputs, every parameter explained."""

import ast
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from clvlab import pages
from clvlab.parameters import BEHIND
from clvlab.reports.declared import Parameter, read_parameters
from clvlab.reports.parameters import coerce, meaning
from clvlab.words import ENGLISH, Locale, languages

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
MOST_LINES = 65  # of code beyond the parameters cell
PLAIN = {"str", "int", "float", "bool", "list[str]", "None"}
# what decides, repeats, defines, builds or formats belongs into the package
NOT_THIN = (
    ast.If, ast.IfExp, ast.BoolOp, ast.Compare, ast.Match, ast.Try, ast.With, ast.Assert,
    ast.For, ast.While, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp,
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda,
    ast.Dict, ast.Set, ast.JoinedStr, ast.BinOp, ast.UnaryOp, ast.AugAssign, ast.Subscript, ast.Global, ast.Delete,
)  # fmt: skip


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Any:
    return nbformat.read(request.param, as_version=4)


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tags(cell: Any) -> list[str]:
    return list(cell.metadata.get("tags", []))


def test_there_are_notebooks() -> None:
    assert {"customer_value", "model_comparison", "churn"} <= {path.stem for path in NOTEBOOKS}


def test_it_is_valid_and_carries_no_outputs(notebook: Any) -> None:
    nbformat.validate(notebook)
    for cell in code_cells(notebook):
        assert cell.outputs == []
        assert cell.execution_count is None


def beyond_parameters(notebook: Any) -> list[Any]:
    return [cell for cell in code_cells(notebook) if "parameters" not in tags(cell)]


def test_it_is_thin(notebook: Any) -> None:
    lines = [line for cell in beyond_parameters(notebook) for line in cell.source.splitlines() if line.strip()]
    assert len(lines) < MOST_LINES


def test_it_decides_and_builds_nothing(notebook: Any) -> None:
    for cell in beyond_parameters(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, NOT_THIN), ast.unparse(node)
            if isinstance(node, ast.Call):
                called = node.func
                assert not (isinstance(called, ast.Attribute) and called.attr in ("format", "join", "format_map"))
                assert not (isinstance(called, ast.Name) and called.id in ("dict", "print", "format", "display"))


def test_exhibits_are_one_line_each(notebook: Any) -> None:
    """Loading, then exhibits: each a cell with one call of the page, which has every part shown once."""
    cells = beyond_parameters(notebook)
    names = []
    for cell in cells[2:]:
        (statement,) = ast.parse(cell.source).body
        assert len(cell.source.splitlines()) == 1
        assert isinstance(statement, ast.Expr)
        call = statement.value
        assert isinstance(call, ast.Call)
        assert isinstance(call.func, ast.Attribute)
        assert ast.unparse(call.func.value) == "page"
        assert [ast.unparse(argument) for argument in call.args] in ([], ["study"])
        names.append(call.func.attr)
    setup, loading = cells[:2]
    assert "setup" in tags(setup)
    (made,) = re.findall(r"^page = (\w+)\(language=language, currency=currency, title=title\)$", loading.source, re.M)
    kind = getattr(pages, made)
    parts = [name for name, part in vars(kind).items() if not name.startswith("_") and callable(part)]
    assert sorted(names) == sorted(["heading", *parts])
    assert names[:4] == ["heading", "freshness", "answer", "cautions"]
    for name in names:
        assert "Section" in str(getattr(kind, name).__annotations__["return"]) or name in (
            "heading", "freshness", "answer", "cautions",
        )  # fmt: skip


def test_every_parameter_is_used(notebook: Any) -> None:
    (cell,) = (cell for cell in code_cells(notebook) if "parameters" in tags(cell))
    used = {node.id for each in beyond_parameters(notebook) for node in ast.walk(ast.parse(each.source))
            if isinstance(node, ast.Name)}  # fmt: skip
    assert {parameter.name for parameter in read_parameters(cell.source)} <= used


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_parameter_means_what_its_comment_says(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    (cell,) = (cell for cell in code_cells(notebook) if "parameters" in tags(cell))
    for parameter in read_parameters(cell.source):
        assert meaning(path.stem, parameter, ENGLISH) == parameter.comment
        for other in languages():
            assert other == "en" or meaning(path.stem, parameter, Locale(other)) != parameter.comment


def test_every_parameter_has_a_type_of_ours_or_a_plain_one(notebook: Any) -> None:
    (setup,) = (cell for cell in code_cells(notebook) if "setup" in tags(cell))
    (cell,) = (cell for cell in code_cells(notebook) if "parameters" in tags(cell))
    imported = {alias.name for node in ast.walk(ast.parse(setup.source)) if isinstance(node, ast.ImportFrom)
                and node.module == "clvlab.parameters" for alias in node.names}  # fmt: skip
    named = set()
    for parameter in read_parameters(cell.source):
        options = {option.strip() for option in parameter.type.split("|")}
        assert options <= PLAIN | set(BEHIND), parameter
        named |= options & set(BEHIND)
        assert "None" in options or parameter.default is not None
        if parameter.default is not None:
            given = str(parameter.default)
            assert coerce(Parameter(parameter.name, parameter.type, None), given) == parameter.default
        named |= {type(rule).__name__ for rule in parameter.beside}
        names = {each.name for each in read_parameters(cell.source)}
        assert {name for rule in parameter.beside for name in rule.names} <= names - {parameter.name}
    assert named == imported


def test_it_uses_clvlab_alone(notebook: Any) -> None:
    known = {"str", "int", "float", "bool", "list"}
    trees = [ast.parse(cell.source) for cell in code_cells(notebook)]
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Import):
            assert all(alias.name.split(".")[0] == "clvlab" for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert ast.unparse(node) == "from typing import Annotated" or str(node.module).split(".")[0] == "clvlab"
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
    for statement in statements:
        assert isinstance(statement, ast.AnnAssign), f"{ast.unparse(statement)} has no type"
        ast.literal_eval(statement.value)
        line = lines[statement.lineno - 1]
        name = statement.target.id
        above = lines[statement.lineno - 2] if statement.lineno > 1 else ""
        assert "  # " in line or above.startswith("# "), f"{name} is not explained"
    names = [statement.target.id for statement in statements]
    assert len(set(names)) == len(names)
    assert {"orders", "title", "language"} <= set(names)
    assert "seed" in names or notebook.metadata.get("clvlab", {}).get("draws") is False


def test_prose_is_for_jupyterlab_alone(notebook: Any) -> None:
    """What a reader reads is in the catalogue: prose in a notebook would be in one language only."""
    prose = [cell for cell in notebook.cells if cell.cell_type == "markdown"]
    assert prose
    assert all(tags(cell) == ["lab"] for cell in prose)


def test_it_begins_with_a_title(notebook: Any) -> None:
    assert notebook.cells[0].source.startswith("# ")


def test_cell_numbers_are_unique(notebook: Any) -> None:
    ids = [cell.id for cell in notebook.cells]
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_names_no_folder_of_anyone(path: Path) -> None:
    assert not re.search(r"(/home/|/Users/|/tmp/|C:\\\\)", path.read_text(encoding="utf-8"))
