"""What a plan is made of: channels, a cohort, a breakdown, promotions, the programme, reasons; the demo's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

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


def fixed[Value](values: Mapping[str, Value]) -> Mapping[str, Value]:
    """A mapping that nobody changes.

    >>> dict(fixed({"mail": 0.5}))
    {'mail': 0.5}
    """
    return MappingProxyType(dict(values))


CHANNELS = fixed(
    {
        "search": Channel(0.30, 0.45, 28.0, referrals=0.10),
        "advertising": Channel(0.25, 0.30, 40.0, rate=0.8, dropout=1.4, referrals=0.05),
        "social": Channel(0.20, 0.35, 26.0, rate=0.9, dropout=1.1, referrals=0.15),
        "referral": Channel(0.15, 0.65, 20.0, rate=1.25, dropout=0.7, referrals=0.25),
        "marketplace": Channel(0.10, 0.55, 22.0, rate=0.7, dropout=1.3, referrals=0.05),
    }
)
COHORT = Cohort("2024Q2", 4.0)
BREAKDOWN = Breakdown("2025-03")
PROGRAMME = Programme()
PROMOTIONS = (
    Promotion("spring 2024", "2024-04-01", fixed({"mail": 0.5}), fixed({"mail": 0.4})),
    Promotion(
        "double eleven 2024", "2024-11-01", fixed({"mail": 0.3, "coupon": 1.0}), fixed({"mail": 0.4, "coupon": 3.0})
    ),
    Promotion("catalogue 2025", "2025-05-01", fixed({"print": 0.0}), fixed({"print": 2.5})),
    Promotion("double eleven 2025", "2025-11-01", fixed({"coupon": 0.8}), fixed({"coupon": 3.0})),
)  # fmt: skip
LEAVING = fixed({"price": Leaving(0.020, discount=2.0), "product": Leaving(0.015), "moved away": Leaving(0.005)})
