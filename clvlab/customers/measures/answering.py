"""What customers answer: satisfaction, recommendation, and whether they answer at all."""

import numpy as np

from clvlab.customers.facts import Facts
from clvlab.customers.measures.record import MeasureRecord, Parts, within

PROMOTERS, DETRACTORS, SATISFIED = 9, 6, 4


def nps(facts: Facts, t: int) -> Parts:
    """Promoters less detractors, over answers."""
    given = facts.events("surveys", "nps")
    rows = within(given.day, facts, t)
    score = given.number("nps")[rows]
    said = np.flatnonzero(~np.isnan(score))
    side = (score[said] >= PROMOTERS).astype(float) - (score[said] <= DETRACTORS)
    return Parts(given.customer[rows][said], side, np.ones(len(said)))


def csat(facts: Facts, t: int) -> Parts:
    """Answers of 4 or 5, over answers."""
    given = facts.events("surveys", "csat")
    rows = within(given.day, facts, t)
    score = given.number("csat")[rows]
    said = np.flatnonzero(~np.isnan(score))
    return Parts(given.customer[rows][said], (score[said] >= SATISFIED).astype(float), np.ones(len(said)))


def response_rate(facts: Facts, t: int) -> Parts:
    """Of customers invited to a survey in the period, those who answered."""
    given = facts.events("surveys", "invited")
    rows = within(given.day, facts, t)
    asked = np.flatnonzero(given.flag("invited")[rows])
    answers = [name for name in ("nps", "csat") if name in given.frame]
    said = given.frame[answers].notna().any(axis=1).to_numpy()[rows][asked]
    return Parts(given.customer[rows][asked], said.astype(float), np.ones(len(asked)))


ANSWERING = (
    MeasureRecord("nps", "answering", "net", "points", "higher", nps, steady=True),
    MeasureRecord("csat", "answering", "share", "percent1", "higher", csat, steady=True),
    MeasureRecord("response_rate", "answering", "share", "percent1", "higher", response_rate, steady=True),
)
