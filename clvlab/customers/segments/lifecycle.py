"""Stages of customers' lives at the end of each period, and how they moved between them."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from clvlab.customers.facts import NOBODY, Facts
from clvlab.customers.intervals import share
from clvlab.shown import Shown

Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

STAGES = ("prospect", "new", "growing", "mature", "declining", "won_back", "lost")
NOT_YET_KNOWN = "not_yet_known"
CHANGE = 2  # purchases more or fewer than in the window before
NEVER = np.iinfo(np.int64).max
_PROSPECT, _NEW, _GROWING, _MATURE, _DECLINING, _WON_BACK, _LOST = range(len(STAGES))
_UNKNOWN = -1


@dataclass(frozen=True, eq=False, repr=False)
class Lifecycle(Shown):
    """Customers' stages at the end of each whole period.

    W is the threshold: days without a purchase after which a customer is no longer active. At the end of a period a
    customer is the first of these that holds: prospect (known, no purchase yet), lost (none within the last W days),
    new (the first purchase within the last W days), won_back (a purchase within the last W days ended a silence longer
    than W), and growing or declining (two purchases more or fewer within the last W days than in the W before); else
    mature. Who first bought less than 2 W ago has no whole window before, and is not called growing or declining.

    Attributes
    ----------
    facts : Facts
    ids : Index
        Customers: of orders, of the table of customers, and those that leads became.
    codes : array of int, shape (periods, customers)
        Place in ``STAGES``; -1 of who was not known by then.
    """

    facts: Facts
    ids: pd.Index
    codes: NDArray[np.int8]

    @property
    def now(self) -> pd.Series:
        """Stage of each customer at the end of the last period, index customer_id; missing of who was not known."""
        return self._named(self.codes[-1])

    def _named(self, codes: NDArray[np.int8]) -> pd.Series:
        return pd.Series(np.array([*STAGES, None], dtype=object)[codes], index=self.ids, name="stage")

    @property
    def counts(self) -> pd.DataFrame:
        """Customers by period (index) and stage (columns); rows sum to the customers known by then."""
        rows = [np.bincount(codes[codes >= 0], minlength=len(STAGES)) for codes in self.codes]
        return pd.DataFrame(rows, index=self.facts.windows.index.rename("period"), columns=list(STAGES))

    @cached_property
    def compared(self) -> tuple[int, int] | None:
        """Numbers of the periods whose ends ``moves`` compares: the last, and the one whose end is nearest W before."""
        ends = self.facts.windows.last
        if len(ends) < 2:
            return None
        return int(np.argmin(np.abs(ends[:-1] - (ends[-1] - self.facts.threshold)))), len(ends) - 1

    @property
    def moves(self) -> pd.DataFrame:
        """How customers moved between the two ends of ``compared``; empty of one period.

        Returns
        -------
        DataFrame
            from ("not_yet_known" of who became known in between), to, customers, share (of those in ``from``) with low
            and high (95 %). Only moves that somebody made, staying included; customers sum to those known at the end.
        """
        if self.compared is None:
            return pd.DataFrame(columns=["from", "to", "customers", "share", "low", "high"])
        before, after = (self.codes[t].astype(np.int64) for t in self.compared)
        size = len(STAGES)
        known = after != _UNKNOWN
        pair = np.where(before == _UNKNOWN, size, before)[known] * size + after[known]
        count = np.bincount(pair, minlength=(size + 1) * size)
        some = np.flatnonzero(count)
        of = count.reshape(size + 1, size).sum(axis=1)[some // size]
        value, low, high = share(count[some], of)
        names = np.array([*STAGES, NOT_YET_KNOWN], dtype=object)
        return pd.DataFrame({"from": names[some // size], "to": names[some % size], "customers": count[some],
                             "share": value, "low": low, "high": high})  # fmt: skip

    @cached_property
    def by_chance(self) -> pd.DataFrame:
        """How many of those growing and declining would be called so were everybody's pace unchanged.

        At an unchanged pace of a Poisson process each of a customer's N purchases in the last 2 W days falls into
        either half with chance 1/2, whatever the pace: k of them in the later half in C(N, k) of 2^N ways. In one of
        these ways (with the halves laid upon each other, all of the earlier half's come first) a silence longer than W
        lies between the halves, so that the customer is won back or lost. A season makes everybody's pace change.

        Returns
        -------
        DataFrame, index stage ("growing", "declining")
            customers (called so at the end of the last period); expected (by chance), with low and high (within which
            95 in 100 such numbers fall: normal); share (expected over customers, at most 1; missing of none).
        """
        facts = self.facts
        end, w = int(facts.windows.last[-1]), facts.threshold
        now, then = (_bought(facts, last - w, last, facts.n) for last in (end, end - w))
        own = np.flatnonzero(np.isin(self.codes[-1][: facts.n], (_GROWING, _MATURE, _DECLINING)))
        own = own[(facts.first_day[own] <= end - 2 * w) & (then[own] > 0)]
        total, customers = np.unique((now + then)[own], return_counts=True)
        least = np.ceil((total + CHANGE) / 2.0)  # in the half with more
        one = 0.5**total
        tail = stats.binom.sf(least - 1.0, total, 0.5) - (total - least + 1.0) * one
        chance = np.clip(tail / (1.0 - (total + 1.0) * one), 0.0, 1.0)
        expected = float(customers @ chance)
        half = 1.959963984540054 * float(np.sqrt(customers @ (chance * (1.0 - chance))))
        rows = {}
        for stage, code in (("growing", _GROWING), ("declining", _DECLINING)):
            called = int((self.codes[-1] == code).sum())
            by = min(expected / called, 1.0) if called else np.nan
            rows[stage] = (called, expected, max(expected - half, 0.0), expected + half, by)
        columns = ["customers", "expected", "low", "high", "share"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("stage")


def lifecycle(facts: Facts) -> Lifecycle:
    """Find each customer's stage at the end of each whole period.

    Parameters
    ----------
    facts : Facts
        Its periods, and its threshold W in days.

    Raises
    ------
    InputError
        As ``facts.threshold`` raises it.

    Examples
    --------
    >>> from clvlab.customers.facts import facts as facts_of
    >>> from clvlab.data.simulate import company
    >>> found = lifecycle(facts_of(company(300, seed=1).company(), period="year"))
    >>> found.counts.sum(axis=1).tolist()
    [191, 300]
    """
    extra, known = _known(facts)
    codes = np.stack([_stages(facts, end, known) for end in facts.windows.last.tolist()])
    return Lifecycle(facts, facts.ids.append(pd.Index(extra)).rename("customer_id"), codes)


def stages_at(facts: Facts, day: int) -> NDArray[np.int8]:
    """Stage of each of ``facts.ids`` on a day (since 1970): place in ``STAGES``, -1 of who was not known by then.

    Examples
    --------
    >>> from clvlab.customers.facts import facts as facts_of
    >>> from clvlab.data.simulate import company
    >>> known = facts_of(company(300, seed=1).company(), period="year")
    >>> bool((stages_at(known, int(known.windows.last[-1])) == lifecycle(known).codes[-1][: known.n]).all())
    True
    """
    return _stages(facts, day, _known(facts)[1])[: facts.n]


def _stages(facts: Facts, end: int, known: Whole) -> NDArray[np.int8]:
    w, n = facts.threshold, len(known)
    first = np.append(facts.first_day, np.full(n - facts.n, NEVER))
    now, before = _bought(facts, end - w, end, n), _bought(facts, end - 2 * w, end - w, n)
    whole = first <= end - 2 * w
    found = np.full(n, _MATURE, dtype=np.int8)
    found[whole & (now >= before + CHANGE)] = _GROWING
    found[whole & (now <= before - CHANGE)] = _DECLINING
    found[_bought(facts, end - w, end, n, after=w) > 0] = _WON_BACK
    found[first > end - w] = _NEW
    found[now == 0] = _LOST
    found[first > end] = _PROSPECT
    found[known > end] = _UNKNOWN
    return found


def _bought(facts: Facts, after_day: int, last_day: int, n: int, *, after: int = 0) -> Whole:
    """Purchases of each customer after one day up to another; with ``after``, those that ended a longer silence."""
    rows = slice(*np.searchsorted(facts.orders.day, [after_day + 1, last_day + 1]))
    whose = facts.orders.customer[rows]
    return np.bincount(whose[facts.gap[rows] > after] if after else whose, minlength=n)


def _known(facts: Facts) -> tuple[list[str], Whole]:
    """Customers of leads alone, and the day since when each customer is known.

    That is the first of: being acquired, a lead's day, the first purchase. Of whom the table of customers gives none
    of these it is the beginning: the table does not say that they came later.
    """
    day = facts.first_day.copy()
    dated = day < NEVER
    if "customers" in facts.company and "acquired" in (base := facts.company.frame("customers")):
        # After now they are known, and not yet.
        given = base["acquired"].notna().to_numpy()
        dated[facts.numbers(base["customer"][given])] = True
        own = facts.events("customers", when="acquired")
        np.minimum.at(day, own.customer, own.day)
    if "leads" not in facts.company or "customer" not in facts.company.frame("leads"):
        return [], np.where(dated, day, np.iinfo(np.int64).min)
    leads = facts.events("leads")
    named = leads.customer != NOBODY
    np.minimum.at(day, leads.customer[named], leads.day[named])
    dated[leads.customer[named]] = True
    alone = leads.frame["customer"].to_numpy(dtype=object)[~named]
    is_one = ~pd.isna(alone)
    first = pd.Series(leads.day[~named][is_one], index=alone[is_one].astype(str)).groupby(level=0).min()
    return list(first.index), np.append(np.where(dated, day, np.iinfo(np.int64).min), first.to_numpy(dtype=np.int64))
