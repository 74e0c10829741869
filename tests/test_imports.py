"""Files import in one direction: no circle, hidden ones included, every module on its floor, no file too long."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import clvlab

PACKAGE = Path(clvlab.__file__).parent
ROOT = PACKAGE.parent
LONGEST = 350


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {name_of(path): path for path in sorted(PACKAGE.rglob("*.py")) if "_notebooks" not in path.parts}


def base_of(module: str, node: ast.ImportFrom) -> str:
    """What an import is from, relative ones resolved."""
    if not node.level:
        return node.module or ""
    inside = FILES[module].name == "__init__.py"
    parents = module.split(".")[: None if inside and node.level == 1 else (1 if inside else 0) - node.level]
    return ".".join([*parents, *([node.module] if node.module else [])])


def imports(module: str) -> set[str]:
    """Files of the package that a file names in an import, wherever it stands: in functions, under TYPE_CHECKING."""
    found = set()
    for node in ast.walk(ast.parse(FILES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = base_of(module, node)
            found |= {full if (full := f"{base}.{alias.name}") in FILES else base for alias in node.names}
    return {name for name in found if name in FILES} - {module}


@cache
def graph() -> dict[str, set[str]]:
    return {module: imports(module) for module in FILES}


def circles(edges: dict[str, set[str]]) -> list[list[str]]:
    """Groups of files each of which leads to every other one (strongly connected, by Tarjan)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        order[node] = low[node] = len(order)
        stack.append(node)
        for other in sorted(edges[node]):
            if other not in order:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], order[other])
        if low[node] == order[node]:
            at = stack.index(node)
            group = sorted(stack[at:])
            del stack[at:]
            if len(group) > 1:
                found.append(group)

    for node in edges:
        if node not in order:
            visit(node)
    return found


def test_no_circle_of_files() -> None:
    assert circles(graph()) == []


def test_a_circle_would_be_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert "clvlab.reports.commands" in graph()["clvlab.cli"]  # an import in a function


def test_no_file_is_too_long() -> None:
    lengths = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in FILES.items()}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def contracts() -> list[dict[str, object]]:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return list(told["tool"]["importlinter"]["contracts"])


def test_every_module_stands_on_a_floor() -> None:
    (layers,) = (each["layers"] for each in contracts() if each["type"] == "layers")
    listed = [name for line in layers for name in re.findall(r"\(?[a-z_.]+\)?", line)]  # type: ignore[attr-defined]
    to_come = {name for name in listed if name.startswith("(")}  # floors that may be empty
    assert len(listed) == len(set(listed))
    assert set(listed) - to_come == {".".join(name.split(".")[:2]) for name in FILES} - {"clvlab"}


def test_only_the_command_imports_reports() -> None:
    those = {name for name, other in graph().items() if any(o.startswith("clvlab.reports") for o in other)}
    assert {name for name in those if not name.startswith("clvlab.reports")} == {"clvlab.cli"}
