"""The plan of a simulated company: every parameter of the simulation, which tests and lessons may set."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from clvlab.data.simulate.calendar import DAYS, day_of, month_names
from clvlab.data.simulate.parts import (
    BREAKDOWN,
    CHANNELS,
    COHORT,
    ITEMS,
    LEAVING,
    PROGRAMME,
    PROMOTIONS,
    Breakdown,
    Channel,
    Cohort,
    Leaving,
    Programme,
    Promotion,
    fixed,
)
from clvlab.errors import InputError

_CHANCES = ("affinity", "favourite", "response", "comment", "resolved", "referral_conversion", "win", "subscribers")
_RATES = ("events", "surveys", "complaints", "contacts", "opportunities", "resolution")


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The truth of a company; times are in years, money in the company's currency.

    Attributes
    ----------
    r, alpha : float
        Purchase rates per year are Gamma(r) / alpha, times the channel's and the engagement's factor.
    s, beta : float
        Dropout rates per year are Gamma(s) / beta, times factors of channel, cohort and satisfaction: Pareto/NBD.
    p, q, v : float
        Spend per order is Gamma(p) / nu, nu is Gamma(q) / v: Gamma-Gamma.
    season : tuple of 12 floats
        What rates are multiplied by, January to December; scaled to a mean of 1 over the three years.
    channels : mapping of str to Channel
    cohort : Cohort or None
    breakdown : Breakdown or None
    promotions : tuple of Promotion
    programme : Programme
    engagement : float
        Engagement is .5, 1 or 2 (of a half, a quarter and a quarter of customers); the purchase rate is multiplied by
        1 + engagement x (level - 1), and web and social events by the level.
    satisfaction : float
        Satisfaction is -2 to 2; the dropout rate is multiplied by 1 - satisfaction x level.
    drivers : mapping of str to int
        Weight of each survey item in overall satisfaction, in percent.
    affinity : float
        Chance that the next product of an order is the partner of the one before it.
    favourite : float
        Chance that the first product of an order is of the customer's favourite category.
    events, surveys, complaints, contacts, opportunities : float
        A year and customer: web and social events (at engagement 1), invitations, complaints, contacts by the owner,
        opportunities (dealers and partners only).
    response, comment : float
        Chance that an invitation is answered, and that an answer has a comment.
    resolved, resolution : float
        Chance that a complaint is ever resolved, and the mean of the days that takes.
    referral_conversion, win : float
        Chance that a referral becomes a customer, and that an opportunity is won.
    subscribers : float
        Share of customers who take out a subscription.
    leaving : mapping of str to Leaving
        Why subscriptions end.
    """

    r: float = 1.5
    alpha: float = 0.55
    s: float = 1.6
    beta: float = 3.2
    p: float = 6.0
    q: float = 4.0
    v: float = 30.0
    season: tuple[float, ...] = (1.15, 0.75, 0.85, 0.9, 0.95, 1.0, 0.9, 0.85, 1.0, 1.05, 1.45, 1.15)
    channels: Mapping[str, Channel] = field(default_factory=lambda: CHANNELS)
    cohort: Cohort | None = COHORT
    breakdown: Breakdown | None = BREAKDOWN
    promotions: tuple[Promotion, ...] = PROMOTIONS
    programme: Programme = PROGRAMME
    engagement: float = 0.4
    satisfaction: float = 0.15
    drivers: Mapping[str, int] = field(
        default_factory=lambda: fixed({"quality": 20, "price": 15, "delivery": 50, "service": 10, "website": 5})
    )
    affinity: float = 0.3
    favourite: float = 0.6
    events: float = 4.0
    surveys: float = 1.6
    complaints: float = 0.3
    contacts: float = 1.6
    opportunities: float = 1.5
    response: float = 0.45
    comment: float = 0.4
    resolved: float = 0.95
    resolution: float = 4.0
    referral_conversion: float = 0.4
    win: float = 0.35
    subscribers: float = 0.25
    leaving: Mapping[str, Leaving] = field(default_factory=lambda: LEAVING)

    def __post_init__(self) -> None:
        """Refuse a plan that is no story, by the field's name."""
        check(self)

    @classmethod
    def nothing(cls) -> "Plan":
        """A plan with nothing planted: channels, cohorts, months, arms, items and members are alike.

        Examples
        --------
        >>> Plan.nothing().cohort is None, set(Plan.nothing().drivers.values())
        (True, {20})
        """
        alike = {name: Channel(each.share, 0.45, 28.0) for name, each in CHANNELS.items()}
        return cls(
            season=(1.0,) * 12,
            channels=fixed(alike),
            cohort=None,
            breakdown=None,
            promotions=tuple(replace(each, lifts=fixed(dict.fromkeys(each.lifts, 0.0))) for each in PROMOTIONS),
            programme=Programme(lift=0.0, selection=0.0),
            engagement=0.0,
            satisfaction=0.0,
            drivers=fixed(dict.fromkeys(ITEMS, 20)),
            affinity=0.0,
            favourite=0.0,
            leaving=fixed({name: replace(each, discount=1.0) for name, each in LEAVING.items()}),
        )


