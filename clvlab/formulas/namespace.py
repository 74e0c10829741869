"""The few functions a log-likelihood may use, so that one formula serves every estimator.

A formula takes ``xp``, a namespace with the functions below. Over NumPy it gives values; over jets
(``clvlab.inference.jets``) values with exact first and second derivatives; over ``clvlab.inference.graph`` a recording,
replayed for each gradient that NUTS needs.
"""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np
from scipy import special


class Number(Protocol):
    """A number of some namespace: a float, an array, a jet or a tensor. With what it can be joined, it knows itself."""

    def __add__(self, other: Any, /) -> "Number": ...

    def __radd__(self, other: Any, /) -> "Number": ...

    def __sub__(self, other: Any, /) -> "Number": ...

    def __rsub__(self, other: Any, /) -> "Number": ...

    def __mul__(self, other: Any, /) -> "Number": ...

    def __rmul__(self, other: Any, /) -> "Number": ...

    def __truediv__(self, other: Any, /) -> "Number": ...

    def __rtruediv__(self, other: Any, /) -> "Number": ...

    def __neg__(self) -> "Number": ...


class Known(Number, Protocol):
    """A number that can be compared, as data can in every namespace; a jet cannot."""

    def __lt__(self, other: Any, /) -> object: ...

    def __le__(self, other: Any, /) -> object: ...

    def __gt__(self, other: Any, /) -> object: ...

    def __ge__(self, other: Any, /) -> object: ...


type Unary = Callable[[Number], Number]
type Binary = Callable[[Number, Number], Number]


class Namespace(Protocol):
    """Functions of one or two numbers, elementwise; ``where`` takes a condition and two."""

    log: Unary
    log1p: Unary
    exp: Unary
    expm1: Unary
    gammaln: Unary
    where: Callable[[object, Number, Number], Number]
    maximum: Binary
    minimum: Binary
    logaddexp: Binary
    log_ndtr: Unary


NUMPY: Namespace = SimpleNamespace(
    log=np.log,
    log1p=np.log1p,
    exp=np.exp,
    expm1=np.expm1,
    gammaln=special.gammaln,
    where=np.where,
    maximum=np.maximum,
    minimum=np.minimum,
    logaddexp=np.logaddexp,
    log_ndtr=special.log_ndtr,
)
