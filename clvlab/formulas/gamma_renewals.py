r"""How many purchases to expect of a regular buyer who stays: renewals whose gaps are Gamma(k, rate k), with mean 1.

The first gap is under way and has lasted ``waited`` already. Expected renewals have no closed form but

    N(u | waited) = integral over (0, u] of (1 + M(u - v)) dF(v | waited),    M(u) = sum over n of P(n k, k u),

where F is the law of what is left of the gap under way and P the regularised lower incomplete gamma function. They are
tabulated once, as a multiple of F(u | waited), which is smooth, and interpolated; beyond the table they grow by one a
mean gap. Against simulation: within .3 % for k from .3 to 40 and within 1 % to 150; for bursts (k about .15) within
3 %, more in the first twentieth of a gap.
"""

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage, special

Float = NDArray[np.float64]

LOG_K = np.arange(-3.0, 6.01, 0.2)
LEAST_K = float(np.exp(LOG_K[0]))
STEPS = 256
PAD = 3


def left_within(duration: ArrayLike, waited: ArrayLike, k: ArrayLike) -> Float:
    """P(a gap that has lasted ``waited`` ends within ``duration``), both in mean gaps."""
    k, waited = np.asarray(k, dtype=float), np.asarray(waited, dtype=float)
    reached = special.gammaincc(k, k * waited)
    with np.errstate(divide="ignore", invalid="ignore"):
        ended = 1.0 - special.gammaincc(k, k * (waited + duration)) / reached
    # Where a gap so long is beyond numbers, what is left of it is exponential of rate k.
    found: Float = np.where(reached > 1e-290, ended, -np.expm1(-k * np.asarray(duration, dtype=float)))
    return found


def renewals(duration: ArrayLike, waited: ArrayLike, k: ArrayLike) -> tuple[Float, Float]:
    """P(at least one purchase) and expected purchases of somebody who stays, who has been inactive for ``waited``.

    Parameters
    ----------
    duration, waited : array
        In mean gaps: time times lambda.
    k : array
        Regularity; from .05 to 400, beyond which it is taken as that.

    Examples
    --------
    >>> renewals([0.5, 3.0], [0.2, 0.2], [1.0, 1.0])[1].round(3)  # at random: as many as mean gaps
    array([0.5, 3. ])
    >>> some, expected = renewals([0.1, 1.0], [0.9, 0.9], [40.0, 40.0])  # by the clock: the next one is due
    >>> some.round(2), expected.round(2)
    (array([0.34, 1.  ]), array([0.34, 1.2 ]))
    """
    duration, waited, k = (np.asarray(values, dtype=float) for values in (duration, waited, k))
    log_k = np.clip(np.log(k), LOG_K[0], LOG_K[-1])
    k, width = np.exp(log_k), _width(log_k)
    tabulated = np.minimum(duration, STEPS * width)
    beyond = duration - tabulated
    place = [(log_k - LOG_K[0]) / (LOG_K[1] - LOG_K[0]), np.minimum(waited / width, STEPS), tabulated / width]
    at = PAD + np.stack(np.broadcast_arrays(*place))
    times = ndimage.map_coordinates(_table(), at.reshape(3, -1), prefilter=False, mode="nearest").reshape(at.shape[1:])
    some = left_within(tabulated, waited, k)
    expected = np.maximum(times, 1.0) * some + beyond
    further = beyond > 0.0
    if further.any():
        some[further] = left_within(*(np.broadcast_to(v, some.shape)[further] for v in (duration, waited, k)))
    return some, expected


def _width(log_k: ArrayLike) -> Float:
    """Cells of the table, in mean gaps: wider for bursts, which take longer to even out."""
    return 0.05 * np.exp(np.maximum(-0.5 * np.asarray(log_k), 0.0))


@cache
def _table() -> Float:
    """Spline coefficients of N over F, by log k, waited and duration, each padded."""
    ratios = np.stack([_ratios(float(np.exp(log_k)), float(_width(log_k))) for log_k in LOG_K])
    padded = np.pad(ratios, PAD, mode="reflect", reflect_type="odd")
    return np.asarray(ndimage.spline_filter(padded, order=3, output=np.float64))


def _ratios(k: float, width: float) -> Float:
    """N over F on cells of ``width``: rows by time waited, columns by duration."""
    grid = width * np.arange(2 * STEPS + 2)
    reached = special.gammaincc(k, k * grid)
    with np.errstate(divide="ignore", invalid="ignore"):
        stays = np.where(reached[:-1] > 0.0, reached[1:] / reached[:-1], 0.0)
    fresh, mean_fresh = _since_a_purchase(k, width)
    expected = np.zeros(2 * STEPS + 1)
    found = np.ones((STEPS + 1, STEPS + 1))
    for step in range(1, STEPS + 1):
        stays = stays[: len(expected) - 1]
        expected = stays * expected[1:] + (1.0 - stays) * (1.0 + mean_fresh[step - 1])
        expected[0] = fresh[step]
        found[:, step] = expected[: STEPS + 1]
    ended = left_within(grid[: STEPS + 1], grid[: STEPS + 1, None], k)
    # Who is all but sure not to buy yet buys once at most.
    return np.where((ended > 1e-9) & (grid[: STEPS + 1] > 0.0), found / np.maximum(ended, 1e-9), 1.0)


def _since_a_purchase(k: float, width: float) -> tuple[Float, Float]:
    """M at the ends of the cells, and its mean within each."""
    y = k * width * np.arange(STEPS + 1)
    total, integral, n = np.zeros(STEPS + 1), np.zeros(STEPS + 1), 0
    while True:
        n += 1
        within = special.gammainc(n * k, y)
        if within[-1] < 1e-12:
            return total, np.diff(integral) / (k * width)
        total += within
        integral += y * within - n * k * special.gammainc(n * k + 1.0, y)
