"""The customers of a simulated company: how each came, and their unobserved values."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from clvlab.data.simulate.arrivals import passed, picked
from clvlab.data.simulate.calendar import DAYS, MONTH_OF, MONTH_STARTS, MONTHS, YEAR, clock, day_of
from clvlab.data.simulate.plan import Plan
from clvlab.data.simulate.strings import numbered, width

ENGAGEMENT = (0.5, 1.0, 2.0)
ENGAGEMENT_SHARES = (0.5, 0.25, 0.25)  # their mean is 1
SATISFACTION = (-2, -1, 0, 1, 2)
SATISFACTION_SHARES = (0.1, 0.2, 0.4, 0.2, 0.1)
KINDS = ("end customer", "dealer", "partner")
KIND_SHARES = (0.85, 0.10, 0.05)
CHINESE = 0.7  # share of customers
LONGEST_LEAD = 20  # days from a lead to a customer
LATEST_MEMBER = 180  # days from becoming a customer to joining


@dataclass(frozen=True, eq=False)
class Base:
    """Customers as arrays, one entry per customer, in the order in which they came.

    Attributes
    ----------
    channel, kind, language : array of int
        Places in the plan's channels, in ``KINDS``, and 0 Chinese, 1 English.
    lead, acquired : array of int
        Day numbers.
    engagement : array of float
    satisfaction : array of int
    rate, dropout : array of float
        A year, engagement's, channel's, cohort's and satisfaction's factors included; of membership and campaigns not.
    lifetime : array of float
        Days from the end of the day of acquisition to dropping out.
    nu : array of float
        Of spend: the mean spend of an order is p / nu.
    member : array of int
        Day of joining the programme; -1 for who never does.
    """

    channel: np.ndarray
    kind: np.ndarray
    language: np.ndarray
    lead: np.ndarray
    acquired: np.ndarray
    engagement: np.ndarray
    satisfaction: np.ndarray
    rate: np.ndarray
    dropout: np.ndarray
    lifetime: np.ndarray
    nu: np.ndarray
    member: np.ndarray

    @property
    def n(self) -> int:
        """Number of customers."""
        return len(self.acquired)

    @cached_property
    def ids(self) -> pd.Series:
        """Their identifiers."""
        return numbered("C", np.arange(self.n), digits=width(self.n))

    @cached_property
    def begins(self) -> np.ndarray:
        """When events may begin: the day after acquisition."""
        return self.acquired + 1.0

    @cached_property
    def ends(self) -> np.ndarray:
        """When purchases end: by dropping out, or with the last day."""
        ends: np.ndarray = np.minimum(self.begins + self.lifetime, DAYS)
        return ends

    def of(self, customers: np.ndarray) -> pd.Series:
        """Identifiers of customers by their places."""
        column: pd.Series = self.ids.take(customers).reset_index(drop=True)
        return column


def cohort_days(plan: Plan) -> tuple[int, int]:
    """First day of the plan's worse cohort and the day after its last; none where there is no such cohort."""
    if plan.cohort is None:
        return 0, 0
    year, quarter = plan.cohort.quarter.split("Q")
    first = day_of(f"{year}-{3 * int(quarter) - 2:02d}-01")
    return first, int(MONTH_STARTS[int(MONTH_OF[first]) + 3])


def season_clock(plan: Plan) -> np.ndarray:
    """The pace of purchases, with a mean of 1 over the three years."""
    found = clock(np.tile(np.array(plan.season), MONTHS // 12))
    scaled: np.ndarray = found * (DAYS / found[-1])
    return scaled


def member_chance(plan: Plan, engagement: np.ndarray) -> np.ndarray:
    """The chance to join the programme, of who is still active on the day."""
    programme = plan.programme
    chance: np.ndarray = np.clip(programme.share * (1.0 + programme.selection * (engagement - 1.0)), 0.0, 1.0)
    return chance


def draw_base(plan: Plan, customers: int, rng: np.random.Generator) -> Base:
    """Draw the customers: leads come evenly over the three years, and convert within their month or never."""
    channels = list(plan.channels.values())
    came = rng.integers(0, DAYS, customers)
    last = MONTH_STARTS[MONTH_OF[came] + 1] - 1
    became = np.minimum(came + rng.integers(0, LONGEST_LEAD + 1, customers), last)
    order = np.argsort(became, kind="stable")
    lead, acquired = came[order], became[order]
    channel = picked(rng, tuple(each.share for each in channels), customers)
    engagement = np.array(ENGAGEMENT)[picked(rng, ENGAGEMENT_SHARES, customers)]
    satisfaction = np.array(SATISFACTION)[picked(rng, SATISFACTION_SHARES, customers)]
    first, after = cohort_days(plan)
    worse = (acquired >= first) & (acquired < after)
    rate = rng.standard_gamma(plan.r, customers) / plan.alpha
    rate *= np.array([each.rate for each in channels])[channel] * (1.0 + plan.engagement * (engagement - 1.0))
    dropout = rng.standard_gamma(plan.s, customers) / plan.beta
    dropout *= np.array([each.dropout for each in channels])[channel] * (1.0 - plan.satisfaction * satisfaction)
    dropout[worse] *= 1.0 if plan.cohort is None else plan.cohort.dropout
    lifetime = rng.standard_exponential(customers) * YEAR / dropout
    joins = acquired + 1 + rng.integers(0, LATEST_MEMBER + 1, customers)
    is_member = rng.random(customers) < member_chance(plan, engagement)
    is_member &= joins < np.minimum(acquired + 1.0 + lifetime, DAYS)
    return Base(
        channel=channel,
        kind=picked(rng, KIND_SHARES, customers),
        language=(rng.random(customers) >= CHINESE).astype(np.int8),
        lead=lead,
        acquired=acquired,
        engagement=engagement,
        satisfaction=satisfaction,
        rate=rate,
        dropout=dropout,
        lifetime=lifetime,
        nu=rng.standard_gamma(plan.q, customers) / plan.v,
        member=np.where(is_member, joins, -1),
    )


def member_years(base: Base, pace: np.ndarray) -> np.ndarray:
    """Years of the pace of purchases that a customer passes as an active member."""
    joined = np.where(base.member >= 0, base.member + 1.0, DAYS)
    return passed(pace, joined, base.ends)
