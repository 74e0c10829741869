"""What is true of a simulated company: every parameter of its story, which tests and lessons may set."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from clvlab.data.simulate.calendar import MONTHS, day_of, month_names, month_number
from clvlab.errors import InputError

ITEMS = ("quality", "price", "delivery", "service", "website")


@dataclass(frozen=True)
class Channel:
    """How customers come.

    Attributes
    ----------
    share : float
        Of customers.
    conversion : float
        Chance that a lead becomes a customer.
    cost : float
        Marketing cost of a customer, on average.
    rate, dropout : float
        What the base's purchase rate and dropout rate are multiplied by.
    referrals : float
        Referrals a year that a customer who came by it makes while active.
    """

    share: float
    conversion: float
    cost: float
    rate: float = 1.0
    dropout: float = 1.0
    referrals: float = 0.1


@dataclass(frozen=True)
class Cohort:
    """A quarter ("2024Q2") whose customers' dropout rate is multiplied."""

    quarter: str
    dropout: float


@dataclass(frozen=True)
class Breakdown:
    """A month ("2025-03") in which service broke down.

    Attributes
    ----------
    month : str
    complaints, resolution : float
        What complaints a year, and the mean days to their resolution, are multiplied by.
    items : tuple of str
        Survey items whose scores fall,
    points : int
        and by how many points.
    """

    month: str
    complaints: float = 4.0
    resolution: float = 4.0
    items: tuple[str, ...] = ("delivery", "service")
    points: int = 3


@dataclass(frozen=True)
class Promotion:
    """A campaign with a random control group.

    Attributes
    ----------
    name : str
    start : str
        First day; who became a customer before it may be drawn.
    lifts : mapping of str to float
        By arm: purchases within the window rise by this share of the customer's own rate.
    cost : mapping of str to float
        By arm: of a contact.
    reach, control : float
        Share of customers in the campaign; of those, share in the control group. Arms share the rest evenly.
    window : int
        Days in which it works, and in which an order is a response.
    """

    name: str
    start: str
    lifts: Mapping[str, float]
    cost: Mapping[str, float]
    reach: float = 0.6
    control: float = 0.3
    window: int = 30


@dataclass(frozen=True)
class Programme:
    """The membership programme.

    Attributes
    ----------
    share : float
        Of customers who join if they are still active on the day: up to 180 days after becoming a customer.
    lift : float
        Purchases of a member rise by this share of the customer's own rate.
    selection : float
        How much more the engaged join: the chance is share x (1 + selection x (engagement - 1)).
    gold_after, reward_every : int
        Orders of a member until the gold tier, and for each coupon.
    redeemed : float
        Chance that a coupon is used.
    """

    share: float = 0.35
    lift: float = 0.3
    selection: float = 0.4
    gold_after: int = 6
    reward_every: int = 3
    redeemed: float = 0.6


@dataclass(frozen=True)
class Leaving:
    """A reason for ending a subscription: its hazard a month, and what a discount at the start multiplies it by."""

    hazard: float
    discount: float = 1.0


def _fixed[Value](values: Mapping[str, Value]) -> Mapping[str, Value]:
    return MappingProxyType(dict(values))


