"""Predictive intervals of value: of each customer from its distribution, of totals from what chance adds to draws."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clvlab.inference.factored import Groups
from clvlab.models.outlook import Counts, interval
from clvlab.models.spend import SpendFit
from clvlab.models.transactions import TransactionFit
from clvlab.value.compound import Discounts, value_interval, value_variance
from clvlab.value.futures import drawn_totals
from clvlab.value.in_purchases import EachPurchase
from clvlab.value.kinds import Kinds

Float = NDArray[np.float64]

AT_ONCE = 20_000  # kinds whose values' distributions are in memory
FUTURES = 500  # drawn futures of totals of few customers
MANY = 5_000  # customers whose total is normal, given the population's parameters
HEAVY = 3.0  # where a mean spend has no third moment, totals are drawn, however many customers they are of
SCORES = special.ndtri((np.arange(25) + 0.5) / 25.0)


@dataclass(frozen=True)
class ValueLuck:
    """What will come, beside what is expected; a margin of 1.

    Attributes
    ----------
    low, high : arrays, shape (kinds,)
        Ends of each customer's 90 % interval.
    variance : array, shape (totals,)
        Of each total, given the population's parameters.
    drawn : array, shape (futures, totals)
        Totals under drawn futures; of those only that ``is_drawn``.
    is_drawn : array of bool, shape (totals,)
    """

    low: Float
    high: Float
    variance: Float
    drawn: Float
    is_drawn: NDArray[np.bool_]

    def of_total(self, at: int, over_draws: Float) -> tuple[Float, Float]:
        """The 90 % prediction interval of a total, from its expectation under every draw."""
        if self.is_drawn[at]:
            return _around(over_draws, self.drawn[:, at])
        return _normal(over_draws, float(self.variance[at]))

    def variance_of(self, at: int) -> float:
        """Of a total, given the population's parameters."""
        return float(self.drawn[:, at].var(ddof=1) if self.is_drawn[at] else self.variance[at])

    def of_all(self, over_draws: Float, customers: float) -> tuple[Float, Float]:
        """That of everybody's total."""
        everybody = over_draws.sum(axis=1)
        if self.is_drawn.all() and (customers < MANY or not np.isfinite(self.variance.sum())):
            return _around(everybody, self.drawn.sum(axis=1))
        return _normal(everybody, float(self.variance.sum()))


def _around(over_draws: Float, drawn: Float) -> tuple[Float, Float]:
    """Drawn totals, each moved to the expectation under a draw."""
    expected = float(over_draws.mean())
    relative = np.resize(over_draws, len(drawn)) / expected if expected > 0 else np.ones(len(drawn))
    return interval(drawn * relative)


def _normal(over_draws: Float, variance: float) -> tuple[Float, Float]:
    """Normal around the expectation under each draw."""
    low, high = interval((over_draws[:, None] + np.sqrt(variance) * SCORES).ravel())
    return np.maximum(low, 0.0), high


def luck(
    fit: TransactionFit,
    spend: SpendFit | EachPurchase,
    groups: Groups,
    kinds: Kinds,
    horizon: float,
    delta: float,
    kept: Float,
    discounts: Discounts,
    seed: int,
    *,
    of_each: bool = True,
) -> ValueLuck:
    """Distributions of value: no customer's interval moves with the seed but by that of the draws.

    Customers' own intervals are left at 0 unless ``of_each``.
    """
    rng = np.random.default_rng(seed)
    low, high, variance = np.zeros(len(kinds)), np.zeros(len(kinds)), np.zeros(kinds.totals)
    customers = np.bincount(kinds.code, weights=kinds.customers, minlength=kinds.totals)
    is_drawn = customers < MANY
    if (spend.law(kinds.money).shape <= HEAVY).any():
        is_drawn[:], variance[:] = True, np.inf
    drawn = np.zeros((FUTURES, kinds.totals))
    counted = of_each and isinstance(spend, EachPurchase) and not delta
    for block, (outlook,) in fit.given(groups, fit.engine.mixed):
        counts = outlook.count_distribution(horizon)
        found = discounts.of(block).meeting(counts, kept[block])
        begins = np.searchsorted(counts.row, np.arange(len(block) + 1))
        ends = outlook.count_interval(horizon) if counted else None
        for rows, place in kinds.within(block, AT_ONCE):
            own, law, seen = _each(counts, begins, place), spend.law(kinds.spending(rows)), found.of(place)
            if of_each:
                low[rows], high[rows] = value_interval(own, law, seen) if ends is None else (end[place] for end in ends)
            variance += kinds.total(rows, value_variance(own, law, seen))
            some = np.flatnonzero(is_drawn[kinds.code[rows]])
            if some.size:
                drawn += drawn_totals(
                    rng, _each(counts, begins, place[some]), law.of(some), found.of(place[some]),
                    times=kinds.customers[rows[some]].astype(np.int64), code=kinds.code[rows[some]],
                    futures=FUTURES, totals=kinds.totals,
                )  # fmt: skip
    return ValueLuck(low, high, variance, drawn, is_drawn)


def _each(counts: Counts, begins: NDArray[np.int64], group: NDArray[np.int64]) -> Counts:
    """Each kind's own entries, by group."""
    length = np.diff(begins)[group]
    row = np.repeat(np.arange(len(group)), length)
    entry = np.arange(len(row)) - np.repeat(np.cumsum(length) - length - begins[group], length)
    return Counts(row, counts.purchases[entry], counts.chance[entry])
