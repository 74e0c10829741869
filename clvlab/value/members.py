"""The customers who share a history."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from clvlab.inference.factored import Groups


def members_of(groups: Groups) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Customers ordered by group; where each group begins; and how many it has."""
    counts = groups.counts.astype(np.int64)
    return np.argsort(groups.inverse, kind="stable"), np.cumsum(counts) - counts, counts


def runs(
    members: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]], block: NDArray[np.int64], size: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Customers of a block of groups, at most ``size`` at a time, and each one's group within the block."""
    order, begins, counts = members
    group = np.repeat(np.arange(len(block)), counts[block])
    nth = np.arange(len(group)) - np.repeat(np.cumsum(counts[block]) - counts[block], counts[block])
    rows = order[begins[block][group] + nth]
    for start in range(0, len(rows), size):
        yield rows[start : start + size], group[start : start + size]
