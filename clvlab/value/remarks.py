"""A note on earlier errors of totals."""

import numpy as np
from numpy.typing import ArrayLike

from clvlab.notes import Note, Span
from clvlab.value.level import TotalLevel

KEPT = 0.005  # a total moved by less is said to stay


def level_note(errors: ArrayLike, level: TotalLevel, *, alone: float, horizon: Span, money: bool) -> Note:
    """State the errors of earlier totals and the correction of this one.

    Parameters
    ----------
    errors : array-like, shape (ends,)
        log(actual / forecast).
    level : TotalLevel
        Learned from them.
    alone : float
        The total as the model says it.
    horizon : Span
        How far ahead.
    money : bool
        Whether the total is in money.

    Examples
    --------
    >>> from clvlab.value.level import level_of
    >>> level_note([], level_of([], []), alone=10.0, horizon=Span(52, "week"), money=True)
    value.level.none (horizon=52 weeks)
    """
    off = np.exp(-np.asarray(errors, dtype=float)) - 1.0  # of what came: above 0 where too much was forecast
    if not len(off):
        return Note("value.level.none", horizon=horizon)
    by = level.factor - 1.0
    then = Note("value.level.kept")
    if abs(by) >= KEPT:
        amount = "value.level.money" if money else "value.level.count"
        then = Note(
            "value.level.raised" if by > 0 else "value.level.lowered",
            by=abs(by),
            alone=Note(amount, x=alone),
            expected=Note(amount, x=alone * level.factor),
        )
    told = {"n": len(off), "horizon": horizon, "then": then}
    if (off < 0).any() and (off > 0).any():
        return Note("value.level.mixed", low=float(-off.min()), high=float(off.max()), **told)
    size = np.abs(off)
    code = "value.level.low" if off.min() < 0 else "value.level.high"
    return Note(code, least=float(size.min()), most=float(size.max()), **told)
