"""What customers answer: satisfaction, recommendation, and whether they answer at all."""

import numpy as np
import pandas as pd

from clvlab.customers.facts import Facts, Flags, Float
from clvlab.customers.measures.record import MeasureRecord, Parts, within

PROMOTERS, DETRACTORS, SATISFIED = 9, 6, 4
SCORES = ("nps", "csat")


def counted(question: str, score: Float) -> Float:
    """The value of an answer: 1, 0 or -1 for a recommendation, 1 or 0 for satisfaction."""
    if question == "nps":
        return (score >= PROMOTERS).astype(float) - (score <= DETRACTORS)
    return (score >= SATISFIED).astype(float)


def answered(answers: pd.DataFrame) -> Flags:
    """Which invited customers gave a score at all."""
    return answers[[name for name in SCORES if name in answers]].notna().any(axis=1).to_numpy()


def nps(facts: Facts, t: int) -> Parts:
    """Promoters less detractors, over answers."""
    return _scored(facts, t, "nps")


def csat(facts: Facts, t: int) -> Parts:
    """Answers of 4 or 5, over answers."""
    return _scored(facts, t, "csat")


def _scored(facts: Facts, t: int, question: str) -> Parts:
    given = facts.events("surveys", question)
    rows = within(given.day, facts, t)
    score = given.number(question)[rows]
    said = np.flatnonzero(~np.isnan(score))
    return Parts(given.customer[rows][said], counted(question, score[said]), np.ones(len(said)))


def response_rate(facts: Facts, t: int) -> Parts:
    """Of customers invited to a survey in the period, those who answered."""
    given = facts.events("surveys", "invited")
    rows = within(given.day, facts, t)
    asked = np.flatnonzero(given.flag("invited")[rows])
    said = answered(given.frame)[rows][asked]
    return Parts(given.customer[rows][asked], said.astype(float), np.ones(len(asked)))


ANSWERING = (
    MeasureRecord("nps", "answering", "net", "points", "higher", nps, steady=True, rows="answers"),
    MeasureRecord("csat", "answering", "share", "percent1", "higher", csat, steady=True, rows="answers"),
    MeasureRecord(
        "response_rate", "answering", "share", "percent1", "higher", response_rate, steady=True, rows="invitations"
    ),
)
