"""The membership programme of a simulated company with its rewards, its subscriptions, and web and social events."""

import numpy as np
import pandas as pd

from clvlab.data.simulate.arrivals import arrivals, picked
from clvlab.data.simulate.base import Base
from clvlab.data.simulate.calendar import DAYS, START, dates
from clvlab.data.simulate.plan import Plan
from clvlab.data.simulate.purchases import Bought
from clvlab.data.simulate.strings import labelled, numbered, width, yes_no
from clvlab.data.simulate.words import words

POINTS = 100  # an order
COUPONS = (5.0, 10.0)
REFERRAL_GIFT = 10.0
EVENTS = ("visit", "view", "click", "share", "like")
EVENT_SHARES = (0.35, 0.3, 0.15, 0.08, 0.12)
PLATFORMS = ("web", "app", "wechat", "weibo", "instagram")
PLANS = ("basic", "plus")
FEES = (9.0, 19.0)
DISCOUNTED = 0.3


def member_orders(base: Base, bought: Bought) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Orders of members after the day they joined: customer, day, and which of the member's it is, from 1."""
    joined = base.member[bought.customer]
    inside = np.flatnonzero((joined >= 0) & (bought.day > joined))
    inside = inside[np.argsort(bought.customer[inside], kind="stable")]
    customer, day = bought.customer[inside], bought.day[inside]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(customer)) + 1]) if len(customer) else np.array([], dtype=int)
    lengths = np.diff(np.append(starts, len(customer)))
    return customer, day, np.arange(len(customer)) - np.repeat(starts, lengths) + 1


def memberships(plan: Plan, base: Base, ordered: tuple[np.ndarray, np.ndarray, np.ndarray]) -> pd.DataFrame:
    """The table of memberships: a row for joining, and one for the gold tier."""
    customer, day, count = ordered
    silver = np.flatnonzero(base.member >= 0)
    gold = count == plan.programme.gold_after
    who = np.concatenate([silver, customer[gold]])
    when = np.concatenate([base.member[silver], day[gold]])
    tier = np.repeat([0, 1], [len(silver), int(gold.sum())])
    place = np.argsort(when, kind="stable")
    who, when, tier = who[place], when[place], tier[place]
    return pd.DataFrame(
        {
            "member_id": base.of(who),
            "member_since": dates(when),
            "tier": labelled(["silver", "gold"], tier),
            "fee": np.zeros(len(who)),
            "points": tier * plan.programme.gold_after * POINTS,
        }
    )


def rewards(
    plan: Plan,
    base: Base,
    ordered: tuple[np.ndarray, np.ndarray, np.ndarray],
    referred: pd.DataFrame,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """The table of rewards: a coupon for every few orders of a member, a gift for a referral that became a customer."""
    customer, day, count = ordered
    due = count % plan.programme.reward_every == 0
    thanked = referred[referred["converted"] == "yes"]
    coupons, gifts = int(due.sum()), len(thanked)
    worth = np.array(COUPONS)[rng.integers(0, len(COUPONS), coupons)]
    used = rng.random(coupons) < plan.programme.redeemed
    who = pd.concat([base.of(customer[due]), thanked["referrer_id"]], ignore_index=True)
    found = pd.DataFrame(
        {
            "customer_id": who,
            "reward_date": np.concatenate([dates(day[due]), thanked["referral_date"].to_numpy()]),
            "reward_type": labelled(["coupon", "gift"], np.repeat([0, 1], [coupons, gifts])),
            "reward_value": np.concatenate([worth, np.full(gifts, REFERRAL_GIFT)]),
            "redeemed": yes_no(np.concatenate([used, np.ones(gifts, dtype=bool)])),
        }
    )
    return found.sort_values("reward_date", kind="stable", ignore_index=True)


def subscriptions(plan: Plan, base: Base, rng: np.random.Generator) -> pd.DataFrame:
    """The table of subscriptions: reasons compete, each with a constant hazard a month."""
    start = base.acquired + rng.integers(0, 91, base.n)
    who = np.flatnonzero((rng.random(base.n) < plan.subscribers) & (start < DAYS))
    start = start[who]
    discount = rng.random(len(who)) < DISCOUNTED
    kind = picked(rng, (0.65, 0.35), len(who))
    days = np.full(len(who), np.inf)
    why = np.zeros(len(who), dtype=np.int8)
    for place, each in enumerate(plan.leaving.values()):
        hazard = max(each.hazard, 1e-9) * np.where(discount, each.discount, 1.0)
        latent = rng.standard_exponential(len(who)) / hazard * (365.25 / 12.0)
        why[latent < days] = place
        days = np.minimum(days, latent)
    end = start + 1 + np.floor(np.minimum(days, 100.0 * DAYS)).astype(np.int64)
    left = end < DAYS
    return pd.DataFrame(
        {
            "customer_id": base.of(who),
            "start_date": dates(start),
            "end_date": dates(np.where(left, end, -1)),
            "reason": labelled(list(plan.leaving), np.where(left, why, -1)),
            "plan": labelled(PLANS, kind),
            "monthly_fee": np.array(FEES)[kind],
            "discount": yes_no(discount),
        }
    )


def events(plan: Plan, base: Base, rng: np.random.Generator) -> pd.DataFrame:
    """The table of web and social events, of active customers."""
    customer, day = arrivals(rng, plan.events * base.engagement, base.begins, base.ends)
    minute = rng.integers(7 * 60, 24 * 60, len(day))
    place = np.argsort(day.astype(np.int64) * 1440 + minute, kind="stable")
    customer, day, minute = customer[place], day[place], minute[place]
    n = len(day)
    kind = picked(rng, EVENT_SHARES, n)
    social = kind >= EVENTS.index("share")
    platform = np.where(social, rng.integers(2, len(PLATFORMS), n), rng.integers(0, 2, n))
    product = np.where(kind == 0, -1, rng.integers(0, len(words().prices), n))
    seconds = np.where(social, 0, 5 + np.floor(rng.standard_exponential(n) * 60.0).astype(np.int64))
    when = np.datetime64(START, "s") + (day.astype(np.int64) * 86_400 + minute * 60).astype("timedelta64[s]")
    return pd.DataFrame(
        {
            "event_id": numbered("E", np.arange(n), digits=width(n)),
            "customer_id": base.of(customer),
            "event_time": when,
            "event_type": labelled(EVENTS, kind),
            "item_id": labelled([f"P{i:02d}" for i in range(1, len(words().prices) + 1)], product),
            "seconds": pd.Series(pd.arrays.IntegerArray(seconds, social)),
            "platform": labelled(PLATFORMS, platform),
        }
    )
