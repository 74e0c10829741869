"""Grades from weighted scores, and how much they owe to the weights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.arguments import instance, whole
from clvlab.customers.grades.cuts import TIERS, UNSCORED, Cuts, cuts_of, of_tiers
from clvlab.customers.grades.weights import AHP, weights_of
from clvlab.errors import InputError
from clvlab.notes import Note
from clvlab.shown import Shown

Float = NDArray[np.float64]
Whole = NDArray[np.int64]

DRAWS = 200
CONCENTRATION = 50.0  # an eighth lies within .06 and .21 in nine draws of ten


@dataclass(frozen=True, eq=False, repr=False)
class Grades(Shown):
    """Customers' grades.

    Attributes
    ----------
    table : DataFrame, index customer
        The scores; total: their weighted mean, 0 to 100; grade: a tier, missing for who has no scores; rank: 1 is the
        best, equal totals share the lowest of theirs.
    weights : Series, index dimension
        They sum to 1.
    tiers : tuple of str
        From the best.
    cuts : Cuts
    seed : int
        Of the draws of weights.
    notes : tuple of Note
        Weights given for dimensions that are not there; customers without scores.
    """

    table: pd.DataFrame
    weights: pd.Series
    tiers: tuple[str, ...]
    cuts: Cuts
    seed: int
    notes: tuple[Note, ...]

    @cached_property
    def sizes(self) -> pd.DataFrame:
        """Index grade, with "unscored" where there are any: customers, share, total (mean), least and most."""
        grade = self.table["grade"].astype("object").where(self.table["grade"].notna(), UNSCORED)
        grouped = self.table["total"].groupby(grade.to_numpy())
        found = pd.DataFrame({"customers": grouped.size(), "total": grouped.mean(), "least": grouped.min(),
                              "most": grouped.max()})  # fmt: skip
        names = [*self.tiers, *([UNSCORED] if UNSCORED in found.index else [])]
        found = found.reindex(pd.Index(names, name="grade"))
        found["customers"] = found["customers"].fillna(0).astype(int)
        found.insert(1, "share", found["customers"] / max(len(self.table), 1))
        return found

    @cached_property
    def sensitivity(self) -> pd.DataFrame:
        """Share of scored customers whose grade changes under other weights.

        Returns
        -------
        DataFrame, index case: "equal", "entropy", "DIMENSION_up", "DIMENSION_down" (its weight up or down by half, the
        others in proportion), "around" (mean of 200 draws from a Dirichlet distribution around the weights)
            dimension (missing of the first and the last), changed (share).
        """
        rows: dict[str, tuple[str | None, float]] = {}
        for case in ("equal", "entropy"):
            other = weights_of(case, self._scored) if len(self._scored) else self.weights
            rows[case] = None, self._changed(np.asarray(other, dtype=np.float64))
        for place, name in enumerate(self.weights.index):
            for way, times in (("up", 1.5), ("down", 0.5)):
                moved = self.weights.to_numpy(dtype=float).copy()
                moved[place] *= times
                rows[f"{name}_{way}"] = str(name), self._changed(moved / moved.sum())
        steady = self._steady
        rows["around"] = None, float(1.0 - steady.mean()) if len(steady) else float("nan")
        found = pd.DataFrame.from_dict(rows, orient="index", columns=["dimension", "changed"])
        return found.rename_axis("case")

    @cached_property
    def steadiness(self) -> pd.Series:
        """Share of 200 draws of weights under which each customer has the same grade; missing without scores."""
        found = pd.Series(np.nan, index=self.table.index, name="steadiness")
        found[self.table["grade"].notna().to_numpy()] = self._steady
        return found

    @cached_property
    def _scored(self) -> pd.DataFrame:
        return self.table.loc[self.table["grade"].notna(), list(self.weights.index)]

    @cached_property
    def _columns(self) -> list[Float]:
        return [np.ascontiguousarray(self._scored[name].to_numpy(dtype=float)) for name in self.weights.index]

    @cached_property
    def _tier(self) -> Whole:
        return self.cuts.of(_total(self._columns, self.weights.to_numpy(dtype=float)))

    def _changed(self, weights: Float) -> float:
        if not len(self._scored):
            return float("nan")
        return float((self.cuts.of(_total(self._columns, weights)) != self._tier).mean())

    @cached_property
    def _steady(self) -> Float:
        weights = self.weights.to_numpy(dtype=float)
        known, rng = weights > 0, np.random.default_rng(self.seed)
        same = np.zeros(len(self._scored))
        for drawn in rng.dirichlet(CONCENTRATION * weights[known], DRAWS):
            other = np.zeros(len(weights))
            other[known] = drawn
            same += self.cuts.of(_total(self._columns, other)) == self._tier
        return same / DRAWS


def grade(
    table: pd.DataFrame,
    *,
    weights: str | AHP | Mapping[str, float] | pd.Series = "entropy",
    tiers: Sequence[str] = TIERS,
    shares: Sequence[float] | None = None,
    boundaries: Sequence[float] | None = None,
    seed: int = 1,
) -> Grades:
    """Grade customers by the weighted mean of their scores.

    Parameters
    ----------
    table : DataFrame, one row per customer
        Scores of 0 to 100, one column per dimension, as ``dimensions(facts).table``.
    weights : "entropy", "equal", AHP, or mapping of column to number
    tiers : sequence of str
        From the best.
    shares : sequence of float, optional
        Of customers, a number a tier, 1 in all; .1, .2, .3 and .4 of four tiers unless given.
    boundaries : sequence of float, optional
        Instead of shares: totals from which each tier but the last begins, descending.
    seed : int
        Of the draws of weights.

    Raises
    ------
    InputError
        No scores, scores off 0 to 100, customers listed twice; tiers, shares or boundaries that do not fit together.

    Examples
    --------
    >>> scores = pd.DataFrame({"value": [90.0, 50.0, 20.0, 10.0], "loyalty": [80.0, 70.0, 40.0, 10.0]})
    >>> grade(scores, weights="equal", shares=(0.25, 0.25, 0.25, 0.25)).table["grade"].tolist()
    ['A', 'B', 'C', 'D']
    """
    instance(table, pd.DataFrame, "table", "dimensions(facts).table is one: scores, 0 to 100, one column per dimension")
    names = tuple(str(each) for each in tiers)
    cuts = cuts_of(names, shares, boundaries)
    _check(table)
    scored = table.notna().all(axis=1).to_numpy()
    own = table[scored]
    weight = weights_of(weights, own) if len(own) else weights_of("equal", table)
    total, tier, rank = np.full(len(table), np.nan), np.full(len(table), -1), np.full(len(table), np.nan)
    columns = [np.ascontiguousarray(own[name].to_numpy(dtype=float)) for name in own]
    total[scored] = _total(columns, np.asarray(weight, dtype=np.float64))
    tier[scored] = cuts.of(total[scored])
    rank[scored] = pd.Series(-total[scored]).rank(method="min").to_numpy()
    given = (
        weights.weights.index if isinstance(weights, AHP) else () if isinstance(weights, str) else list(weights.keys())
    )
    lacking = [str(name) for name in given if name not in table]
    notes = [*([Note("grades.weights_without_data", dimensions=lacking)] if lacking else [])]
    notes += [Note("grades.unscored", customers=int((~scored).sum()), of=len(table))] if not scored.all() else []
    found = table.assign(total=total, grade=of_tiers(tier, names), rank=rank)
    return Grades(found, weight, names, cuts, whole(seed), tuple(notes))


def _check(table: pd.DataFrame) -> None:
    if not table.shape[1]:
        raise InputError("A table of scores has one column per dimension; this one has none.")
    if not table.index.is_unique:
        twice = table.index[table.index.duplicated()].unique()[:5].tolist()
        raise InputError(f"A table of scores has one row per customer; more than one is there for {twice}.")
    for name in table.columns:
        if not pd.api.types.is_numeric_dtype(table[name]):
            raise InputError(f"Scores are numbers of 0 to 100; the column {name!r} holds {table[name].dtype}.")
        if not table[name].dropna().between(0.0, 100.0).all():
            raise InputError(f"Scores lie within 0 to 100; {name!r} has some that do not. Rank or rescale them.")


def _total(columns: Sequence[Float], weights: Float) -> Float:
    """Weighted sum, one column after the other, so that equal customers have equal totals to the last digit."""
    total = np.zeros(len(columns[0])) if columns else np.zeros(0)
    for column, weight in zip(columns, weights, strict=True):
        total += weight * column
    return np.round(total, 9)
