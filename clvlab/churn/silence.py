"""The inactivity that counts as leaving: one length for all, the customer's own rhythm, or a model's P(alive)."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.data.units import Unit, days_in
from clvlab.errors import InputError
from clvlab.models.transactions import TransactionFit
from clvlab.notes import Note, Span

type Gap = float | str | TransactionFit

Float = NDArray[np.float64]
Whole = NDArray[np.int64]
USUAL = 0.90  # of all gaps stay below the limit of customers without a rhythm of their own
TIMES_OWN = 3  # own mean gaps of silence
FEWEST_GAPS = 2
HALVINGS = 40


def limits_of_silence(
    gap: Gap, level: float, day: Float, begins: Float, nth: Whole, end: float, unit: Unit
) -> tuple[Float, Note]:
    """The inactivity threshold after each purchase, in days, and the rule.

    Parameters
    ----------
    gap, level
        As ``spells_from_orders`` takes them.
    day, begins : arrays, shape (purchases,)
        Days since the first order of all: of each purchase, and of its customer's first.
    nth : array of int, shape (purchases,)
        How many repeat purchases the customer had made by then.
    end : float
        Last day of the records.
    """
    length = days_in(unit)
    if isinstance(gap, int | float) and not isinstance(gap, bool):
        if not (np.isfinite(gap) and gap * length >= 1):
            raise InputError(f"gap is how long a silence means leaving, a day at least; found {gap!r} {unit}s.")
        return np.full(len(day), gap * length), Note("churn.silent_for", gap=Span(gap, unit))
    if isinstance(gap, str):
        if gap != "rhythm":
            raise InputError(f"gap is a number of {unit}s, 'rhythm' or a fitted model; found {gap!r}.")
        return _rhythm(day, begins, nth, end, length, unit)
    return _by_model(gap, level, day, begins, nth, end, unit)


def _rhythm(day: Float, begins: Float, nth: Whole, end: float, length: float, unit: Unit) -> tuple[Float, Note]:
    again = nth > 0
    gaps = day[again] - day[np.flatnonzero(again) - 1]
    early = gaps[day[again] <= end / 2.0]
    if not len(early):
        raise InputError(
            "Nobody bought twice in the first half of the records, so there is no usual gap: give gap= as a number of "
            f"{unit}s."
        )
    usual = float(np.quantile(early, USUAL))
    own = np.where(nth >= FEWEST_GAPS, TIMES_OWN * (day - begins) / np.maximum(nth, 1), 0.0)
    rule = Note(
        "churn.silent_beyond_the_rhythm", times=TIMES_OWN, usual=Span(round(usual / length, 1), unit), share=USUAL
    )
    return np.maximum(own, usual), rule


def _by_model(
    fit: object, level: float, day: Float, begins: Float, nth: Whole, end: float, unit: Unit
) -> tuple[Float, Note]:
    if not isinstance(fit, TransactionFit):
        raise InputError(f"gap is a number of {unit}s, 'rhythm' or a fitted model of purchases; found {fit!r}.")
    if not 0.0 < level < 1.0:
        raise InputError(f"level is a probability, between 0 and 1; found {level!r}.")
    if fit.name == "NBD":
        raise InputError("The NBD lets nobody leave. Use MBGNBD or ParetoNBD.")
    if fit.name.startswith(("BG/NBD", "BG/CNBD")):
        raise InputError(
            f"{fit.name} never lets customers leave who bought once: P(alive) stays 1. Use MBGNBD or ParetoNBD."
        )
    if fit.name == "BG/BB":
        raise InputError("BG/BB counts whole periods, and an inactivity threshold is in days. Use MBGNBD or ParetoNBD.")
    in_days = fit.to_unit("day")
    states, which = np.unique(np.column_stack([nth, day - begins]), axis=0, return_inverse=True)
    x, recency = states[:, 0].astype(float), states[:, 1]

    def alive(silence: Float) -> Float:
        frame = pd.DataFrame({"frequency": x, "recency": recency, "T": recency + silence})
        frame["log_gap_sum"] = x * np.log(np.where(x > 0, recency / np.maximum(x, 1.0), 1.0))
        frame.attrs = {"unit": "day"}
        return np.asarray(in_days.prob_alive(frame)["prob_alive"])

    low, high = np.zeros(len(x)), np.full(len(x), end + 1.0)
    never = alive(high) > level
    for _ in range(HALVINGS):
        middle = (low + high) / 2.0
        above = alive(middle) > level
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    limit = np.where(never, np.inf, high)
    return limit[which.ravel()], Note("churn.probably_not_alive", model=fit.name, level=level)
