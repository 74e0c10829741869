"""From what is estimated to each customer's parameters.

A formula takes positive parameters, one value for all or one per customer. What is estimated is one vector: the
logarithm of each parameter, and for each covariate on it a coefficient:

    log(parameter of a customer) = log(parameter of the segment) + sum of coefficient x covariate.

So covariates and pooling are a link in front of the formula, never a second formula.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clvlab.formulas.namespace import NUMPY, Number, Unary

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Link:
    """Names what is estimated, and turns it into the formula's parameters.

    Parameters
    ----------
    parameters : tuple of str
        The formula's.
    covariates : mapping of parameter to tuple of str
        Columns that act on it.
    segment : str
        Column of segment numbers, where each segment has its own parameters; empty where all share them.
    differences : mapping of name to mapping of parameter to number
        In what segments differ: the power with which each parameter follows. A level that moves alone (customers of
        one segment buy twice as often) is told apart from a shape that moves two parameters together.

    Examples
    --------
    >>> link = Link(("r", "alpha"), {"alpha": ("female",)})
    >>> link.names
    ('r', 'alpha', 'alpha:female')
    >>> link.natural({"r": 0.5, "alpha": 4.0, "alpha:female": np.log(2.0)}, {"female": np.array([0.0, 1.0])})["alpha"]
    array([4., 8.])
    """

    parameters: tuple[str, ...]
    covariates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    segment: str = ""
    differences: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def terms(self) -> list[tuple[str, str | None]]:
        """(parameter, covariate) of each estimated value; None for the parameter itself, which comes first."""
        coefficients = [(name, column) for name in self.parameters for column in self.covariates.get(name, ())]
        return [*((name, None) for name in self.parameters), *coefficients]

    @property
    def names(self) -> tuple[str, ...]:
        """Name of each estimated value: ``alpha``, or ``alpha:female`` for a coefficient."""
        return tuple(name if column is None else f"{name}:{column}" for name, column in self.terms)

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of customers that the parameters depend on, each once."""
        used = [column for columns in self.covariates.values() for column in columns]
        return tuple(dict.fromkeys([*used, *([self.segment] if self.segment else [])]))

    def unconstrained(self, values: Mapping[str, ArrayLike]) -> Float:
        """Estimated values as one real vector: logarithms of parameters, coefficients as they are."""
        terms = zip(self.names, self.terms, strict=True)
        return np.array([np.log(values[name]) if column is None else values[name] for name, (_, column) in terms])

    def named(self, theta: Float) -> dict[str, Float]:
        """The reverse of ``unconstrained``; theta's first axis runs over the terms."""
        terms = zip(self.names, self.terms, theta, strict=True)
        return {name: np.exp(value) if column is None else value for name, (_, column), value in terms}

    @overload
    def of_segments(self, population: Mapping[str, Float], moved: Mapping[str, Float]) -> dict[str, Float]: ...

    @overload
    def of_segments(
        self, population: Mapping[str, Number], moved: Mapping[str, Number], exp: Unary = ...
    ) -> dict[str, Number]: ...

    def of_segments(
        self, population: Mapping[str, Number], moved: Mapping[str, Number], exp: Unary = NUMPY.exp
    ) -> Mapping[str, Number]:
        """Each segment's parameters, from the population's and how far it has moved in each difference.

        Examples
        --------
        >>> link = Link(("r", "alpha"), segment="country", differences={"rate": {"alpha": -1.0}})
        >>> link.of_segments({"r": 0.5, "alpha": 4.0}, {"rate": np.log([1.0, 2.0])})["alpha"]
        array([4., 2.])
        """
        found = dict(population)
        for name in self.parameters:
            shifts = [power[name] * moved[which] for which, power in self.differences.items() if name in power]
            found[name] = population[name] * exp(sum(shifts)) if shifts else population[name]
        return found

    @overload
    def natural(self, values: Mapping[str, Float], columns: Mapping[str, Float]) -> dict[str, Float]: ...

    @overload
    def natural(
        self, values: Mapping[str, Number], columns: Mapping[str, Number], exp: Unary = ...
    ) -> dict[str, Number]: ...

    def natural(
        self, values: Mapping[str, Number], columns: Mapping[str, Number], exp: Unary = NUMPY.exp
    ) -> Mapping[str, Number]:
        """Each customer's parameters.

        Parameters
        ----------
        values : mapping of name to number, or array (draws, 1)
            Of a parameter with segments: array (segments,) or (draws, segments).
        columns : mapping of name to array, shape (customers,)
            Covariates, and segment numbers.
        """
        found = {}
        for name in self.parameters:
            value = values[name]
            if self.segment:
                value = cast(Float, value)[..., cast(Float, columns[self.segment]).astype("int64")]
            acting = self.covariates.get(name, ())
            if acting:
                value = value * exp(sum(values[f"{name}:{column}"] * columns[column] for column in acting))
            found[name] = value
        return found
