"""A formula recorded as operations on what is estimated, to be computed many times (``clvlab.inference.program``).

The formula runs once, over the namespace ``GRAPH``, on ``Traced`` numbers in place of its parameters. As ``Factored``
arrays do, each traced number has one value for each distinct combination of the columns that it depends on.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clvlab.formulas.namespace import NUMPY, Namespace, Number
from clvlab.inference.factored import Codes, Column, Factored, Groups

Float = NDArray[np.float64]
NOWHERE: Final = frozenset[str]()  # the level of a number that is the same for every customer
CONDITIONS = ("less", "less_equal", "greater", "greater_equal")
STILL = frozenset(["constant", "held", *CONDITIONS])  # no derivative flows through
Places = int | Codes


class Graph:
    """What is recorded, each operation on the same numbers once.

    Parameters
    ----------
    groups : Groups
        Distinct histories, whose columns the formula takes.

    Attributes
    ----------
    recorded : list of Traced
        In an order in which each comes after what it is made of.
    """

    def __init__(self, groups: Groups) -> None:
        self.groups = groups
        self.recorded: list[Traced] = []
        self._known: dict[tuple[object, ...], Traced] = {}
        self._kept: list[object] = []  # so that no other object takes the id of one that was seen

    def estimated(self, index: Places, names: frozenset[str] = NOWHERE) -> "Traced":
        """What is estimated at these places of theta: one value, or one for each combination of ``names``."""
        return self._add(Traced(self, "estimated", (), names, index=np.asarray(index, dtype=np.int64)))

    def apply(self, operation: str, *operands: Number) -> "Traced":
        """Record an operation; operands that do not vary alike are spread first."""
        inputs = [self._traced(operand) for operand in operands]
        if operation == "log" and inputs[0].operation == "exp":
            return inputs[0].inputs[0]
        names = NOWHERE.union(*(each.names for each in inputs))
        inputs = [self._lifted(each, names) for each in inputs]
        stacked = max(each.stacked for each in inputs)
        return self._once(Traced(self, operation, tuple(inputs), names, stacked))

    def _lifted(self, number: "Traced", names: frozenset[str]) -> "Traced":
        if number.names in (names, NOWHERE):
            return number
        index = self.groups.lift(number.names, names)
        if number.data is not None:
            key = ("lifted", id(number), names)
            if key not in self._known:
                self._known[key] = self._add(
                    Traced(self, "constant", (), names, number.stacked, number.data[..., index])
                )
            return self._known[key]
        return self._once(Traced(self, "lift", (number,), names, number.stacked, index=index))

    def _traced(self, operand: Any) -> "Traced":
        if isinstance(operand, Traced):
            return operand
        key = ("number", operand) if isinstance(operand, float | int) else ("array", id(operand))
        if key not in self._known:
            self._kept.append(operand)
            self._known[key] = self._add(self._constant(operand))
        return self._known[key]

    def _constant(self, operand: Any) -> "Traced":
        if isinstance(operand, Factored):
            return Traced(self, "constant", (), operand.names, data=_numeric(operand.values))
        values = np.asarray(operand, dtype=float)
        if values.ndim == 2 and values.shape[1] == 1:
            return Traced(self, "constant", (), NOWHERE, len(values), values)
        if values.ndim == 0:
            return Traced(self, "constant", (), NOWHERE, data=values)
        raise TypeError(f"A formula met an array of shape {values.shape}, which is neither data nor nodes.")

    def _once(self, made: "Traced") -> "Traced":
        key = (made.operation, made.names, *map(id, made.inputs))
        if key not in self._known:
            self._known[key] = self._add(made)
        return self._known[key]

    def _add(self, made: "Traced") -> "Traced":
        self.recorded.append(made)
        return made


class Traced:
    """A number that depends on what is estimated: an operation on others, recorded rather than computed.

    Parameters
    ----------
    names : frozenset of str
        Columns whose distinct combinations have a value each; none of what all customers share.
    stacked : int
        How many values, one a node of an integral, stand above each other for each of these; 0 where there is one.
    data : array, optional
        Of a constant, its values.
    index : array, optional
        Of what is estimated, places in theta; of a lift, the combination that each value comes from.
    """

    __array_ufunc__ = None  # so that array + Traced comes here, not to NumPy

    def __init__(
        self,
        graph: Graph,
        operation: str,
        inputs: "tuple[Traced, ...]",
        names: frozenset[str],
        stacked: int = 0,
        data: Column | None = None,
        index: Codes | None = None,
    ) -> None:
        self.owner, self.operation, self.inputs = graph, operation, inputs
        self.names, self.stacked, self.data, self.index = names, stacked, data, index
        self.moves: bool = operation not in STILL and (operation == "estimated" or any(each.moves for each in inputs))

    @property
    def shape(self) -> tuple[int, ...]:
        """Of its values; a number that all customers share has none, unless it is stacked."""
        if not self.names:
            return (self.stacked, 1) if self.stacked else ()
        length = len(self.owner.groups.level(self.names)[0])
        return (self.stacked, length) if self.stacked else (length,)

    @property
    def ndim(self) -> int:
        """Two where nodes are stacked, otherwise one."""
        return 2 if self.stacked else 1

    @property
    def value(self) -> "Traced":
        """The same number, its derivatives left behind."""
        return self.owner.apply("held", self)

    def sum(self, axis: int) -> "Traced":
        """Over stacked nodes."""
        assert (axis, bool(self.stacked)) == (0, True)
        return self.owner._add(Traced(self.owner, "sum", (self,), self.names))

    def __add__(self, other: Any) -> "Traced":
        return self if _is(other, 0.0) else self.owner.apply("add", self, other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> "Traced":
        return self.owner.apply("subtract", self, other)

    def __rsub__(self, other: Any) -> "Traced":
        return self.owner.apply("subtract", other, self)

    def __mul__(self, other: Any) -> Any:
        return self if _is(other, 1.0) else 0.0 if _is(other, 0.0) else self.owner.apply("multiply", self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Traced":
        return self.owner.apply("divide", self, other)

    def __rtruediv__(self, other: Any) -> "Traced":
        return self.owner.apply("divide", other, self)

    def __neg__(self) -> "Traced":
        return self.owner.apply("negative", self)

    def __lt__(self, other: Any) -> "Traced":
        return self.owner.apply("less", self, other)

    def __le__(self, other: Any) -> "Traced":
        return self.owner.apply("less_equal", self, other)

    def __gt__(self, other: Any) -> "Traced":
        return self.owner.apply("greater", self, other)

    def __ge__(self, other: Any) -> "Traced":
        return self.owner.apply("greater_equal", self, other)


def _is(other: Any, number: float) -> bool:
    return isinstance(other, float | int) and other == number


def _numeric(values: Column) -> Column:
    return values if values.dtype == bool else np.asarray(values, dtype=float)


def _recorded(operation: str, known: Callable[..., Number]) -> Callable[..., Number]:
    """Of data alone, computed at once."""

    def apply(*operands: Number) -> Number:
        graph = next((each.owner for each in operands if isinstance(each, Traced)), None)
        return known(*operands) if graph is None else graph.apply(operation, *operands)

    return apply


GRAPH: Namespace = SimpleNamespace(**{name: _recorded(name, function) for name, function in vars(NUMPY).items()})
