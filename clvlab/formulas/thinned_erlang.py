r"""A buyer with Erlang-k gaps who may leave after each purchase: what BG/CNBD-k and MBG/CNBD-k share.

A purchase falls on every k-th event ("stage") of a Poisson process of rate lambda. State of a customer who is alive
and has waited ``waited`` since the last purchase without buying: lambda given j = 0..k-1 stages passed meanwhile is
Gamma(r + j, rate alpha), and j has the weight

    w_j = (r)_j / j! (waited / alpha)^j / W,   W = sum over j of the same,                                    (1)

with (r)_j the rising factorial; p ~ Beta(a, b) is independent of both. Here ``r`` and ``alpha`` hold the stages
up to the last purchase and the time up to now (for a new customer waited = 0 and j = 0). Stages in the next t given j
are negative binomial, NB(r + j, t / (alpha + t)). Without leaving, the purchases M(t) would be
floor((j + stages) / k), so that with I the regularised incomplete beta function

    G_y = P(M(t) >= y) = sum over j of w_j I(t / (alpha + t); k y - j, r + j),                               (2)
    E[Y(t)] = sum over y >= 1 of S_(y-1) G_y = sum over y of P(M = y) (S_0 + ... + S_(y-1)),                  (3)

where S_y = E[(1 - p)^y] = B(a, b + y) / B(a, b). All terms of (1) to (3) are positive.

Source: Platzer & Reutterer's models (BTYDplus), whose package approximates the conditional expectation for k > 1 by
BG/NBD's; (1) to (3) follow from the same story and are exact.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from clvlab.errors import FitError
from clvlab.formulas import thinned_poisson
from clvlab.formulas.gamma_ratio import log_rising

Float = NDArray[np.float64]

LONGEST = 1000  # counts summed one by one; beyond, (3) is an integral with corrections
NEGLIGIBLE = 1e-13  # relative size of what a sum leaves out
CHUNK = 4096
NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)
NODES, WEIGHTS = (NODES + 1.0) / 2.0, WEIGHTS / 2.0
PANELS = 6


def weight_sum(r: ArrayLike, share: ArrayLike, k: int) -> Float:
    """W of (1) for waited / alpha = ``share``, by Horner's rule."""
    r, share = np.asarray(r, dtype=float), np.asarray(share, dtype=float)
    total = np.ones(np.broadcast_shapes(r.shape, share.shape))
    for j in range(k - 1, 0, -1):
        total = 1.0 + (r + (j - 1.0)) / j * share * total
    return total


def prob_no_purchase(t: ArrayLike, r: ArrayLike, alpha: ArrayLike, waited: ArrayLike, k: int) -> Float:
    """P(Y(t) = 0): fewer than k stages from the last purchase to t from now."""
    t, r, alpha, waited = _arrays(t, r, alpha, waited)
    later = weight_sum(r, (waited + t) / (alpha + t), k)
    return np.exp(np.log(later) - np.log(weight_sum(r, waited / alpha, k)) - r * np.log1p(t / alpha))


def pmf(
    y: ArrayLike, t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike, waited: ArrayLike, k: int
) -> Float:
    """P(Y(t) = y) = S_y P(M = y) + (S_(y-1) - S_y) G_y: alive after y purchases, or left with the y-th."""
    y, t, r, alpha, a, b, waited = _arrays(y, t, r, alpha, a, b, waited)
    some = np.maximum(y, 1.0)
    before = log_survivals(some - 1.0, a, b)
    stays, leaves = (b + some - 1.0) / (a + b + some - 1.0), a / (a + b + some - 1.0)
    met = stays * np.exp(before + log_exactly(some, t, r, alpha, waited, k))
    left = leaves * np.exp(before) * at_least(some, t, r, alpha, waited, k)
    return _checked(np.where(y > 0, met + left, prob_no_purchase(t, r, alpha, waited, k)), "P(Y(t) = y)")


def expected_purchases(
    t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike, waited: ArrayLike, k: int
) -> Float:
    """E[Y(t)], eq. (3)."""
    if k == 1:
        return thinned_poisson.expected_purchases(t, r, alpha, a, b)
    return _checked(_moments(t, r, alpha, a, b, waited, k)[0], "E[Y(t)]")


def prob_alive(
    t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike, waited: ArrayLike, k: int
) -> Float:
    """P(still alive after a further t): E[S_M]."""
    if k == 1:
        return thinned_poisson.prob_alive(t, r, alpha, a, b)
    return _checked(_moments(t, r, alpha, a, b, waited, k)[1], "P(alive)")


