"""Ratios of Gamma functions with large arguments, where differences of logarithms would lose precision."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Float = NDArray[np.float64]


def log_rising(z: ArrayLike, n: ArrayLike) -> Float:
    """Log Gamma(z + n) - log Gamma(z), also for z or n so large that the two would cancel."""
    z, n = (np.asarray(v, dtype=float) for v in (z, n))
    if np.max(z, initial=0.0) + np.max(n, initial=0.0) < 1e5:
        found: Float = special.gammaln(z + n) - special.gammaln(z)
        return found
    large = z >= 20.0
    zl = np.where(large, z, 20.0)
    # Stirling's series, its leading terms joined before they are large.
    stirling = (zl + n - 0.5) * np.log1p(n / zl) + n * (np.log(zl) - 1.0) + (_stirling(zl + n) - _stirling(zl))
    small = special.gammaln(np.where(large, 1.0, z) + n) - special.gammaln(np.where(large, 1.0, z))
    if np.any(~large & (n > 20.0)):
        # From z up to 20 by gammaln, and on by Stirling: log Gamma(z + n) itself would round at its own size.
        rest = np.maximum(z + n, 20.0) - 20.0
        far = (19.5 + rest) * np.log1p(rest / 20.0) + rest * (np.log(20.0) - 1.0)
        far = far + (_stirling(20.0 + rest) - _stirling(np.full_like(rest, 20.0)))
        far = far + (special.gammaln(20.0) - special.gammaln(np.where(large, 1.0, z)))
        small = np.where(z + n > 20.0, far, small)
    joined: Float = np.where(large, stirling, small)
    return joined


def _stirling(z: Float) -> Float:
    w = 1.0 / (z * z)
    return (1.0 / 12.0 - w * (1.0 / 360.0 - w * (1.0 / 1260.0 - w / 1680.0))) / z
