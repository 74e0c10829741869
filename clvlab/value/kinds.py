"""Customers who are alike in all that their value depends on: a kind is worked out once."""

from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clvlab.inference.factored import Groups

Float = NDArray[np.float64]
Rows = NDArray[np.int64]


class Kinds:
    """Distinct combinations of a history, of what spend depends on, and of a group whose total is asked for.

    Parameters
    ----------
    groups : Groups
        Distinct histories.
    money : mapping of name to array, shape (customers,)
        What the spend model needs.
    codes : array of int, shape (customers,)
        Whose total each customer belongs to.

    Attributes
    ----------
    group, code : arrays of int, shape (kinds,)
    money : dict of arrays, shape (kinds,)
    customers : array, shape (kinds,)
        How many are of each kind.
    inverse : array of int, shape (customers,)
        Each customer's kind.
    example : array of int, shape (kinds,)
        A customer of each kind.
    totals : int
        How many groups there are whose totals are asked for.
    """

    def __init__(self, groups: Groups, money: Mapping[str, ArrayLike], codes: Rows) -> None:
        found = Groups({"group": groups.inverse, "code": codes, **money})
        self.inverse, self.customers = found.inverse, found.counts
        self.example = np.empty(len(found), dtype=np.int64)
        self.example[found.inverse[::-1]] = np.arange(len(found.inverse))[::-1]
        self.group, self.code = groups.inverse[self.example], codes[self.example]
        self.money = {name: found.values[name] for name in money}
        self.totals = int(codes.max(initial=0)) + 1
        self._order = np.argsort(self.group, kind="stable")
        self._count = np.bincount(self.group, minlength=len(groups))
        self._begins = np.cumsum(self._count) - self._count

    def __len__(self) -> int:
        return len(self.customers)

    def spending(self, kinds: Rows) -> dict[str, Float]:
        """What the spend model needs of some kinds."""
        return {name: values[kinds] for name, values in self.money.items()}

    def within(self, block: Rows, size: int) -> Iterator[tuple[Rows, Rows]]:
        """Kinds of a block of histories, at most ``size`` at a time, and the place of each one's history in it."""
        count = self._count[block]
        place = np.repeat(np.arange(len(block)), count)
        nth = np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
        kinds = self._order[self._begins[block][place] + nth]
        for start in range(0, len(kinds), size):
            yield kinds[start : start + size], place[start : start + size]

    def total(self, kinds: Rows, values: Float) -> Float:
        """Sums over customers of one value of each of these kinds, shape (..., kinds), by total: (..., totals)."""
        order = np.argsort(self.code[kinds], kind="stable")
        ordered = self.code[kinds][order]
        starts = np.flatnonzero(np.diff(ordered, prepend=-1))
        found = np.zeros((*values.shape[:-1], self.totals))
        found[..., ordered[starts]] = np.add.reduceat((values * self.customers[kinds])[..., order], starts, axis=-1)
        return found
