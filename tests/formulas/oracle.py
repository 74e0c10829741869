"""Slow and sure: the formulas as printed, with as many digits as it takes for two precisions to agree."""

from collections.abc import Callable
from typing import Any

import mpmath as mp
import numpy as np

AGREE = mp.mpf(10) ** -14
PANEL_NODES, PANEL_WEIGHTS = np.polynomial.legendre.leggauss(16)
PANEL_NODES, PANEL_WEIGHTS = (PANEL_NODES + 1.0) / 2.0, PANEL_WEIGHTS / 2.0


def settled(compute: Callable[[], Any]) -> Any:
    """Raise the precision until two in a row agree to 14 digits."""
    before = None
    for digits in (40, 80, 160, 320, 640):
        with mp.workdps(digits):
            value = mp.mpf(compute())
            if not mp.isfinite(value):
                raise ArithmeticError("the oracle has no finite value")
            if before is not None and abs(value - before) <= AGREE * abs(value):
                return value
        before = value
    raise ArithmeticError("the oracle's digits do not settle")


def over_log_odds(log_weight: Callable[[Any, Any], Any], r: float, tau: float, a: float, b: float) -> float:
    """E[exp(log_weight(p))] for p ~ Beta(a, b): Gauss-Legendre over u = logit p, in panels that no peak outruns.

    Far to the left the integrand is exp(a u) and far to the right exp(-b u), each to the last digit: there the
    integral is exact.
    """
    low = -40.0 - np.log((1.0 + r) * (1.0 + tau) * (1.0 + b))
    high = 40.0 + np.log1p(a + r)
    edges = np.linspace(low, high, int((high - low) / 0.05) + 2)
    width = edges[1] - edges[0]
    u = (edges[:-1, None] + width * PANEL_NODES).ravel()

    def log_integrand(u: Any) -> Any:
        log_p, log_rest = -np.logaddexp(0.0, -u), -np.logaddexp(0.0, u)
        return log_weight(log_p, np.exp(log_p)) + a * log_p + b * log_rest

    inside = log_integrand(u)
    ends = log_integrand(np.array([low, high]))
    top = max(inside.max(), ends.max())
    weights = np.tile(width * PANEL_WEIGHTS, len(edges) - 1)
    total = weights @ np.exp(inside - top) + np.exp(ends[0] - top) / a + np.exp(ends[1] - top) / b
    return mp.exp(mp.mpf(float(top)) - mp.loggamma(a) - mp.loggamma(b) + mp.loggamma(mp.mpf(a) + b)) * float(total)


def off_pole(a: Any, b: Any) -> Any:
    """A, moved by far less than a double can tell where a = 1 or a + b = 1 makes the printed form 0 / 0."""
    a, b = mp.mpf(a), mp.mpf(b)
    tiny = mp.mpf(10) ** -30
    return a + tiny if min(abs(a - 1), abs(a + b - 1)) < tiny else a


def bg_nbd_log_likelihood(x: float, t_x: float, T: float, r: float, alpha: float, a: float, b: float) -> Any:
    """Fader, Hardie & Lee (2005), eq. (6), in raw powers."""

    def compute() -> Any:
        X, R, A, B = (mp.mpf(v) for v in (x, r, a, b))
        survived = mp.beta(A, B + X) / mp.beta(A, B) / (mp.mpf(alpha) + T) ** (R + X)
        left = 0
        if x > 0:
            left = mp.beta(A + 1, B + X - 1) / mp.beta(A, B) / (mp.mpf(alpha) + t_x) ** (R + X)
        return mp.log(mp.gammaprod([R + X], [R]) * mp.mpf(alpha) ** R * (survived + left))

    return settled(compute)


def bg_nbd_prob_alive(x: float, t_x: float, T: float, r: float, alpha: float, a: float, b: float) -> Any:
    """Fader, Hardie & Lee (2008), Computing P(alive) Using the BG/NBD Model, in raw powers."""
    if x == 0:
        return mp.mpf(1)

    def compute() -> Any:
        ratio = (mp.mpf(alpha) + T) / (mp.mpf(alpha) + t_x)
        return 1 / (1 + mp.mpf(a) / (mp.mpf(b) + x - 1) * ratio ** (mp.mpf(r) + x))

    return settled(compute)


