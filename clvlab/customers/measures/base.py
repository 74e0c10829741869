"""Customers under management: by what they buy."""

import numpy as np

from clvlab.customers.facts import Facts, Flags
from clvlab.customers.measures.record import MeasureRecord, Parts, counted, within

LOST = 2  # thresholds without a purchase


def _silent(facts: Facts, t: int) -> np.ndarray:
    """Days since the last purchase at the end of a period; more than any of those who never bought."""
    return np.asarray(facts.windows.last[t] - facts.last_day[t + 1])


def _bought(facts: Facts, t: int) -> Flags:
    return np.asarray(facts.first_day <= facts.windows.last[t])


def active_customers(facts: Facts, t: int) -> Parts:
    """Bought within the threshold before the period's end."""
    return counted(facts.active(t + 1))


def lapsing_customers(facts: Facts, t: int) -> Parts:
    """Last bought between one and two thresholds ago."""
    silent = _silent(facts, t)
    return counted(_bought(facts, t) & (silent >= facts.threshold) & (silent < LOST * facts.threshold))


def lost_customers(facts: Facts, t: int) -> Parts:
    """Last bought two thresholds ago or longer."""
    return counted(_bought(facts, t) & (_silent(facts, t) >= LOST * facts.threshold))


def won_back(facts: Facts, t: int) -> Parts:
    """Bought in the period after two thresholds or more without a purchase."""
    rows = within(facts.orders.day, facts, t)
    back = facts.orders.customer[rows][facts.gap[rows] >= LOST * facts.threshold]
    return counted(np.bincount(back, minlength=facts.n) > 0)


def reactivated(facts: Facts, t: int) -> Parts:
    """Bought in the period after one threshold or more without a purchase."""
    rows = within(facts.orders.day, facts, t)
    back = facts.orders.customer[rows][facts.gap[rows] >= facts.threshold]
    return counted(np.bincount(back, minlength=facts.n) > 0)


def new_customers(facts: Facts, t: int) -> Parts:
    """Bought for the first time in the period."""
    return counted((facts.first_day >= facts.windows.first[t]) & (facts.first_day <= facts.windows.last[t]))


def growth_rate(facts: Facts, t: int) -> Parts:
    """Active customers at the period's end less those at its beginning, over the latter."""
    before, after = facts.active(t), facts.active(t + 1)
    whose = np.flatnonzero(before | after)
    return Parts(whose, after[whose].astype(float) - before[whose], before[whose].astype(float))


BASE = (
    MeasureRecord("active_customers", "base", "count", "number0", "higher", active_customers),
    MeasureRecord("growth_rate", "base", "ratio", "percent1", "higher", growth_rate),
    MeasureRecord("new_customers", "base", "count", "number0", "higher", new_customers),
    MeasureRecord("reactivated_customers", "base", "count", "number0", "higher", reactivated),
    MeasureRecord("won_back_customers", "base", "count", "number0", "higher", won_back),
    MeasureRecord("lapsing_customers", "base", "count", "number0", "lower", lapsing_customers),
    MeasureRecord("lost_customers", "base", "count", "number0", "none", lost_customers),
)
