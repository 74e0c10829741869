"""How customers move between tiers from one day to another, and what follows if they go on doing so."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from clvlab.arguments import instance, number, whole
from clvlab.customers.facts import Facts
from clvlab.customers.grades.cuts import TIERS, cuts_of, of_tiers
from clvlab.customers.grades.fitted import AHEAD, fitted
from clvlab.customers.intervals import share
from clvlab.data.days import DateLike, as_day
from clvlab.errors import InputError
from clvlab.shown import Shown

NEW, LOST = "not_yet_a_customer", "lost"
PRIOR = 0.5  # Jeffreys' of each cell of a row, and of the number of new customers
DRAWS = 4000
LEVEL = 0.95


@dataclass(frozen=True, eq=False, repr=False)
class Migration(Shown):
    """Movements between tiers at two days.

    Attributes
    ----------
    counts : DataFrame, index tier before, columns tier after
        Customers. Who is only in the later list comes from "not_yet_a_customer", who is only in the earlier one goes to
        "lost"; either stands there where there are any. Rows sum to the base before, columns to that after.
    """

    counts: pd.DataFrame

    @cached_property
    def shares(self) -> pd.DataFrame:
        """One row per movement: before, after, customers, of (all from there), share, low, high (95 %, mid-P)."""
        of = np.repeat(self.counts.sum(axis=1).to_numpy(), self.counts.shape[1])
        n = self.counts.to_numpy().ravel()
        value, low, high = share(n, of)
        pairs = pd.MultiIndex.from_product([self.counts.index, self.counts.columns], names=["before", "after"])
        return pd.DataFrame({"customers": n, "of": of, "share": value, "low": low, "high": high}, index=pairs)

    @cached_property
    def summary(self) -> pd.Series:
        """Of customers in both lists: up, same and down (counts); new, lost."""
        both = self.counts.drop(index=NEW, errors="ignore").drop(columns=LOST, errors="ignore").to_numpy()
        new = self.counts.loc[[NEW]].to_numpy().sum() if NEW in self.counts.index else 0
        lost = self.counts[LOST].to_numpy().sum() if LOST in self.counts else 0
        found = [np.tril(both, -1).sum(), np.trace(both), np.triu(both, 1).sum(), new, lost]
        return pd.Series(np.array(found, dtype=np.int64), index=["up", "same", "down", "new", "lost"], name="customers")

    def forecast(self, periods: int = 1, *, draws: int = DRAWS, seed: int = 1) -> pd.DataFrame:
        """How many customers each tier has after more such periods, if movements and newcomers stay as they were.

        Parameters
        ----------
        periods : int
            Each as long as that between the two days.

        Returns
        -------
        DataFrame, index tier
            now, expected, low, high (95 %): customers. Each row of the matrix is drawn from its Dirichlet posterior
            under Jeffreys' prior, then customers move by chance; newcomers are Poisson, as many as came before. What
            it does not hold is that another period may be unlike this one: see ``backtest``.

        Raises
        ------
        InputError
            No period, or no draws.
        """
        periods = int(number(whole(periods, "periods"), "periods", least=1, example="1"))
        draws = int(number(whole(draws, "draws"), "draws", least=100, example="4000"))
        rng = np.random.default_rng(whole(seed))
        tiers = [name for name in self.counts.index if name != NEW]
        ends = list(self.counts.columns)
        rows = self.counts.loc[tiers].to_numpy(dtype=float)
        came = self.counts.loc[NEW].to_numpy(dtype=float) if NEW in self.counts.index else None
        now = self.counts[tiers].sum(axis=0).to_numpy()
        have = np.repeat(now[None, :].astype(np.int64), draws, axis=0)
        moves = [_dirichlet(rng, row + PRIOR, draws) for row in rows]
        if came is not None:
            pace, split = rng.gamma(came.sum() + PRIOR, 1.0, draws), _dirichlet(rng, came + PRIOR, draws)
        for _ in range(periods):
            after = np.zeros((draws, len(ends)), dtype=np.int64)
            for place, chances in enumerate(moves):
                after += rng.multinomial(have[:, place], chances)
            if came is not None:
                after += rng.multinomial(rng.poisson(pace), split)
            have = after[:, [ends.index(name) for name in tiers]]
        low, high = np.quantile(have, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0], axis=0)
        return pd.DataFrame({"now": now, "expected": have.mean(axis=0), "low": low, "high": high},
                            index=pd.Index(tiers, name="tier"))  # fmt: skip


def migration(before: pd.Series, after: pd.Series, *, tiers: Sequence[str] | None = None) -> Migration:
    """Movements between tiers at two days.

    Parameters
    ----------
    before, after : Series, index customer
        Tier of each customer at the earlier and the later day; missing: in no tier, as if not listed.
    tiers : sequence of str, optional
        From the best; unset, those of a categorical in their order, else those found, sorted.

    Raises
    ------
    InputError
        Customers listed twice, or a tier that is none of ``tiers``.

    Examples
    --------
    >>> before = pd.Series(["A", "A", "B", "B"], index=list("wxyz"))
    >>> after = pd.Series(["A", "B", "B", "A"], index=list("wxyv"))
    >>> migration(before, after).counts  # doctest: +NORMALIZE_WHITESPACE
                        A  B  lost
    before
    A                   1  1     0
    B                   0  1     1
    not_yet_a_customer  1  0     0
    """
    for name, each in (("before", before), ("after", after)):
        instance(each, pd.Series, name, "a Series of tiers, indexed by customer, is taken")
        if not each.index.is_unique:
            twice = each.index[each.index.duplicated()].unique()[:5].tolist()
            raise InputError(f"{name}= has one tier a customer; more than one is there for {twice}.")
    before, after = before.dropna(), after.dropna()
    names = _tiers(before, after) if tiers is None else [str(each) for each in tiers]
    strange = sorted({*before.astype(str).unique(), *after.astype(str).unique()} - set(names))
    if strange:
        raise InputError(f"Tiers are {', '.join(names)}; found {', '.join(strange)}.")
    index = before.index.union(after.index)
    known = pd.Index(names, dtype="object")
    code = [known.get_indexer(pd.Index(each.astype(str).reindex(index), dtype="object")) for each in (before, after)]
    size = len(names) + 1
    start, end = (np.where(each < 0, len(names), each) for each in code)
    counted = np.bincount(start * size + end, minlength=size * size).reshape(size, size)
    frame = pd.DataFrame(counted, index=pd.Index([*names, NEW], name="before"), columns=[*names, LOST])
    if not frame.loc[NEW].sum():
        frame = frame.drop(index=NEW)
    if not frame[LOST].sum():
        frame = frame.drop(columns=LOST)
    return Migration(frame)


def backtest(first: pd.Series, second: pd.Series, third: pd.Series, *, seed: int = 1) -> pd.DataFrame:
    """Forecast the third day from the movements between the first two, and set what came beside it.

    Parameters
    ----------
    first, second, third : Series, index customer
        Tiers at three days, equally far apart.

    Returns
    -------
    DataFrame, index tier
        now (at the second day), expected, low, high, came, held (whether the interval holds what came).
    """
    found = migration(first, second, tiers=_tiers(first.dropna(), second.dropna(), third.dropna()))
    told = found.forecast(seed=seed)
    came = third.dropna().astype(str).value_counts().reindex(told.index, fill_value=0)
    return told.assign(came=came, held=(told["low"] <= came) & (came <= told["high"]))


def tiers_at(
    facts: Facts,
    day: DateLike,
    boundaries: Sequence[float],
    *,
    tiers: Sequence[str] = TIERS,
    horizon: float = AHEAD,
) -> pd.Series:
    """Tiers by expected value as they would have been at an earlier day, from the records until then alone.

    Parameters
    ----------
    facts : Facts
    day : date
        Last day of the records that counts.
    boundaries : sequence of float
        Value from which each tier but the last begins, descending (money), as ``value_tiers(...).boundaries``.
    tiers : sequence of str
        From the best.
    horizon : float
        Weeks.

    Returns
    -------
    Series, index customer_id
        A tier of each who had bought by then.

    Raises
    ------
    InputError
        A day outside the records, or boundaries that do not fit the tiers.
    FitError
        The models cannot be fitted to the records until then.
    """
    cuts = cuts_of(tiers, None, boundaries)
    until = as_day(day, "day")
    if until > facts.company.as_of:
        raise InputError(f"day= lies within the records, up to {facts.company.as_of:%Y-%m-%d}; found {until:%Y-%m-%d}.")
    table = fitted(facts, horizon=horizon, until=until).expected
    tier = cuts.of(table["value"].to_numpy())
    return pd.Series(of_tiers(tier, tiers), index=table.index, name="tier")


def _tiers(*lists: pd.Series) -> list[str]:
    """Names of tiers: of a categorical in their order, else those found, sorted."""
    for each in lists:
        if isinstance(each.dtype, pd.CategoricalDtype):
            return [str(name) for name in each.cat.categories]
    return sorted({str(name) for each in lists for name in each.unique()})


def _dirichlet(rng: np.random.Generator, alpha: np.ndarray, draws: int) -> np.ndarray:
    found = rng.dirichlet(alpha, draws)
    return found / found.sum(axis=1, keepdims=True)
