"""Tiers by expected value, and how sure they are: who is where by chance, and how many."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clvlab.arguments import number, whole
from clvlab.customers.grades.cuts import TIERS, cuts_of, of_tiers
from clvlab.customers.grades.fitted import CompanyFit
from clvlab.errors import InputError
from clvlab.shown import Shown

SURE = 0.6


@dataclass(frozen=True, eq=False, repr=False)
class ValueTiers(Shown):
    """Tiers of customers by their value.

    Attributes
    ----------
    table : DataFrame, index customer_id, one row per buyer
        expected: margin of the horizon, discounted at 10 % a year (money); tier: by it; likeliest: the tier with the
        largest chance of holding the latent value; sure: that chance; uncertain: whether it is below .6.
    chances : DataFrame, index customer_id, one column per tier
        Chance that the latent value lies in each.
    sizes : DataFrame, index tier
        customers (by expected value); expected, low, high: how many latent values lie there, 95 %; uncertain: how
        many of its customers are; value: the sum of their expected value.
    boundaries : tuple of float
        Value from which each tier but the last begins (money), descending.
    """

    table: pd.DataFrame
    chances: pd.DataFrame
    sizes: pd.DataFrame
    boundaries: tuple[float, ...]


def value_tiers(
    fit: CompanyFit,
    *,
    tiers: Sequence[str] = TIERS,
    shares: Sequence[float] | None = None,
    boundaries: Sequence[float] | None = None,
    least: float = SURE,
    seed: int = 0,
) -> ValueTiers:
    """Tier customers by expected value.

    Parameters
    ----------
    fit : CompanyFit
        ``fitted(facts)`` makes one.
    tiers : sequence of str
        From the best.
    shares : sequence of float, optional
        Of customers, from which boundaries follow; .1, .2, .3 and .4 unless given.
    boundaries : sequence of float, optional
        Instead: value from which each tier but the last begins, descending, above 0 (money).
    least : float
        A tier whose chance is below is uncertain.
    seed : int

    Raises
    ------
    InputError
        Tiers, shares or boundaries that do not fit together; shares that cut where expected values are all alike.
    """
    names = tuple(str(each) for each in tiers)
    cuts = cuts_of(names, shares, boundaries)
    number(least, "least", above=0, most=1, example="0.6")
    expected = fit.expected["value"].to_numpy()
    ends = cuts.boundaries
    if ends is None:
        assert cuts.shares is not None
        ends = tuple(float(each) for each in np.quantile(expected, 1.0 - np.cumsum(cuts.shares)[:-1]))
        if (np.diff(ends) >= 0).any():
            raise InputError("Too many customers have the same expected value for these shares: give boundaries=.")
    if ends[-1] <= 0:
        raise InputError(f"boundaries= are amounts above 0; found {ends[-1]:g} for the tier {names[-2]}.")
    rising = list(ends[::-1])
    chances = fit.chances(rising, seed=whole(seed))
    told = fit.counts(chances, rising, seed=seed).iloc[::-1].set_axis(pd.Index(names, name="tier"))
    chances = chances[:, ::-1]
    tier = np.sum(expected[:, None] < np.array(ends), axis=1)
    likeliest, sure = chances.argmax(axis=1), chances.max(axis=1)
    table = pd.DataFrame(
        {"expected": expected, "tier": of_tiers(tier, names),
         "likeliest": of_tiers(likeliest, names), "sure": sure, "uncertain": sure < least},
        index=fit.histories.index,
    )  # fmt: skip
    count = np.bincount(tier, minlength=len(names))
    unsure = np.bincount(tier, weights=sure < least, minlength=len(names)).astype(int)
    told.insert(0, "customers", count)
    sizes = told.assign(uncertain=unsure, value=np.bincount(tier, weights=expected, minlength=len(names)))
    return ValueTiers(table, pd.DataFrame(chances, index=table.index, columns=list(names)), sizes, ends)
