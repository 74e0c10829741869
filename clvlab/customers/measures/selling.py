"""Sales opportunities: the share won of those decided, and those still open."""

import numpy as np
import pandas as pd

from clvlab.customers.facts import Events, Facts
from clvlab.customers.measures.record import MeasureRecord, Parts, within

WON, LOST, OPEN = "won", "lost", "open"


def state(closed: Events) -> np.ndarray:
    """Of each opportunity: "won", "lost" or "open", as its status or else its stage says."""
    column = "status" if "status" in closed.frame else "stage"
    code, told = pd.factorize(closed.frame[column])
    text = pd.Series(told, dtype="str").str.casefold()
    won = text.str.contains("won|赢", regex=True)
    lost = text.str.contains("lost|输|void|无效", regex=True)
    # A missing one has code -1, and so the last place.
    return np.append(np.select([won, lost], [WON, LOST], OPEN), OPEN)[code]


def win_rate(facts: Facts, t: int) -> Parts:
    """Of opportunities decided in the period, those won."""
    closed = facts.events("opportunities", when="closes")
    rows = within(closed.day, facts, t)
    how = state(closed)[rows]
    decided = np.flatnonzero(how != OPEN)
    return Parts(closed.customer[rows][decided], (how[decided] == WON).astype(float), np.ones(len(decided)))


def expected_amount(facts: Facts, t: int) -> Parts:
    """Amounts of open opportunities, each times its chance of being won."""
    del t
    known = facts.events("opportunities", "amount", "probability", when="opened")
    still = np.flatnonzero(state(known) == OPEN)
    chance = np.nan_to_num(known.number("probability")[still]) / 100.0
    amount = np.nan_to_num(known.number("amount")[still])
    return Parts(known.customer[still], amount * chance, np.ones(len(still)))


SELLING = (
    MeasureRecord("win_rate", "selling", "share", "percent1", "higher", win_rate, steady=True, rows="opportunities"),
    MeasureRecord("expected_amount", "selling", "total", "money0", "higher", expected_amount, snapshot=True),
)
