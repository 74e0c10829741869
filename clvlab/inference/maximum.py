"""The mode of a log-density by Newton steps in a trust region, and what its curvature says."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

Float = NDArray[np.float64]
Derivatives = Callable[[Float], tuple[float, Float, Float]]

# A relative decrement below this leaves the log-likelihood within rounding of its maximum.
CONVERGED = 1e-9
# Above this condition number of the information (log scale) the likelihood is a ridge: some direction in the
# parameters is not told apart by the data, and a normal approximation is meaningless there.
RIDGE = 1e6


@dataclass(frozen=True)
class Maximum:
    """Where a log-density peaks.

    Attributes
    ----------
    at : array, shape (parameters,)
        The log parameters there.
    value : float
        Log-density there.
    gradient, hessian : arrays
        Of the log-density there.
    decrement : float
        Half g' H^-1 g: how much a quadratic model says is still to be gained; infinite where the Hessian is not
        negative definite.
    condition_number : float
        Of the observed information on the log scale.
    iterations : int
    """

    at: Float
    value: float
    gradient: Float
    hessian: Float
    decrement: float
    condition_number: float
    iterations: int

    @property
    def converged(self) -> bool:
        """Whether nothing is left to be gained, to the accuracy of the log-density."""
        return self.decrement < CONVERGED * max(1.0, abs(self.value))

    @property
    def identified(self) -> bool:
        """Whether the curvature supports a normal approximation."""
        return bool(np.isfinite(self.condition_number) and self.condition_number < RIDGE)

    @property
    def covariance(self) -> Float:
        """Inverse of the observed information, in the log parameters."""
        return np.linalg.inv(-self.hessian)


def maximize(derivatives: Derivatives, value: Callable[[Float], float], start: Float, *, scale: float) -> Maximum:
    """Climb from ``start``.

    Parameters
    ----------
    derivatives : callable
        Log parameters to (value, gradient, Hessian).
    value : callable
        Log parameters to value alone, cheaper.
    start : array, shape (parameters,)
    scale : float
        Divides the log-density, so that steps are judged alike for ten customers and ten million: their number.
    """
    known: dict[bytes, tuple[float, Float, Float]] = {}

    def at(theta: Float) -> tuple[float, Float, Float]:
        key = theta.tobytes()
        if key not in known:
            known.clear()
            known[key] = derivatives(theta)
        return known[key]

    def loss(theta: Float) -> float:
        found = value(theta)
        return -found / scale if np.isfinite(found) else np.inf

    result = optimize.minimize(
        loss,
        start,
        jac=lambda theta: -at(theta)[1] / scale,
        hess=lambda theta: -at(theta)[2] / scale,
        method="trust-exact",
        options={"gtol": 1e-10, "maxiter": 200, "initial_trust_radius": 1.0, "max_trust_radius": 3.0},
    )
    return _polished(derivatives, result.x, int(result.nit))


def _polished(derivatives: Derivatives, theta: Float, iterations: int) -> Maximum:
    """One or two plain Newton steps: the trust region stops where changes of the value drown in rounding."""
    found = _described(derivatives, theta, iterations)
    for _ in range(2):
        if not np.isfinite(found.decrement) or found.decrement == 0.0:
            break
        step = np.linalg.solve(found.hessian, found.gradient)
        if np.max(np.abs(step)) > 0.1:
            break
        further = _described(derivatives, found.at - step, found.iterations + 1)
        if not further.decrement < found.decrement:
            break
        found = further
    return found


def _described(derivatives: Derivatives, theta: Float, iterations: int) -> Maximum:
    value, gradient, hessian = derivatives(theta)
    decrement, condition = np.inf, np.inf
    if np.isfinite(hessian).all():
        eigenvalues = np.linalg.eigvalsh(-hessian)
        if eigenvalues[0] > 0:
            condition = float(eigenvalues[-1] / eigenvalues[0])
            decrement = float(gradient @ np.linalg.solve(-hessian, gradient) / 2.0)
    return Maximum(theta, value, gradient, hessian, decrement, condition, iterations)
