"""How often two products are in one basket, and how often they would be if baskets were filled by popularity alone.

A plain lift compares with products that fall into baskets independently of each other. Baskets differ in size, so that
is not what chance does: where most baskets hold one or two products, every pair is rarer than that; where a few hold
hundreds, every pair is more frequent. Here the size of each basket is kept.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Float = NDArray[np.float64]
Int = NDArray[np.int64]
BLOCK = 4_000_000  # pairs of lines at once
ROUNDS = 200
CLOSE = 1e-9


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of products that are in one basket at least once.

    Attributes
    ----------
    first, second : array of int
        Places of the two products, the first below the second.
    together : array of float
        Baskets with both.
    expected : array of float
        Baskets with both if each basket were filled with as many products by popularity alone.
    places : array of float
        Trials of the binomial distribution whose mean is ``expected`` and whose variance is that of a count with given
        margins.
    repeats : array of float
        By what the variance of ``together`` is larger because customers repeat themselves, 1 or more.
    alone : array of float, one entry per product
        Baskets with the product.
    held : sparse array, baskets x products
        1 where the basket has the product.
    size, grade : array of int, one entry per basket
        Products in it, and the grade of that: 0 of one, 1 of two, 2 of three and four, 3 of five to eight, ...
    grades : array of int
        Grades there are, from 1.
    factors : array of float, grades x products
        ``expected`` is the sum over grades of the products of two of them.
    n : int
        Baskets.
    """

    first: Int
    second: Int
    together: Float
    expected: Float
    places: Float
    repeats: Float
    alone: Float
    held: sparse.csr_array
    size: Int
    grade: Int
    grades: Int
    factors: Float
    n: int


def pairs(basket: Int, product: Int, customer: Int, n_products: int) -> Pairs:
    """Count pairs.

    Parameters
    ----------
    basket, product : array of int
        A product of a basket each, once, baskets from 0 without gaps or with.
    customer : array of int, one entry per basket
    n_products : int
    """
    n = len(customer)
    size = np.bincount(basket, minlength=n)
    alone = np.bincount(product, minlength=n_products).astype(np.float64)
    held = sparse.csr_array((np.ones(len(basket), np.float32), (basket, product)), shape=(n, n_products))
    both = sparse.triu(held.T @ held, k=1).tocoo()
    order = np.lexsort((both.col, both.row))
    first, second = both.row[order].astype(np.int64), both.col[order].astype(np.int64)
    together = both.data[order].astype(np.float64)
    beside = (size - 1)[basket].astype(np.float64)
    grade = np.ceil(np.log2(np.maximum(size, 1))).astype(np.int64)
    grades = np.unique(grade[grade > 0])
    factors = np.zeros((len(grades), n_products))
    expected, variance = np.zeros(len(first)), np.zeros(len(first))
    for place, each in enumerate(grades):
        chosen = grade[basket] == each
        slots = np.bincount(product[chosen], beside[chosen], n_products)
        factors[place] = _factors(slots)
        part = factors[place, first] * factors[place, second]
        # Of the variance of a cell, what each margin leaves.
        left = 1.0 - np.minimum(slots / slots.sum() * (beside[chosen] ** 2).sum() / beside[chosen].sum(), 1.0)
        expected += part
        variance += part * left[first] * left[second]
    repeats = _repeats(held, size, customer, first, second, together)
    chance = np.maximum(1.0 - variance / np.maximum(expected, 1e-300), 1e-12)
    places = np.maximum(expected / chance, np.maximum(together, expected))
    return Pairs(
        first=first, second=second, together=together, expected=expected, places=places, repeats=repeats, alone=alone,
        held=held, size=size, grade=grade, grades=grades, factors=factors, n=n,
    )  # fmt: skip


def _factors(slots: Float) -> Float:
    """Factors whose products, a product with itself left out, add up to the places beside each product.

    Quasi-independence of a square table without its diagonal (Goodman, 1968), by damped proportional fitting.
    """
    total = slots.sum()
    found: Float = slots / np.sqrt(total)
    there = slots > 0
    for _ in range(ROUNDS):
        others = found.sum() - found
        after = np.zeros_like(found)
        after[there] = np.sqrt(found[there] * slots[there] / np.maximum(others[there], 1e-12 * np.sqrt(total)))
        moved = np.abs(after - found).max()
        found = after
        if moved <= CLOSE * found.max():
            break
    return found


def _repeats(held: sparse.csr_array, size: Int, customer: Int, first: Int, second: Int, together: Float) -> Float:
    """Variance of counts summed over customers, each against the share that falls to it, over that of baskets."""
    n_products = held.shape[1]
    own = size * (size - 1.0)
    share = np.bincount(customer, own) / max(own.sum(), 1.0)  # of each customer in all pairs
    weighted = sparse.triu(held.T @ (sparse.diags_array(share[customer].astype(np.float32)) @ held), k=1).tocsr()
    fell = np.asarray(weighted[first, second]).ravel() if len(first) else np.zeros(0)
    squares = together + _seen_again(held, size, customer, first * n_products + second)
    variance = squares - 2.0 * together * fell + together**2 * (share**2).sum()
    found: Float = np.maximum(variance / np.maximum(together, 1.0), 1.0)
    return found


def _seen_again(held: sparse.csr_array, size: Int, customer: Int, keys: Int) -> Float:
    """Sum over customers of c (c - 1), where c is how often the customer had the pair."""
    n_products = held.shape[1]
    several = np.bincount(customer, size > 1)[customer] > 1
    chosen = np.flatnonzero(several & (size > 1))
    chosen = chosen[np.argsort(customer[chosen], kind="stable")]
    found = np.zeros(len(keys))
    load = np.cumsum(size[chosen] * (size[chosen] - 1) // 2)
    start = 0
    while start < len(chosen):
        before = load[start - 1] if start else 0
        stop = int(np.searchsorted(load, before + BLOCK, side="right"))
        stop = max(stop, start + 1)
        last = customer[chosen[stop - 1]]  # a customer's baskets stay in one block
        stop = int(np.searchsorted(customer[chosen], last, side="right"))
        rows = chosen[start:stop]
        whose, pair = _listed(held[rows], customer[rows], n_products)
        runs, times = np.unique(whose * n_products**2 + pair, return_counts=True)
        again = times > 1
        at = np.searchsorted(keys, runs[again] % n_products**2)
        found += np.bincount(at, times[again] * (times[again] - 1.0), len(keys))
        start = stop
    return found


def _listed(held: sparse.csr_array, customer: Int, n_products: int) -> tuple[Int, Int]:
    """Every pair of products of every basket: whose it is, counted from 0, and the pair as one number."""
    held.sort_indices()
    ends = held.indptr[1:].astype(np.int64)
    basket = np.repeat(np.arange(len(customer)), np.diff(held.indptr))
    after = ends[basket] - np.arange(len(basket)) - 1
    one = np.repeat(np.arange(len(basket)), after)
    other = one + 1 + np.arange(len(one)) - np.repeat(np.cumsum(after) - after, after)
    products = held.indices.astype(np.int64)
    whose: Int = (customer - customer.min())[basket[one]]
    return whose, products[one] * n_products + products[other]
