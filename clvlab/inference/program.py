"""A recorded formula as a straight line of NumPy calls: values forward, then the gradient backward.

Every array is allocated once and every call bound to its arrays beforehand; nothing is compiled. A gradient costs two
or three times as much as the value, however many values are estimated.
"""

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clvlab.inference.factored import Codes, Column
from clvlab.inference.graph import CONDITIONS, Traced

Float = NDArray[np.float64]
Call = Callable[[], object]

PLAIN: dict[str, np.ufunc] = {
    **{name: getattr(np, name) for name in ("add", "subtract", "multiply", "divide", "negative", *CONDITIONS)},
    **{name: getattr(np, name) for name in ("log", "log1p", "exp", "expm1", "maximum", "minimum")},
    "gammaln": special.gammaln,
    "log_ndtr": special.log_ndtr,
}
THREADED = 10_000  # from here on BLAS adds up in threads, which wait for each other longer than it takes
ONE = np.array(1.0)
FAR = np.array(-60.0)  # exp() of less adds nothing to 1, and of much less is slow
SIGNS = {"add": (1.0, 1.0), "subtract": (1.0, -1.0), "negative": (-1.0,)}


class Program:
    """The sum over customers of a recorded number, and its gradient in theta.

    Parameters
    ----------
    total : Traced
        One value for each combination of its columns, counted as often as customers have it.
    size : int
        Length of theta.
    besides : sequence of Traced
        Numbers that all customers share, added once.

    Examples
    --------
    >>> from clvlab.inference.factored import Groups
    >>> from clvlab.inference.graph import GRAPH, Graph
    >>> groups = Groups({"x": np.array([1.0, 3.0, 3.0])})
    >>> rate = GRAPH.exp(Graph(groups).estimated(0))
    >>> value, gradient = Program(rate * groups.column("x"), 1)(np.array([0.0]))
    >>> value, gradient.tolist()
    (7.0, [7.0])
    """

    def __init__(self, total: Traced, size: int, besides: Sequence[Traced] = ()) -> None:
        self._theta, self._gradient = np.zeros(size), np.zeros(size)
        self._forward: list[Call] = []
        self._backward: list[Call] = []
        self._values: dict[int, Column] = {}
        self._parts: dict[int, list[Float]] = {}  # of each number's adjoint
        self._spare: dict[tuple[str, tuple[int, ...]], Float] = {}
        weighted = weighted_terms(total, besides)
        # Terms stand in one array, which one product with their weights adds up.
        self._weights = np.concatenate([weights.ravel() for _, weights in weighted])
        self._terms = np.zeros(len(self._weights))
        starts = np.cumsum([0, *(weights.size for _, weights in weighted)])
        self._places = {
            id(node): self._terms[start : start + weights.size].reshape(weights.shape)
            for (node, weights), start in zip(weighted, starts[:-1], strict=True)
        }
        order = _needed([node for node, _ in weighted], total.owner.recorded)
        for node in order:
            self._compute(node)
        for node, weights in weighted:
            self._contribute(node, weights)
        for node in reversed(order):
            if id(node) in self._parts:
                self._differentiate(node)

    def __call__(self, theta: Float) -> tuple[float, Float]:
        """Value and gradient at ``theta``; the gradient's array is used again by the next call."""
        self._theta[:] = theta
        for call in self._forward:
            call()
        for call in self._backward:
            call()
        return float(np.einsum("i,i->", self._weights, self._terms)), self._gradient

    def _compute(self, node: Traced) -> None:
        """Bind the calls that give a number's values."""
        inputs, place = [self._values[id(each)] for each in node.inputs], self._places.get(id(node))
        run, whole = self._forward.append, _one_estimated(node)
        ready = inputs[0] if node.operation == "held" else node.data
        if whole is not None:
            ready = self._theta[whole : whole + 1].reshape(())
        if ready is not None:
            self._values[id(node)] = ready
            if place is not None:
                run(partial(np.copyto, place, ready))
            return
        kind = bool if node.operation in CONDITIONS else inputs[0].dtype if node.operation == "lift" else float
        found = self._values[id(node)] = np.empty(node.shape, dtype=kind) if place is None else place
        match node.operation:
            case "estimated":
                run(partial(self._theta.take, node.index, None, found, "clip"))
            case "lift":
                run(partial(inputs[0].take, node.index, -1, found, "clip"))
            case "sum":
                run(partial(np.add.reduce, inputs[0], 0, None, found))
            case "where":
                condition, yes, no = inputs
                if all(each.operation == "constant" for each in (node.inputs[0], node.inputs[2])):
                    found[...] = no  # once: nothing overwrites it
                else:
                    run(partial(np.copyto, found, no))
                run(partial(np.copyto, found, yes, where=np.broadcast_to(condition, found.shape)))
            case "logaddexp":  # in functions that a processor computes for many numbers at once
                gap = self._spared("gap", found.shape)
                run(partial(np.subtract, *inputs, gap))
                run(partial(np.abs, gap, gap))
                run(partial(np.negative, gap, gap))
                run(partial(np.fmax, gap, FAR, gap))
                run(partial(np.exp, gap, gap))
                run(partial(np.log1p, gap, gap))
                run(partial(np.maximum, *inputs, out=found))
                run(partial(np.add, found, gap, found))
            case plain:
                run(partial(PLAIN[plain], *inputs, out=found))

    def _differentiate(self, node: Traced) -> None:
        """Bind the calls that pass a number's adjoint on to what it is made of."""
        adjoint, value, shape = self._adjoint(node), self._values[id(node)], node.shape
        inputs, run = [self._values[id(each)] for each in node.inputs], self._backward.append
        first, last = (node.inputs[0], node.inputs[-1]) if node.inputs else (node, node)
        match node.operation:
            case "estimated":
                run(partial(self._gradient.__setitem__, node.index, adjoint))
            case "add" | "subtract" | "negative":
                for each, sign in zip(node.inputs, SIGNS[node.operation], strict=True):
                    self._contribute(each, adjoint, None if sign > 0 else np.negative)
            case "multiply":
                self._contribute(first, adjoint, np.multiply, inputs[1])
                self._contribute(last, adjoint, np.multiply, inputs[0])
            case "divide":
                self._contribute(first, adjoint, np.divide, inputs[1])
                if last.moves:
                    slope = self._spared("slope", shape)
                    run(partial(np.divide, value, inputs[1], slope))
                    run(partial(np.negative, slope, slope))
                    self._contribute(last, adjoint, np.multiply, slope)
            case "log":
                self._contribute(first, adjoint, np.divide, inputs[0])
            case "exp":
                self._contribute(first, adjoint, np.multiply, value)
            case "log1p" | "expm1":
                slope, inverse = self._spared("slope", shape), node.operation == "log1p"
                run(partial(np.add, inputs[0] if inverse else value, ONE, slope))
                self._contribute(first, adjoint, np.divide if inverse else np.multiply, slope)
            case "gammaln":
                slope = self._spared("slope", shape)
                run(partial(special.psi, inputs[0], slope))
                self._contribute(first, adjoint, np.multiply, slope)
            case "log_ndtr":  # the density over the distribution function
                slope = self._spared("slope", shape)
                run(partial(np.multiply, inputs[0], -np.sqrt(0.5), slope))
                run(partial(special.erfcx, slope, slope))
                run(partial(np.divide, np.sqrt(2.0 / np.pi), slope, slope))
                self._contribute(first, adjoint, np.multiply, slope)
            case "logaddexp":
                share = self._spared("slope", shape)
                run(partial(np.subtract, inputs[1], value, share))
                run(partial(np.fmax, share, FAR, share))
                run(partial(np.exp, share, share))
                self._contribute(last, adjoint, np.multiply, share)
                run(partial(np.subtract, ONE, share, share))
                self._contribute(first, adjoint, np.multiply, share)
            case "where":
                self._divided(node.inputs[1:], adjoint, inputs[0], node.inputs[0].operation == "constant")
            case "maximum" | "minimum":
                taken = np.empty(shape, dtype=bool)
                run(partial(np.greater_equal if node.operation == "maximum" else np.less_equal, *inputs, taken))
                self._divided(node.inputs, adjoint, taken, False)
            case "lift":
                self._gathered(first, adjoint, node.index)
            case "sum":
                self._contribute(first, np.broadcast_to(adjoint, first.shape))
            case other:
                raise NotImplementedError(other)

    def _divided(self, pair: tuple[Traced, ...], adjoint: Float, taken: Column, known: bool) -> None:
        """An adjoint goes to the first where ``taken``, elsewhere to the second."""
        mask: Column = np.asarray(taken, dtype=float) if known else taken
        rest: Column = np.logical_not(taken, out=np.empty(taken.shape)) if known else np.empty(taken.shape, dtype=bool)
        self._contribute(pair[0], adjoint, np.multiply, mask)
        if pair[1].moves:
            if not known:
                self._backward.append(partial(np.logical_not, taken, rest))
            self._contribute(pair[1], adjoint, np.multiply, rest)

    def _gathered(self, node: Traced, adjoint: Float, index: Codes | None) -> None:
        """Adjoints of combinations that share a value are summed."""
        total = self._part(node)
        assert index is not None
        for row, of in zip(np.atleast_2d(total), np.atleast_2d(adjoint), strict=True):
            self._backward.append(partial(_gather, row, index, of))

    def _contribute(self, node: Traced, adjoint: Float, ufunc: np.ufunc | None = None, *others: Column) -> None:
        """Add to a number's adjoint ``ufunc`` of another's, or that itself, summed over what shares the number."""
        if not node.moves:
            return
        run, shape = self._backward.append, np.broadcast_shapes(adjoint.shape, *(each.shape for each in others))
        if shape == node.shape:
            if ufunc is None:
                self._parts.setdefault(id(node), []).append(adjoint)
            else:
                run(partial(ufunc, adjoint, *others, self._part(node)))
            return
        if ufunc is np.multiply and adjoint.shape == others[0].shape and node.shape == () and adjoint.size < THREADED:
            run(partial(np.dot, adjoint.ravel(), others[0].ravel(), self._part(node)))
            return
        if ufunc is not None:
            spread = self._spared("spread", shape)
            run(partial(ufunc, adjoint, *others, spread))
            adjoint = spread
        axis = None if node.shape == () else 0 if node.names else 1
        run(partial(np.add.reduce, adjoint, axis, None, self._part(node), axis == 1))

    def _part(self, node: Traced) -> Float:
        part = np.empty(node.shape)
        self._parts.setdefault(id(node), []).append(part)
        return part

    def _adjoint(self, node: Traced) -> Float:
        """The sum of its parts."""
        total, *parts = self._parts[id(node)]
        for part in parts:
            added = np.empty(node.shape)
            self._backward.append(partial(np.add, total, part, added))
            total = added
        return total

    def _spared(self, use: str, shape: tuple[int, ...]) -> Float:
        """An array whose numbers are needed no longer than the calls of one operation."""
        return self._spare.setdefault((use, shape), np.empty(shape))


