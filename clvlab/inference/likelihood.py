"""The log-likelihood of grouped histories as a function of what is estimated, with exact derivatives."""

from collections.abc import Iterator, Mapping
from typing import cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clvlab.formulas.namespace import NUMPY, Number
from clvlab.formulas.protocols import Formula
from clvlab.inference.factored import Groups, spread, weighted_sum
from clvlab.inference.jets import JETS, Jet, exponentials
from clvlab.inference.link import Link

Float = NDArray[np.float64]

BLOCK = 2_000_000  # numbers in one (draws x groups) array: 16 MB
TOGETHER = 16_000  # numbers in one (thetas x groups) array, which stays in the processor's cache


class Likelihood:
    """Log-likelihood of the customers in ``histories``.

    Parameters
    ----------
    formula : module
        With PARAMETERS, HISTORY and ``log_likelihood``.
    histories : mapping of name to array, shape (customers,)
        The columns named in ``formula.HISTORY``, and the covariates.
    link : Link, optional
        Covariates and segments in front of the formula; none unless given.
    weights : array, shape (customers,), optional
        How many customers each row stands for; 1 unless given.

    Attributes
    ----------
    roughness : float
        How many times rougher its last digits are than those of a formula in closed form.
    """

    roughness = 1.0

    def __init__(
        self,
        formula: Formula,
        histories: Mapping[str, ArrayLike],
        link: Link | None = None,
        weights: ArrayLike | None = None,
    ) -> None:
        self.formula = formula
        self.link = Link(formula.PARAMETERS) if link is None else link
        self.groups = Groups({name: histories[name] for name in (*formula.HISTORY, *self.link.columns)}, weights)
        columns = self.groups.columns()
        self._history = {name: columns[name] for name in formula.HISTORY}
        self._covariates = {name: columns[name] for name in self.link.columns}

    @property
    def n_customers(self) -> int:
        """How many customers the histories stand for."""
        return int(self.groups.counts.sum())

    def value(self, theta: Float) -> float:
        """Log-likelihood summed over customers, at ``theta`` as ``link.unconstrained`` gives it."""
        with np.errstate(all="ignore"):
            natural = self.link.natural(self.link.named(theta), self._covariates)
            terms = self.formula.log_likelihood(**self._history, **natural)
        return weighted_sum(terms, self.groups)

    def values(self, thetas: Float) -> Float:
        """``value`` at each row of ``thetas``.

        A long table gains from its columns' levels, which one ``theta`` at a time keeps apart; of a short one the calls
        cost more than the numbers, so many are taken at once.
        """
        together = TOGETHER // max(len(self.groups), 1)
        if together < 2 or self.link.segment:
            return np.array([self.value(theta) for theta in thetas])
        runs = (thetas[start : start + together] for start in range(0, len(thetas), together))
        everyone, counts = np.arange(len(self.groups)), self.groups.counts
        return np.concatenate(
            [np.einsum("ij,j->i", self._under(self.link.named(run.T[:, :, None]), everyone), counts) for run in runs]
        )

    def derivatives(self, theta: Float) -> tuple[float, Float, Float]:
        """Log-likelihood, its gradient and its Hessian in ``theta``."""
        with np.errstate(all="ignore"):
            found = self._jet(self.link.natural(self.link.named(theta), self._covariates))
        # Derivatives came in each customer's log parameters; a term moves its own by 1 or by the covariate.
        terms = [(self.link.parameters.index(name), column) for name, column in self.link.terms]
        gradient, hessian = np.zeros(len(terms)), np.zeros((len(terms), len(terms)))
        for m, (i, column) in enumerate(terms):
            gradient[m] = self._moved(found.first.get(i, 0.0), column)
            for n, (j, other) in enumerate(terms[: m + 1]):
                second = found.second.get((min(i, j), max(i, j)), 0.0)
                hessian[m, n] = hessian[n, m] = self._moved(second, column, other)
        return weighted_sum(found.value, self.groups), gradient, hessian

    def pointwise(self, values: Mapping[str, Number]) -> Float:
        """Log-likelihood of one customer of each group, shape (groups,), at named values."""
        natural = self.link.natural(values, self.groups.values)
        history: Mapping[str, Number] = self._history
        if self.link.columns:  # one value per group, which a Factored column cannot meet
            history = {name: self.groups.values[name] for name in self.formula.HISTORY}
        return spread(self.formula.log_likelihood(**history, **natural), self.groups)

    def over_draws(self, posterior: Mapping[str, Float]) -> Iterator[tuple[NDArray[np.int64], Float]]:
        """Log-likelihood of one customer of each group under each draw, (draws, groups), a few groups at a time.

        Parameters
        ----------
        posterior : mapping of estimated value's name to array, shape (draws,) or (draws, segments)
        """
        drawn = {name: values if values.ndim > 1 else values[:, None] for name, values in posterior.items()}
        draws = len(next(iter(drawn.values())))
        for rows in self._runs(max(1, BLOCK // draws)):
            terms = self._under(drawn, rows)
            yield rows, np.broadcast_to(terms, (draws, len(rows)))

    def total(self, values: Mapping[str, Number]) -> float:
        """Log-likelihood summed over customers, at named values."""
        return weighted_sum(self.pointwise(values), self.groups)

    def _runs(self, size: int) -> Iterator[NDArray[np.int64]]:
        return (np.arange(start, min(start + size, len(self.groups))) for start in range(0, len(self.groups), size))

    def _under(self, drawn: Mapping[str, Float], rows: NDArray[np.int64]) -> Float:
        columns = {name: column[rows] for name, column in self.groups.values.items()}
        history = {name: columns[name] for name in self.formula.HISTORY}
        with np.errstate(all="ignore"):
            return np.asarray(self.formula.log_likelihood(**history, **self.link.natural(drawn, columns)))

    def _jet(self, natural: Mapping[str, Number]) -> Jet:
        """Log-likelihood of one customer of each group, differentiated in the logs of their parameters."""
        logs = [NUMPY.log(natural[name]) for name in self.link.parameters]
        jets = dict(zip(self.link.parameters, exponentials(logs), strict=True))
        return cast(Jet, self.formula.log_likelihood(**self._history, **jets, xp=JETS))

    def _moved(self, derivative: Number, *columns: str | None) -> float:
        for column in columns:
            derivative = derivative if column is None else derivative * self._covariates[column]
        return weighted_sum(derivative, self.groups)
