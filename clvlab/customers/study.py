"""What the page of the customer base shows; each part is computed on first use."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from clvlab.customers.board import Board, board
from clvlab.customers.care import under_management
from clvlab.customers.channels import channels, value_of_customers
from clvlab.customers.engagement import engagement_and_buying
from clvlab.customers.facts import MissingInput
from clvlab.customers.pipeline import stages
from clvlab.customers.profile import Profile, profile
from clvlab.data.across import across
from clvlab.data.company import Company
from clvlab.data.hiding import hidden
from clvlab.data.reading.table import Records
from clvlab.errors import FitError, InputError
from clvlab.notes import Note
from clvlab.shown import Shown


@dataclass(frozen=True, eq=False, repr=False)
class BaseStudy(Shown):
    """The customer base of a company.

    Attributes
    ----------
    board : Board
    division : str or None
        What customers are divided by on the page.
    customer : str or None
        Who is shown whole; unset, who is worth most.
    """

    board: Board
    division: str | None
    customer: str | None

    @property
    def company(self) -> Company:
        """Its tables."""
        return self.board.facts.company

    @cached_property
    def worth(self) -> pd.DataFrame | Note:
        """Margin so far and expected of each customer, or why there is none."""
        try:
            return value_of_customers(self.board.facts)
        except MissingInput as lacking:
            return Note("customers.needs", what=lacking.note)
        except (FitError, InputError) as error:
            return Note("customers.no_value", reason=str(error))

    @cached_property
    def channels(self) -> pd.DataFrame | Note:
        """Lifetime value against acquisition cost by channel, or what it needs."""
        if isinstance(self.worth, Note):
            return self.worth
        try:
            return channels(self.board.facts, self.worth)
        except MissingInput as lacking:
            return Note("customers.needs", what=lacking.note)

    @cached_property
    def engagement(self) -> pd.DataFrame:
        """What engaged customers do more often."""
        return engagement_and_buying(self.board.facts)

    @cached_property
    def stages(self) -> pd.DataFrame:
        """Opportunities by stage; empty where there are none."""
        try:
            return stages(self.board.facts)
        except MissingInput:
            return pd.DataFrame()

    @cached_property
    def under_management(self) -> pd.DataFrame:
        """Customers by type, active and looked after; empty without owners."""
        try:
            return under_management(self.board.facts)
        except MissingInput:
            return pd.DataFrame()

    @cached_property
    def segments(self) -> pd.DataFrame:
        """Measures of each segment; empty without a division."""
        return pd.DataFrame() if self.division is None else self.board.by(self.division)

    @cached_property
    def one(self) -> Profile:
        """A full profile of one customer."""
        worth = None if isinstance(self.worth, Note) else self.worth
        who = self.customer
        if who is None:
            facts = self.board.facts
            last = facts.company.frame("orders").groupby("customer").size()
            who = str(last.idxmax() if worth is None else worth["expected"].idxmax())
        return profile(self.board.facts, who, worth=worth)

    @cached_property
    def across(self) -> pd.DataFrame:
        """How the tables match the table of customers; empty without one."""
        base = self.company.read.get("customers")
        if not isinstance(base, Records):
            return pd.DataFrame()
        others = {
            name: table for name, table in self.company.read.items()
            if name != "customers" and "customer" in self.company.frame(name)
        }  # fmt: skip
        return across(base, others)


def study(
    company: Company,
    *,
    period: str = "month",
    threshold: int | None = None,
    targets: Mapping[str, float] | None = None,
    by: str | None = None,
    customer: str | None = None,
) -> BaseStudy:
    """Study a customer base.

    Parameters
    ----------
    company : Company
    period, threshold, targets
        As ``board`` takes them.
    by : str, optional
        Column of the table of customers to divide them by; unset, the first of channel, region, kind and level.
    customer : str, optional
        Whom to show whole.

    Raises
    ------
    InputError
        As ``board`` raises it; no such column, or no such customer.
    """
    found = board(company, period=period, threshold=threshold, targets=targets)
    if by is None:
        by = next(iter(found.divisions), None)
    else:
        found.facts.segments(by)
    if customer is not None:
        customer = hidden(customer)
        profile(found.facts, customer)
    return BaseStudy(found, by, customer)