def weighted_terms(total: Traced, besides: Sequence[Traced] = ()) -> list[tuple[Traced, Float]]:
    """What a sum is a sum of, each with its weight: a term is taken where it varies, before it is spread."""
    groups = total.owner.groups
    weights: dict[int, tuple[Traced, Float]] = {}
    todo: list[tuple[Traced, float, bool]] = [(total, 1.0, True), *((each, 1.0, False) for each in besides)]
    while todo:
        node, sign, counted = todo.pop()
        if node.operation in SIGNS:
            signs = SIGNS[node.operation]
            todo += [(each, sign * own, counted) for each, own in zip(node.inputs, signs, strict=True)]
        elif node.operation == "lift":
            todo.append((node.inputs[0], sign, counted))
        else:
            customers = groups.level_counts(node.names) if node.names else np.array(groups.counts.sum())
            before = weights[id(node)][1] if id(node) in weights else 0.0
            weights[id(node)] = node, np.asarray(before + sign * (customers if counted else 1.0))
    return list(weights.values())


def _one_estimated(node: Traced) -> int | None:
    """The place in theta of a number that is estimated itself, for all customers alike."""
    if node.operation != "estimated" or node.names or node.index is None:
        return None
    return int(node.index)


def _gather(total: Float, index: Codes, adjoint: Float) -> None:
    total[:] = np.bincount(index, adjoint, len(total))


def _needed(terms: list[Traced], recorded: list[Traced]) -> list[Traced]:
    """What terms are made of, each after its own parts."""
    found: dict[int, Traced] = {}
    todo = list(terms)
    while todo:
        node = todo.pop()
        if id(node) not in found:
            found[id(node)] = node
            todo += node.inputs
    return [node for node in recorded if id(node) in found]
