"""What the page says of membership, coupons, win-back and campaigns without control, each part when first asked for."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from clvlab.customers.programmes.coupons import Coupons, coupons
from clvlab.customers.programmes.membership import Membership, membership
from clvlab.customers.programmes.problems import NotCompared
from clvlab.customers.programmes.returned import Returned, returned
from clvlab.customers.programmes.unrandomised import Unrandomised, unrandomised
from clvlab.data.company import Company
from clvlab.errors import InputError
from clvlab.notes import Note
from clvlab.shown import Shown


@dataclass(frozen=True, eq=False, repr=False)
class ProgrammeStudy(Shown):
    """Membership, coupons, win-back and campaigns without a control group; a note says what is missing.

    Attributes
    ----------
    company : Company
    before, after : int
        Days before and after joining.
    threshold : int or None
        Days without a purchase after which a customer is lost.
    control : str or None
        The control group's arm, unless it has a usual name.
    seed : int
    """

    company: Company
    before: int = 60
    after: int = 180
    threshold: int | None = None
    control: str | None = None
    seed: int = 0

    @cached_property
    def membership(self) -> Membership | Note:
        """Joiners against customers who had not joined."""
        return _or_why(lambda: membership(self.company, before=self.before, after=self.after, seed=self.seed))

    @cached_property
    def coupons(self) -> Coupons | Note:
        """Who redeemed."""
        return _or_why(lambda: coupons(self.company))

    @cached_property
    def returned(self) -> Returned | Note:
        """Lost customers who bought again."""
        return _or_why(lambda: returned(self.company, threshold=self.threshold))

    @cached_property
    def unrandomised(self) -> Unrandomised | Note:
        """Campaigns without a control group."""
        return _or_why(lambda: unrandomised(self.company, control=self.control, seed=self.seed))


def _or_why[Found](make: Callable[[], Found]) -> Found | Note:
    try:
        return make()
    except NotCompared as error:
        return error.note
    except InputError as error:
        return Note("actions_programmes.not_possible", reason=str(error))


def programme_study(
    company: Company,
    *,
    before: int = 60,
    after: int = 180,
    threshold: int | None = None,
    control: str | None = None,
    seed: int = 0,
) -> ProgrammeStudy:
    """Study a company's membership, coupons, win-back and campaigns without a control group.

    Parameters
    ----------
    company : Company
    before, after : int
        As ``membership`` takes them.
    threshold : int, optional
        As ``returned`` takes it.
    control : str, optional
        As ``unrandomised`` takes it.
    seed : int

    Examples
    --------
    >>> import pandas as pd
    >>> from clvlab.data.company import read_company
    >>> bought = pd.DataFrame({"customer_id": ["a", "a"], "date": ["2024-01-05", "2024-03-01"], "amount": [10.0, 5.0]})
    >>> study = programme_study(read_company({"orders": bought}))
    >>> study.membership
    actions_programmes.no_table (table=memberships)
    """
    return ProgrammeStudy(company, before, after, threshold, control, seed)
