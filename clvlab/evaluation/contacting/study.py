"""The manager's question whole: response, list, curve, test first, rules; each part computed when first asked for."""

from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from clvlab.arguments import number, whole
from clvlab.data.company import Company
from clvlab.data.histories import histories
from clvlab.data.order_book import Orders
from clvlab.data.units import days_in
from clvlab.errors import FitError, InputError
from clvlab.evaluation.contacting.against_rules import AgainstRules, against_rules
from clvlab.evaluation.contacting.assumed import margin_of, measured_or_assumed
from clvlab.evaluation.contacting.plan import ContactPlan, contact_plan
from clvlab.evaluation.contacting.response import Response, lift_response
from clvlab.evaluation.contacting.testing_first import ValueOfTest, plan_tested
from clvlab.models import MBGNBD, GammaGamma
from clvlab.models.model import Model
from clvlab.models.spend import SpendFit
from clvlab.models.transactions import TransactionFit
from clvlab.notes import Note
from clvlab.shown import Shown
from clvlab.value.backtest import backtest
from clvlab.value.choice import CANDIDATES, expected_purchases
from clvlab.value.level import TotalLevel

CHOICES = {
    "contact_now": "contacting.contact_now",
    "test_first": "contacting.test_first",
    "do_not_contact": "contacting.do_not_contact",
}


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class ContactStudy(Shown):
    """What ``contact_study`` returns.

    Attributes
    ----------
    orders : Orders
    histories : DataFrame
        In weeks, as of the last order.
    fit : TransactionFit
    spend : SpendFit or None
        None where amounts are unknown: money is then purchases.
    response : Response
    cost, margin : float
    budget : float or None
    window : float
        Weeks.
    level : TotalLevel or None
        What totals from earlier ends missed; None where it was not asked for, or for a model not among those tried.
    assumptions : tuple of Note
        Where response, cost and margin are from.
    seed : int
    """

    orders: Orders
    histories: pd.DataFrame
    fit: TransactionFit
    spend: SpendFit | None
    response: Response
    cost: float
    margin: float
    budget: float | None
    window: float
    level: TotalLevel | None
    assumptions: tuple[Note, ...]
    seed: int

    @cached_property
    def plan(self) -> ContactPlan:
        """The list, and what it will earn."""
        return contact_plan(
            self.fit, self.spend, self.histories, response=self.response, cost=self.cost, window=self.window,
            budget=self.budget, margin=self.margin, level=self.level, seed=self.seed,
        )  # fmt: skip

    @property
    def curve(self) -> pd.DataFrame:
        """Expected profit by number contacted."""
        return self.plan.curve

    @cached_property
    def test_first(self) -> ValueOfTest | Note:
        """Whether to test first, a test taking a whole window; or why that is not asked."""
        if self.response.kind != "lift" or not self.plan.contacted:
            return Note("contacting.no_test", kind=self.response.kind, contacted=self.plan.contacted)
        listed = self.histories[self.plan.table["contacted"]]
        listed.attrs = self.histories.attrs
        now, test, both = (
            float(expected_purchases(self.fit, listed, ahead).sum())
            for ahead in (self._counted, self.window, self.window + self._counted)
        )
        return plan_tested(self.plan, kept=min(max((both - test) / now, 1e-6), 1.0))

    @cached_property
    def against_rules(self) -> AgainstRules | Note:
        """Simple rules' lists against the forecast's at the latest end that leaves a holdout; or why there is none."""
        gain = self.response.mean * self.margin
        if self.response.kind != "lift" or gain <= 0:
            return Note("contacting.no_comparison", reason="")
        try:
            return against_rules(self.orders, cost=self.cost, gain=gain, window=self._counted, seed=self.seed)
        except (InputError, FitError) as error:
            return Note("contacting.no_comparison", reason=str(error))

    @property
    def break_even_note(self) -> Note:
        """The response from which contacts pay."""
        first, everybody = self.plan.break_even_response
        return Note("contacting.break_even", first=first, everybody=everybody)

    @property
    def test_note(self) -> Note:
        """Whether to test first."""
        test = self.test_first
        if isinstance(test, Note):
            return test
        told = {"contact_now": test.contact_now, "test_first": test.test_first, "size": test.size}
        return Note(CHOICES[test.best], gain=test.gain, at_most=test.perfect_information, **told)

    @property
    def notes(self) -> tuple[Note, ...]:
        """All that is to be said beside the plan: assumptions, what the plan leaves out, the test, the rules."""
        rules = self.against_rules
        said = [*self.assumptions, *self.plan.notes, self.break_even_note, self.test_note]
        return (*said, rules) if isinstance(rules, Note) else (*said, *rules.notes)

    @property
    def _counted(self) -> float:
        """Weeks in which the response counts."""
        return self.window if self.response.days is None else min(self.window, self.response.days / days_in("week"))