CHANNELS = _fixed(
    {
        "search": Channel(0.30, 0.45, 28.0, referrals=0.10),
        "advertising": Channel(0.25, 0.30, 40.0, rate=0.8, dropout=1.4, referrals=0.05),
        "social": Channel(0.20, 0.35, 26.0, rate=0.9, dropout=1.1, referrals=0.15),
        "referral": Channel(0.15, 0.65, 20.0, rate=1.25, dropout=0.7, referrals=0.25),
        "marketplace": Channel(0.10, 0.55, 22.0, rate=0.7, dropout=1.3, referrals=0.05),
    }
)
PROMOTIONS = (
    Promotion("spring 2024", "2024-04-01", _fixed({"mail": 0.5}), _fixed({"mail": 0.4})),
    Promotion(
        "double eleven 2024", "2024-11-01", _fixed({"mail": 0.3, "coupon": 1.0}), _fixed({"mail": 0.4, "coupon": 3.0})
    ),
    Promotion("catalogue 2025", "2025-05-01", _fixed({"print": 0.0}), _fixed({"print": 2.5})),
    Promotion("double eleven 2025", "2025-11-01", _fixed({"coupon": 0.8}), _fixed({"coupon": 3.0})),
)  # fmt: skip
LEAVING = _fixed({"price": Leaving(0.020, discount=2.0), "product": Leaving(0.015), "moved away": Leaving(0.005)})


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The truth of a company; times are in years, money in the company's currency.

    Attributes
    ----------
    r, alpha : float
        Purchase rates a year are Gamma(r) / alpha, times the channel's and the engagement's factor.
    s, beta : float
        Dropout rates a year are Gamma(s) / beta, times factors of channel, cohort and satisfaction: Pareto/NBD.
    p, q, v : float
        Spend an order is Gamma(p) / nu, nu is Gamma(q) / v: Gamma-Gamma.
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
    cohort: Cohort | None = Cohort("2024Q2", 3.0)
    breakdown: Breakdown | None = Breakdown("2025-03")
    promotions: tuple[Promotion, ...] = PROMOTIONS
    programme: Programme = Programme()
    engagement: float = 0.4
    satisfaction: float = 0.15
    drivers: Mapping[str, int] = field(
        default_factory=lambda: _fixed({"quality": 20, "price": 15, "delivery": 50, "service": 10, "website": 5})
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
        if not self.channels or abs(sum(each.share for each in self.channels.values()) - 1.0) > 1e-9:
            raise InputError(f"Shares of channels add up to 1; {dict(self.channels)!r} do not.")
        if set(self.drivers) != set(ITEMS) or sum(self.drivers.values()) != 100:
            raise InputError(
                f"drivers= gives {', '.join(ITEMS)} a weight each, 100 in all; got {dict(self.drivers)!r}."
            )
        if len(self.season) != 12 or min(self.season) <= 0:
            raise InputError(f"season= is 12 numbers above 0, January to December; got {self.season!r}.")
        if self.s <= 1.0 or self.q <= 1.0:
            raise InputError(f"s= and q= are above 1, or means do not exist; got {self.s:g} and {self.q:g}.")
        if not 0.0 <= self.engagement <= 1.0 or not -0.5 < self.satisfaction < 0.5:
            raise InputError("engagement= lies in 0 to 1 and satisfaction= within -.5 and .5, or rates fall below 0.")
        for name, each in self.channels.items():
            if not 0.0 < each.conversion <= 1.0:
                raise InputError(f"conversion= of {name!r} is a chance above 0; got {each.conversion:g}.")
        for promotion in self.promotions:
            if not promotion.lifts or set(promotion.lifts) != set(promotion.cost):
                raise InputError(f"{promotion.name!r} needs a lift and a cost for every arm.")
            if not 0 < day_of(promotion.start) <= MONTHS * 31 or day_of(promotion.start) + promotion.window > 1096:
                raise InputError(f"{promotion.name!r} is to lie within 2023 to 2025, its window included.")
        if self.breakdown is not None and not 0 <= month_number(self.breakdown.month) < MONTHS:
            raise InputError(f"breakdown= is one of {month_names()[0]} to {month_names()[-1]}.")

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
            channels=_fixed(alike),
            cohort=None,
            breakdown=None,
            promotions=tuple(replace(each, lifts=_fixed(dict.fromkeys(each.lifts, 0.0))) for each in PROMOTIONS),
            programme=Programme(lift=0.0, selection=0.0),
            engagement=0.0,
            satisfaction=0.0,
            drivers=_fixed(dict.fromkeys(ITEMS, 20)),
            affinity=0.0,
            favourite=0.0,
            leaving=_fixed({name: replace(each, discount=1.0) for name, each in LEAVING.items()}),
        )
