"""Distinct histories, and arrays that vary with only some of their columns.

Customers with the same history have the same likelihood, so a fit needs each distinct history once, with a count.
Terms separate further: gammaln(b + x) takes one value per frequency, (alpha + T) one value per age. A ``Factored``
array holds one value for each distinct combination of the columns it was made from, and NumPy's ufuncs applied to it
stay on that smaller table; only where different columns meet are values spread out. The formula is written once
and does not know.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from clvlab.formulas.namespace import Number

Codes = NDArray[np.int64]
Column = NDArray[np.float64 | np.bool_]  # of bool where it is a condition


class Groups:
    """Distinct rows of a table of numbers, how often each occurs, and tables of distinct sub-rows.

    Parameters
    ----------
    columns : mapping of name to array, shape (customers,)
        A history's columns: x, t_x, T or whatever the formula takes.
    weights : array, shape (customers,), optional
        How many customers each row stands for; 1 unless given.

    Examples
    --------
    >>> groups = Groups({"x": np.array([0.0, 2.0, 0.0]), "T": np.array([9.0, 9.0, 9.0])})
    >>> groups.counts
    array([2., 1.])
    >>> groups.column("T").values
    array([9.])
    >>> (groups.column("x") + groups.column("T")).values
    array([ 9., 11.])
    """

    def __init__(self, columns: Mapping[str, ArrayLike], weights: ArrayLike | None = None) -> None:
        raw = {name: np.asarray(values, dtype=float) for name, values in columns.items()}
        self.names = tuple(raw)
        # An unknown value is equal to another one.
        coded = {name: pd.factorize(values, use_na_sentinel=False) for name, values in raw.items()}
        self.inverse: Codes = _combine([codes for codes, _ in coded.values()])
        first = _first_rows(self.inverse)
        self.values = {name: values[first] for name, values in raw.items()}
        each = None if weights is None else np.asarray(weights, dtype=float)
        self.counts = np.bincount(self.inverse, weights=each, minlength=len(first)).astype(float)
        self._codes = {name: codes[first] for name, (codes, _) in coded.items()}
        self._levels: dict[frozenset[str], tuple[Codes, Codes]] = {}
        self._lifts: dict[tuple[frozenset[str], frozenset[str]], Codes] = {}
        self._level_counts: dict[frozenset[str], NDArray[np.float64]] = {}

    def __len__(self) -> int:
        return len(self.counts)

    def level(self, names: frozenset[str]) -> tuple[Codes, Codes]:
        """Distinct combinations of ``names``: (a group that shows each, the combination of each group)."""
        if names not in self._levels:
            if len(names) == len(self.names):
                codes = np.arange(len(self.counts))
            else:
                codes = _combine([self._codes[name] for name in self.names if name in names])
            self._levels[names] = (_first_rows(codes), codes)
        return self._levels[names]

    def lift(self, names: frozenset[str], onto: frozenset[str]) -> Codes:
        """For each distinct combination of ``onto``, the one of ``names`` it belongs to."""
        if (names, onto) not in self._lifts:
            self._lifts[names, onto] = self.level(names)[1][self.level(onto)[0]]
        return self._lifts[names, onto]

    def level_counts(self, names: frozenset[str]) -> NDArray[np.float64]:
        """Customers in each distinct combination of ``names``."""
        if names not in self._level_counts:
            first, codes = self.level(names)
            self._level_counts[names] = np.bincount(codes, weights=self.counts, minlength=len(first))
        return self._level_counts[names]

    def column(self, name: str) -> "Factored":
        """A column as an array over its distinct values."""
        names = frozenset([name])
        return Factored(self.values[name][self.level(names)[0]], names, self)

    def columns(self) -> dict[str, "Factored"]:
        """All columns, each over its distinct values."""
        return {name: self.column(name) for name in self.names}


class Factored(np.lib.mixins.NDArrayOperatorsMixin):
    """An array over the distinct combinations of some columns of a ``Groups``."""

    __array_priority__ = 100.0

    def __init__(self, values: Column, names: frozenset[str], groups: Groups) -> None:
        self.values, self.names, self.groups = values, names, groups

    def over(self, names: frozenset[str]) -> Column:
        """Values spread over the distinct combinations of ``names``, which include this array's own."""
        if names == self.names:
            return self.values
        return self.values[self.groups.lift(self.names, names)]

    def spread(self) -> Column:
        """One value per group."""
        return self.values[self.groups.level(self.names)[1]]

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs.get("out") is not None:
            return NotImplemented
        return _lifted(ufunc, inputs, kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return _lifted(func, args, kwargs) if func is np.where else NotImplemented


def spread(values: Number, groups: Groups) -> NDArray[np.float64]:
    """One value per group, from a ``Factored``, an array over groups, or a number."""
    if isinstance(values, Factored):
        return np.asarray(values.spread(), dtype=float)
    return np.broadcast_to(np.asarray(values, dtype=float), len(groups))


def weighted_sum(values: Number, groups: Groups) -> float:
    """Sum over customers of one value per group."""
    if isinstance(values, Factored):
        return _dot(groups.level_counts(values.names), values.values)
    return _dot(groups.counts, spread(values, groups))


def _dot(weights: NDArray[np.float64], values: NDArray[Any]) -> float:
    """Sum of products, without BLAS: its threads wait for each other longer than such a sum takes."""
    return float(np.einsum("i,i->", weights, values))


def _lifted(function: Any, inputs: tuple[Any, ...], kwargs: dict[str, Any]) -> Factored:
    factored = [value for value in inputs if isinstance(value, Factored)]
    names = frozenset().union(*(value.names for value in factored))
    lifted = [value.over(names) if isinstance(value, Factored) else value for value in inputs]
    return Factored(function(*lifted, **kwargs), names, factored[0].groups)


def _combine(codes: list[NDArray[Any]]) -> Codes:
    """One integer for each distinct combination, numbered from 0 in order of appearance."""
    combined = np.asarray(codes[0], dtype=np.int64)
    for further in codes[1:]:
        combined = pd.factorize(combined * (int(further.max(initial=0)) + 1) + further)[0]
    return pd.factorize(combined)[0].astype(np.int64, copy=False) if len(codes) == 1 else combined


def _first_rows(codes: Codes) -> Codes:
    """The first row of each code; codes are numbered from 0 in order of appearance."""
    seen = np.maximum.accumulate(codes) if len(codes) else codes
    new = np.empty(len(codes), dtype=bool)
    new[:1] = True
    new[1:] = seen[1:] > seen[:-1]
    return np.flatnonzero(new)