def log_survivals(y: ArrayLike, a: ArrayLike, b: ArrayLike) -> Float:
    """Log S_y: the chance of not leaving at any of y purchases."""
    a, b, y = _arrays(a, b, y)
    # Gamma(b + y) / Gamma(a + b + y) as a rising factorial of length a, which stays small however large y is.
    return log_rising(b, a) - log_rising(b + y, a)


def at_least(y: ArrayLike, t: ArrayLike, r: ArrayLike, alpha: ArrayLike, waited: ArrayLike, k: int) -> Float:
    """G_y of (2) for y >= 1, which need not be whole.

    One incomplete beta function serves all j: with m = k y stages to go and z = t / (alpha + t),
    I(z; m - j - 1, r + j + 1) is I(z; m - j, r + j) and a term more,
    Gamma(m + r) / (Gamma(m - j) Gamma(r + j + 1)) z^(m - j - 1) (1 - z)^(r + j).
    """
    y, t, r, alpha, waited = np.broadcast_arrays(*_arrays(y, t, r, alpha, waited))
    stages, share = k * y, waited / alpha
    tail = _tail(stages, r, t, alpha)
    weight = 1.0 / weight_sum(r, share, k)
    total = weight * tail
    if k == 1:
        return total
    log_z, log_rest = np.log(np.maximum(t / (alpha + t), 1e-300)), -np.log1p(t / alpha)
    log_step = log_rising(stages, r) - special.gammaln(r + 1.0) + (stages - 1.0) * log_z + r * log_rest
    for j in range(1, k):
        tail = tail + np.exp(log_step)
        weight = weight * (r + (j - 1.0)) / j * share
        total = total + weight * tail
        log_step = log_step + np.log((stages - j) / (r + j)) + (log_rest - log_z)
    return total


def _tail(stages: Float, r: Float, t: Float, alpha: Float) -> Float:
    """P(NB >= stages), from the end of the range where the argument is exact."""
    near = t < alpha
    found = np.empty(near.shape)
    found[near] = special.betainc(stages[near], r[near], (t / (alpha + t))[near])
    far = ~near
    found[far] = special.betaincc(r[far], stages[far], (alpha / (alpha + t))[far])
    return found


def log_exactly(y: ArrayLike, t: ArrayLike, r: ArrayLike, alpha: ArrayLike, waited: ArrayLike, k: int) -> Float:
    """Log P(M(t) = y) for y >= 1.

    n = k y .. k y + k - 1 stages since the last purchase, fewer than k of them before now: with u and v the shares of
    ``waited`` and t in alpha + t,

        P = (alpha / (alpha + t))^r / W  sum over n of (r)_n / n! sum over j < k of C(n, j) u^j v^(n - j).
    """
    y, t, r, alpha, waited = np.broadcast_arrays(*_arrays(y, t, r, alpha, waited))
    u, v = waited / (alpha + t), t / (alpha + t)
    scale = np.maximum(u, v)
    scale = np.where(scale > 0, scale, 1.0)
    u_part, v_part = u / scale, v / scale
    total, step = np.zeros(y.shape), np.ones(y.shape)
    for i in range(k):
        n = k * y + i
        early, choose = np.zeros(y.shape), np.ones(y.shape)
        for j in range(k):
            early = early + choose * u_part**j * v_part ** (k - 1 - j)
            choose = choose * (n - j) / (j + 1.0)
        total = total + step * early
        step = step * (r + n) / (n + 1.0) * v
    with np.errstate(divide="ignore"):
        first = log_rising(r, k * y) - special.gammaln(k * y + 1.0)
        large = np.minimum(r, k * y) > 20.0
        if large.any():
            # (r)_n / n! = (n + 1)_(r - 1) / Gamma(r): the shorter of the two products.
            other = log_rising(k * y + 1.0, r - 1.0) - special.gammaln(r)
            first = np.where(large & (r < k * y), other, first)
        powers = -(k * y - k + 1.0) * np.log1p(alpha / t) + (k - 1.0) * np.log(scale)
        found: Float = (
            first - r * np.log1p(t / alpha) + powers + np.log(total) - np.log(weight_sum(r, waited / alpha, k))
        )
        return found


