"""Prior distributions, as stated to a reader and as densities of what is estimated.

A parameter is estimated by its logarithm, so ``log_density`` of a positive parameter's prior is the density of that
logarithm: the Jacobian is in it. (Left out, Gamma(3, 1) would peak at log 2 instead of log 3.)
"""

from dataclasses import dataclass, replace
from typing import Protocol, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from clvlab.formulas.namespace import Namespace, Number


class Prior(Protocol):
    """What inference and figures need of a prior."""

    def scaled(self, factor: float) -> Self:
        """The prior of ``factor`` times the parameter."""
        ...

    def log_density(self, u: Number, xp: Namespace) -> Number:
        """Log-density of the estimated value u: the parameter's logarithm, or the coefficient itself."""
        ...

    def density(self, value: ArrayLike) -> NDArray[np.float64]:
        """Density of the parameter, for plotting."""
        ...

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Draws of the parameter."""
        ...

    @property
    def normal(self) -> tuple[float, float] | None:
        """Mean and standard deviation of the free value, where that is normal; None: its density is ``log_density``."""
        ...

    def from_free(self, free: Number, xp: Namespace) -> Number:
        """The estimated value from a free one, which may be any number: a sampler meets no bounds."""
        ...


@dataclass(frozen=True)
class LogNormal:
    """log(parameter) is normal around log(median) with standard deviation ``spread``.

    ``spread = 1.5`` puts nine tenths of the mass between a twelfth and twelve times the median.

    Examples
    --------
    >>> print(LogNormal(median=10.0, spread=1.5))
    log-normal, median 10, 90 % between 0.848 and 118
    >>> LogNormal(median=10.0, spread=1.5).scaled(7.0).median
    70.0
    """

    median: float
    spread: float

    def __post_init__(self) -> None:
        _check_positive(self, "median", "spread")

    def __str__(self) -> str:
        low, high = self.interval(0.9)
        return f"log-normal, median {self.median:.3g}, 90 % between {low:.3g} and {high:.3g}"

    def scaled(self, factor: float) -> "LogNormal":
        """The prior of ``factor`` times the parameter."""
        return replace(self, median=self.median * factor)

    def log_density(self, u: Number, xp: Namespace) -> Number:
        """Normal density of the logarithm."""
        del xp
        z = (u - np.log(self.median)) / self.spread
        found: Number = z * z * -0.5 - np.log(self.spread * np.sqrt(2.0 * np.pi))
        return found

    def density(self, value: ArrayLike) -> NDArray[np.float64]:
        """Density at ``value``, for plotting."""
        return np.asarray(stats.lognorm.pdf(value, s=self.spread, scale=self.median))

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Draws of the parameter."""
        return rng.lognormal(np.log(self.median), self.spread, size)

    def interval(self, mass: float) -> tuple[float, float]:
        """The central interval that holds ``mass``."""
        low, high = stats.lognorm.interval(mass, s=self.spread, scale=self.median)
        return float(low), float(high)

    @property
    def normal(self) -> tuple[float, float] | None:
        """Of the logarithm."""
        return float(np.log(self.median)), self.spread

    def from_free(self, free: Number, xp: Namespace) -> Number:
        """The estimated value itself, which may be any number."""
        del xp
        return free


@dataclass(frozen=True)
class AboveOne:
    """The parameter less 1 has the prior ``excess``: it vanishes at 1.

    Examples
    --------
    >>> print(AboveOne(LogNormal(median=2.0, spread=1.5)))
    1 + log-normal, median 2, 90 % between 0.17 and 23.6
    """

    excess: LogNormal

    def __str__(self) -> str:
        return f"1 + {self.excess}"

    def scaled(self, factor: float) -> "AboveOne":
        """The parameter has no unit, so only a factor of 1 is allowed."""
        if factor != 1.0:
            raise ValueError("A prior above 1 is for parameters without a unit.")
        return self

    def log_density(self, u: Number, xp: Namespace) -> Number:
        """Density of the parameter's logarithm; NaN at 1 and below, where there is none."""
        above = xp.expm1(u)
        with np.errstate(divide="ignore", invalid="ignore"):  # at 1 and below, as said
            excess = xp.log(above)
        # The excess' logarithm w has the normal density; dw/du = exp(u) / (exp(u) - 1).
        return self.excess.log_density(excess, xp) + u - excess

    def density(self, value: ArrayLike) -> NDArray[np.float64]:
        """Density at ``value``, for plotting."""
        return self.excess.density(np.asarray(value) - 1.0)

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Draws of the parameter."""
        return 1.0 + self.excess.draw(rng, size)

    @property
    def normal(self) -> tuple[float, float] | None:
        """Of the excess' logarithm."""
        return self.excess.normal

    def from_free(self, free: Number, xp: Namespace) -> Number:
        """The parameter's logarithm from its excess'."""
        return xp.logaddexp(free, 0.0)


