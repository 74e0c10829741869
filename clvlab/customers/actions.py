"""What the page of actions shows: campaigns with a random control group, and what was not randomised."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from clvlab.customers.campaigns.study import DAYS, CampaignStudy, campaign_study
from clvlab.customers.programmes.study import ProgrammeStudy
from clvlab.data.company import Company
from clvlab.data.datasets import company as company_of
from clvlab.errors import InputError
from clvlab.notes import Note
from clvlab.shown import Shown


@dataclass(frozen=True, eq=False, repr=False)
class ActionsStudy(Shown):
    """What actions earned, each part computed when first asked for.

    Attributes
    ----------
    company : Company
    days : int
        How long purchases count after a campaign's day.
    margin : float or None
        Share of spend that is earned; of the records unless given.
    control : str or None
        The control group's arm, unless it has a usual name.
    """

    company: Company
    days: int = DAYS
    margin: float | None = None
    control: str | None = None

    @cached_property
    def campaigns(self) -> CampaignStudy | Note:
        """Campaigns against their control groups, or what is missing."""
        for table in ("campaigns", "orders"):
            if table not in self.company:
                return Note("actions.no_table", table=table)
        return campaign_study(self.company, days=self.days, margin=self.margin, control=self.control)

    @cached_property
    def programmes(self) -> ProgrammeStudy:
        """Membership, coupons, win-back and campaigns without a control group."""
        return ProgrammeStudy(self.company, control=self.control)


def actions_study(
    folder: str | Path | None = None, *, orders: str | Path | None = None, days: int = DAYS,
    margin: float | None = None, control: str | None = None, date_format: str | None = None, as_of: str | None = None,
) -> ActionsStudy:  # fmt: skip
    """Study what actions earned: of a folder of tables, or of the demo company.

    Parameters
    ----------
    folder : path, optional
        One file per table, as ``clv.read_company`` takes it; orders are needed, campaigns, memberships and rewards add.
    orders : path, optional
        A file of orders alone.
    days, margin, control
        As ``campaign_study`` takes them.
    date_format, as_of
        As ``clv.read_company`` takes them.

    Raises
    ------
    InputError
        There are no orders, or folder and orders both.
    """
    company = company_of(folder, orders=orders, date_format=date_format, as_of=as_of)
    if "orders" not in company:
        raise InputError("What actions earned is measured on a table of orders (orders.csv), which is not there.")
    return ActionsStudy(company, days, margin, control)
