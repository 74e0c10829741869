"""Value each strategy would have reached, by share contacted: observed, and in resamples of customers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clvlab.evaluation.result import Comparison
from clvlab.evaluation.strategies import Strategy, strategies, worth

Float = NDArray[np.float64]
RESAMPLES = 300
SHARES = (0.05, 0.10, 0.20)
# Neighbours in a list are summed together beyond so many ranks: of a million customers 61, a hundredth of a percent.
MOST_RANKS = 1 << 14


@dataclass(frozen=True, eq=False)
class Reached:
    """Value reached by the first customers of each strategy's list.

    Attributes
    ----------
    strategies : tuple of (kind, id)
        S of them.
    shares : array, shape (G,)
        Of customers contacted, 0 to 1, of each calibration end.
    value : array, shape (S, G)
        Money, or purchases where amounts are unknown; customers of the same rank are taken in part.
    drawn : array, shape (R, S, G)
        The same in R resamples: customers drawn with all their rows, one draw for all strategies.
    total : float
        All value there was.
    drawn_total : array, shape (R,)
    customers : int
        Rows: a customer at each calibration end.
    """

    strategies: tuple[Strategy, ...]
    shares: Float
    value: Float
    drawn: Float
    total: float
    drawn_total: Float
    customers: int

    @property
    def captured(self) -> Float:
        """Shape (S, G): share of all value; NaN where there was none."""
        return self.value / self.total if self.total > 0 else np.full(self.value.shape, np.nan)

    @property
    def drawn_captured(self) -> Float:
        """Shape (R, S, G): the same in each resample."""
        total = np.where(self.drawn_total > 0, self.drawn_total, np.nan)
        return self.drawn / total[:, None, None]

    @property
    def rules(self) -> list[int]:
        """Places of the simple rules."""
        return [i for i, (kind, _) in enumerate(self.strategies) if kind == "rule"]

    def at(self, share: float) -> int:
        """Place of a share.

        Raises
        ------
        ValueError
            It was not asked for.
        """
        place = int(np.argmin(np.abs(self.shares - share)))
        if abs(self.shares[place] - share) > 1e-9:
            raise ValueError(f"Shares are whole percents and those asked for; found {share}.")
        return place


def reached(comparison: Comparison, *, shares: Sequence[float] = ()) -> Reached:
    """Compute the value reached along the list of every strategy.

    Parameters
    ----------
    comparison : Comparison
    shares : sequence of float
        Of customers contacted, beside every whole percent.
    """
    brought = worth(comparison)
    grid = np.unique([*np.linspace(0.0, 1.0, 101), *shares])
    lists = {strategy: _places(ranks) for strategy, ranks in strategies(comparison)}
    ones = np.ones(len(brought))
    value = np.array([_along(place, ones, brought, grid) for place in lists.values()])
    drawn = np.empty((RESAMPLES, len(lists), len(grid)))
    drawn_total = np.empty(RESAMPLES)
    for i, times in enumerate(customers_drawn(comparison)):
        weighted = times * brought
        drawn_total[i] = weighted.sum()
        for j, place in enumerate(lists.values()):
            drawn[i, j] = _along(place, times, weighted, grid)
    return Reached(tuple(lists), grid, value, drawn, float(brought.sum()), drawn_total, len(brought))


def customers_drawn(comparison: Comparison) -> Iterator[Float]:
    """How often each row is drawn, resample by resample: customers with all their rows, the same for all who ask."""
    rng = np.random.default_rng(comparison.seed)
    number = int(comparison.clusters.max()) + 1
    for _ in range(RESAMPLES):
        counts = np.bincount(rng.integers(0, number, number), minlength=number)
        yield counts.astype(float)[comparison.clusters]


def _places(ranks: Float) -> NDArray[np.intp]:
    """Place in the list, 0 the first; the same rank is the same place."""
    distinct, place = np.unique(-ranks, return_inverse=True)
    return place * MOST_RANKS // len(distinct) if len(distinct) > MOST_RANKS else place


def _along(place: NDArray[np.intp], times: Float, value: Float, shares: Float) -> Float:
    """Value among the first so many, of rows that count so many times."""
    customers = np.append(0.0, np.cumsum(np.bincount(place, weights=times)))
    held = np.append(0.0, np.cumsum(np.bincount(place, weights=value)))
    return np.asarray(np.interp(shares * customers[-1], customers, held), dtype=np.float64)
