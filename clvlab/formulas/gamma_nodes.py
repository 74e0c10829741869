r"""Nodes and weights for integrals over a customer's own rate, whose logarithm is nearly that of a Gamma variable.

The trapezoidal rule over a standard normal variable v converges faster than any power for integrands that are smooth
and fall off on both sides. Here log y is the function of v that makes y Gamma distributed, so an integrand like a
Gamma density, however skewed, is nearly a normal curve in v; one of another width or place is still smooth.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import interpolate, special, stats

Float = NDArray[np.float64]

LOG_SHAPES = np.linspace(-7.0, 14.0, 400)


@dataclass(frozen=True)
class GammaNodes:
    """Trapezoidal nodes at ``step`` up to ``reach`` on either side, in standard deviations of v.

    Examples
    --------
    >>> log_y, log_weight = GammaNodes(step=0.6, reach=6.0).at(np.array([2.5]), np.array([4.0]))
    >>> density = 4.0**2.5 / special.gamma(2.5) * np.exp(2.5 * log_y - 4.0 * np.exp(log_y))  # of log y
    >>> round(float((density * np.exp(log_weight + log_y)).sum()), 8)  # the mean of y, 2.5 / 4
    0.625
    """

    step: float
    reach: float

    def __len__(self) -> int:
        return len(self._v)

    @cached_property
    def _v(self) -> Float:
        half = round(self.reach / self.step)
        return self.step * np.arange(-half, half + 1.0)

    @cached_property
    def _log_quantiles(self) -> interpolate.CubicSpline:
        """Log of the quantile of Gamma(shape, 1) at each node, as a function of log shape."""
        shape = np.exp(LOG_SHAPES)[:, None]
        below, above = stats.norm.cdf(self._v), stats.norm.sf(self._v)
        with np.errstate(divide="ignore", over="ignore"):
            found = np.where(below < 0.5, special.gammaincinv(shape, below), special.gammainccinv(shape, above))
            # So far to the left P(Y <= y) is y^shape / Gamma(shape + 1).
            tiny = (np.log(below) + special.gammaln(shape + 1.0)) / shape
            return interpolate.CubicSpline(LOG_SHAPES, np.where(found > 1e-290, np.log(found), tiny), axis=0)

    def at(self, shape: Float, rate: Float) -> tuple[Float, Float]:
        """Log of the nodes and log of their weights for integrals over log y, placed for y ~ Gamma(shape, rate).

        Parameters
        ----------
        shape, rate : array
            Positive, of one shape; shape from .03, below which log y has no numbers, to a million.

        Returns
        -------
        log_y, log_weight : arrays
            With one more axis, of nodes.
        """
        unscaled = np.maximum(self._log_quantiles(np.log(shape)), -700.0)  # so that y is a number
        a = np.asarray(shape)[..., None]
        log_density = a * unscaled - np.exp(unscaled) - special.gammaln(a)
        log_weight = stats.norm.logpdf(self._v) + np.log(self.step) - log_density
        return unscaled - np.log(rate)[..., None], log_weight
