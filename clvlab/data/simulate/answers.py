"""Survey answers of a simulated company, in whole numbers, so that every true share can be computed exactly."""

import numpy as np
import pandas as pd

from clvlab.data.simulate.arrivals import arrivals, picked
from clvlab.data.simulate.base import SATISFACTION, SATISFACTION_SHARES, Base
from clvlab.data.simulate.calendar import DAYS, MONTH_OF, dates, month_number
from clvlab.data.simulate.parts import ITEMS
from clvlab.data.simulate.plan import Plan
from clvlab.data.simulate.strings import labelled, numbered, width, yes_no
from clvlab.data.simulate.words import FEELINGS, words

# An item's score: what it is in general, the customer's satisfaction and chance, kept within 1 to 10.
LEVELS = (8, 7, 8, 8, 7)  # of ITEMS
NOISE = (-2, -1, 0, 1, 2)
NOISE_SHARES = (0.1, 0.2, 0.4, 0.2, 0.1)
# Overall: the weighted mean of the items in hundredths (100 to 1,000), with chance for each question.
CSAT_FROM = (450, 600, 700, 840)  # scores 2 to 5 begin here
STIR = (-100, 0, 100)
STIR_SHARES = (0.25, 0.5, 0.25)
NPS_ABOVE = 50  # who is this satisfied recommends one point higher


def csat_of(overall: np.ndarray) -> np.ndarray:
    """Satisfaction, 1 to 5, of overall scores in hundredths."""
    score: np.ndarray = 1 + np.searchsorted(CSAT_FROM, overall, side="right")
    return score


def nps_of(overall: np.ndarray) -> np.ndarray:
    """Likelihood to recommend, 0 to 10, of overall scores in hundredths."""
    score: np.ndarray = np.clip((overall + NPS_ABOVE) // 100, 0, 10)
    return score


def fall(plan: Plan, item: str) -> int:
    """Points by which an item falls in the month service broke down."""
    return plan.breakdown.points if plan.breakdown is not None and item in plan.breakdown.items else 0


def surveys(plan: Plan, base: Base, rng: np.random.Generator) -> pd.DataFrame:
    """The table of surveys: one row per invitation, answered or not; whether still active plays no part."""
    customer, day = arrivals(rng, plan.surveys, base.begins, np.full(base.n, float(DAYS)))
    place = np.argsort(day, kind="stable")
    customer, day = customer[place], day[place]
    answered = rng.random(len(day)) < plan.response
    down = np.zeros(len(day), dtype=bool)
    if plan.breakdown is not None:
        down = MONTH_OF[day] == month_number(plan.breakdown.month)
    scores = np.empty((len(ITEMS), len(day)), dtype=np.int64)
    for row, (item, level) in enumerate(zip(ITEMS, LEVELS, strict=True)):
        noise = np.array(NOISE)[picked(rng, NOISE_SHARES, len(day))]
        scores[row] = np.clip(level + base.satisfaction[customer] + noise - fall(plan, item) * down, 1, 10)
    overall = sum(plan.drivers[item] * scores[row] for row, item in enumerate(ITEMS))
    stir = np.array(STIR)
    csat = csat_of(overall + stir[picked(rng, STIR_SHARES, len(day))])
    nps = nps_of(overall + stir[picked(rng, STIR_SHARES, len(day))])
    about = np.where(csat <= 2, scores.argmin(axis=0), scores.argmax(axis=0))
    about = np.where(csat == 3, rng.integers(0, len(ITEMS), len(day)), about)
    feeling = np.where(csat <= 2, 0, np.where(csat == 3, 1, 2))
    comment = (base.language[customer] * len(FEELINGS) + feeling) * len(ITEMS) + about
    writes = answered & (rng.random(len(day)) < plan.comment)
    table = {
        "survey_id": numbered("S", np.arange(len(day)), digits=width(len(day))),
        "customer_id": base.of(customer),
        "survey_date": dates(day),
        "invited": yes_no(np.ones(len(day), dtype=bool)),
        "nps": _kept(nps, answered),
        "csat": _kept(csat, answered),
    }
    table |= {item: _kept(scores[row], answered) for row, item in enumerate(ITEMS)}
    return pd.DataFrame({**table, "comment": labelled(words().comments, np.where(writes, comment, -1))})


def _kept(scores: np.ndarray, answered: np.ndarray) -> pd.Series:
    return pd.Series(pd.arrays.IntegerArray(scores.astype(np.int8), ~answered))


def true_scores(plan: Plan, *, down: bool) -> dict[str, np.ndarray]:
    """Shares of answers with each score, csat 1 to 5 and nps 0 to 10, in a usual month or the one service broke down.

    Examples
    --------
    >>> usual, down = true_scores(Plan(), down=False), true_scores(Plan(), down=True)
    >>> bool(usual["csat"][3:].sum() > down["csat"][3:].sum())
    True
    """
    found = {"csat": np.zeros(5), "nps": np.zeros(11)}
    for satisfaction, chance in zip(SATISFACTION, SATISFACTION_SHARES, strict=True):
        overall = np.zeros(1201)  # share of each overall score, from -100
        overall[100] = chance
        for item, level in zip(ITEMS, LEVELS, strict=True):
            after = np.zeros_like(overall)
            for noise, share in zip(NOISE, NOISE_SHARES, strict=True):
                score = min(max(level + satisfaction + noise - fall(plan, item) * down, 1), 10)
                after += share * _shifted(overall, plan.drivers[item] * score)
            overall = after
        stirred = np.sum([s * _shifted(overall, by) for by, s in zip(STIR, STIR_SHARES, strict=True)], axis=0)
        values = np.arange(len(stirred)) - 100
        found["csat"] += np.bincount(csat_of(values) - 1, weights=stirred, minlength=5)
        found["nps"] += np.bincount(nps_of(values), weights=stirred, minlength=11)
    return found


def _shifted(shares: np.ndarray, by: int) -> np.ndarray:
    return np.roll(shares, by)  # nothing but zeros goes round the end
