"""Prior distributions of positive parameters, as stated to a reader and as log-densities."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats


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
        if not (self.median > 0 and self.spread > 0 and np.isfinite([self.median, self.spread]).all()):
            raise ValueError(f"A log-normal prior needs median > 0 and spread > 0; found {self.median}, {self.spread}.")

    def __str__(self) -> str:
        low, high = self.interval(0.9)
        return f"log-normal, median {self.median:.3g}, 90 % between {low:.3g} and {high:.3g}"

    def scaled(self, factor: float) -> "LogNormal":
        """The prior of ``factor`` times the parameter."""
        return replace(self, median=self.median * factor)

    def density(self, value: Any) -> NDArray[np.float64]:
        """Density at ``value``, for plotting."""
        return np.asarray(stats.lognorm.pdf(value, s=self.spread, scale=self.median))

    def interval(self, mass: float) -> tuple[float, float]:
        """The central interval that holds ``mass``."""
        low, high = stats.lognorm.interval(mass, s=self.spread, scale=self.median)
        return float(low), float(high)

    def to_pymc(self, name: str) -> Any:
        """A PyMC variable of this name, inside a model."""
        import pymc as pm

        return pm.LogNormal(name, mu=np.log(self.median), sigma=self.spread)
