"""How a simulated company grows: leads, marketing cost, referrals and opportunities."""

import numpy as np
import pandas as pd

from clvlab.data.simulate.arrivals import arrivals, picked
from clvlab.data.simulate.base import Base
from clvlab.data.simulate.calendar import DAYS, MONTH_STARTS, MONTHS, dates
from clvlab.data.simulate.plan import Plan
from clvlab.data.simulate.strings import labelled, numbered, width, yes_no
from clvlab.data.simulate.words import words

STAGES = ("qualified", "proposal", "negotiation")
PROBABILITY = (20, 50, 80)  # that the sales force writes down
LOST_AT = (0.5, 0.3, 0.2)  # where those lost end


def leads(plan: Plan, base: Base, rng: np.random.Generator) -> pd.DataFrame:
    """The table of leads: of each channel they came until it had its customers, each converting by the same chance."""
    won = np.bincount(base.channel, minlength=len(plan.channels))
    chances = np.array([each.conversion for each in plan.channels.values()])
    lost = rng.negative_binomial(np.maximum(won, 1), chances) * (won > 0)
    channel = np.concatenate([base.channel, np.repeat(np.arange(len(won)), lost)])
    customer = np.concatenate([np.arange(base.n), np.full(lost.sum(), -1)])
    day = np.concatenate([base.lead, rng.integers(0, DAYS, lost.sum())])
    place = np.argsort(day, kind="stable")
    channel, customer, day = channel[place], customer[place], day[place]
    owner = rng.integers(0, len(words().lists["owners"]), len(day))
    return pd.DataFrame(
        {
            "lead_id": numbered("L", np.arange(len(day)), digits=width(len(day))),
            "lead_date": dates(day),
            "lead_source": labelled(list(plan.channels), channel),
            "converted": yes_no(customer >= 0),
            "customer_id": numbered("C", customer, digits=width(base.n)),
            "lead_owner": labelled(words().lists["owners"], owner),
        }
    )


def marketing_cost(plan: Plan, n: int) -> pd.DataFrame:
    """The table of marketing cost: each channel's budget for the customers expected of it, by the days of the month."""
    share = np.diff(MONTH_STARTS) / DAYS
    budget = np.array([each.share * each.cost for each in plan.channels.values()]) * n
    return pd.DataFrame(
        {
            "channel": labelled(list(plan.channels), np.tile(np.arange(len(budget)), MONTHS)),
            "month": dates(np.repeat(MONTH_STARTS[:-1], len(budget))),
            "cost": np.round(np.outer(share, budget), 2).ravel(),
        }
    )


def referrals(plan: Plan, base: Base, rng: np.random.Generator) -> pd.DataFrame:
    """The table of referrals, of active customers; who was referred is known where it is a customer of that channel."""
    rate = np.array([each.referrals for each in plan.channels.values()])[base.channel]
    customer, day = arrivals(rng, rate, base.begins, base.ends)
    place = np.argsort(day, kind="stable")
    customer, day = customer[place], day[place]
    converted = rng.random(len(day)) < plan.referral_conversion
    referred = np.full(len(day), -1)
    if "referral" in plan.channels:
        theirs = np.flatnonzero(base.channel == list(plan.channels).index("referral"))
        referred[converted] = _next_free(day[converted], theirs, base.acquired[theirs])
    return pd.DataFrame(
        {
            "referral_id": numbered("R", np.arange(len(day)), digits=width(len(day))),
            "referrer_id": base.of(customer),
            "referred_id": numbered("C", referred, digits=width(base.n)),
            "referral_date": dates(day),
            "converted": yes_no(converted),
        }
    )


def _next_free(day: np.ndarray, customers: np.ndarray, acquired: np.ndarray) -> np.ndarray:
    """For each referral, in the order of days, the next customer acquired from that day on who has no referrer yet."""
    count = np.arange(len(day))
    # The k-th takes the later of the first that fits it and the one after what the k-1-th took.
    place = np.maximum.accumulate(np.searchsorted(acquired, day) - count) + count
    found = np.full(len(day), -1)
    there = place < len(customers)
    found[there] = customers[place[there]]
    return found


def opportunities(plan: Plan, base: Base, rng: np.random.Generator) -> pd.DataFrame:
    """The table of opportunities, of dealers and partners; how long one takes says nothing of how it ends."""
    customer, day = arrivals(rng, plan.opportunities * (base.kind > 0), base.begins, np.full(base.n, float(DAYS)))
    place = np.argsort(day, kind="stable")
    customer, day = customer[place], day[place]
    n = len(day)
    took = 15 + np.floor(rng.standard_exponential(n) * 40.0)
    closes = day + took.astype(np.int64)
    won = rng.random(n) < plan.win
    reached = np.where(won, len(STAGES) - 1, picked(rng, LOST_AT, n))
    closed = closes < DAYS
    # What is open has come as far as its time, and no farther than it will.
    so_far = np.minimum(((DAYS - 1 - day) * len(STAGES)) // took.astype(np.int64), reached)
    stage = np.where(closed, np.where(won, len(STAGES), len(STAGES) + 1), so_far)
    probability = np.array([*PROBABILITY, 100, 0])[stage]
    amount = np.rint(rng.standard_gamma(2.0, n) * 400.0) * 5.0
    return pd.DataFrame(
        {
            "opportunity_id": numbered("D", np.arange(n), digits=width(n)),
            "customer_id": base.of(customer),
            "amount": np.maximum(amount, 5.0),
            "stage": labelled([*STAGES, "closed won", "closed lost"], stage),
            "status": labelled(["open", "won", "lost"], np.where(closed, np.where(won, 1, 2), 0)),
            "created": dates(day),
            "closing_date": dates(closes),
            "probability": probability,
            "last_stage": labelled(STAGES, np.where(closed, reached, so_far)),
            "deal_owner": labelled(words().lists["owners"], rng.integers(0, len(words().lists["owners"]), n)),
        }
    )
