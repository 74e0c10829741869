"""What customers do beside buying: web, social, contacts, answers."""

import numpy as np

from clvlab.customers.facts import Facts, Float, MissingInput
from clvlab.customers.measures.answering import answered
from clvlab.customers.measures.record import MeasureRecord, Parts, per_customer, within

PARTS = ("web", "social", "contacts", "answers")
FULL = {"web": 4, "social": 2, "contacts": 2, "answers": 1}  # a month's count that gives a part its full quarter


def part(facts: Facts, t: int, which: str) -> Float:
    """How often each customer did that in the period.

    Raises
    ------
    MissingInput
        There is no table of it.
    """
    if which in ("web", "social"):
        done = facts.events("events", when="time")
        rows = within(done.day, facts, t)
        social = facts.social[rows]
        return per_customer(facts, done.customer[rows], (social == (which == "social")).astype(float))
    if which == "contacts":
        made = facts.events("contacts")
        rows = within(made.day, facts, t)
        return per_customer(facts, made.customer[rows], np.ones(rows.stop - rows.start))
    given = facts.events("surveys")
    rows = within(given.day, facts, t)
    return per_customer(facts, given.customer[rows], answered(given.frame)[rows].astype(float))


def score(facts: Facts, t: int, which: str) -> Float:
    """One part of each customer's engagement in the period, 0 to 100: full at ``FULL`` counts a month."""
    months = facts.windows.days[t] / (365.25 / 12.0)
    return np.asarray(100.0 * np.minimum(part(facts, t, which) / (FULL[which] * months), 1.0))


def known_parts(facts: Facts) -> list[str]:
    """Parts whose tables are there."""
    tables = {"web": "events", "social": "events", "contacts": "contacts", "answers": "surveys"}
    return [which for which in PARTS if tables[which] in facts.company]


def engagement_score(facts: Facts, t: int) -> Parts:
    """Mean over active customers of the mean of their parts, 0 to 100."""
    known = known_parts(facts)
    if not known:
        raise MissingInput("events")
    here = np.flatnonzero(facts.active(t + 1))
    total = np.mean([score(facts, t, which) for which in known], axis=0)
    return Parts(here, total[here], np.ones(len(here)))


def interaction_rate(facts: Facts, t: int) -> Parts:
    """Of customers active at the period's end, those with an event, a contact or an answer in it."""
    known = known_parts(facts)
    if not known:
        raise MissingInput("events")
    here = np.flatnonzero(facts.active(t + 1))
    some = np.sum([part(facts, t, which) for which in known], axis=0) > 0
    return Parts(here, some[here].astype(float), np.ones(len(here)))


ENGAGING = (
    MeasureRecord("engagement_score", "engaging", "ratio", "number1", "higher", engagement_score),
    MeasureRecord("interaction_rate", "engaging", "share", "percent1", "higher", interaction_rate),
)
