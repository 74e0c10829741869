"""How much of their worth purchases keep by the time they come, as futures tell it."""

import numpy as np
from numpy.typing import NDArray

from clvlab.value.compound import Discounts

Float = NDArray[np.float64]
Rows = NDArray[np.int64]

PRIOR = 1.0  # what is known of the slope beforehand, that there is none, counts as few futures
SUMS = ("futures", "purchases", "inverse", "kept", "kept_each", "kept_square", "squares")


class DiscountsSeen:
    """What simulated futures of customers, by group, tell of the mean discount of y purchases.

    Only sums are kept, so that futures can come some at a time.
    """

    def __init__(self, groups: int) -> None:
        self.sums = {name: np.zeros(groups) for name in SUMS}

    def add(self, group: Rows, purchases: Float, kept: Float, squares: Float) -> None:
        """Futures with purchases: of which group, how many, and the sums of their discounts and of those squared."""
        seen = (1.0, purchases, 1.0 / purchases, kept, kept / purchases, kept**2 / purchases, squares)
        for name, values in zip(SUMS, seen, strict=True):
            weights = np.broadcast_to(values, group.shape)
            self.sums[name] += np.bincount(group, weights=weights, minlength=len(self.sums[name]))

    def discounts(self) -> Discounts:
        """By group: the mean discount as a line in 1 / y, by least squares in which a purchase counts as one."""
        n, y, inverse, kept, kept_each, kept_square, squares = (self.sums[name] for name in SUMS)
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = np.where(y > 0, kept / y, 1.0)
            spread = inverse - n**2 / y
            slope = np.where(spread > 1e-9 * n, (kept_each - mean * n) / (spread + PRIOR), 0.0)
            level = mean - slope * np.where(y > 0, n / y, 0.0)
            left = (kept_square - level * kept - slope * kept_each) / n
            luck = np.where(n > 0, np.maximum(left, 0.0) / mean**2, 0.0)
            unevenness = np.where(y > 0, np.maximum(squares / y / mean**2 - 1.0, 0.0), 0.0)
        return Discounts(level, slope, unevenness, luck)

