"""What the page of segments and grades shows: grades, segments and contacts of one company."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from clvlab.customers.facts import facts
from clvlab.customers.grades import AHP, GradeStudy, grade_study
from clvlab.customers.segments import SegmentStudy, segment_study
from clvlab.data.company import Company
from clvlab.errors import FitError, InputError
from clvlab.evaluation.contacting import ContactStudy, contact_study
from clvlab.notes import Note
from clvlab.shown import Shown


@dataclass(frozen=True, eq=False, repr=False)
class SegmentsAndGrades(Shown):
    """A company's customers in grades and segments, and whom to contact.

    Attributes
    ----------
    grades : GradeStudy
    segments : SegmentStudy
    asked : mapping
        What ``contact_study`` is asked.
    """

    grades: GradeStudy
    segments: SegmentStudy
    asked: Mapping[str, float | None]

    @property
    def company(self) -> Company:
        """Its tables."""
        return self.grades.company

    @cached_property
    def contacts(self) -> ContactStudy | Note:
        """Whom to contact, or why that cannot be said."""
        if not self.company.frame("orders")["amount"].notna().any():
            return Note("contacting.no_amounts")
        try:
            return contact_study(self.company, **self.asked, seed=self.grades.seed)  # type: ignore[arg-type]
        except (FitError, InputError) as error:
            return Note("contacting.no_plan", reason=str(error))


def segments_and_grades(
    company: Company,
    *,
    threshold: int | None = None,
    weights: str | AHP | Mapping[str, float] | pd.Series = "equal",
    horizon: float = 52.0,
    actions: str | Path | None = None,
    contact_cost: float | None = None,
    budget: float | None = None,
    lift: float | None = None,
    window: float = 13.0,
    seed: int = 1,
) -> SegmentsAndGrades:
    """Study whom to look after: grades, tiers of value, segments, and whom to contact.

    Parameters
    ----------
    company : Company
    threshold : int, optional
        Days without a purchase after which a customer is no longer active.
    weights, horizon, actions
        As ``grade_study`` takes them.
    contact_cost, budget, lift, window
        As ``contact_study`` takes them.
    seed : int

    Raises
    ------
    InputError
        As these raise it.

    Examples
    --------
    >>> import clvlab as clv
    >>> study = segments_and_grades(clv.simulate.company(400, seed=1).company())
    >>> int(study.grades.grades.sizes["customers"].sum()), int(study.segments.rfm.segments["customers"].sum())
    (400, 400)
    """
    known = facts(company, threshold=threshold)
    grades = grade_study(known, weights=weights, horizon=horizon, actions=actions, seed=seed)
    asked = {"cost": contact_cost, "budget": budget, "lift": lift, "window": window}
    return SegmentsAndGrades(grades, segment_study(known, seed=seed), asked)
