"""How many clusters there are, and who is in which."""

from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.customers.segments.one_group import against_one_group
from clvlab.customers.segments.partition import (
    Method,
    agreement,
    criterion,
    partition,
    resampled,
    silhouette,
    stability,
)
from clvlab.errors import InputError
from clvlab.notes import Note

Float = NDArray[np.float64]
Whole = NDArray[np.int64]

CHOSEN_ON = 4000  # customers on whom the number of groups is chosen
LEVEL = 0.05
STABLE = 0.70  # mean adjusted Rand index of partitions worth having
FURTHER = 0.05  # gap: p values of many customers find what is too little to be of use
APART = 0.25  # mean silhouette: below it there is no substantial structure (Kaufman & Rousseeuw 1990)
FEWEST = 50  # customers from whom a number of groups is chosen
COLUMNS = ("criterion", "gap", "silhouette", "stability")


@dataclass(frozen=True, eq=False)
class Chosen:
    """Numbers of clusters from 0, the largest first, and how they were come by."""

    label: Whole
    k: int
    choice: pd.DataFrame
    p_value: float = float("nan")
    agreement: Float | None = None
    notes: tuple[Note, ...] = ()


def found_in(points: Float, k: int | None, method: Method, most: int, seed: int) -> Chosen:
    choice, p_value, notes = _nothing_chosen(), float("nan"), tuple[Note, ...]()
    sample, train, held = _parts(points, seed)
    if k is None:
        k, choice, p_value, notes = _chosen(sample, train, held, method, most, seed)
    elif k > 1 and k > (different := len(np.unique(points, axis=0))):
        raise InputError(f"k={k} is more than the {different} different customers there are. Ask for fewer.")
    if k == 1:
        return Chosen(np.zeros(len(points), dtype=np.int64), 1, choice, p_value, None, notes)
    fit = partition(sample, k, method=method, seed=seed)
    label = fit.predict(points)
    count = np.bincount(label, minlength=k)
    order = np.argsort(-count, kind="stable")
    order = order[count[order] > 0]  # a mixture may leave a group to nobody
    place = np.zeros(k, dtype=np.int64)
    place[order] = np.arange(len(order))
    again = resampled(train, held, k, method=method, seed=seed)
    agree = agreement(fit.predict(held), again, k)[order]
    return Chosen(place[label], len(order), choice, p_value, agree, notes)


def _parts(points: Float, seed: int) -> tuple[Float, Float, Float]:
    """The sample on which groups are made, and its halves: for resamples, and held out."""
    rows = np.random.default_rng(seed).permutation(len(points))[:CHOSEN_ON]
    half = (len(rows) + 1) // 2
    return points[rows], points[rows[:half]], points[rows[half:]]


def _chosen(
    sample: Float, train: Float, held: Float, method: Method, most: int, seed: int
) -> tuple[int, pd.DataFrame, float, tuple[Note, ...]]:
    """Number of clusters, the table behind it, the p value, and why not more where several were found."""
    if sample.shape[1] < 2:
        return 1, _nothing_chosen(), float("nan"), (Note("segments.one_feature"),)
    different = len(np.unique(train, axis=0))
    most = min(most, different - 1)
    if len(sample) < FEWEST or most < 2:
        few = Note("segments.too_few", customers=len(sample), different=different, least=FEWEST)
        return 1, _nothing_chosen(), float("nan"), (few,)
    p_value, gap = against_one_group(sample, most=most, seed=seed)
    alone = criterion(sample, partition(sample, 1, method=method, seed=seed), seed=seed)
    rows = [(1, alone, np.nan, np.nan, np.nan)]
    for k in range(2, most + 1):
        own = partition(sample, k, method=method, seed=seed)
        tested = p_value <= LEVEL  # resamples take most of the time
        between = stability(resampled(train, held, k, method=method, seed=seed)) if tested else np.nan
        by, apart = (each(sample, own, seed=seed) for each in (criterion, silhouette))
        rows.append((k, by, gap[k - 2], apart, between))
    choice = pd.DataFrame(rows, columns=["k", *COLUMNS]).set_index("k")
    if p_value > LEVEL:
        return 1, choice, p_value, ()
    several = choice.loc[2:].dropna()
    if method == "mixture":
        several = several[several["criterion"] < alone]
    rules = (
        ("gap", FURTHER, "segments.small_gap"),
        ("stability", STABLE, "segments.not_stable"),
        ("silhouette", APART, "segments.not_apart"),
    )
    for column, least, code in rules:
        if several.empty or several[column].max() < least:
            best = float(several[column].max()) if len(several) else float("nan")
            return 1, choice, p_value, (Note(code, best=best, least=least),)
        several = several[several[column] >= least]
    best_k = several["criterion"].idxmin() if method == "mixture" else several["criterion"].idxmax()
    return int(cast(int, best_k)), choice, p_value, ()


def _nothing_chosen() -> pd.DataFrame:
    return pd.DataFrame(columns=[*COLUMNS], index=pd.Index([], name="k", dtype=int), dtype=float)
