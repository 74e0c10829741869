"""Second-order forward derivatives: a number together with its gradient and Hessian.

A ``Jet`` holds a value with its first and second partial derivatives, kept only where they are not zero: gammaln(r + x)
has one of each, however many parameters the model has. The derivatives may be numbers, arrays or ``Factored`` arrays.
Exact to rounding, no compiling.
"""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clvlab.formulas.namespace import NUMPY, Known, Namespace, Number, Unary

Float = NDArray[np.float64]
First = dict[int, Number]
Second = dict[tuple[int, int], Number]
FAR_LEFT = -200.0  # standard deviations


class Jet:
    """A value, its gradient {i: d/di} and Hessian {(i, j): d2/didj, i <= j} in the parameters.

    Examples
    --------
    >>> x, y = variables([2.0, 3.0])
    >>> z = x * y + JETS.log(x)
    >>> z.first[0], z.second[0, 1], z.second[0, 0]
    (3.5, 1.0, -0.25)
    """

    __array_ufunc__ = None  # so that array + Jet comes here, not to NumPy

    def __init__(self, value: Number, first: First, second: Second) -> None:
        self.value, self.first, self.second = value, first, second

    def __add__(self, other: Any) -> "Jet":
        if not isinstance(other, Jet):
            return Jet(self.value + other, self.first, self.second)
        return Jet(self.value + other.value, _sum(self.first, other.first), _sum(self.second, other.second))

    __radd__ = __add__

    def __neg__(self) -> "Jet":
        return self._scaled(-1.0)

    def __sub__(self, other: Any) -> "Jet":
        return self.__add__(-other)

    def __rsub__(self, other: Any) -> "Jet":
        return self.__neg__().__add__(other)

    def __mul__(self, other: Any) -> "Jet":
        if not isinstance(other, Jet):
            return self._scaled(other)
        u, v = self, other
        first = _sum({i: v.value * d for i, d in u.first.items()}, {i: u.value * d for i, d in v.first.items()})
        second = _sum({k: v.value * d for k, d in u.second.items()}, {k: u.value * d for k, d in v.second.items()})
        for i, du in u.first.items():
            for j, dv in v.first.items():
                term = du * dv
                _accumulate(second, (min(i, j), max(i, j)), 2.0 * term if i == j else term)
        return Jet(u.value * v.value, first, second)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Jet":
        if not isinstance(other, Jet):
            return self._scaled(1.0 / other)
        return self * other._inverse()

    def __rtruediv__(self, other: Any) -> "Jet":
        return self._inverse()._scaled(other)

    def _inverse(self) -> "Jet":
        value = cast(Float, self.value)
        return self._chain(1.0 / value, -(value**-2.0), 2.0 * value**-3.0)

    def _scaled(self, factor: Number) -> "Jet":
        return Jet(
            self.value * factor,
            {i: d * factor for i, d in self.first.items()},
            {k: d * factor for k, d in self.second.items()},
        )

    def _chain(self, value: Number, slope: Number, curvature: Number) -> "Jet":
        """f(self), given f, f' and f'' at its value."""
        first = {i: slope * d for i, d in self.first.items()}
        second = {k: slope * d for k, d in self.second.items()}
        for i, j in _pairs(self.first):
            _accumulate(second, (i, j), curvature * (self.first[i] * self.first[j]))
        return Jet(value, first, second)


def variables(values: Iterable[Number]) -> list[Jet]:
    """The parameters themselves: each with derivative 1 in itself."""
    return [Jet(value, {i: 1.0}, {}) for i, value in enumerate(values)]


def exponentials(values: Iterable[Number]) -> list[Jet]:
    """Exp of each variable, differentiated in the variable: what a log link needs."""
    powers = [NUMPY.exp(value) for value in values]
    return [Jet(power, {i: power}, {(i, i): power}) for i, power in enumerate(powers)]


def _pairs(first: First) -> list[tuple[int, int]]:
    keys = sorted(first)
    return [(i, j) for n, i in enumerate(keys) for j in keys[n:]]


def _sum[K](left: dict[K, Number], right: dict[K, Number]) -> dict[K, Number]:
    total = dict(left)
    for key, term in right.items():
        _accumulate(total, key, term)
    return total


