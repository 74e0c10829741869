"""Contact now, never, or test on some customers first: preposterior analysis.

Of a list of N customers who bring W (margin times own expected value in the window) the lift is believed N(mu, s^2).
All contacted earn W lift - N c. A test contacts a of them at random, compares them with a control group, and so
estimates the lift with the sampling standard deviation e. Its posterior mean m is, before the test is made, N(mu, t^2)
with t^2 = s^4 / (s^2 + e^2). Then the N - a others, nobody twice, are contacted if that pays: with w = k W / N, of
which k is what is left of a customer's value when the test is over, they earn

    (N - a) E[max(0, w m - c)] = (N - a) w t (f(u) + u F(u)),   u = (mu - c / w) / t,

f and F the standard normal's density and distribution function: the normal loss integral. A perfect test has t = s.
Source: Raiffa & Schlaifer (1961), Applied Statistical Decision Theory, chapter 5.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from clvlab.arguments import number
from clvlab.errors import InputError
from clvlab.evaluation.contacting.plan import ContactPlan

Float = NDArray[np.float64]
Choice = Literal["contact_now", "test_first", "do_not_contact"]

SIZES = 40  # of the grid


@dataclass(frozen=True, eq=False)
class ValueOfTest:
    """What ``value_of_test`` returns. Money; nothing done is 0.

    Attributes
    ----------
    best : {"contact_now", "test_first", "do_not_contact"}
    contact_now, test_first : float
        Expected profit; of the best size of a test.
    size : int
        Customers in that test, its control group included.
    gain : float
        What the best choice earns more than the better of contacting now and never; 0 where no test is worth it.
    table : DataFrame, index size
        error (sampling standard deviation of the lift), information (expected value of what the test tells, were it
        free and at once), test_cost (what its contacts are expected to lose, and its fixed cost), delay_cost (what is
        lost as customers leave meanwhile), value (expected profit of testing first), chance_contact (that the others
        are then contacted).
    perfect_information : float
        What knowing the lift would be worth: no test is worth more.
    break_even : float
        The lift from which the list pays.
    """

    best: Choice
    contact_now: float
    test_first: float
    size: int
    gain: float
    table: pd.DataFrame
    perfect_information: float
    break_even: float


def normal_gain(mean: ArrayLike, sd: ArrayLike) -> Float:
    """E[max(0, X)] of X ~ N(mean, sd^2): the normal loss integral.

    Examples
    --------
    >>> normal_gain([0.0, 2.0, -1.0], [1.0, 0.0, 0.0]).round(4).tolist()
    [0.3989, 2.0, 0.0]
    """
    m, s = np.broadcast_arrays(np.asarray(mean, dtype=float), np.asarray(sd, dtype=float))
    u = np.divide(m, s, out=np.zeros(m.shape), where=s > 0)
    smooth = s * np.exp(-(u**2) / 2.0) / np.sqrt(2.0 * np.pi) + m * special.ndtr(u)
    return np.asarray(np.where(s > 0, smooth, np.maximum(m, 0.0)))


def value_of_test(
    *,
    worth: float,
    customers: int,
    cost: float,
    lift: float,
    lift_sd: float,
    purchases_mean: float,
    purchases_sd: float,
    kept: float = 1.0,
    control: float = 0.5,
    fixed_cost: float = 0.0,
    sizes: Sequence[int] | None = None,
) -> ValueOfTest:
    """Compare contacting a list now, never, and after a test on some of its customers.

    Parameters
    ----------
    worth : float
        Margin times what all customers of the list are expected to bring in the window without a contact.
    customers : int
        On the list.
    cost : float
        Of a contact.
    lift, lift_sd : float
        What is believed of the lift.
    purchases_mean, purchases_sd : float
        Of one customer's own purchases in the window, over customers and chance.
    kept : float
        Of the list's value, what is left when the test is over.
    control : float
        Share of the test's customers who are not contacted.
    fixed_cost : float
        Of the test, beside its contacts.
    sizes : sequence of int, optional
        Customers in a test; up to forty between 2 and all unless given.

    Raises
    ------
    InputError
        A number out of its range; a size below 2 or above the number of customers.

    Examples
    --------
    >>> found = value_of_test(worth=10_000.0, customers=2000, cost=0.5, lift=0.09, lift_sd=0.08, purchases_mean=0.8,
    ...                       purchases_sd=1.2)
    >>> found.best, found.size, round(found.contact_now), round(found.test_first), round(found.perfect_information)
    ('test_first', 778, -100, 90, 272)
    """
    if isinstance(customers, bool) or int(number(customers, "customers", least=2, example="2000")) != customers:
        raise InputError(f"customers= is a whole number of 2 or more; found {customers!r}.")
    brought = number(worth, "worth", above=0, example="10000")
    each, aside = number(cost, "cost", least=0, example="0.5"), number(fixed_cost, "fixed_cost", least=0, example="100")
    mean, sd = number(lift, "lift", least=-1, example="0.1"), number(lift_sd, "lift_sd", least=0, example="0.05")
    average = number(purchases_mean, "purchases_mean", above=0, example="0.8")
    spread = number(purchases_sd, "purchases_sd", least=0, example="1.2")
    left = number(kept, "kept", above=0, most=1, example="0.9")
    held = number(control, "control", above=0, most=0.99, example="0.5")
    n = _sizes(customers) if sizes is None else np.unique(np.asarray(sizes))
    if not n.size or n.min() < 2 or n.max() > customers or not np.array_equal(n, n.astype(np.int64)):
        raise InputError(f"sizes= are whole numbers from 2 to the list's {customers:,} customers; found {sizes!r}.")

    # Of one customer of the list: what a lift brings, and what a contact is expected to earn.
    own, needed = brought / customers, each * customers
    now = brought * mean - needed
    without = np.clip(np.round(held * n), 1, n - 1)
    contacted = n - without
    rest = customers - contacted
    # Var(mean_1 / mean_0) by the linearised ratio; counts of the contacted vary as a Poisson of the raised rate does.
    mixed = max(spread**2 - average, 0.0) / average**2
    raised = max(1.0 + mean, 0.0)
    sampling = mixed * (1 / contacted + 1 / without) + 1 / (average * without)
    error = np.sqrt(raised**2 * sampling + raised / (average * contacted))
    told = sd**2 / np.hypot(sd, error)

    each_now, each_later = own * mean - each, left * own * mean - each
    at_once = rest * normal_gain(each_now, own * told)
    later = rest * normal_gain(each_later, left * own * told)
    base = max(now, 0.0)
    information = at_once - rest * max(each_now, 0.0)
    test_cost = aside + contacted * max(-each_now, 0.0)
    value = contacted * each_now - aside + later
    with np.errstate(divide="ignore", invalid="ignore"):
        chance = np.where(told > 0, special.ndtr(each_later / (left * own * told)), float(each_later > 0))
    table = pd.DataFrame(
        {"error": error, "information": information, "test_cost": test_cost, "delay_cost": at_once - later,
         "value": value, "chance_contact": chance},
        index=pd.Index(n.astype(np.int64), name="size"),
    )  # fmt: skip
    at = int(np.argmax(value))
    first = float(value[at])
    best: Choice = "test_first" if first > base else "contact_now" if now > 0 else "do_not_contact"
    perfect = float(normal_gain(now, brought * sd)) - base
    return ValueOfTest(best, now, first, int(n[at]), max(first - base, 0.0), table, perfect, needed / brought)


def plan_tested(plan: ContactPlan, *, kept: float = 1.0, control: float = 0.5, fixed_cost: float = 0.0) -> ValueOfTest:
    """Whether the list of a plan is worth a test first, given as long a list as the plan's.

    Parameters
    ----------
    plan : ContactPlan
        With a lift, of somebody to contact.
    kept, control, fixed_cost :
        As ``value_of_test`` takes them.

    Raises
    ------
    InputError
        A flat response, or nobody to contact.
    """
    if plan.response.kind != "lift" or not plan.contacted:
        raise InputError("A test first is of a list of a lift, with somebody on it; call value_of_test with numbers.")
    return value_of_test(
        worth=plan.worth, customers=plan.contacted, cost=plan.cost, lift=plan.response.mean, lift_sd=plan.response.sd,
        purchases_mean=plan.purchases_mean, purchases_sd=plan.purchases_sd, kept=kept, control=control,
        fixed_cost=fixed_cost,
    )  # fmt: skip


def _sizes(customers: int) -> NDArray[np.int64]:
    least = min(20, customers)
    return np.unique(np.geomspace(least, customers, SIZES).round().astype(np.int64))