def contact_study(
    records: Company | Orders,
    *,
    response: Response | None = None,
    lift: float | None = None,
    cost: float | None = None,
    budget: float | None = None,
    margin: float | None = None,
    window: float = 13.0,
    model: Model[TransactionFit] | None = None,
    method: str = "ml",
    level: bool = True,
    seed: int = 0,
) -> ContactStudy:
    """Whom to contact, how many, what it will earn, and whether to test first.

    Parameters
    ----------
    records : Company or Orders
    response : Response, optional
        What a contact changes.
    lift : float, optional
        Instead: a lift taken as known. Unset both, it is measured on the company's latest campaign with a random
        control group and one arm beside it; failing that, 10 % with a standard deviation of 5 % is assumed.
    cost : float, optional
        Of a contact. Unset: what that campaign's contacts cost, else such that contacting everybody breaks even.
    budget : float, optional
    margin : float, optional
        Share of spend that is earned. Unset: of the company's order lines with costs, else 1.
    window : float
        Weeks.
    model : Model, optional
        MBG/NBD unless given.
    method : {"ml", "laplace"}
    level : bool
        Move and widen by what totals from earlier ends missed: a season, or customers who leave sooner than before.
    seed : int

    Raises
    ------
    InputError
        No orders, both a response and a lift, or an argument out of range.
    FitError
        The models cannot be fitted.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> found = contact_study(datasets.cdnow(), lift=0.2, cost=1.0, margin=0.5)
    >>> found.plan.contacted, found.plan.stops_by, round(found.plan.profit, -2)
    (440, 'break_even', 1200.0)
    >>> found.assumptions
    ()
    """
    if response is not None and lift is not None:
        raise InputError("A study takes a response, or a lift= that is taken as known: give one of the two.")
    ahead = number(window, "window", above=0, example="13")
    orders = records.read.get("orders") if isinstance(records, Company) else records
    if not isinstance(orders, Orders):
        raise InputError(
            "A study of contacts needs orders: clv.read_orders(path), or a company with a table of orders."
        )
    told: list[Note] = []
    company = records if isinstance(records, Company) else None
    if company is not None and company.as_of < orders.last_date:
        orders = orders.until(company.as_of)
    given = response if lift is None else lift_response(lift)
    taken = given if given is not None else measured_or_assumed(company, ahead, told)
    past = histories(orders, unit="week")
    purchases = (MBGNBD() if model is None else model).fit(past, method=method, seed=whole(seed))
    spend = GammaGamma().fit(past, method=method, seed=seed) if orders.has_amounts else None
    earned = margin_of(company, spend, told) if margin is None else number(margin, "margin", above=0, most=1)
    moved = None
    if level and purchases.model.name in CANDIDATES:
        tried = backtest(orders, end=orders.last_date, horizon=ahead, model=str(purchases.model.name), seed=seed)
        moved = tried.level("purchases" if spend is None else "value")
    if cost is None and taken.cost is not None:
        cost = taken.cost
        told.append(Note("contacting.cost_of_campaign", cost=cost))
    study = ContactStudy(
        orders=orders, histories=past, fit=purchases, spend=spend, response=taken, cost=0.0 if cost is None else cost,
        margin=earned, budget=budget, window=ahead, level=moved, assumptions=tuple(told), seed=seed,
    )  # fmt: skip
    if cost is not None:
        return study
    free = replace(study, budget=None).plan.table["expected_profit"]
    even = max(float(free.mean()), 0.0)
    return replace(study, cost=even, assumptions=(*told, Note("contacting.cost_breaks_even", cost=even)))
