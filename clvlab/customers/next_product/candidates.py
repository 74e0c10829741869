"""Ways to say what a customer buys next: each learns from what is known, and scores each product for each customer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from clvlab.customers.next_product.known import Float, History, Int

type Question = Literal["new", "any"]
QUESTIONS: tuple[Question, ...] = ("new", "any")
BASELINES: Mapping[Question, tuple[str, ...]] = {"new": ("popularity",), "any": ("popularity", "buy_again")}
LEARNED = ("similarity", "linear")
SHRINK = 20.0  # customers: a similarity of as many common buyers counts half
LEAST = 1e-3  # weight of popularity where it only settles ties
OTHERS = 0.1  # weight of other products beside what the customer bought, where that may be offered again
RIDGE = 1.0  # of the mean number of buyers of a product
LEAST_RIDGE = 20.0


@dataclass(frozen=True, eq=False)
class Scorer:
    """Scores of products.

    Attributes
    ----------
    id : str
    weights : array of float, products x products, or None
        What having bought the product of a row adds to the score of that of a column; None of popularity and
        buy_again.
    """

    id: str
    weights: Float | None

    def learned(self, known: History, rows: Int) -> Float:
        """What the scores of the catalogue rest on, whatever the question: customers x products."""
        popular = known.popular.astype(np.float32)
        if self.id == "popularity":
            return np.tile(popular, (len(rows), 1))
        if self.weights is None:
            return np.tile(np.float32(LEAST) * popular, (len(rows), 1))
        found: Float = known.bought[rows].toarray() @ self.weights
        found += np.float32(LEAST) * popular
        return found

    def scores(self, learned: Float, known: History, rows: Int, question: Question) -> Float:
        """Scores for a question; minus infinity for what is not to be offered.

        Products that nothing speaks for come last, by popularity.
        """
        found = learned.copy()
        if question == "new":
            bought = known.bought[rows]
            row = np.repeat(np.arange(len(rows)), np.diff(bought.indptr))
            found[row, bought.indices] = -np.inf
        elif self.id != "popularity":
            recent = known.recent[rows]
            row = np.repeat(np.arange(len(rows)), np.diff(recent.indptr))
            if self.weights is not None:
                found *= np.float32(OTHERS)
            found[row, recent.indices] += recent.data
        return found


def popularity(known: History) -> Scorer:
    """What is in most recent baskets."""
    del known
    return Scorer("popularity", None)


def buy_again(known: History) -> Scorer:
    """What the customer bought most often, recent baskets counting more."""
    del known
    return Scorer("buy_again", None)


def similarity(known: History) -> Scorer:
    """Products bought by the same customers: cosine, shrunk where few customers bought both (Sarwar et al., 2001)."""
    both = _common(known)
    own = np.sqrt(np.maximum(both.diagonal(), 1.0)).astype(np.float32)
    found = both / (both + np.float32(SHRINK))
    found *= both
    found /= own[:, None]
    found /= own[None, :]
    np.fill_diagonal(found, 0.0)
    return Scorer("similarity", found)


def linear(known: History) -> Scorer:
    """Each product on all others by ridge regression, in closed form: EASE (Steck, 2019).

    With C the counts of common buyers, P = (C + ridge)^-1 and weights -P[i, j] / P[j, j]. Where there are fewer
    customers than products P comes from the smaller inverse, of customers, by Woodbury's identity.
    """
    bought = sparse.csr_array(known.bought)
    customers, products = bought.shape
    ridge = np.float32(max(RIDGE * bought.nnz / products, LEAST_RIDGE))
    if customers < products:
        between = (bought @ bought.T).toarray()
        between.ravel()[:: customers + 1] += ridge
        found = bought.T @ (bought.T @ linalg.inv(between, overwrite_a=True, check_finite=False)).T
        found /= (1.0 - found.diagonal())[None, :]
    else:
        both = _common(known)
        both.ravel()[:: products + 1] += ridge
        found = linalg.inv(both, overwrite_a=True, check_finite=False)
        found /= -found.diagonal()[None, :]
    np.fill_diagonal(found, 0.0)
    return Scorer("linear", np.ascontiguousarray(found, dtype=np.float32))


def _common(known: History) -> NDArray[np.float32]:
    """Customers who bought both, products x products."""
    bought = sparse.csr_array(known.bought)
    found: NDArray[np.float32] = np.ascontiguousarray((bought.T @ bought).toarray(), dtype=np.float32)
    return found


MAKERS = {"popularity": popularity, "buy_again": buy_again, "similarity": similarity, "linear": linear}


def candidates_of(question: Question) -> tuple[str, ...]:
    """What is compared, the simplest first."""
    return (*BASELINES[question], *LEARNED)