def _moments(
    t: ArrayLike, r: ArrayLike, alpha: ArrayLike, a: ArrayLike, b: ArrayLike, waited: ArrayLike, k: int
) -> tuple[Float, Float]:
    """E[Y(t)] and P(alive after t), by whichever sum is short enough."""
    given = np.broadcast_arrays(*_arrays(t, r, alpha, a, b, waited))
    shape = given[0].shape
    t, r, alpha, a, b, waited = columns = tuple(v.ravel() for v in given)
    tau, shape_now = t / alpha, r + k
    most = (shape_now + 9.0 * np.sqrt(shape_now) + 40.0) * tau
    most = (most + 9.0 * np.sqrt(most) + 40.0) / k
    short = (most < LONGEST) & (shape_now * np.log1p(tau) < 600.0)
    expected, alive = np.zeros(most.shape), np.ones(most.shape)
    order = np.argsort(most, kind="stable")
    routes: tuple[tuple[NDArray[np.int64], Callable[..., tuple[Float, Float]], int], ...] = (
        (order[short[order]], _summed, CHUNK),
        (order[~short[order]], _integrated, CHUNK // 16),
    )
    for chosen, method, size in routes:
        for start in range(0, len(chosen), size):
            rows = chosen[start : start + size]
            expected[rows], alive[rows] = method(*[v[rows] for v in columns], k)
    return expected.reshape(shape), alive.reshape(shape)


def _summed(t: Float, r: Float, alpha: Float, a: Float, b: Float, waited: Float, k: int) -> tuple[Float, Float]:
    """(3) count by count, the chance of each number of stages from the one before."""
    v = t / (alpha + t)
    weight, held = 1.0 / weight_sum(r, waited / alpha, k), []
    for j in range(k):
        held.append(weight * np.exp(-(r + j) * np.log1p(t / alpha)))
        weight = weight * (r + j) / (j + 1.0) * (waited / alpha)
    survive, paid = np.ones(t.shape), np.zeros(t.shape)
    expected, alive = np.zeros(t.shape), np.zeros(t.shape)
    y = 0
    while True:
        exactly = np.zeros(t.shape)
        for j in range(k):
            for m in range(max(k * y - j, 0), k * y - j + k):
                exactly += held[j]
                held[j] = held[j] * ((r + (j + m)) / (m + 1.0) * v)
        expected += exactly * paid
        alive += exactly * survive
        paid = paid + survive
        survive = survive * (b + y) / (a + b + y)
        y += 1
        if y % 4 == 0:
            # No later term of (3) exceeds the one before by more than this ratio.
            ratio = (np.maximum((r + k * y) / (k * y - k + 2.0), 1.0) * v) ** k * (1.0 + 1.0 / y)
            done = (ratio < 1.0) & (exactly * paid * ratio <= NEGLIGIBLE * (1.0 - ratio) * expected)
            if np.all(done & (exactly * survive * ratio <= NEGLIGIBLE * (1.0 - ratio) * alive)):
                return expected, alive


def _integrated(t: Float, r: Float, alpha: Float, a: Float, b: Float, waited: Float, k: int) -> tuple[Float, Float]:
    """(3) and E[S_M] by their first terms and an integral over log y of the others."""
    t, r, alpha, a, b, waited = (v[:, None] for v in (t, r, alpha, a, b, waited))

    def bought(y: Float) -> Float:
        return log_survivals(y - 1.0, a, b) + np.log(np.maximum(at_least(y, t, r, alpha, waited, k), 1e-300))

    def kept(y: Float) -> Float:
        return log_survivals(y, a, b) + log_exactly(y, t, r, alpha, waited, k)

    low, high, gone = _range(t / alpha, r, a, b, k)
    start = np.log(64.5 + 16 * k)
    low, high, gone = (np.maximum(np.log(v), start) for v in (low, high, gone))
    end = np.minimum(high, gone)
    expected = _tail_sum(bought, k, (np.full_like(low, start), np.minimum(low, end), end))
    low, high = np.full_like(high, start), high
    for _ in range(3):
        # Close in on where the terms of E[S_M], which have one peak, are not negligible.
        grid = low + (high - low) * np.linspace(0.0, 1.0, 48)
        heights = grid + kept(np.exp(grid))
        matters = heights >= heights.max(axis=1, keepdims=True) - 45.0
        first, last = matters.argmax(axis=1), 47 - matters[:, ::-1].argmax(axis=1)
        low = np.take_along_axis(grid, np.maximum(first - 1, 0)[:, None], axis=1)
        high = np.take_along_axis(grid, np.minimum(last + 1, 47)[:, None], axis=1)
    alive = _tail_sum(kept, k, (low, (low + high) / 2.0, high))
    return expected, alive + prob_no_purchase(t, r, alpha, waited, k)[:, 0]


def _tail_sum(log_term: Callable[[Float], Float], k: int, ends: tuple[Float, Float, Float]) -> Float:
    """Sum over y >= 1: the first terms one by one, the others as an integral between ``ends`` (of log y)."""
    first = 64 + 16 * k
    values = np.exp(log_term(np.arange(1.0, first + 5.0)[None, :]))
    total = values[:, :first].sum(axis=1)
    # Midpoint sum = integral from first + 1/2 + these central differences there (Gregory's correction).
    around = values[:, first - 4 :]
    for order, factor in ((1, 1 / 24), (3, -17 / 5760), (5, 367 / 967680), (7, -27859 / 464486400)):
        middle = np.diff(around, n=order, axis=1)
        total += factor * middle[:, middle.shape[1] // 2]
    for left, right in pairwise(ends):
        for panel in range(PANELS):
            log_y = left + (right - left) * ((panel + NODES) / PANELS)
            total += ((right - left) / PANELS * WEIGHTS * np.exp(log_y + log_term(np.exp(log_y)))).sum(axis=1)
    return total


def _range(tau: Float, r: Float, a: Float, b: Float, k: int) -> tuple[Float, Float, Float]:
    """Counts between which G falls from 1 to 0, and beyond which nobody is left."""
    least = special.gammaincinv(r, 1e-17) * tau
    most = special.gammainccinv(r + k, 1e-18) * tau
    low = np.maximum(least - 9.0 * np.sqrt(least) - 40.0, 1.0) / k
    high = (most + 9.0 * np.sqrt(most) + 80.0) / k + 2.0
    return low, high, (a + b) * np.expm1(np.minimum(80.0 / a, 500.0)) + 50.0


def walk(
    rng: np.random.Generator, duration: Float, rate: Float, leaves: Float, alive: NDArray[np.bool_],
    passed: NDArray[np.int64], k: int,
) -> tuple[NDArray[np.int64], Float, NDArray[np.bool_]]:  # fmt: skip
    """Live through (0, duration]: wait for k stages (the first time k - ``passed``), buy, perhaps leave, again.

    Returns who bought and when (in order of each customer's purchases), and who is alive at the end.
    """
    alive = alive.copy()
    clock, to_go = np.zeros(len(duration)), (k - passed).astype(float)
    active = np.flatnonzero(alive & (duration > 0))
    customers, times = [np.empty(0, dtype=np.int64)], [np.empty(0)]
    while active.size:
        # A rate drawn so small that it underflows never buys.
        with np.errstate(divide="ignore", over="ignore"):
            clock[active] += rng.standard_gamma(to_go[active]) / rate[active]
        to_go[active] = float(k)
        active = active[clock[active] <= duration[active]]
        customers.append(active)
        times.append(clock[active].copy())
        left = rng.random(active.size) < leaves[active]
        alive[active[left]] = False
        active = active[~left]
    customer, time = np.concatenate(customers), np.concatenate(times)
    order = np.lexsort((time, customer))
    return customer[order], time[order], alive


def stages_passed(
    rng: np.random.Generator, r: ArrayLike, alpha: ArrayLike, waited: ArrayLike, k: int
) -> NDArray[np.int64]:
    """Draw j from the weights (1), one per customer."""
    r, alpha, waited = np.broadcast_arrays(*_arrays(r, alpha, waited))
    share = waited / alpha
    u = rng.random(r.shape) * weight_sum(r, share, k)
    weight, cumulated, passed = np.ones(r.shape), np.zeros(r.shape), np.zeros(r.shape, dtype=np.int64)
    for j in range(k - 1):
        cumulated = cumulated + weight
        passed += u >= cumulated
        weight = weight * (r + j) / (j + 1.0) * share
    return passed


def _arrays(*values: ArrayLike) -> tuple[Float, ...]:
    return tuple(np.asarray(v, dtype=float) for v in values)


def _checked(values: Float, what: str) -> Float:
    if not np.isfinite(values).all():
        raise FitError(
            f"{what} could not be computed for {int((~np.isfinite(values)).sum())} of {values.size} customers or "
            "draws; look for extreme parameters (below 1e-3 or above 1e4) or histories."
        )
    return values
