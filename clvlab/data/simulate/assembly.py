"""A simulated company: its tables and their true values."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from clvlab.data.company import Company, read_company
from clvlab.data.simulate import answers, care, growth, programme, promotions, purchases, truth
from clvlab.data.simulate.base import draw_base, season_clock
from clvlab.data.simulate.calendar import AS_OF
from clvlab.data.simulate.plan import Plan
from clvlab.data.simulate.truth import Expected
from clvlab.data.simulate.words import words
from clvlab.errors import InputError

SEED = 20251231
# Files are the same to the byte on any processor: they hold whole days, minutes, cents and grams, rounded from draws of
# NumPy's generators by plain arithmetic, without matrix products or functions such as exp, whose last bits differ
# between processors. Only the truth, which is not written, uses those.
# Each part of the story draws from a stream of its own, so that a change in one leaves the others as they are.
_STREAMS = ("base", "campaigns", "orders", "lines", "surveys", "care", "complaints", "names", "leads", "referrals",
            "opportunities", "rewards", "subscriptions", "events", "favourites")  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class SimulatedCompany:
    """A company whose true values are known.

    Attributes
    ----------
    tables : dict of str to DataFrame
        By the name of the table's contract, with the headings of the files that ``write`` makes; none is empty.
    truth : DataFrame, one row per customer
        customer_id, channel, acquired; rate (orders per year while active, without membership and campaigns), dropout
        (per year), dropout_date (missing for who is active at the end), active, mean_spend (money per order), margin
        (share of amount), satisfaction (-2 to 2), engagement (.5, 1, 2), favourite (category), member_from;
        expected_orders: within the three years, given all of these; clv: margin expected in the first three years as a
        customer, given rates and engagement, not discounted, campaigns left out.
    expected : Expected
        What is true of channels, months and campaigns.
    plan : Plan
    """

    tables: dict[str, pd.DataFrame]
    truth: pd.DataFrame
    expected: Expected
    plan: Plan

    def __repr__(self) -> str:
        """Return one line: customers and rows."""
        rows = sum(len(table) for table in self.tables.values())
        return f"<simulated company of {len(self.truth):,} customers; {rows:,} rows in {len(self.tables)} tables>"

    def company(self) -> Company:
        """Read the tables by their contracts, as known on 31 December 2025."""
        return read_company(self.tables, as_of=AS_OF)

    def write(self, folder: str | Path) -> list[Path]:
        """Write a CSV file a table, UTF-8, and return their paths; the folder is made where there is none."""
        place = Path(folder)
        place.mkdir(parents=True, exist_ok=True)
        written = []
        for name, table in self.tables.items():
            file = place / f"{name}.csv"
            form = "%Y-%m-%d %H:%M" if name == "events" else "%Y-%m-%d"
            table.to_csv(file, index=False, date_format=form, lineterminator="\n", encoding="utf-8")
            written.append(file)
        return written


def company(customers: int = 3000, *, seed: int = SEED, plan: Plan | None = None) -> SimulatedCompany:
    """Simulate a retailer that sells tea in Chinese and English, from 1 January 2023 to 31 December 2025.

    Customers buy by a Pareto/NBD with a season and spend by a Gamma-Gamma; channel, cohort, satisfaction, engagement,
    membership and campaigns change their rates as the plan says.

    Parameters
    ----------
    customers : int
        At least 100.
    seed : int
    plan : Plan, optional
        What is true; ``Plan()`` unless given. ``Plan.nothing()`` has nothing to be found.

    Raises
    ------
    InputError
        Fewer customers than 100, or a seed below 0.

    References
    ----------
    Schmittlein, Morrison and Colombo (1987), Counting your customers; Fader and Hardie (2013), The Gamma-Gamma model of
    monetary value.

    Examples
    --------
    >>> made = company(500, seed=1)
    >>> made
    <simulated company of 500 customers; 12,678 rows in 15 tables>
    >>> made.expected.channels["clv_to_cost"].idxmax()
    'referral'
    """
    if customers < 100:
        raise InputError(f"A simulated company has 100 customers at least; customers={customers} was passed.")
    if seed < 0:
        raise InputError(f"seed= is a whole number from 0; got {seed}.")
    plan = Plan() if plan is None else plan
    rngs = {name: np.random.default_rng([seed, place]) for place, name in enumerate(_STREAMS)}
    pace = season_clock(plan)
    base = draw_base(plan, customers, rngs["base"])
    favourite = rngs["favourites"].integers(0, len(words().categories), customers)
    contacted = promotions.draw_contacted(plan, base, rngs["campaigns"])
    bought = purchases.draw_orders(plan, base, contacted, pace, rngs["orders"])
    lines = purchases.draw_lines(plan, bought, favourite, rngs["lines"])
    cared = care.draw_care(plan, base, rngs["care"])
    ordered = programme.member_orders(base, bought)
    referred = growth.referrals(plan, base, rngs["referrals"])
    table = purchases.orders(base, bought, lines)
    campaigns = promotions.campaigns(contacted, base, bought.customer, bought.day) if contacted else pd.DataFrame()
    tables = {
        "customers": care.customers(plan, base, cared, rngs["names"]),
        "orders": table,
        "order_lines": purchases.order_lines(table, lines),
        "subscriptions": programme.subscriptions(plan, base, rngs["subscriptions"]),
        "surveys": answers.surveys(plan, base, rngs["surveys"]),
        "contacts": cared.contacts,
        "events": programme.events(plan, base, rngs["events"]),
        "complaints": care.complaints(plan, base, rngs["complaints"]),
        "referrals": referred,
        "leads": growth.leads(plan, base, rngs["leads"]),
        "opportunities": growth.opportunities(plan, base, rngs["opportunities"]),
        "marketing_cost": growth.marketing_cost(plan, customers),
        "campaigns": campaigns,
        "memberships": programme.memberships(plan, base, ordered),
        "rewards": programme.rewards(plan, base, ordered, referred, rngs["rewards"]),
    }
    return SimulatedCompany(
        tables={name: each for name, each in tables.items() if len(each)},
        truth=truth.true_customers(plan, base, favourite, contacted, pace),
        expected=truth.expected_of(plan, base, contacted, pace),
        plan=plan,
    )
