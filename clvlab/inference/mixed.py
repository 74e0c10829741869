"""The log-likelihood of a formula whose customers' own rates are integrated out on nodes, with exact derivatives.

Nodes are placed at some estimated values and kept while those move little, so that what depends on the data alone is
computed once. Derivatives follow from the mean and covariance of log k, k and so on given each history: Gamma densities
are exponential families.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from clvlab.errors import InputError
from clvlab.inference.factored import spread
from clvlab.inference.jets import Jet
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.link import Link

Float = NDArray[np.float64]

BLOCK = 200  # histories whose nodes are worked on at once
MOST = 25_000  # distinct histories; the nodes of each take 34 KB
REACH = 0.5  # how far the log of a parameter goes before nodes are placed anew
PAIRS = ((0, 1), (2, 3), (4, 5))  # shape and rate of each Gamma law


class MixedLikelihood(Likelihood):
    """As ``Likelihood``, for a formula with a ``Mixture``.

    To be estimated by it takes ``MOST`` distinct histories at most: more raise InputError.
    """

    def __init__(
        self,
        formula: Any,
        histories: Mapping[str, ArrayLike],
        link: Link | None = None,
        weights: ArrayLike | None = None,
    ) -> None:
        super().__init__(formula, histories, link, weights)
        self.formula: Any = formula
        self._placed: Float | None = None
        self._mixtures: list[Any] = []

    def value(self, theta: Float) -> float:
        """Log-likelihood summed over customers."""
        return float(self.values(np.asarray(theta)[None])[0])

    def values(self, thetas: Float) -> Float:
        """Log-likelihood at each row of ``thetas``."""
        if self._placed is None:
            self._place(thetas[0])
        named = {name: values[:, None] for name, values in self.link.named(np.asarray(thetas).T).items()}
        total = np.zeros(len(thetas))
        with np.errstate(all="ignore"):
            for rows, mixture in self._blocks():
                total += mixture.log_likelihood(self._natural(named, rows)) @ self.groups.counts[rows]
        return total

    def derivatives(self, theta: Float) -> tuple[float, Float, Float]:
        """Log-likelihood, its gradient and its Hessian in ``theta``."""
        theta = np.asarray(theta)
        if self._placed is None or np.abs(theta - self._placed).max() > REACH:
            self._place(theta)
        return super().derivatives(theta)

    def pointwise(self, values: Mapping[str, Any]) -> Float:
        """Log-likelihood of one customer of each group, shape (groups,), nodes placed at the named values."""
        found = [self._mixture(values, rows).log_likelihood(self._natural(values, rows)) for rows in self._rows()]
        return np.concatenate(found)

    def _jet(self, natural: Mapping[str, Any]) -> Jet:
        every = {name: spread(value, self.groups) for name, value in natural.items()}
        parts = []
        with np.errstate(all="ignore"):
            for rows, mixture in self._blocks():
                parts.append(mixture.moments({name: values[rows] for name, values in every.items()}))
        value, mean, covariance = (np.concatenate(part) for part in zip(*parts, strict=True))
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
        first = {i: mean[:, i] * at[:, i] for i in range(6)}
        second = {(i, j): covariance[:, i, j] * at[:, i] * at[:, j] for i in range(6) for j in range(i, 6)}
        for i, slope in first.items():
            second[i, i] = second[i, i] + slope
        return Jet(value, first, second)

    def _place(self, theta: Float) -> None:
        if len(self.groups) > MOST:
            raise InputError(
                f"{self.formula.NAME} holds {self.formula.NODES:,} numbers for each distinct history, and takes "
                f"{MOST:,} of them at most; found {len(self.groups):,}. Fit it to a sample of the customers "
                f"(histories.sample({MOST:,})): forecasts of all of them follow from it. method='gibbs' has no such "
                "limit."
            )
        self._placed = np.array(theta)
        named = self.link.named(self._placed)
        self._mixtures = [self._mixture(named, rows) for rows in self._rows()]

    def _mixture(self, named: Mapping[str, Any], rows: slice) -> Any:
        history = {name: self.groups.values[name][rows] for name in self.formula.HISTORY}
        with np.errstate(all="ignore"):
            return self.formula.Mixture(history, self._natural(named, rows))

    def _rows(self) -> Iterator[slice]:
        return (slice(start, start + BLOCK) for start in range(0, len(self.groups), BLOCK))

    def _blocks(self) -> Iterator[tuple[slice, Any]]:
        return zip(self._rows(), self._mixtures, strict=True)

    def _natural(self, named: Mapping[str, Any], rows: slice) -> dict[str, Any]:
        return self.link.natural(named, {name: self.groups.values[name][rows] for name in self.link.columns})
