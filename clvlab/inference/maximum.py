"""The mode of a log-density by Newton steps in a trust region within a wide box, and what its curvature says."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clvlab.inference.information import eigenvectors, inverse

Float = NDArray[np.float64]
Derivatives = Callable[[Float], tuple[float, Float, Float]]

# Above this condition number of the information (log scale) the likelihood is a ridge: some direction in the
# parameters is not told apart by the data, and a normal approximation is meaningless there.
RIDGE = 2e4
FLAT = 1e10  # beyond it the inverse loses its digits
# No parameter goes further than this factor from where it starts. A likelihood that pushes one there is telling that
# its part of the story is absent (nobody drops out, all buy alike); beyond it the gamma functions lose digits.
FURTHEST = 1e5
# A predicted gain below this share of the log-density drowns in its rounding.
ROUNDING = 1e-13
# Less than this is left to gain: estimates would move by half a percent of a standard error. Far out on a ridge, where
# gamma functions lose digits and standard errors are withheld, no climb comes that close.
NOTHING, NOTHING_ON_A_RIDGE = 1e-5, 1e-3
STEPS = 300
LARGEST_STEP = 3.0


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
    edge : array of bool, shape (parameters,)
        Parameters held at the edge of the box, where the density still rises outwards.
    decrement : float
        What a quadratic model says is still to be gained by the others; infinite where it has no peak.
    condition_number : float
        Of the observed information on the log scale; infinite where a parameter is at an edge.
    iterations : int
    """

    at: Float
    value: float
    gradient: Float
    hessian: Float
    edge: NDArray[np.bool_]
    decrement: float
    condition_number: float
    iterations: int

    @property
    def converged(self) -> bool:
        """Whether no further step improves the log-density or any estimate, to numerical accuracy."""
        return self.decrement < max(1e-9 * abs(self.value), NOTHING if self.identified else NOTHING_ON_A_RIDGE)

    @property
    def identified(self) -> bool:
        """Whether the curvature supports a normal approximation."""
        return bool(np.isfinite(self.condition_number) and self.condition_number < RIDGE)

    @property
    def peaked(self) -> bool:
        """Whether there is a peak at all, however long its ridge.

        Draws in proportion to the curvature do not depend on how parameters are scaled or combined (customers who spend
        alike tell v / q sharply and q hardly): whether they can be trusted is for their weights to say.
        """
        return self.condition_number < FLAT

    @property
    def covariance(self) -> Float:
        """Inverse of the observed information, in the log parameters.

        Raises
        ------
        FitError
            It is singular to rounding; never where ``identified``.
        """
        return inverse(-self.hessian)


def maximize(derivatives: Derivatives, value: Callable[[Float], float], start: Float) -> Maximum:
    """Find the mode, beginning at ``start``.

    Parameters
    ----------
    derivatives : callable
        Log parameters to (value, gradient, Hessian).
    value : callable
        Log parameters to value alone, cheaper: asked before a step is taken.
    start : array, shape (parameters,)
    """
    theta, radius = np.array(start, dtype=float), 1.0
    low, high = theta - np.log(FURTHEST), theta + np.log(FURTHEST)
    here, gradient, hessian = derivatives(theta)
    iterations = 0
    while iterations < STEPS:
        free = ~_edge(theta, gradient, low, high)
        step, gain = _step(gradient[free], hessian[np.ix_(free, free)], radius)
        proposed = theta.copy()
        proposed[free] = np.clip(theta[free] + step, low[free], high[free])
        if gain <= ROUNDING * max(1.0, abs(here)):
            # What is left to gain cannot be seen in the value, but Newton's step still mends the last digits.
            theta = proposed
            here, gradient, hessian = derivatives(theta)
            break
        found = value(proposed)
        ratio = (found - here) / gain if np.isfinite(found) else -1.0
        iterations += 1
        if ratio < 0.25:
            radius = 0.25 * min(radius, float(np.linalg.norm(step)))
        elif ratio > 0.75 and np.linalg.norm(step) > 0.9 * radius:
            radius = min(2.0 * radius, LARGEST_STEP)
        if ratio > 0.05:
            theta = proposed
            here, gradient, hessian = derivatives(theta)
        elif radius < 1e-9:
            break
    return _described(theta, here, gradient, hessian, _edge(theta, gradient, low, high), iterations)


def _edge(theta: Float, gradient: Float, low: Float, high: Float) -> NDArray[np.bool_]:
    """Parameters at the edge of the box that the density would push further."""
    return ((theta <= low) & (gradient < 0)) | ((theta >= high) & (gradient > 0))


def _step(gradient: Float, hessian: Float, radius: float) -> tuple[Float, float]:
    """The best step of the quadratic model within ``radius``, and the gain it promises."""
    if not gradient.size or not np.isfinite(hessian).all():
        return np.zeros_like(gradient), 0.0
    curvature, axes = eigenvectors(-hessian)
    along = axes.T @ gradient
    damping = 0.0 if curvature[0] > 0 else -curvature[0] * (1.0 + 1e-6) + 1e-12 * max(1.0, curvature[-1])

    def taken(extra: float) -> Float:
        return along / (curvature + damping + extra)

    extra = 0.0
    if np.linalg.norm(taken(0.0)) > radius:
        reach = float(np.linalg.norm(along)) / radius
        bottom, top = 0.0, reach + abs(float(curvature[0]))
        for _ in range(60):
            extra = (bottom + top) / 2.0
            bottom, top = (extra, top) if np.linalg.norm(taken(extra)) > radius else (bottom, extra)
        extra = top
    step = taken(extra)
    return axes @ step, float(along @ step - 0.5 * curvature @ step**2)


def _described(
    theta: Float, value: float, gradient: Float, hessian: Float, edge: NDArray[np.bool_], iterations: int
) -> Maximum:
    decrement, condition = np.inf, np.inf
    free = ~edge
    inner = -hessian[np.ix_(free, free)]
    if np.isfinite(hessian).all():
        eigenvalues = np.linalg.eigvalsh(inner) if inner.size else np.ones(1)
        # On a ridge rounding may leave an eigenvalue a hair below 0.
        if eigenvalues[0] > -1e-9 * eigenvalues[-1]:
            decrement = float(gradient[free] @ np.linalg.pinv(inner, hermitian=True) @ gradient[free] / 2.0)
        if eigenvalues[0] > 0 and not edge.any():
            condition = float(eigenvalues[-1] / eigenvalues[0])
    return Maximum(theta, value, gradient, hessian, edge, decrement, condition, iterations)
