"""What a notebook's parameters cell declares: names, types, defaults, remarks, and what goes with what.

The cell is read as Python rather than by papermill's patterns, which miss ``str | None`` and values holding
``=``.
"""

import ast
import io
import tokenize
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clvlab.errors import InputError
from clvlab.parameters import Beside, With, Without


@dataclass(frozen=True)
class Parameter:
    """One line of a notebook's parameters cell.

    Parameters
    ----------
    name : str
        Its name.
    type : str
        Its annotation, or the type of its default.
    default : object
        Its default; the source text where that is no plain value.
    comment : str
        The remark behind it.
    beside : tuple of Beside
        Which others it needs, or bars, to have an effect.
    """

    name: str
    type: str
    default: object
    comment: str = ""
    beside: tuple[Beside, ...] = ()


def read_parameters(source: str) -> list[Parameter]:
    """Read the source of a parameters cell.

    Parameters
    ----------
    source : str
        Python assignments, annotated or not, with remarks behind or above them.

    Returns
    -------
    list of Parameter

    Examples
    --------
    >>> read_parameters("horizon: int = 52  # weeks ahead")
    [Parameter(name='horizon', type='int', default=52, comment='weeks ahead', beside=())]
    >>> read_parameters("date: Annotated[Column | None, With('orders')] = None")[0].beside
    (With('orders'),)
    """
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise InputError(f"The parameters cell is not valid Python (line {error.lineno}): {error.msg}.") from error
    comments = _comments(source)
    lines = source.splitlines()
    found = []
    for node in body:
        if isinstance(node, ast.AnnAssign) and node.value is not None and isinstance(node.target, ast.Name):
            name, value = node.target.id, node.value
            annotation, beside = _annotation(node.annotation)
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            name, annotation, beside, value = node.targets[0].id, "", (), node.value
        else:
            continue
        try:
            default = ast.literal_eval(value)
        except ValueError:
            default = ast.unparse(value)
        last = node.end_lineno or node.lineno
        comment = comments.get(last, "")
        above = node.lineno - 1
        if not comment and above in comments and lines[above - 1].lstrip().startswith("#"):
            comment = comments[above]
        found.append(Parameter(name, annotation.strip("'\"") or _type_of(default), default, comment, beside))
    return found


def _annotation(node: ast.expr) -> tuple[str, tuple[Beside, ...]]:
    """The type of an annotation, and what ``Annotated`` says beside it."""
    if not (isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("Annotated")):
        return ast.unparse(node), ()
    inner, *said = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    rules = {"With": With, "Without": Without}
    calls = [each for each in said if isinstance(each, ast.Call) and ast.unparse(each.func) in rules]
    beside = tuple(rules[ast.unparse(c.func)](*(str(ast.literal_eval(name)) for name in c.args)) for c in calls)
    return ast.unparse(inner), beside


def _comments(source: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT}


def _type_of(default: object) -> str:
    return "str | None" if default is None else type(default).__name__


def without_effect(declared: Sequence[Parameter], given: Mapping[str, object]) -> dict[str, str]:
    """Parameters given a value that has no effect beside the others, each with the reason and the remedy.

    Examples
    --------
    >>> declared = read_parameters("orders = None\\ndate: Annotated[str | None, With('orders')] = None")
    >>> without_effect(declared, {"date": "When"})
    {'date': 'without orders: set orders too, or leave date out'}
    >>> without_effect(declared, {"date": "When", "orders": "shop.csv"})
    {}
    """
    set_ = {each.name for each in declared if given.get(each.name, each.default)}
    found = {}
    for each in declared:
        if each.name in given and given[each.name] not in (None, each.default):
            reasons = [reason for rule in each.beside if (reason := rule.broken(each.name, set_))]
            if reasons:
                found[each.name] = reasons[0]
    return found
