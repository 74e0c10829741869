"""Campaigns of a simulated company: who is in, who is held out at random, and who ordered."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clvlab.data.simulate.arrivals import arrivals, passed
from clvlab.data.simulate.base import Base
from clvlab.data.simulate.calendar import dates, day_of
from clvlab.data.simulate.parts import Promotion
from clvlab.data.simulate.plan import Plan
from clvlab.data.simulate.strings import labelled, yes_no

CONTROL = "control"


@dataclass(frozen=True, eq=False)
class Contacted:
    """A campaign's customers.

    Attributes
    ----------
    promotion : Promotion
    customer : array of int
        Places of the customers in it.
    arm : array of int
        0 control, then the plan's arms.
    """

    promotion: Promotion
    customer: np.ndarray
    arm: np.ndarray

    @property
    def arms(self) -> list[str]:
        """Names of the arms, the control group first."""
        return [CONTROL, *self.promotion.lifts]

    @property
    def lifts(self) -> np.ndarray:
        """What each arm adds to the rate, as a share of it."""
        return np.array([0.0, *self.promotion.lifts.values()])

    @property
    def days(self) -> tuple[int, int]:
        """The first day, and the day after the last."""
        first = day_of(self.promotion.start)
        return first, first + self.promotion.window

    def years(self, base: Base, pace: np.ndarray) -> np.ndarray:
        """Years of the pace of purchases that each passes within the window."""
        first, after = self.days
        ends = np.minimum(base.ends[self.customer], after)
        return passed(pace, np.full(len(ends), float(first)), ends)


def draw_contacted(plan: Plan, base: Base, rng: np.random.Generator) -> list[Contacted]:
    """Draw who is in each campaign, and in which arm."""
    found = []
    for promotion in plan.promotions:
        known = np.flatnonzero(base.acquired < day_of(promotion.start)).astype(np.int32)
        inside = known[rng.random(len(known)) < promotion.reach]
        others = 1 + rng.integers(0, len(promotion.lifts), len(inside))
        arm = np.where(rng.random(len(inside)) < promotion.control, 0, others).astype(np.int8)
        found.append(Contacted(promotion, inside, arm))
    return found


def extra_orders(
    contacted: list[Contacted], base: Base, pace: np.ndarray, rng: np.random.Generator
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Draw the orders that campaigns bring: of each, customer and day."""
    found = []
    for each in contacted:
        first, _ = each.days
        treated = each.lifts[each.arm] > 0
        who = each.customer[treated]
        rate = base.rate[who] * each.lifts[each.arm[treated]]
        ends = np.maximum(np.minimum(base.ends[who], each.days[1]), first)
        place, day = arrivals(rng, rate, np.full(len(who), float(first)), ends, pace=pace)
        found.append((who[place], day))
    return found


def campaigns(contacted: list[Contacted], base: Base, customer: np.ndarray, day: np.ndarray) -> pd.DataFrame:
    """The table of campaigns, given all orders: one row per customer in a campaign."""
    parts = []
    names = [each.promotion.name for each in contacted]
    arms = list(dict.fromkeys(arm for each in contacted for arm in each.arms))
    for place, each in enumerate(contacted):
        first, after = each.days
        ordered = np.zeros(base.n, dtype=bool)
        ordered[customer[(day >= first) & (day < after)]] = True
        n = len(each.customer)
        cost = np.array([0.0, *(each.promotion.cost[arm] for arm in each.promotion.lifts)])
        parts.append((
            each.customer, np.full(n, place), np.array([arms.index(arm) for arm in each.arms])[each.arm],
            np.full(n, first), cost[each.arm], ordered[each.customer],
        ))  # fmt: skip
    who, which, arm, first_day, paid, responded = (np.concatenate(column) for column in zip(*parts, strict=True))
    return pd.DataFrame(
        {
            "customer_id": base.of(who),
            "campaign": labelled(names, which),
            "arm": labelled(arms, arm),
            "campaign_date": dates(first_day),
            "cost": paid,
            "responded": yes_no(responded),
        }
    )
