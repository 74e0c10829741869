"""Pareto/NBD slow and sure: as printed with 2F1, or integrated over the time of dropout, in enough digits."""

from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath as mp
from oracle import settled


def integral(h: Callable[[Any], Any], low: Any, high: Any) -> Any:
    """Integral of exp(h) for concave h, by quadrature on pieces that grow with their distance from the peak."""
    with mp.workdps(30):
        low, high = mp.mpf(low), mp.mpf(high)
        a, b = low, high
        for _ in range(100):
            left, right = a + (b - a) / 3, b - (b - a) / 3
            if h(left) < h(right):
                a = left
            else:
                b = right
        peak = (a + b) / 2
        top = h(peak)
        edges = {low, peak, high}
        for side, limit in ((-1, low), (1, high)):
            step = mp.mpf(10) ** -5
            while side * (peak + side * step - limit) < 0:
                edges.add(peak + side * step)
                if top - h(peak + side * step) > 75:
                    edges.discard(limit)
                    break
                step = min(step * 3, step + 2)
        return mp.exp(top) * mp.quad(lambda u: mp.exp(h(u) - top), sorted(edges), maxdegree=5)


@cache
def dropped(x: float, t_x: float, T: float, r: float, alpha: float, s: float, beta: float) -> Any:
    """Integral from t_x to T of (alpha + y)^-(r+x) (beta + y)^-(s+1), over w = log((m + y) / (m + t_x))."""
    if t_x == T:
        return mp.mpf(0)
    near = mp.mpf(min(alpha, beta)) + t_x

    def h(w: Any) -> Any:
        y = t_x + near * mp.expm1(w)
        return -(mp.mpf(r) + x) * mp.log(alpha + y) - (mp.mpf(s) + 1) * mp.log(beta + y) + mp.log(near) + w

    with mp.workdps(30):
        return integral(h, 0, mp.log1p((mp.mpf(T) - t_x) / near))


def dropped_as_printed(x: float, t_x: float, T: float, r: float, alpha: float, s: float, beta: float) -> Any:
    """The same by 2F1: Fader & Hardie (2005), A_0 of section 3 over r + s + x."""

    def compute() -> Any:
        R, S, A, B = (mp.mpf(v) for v in (r, s, alpha, beta))
        whole, far, q = R + S + x, max(A, B), (S + 1 if A >= B else R + x)

        def rest(t: float) -> Any:
            return mp.hyp2f1(whole, q, whole + 1, abs(A - B) / (far + t)) / (far + t) ** whole / whole

        return rest(t_x) - rest(T)

    return settled(compute)


def alive(x: float, T: float, r: float, alpha: float, s: float, beta: float) -> Any:
    """(alpha + T)^-(r+x) (beta + T)^-s."""
    return mp.exp(-(mp.mpf(r) + x) * mp.log(mp.mpf(alpha) + T) - mp.mpf(s) * mp.log(mp.mpf(beta) + T))


def log_likelihood(x: float, t_x: float, T: float, r: float, alpha: float, s: float, beta: float) -> Any:
    """Fader & Hardie (2005), section 3."""
    with mp.workdps(30):
        R, S, A, B = (mp.mpf(v) for v in (r, s, alpha, beta))
        rates = mp.loggamma(R + x) - mp.loggamma(R) + R * mp.log(A) + S * mp.log(B)
        return rates + mp.log(alive(x, T, r, alpha, s, beta) + S * dropped(x, t_x, T, r, alpha, s, beta))


def prob_alive(x: float, t_x: float, T: float, r: float, alpha: float, s: float, beta: float) -> Any:
    """Fader & Hardie (2005), section 4."""
    with mp.workdps(30):
        return 1 / (1 + s * dropped(x, t_x, T, r, alpha, s, beta) / alive(x, T, r, alpha, s, beta))


def expected_purchases(t: float, r: float, alpha: float, s: float, beta: float) -> Any:
    """The rate r / alpha times the integral over (0, t) of P(alive at u)."""
    with mp.workdps(40):
        R, A, S, B = (mp.mpf(v) for v in (r, alpha, s, beta))
        if s == 1:
            return R * B / A * mp.log1p(t / B)
        return R * B / A / (S - 1) * -mp.expm1((1 - S) * mp.log1p(t / B))


def discounted(delta: float, r: float, alpha: float, s: float, beta: float) -> Any:
    """The rate r / alpha times the integral over (0, infinity) of exp(-delta u) P(alive at u)."""
    with mp.workdps(30):
        S, kappa = mp.mpf(s), mp.mpf(delta) * beta
        end = mp.log1p(400 / kappa)
        return mp.mpf(r) * beta / alpha * integral(lambda w: -kappa * mp.expm1(w) - (S - 1) * w, 0, end)


def pmf(y: int, t: float, r: float, alpha: float, s: float, beta: float) -> Any:
    """NBD probabilities mixed over the time of dropout, integrated over its logarithm."""
    with mp.workdps(30):
        R, A, S, B, end = (mp.mpf(v) for v in (r, alpha, s, beta, t))
        counted = mp.loggamma(R + y) - mp.loggamma(R) - mp.loggamma(y + 1) + R * mp.log(A) + S * mp.log(B)

        def h(v: Any) -> Any:
            return (y + 1) * v - (R + y) * mp.log(A + mp.exp(v)) - (S + 1) * mp.log(B + mp.exp(v))

        still = mp.exp(y * mp.log(end) - (R + y) * mp.log(A + end) - S * mp.log(B + end))
        return mp.exp(counted) * (still + S * integral(h, -250, mp.log(end)))
