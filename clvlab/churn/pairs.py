"""Pairs of customers of whom one is known to have left first, counted without visiting each pair."""

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]
Int = NDArray[np.int64]
Bool = NDArray[np.bool_]


def concordant_pairs(risk: Float, duration: Float, event: Bool, first: Bool, weight: Float) -> tuple[float, float]:
    """Weight of pairs whose first to leave had the higher risk, and of all; ``first`` marks who may be that one."""
    order = np.lexsort((~event, duration))
    time, left = duration[order], np.concatenate([[0], np.cumsum(event[order])])
    own = np.flatnonzero(first[order])
    begin, end = np.searchsorted(time, time[own], side="left"), np.searchsorted(time, time[own], side="right")
    later = begin + left[end] - left[begin]
    rank = np.unique(risk, return_inverse=True)[1][order]
    below, equal = _lower_from(rank, later, rank[own])
    weight = weight[order][own]
    return float(weight @ (below + 0.5 * equal)), float(weight @ (len(time) - later))


def _lower_from(rank: Int, start: Int, limit: Int) -> tuple[Int, Int]:
    """For each query, how many of ``rank[start:]`` are below its limit, and how many equal it.

    A wavelet matrix: ranks are split by one binary digit at a time, highest first, zeros before ones, and each query's
    stretch is followed into the half its limit belongs to. O(log n) passes over the array and the queries.
    Source: Claude, Navarro & Ordonez (2015).
    """
    low, high = start, np.full_like(start, len(rank))
    below = np.zeros_like(start)
    for digit in range(int(rank.max()).bit_length() - 1, -1, -1):
        one = (rank >> digit) & 1 == 1
        zeros = np.concatenate([[0], np.cumsum(~one)])
        zeros_low, zeros_high = zeros[low], zeros[high]
        upper = (limit >> digit) & 1 == 1
        below += np.where(upper, zeros_high - zeros_low, 0)
        low = np.where(upper, zeros[-1] + low - zeros_low, zeros_low)
        high = np.where(upper, zeros[-1] + high - zeros_high, zeros_high)
        rank = np.concatenate([rank[~one], rank[one]])
    return below, high - low
