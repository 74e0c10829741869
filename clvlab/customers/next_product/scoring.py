"""How well lists of products met what was bought later, customer by customer."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.customers.next_product.candidates import QUESTIONS, Question, Scorer, candidates_of
from clvlab.customers.next_product.known import Float, History, Int

CELLS = 20_000_000  # scores at once
RESAMPLES = 1000
LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class Met:
    """Lists of one candidate against what was bought, one entry per customer.

    Attributes
    ----------
    recall : array of float
        Products listed and bought over products bought, at most n of them.
    reciprocal : array of float
        One over the rank of the first product listed and bought; 0 where none was.
    coverage : float
        Share of the catalogue that is in any list.
    novelty : float
        Mean over places of lists of -log2 of the share of customers who had bought the product.
    """

    recall: NDArray[np.float64]
    reciprocal: NDArray[np.float64]
    coverage: float
    novelty: float


def top(
    scorer: Scorer, known: History, rows: Int, questions: tuple[Question, ...], n: int
) -> dict[Question, tuple[Int, Float]]:
    """The n best products of each customer as places in the catalogue, best first, and their scores, by question.

    A place is -1, and its score NaN, where there are not so many.
    """
    n_products = len(known.catalogue)
    lists = {
        question: (np.full((len(rows), n), -1), np.full((len(rows), n), np.nan, dtype=np.float32))
        for question in questions
    }
    kept = min(n, n_products)
    step = max(CELLS // max(n_products, 1), 1)
    for start in range(0, len(rows) if kept else 0, step):
        block = slice(start, start + step)
        learned = scorer.learned(known, rows[block])
        for question, (places, scores) in lists.items():
            found = scorer.scores(learned, known, rows[block], question)
            np.negative(found, out=found)
            best = np.argpartition(found, kept - 1, axis=1)[:, :kept]
            value = np.take_along_axis(found, best, axis=1)
            order = np.lexsort((best, value), axis=1)
            best, value = np.take_along_axis(best, order, axis=1), np.take_along_axis(value, order, axis=1)
            offered = np.isfinite(value)
            places[block, :kept] = np.where(offered, best, -1)
            scores[block, :kept] = np.where(offered, -value, np.nan)
    return lists


def wanted(known: History, customers: Int, products: Int, question: Question) -> tuple[Int, Int]:
    """Of later purchases, those that the question is about: rows and places in the catalogue, by row."""
    inside = np.isin(products, known.catalogue) & np.isin(customers, known.customers)
    row = np.searchsorted(known.customers, customers[inside])
    at = np.searchsorted(known.catalogue, products[inside])
    if question == "new" and len(row):
        fresh = np.asarray(known.bought[row, at]).ravel() == 0
        row, at = row[fresh], at[fresh]
    return row, at


def met(places: Int, known: History, rows: Int, row: Int, at: Int, n: int) -> Met:
    """Lists against later purchases, given as ``wanted`` has them; ``rows`` are those customers, each once."""
    n_products = len(known.catalogue)
    bought = np.unique(row * n_products + at)
    listed = rows[:, None] * n_products + places
    found = np.searchsorted(bought, listed)
    hit = (places >= 0) & (bought[np.minimum(found, len(bought) - 1)] == listed)
    how_many = np.bincount(row, minlength=len(known.customers))[rows]
    first = np.where(hit.any(axis=1), hit.argmax(axis=1) + 1.0, np.inf)
    offered = places[places >= 0]
    surprise = -np.log2(np.maximum(known.reach[offered], 1e-9))
    return Met(
        recall=hit.sum(axis=1) / np.minimum(how_many, n), reciprocal=1.0 / first,
        coverage=len(np.unique(offered)) / max(n_products, 1),
        novelty=float(surprise.mean()) if len(surprise) else float("nan"),
    )  # fmt: skip


def all_met(
    scorers: dict[str, Scorer], known: History, customers: Int, products: Int, n: int, most: int, seed: int
) -> tuple[dict[Question, dict[str, Met]], dict[Question, int]]:
    """Every candidate of both questions, and of how many customers, drawn where there are more than ``most``."""
    bought = {question: wanted(known, customers, products, question) for question in QUESTIONS}
    rows = np.unique(np.concatenate([row for row, _ in bought.values()]))
    if len(rows) > most:
        rows = np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
    asked = {question: np.unique(row[np.isin(row, rows)]) for question, (row, _) in bought.items()}
    found: dict[Question, dict[str, Met]] = {question: {} for question in QUESTIONS}
    for name, scorer in scorers.items() if len(rows) else ():
        lists = top(scorer, known, rows, tuple(q for q in QUESTIONS if name in candidates_of(q)), n)
        for question, (places, _) in lists.items():
            own = asked[question]
            if len(own):
                chosen = np.searchsorted(rows, own)
                found[question][name] = met(places[chosen], known, own, *bought[question], n)
    return found, {question: len(own) for question, own in asked.items()}


def resampled(columns: NDArray[np.float64], seed: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Ends of 95 % bootstrap intervals of the means of columns, customers drawn with replacement.

    Examples
    --------
    >>> low, high = resampled(np.arange(100.0)[:, None], seed=1)
    >>> bool(low[0] < 49.5 < high[0])
    True
    """
    n = len(columns)
    rng = np.random.default_rng(seed)
    means = np.empty((RESAMPLES, columns.shape[1]))
    for each in range(RESAMPLES):
        means[each] = np.bincount(rng.integers(0, n, n), minlength=n) @ columns / n
    low, high = np.quantile(means, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0], axis=0)
    return low, high


def score_table(found: dict[Question, dict[str, Met]], counted: dict[Question, int], seed: int) -> pd.DataFrame:
    """One row per question and candidate, with intervals of recall and reciprocal rank."""
    rows = []
    for question, each in found.items():
        if not each:
            continue
        values = np.column_stack([column for one in each.values() for column in (one.recall, one.reciprocal)])
        low, high = resampled(values, seed)
        for place, (name, one) in enumerate(each.items()):
            mean = values.mean(axis=0)
            rows.append({
                "question": question, "candidate": name, "customers": counted[question],
                "recall": mean[2 * place], "recall_low": low[2 * place], "recall_high": high[2 * place],
                "mrr": mean[2 * place + 1], "mrr_low": low[2 * place + 1], "mrr_high": high[2 * place + 1],
                "coverage": one.coverage, "novelty": one.novelty,
            })  # fmt: skip
    names = ["question", "candidate", "customers", "recall", "recall_low", "recall_high", "mrr", "mrr_low", "mrr_high",
             "coverage", "novelty"]  # fmt: skip
    return pd.DataFrame(rows, columns=names)
