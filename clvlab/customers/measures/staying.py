"""How customers stay: by what they buy, and by their subscriptions."""

from weakref import WeakKeyDictionary

import numpy as np

from clvlab.customers.facts import Facts, Float, Whole
from clvlab.customers.measures.record import MeasureRecord, Parts, among, within

TENURES = (0, 90, 180, 365, 730)  # days: bands that the lifecycle-weighted rate holds fixed
AGAIN_WITHIN = 180  # days
LOYAL = 3  # purchases within a year
YEAR = 365


def retention_rate(facts: Facts, t: int) -> Parts:
    """Of customers active at the period's beginning, those still active at its end."""
    return among(facts.active(t + 1), facts.active(t))


def churn_rate(facts: Facts, t: int) -> Parts:
    """Of customers active at the period's beginning, those no longer active at its end."""
    return among(~facts.active(t + 1), facts.active(t))


def value_churn(facts: Facts, t: int) -> Parts:
    """The same, each weighted by what they spent in the year before the period."""
    begins = facts.windows.first[t]
    rows = slice(*np.searchsorted(facts.orders.day, [begins - YEAR, begins]))
    amount = np.nan_to_num(facts.orders.number("amount")[rows])
    spent = np.bincount(facts.orders.customer[rows], weights=amount, minlength=facts.n)
    whose = np.flatnonzero(facts.active(t))
    gone = ~facts.active(t + 1)[whose]
    return Parts(whose, spent[whose] * gone, spent[whose])


def lifecycle_churn(facts: Facts, t: int) -> Parts:
    """The same at a fixed mix of tenures, that of all periods together."""
    whose = np.flatnonzero(facts.active(t))
    band = _band(facts, t, whose)
    here = np.bincount(band, minlength=len(TENURES))
    weight = (_mix(facts) / np.maximum(here, 1))[band]
    gone = ~facts.active(t + 1)[whose]
    return Parts(whose, weight * gone, weight)


def _band(facts: Facts, t: int, whose: Whole) -> Whole:
    tenure = facts.windows.first[t] - facts.first_day[whose]
    return np.asarray(np.searchsorted(TENURES, tenure, side="right") - 1)


def _mix(facts: Facts) -> Float:
    """Share of each band of tenure among customers active at the beginnings of all periods."""
    if facts not in _MIXES:
        counts = np.zeros(len(TENURES))
        for t in range(len(facts.windows)):
            counts += np.bincount(_band(facts, t, np.flatnonzero(facts.active(t))), minlength=len(TENURES))
        _MIXES[facts] = counts / max(counts.sum(), 1.0)
    return _MIXES[facts]


_MIXES: WeakKeyDictionary[Facts, Float] = WeakKeyDictionary()


def bought_again(facts: Facts, t: int) -> Parts:
    """Of customers whose first half year ended in the period, those who bought again within it."""
    after = facts.first_day + AGAIN_WITHIN
    whose = np.flatnonzero((after >= facts.windows.first[t]) & (after <= facts.windows.last[t]))
    return Parts(whose, (facts.second_day[whose] <= after[whose]).astype(float), np.ones(len(whose)))


def bought_later(facts: Facts, t: int) -> Parts:
    """Of customers whose first year ended in the period, those who bought in its second half."""
    until = facts.first_day + YEAR
    whose = (until >= facts.windows.first[t]) & (until <= facts.windows.last[t])
    day, who = facts.orders.day, facts.orders.customer
    late = (day > facts.first_day[who] + AGAIN_WITHIN) & (day <= until[who])
    return among(np.bincount(who[late], minlength=facts.n) > 0, whose)


def loyal_share(facts: Facts, t: int) -> Parts:
    """Of active customers, those with three purchases or more in the last year."""
    ends = facts.windows.last[t] + 1
    rows = slice(*np.searchsorted(facts.orders.day, [ends - YEAR, ends]))
    often = np.bincount(facts.orders.customer[rows], minlength=facts.n) >= LOYAL
    return among(often, facts.active(t + 1))


def tenure(facts: Facts, t: int) -> Parts:
    """Days since the first purchase, a mean over active customers."""
    whose = np.flatnonzero(facts.active(t + 1))
    days = (facts.windows.last[t] - facts.first_day[whose]).astype(float)
    return Parts(whose, days, np.ones(len(whose)))


def subscription_churn(facts: Facts, t: int) -> Parts:
    """Of subscriptions running at the period's beginning, those that ended in it."""
    begun = facts.events("subscriptions", when="start")
    end = begun.frame["end"].to_numpy().astype("datetime64[D]") if "end" in begun.frame else None
    ends = np.full(len(begun.day), np.iinfo(np.int64).max)
    if end is not None:
        ends[~np.isnat(end)] = end[~np.isnat(end)].astype(np.int64)
    running = np.flatnonzero((begun.day < facts.windows.first[t]) & (ends >= facts.windows.first[t]))
    lost = (ends[running] <= facts.windows.last[t]).astype(float)
    return Parts(begun.customer[running], lost, np.ones(len(running)))


def reward_use(facts: Facts, t: int) -> Parts:
    """Of rewards given in the period, those redeemed by now."""
    given = facts.events("rewards", "redeemed")
    rows = within(given.day, facts, t)
    return Parts(given.customer[rows], given.flag("redeemed")[rows].astype(float), np.ones(rows.stop - rows.start))


STAYING = (
    MeasureRecord("retention_rate", "staying", "share", "percent1", "higher", retention_rate),
    MeasureRecord("churn_rate", "staying", "share", "percent1", "lower", churn_rate),
    MeasureRecord("value_churn", "staying", "ratio", "percent1", "lower", value_churn),
    MeasureRecord("lifecycle_churn", "staying", "ratio", "percent1", "lower", lifecycle_churn),
    MeasureRecord("bought_again", "staying", "share", "percent1", "higher", bought_again),
    MeasureRecord("bought_later", "staying", "share", "percent1", "higher", bought_later),
    MeasureRecord("loyal_share", "staying", "share", "percent1", "higher", loyal_share),
    MeasureRecord("tenure", "staying", "ratio", "number0", "none", tenure),
    MeasureRecord(
        "subscription_churn",
        "staying",
        "share",
        "percent1",
        "lower",
        subscription_churn,
        steady=True,
        rows="subscriptions",
    ),
    MeasureRecord("reward_use", "staying", "share", "percent1", "higher", reward_use, rows="rewards"),
)
