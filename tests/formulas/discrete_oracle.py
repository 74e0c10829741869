"""The discrete-time formulas as printed, in raw products and sums of mpmath."""

from typing import Any

import mpmath as mp

DIGITS = 40


def beta_ratio(alpha: float, beta: float, u: Any) -> Any:
    """B(alpha, beta + u) / B(alpha, beta)."""
    a, b = mp.mpf(alpha), mp.mpf(beta)
    if u > mp.mpf(10) ** 40:  # where Gamma(b + u) / Gamma(a + b + u) is u^-a to 30 digits
        return mp.exp(mp.loggamma(a + b) - mp.loggamma(b) - a * mp.log(u))
    return mp.exp(mp.loggamma(b + u) + mp.loggamma(a + b) - mp.loggamma(a + b + u) - mp.loggamma(b))


def bg_bb_likelihood(
    x: float, t_x: float, n: float, alpha: float, beta: float, gamma: float, delta: float
) -> tuple[Any, Any]:
    """Fader, Hardie & Shang (2010), eq. (4): the likelihood, and its part for being alive at n."""
    with mp.workdps(DIGITS):
        a, b, g, d = (mp.mpf(v) for v in (alpha, beta, gamma, delta))
        x, t_x, n = int(x), int(t_x), int(n)
        whole = mp.beta(a, b) * mp.beta(g, d)
        term = mp.beta(a + x, b + t_x - x) * mp.beta(g + 1, d + t_x) / whole
        total = mp.mpf(0)
        for m in range(t_x, n):
            total += term
            term *= (b + m - x) / (a + b + m) * (d + m) / (g + 1 + d + m)
        alive = mp.beta(a + x, b + n - x) * mp.beta(g, d + n) / whole
        return total + alive, alive


def bg_bb_pmf(y: int, t: int, alpha: float, beta: float, gamma: float, delta: float) -> Any:
    """Fader, Hardie & Shang (2010), eq. (8)."""
    with mp.workdps(DIGITS):
        a, b, g, d = (mp.mpf(v) for v in (alpha, beta, gamma, delta))
        whole = mp.beta(a, b) * mp.beta(g, d)
        total = mp.binomial(t, y) * mp.beta(a + y, b + t - y) * mp.beta(g, d + t)
        for i in range(y, t):
            total += mp.binomial(i, y) * mp.beta(a + y, b + i - y) * mp.beta(g + 1, d + i)
        return total / whole


def renewals(t: int, rate: float, made: int, alpha: float, beta: float, c: float) -> Any:
    """The sum over j = 1..t of S(n + j) / S(n) (1 + d)^-(j - 1), term by term."""
    with mp.workdps(90):
        power = mp.mpf(c)
        now = beta_ratio(alpha, beta, mp.mpf(made) ** power if made else 0)
        step = 1 / (1 + mp.mpf(rate))
        return (
            mp.fsum(beta_ratio(alpha, beta, mp.mpf(made + j) ** power) * step ** (j - 1) for j in range(1, t + 1)) / now
        )


def residual_lifetime(rate: float, made: int, alpha: float, beta: float) -> Any:
    """Fader & Hardie (2010): DERL of the shifted-beta-geometric, by 2F1."""
    with mp.workdps(DIGITS):
        a, b = mp.mpf(alpha), mp.mpf(beta) + made
        return b / (a + b) * mp.hyp2f1(1, b + 1, a + b + 1, 1 / (1 + mp.mpf(rate)), maxterms=10**7)


def weibull_log_likelihood(period: int, lost: int, alpha: float, beta: float, c: float) -> Any:
    """Log of S(t - 1) - S(t), or of S(t), as printed."""
    if period == 0:
        return mp.mpf(0)
    last = mp.inf
    for digits in (60, 240, 960):  # t^c may need as many digits as it has
        with mp.workdps(digits):
            power = mp.mpf(c)
            now = beta_ratio(alpha, beta, mp.mpf(period) ** power)
            before = beta_ratio(alpha, beta, mp.mpf(period - 1) ** power if period > 1 else 0)
            value = mp.log(before - now) if lost else mp.log(now)
            if abs(value - last) < mp.mpf(10) ** -20 * abs(value):
                return value
            last = value
    raise ArithmeticError("the oracle's digits do not settle")
