"""The log-likelihood of grouped histories as a function of log parameters, with exact derivatives."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clvlab.inference.factored import Groups, spread, weighted_sum
from clvlab.inference.jets import JETS, exponentials

Float = NDArray[np.float64]


class Formula(Protocol):
    """What inference needs of a model's module of functions."""

    NAME: str
    PARAMETERS: tuple[str, ...]
    TIME_POWERS: dict[str, int]
    HISTORY: tuple[str, ...]
    log_likelihood: Callable[..., Any]


class Likelihood:
    """Log-likelihood of the customers in ``histories``.

    Parameters
    ----------
    formula : module
        With PARAMETERS, HISTORY and ``log_likelihood``.
    histories : mapping of name to array, shape (customers,)
        The columns named in ``formula.HISTORY``.

    Notes
    -----
    Parameters are positive and enter as their logarithms, so every real vector is allowed.
    """

    def __init__(self, formula: Formula, histories: Mapping[str, ArrayLike]) -> None:
        self.formula = formula
        self.groups = Groups({name: histories[name] for name in formula.HISTORY})
        self._columns = self.groups.columns()

    @property
    def n_customers(self) -> int:
        """How many customers the histories stand for."""
        return int(self.groups.counts.sum())

    def value(self, log_params: Float) -> float:
        """Log-likelihood summed over customers."""
        with np.errstate(all="ignore"):
            terms = self.formula.log_likelihood(**self._columns, **self._named(np.exp(log_params)))
        return weighted_sum(terms, self.groups)

    def derivatives(self, log_params: Float) -> tuple[float, Float, Float]:
        """Log-likelihood, its gradient and its Hessian in the log parameters."""
        with np.errstate(all="ignore"):
            jet = self.formula.log_likelihood(
                **self._columns, **self._named(exponentials(map(float, log_params))), xp=JETS
            )
        k = len(log_params)
        gradient, hessian = np.zeros(k), np.zeros((k, k))
        for i, term in jet.first.items():
            gradient[i] = weighted_sum(term, self.groups)
        for (i, j), term in jet.second.items():
            hessian[i, j] = hessian[j, i] = weighted_sum(term, self.groups)
        return weighted_sum(jet.value, self.groups), gradient, hessian

    def pointwise(self, params: Mapping[str, ArrayLike]) -> Float:
        """Log-likelihood of one customer of each group, shape (groups,)."""
        return spread(self.formula.log_likelihood(**self._columns, **params), self.groups)

    def _named(self, values: Any) -> dict[str, Any]:
        return dict(zip(self.formula.PARAMETERS, values, strict=True))
