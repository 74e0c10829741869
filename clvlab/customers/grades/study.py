"""What the page of grades shows, each part computed when first asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pandas as pd

from clvlab.arguments import instance, number, whole
from clvlab.customers.facts import Facts, facts
from clvlab.customers.grades.actions import read_actions
from clvlab.customers.grades.cuts import SHARES, TIERS, cuts_of
from clvlab.customers.grades.dimensions import Dimensions, dimensions, fit_or_note
from clvlab.customers.grades.fitted import AHEAD, CompanyFit
from clvlab.customers.grades.grade import Grades, grade
from clvlab.customers.grades.migration import Migration, backtest, migration, tiers_at
from clvlab.customers.grades.tiers import ValueTiers, value_tiers
from clvlab.customers.grades.weights import AHP
from clvlab.data.company import Company
from clvlab.errors import FitError, InputError
from clvlab.notes import Note
from clvlab.shown import Shown

# Between the days whose tiers are compared: a whole year, which has every season, where the records hold three of them.
YEAR, HALF_YEAR = pd.Timedelta(days=364), pd.Timedelta(days=182)
TIER_COLUMNS = ("expected", "tier", "likeliest", "sure", "uncertain")


@dataclass(frozen=True, eq=False, repr=False)
class GradeStudy(Shown):
    """A company's customers graded, on one fit.

    Attributes
    ----------
    facts : Facts
    weights : "entropy", "equal", AHP, or mapping
    horizon : float
        Weeks.
    tiers, shares : tuples
        From the best.
    boundaries : tuple of float or None
        Of value (money), descending; unset, from the shares.
    actions_file : path or None
    seed : int
    """

    facts: Facts
    weights: str | AHP | Mapping[str, float] | pd.Series = "entropy"
    horizon: float = AHEAD
    tiers: tuple[str, ...] = TIERS
    shares: tuple[float, ...] = SHARES
    boundaries: tuple[float, ...] | None = None
    actions_file: str | Path | None = None
    seed: int = field(default=1)

    @property
    def company(self) -> Company:
        """Its tables."""
        return self.facts.company

    @cached_property
    def fit(self) -> CompanyFit | Note:
        """The fit that all parts share, or why there is none."""
        return fit_or_note(self.facts, horizon=self.horizon)

    @cached_property
    def dimensions(self) -> Dimensions:
        """Scores by dimension."""
        return dimensions(self.facts, fit=self.fit)

    @cached_property
    def grades(self) -> Grades:
        """Grades by weighted scores."""
        return grade(self.dimensions.table, weights=self.weights, tiers=self.tiers, shares=self.shares, seed=self.seed)

    @cached_property
    def value_tiers(self) -> ValueTiers | Note:
        """Tiers by expected value with their chances, or why there are none."""
        if isinstance(self.fit, Note):
            return self.fit
        shares = None if self.boundaries is not None else self.shares
        try:
            return value_tiers(self.fit, tiers=self.tiers, shares=shares, boundaries=self.boundaries, seed=self.seed)
        except InputError as error:
            return Note("grades.no_model", reason=str(error))

    @cached_property
    def grades_and_tiers(self) -> pd.DataFrame:
        """Customers by grade (rows) and tier of value (columns); empty without tiers."""
        if isinstance(self.value_tiers, Note):
            return pd.DataFrame()
        tier = self.value_tiers.table["tier"].reindex(self.grades.table.index)
        return pd.crosstab(self.grades.table["grade"], tier, dropna=False)

    @cached_property
    def days(self) -> tuple[pd.Timestamp, pd.Timestamp, pd.Timestamp]:
        """Two periods ago, one ago, and now: of 364 days, or of 182 where the records hold less than three of these."""
        bought = self.company.frame("orders")["date"]
        now = min(self.company.as_of, bought.max())
        period = YEAR if now - bought.min() >= 3 * YEAR - pd.Timedelta(days=7) else HALF_YEAR
        return now - 2 * period, now - period, now

    @cached_property
    def migration(self) -> Migration | Note:
        """Movements between tiers of value in the last period, or why there are none."""
        tiers = self._tiers
        return tiers if isinstance(tiers, Note) else migration(tiers[1], tiers[2])

    @cached_property
    def backtest(self) -> pd.DataFrame | Note:
        """The forecast of today's tiers from the movements of the period before, against what came."""
        tiers = self._tiers
        return tiers if isinstance(tiers, Note) else backtest(*tiers, seed=self.seed)

    @cached_property
    def actions(self) -> pd.DataFrame:
        """What is done for each tier, with its customers by grade."""
        found = read_actions(self.actions_file, tiers=self.tiers)
        return found.assign(customers=self.grades.sizes["customers"].reindex(found.index))

    @cached_property
    def customers(self) -> pd.DataFrame:
        """One row per customer, best rank first: the grades' table, steadiness, and tiers of value if any."""
        found = self.grades.table.assign(steadiness=self.grades.steadiness)
        if isinstance(self.value_tiers, ValueTiers):
            found = found.join(self.value_tiers.table[[*TIER_COLUMNS]])
        return found.sort_values("rank", kind="stable")

    @property
    def notes(self) -> tuple[Note, ...]:
        """What stands against the grades: data that are not there, and weights that were not used."""
        weights = self.weights.notes if isinstance(self.weights, AHP) else ()
        return (*self.dimensions.notes, *self.grades.notes, *weights)

    @cached_property
    def _tiers(self) -> tuple[pd.Series, pd.Series, pd.Series] | Note:
        if isinstance(self.value_tiers, Note):
            return self.value_tiers
        ends = self.value_tiers.boundaries
        try:
            first, second = (
                tiers_at(self.facts, day, ends, tiers=self.tiers, horizon=self.horizon) for day in self.days[:2]
            )
        except (FitError, InputError) as error:
            return Note("grades.no_earlier_tiers", reason=str(error))
        return first, second, self.value_tiers.table["tier"]


def grade_study(
    company: Company | Facts,
    *,
    weights: str | AHP | Mapping[str, float] | pd.Series = "entropy",
    horizon: float = AHEAD,
    tiers: Sequence[str] = TIERS,
    shares: Sequence[float] = SHARES,
    boundaries: Sequence[float] | None = None,
    actions: str | Path | None = None,
    seed: int = 1,
) -> GradeStudy:
    """Study a company's customers by grade and tier of value.

    Parameters
    ----------
    company : Company or Facts
    weights : "entropy", "equal", AHP, or mapping of dimension to number
    horizon : float
        Weeks ahead that value is counted over.
    tiers, shares : sequences
        From the best.
    boundaries : sequence of float, optional
        Of value (money), descending; unset, from the shares.
    actions : path, optional
        As ``read_actions`` takes it.
    seed : int

    Raises
    ------
    InputError
        As ``facts``, ``grade`` and ``read_actions`` raise it.
    """
    instance(company, (Company, Facts), "company", "clv.read_company(folder) makes one")
    number(horizon, "horizon", above=0, example="52 weeks")
    names = tuple(str(each) for each in tiers)
    cuts_of(names, shares, None)
    if boundaries is not None:
        cuts_of(names, None, boundaries)
    read_actions(actions, tiers=names)
    own = company if isinstance(company, Facts) else facts(company)
    ends = None if boundaries is None else tuple(float(each) for each in boundaries)
    parts = tuple(float(each) for each in shares)
    return GradeStudy(own, weights, float(horizon), names, parts, ends, actions, whole(seed))
