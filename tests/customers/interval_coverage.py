"""How often intervals of customer measures hold the truth: ``python tests/customers/interval_coverage.py``.

Shares, net shares, rates and changes are exact: chances of all outcomes are summed. Means, ratios and Cronbach's alpha
are of worlds simulated from a seed.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special, stats

from clvlab.customers import cronbach_alpha
from clvlab.customers.intervals import change, mean, net_share, rate, ratio, share
from clvlab.inference.proportions import wilson

Float = NDArray[np.float64]
SHARES = np.arange(1, 1000) / 1000
CUSTOMERS = (10, 30, 100, 1000)
TOUCHES = 1e-9  # an end that is the truth holds it


def held(low: Float, high: Float, true: Float) -> NDArray[np.bool_]:
    """Whether intervals hold the truth."""
    return (low <= true + TOUCHES) & (true - TOUCHES <= high)


def jeffreys(hits: Float, of: int) -> tuple[Float, Float, Float]:
    """Jeffreys' interval, with 0 and 1 where none or all are hits."""
    low, high = (stats.beta.ppf(tail, hits + 0.5, of - hits + 0.5) for tail in (0.025, 0.975))
    return hits / of, np.where(hits == 0, 0.0, low), np.where(hits == of, 1.0, high)


def of_shares(n: int, by: Callable[..., tuple[Float, Float, Float]] = share) -> pd.Series:
    """Coverage at each of the shares .001 to .999."""
    hits = np.arange(n + 1)
    _, low, high = by(hits, n)
    chance = stats.binom.pmf(hits, n, SHARES[:, None])
    return pd.Series((chance * held(low, high, SHARES[:, None])).sum(axis=1), index=SHARES)


def mixes() -> Float:
    """Shares of promoters and detractors: an even grid, and extremes, where nearly all say the same."""
    even = np.arange(0.02, 0.985, 0.04)
    rare = np.array([0.0, 0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05])
    some = np.array([*rare, 0.1, 0.25, 0.5, 0.75, 0.9, *(1.0 - rare)])
    pairs = [(p, q) for p in even for q in even if p + q <= 0.98 + TOUCHES]
    pairs += [(p, q) for p in some for q in some if p + q <= 1.0] + [(p, 1.0 - p) for p in some]
    return np.array(pairs)


def of_net_shares(n: int, at: Float) -> Float:
    """Coverage at each mix of promoters and detractors (rows of ``at``)."""
    plus, minus = (each.ravel() for each in np.meshgrid(np.arange(n + 1.0), np.arange(n + 1.0)))
    possible = plus + minus <= n
    plus, minus = plus[possible], minus[possible]
    _, low, high = net_share(plus, minus, n)
    rest = n - plus - minus
    ways = special.gammaln(n + 1) - special.gammaln(plus + 1) - special.gammaln(minus + 1) - special.gammaln(rest + 1)
    found = []
    for p, q in at:
        log = ways + special.xlogy(plus, p) + special.xlogy(minus, q)
        # what is left of two shares that sum to 1 is 0, not rounding
        chance = np.exp(log + special.xlogy(rest, max(round(1.0 - p - q, 12), 0.0)))
        found.append(float(chance @ held(low, high, np.asarray(p - q))))
    return np.array(found)


def of_rates(expected: Float) -> Float:
    """Coverage at each expected number of events."""
    events = np.arange(int(expected.max() + 12 * np.sqrt(expected.max()) + 20))
    _, low, high = rate(events, np.ones(len(events)))
    chance = stats.poisson.pmf(events, expected[:, None])
    return (chance * held(low, high, expected[:, None])).sum(axis=1)


def false_alarms(n: int, before: int, shares: Float) -> Float:
    """How often a share that has not changed is called changed at p < .05."""
    now, then = np.arange(n + 1), np.arange(before + 1)
    called = change(now[:, None], n, then[None, :], before).p_value < 0.05
    return np.array([stats.binom.pmf(now, n, p) @ called @ stats.binom.pmf(then, before, p) for p in shares])


SPEND: dict[str, tuple[Callable[[np.random.Generator, tuple[int, int]], Float], float]] = {
    "gamma, shape 2": (lambda rng, size: rng.gamma(2.0, size=size), 2.0),
    "gamma, shape 0.5": (lambda rng, size: rng.gamma(0.5, size=size), 0.5),
    "lognormal, sigma 0.7": (lambda rng, size: rng.lognormal(0.0, 0.7, size=size), float(np.exp(0.245))),
    "lognormal, sigma 1": (lambda rng, size: rng.lognormal(0.0, 1.0, size=size), float(np.exp(0.5))),
}


def of_means(spend: str, n: int, *, worlds: int, skewness: bool = True, seed: int = 7) -> float:
    """Coverage of the mean of n customers' spend."""
    draw, true = SPEND[spend]
    values = draw(np.random.default_rng([seed, n]), (worlds, n))
    cubes = (values**3).sum(axis=1) if skewness else None
    _, low, high = mean(np.full(worlds, n), values.sum(axis=1), (values**2).sum(axis=1), cubes)
    return float(held(low, high, np.asarray(true)).mean())


