"""True values of a simulated company's customers, and expected values of its tables."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clvlab.data.simulate.answers import true_scores
from clvlab.data.simulate.arrivals import passed
from clvlab.data.simulate.base import (
    ENGAGEMENT,
    ENGAGEMENT_SHARES,
    LATEST_MEMBER,
    SATISFACTION,
    SATISFACTION_SHARES,
    Base,
    cohort_days,
    member_chance,
    member_years,
    season_clock,
)
from clvlab.data.simulate.calendar import DAYS, MONTH_STARTS, MONTHS, YEAR, dates, month_names, month_number
from clvlab.data.simulate.care import complaint_pace
from clvlab.data.simulate.plan import Plan
from clvlab.data.simulate.promotions import Contacted
from clvlab.data.simulate.purchases import LINES, partner_of
from clvlab.data.simulate.strings import labelled
from clvlab.data.simulate.words import words

HORIZON = 3.0  # years from acquisition over which value is counted


@dataclass(frozen=True, eq=False, repr=False)
class Expected:
    """True values of the whole company that follow from the plan.

    Attributes
    ----------
    channels : DataFrame, index channel
        share, conversion, cost (of a customer), referrals (a year and active customer); orders and clv: orders and
        margin, not discounted, that a customer brings on average in the first three years, campaigns left out;
        clv_to_cost.
    months : DataFrame, index month
        season: the pace of purchases; complaints: their pace; nps (points), csat (share of answers of 4 and 5),
        mean_csat; resolution (mean of the exponential days that a complaint takes).
    campaigns : DataFrame, index (campaign, arm)
        customers; lift of the rate; effect: orders that the arm adds to one of its customers on average; response:
        chance of an order within the window; response_effect: how far that lies above the same customers' chance
        without the campaign.
    """

    channels: pd.DataFrame
    months: pd.DataFrame
    campaigns: pd.DataFrame


def margins(plan: Plan) -> np.ndarray:
    """Expected margin of a customer's orders as a share of their amount, one a favourite category.

    Lines of an order share its amount alike on average, so a line's place counts by 1 over their number.
    """
    told = words()
    products = len(told.prices)
    group = products // len(told.categories)
    margin = 1.0 - told.cost_percent / 100.0
    chances = np.full((len(told.categories), products), (1.0 - plan.favourite) / products)
    for favourite in range(len(told.categories)):
        chances[favourite, favourite * group : (favourite + 1) * group] += plan.favourite / group
    following = np.full((products, products), (1.0 - plan.affinity) / (products - 1))
    np.fill_diagonal(following, 0.0)
    following[np.arange(products), partner_of(np.arange(products))] += plan.affinity
    found = np.zeros(len(told.categories))
    so_far = np.zeros(len(told.categories))
    for lines, share in enumerate(LINES, start=1):
        so_far += chances @ margin
        found += share * so_far / lines
        chances = chances @ following
    return found


def true_customers(
    plan: Plan, base: Base, favourite: np.ndarray, contacted: list[Contacted], pace: np.ndarray
) -> pd.DataFrame:
    """One row per customer: all that is latent, and what follows from it."""
    spend = plan.p / base.nu
    expected = 1.0 + base.rate * (
        passed(pace, base.begins, base.ends) + plan.programme.lift * member_years(base, pace)
    )  # fmt: skip
    for each in contacted:
        extra = base.rate[each.customer] * each.lifts[each.arm] * each.years(base, pace)
        expected += np.bincount(each.customer, weights=extra, minlength=base.n)
    # Without the season, whose mean is 1: what the first years bring on average, given rates.
    years = -np.expm1(-base.dropout * HORIZON) / base.dropout
    a_day = base.dropout / YEAR
    days = LATEST_MEMBER + 1  # of waiting, evenly likely: the mean over them of exp(-a_day x days) is a geometric sum
    waiting = np.exp(-a_day) * np.expm1(-a_day * days) / (days * np.expm1(-a_day))
    as_member = (waiting - np.exp(-base.dropout * HORIZON)) / base.dropout
    years += plan.programme.lift * member_chance(plan, base.engagement) * as_member
    margin = margins(plan)[favourite]
    dropped = np.minimum(base.begins + base.lifetime, DAYS).astype(np.int16)
    return pd.DataFrame(
        {
            "customer_id": base.ids,
            "channel": labelled(list(plan.channels), base.channel),
            "acquired": dates(base.acquired),
            "rate": base.rate,
            "dropout": base.dropout,
            "dropout_date": dates(np.where(dropped < DAYS, dropped, -1)),
            "active": base.ends >= DAYS,
            "mean_spend": spend,
            "margin": margin,
            "satisfaction": base.satisfaction,
            "engagement": base.engagement,
            "favourite": labelled(words().categories, favourite),
            "member_from": dates(base.member),
            "expected_orders": expected,
            "clv": spend * margin * (1.0 + base.rate * years),
        }
    )


def expected_of(plan: Plan, base: Base, contacted: list[Contacted], pace: np.ndarray) -> Expected:
    """What the plan makes true; see ``Expected``."""
    return Expected(_channels(plan), _months(plan), _campaigns(base, contacted, pace))


def _channels(plan: Plan) -> pd.DataFrame:
    rows = []
    value = plan.p * plan.v / (plan.q - 1.0) * float(margins(plan).mean())
    for name, each in plan.channels.items():
        orders = 1.0 + each.rate * plan.r / plan.alpha * _years(plan, each.dropout)
        clv = value * orders
        rows.append((name, each.share, each.conversion, each.cost, each.referrals, orders, clv, clv / each.cost))
    columns = ["channel", "share", "conversion", "cost", "referrals", "orders", "clv", "clv_to_cost"]
    return pd.DataFrame(rows, columns=columns).set_index("channel")


def _years(plan: Plan, dropout: float) -> float:
    """Years of purchases in the horizon at a factor on dropout, weighted by engagement and raised by membership.

    Pareto/NBD (Schmittlein, Morrison and Colombo 1987): over dropout rates Gamma(s) / beta, somebody is active for
    beta / (s - 1) x (1 - (beta / (beta + t))^(s - 1)) of the first t years on average.
    """
    first, after = cohort_days(plan)
    worse = (after - first) / DAYS
    factors = [(1.0 - worse, 1.0)] + ([(worse, plan.cohort.dropout)] if plan.cohort is not None else [])
    levels = np.array(ENGAGEMENT)
    chance = member_chance(plan, levels)
    buying = 1.0 + plan.engagement * (levels - 1.0)
    weight = float((np.array(ENGAGEMENT_SHARES) * buying).sum())
    member = float((np.array(ENGAGEMENT_SHARES) * buying * chance).sum()) * plan.programme.lift
    waits = (1.0 + np.arange(LATEST_MEMBER + 1)) / YEAR
    total = 0.0
    for share, cohort in factors:
        for satisfaction, often in zip(SATISFACTION, SATISFACTION_SHARES, strict=True):
            beta = plan.beta / (dropout * cohort * (1.0 - plan.satisfaction * satisfaction))
            whole = _active(plan.s, beta, np.array([HORIZON]))[0]
            joined = whole - _active(plan.s, beta, waits).mean()
            total += share * often * (weight * whole + member * joined)
    return float(total)


def _active(s: float, beta: float, years: np.ndarray) -> np.ndarray:
    found: np.ndarray = beta / (s - 1.0) * (1.0 - (beta / (beta + years)) ** (s - 1.0))
    return found


def _months(plan: Plan) -> pd.DataFrame:
    usual, down = true_scores(plan, down=False), true_scores(plan, down=True)
    broken = np.zeros(MONTHS, dtype=bool)
    resolution = np.full(MONTHS, plan.resolution)
    if plan.breakdown is not None:
        broken[month_number(plan.breakdown.month)] = True
        resolution[broken] *= plan.breakdown.resolution
    said = [
        {
            "nps": 100.0 * (scores["nps"][9:].sum() - scores["nps"][:7].sum()),
            "csat": scores["csat"][3:].sum(),
            "mean_csat": (scores["csat"] * np.arange(1, 6)).sum(),
        }
        for scores in (usual, down)
    ]
    days = np.diff(MONTH_STARTS)
    return pd.DataFrame(
        {
            "season": np.diff(season_clock(plan)[MONTH_STARTS]) / days,
            "complaints": plan.complaints * np.diff(complaint_pace(plan)[MONTH_STARTS]) / days,
            **{name: np.where(broken, said[1][name], said[0][name]) for name in said[0]},
            "resolution": resolution,
        },
        index=pd.Index(month_names(), name="month"),
    )


def _campaigns(base: Base, contacted: list[Contacted], pace: np.ndarray) -> pd.DataFrame:
    rows = []
    for each in contacted:
        mean = base.rate[each.customer] * each.years(base, pace)
        for arm, (name, lift) in enumerate(zip(each.arms, each.lifts, strict=True)):
            own = mean[each.arm == arm]
            without, response = -np.expm1(-own), -np.expm1(-own * (1.0 + lift))
            means = [float(part.mean()) if len(own) else np.nan for part in (own * lift, response, response - without)]
            rows.append((each.promotion.name, name, len(own), float(lift), *means))
    columns = ["campaign", "arm", "customers", "lift", "effect", "response", "response_effect"]
    return pd.DataFrame(rows, columns=columns).set_index(["campaign", "arm"])
