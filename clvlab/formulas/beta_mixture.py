r"""E[(1 + p tau)^-r] over p ~ Beta(a, b): how likely a thinned Poisson buyer is still alive, to a relative 1e-8.

It is 2F1(r, a; a + b; -tau), whose series lose digits where the value is small. Here it is integrated over
u = logit p, where the integrand is positive and has one peak, at a root of a quadratic.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import special

Float = NDArray[np.float64]

NODES, WEIGHTS = np.polynomial.legendre.leggauss(64)
NODES, WEIGHTS = (NODES + 1.0) / 2.0, WEIGHTS / 2.0
DROP = 40.0  # parts of the integrand below exp(-40) of its peak are left out


def expected_power(tau: Float, r: Float, a: Float, b: Float) -> Float:
    """E[(1 + p tau)^-r], p ~ Beta(a, b), for tau above 0; arrays of one shape.

    Between the integrand's bends (u = 0, where (1 + p tau)^r starts to bite, the peak) nodes are evenly laid; outside
    them, where it decays at rates a and b, a step grows with its distance from the bend.
    """
    peak = _peak(tau, r, a, b)
    bend = -np.log(tau) - np.log(np.maximum(r, 1.0))
    first, last = np.minimum(np.minimum(bend, peak), 0.0), np.maximum(np.maximum(bend, peak), 0.0)
    top = _h(peak, tau, r, a, b)
    low = _end(peak, first - 2.0 * DROP / np.minimum(a, 1.0) - DROP, top, tau, r, a, b)
    high = _end(peak, last + 2.0 * DROP / np.minimum(b, 1.0) + DROP, top, tau, r, a, b)
    left, right = np.maximum(first, low), np.minimum(last, high)
    out_left, out_right = np.log1p(left - low), np.log1p(high - right)
    total = np.zeros_like(tau)
    for node, weight in zip(NODES, WEIGHTS, strict=True):
        step = np.exp(out_left * node)
        total += weight * out_left * step * np.exp(_h(left - (step - 1.0), tau, r, a, b) - top)
        total += weight * (right - left) * np.exp(_h(left + (right - left) * node, tau, r, a, b) - top)
        step = np.exp(out_right * node)
        total += weight * out_right * step * np.exp(_h(right + (step - 1.0), tau, r, a, b) - top)
    found: Float = np.exp(np.log(total) + top - special.betaln(a, b))
    return found


def _h(u: Float, tau: Float, r: Float, a: Float, b: Float) -> Float:
    """Log integrand over u = logit p, the Beta's normalising constant left out."""
    log_p = -np.logaddexp(0.0, -u)
    return a * log_p - b * np.logaddexp(0.0, u) - r * np.log1p(tau * np.exp(log_p))


def _peak(tau: Float, r: Float, a: Float, b: Float) -> Float:
    """Where h' = 0: the positive root v = e^u of -b (1 + tau) v^2 + B v + a = 0."""
    B = a * (1.0 + tau) - b - r * tau
    lead = b * (1.0 + tau)
    root = np.hypot(B, 2.0 * np.sqrt(a * lead))
    return np.log(np.where(B > 0, (B + root) / (2.0 * lead), 2.0 * a / np.where(B > 0, 1.0, root - B)))


def _end(inside: Float, outside: Float, top: Float, tau: Float, r: Float, a: Float, b: Float) -> Float:
    """Between the peak and a point far out: where h has dropped by ``DROP``, by bisection."""
    for _ in range(40):
        middle = (inside + outside) / 2.0
        within = _h(middle, tau, r, a, b) > top - DROP
        inside, outside = np.where(within, middle, inside), np.where(within, outside, middle)
    return outside