def bg_nbd_expected_purchases_as_printed(t: float, r: float, alpha: float, a: float, b: float) -> Any:
    """Fader, Hardie & Lee (2005), eq. (9). mpmath's 2F1 cannot be trusted where a or b is in the hundreds."""

    def compute() -> Any:
        R, B, A = mp.mpf(r), mp.mpf(b), off_pole(a, b)
        whole = mp.mpf(alpha) + t
        series = mp.hyp2f1(R, B, A + B - 1, t / whole)
        return (A + B - 1) / (A - 1) * (1 - (alpha / whole) ** R * series)

    return settled(compute)


def bg_nbd_expected_purchases(t: float, r: float, alpha: float, a: float, b: float) -> Any:
    """E[(1 - (1 + p tau)^-r) / p]: given lambda and p, purchases come to (1 - exp(-lambda p t)) / p by t."""
    tau = t / alpha

    def log_weight(log_p: Any, p: Any) -> Any:
        return np.log(-np.expm1(-r * np.log1p(p * tau))) - log_p

    return over_log_odds(log_weight, r, tau, a, b) if t > 0 else mp.mpf(0)


def bg_nbd_prob_alive_later(t: float, r: float, alpha: float, a: float, b: float) -> Any:
    """E[(1 + p tau)^-r]: given lambda and p, alive with probability exp(-lambda p t)."""
    return over_log_odds(lambda _, p: -r * np.log1p(p * t / alpha), r, t / alpha, a, b)


def bg_nbd_pmf(y: int, t: float, r: float, alpha: float, a: float, b: float) -> Any:
    """Fader, Hardie & Lee (2005), eq. (8): its sum over j < y is an incomplete beta function."""
    if t == 0:
        return mp.mpf(y == 0)

    def compute() -> Any:
        R, A, B, whole = mp.mpf(r), mp.mpf(a), mp.mpf(b), mp.mpf(alpha) + t
        arrivals = mp.gammaprod([R + y], [R, y + 1]) * (alpha / whole) ** R * (t / whole) ** y
        value = mp.beta(A, B + y) / mp.beta(A, B) * arrivals
        if y > 0:
            value += mp.beta(A + 1, B + y - 1) / mp.beta(A, B) * mp.betainc(y, R, 0, t / whole, regularized=True)
        return value

    return settled(compute)


def gamma_gamma_log_likelihood(x: float, m_x: float, p: float, q: float, v: float) -> Any:
    """Log of the integral over nu of Gamma(m_x | p x, nu x) Gamma(nu | q, v): before anything is solved."""
    px = mp.mpf(p) * x
    shape, rate = px + q, mp.mpf(v) + mp.mpf(x) * m_x

    def log_integrand(log_nu: Any) -> Any:
        # d nu = nu d log nu; terms without nu stand outside.
        return shape * log_nu - rate * mp.exp(log_nu)

    def compute() -> Any:
        X, M, Q, V = (mp.mpf(w) for w in (x, m_x, q, v))
        peak, width = mp.log(shape / rate), 1 / mp.sqrt(shape)
        top = log_integrand(peak)
        # Below the peak the integrand falls as exp(shape u), above it as exp(-shape e^u).
        low = peak - 90 / min(shape, mp.sqrt(shape)) - 12 * width
        high = peak + mp.log1p(90 / shape) + min(13 * width, mp.mpf(7))
        edges = sorted({low, *(peak + k * width for k in range(-12, 13) if low < peak + k * width < high), high})
        integral = mp.quad(lambda u: mp.exp(log_integrand(u) - top), edges)
        known = px * mp.log(X) + (px - 1) * mp.log(M) - mp.loggamma(px) + Q * mp.log(V) - mp.loggamma(Q)
        return known + top + mp.log(integral)

    with mp.workdps(30):
        return compute()


def relative_error(found: Any, truth: list[Any], floor: float = 1e-290) -> np.ndarray:
    """Error of each value as a share of the truth; what is below ``floor`` may be anything as small."""
    errors = []
    for value, true in zip(np.atleast_1d(found), truth, strict=True):
        if not np.isfinite(value):
            errors.append(np.inf)
        elif abs(true) < floor:
            errors.append(0.0 if abs(value) < 10 * floor else np.inf)
        else:
            errors.append(float(abs(mp.mpf(float(value)) - true) / abs(true)))
    return np.array(errors)


def log_error(found: Any, truth: list[Any]) -> np.ndarray:
    """Error of a logarithm, where 1 is the least it is measured against."""
    return np.array(
        [
            float(abs(mp.mpf(float(value)) - true) / max(1, abs(true))) if np.isfinite(value) else np.inf
            for value, true in zip(np.atleast_1d(found), truth, strict=True)
        ]
    )
