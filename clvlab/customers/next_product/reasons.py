"""Why a product is offered, and whether it is another kind of product or a dearer one of the same."""

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from clvlab.customers.baskets.lines import Baskets
from clvlab.customers.next_product.known import Float, Int

CROSS_SELL, UPSELL, UNKNOWN = "cross_sell", "upsell", "unknown"
BOUGHT_WITH, POPULAR = "bought_with", "popular"


def strongest(weights: Float | None, bought: sparse.csr_array, places: Int) -> Int:
    """Of what each customer bought, what adds most to the score of each product offered; -1 where nothing does.

    Parameters
    ----------
    weights : array, products x products, or None
    bought : sparse array, customers x products
    places : array of int, customers x n
        Products offered; -1 for none.
    """
    found = np.full(places.shape, -1)
    if weights is None or bought.nnz == 0:
        return found
    own = np.diff(bought.indptr)
    row = np.repeat(np.arange(len(own)), own)
    some = np.flatnonzero(own)
    starts = bought.indptr[some]
    for rank in range(places.shape[1]):
        offered = places[row, rank]
        weight = np.where(offered >= 0, weights[bought.indices, np.maximum(offered, 0)], 0.0)
        most = np.zeros(len(own))
        most[some] = np.maximum.reduceat(weight, starts)
        best = np.flatnonzero((weight == most[row]) & (weight > 0))
        which, first = np.unique(row[best], return_index=True)
        found[which, rank] = bought.indices[best[first]]
    return found


def kinds(held: Baskets, customer: Int, product: Int) -> NDArray[np.object_]:
    """What each offer is: a dearer product of a category the customer bought from, or of another, or as dear.

    Dearer is by median price than the dearest product of that category that the customer bought.
    """
    category = held.about["category"]
    price = held.about["price"].to_numpy(dtype=float)
    if category.isna().all() or np.isnan(price).all():
        return np.full(len(customer), UNKNOWN, dtype=object)
    code = category.astype(object).factorize()[0].astype(np.int64)
    n_codes = int(code.max()) + 1
    whose = held.customer[held.basket]
    known = (whose < len(held.customers)) & (code[held.product] >= 0) & ~np.isnan(price[held.product])
    keys = whose[known] * n_codes + code[held.product[known]]
    order = np.argsort(keys, kind="stable")
    groups, starts = np.unique(keys[order], return_index=True)
    dearest = np.maximum.reduceat(price[held.product[known]][order], starts) if len(groups) else np.zeros(0)
    asked = customer * n_codes + code[product]
    at = np.minimum(np.searchsorted(groups, asked), max(len(groups) - 1, 0))
    same = (code[product] >= 0) & (groups[at] == asked) if len(groups) else np.zeros(len(asked), dtype=bool)
    found = np.full(len(customer), CROSS_SELL, dtype=object)
    found[same & (price[product] > (dearest[at] if len(groups) else 0.0))] = UPSELL
    found[(code[product] < 0) | np.isnan(price[product])] = UNKNOWN
    return found
