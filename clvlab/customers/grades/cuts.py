"""Where tiers begin: shares of customers, or fixed boundaries."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.errors import InputError

Float = NDArray[np.float64]
Whole = NDArray[np.int64]

TIERS, SHARES = ("A", "B", "C", "D"), (0.1, 0.2, 0.3, 0.4)
UNSCORED = "unscored"


@dataclass(frozen=True)
class Cuts:
    """Where tiers begin: shares of customers from the best, or totals (descending)."""

    shares: tuple[float, ...] | None
    boundaries: tuple[float, ...] | None

    def of(self, total: Float) -> Whole:
        """Number of each one's tier, 0 the best; equal totals share one: that of the middle of their ranks."""
        found = np.zeros(len(total), dtype=np.int64)
        if self.boundaries is not None:
            for end in self.boundaries:
                found += total < end
            return found
        assert self.shares is not None
        n, ends = len(total), np.cumsum(self.shares)[:-1]
        if not n:
            return found
        at = np.clip(np.floor(ends * n + 1e-9).astype(np.int64), 0, n - 1)
        least = np.partition(total, n - 1 - at)[n - 1 - at]
        for end, each in zip(ends, least, strict=True):
            above, equal = total > each, total == each
            middle = above.sum() + equal.sum() / 2.0
            found += ~(above | equal) if middle <= end * n + 1e-9 else ~above
        return found


def cuts_of(tiers: Sequence[str], shares: Sequence[float] | None, boundaries: Sequence[float] | None) -> Cuts:
    """Shares or boundaries that fit the tiers.

    Raises
    ------
    InputError
        They do not.
    """
    if len(set(tiers)) < len(tiers) or len(tiers) < 2 or UNSCORED in tiers:
        raise InputError(f"tiers= are two names or more, each once, none of them {UNSCORED!r}; found {tiers!r}.")
    if shares is not None and boundaries is not None:
        raise InputError("Give shares= or boundaries=, not both.")
    if boundaries is not None:
        ends = tuple(float(each) for each in boundaries)
        if len(ends) != len(tiers) - 1 or not np.isfinite(ends).all() or (np.diff(ends) >= 0).any():
            raise InputError(
                f"boundaries= are {len(tiers) - 1} numbers, descending: where each of the tiers "
                f"{', '.join(tiers[:-1])} begins; found {boundaries!r}."
            )
        return Cuts(None, ends)
    if shares is None and len(tiers) != len(SHARES):
        raise InputError(f"shares= is needed for {len(tiers)} tiers: a share of customers each, such as .2, .3 and .5.")
    found = tuple(float(each) for each in (SHARES if shares is None else shares))
    if len(found) != len(tiers) or min(found) < 0 or abs(sum(found) - 1.0) > 1e-9:
        raise InputError(f"shares= are {len(tiers)} numbers of 0 or more that sum to 1; found {shares!r}.")
    return Cuts(found, None)


def of_tiers(tier: Whole, names: Sequence[str]) -> pd.Categorical:
    """Names of tiers by number, in their order; missing where it is -1."""
    return pd.Categorical.from_codes(tier, categories=pd.Index(list(names), dtype="str"))
