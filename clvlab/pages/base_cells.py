"""How a measure's value is written where measures of all kinds share a column."""

import numpy as np

from clvlab.customers.measures import MEASURES
from clvlab.notes import Note

PLAIN = {
    "percent1": "customer_base.cells.percent1", "money0": "customer_base.cells.money0",
    "money2": "customer_base.cells.money2", "number0": "customer_base.cells.number0",
    "number1": "customer_base.cells.number1", "number2": "customer_base.cells.number2",
    "points": "customer_base.cells.points",
}  # fmt: skip
BETWEEN = {
    "percent1": "customer_base.between.percent1", "money0": "customer_base.between.money0",
    "money2": "customer_base.between.money2", "number0": "customer_base.between.number0",
    "number1": "customer_base.between.number1", "number2": "customer_base.between.number2",
    "points": "customer_base.between.points",
}  # fmt: skip
CHANGED = {
    "percent1": "customer_base.changed.percent1", "money0": "customer_base.changed.money0",
    "money2": "customer_base.changed.money2", "number0": "customer_base.changed.number0",
    "number1": "customer_base.changed.number1", "number2": "customer_base.changed.number2",
    "points": "customer_base.changed.points",
}  # fmt: skip
COUNTED = {
    "customers": "measures.counted.customers", "answers": "measures.counted.answers",
    "invitations": "measures.counted.invitations", "leads": "measures.counted.leads",
    "opportunities": "measures.counted.opportunities", "complaints": "measures.counted.complaints",
    "subscriptions": "measures.counted.subscriptions", "rewards": "measures.counted.rewards",
}  # fmt: skip


def cell(measure: str, value: float) -> Note:
    """A value alone."""
    if np.isnan(value):
        return Note("customer_base.cells.none")
    return Note(PLAIN[MEASURES[measure].written], value=float(value))


def between(measure: str, value: float, low: float, high: float) -> Note:
    """A value with its interval; alone where it counts everybody."""
    if np.isnan(value) or np.isnan(low) or MEASURES[measure].kind in ("count", "total"):
        return cell(measure, value)
    return Note(BETWEEN[MEASURES[measure].written], value=float(value), low=float(low), high=float(high))


def counted(measure: str, n: float) -> Note:
    """How many observations a measure has, and of what."""
    return Note(COUNTED[MEASURES[measure].rows], n=int(n))


def changed(measure: str, change: float, low: float, high: float) -> Note:
    """A difference with its sign and interval."""
    if np.isnan(change):
        return Note("customer_base.cells.none")
    sign = Note("customer_base.changed.more" if change > 0 else "customer_base.changed.less")
    if change == 0:
        sign = Note("customer_base.changed.same")
    told = {"sign": sign, "value": abs(float(change)), "low": float(low), "high": float(high)}
    return Note(CHANGED[MEASURES[measure].written], **told)
