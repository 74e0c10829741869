"""How far together over expected may be from the truth, by the delta method over baskets."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from clvlab.customers.baskets.pairs import Float, Int, Pairs

BLOCK = 20_000  # pairs at once


def log_variance(found: Pairs, chosen: Int) -> Float:
    """Variance of the logarithm of together over expected, of some pairs.

    Each basket adds to the count of both, to the places beside either product and to all places of its grade of size,
    and so to the logarithm; squares of what it adds are summed.
    """
    blocks = [_block(found, chosen[start : start + BLOCK]) for start in range(0, len(chosen), BLOCK)]
    return np.concatenate(blocks) if blocks else np.zeros(0)


def _block(found: Pairs, chosen: Int) -> Float:
    one, two, both = found.first[chosen], found.second[chosen], found.together[chosen]
    baskets_of = sparse.csr_array(found.held.T)
    shared = sparse.csr_array(baskets_of[one].multiply(baskets_of[two]))
    pair = np.repeat(np.arange(len(chosen)), np.diff(shared.indptr))
    total = np.zeros(len(chosen))
    size, products = found.size.astype(np.float64), found.held.shape[1]
    basket = np.repeat(np.arange(len(size)), np.diff(found.held.indptr))
    product = found.held.indices
    for place, grade in enumerate(found.grades):
        inside = found.grade == grade
        lines, seen = inside[basket], inside[shared.indices]
        beside, every = size - 1.0, size * (size - 1.0)

        def of(weight: Float, lines: NDArray[np.bool_] = lines) -> Float:
            return np.bincount(product[lines], weight[basket[lines]], products)

        def of_both(weight: Float, seen: NDArray[np.bool_] = seen) -> Float:
            return np.bincount(pair[seen], weight[shared.indices[seen]], len(chosen))

        share = found.factors[place, one] * found.factors[place, two] / found.expected[chosen]
        slots, squares, crossed = (np.maximum(of(each), 1e-100) for each in (beside, beside**2, beside * every))
        places, places_squared = every[inside].sum(), (every[inside] ** 2).sum()
        a, b = slots[one], slots[two]
        own = squares[one] / a**2 + squares[two] / b**2 + places_squared / places**2
        own += 2.0 * (of_both(beside**2) / (a * b) - crossed[one] / (a * places) - crossed[two] / (b * places))
        apart = of_both(beside) * (1.0 / a + 1.0 / b) - of_both(every) / places
        known = share > 0
        total += of_both(np.ones(len(size))) / both**2
        total[known] += (share**2 * own - 2.0 * share / both * apart)[known]
    return total


__all__ = ["log_variance"]
