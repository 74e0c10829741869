"""What signatures and class names promise a reader: a type for everything public, and one class for one name."""

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import clvlab

PACKAGE = Path(clvlab.__file__).parent
type Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def trees() -> dict[str, ast.Module]:
    files = sorted(PACKAGE.rglob("*.py"))
    return {str(file.relative_to(PACKAGE)): ast.parse(file.read_text(encoding="utf-8")) for file in files}


def public_functions(tree: ast.Module) -> Iterator[Function]:
    for node in ast.walk(tree):
        named = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if named and (node.name == "__init__" or not node.name.startswith("_")):
            yield node


def annotations(function: Function) -> Iterator[ast.expr]:
    given = function.args
    each = [*given.posonlyargs, *given.args, given.vararg, *given.kwonlyargs, given.kwarg]
    yield from (one.annotation for one in each if one is not None and one.annotation is not None)
    if function.returns is not None:
        yield function.returns


def public_fields(tree: ast.Module) -> Iterator[ast.AnnAssign]:
    """Of public classes: a dataclass takes its fields as arguments."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            fields = (each for each in node.body if isinstance(each, ast.AnnAssign))
            yield from (each for each in fields if not ast.unparse(each.target).startswith("_"))


def says_any(annotation: ast.AST) -> bool:
    for node in ast.walk(annotation):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            try:
                if says_any(ast.parse(node.value, mode="eval").body):
                    return True
            except SyntaxError:  # the text of a Literal
                continue
        if getattr(node, "id", getattr(node, "attr", None)) == "Any":
            return True
    return False


def hides_any(tree: ast.Module) -> Iterator[str]:
    """Names given to a type with Any in it."""
    for node in ast.walk(tree):
        value = getattr(node, "value", None) if isinstance(node, ast.TypeAlias | ast.Assign | ast.AnnAssign) else None
        if isinstance(value, ast.Name | ast.Attribute | ast.Subscript | ast.BinOp) and says_any(value):
            yield ast.unparse(node)


def test_the_search_finds_any_wherever_it_stands() -> None:
    source = "def f(a: 'dict[str, Any]', *b: Any, c: Any = 1, **d: Any) -> Callable[[Any], typing.Any]: ..."
    (function,) = public_functions(ast.parse(source))
    assert [says_any(each) for each in annotations(function)] == [True] * 5
    assert list(hides_any(ast.parse("A = Any\ntype B = typing.Any\nC = dict[int, Any] | None\nD: Any = 1"))) == [
        "A = Any", "type B = typing.Any", "C = dict[int, Any] | None",
    ]  # fmt: skip


def test_no_public_signature_says_any() -> None:
    found = [
        f"{file}:{function.lineno} {function.name}"
        for file, tree in trees().items()
        for function in public_functions(tree)
        if any(map(says_any, annotations(function)))
    ]
    assert not found, "\n".join(found)


def test_no_public_field_says_any() -> None:
    found = [
        f"{file}:{field.lineno} {ast.unparse(field.target)}"
        for file, tree in trees().items()
        for field in public_fields(tree)
        if says_any(field.annotation)
    ]
    assert not found, "\n".join(found)


def test_no_name_hides_any() -> None:
    found = [f"{file}: {name}" for file, tree in trees().items() for name in hides_any(tree)]
    assert not found, "\n".join(found)


def test_every_class_has_a_name_of_its_own() -> None:
    names = Counter(node.name for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    assert [name for name, times in names.items() if times > 1] == []
