"""Purchases times spend, draw by draw of both models' parameters: by all draws, or expansions that stand for them."""

from collections.abc import Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clvlab.inference.link import Link
from clvlab.models.expansion import Expansion, interval_of_product
from clvlab.models.outlook import count, interval, thinned
from clvlab.value.kinds import Kinds

Float = NDArray[np.float64]
Rows = NDArray[np.int64]
Params = Mapping[str, Float]

DRAWS = 500  # parameter draws multiplied out for each customer


class DrawnProducts(Protocol):
    """Draws of two independent posteriors, side by side."""

    @property
    def often(self) -> Params:
        """Where purchases are to be computed."""
        ...

    @property
    def much(self) -> Params:
        """Where spend is to be computed."""
        ...

    def mean(self, purchases: Float) -> Float:
        """Means over draws of what was computed at ``often``, shape (points, n)."""
        ...

    def mean_spend(self, spend: Float) -> Float:
        """Means over draws of what was computed at ``much``."""
        ...

    def interval(self, purchases: Float, spend: Float) -> tuple[Float, Float]:
        """The central 90 % of the product over draws, of each column."""
        ...

    def add(self, kinds: Kinds, rows: Rows, purchases: Float, spend: Float) -> None:
        """Take the products of some kinds into the totals."""
        ...

    def totals(self) -> Float:
        """Sums of products over customers, shape (draws, totals)."""
        ...


class AllDraws:
    """Every draw of the one with a draw of the other; a single value goes with every draw of the other."""

    def __init__(self, often: Params, much: Params, totals: int) -> None:
        often, much = thinned(often, DRAWS), thinned(much, DRAWS)
        self.count = max(count(often), count(much))
        self.often, self.much = _repeated(often, self.count), _repeated(much, self.count)
        self._totals = np.zeros((self.count, totals))

    def mean(self, purchases: Float) -> Float:
        """Means over draws."""
        return np.asarray(purchases.mean(axis=0))

    mean_spend = mean

    def interval(self, purchases: Float, spend: Float) -> tuple[Float, Float]:
        """Ends over draws."""
        return interval(purchases * spend)

    def add(self, kinds: Kinds, rows: Rows, purchases: Float, spend: Float) -> None:
        """Add up each draw."""
        self._totals += kinds.total(rows, purchases * spend)

    def totals(self) -> Float:
        """As added up."""
        return self._totals


class ExpandedDraws:
    """Sums of products over customers are quadratic in both models' parameters, as each product is."""

    def __init__(self, often: Expansion, much: Expansion, totals: int) -> None:
        self._often, self._much = often, much
        self.often, self.much = often.nodes, much.nodes
        self._sums = np.zeros((totals, often.basis.shape[1], much.basis.shape[1]))

    def mean(self, purchases: Float) -> Float:
        """Means over draws."""
        return self._often.mean(purchases)

    def mean_spend(self, spend: Float) -> Float:
        """Means over draws."""
        return self._much.mean(spend)

    def interval(self, purchases: Float, spend: Float) -> tuple[Float, Float]:
        """Ends over draws."""
        return interval_of_product([(self._often, purchases), (self._much, spend)])

    def add(self, kinds: Kinds, rows: Rows, purchases: Float, spend: Float) -> None:
        """Add up the products of each point of the one with each of the other."""
        weighted = purchases * kinds.customers[rows]
        codes = kinds.code[rows]
        for code in np.unique(codes):
            own = np.flatnonzero(codes == code)
            self._sums[code] += weighted[:, own] @ spend[:, own].T

    def totals(self) -> Float:
        """Sums at the draws, from those at the points."""
        found: Float = np.einsum("dj,cjk,dk->dc", self._often.basis, self._sums, self._much.basis, optimize=True)
        return found


def expanded(often: Params, link: Link, much: Params, spend_link: Link | None, totals: int) -> ExpandedDraws | None:
    """Points instead of draws; None where one of the models cannot be expanded."""
    often, much = thinned(often, DRAWS), thinned(much, DRAWS)
    most = max(count(often), count(much))
    found = [
        Expansion.single(values, most) if at is None or count(values) == 1 else Expansion.of(at, values)
        for values, at in ((often, link), (much, spend_link))
    ]
    if found[0] is None or found[1] is None or len(found[0].basis) != len(found[1].basis):
        return None
    return ExpandedDraws(found[0], found[1], totals)


def _repeated(params: Params, most: int) -> dict[str, Float]:
    return {
        name: values if len(values) == most else np.resize(values, (most, *values.shape[1:]))
        for name, values in params.items()
    }