@dataclass(frozen=True)
class Gamma:
    """The parameter is Gamma with this ``shape`` and ``rate``: mean shape / rate.

    Examples
    --------
    >>> print(Gamma(shape=3.0, rate=1.0))
    Gamma, shape 3, rate 1, 90 % between 0.818 and 6.3
    """

    shape: float
    rate: float

    def __post_init__(self) -> None:
        _check_positive(self, "shape", "rate")

    def __str__(self) -> str:
        low, high = stats.gamma.interval(0.9, self.shape, scale=1.0 / self.rate)
        return f"Gamma, shape {self.shape:.3g}, rate {self.rate:.3g}, 90 % between {low:.3g} and {high:.3g}"

    def scaled(self, factor: float) -> "Gamma":
        """The prior of ``factor`` times the parameter."""
        return replace(self, rate=self.rate / factor)

    def log_density(self, u: Number, xp: Namespace) -> Number:
        """Density of the logarithm: shape u - rate exp(u), where the density of the parameter has shape - 1."""
        constant: float = self.shape * np.log(self.rate) - special.gammaln(self.shape)
        return u * self.shape - xp.exp(u) * self.rate + constant

    def density(self, value: ArrayLike) -> NDArray[np.float64]:
        """Density at ``value``, for plotting."""
        return np.asarray(stats.gamma.pdf(value, self.shape, scale=1.0 / self.rate))

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Draws of the parameter."""
        return rng.gamma(self.shape, 1.0 / self.rate, size)

    @property
    def normal(self) -> tuple[float, float] | None:
        """None: the logarithm is not normal."""
        return None

    def from_free(self, free: Number, xp: Namespace) -> Number:
        """The estimated value itself, which may be any number."""
        del xp
        return free


@dataclass(frozen=True)
class Normal:
    """A coefficient is normal around ``mean`` with standard deviation ``spread``."""

    mean: float
    spread: float

    def __post_init__(self) -> None:
        _check_positive(self, "spread")

    def __str__(self) -> str:
        return f"normal, mean {self.mean:.3g}, standard deviation {self.spread:.3g}"

    def scaled(self, factor: float) -> "Normal":
        """The prior of ``factor`` times the coefficient."""
        return Normal(self.mean * factor, self.spread * abs(factor))

    def log_density(self, u: Number, xp: Namespace) -> Number:
        """Normal density."""
        del xp
        z = (u - self.mean) / self.spread
        found: Number = z * z * -0.5 - np.log(self.spread * np.sqrt(2.0 * np.pi))
        return found

    def density(self, value: ArrayLike) -> NDArray[np.float64]:
        """Density at ``value``, for plotting."""
        return np.asarray(stats.norm.pdf(value, self.mean, self.spread))

    def draw(self, rng: np.random.Generator, size: int) -> NDArray[np.float64]:
        """Draws of the coefficient."""
        return rng.normal(self.mean, self.spread, size)

    @property
    def normal(self) -> tuple[float, float] | None:
        """Of the coefficient."""
        return self.mean, self.spread

    def from_free(self, free: Number, xp: Namespace) -> Number:
        """The estimated value itself, which may be any number."""
        del xp
        return free


def _check_positive(prior: object, *names: str) -> None:
    bad = {name: getattr(prior, name) for name in names if not 0 < getattr(prior, name) < np.inf}
    if bad:
        raise ValueError(f"{type(prior).__name__} needs positive numbers; found {bad}.")
