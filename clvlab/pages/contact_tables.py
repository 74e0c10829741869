"""What the page says of contacts: the list, what it will earn, and whether a simple rule does as well."""

import pandas as pd

from clvlab.evaluation.contacting import ContactStudy
from clvlab.notes import Note
from clvlab.pages.exhibits import Metric

STOPS = {
    "break_even": "contacting.by_break_even",
    "budget": "contacting.by_budget",
    "everybody": "contacting.by_everybody",
}


def answer(study: ContactStudy) -> list[Note]:
    """Whom to contact, what it will earn, whether to test first, and whether a rule does as well."""
    plan = study.plan
    if not plan.contacted:
        return list(plan.notes)
    said = Note("contacting.plan", contacted=plan.contacted, of=len(plan.table), profit=plan.profit,
                low=plan.profit_low, high=plan.profit_high, result_low=plan.result_low, result_high=plan.result_high,
                stops=Note(STOPS[plan.stops_by]))  # fmt: skip
    return [said, study.test_note, *against(study)]


def against(study: ContactStudy) -> list[Note]:
    """Whether the best simple rule does as well."""
    found = study.against_rules
    return [found] if isinstance(found, Note) else list(found.notes[:1])


def background(study: ContactStudy) -> list[Note]:
    """Where response, cost and margin are from."""
    return [*study.plan.notes, *study.assumptions, study.break_even_note]


def metrics(study: ContactStudy) -> list[Metric]:
    """Headline numbers."""
    plan = study.plan
    return [
        Metric(label=Note("segments_and_grades.contacts_metrics.contacted"), value=float(plan.contacted), digits=0),
        Metric(label=Note("segments_and_grades.contacts_metrics.profit"), value=plan.profit, low=plan.profit_low,
               high=plan.profit_high, interval="credible", kind="money", digits=0),
    ]  # fmt: skip


def first(study: ContactStudy) -> pd.DataFrame:
    """Customers in the order of the list."""
    return study.plan.table.sort_values("rank", kind="stable")


def rules(study: ContactStudy) -> pd.DataFrame:
    """The list against simple rules."""
    found = study.against_rules
    if isinstance(found, Note):
        return pd.DataFrame()
    ends = {"low": "difference_low", "high": "difference_high"}
    return found.table.rename(columns=ends).reset_index()