def of_ratios(n: int, *, worlds: int, spread: float = 0.5, seed: int = 7) -> tuple[float, float]:
    """Coverage of mean order value, and the share of worlds without an interval.

    Customers' orders are negative binomial, their own level and each order log-normal with this spread.
    """
    rng = np.random.default_rng([seed, n])
    orders = 1 + rng.poisson(rng.gamma(1.0, 3.0, size=(worlds, n)))
    spent = np.zeros((worlds, n))
    for order in range(orders.max()):
        bought = orders > order
        spent[bought] += rng.lognormal(0.0, spread, size=int(bought.sum()))
    spent *= rng.lognormal(0.0, spread, size=(worlds, n))
    sums = (each.sum(axis=1) for each in (spent, orders, spent**2, orders**2, spent * orders))
    _, low, high = ratio(np.full(worlds, n), *sums)
    known = ~np.isnan(low)
    return float(held(low, high, np.asarray(np.exp(spread**2)))[known].mean()), float(1.0 - known.mean())


LOADINGS = np.array([0.8, 0.7, 0.7, 0.6, 0.5])


def of_alpha(n: int, *, worlds: int, skewed: bool = False, seed: int = 7) -> float:
    """Coverage of Cronbach's alpha of five items."""
    rng = np.random.default_rng([seed, n])
    own = np.sqrt(1.0 - LOADINGS**2)
    total = LOADINGS.sum() ** 2 + (own**2).sum()
    true = 5.0 / 4.0 * (1.0 - 5.0 / total)
    found = []
    for _ in range(worlds):
        draws = rng.exponential(size=(n, 6)) - 1.0 if skewed else rng.normal(size=(n, 6))
        answers = pd.DataFrame(draws[:, :1] * LOADINGS + draws[:, 1:] * own, columns=list("abcde"))
        alpha = cronbach_alpha(answers, items=list("abcde"))
        found.append(alpha.low <= true <= alpha.high)
    return float(np.mean(found))


def _row(*cells: object) -> None:
    written = [f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in cells]
    print(f"| {' | '.join(written)} |")


def _head(*cells: str) -> None:
    print()
    _row(*cells)
    _row(*["---"] * len(cells))


def main() -> None:
    """Print the tables of docs/measures.md."""
    _head("interval", "n", "mean coverage", "lowest", "where", "shares above 97 %")
    for n in CUSTOMERS:
        found = of_shares(n)
        usual = found[(found.index >= 0.02) & (found.index <= 0.98)]
        _row("share", n, usual.mean(), found.min(), f"{found.idxmin():.3f}", float((usual > 0.97).mean()))
    _head("n", "lowest of mid-P", "of Wilson", "of Jeffreys")
    for n in CUSTOMERS:
        _row(n, *(of_shares(n, by).min() for by in (share, partial(wilson, level=0.95), jeffreys)))
    _head("interval", "n", "mean coverage", "lowest", "where", "mixes above 97 %")
    at = mixes()
    usual_mixes = (at.max(axis=1) <= 0.98) & (at.min(axis=1) >= 0.02)
    for n in CUSTOMERS:
        chosen = at if n < 1000 else at[::4]
        usual_ones = usual_mixes if n < 1000 else usual_mixes[::4]
        covered = of_net_shares(n, chosen)
        where = "{:.3g}, {:.3g}".format(*chosen[covered.argmin()])
        _row("net share", n, covered[usual_ones].mean(), covered.min(), where,
             float((covered[usual_ones] > 0.97).mean()))  # fmt: skip
    _head("rate, expected events", "mean coverage", "lowest")
    for low, high in ((1.0, 5.0), (5.0, 20.0), (20.0, 200.0)):
        covered = of_rates(np.linspace(low, high, 400))
        _row(f"{low:g} to {high:g}", covered.mean(), covered.min())
    _head("change of a share, n and n before", "mean false alarms at p < 0.05", "highest")
    for n, before in ((30, 30), (30, 1000), (100, 100), (300, 300), (1000, 1000)):
        alarms = false_alarms(n, before, np.arange(0.02, 0.985, 0.02))
        _row(f"{n} and {before}", alarms.mean(), alarms.max())
    _head("mean of", "n", "coverage", "coverage of Student's t")
    for spend in SPEND:
        for n in CUSTOMERS:
            worlds = 20_000 if n < 1000 else 5_000
            _row(spend, n, of_means(spend, n, worlds=worlds), of_means(spend, n, worlds=worlds, skewness=False))
    _head("ratio, spread of order values", "n", "coverage", "no interval")
    for spread in (0.5, 0.8):
        for n in CUSTOMERS:
            _row(spread, n, *of_ratios(n, worlds=10_000 if n < 1000 else 2_000, spread=spread))
    _head("Cronbach's alpha", "n", "normal answers", "skewed answers")
    for n in (10, 30, 100, 300):
        _row("five items", n, of_alpha(n, worlds=2_000), of_alpha(n, worlds=2_000, skewed=True))


if __name__ == "__main__":
    main()
