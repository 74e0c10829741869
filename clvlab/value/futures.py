"""Futures of many customers at once, drawn from the distribution of each one's value: no purchase is walked to."""

import numpy as np
from numpy.typing import NDArray

from clvlab.models.outlook import Counts
from clvlab.models.spend_law import SpendLaw
from clvlab.value.compound import Discounts, ValueMixture

Float = NDArray[np.float64]
Rows = NDArray[np.int64]

CELLS = 4_000_000  # customers x futures in memory


def drawn_totals(
    rng: np.random.Generator,
    counts: Counts,
    law: SpendLaw,
    discounts: Discounts,
    *,
    times: Rows,
    code: Rows,
    futures: int,
    totals: int,
) -> Float:
    """Sums of drawn values over customers, shape (futures, totals).

    Parameters
    ----------
    counts, law, discounts : Counts, SpendLaw, Discounts
        Of kinds of customers.
    times, code : arrays of int, shape (kinds,)
        How many customers are of each kind, and the total they belong to.
    """
    some = counts.purchases > 0
    row, chance = counts.row[some], counts.chance[some]
    buys = np.bincount(row, weights=chance, minlength=len(times))
    mixture = ValueMixture(row, counts.purchases[some], chance / buys[row], law, discounts)
    # One ascending scale for all: a kind's number, plus the chance of its counts so far.
    reached = np.cumsum(mixture.chance)
    begins = np.searchsorted(row, np.arange(len(times)))
    ends = np.searchsorted(row, np.arange(len(times)), side="right") - 1
    before = np.concatenate([[0.0], reached])[begins]
    scale = row + np.minimum(reached - before[row], 1.0)
    everybody, points, found = np.repeat(np.arange(len(times)), times), len(mixture.shape), np.zeros(futures * totals)
    for start in range(0, len(everybody), max(1, CELLS // futures)):
        who = everybody[start : start + max(1, CELLS // futures)]
        customer, future = np.nonzero(rng.random((len(who), futures), dtype=np.float32) < buys[who][:, None])
        kind = who[customer]
        entry = np.minimum(np.searchsorted(scale, kind + rng.random(len(kind)), side="right"), ends[kind])
        point = rng.integers(points, size=len(kind))
        purchases = rng.standard_gamma(mixture.shape[point, entry])
        with np.errstate(divide="ignore", over="ignore"):
            worth = mixture.scale[point, entry] * purchases / rng.standard_gamma(mixture.other[point, entry])
        found += np.bincount(future * totals + code[kind], weights=worth, minlength=len(found))
    return found.reshape(futures, totals)
