"""What is known of customers and products on a day; nothing after it is looked at."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from clvlab.customers.baskets.lines import Baskets, Days, fewest_of

Float = NDArray[np.float32]
Int = NDArray[np.int64]
MOST_PRODUCTS = 8_000  # of the linear model, whose matrix has as many rows and columns


@dataclass(frozen=True, eq=False)
class History:
    """Purchases up to a day.

    Attributes
    ----------
    catalogue : array of int
        Places of the products that can be offered, ascending: in ``fewest`` baskets or more, and sold in the last
        horizon before the day. At most 8,000, those in most baskets.
    customers : array of int
        Places of the customers who bought anything, ascending.
    bought : sparse array, customers x catalogue
        1 where the customer bought the product.
    recent : sparse array, customers x catalogue
        Baskets with the product over all of the customer's, each halved for every two horizons of age.
    popular : array of float, one entry per product of the catalogue
        Customers' baskets with it, each halved for every horizon of age, over all baskets so counted.
    reach : array of float, one entry per product
        Share of customers who bought it.
    """

    catalogue: Int
    customers: Int
    bought: sparse.csr_array
    recent: sparse.csr_array
    popular: NDArray[np.float64]
    reach: NDArray[np.float64]


def known(held: Baskets, day: Days, until: np.datetime64, horizon: int, fewest: int | None) -> History:
    """What is known at the end of a day."""
    named = held.customer < len(held.customers)
    used = named & (day <= until)
    age = (until - day).astype(np.float64)
    chosen = used[held.basket]
    basket, product = held.basket[chosen], held.product[chosen]
    in_baskets = np.bincount(product, minlength=len(held.products))
    fresh = np.zeros(len(held.products), dtype=bool)
    fresh[product[age[basket] < horizon]] = True
    catalogue = np.flatnonzero((in_baskets >= fewest_of(int(used.sum()), fewest)) & fresh)
    if len(catalogue) > MOST_PRODUCTS:
        catalogue = np.sort(catalogue[np.argsort(-in_baskets[catalogue], kind="stable")[:MOST_PRODUCTS]])
    customers, row_of_basket = np.unique(held.customer[used], return_inverse=True)
    row = np.full(held.n, -1)
    row[used] = row_of_basket
    column = np.full(len(held.products), -1)
    column[catalogue] = np.arange(len(catalogue))
    inside = column[product] >= 0
    where = (row[basket[inside]], column[product[inside]])
    shape = (len(customers), len(catalogue))
    weight = 0.5 ** (age / (2.0 * horizon))
    share = weight[basket[inside]] / np.bincount(row[used], weight[used])[where[0]]
    recent = sparse.coo_array((share.astype(np.float32), where), shape=shape).tocsr()
    recent.sum_duplicates()
    bought = recent.copy()
    bought.data = np.ones_like(bought.data)
    fading = 0.5 ** (age / horizon)
    popular = np.bincount(where[1], fading[basket[inside]], len(catalogue)) / max(fading[used].sum(), 1e-300)
    reach = np.asarray(bought.sum(axis=0)).ravel() / max(len(customers), 1)
    return History(catalogue, customers, bought, recent, popular, reach)


def bought_in(held: Baskets, day: Days, after: np.datetime64, until: np.datetime64) -> tuple[Int, Int]:
    """Customers and products bought by them from the day after one to another, each pair once."""
    named = held.customer < len(held.customers)
    chosen = (named & (day > after) & (day <= until))[held.basket]
    keys = np.unique(held.customer[held.basket[chosen]] * len(held.products) + held.product[chosen])
    return keys // len(held.products), keys % len(held.products)
