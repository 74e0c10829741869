"""The log-likelihood of a formula whose customers' own rates are integrated out on nodes, with exact derivatives.

Nodes are placed at some estimated values and kept while those move little, so that what depends on the data alone is
computed once. Derivatives follow from the mean and covariance of log k, k and so on given each history: Gamma densities
are exponential families.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from clvlab.errors import InputError
from clvlab.formulas.namespace import Number
from clvlab.formulas.protocols import Formula, MixtureFormula, Nodes
from clvlab.inference.factored import spread
from clvlab.inference.jets import First, Jet, Second
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.link import Link

Float = NDArray[np.float64]
Rows = NDArray[np.int64]

BLOCK = 200  # histories whose nodes are worked on at once
AT_ONCE = 50  # draws under which they are
MOST = 130_000_000  # numbers held for all histories: 1 GB
# How far a Gamma law may go from where its nodes were placed: its log shape down and up, its mean in its own standard
# deviations. A climb stays ``HERE`` times as close: what nodes a little off do to every customer alike adds up.
WIDER, NARROWER, MOVED = 0.3, 1.0, 0.5
HERE = 0.05
PAIRS = ((0, 1), (2, 3), (4, 5))  # shape and rate of each Gamma law


class MixedLikelihood(Likelihood):
    """As ``Likelihood``, for a formula with a ``Mixture``.

    Histories whose nodes are more than ``MOST`` numbers raise InputError when it is climbed.
    """

    roughness = 10.0

    def __init__(
        self,
        formula: Formula,
        histories: Mapping[str, ArrayLike],
        link: Link | None = None,
        weights: ArrayLike | None = None,
    ) -> None:
        super().__init__(formula, histories, link, weights)
        self.formula: MixtureFormula = cast(MixtureFormula, formula)
        self._covariates: dict[str, Any] = {name: self.groups.values[name] for name in self.link.columns}
        self._rows: list[Rows] = list(self.formula.blocks(self.groups.values["x"], BLOCK))
        self._placed: Float | None = None
        self._mixtures: list[Nodes] = []

    def value(self, theta: Float) -> float:
        """Log-likelihood summed over customers."""
        return float(self.values(np.asarray(theta)[None])[0])

    def values(self, thetas: Float) -> Float:
        """Log-likelihood at each row of ``thetas``, by nodes near it."""
        total, waiting = np.empty(len(thetas)), np.arange(len(thetas))
        while len(waiting):
            near = np.array([self._near(theta) for theta in thetas[waiting]])
            if near.any():
                total[waiting[near]] = self._values(thetas[waiting[near]])
                waiting = waiting[~near]
            if len(waiting):
                self._place(thetas[waiting[0]])
        return total

    def derivatives(self, theta: Float) -> tuple[float, Float, Float]:
        """Log-likelihood, its gradient and its Hessian in ``theta``."""
        theta = np.asarray(theta)
        if not self._near(theta, HERE):
            self._place(theta)
        return super().derivatives(theta)

    def pointwise(self, values: Mapping[str, Number]) -> Float:
        """Log-likelihood of one customer of each group, shape (groups,), nodes placed at the named values."""
        found = np.empty(len(self.groups))
        for rows in self._rows:
            found[rows] = self._mixture(values, rows).log_likelihood(self._natural(values, rows))
        return found

    def _drawn(self, mixture: Nodes, drawn: Mapping[str, Float], rows: Rows) -> Float:
        """Log-likelihood of some histories under draws, a few at a time: (draws, histories)."""
        draws = len(next(iter(drawn.values())))
        parts = [
            {name: values[start : start + AT_ONCE] for name, values in drawn.items()}
            for start in range(0, draws, AT_ONCE)
        ]
        return np.concatenate([mixture.log_likelihood(self._natural(part, rows)) for part in parts])

    def _runs(self, size: int) -> Iterator[Rows]:
        found: Iterator[Rows] = self.formula.blocks(self.groups.values["x"], min(size, BLOCK))
        return found

    def _under(self, drawn: Mapping[str, Float], rows: Rows) -> Float:
        # Nodes placed in the middle of the draws serve them all.
        middle = {name: np.median(values) for name, values in drawn.items()}
        with np.errstate(all="ignore"):
            return self._drawn(self._mixture(middle, rows), drawn, rows)

    def _jet(self, natural: Mapping[str, Number]) -> Jet:
        every = {name: spread(value, self.groups) for name, value in natural.items()}
        n = len(self.groups)
        value, mean, covariance = np.empty(n), np.empty((n, 6)), np.empty((n, 6, 6))
        with np.errstate(all="ignore"):
            for rows, mixture in self._blocks():
                found = mixture.moments({name: values[rows] for name, values in every.items()})
                value[rows], mean[rows], covariance[rows] = found
        at = np.stack([every[name] for name in self.formula.PARAMETERS], axis=1)
        for shape, rate in PAIRS:
            a, b = at[:, shape], at[:, rate]
            mean[:, shape] += np.log(b) - special.psi(a)
            mean[:, rate] += a / b
            covariance[:, shape, shape] -= special.polygamma(1, a)
            covariance[:, rate, rate] -= a / b**2
            for i, j in ((shape, rate), (rate, shape)):
                covariance[:, i, j] += 1.0 / b
        # From each parameter to its logarithm.
        first: First = {i: mean[:, i] * at[:, i] for i in range(6)}
        second: Second = {(i, j): covariance[:, i, j] * at[:, i] * at[:, j] for i in range(6) for j in range(i, 6)}
        for i, slope in first.items():
            second[i, i] = second[i, i] + slope
        return Jet(value, first, second)

    def _values(self, thetas: Float) -> Float:
        named = {name: values[:, None] for name, values in self.link.named(thetas.T).items()}
        total = np.zeros(len(thetas))
        with np.errstate(all="ignore"):
            for rows, mixture in self._blocks():
                total += self._drawn(mixture, named, rows) @ self.groups.counts[rows]
        return total

    def _near(self, theta: Float, most: float = 1.0) -> bool:
        """Whether the nodes serve these values: no law of k, lambda or mu has moved or changed its width by much."""
        if self._placed is None:
            return False
        here, there = (self.link.natural(self.link.named(each), self.groups.values) for each in (theta, self._placed))
        for shape, rate in PAIRS:
            (a, b), (c, d) = ([at[self.formula.PARAMETERS[i]] for i in (shape, rate)] for at in (here, there))
            wider, moved = np.log(c / a), np.abs(np.log(a / b * d / c)) * np.sqrt(np.maximum(a, c))
            if np.max(wider) > most * WIDER or np.min(wider) < -most * NARROWER or np.max(moved) > most * MOVED:
                return False
        return True

    def _place(self, theta: Float) -> None:
        numbers = int(self.formula.nodes(self.groups.values["x"]).sum())
        if numbers > MOST:
            share = MOST / numbers
            raise InputError(
                f"{self.formula.NAME} would hold {numbers:,} numbers for {len(self.groups):,} distinct histories, and "
                f"holds {MOST:,} at most. Fit it to a sample of the customers (histories.sample(frac={share:.2g})): "
                "forecasts of all of them follow from it. method='gibbs' has no such limit."
            )
        self._placed, self._mixtures = np.array(theta), []  # the old make room first
        named = self.link.named(self._placed)
        with ThreadPoolExecutor() as pool:  # most of the time goes to SciPy's functions, which leave threads free
            self._mixtures = list(pool.map(lambda rows: self._mixture(named, rows), self._rows))

    def _mixture(self, named: Mapping[str, Number], rows: Rows) -> Nodes:
        history = {name: self.groups.values[name][rows] for name in self.formula.HISTORY}
        with np.errstate(all="ignore"):
            return self.formula.Mixture(history, self._natural(named, rows))

    def _blocks(self) -> Iterator[tuple[Rows, Nodes]]:
        return zip(self._rows, self._mixtures, strict=True)

    def _natural(self, named: Mapping[str, Number], rows: Rows) -> dict[str, Number]:
        return self.link.natural(named, {name: self.groups.values[name][rows] for name in self.link.columns})