def _accumulate[K](total: dict[K, Number], key: K, term: Number) -> None:
    total[key] = total[key] + term if key in total else term


def _unary(function: Unary, slope: Unary, curvature: Unary) -> Unary:
    def apply(u: Number) -> Number:
        if not isinstance(u, Jet):
            return function(u)
        return u._chain(function(u.value), slope(u.value), curvature(u.value))

    return apply


def _where(condition: object, yes: Number, no: Number) -> Number:
    if not isinstance(yes, Jet) and not isinstance(no, Jet):
        return NUMPY.where(condition, yes, no)
    yes, no = _as_jet(yes), _as_jet(no)

    def choose[K](a: dict[K, Number], b: dict[K, Number]) -> dict[K, Number]:
        return {key: NUMPY.where(condition, a.get(key, 0.0), b.get(key, 0.0)) for key in {**a, **b}}

    return Jet(NUMPY.where(condition, yes.value, no.value), choose(yes.first, no.first), choose(yes.second, no.second))


def _maximum(u: Any, v: Any) -> Any:
    if not isinstance(u, Jet) and not isinstance(v, Jet):
        return np.maximum(u, v)
    return _where(_known(u) >= _known(v), u, v)


def _minimum(u: Any, v: Any) -> Any:
    if not isinstance(u, Jet) and not isinstance(v, Jet):
        return np.minimum(u, v)
    return _where(_known(u) <= _known(v), u, v)


def _logaddexp(u: Any, v: Any) -> Any:
    """U + log(1 + exp(v - u)): with w = v's share, slopes mix by w and curvature gains w (1 - w) d d'."""
    if not isinstance(u, Jet) and not isinstance(v, Jet):
        return np.logaddexp(u, v)
    u, v = _as_jet(u), _as_jet(v)
    share = special.expit(v.value - u.value)
    gap = _sum(v.first, {i: -d for i, d in u.first.items()})
    curve = _sum(v.second, {k: -d for k, d in u.second.items()})
    first = _sum(u.first, {i: share * d for i, d in gap.items()})
    second = _sum(u.second, {k: share * d for k, d in curve.items()})
    spread = share * (1.0 - share)
    for i, j in _pairs(gap):
        _accumulate(second, (i, j), (spread * gap[i]) * gap[j])
    return Jet(np.logaddexp(u.value, v.value), first, second)


def _mills(u: Any) -> Any:
    """The standard normal's density over its distribution function: slope of log Phi."""
    return np.sqrt(2.0 / np.pi) / special.erfcx(u * -np.sqrt(0.5))


def _log_ndtr_curvature(u: Any) -> Any:
    """-m (u + m), where m is ``_mills``; far to the left, where u + m cancels, by its series in 1 / u."""
    m, inverse = _mills(u), 1.0 / np.minimum(u, FAR_LEFT) ** 2
    series = 1.0 - inverse * (1.0 - inverse * (6.0 - 50.0 * inverse))
    return -np.where(u < FAR_LEFT, series, m * (u + m))


def _known(number: Number) -> Known:
    return cast(Known, number.value if isinstance(number, Jet) else number)


def _as_jet(value: Number) -> Jet:
    return value if isinstance(value, Jet) else Jet(value, {}, {})


JETS: Namespace = SimpleNamespace(
    log=_unary(NUMPY.log, lambda u: 1.0 / u, lambda u: -1.0 / (u * u)),
    log1p=_unary(NUMPY.log1p, lambda u: 1.0 / (1.0 + u), lambda u: -1.0 / ((1.0 + u) * (1.0 + u))),
    exp=_unary(NUMPY.exp, NUMPY.exp, NUMPY.exp),
    expm1=_unary(NUMPY.expm1, NUMPY.exp, NUMPY.exp),
    gammaln=_unary(NUMPY.gammaln, special.psi, lambda u: special.zeta(2.0, u)),
    where=_where,
    maximum=_maximum,
    minimum=_minimum,
    logaddexp=_logaddexp,
    log_ndtr=_unary(NUMPY.log_ndtr, _mills, _log_ndtr_curvature),
)