def check(plan: Plan) -> None:
    """Refuse a plan that is inconsistent."""
    shares = sum(each.share for each in plan.channels.values())
    if abs(shares - 1.0) > 1e-9:
        raise InputError(f"Shares of channels add up to 1; those of {', '.join(plan.channels)} to {shares:g}.")
    for name, each in plan.channels.items():
        if not 0.0 < each.conversion <= 1.0:
            raise InputError(f"conversion= of {name!r} is a chance above 0; got {each.conversion:g}.")
    if set(plan.drivers) != set(ITEMS) or sum(plan.drivers.values()) != 100:
        raise InputError(f"drivers= gives {', '.join(ITEMS)} a weight each, 100 in all; got {dict(plan.drivers)!r}.")
    if len(plan.season) != 12 or min(plan.season) <= 0:
        raise InputError(f"season= is 12 numbers above 0, January to December; got {plan.season!r}.")
    if plan.s <= 1.0 or plan.q <= 1.0:
        raise InputError(f"s= and q= are above 1, or means do not exist; got {plan.s:g} and {plan.q:g}.")
    if not 0.0 <= plan.engagement <= 1.0 or not -0.5 < plan.satisfaction < 0.5:
        raise InputError("engagement= lies in 0 to 1 and satisfaction= within -.5 and .5, or rates fall below 0.")
    for name in _CHANCES:
        if not 0.0 <= (value := getattr(plan, name)) <= 1.0:
            raise InputError(f"{name}= is a chance between 0 and 1; got {value!r}.")
    for name in _RATES:
        if not 0.0 <= (value := getattr(plan, name)) < 1000.0:
            raise InputError(f"{name}= is a number from 0, below 1,000; got {value!r}.")
    _check_calendar(plan)


def _check_calendar(plan: Plan) -> None:
    names = [each.name for each in plan.promotions]
    if len(set(names)) < len(names):
        raise InputError(f"Names of promotions differ from each other; got {', '.join(names)}.")
    for each in plan.promotions:
        if not each.lifts or set(each.lifts) != set(each.cost) or "control" in each.lifts:
            raise InputError(f"{each.name!r} needs a lift and a cost for every arm; the control group is no arm.")
        if not 0 < day_of(each.start) <= DAYS - each.window:
            raise InputError(f"{each.name!r} is to lie within 2023 to 2025 with its window; it starts {each.start}.")
    quarters = [f"{year}Q{quarter}" for year in (2023, 2024, 2025) for quarter in (1, 2, 3, 4)]
    if plan.cohort is not None and plan.cohort.quarter not in quarters:
        raise InputError(f"cohort= is a quarter of 2023 to 2025, as 2024Q2; got {plan.cohort.quarter!r}.")
    if plan.breakdown is not None:
        months = month_names()
        if plan.breakdown.month not in months:
            raise InputError(f"breakdown= is one of {months[0]} to {months[-1]}; got {plan.breakdown.month!r}.")
        if not set(plan.breakdown.items) <= set(ITEMS):
            raise InputError(
                f"Items of a breakdown are among {', '.join(ITEMS)}; got {', '.join(plan.breakdown.items)}."
            )
