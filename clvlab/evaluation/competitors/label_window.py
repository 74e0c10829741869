"""Training examples from the past alone: what customers did in its last part.

A competitor that learns from examples needs features and, later, what became of them. Both must lie before the
calibration end. Where the horizon does not fit into half the records, the window is half of them, and what is learned
of it is stretched by the growth of expected purchases.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.data.units import days_in
from clvlab.errors import InputError
from clvlab.evaluation.competitors.base import Past
from clvlab.models.family import MBGNBD
from clvlab.notes import Note, Span

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LabelWindow:
    """Examples: customers as they were known ``length`` before the end, and what they did until the end.

    Attributes
    ----------
    before : Past
        As it stood when the window began.
    purchases, value : Series, indexed like ``before.histories``
        In the window. ``value`` is NaN where amounts are unknown.
    length : float
        In units.
    horizon : float
        What is to be forecast, in units.
    growth : float
        Expected purchases over the horizon, over those in as long as the window is: 1 where they are as long.
    """

    before: Past
    purchases: pd.Series
    value: pd.Series
    length: float
    horizon: float
    growth: float

    @property
    def notes(self) -> tuple[Note, ...]:
        """What a reader has to know: where the window is shorter than the horizon."""
        if self.growth == 1.0:
            return ()
        unit = self.before.unit
        return (
            Note(
                "evaluation.learned_from_a_shorter_window",
                window=Span(self.length, unit),
                horizon=Span(self.horizon, unit),
                growth=self.growth,
            ),
        )


def label_window(past: Past, horizon: float) -> LabelWindow:
    """The latest window of the past to learn from, made once for all who ask.

    Raises
    ------
    InputError
        The records are too short, or nobody was known before the window.
    """
    return past.once(("label window", horizon), lambda: _made(past, horizon))


def _made(past: Past, horizon: float) -> LabelWindow:
    days = days_in(past.unit)
    length = min(horizon, np.floor(past.span * days / 2.0) / days)
    if length * days < 1.0:
        raise InputError(
            f"There is no window to learn from: the records span {past.span * days:.0f} days up to the calibration "
            "end, and half of them must come before the window. Take a later calibration_end."
        )
    before = past.earlier(length)
    bought = past.orders.purchases()
    inside = bought[bought["date"] > before.end].groupby("customer_id")["amount"]
    index = before.histories.index
    value = inside.sum(min_count=1).reindex(index)
    return LabelWindow(
        before,
        inside.size().reindex(index).fillna(0.0),
        value.fillna(0.0) if past.orders.has_amounts else value,
        length,
        horizon,
        _growth(past, horizon, length),
    )


def _growth(past: Past, horizon: float, length: float) -> float:
    if horizon <= length + 1e-9:
        return 1.0
    fit: Any = MBGNBD().fit(past.histories, draws=1)
    ends = np.array([length, horizon])
    in_window, in_horizon = fit.expected_totals(past.histories, ends)
    return float(in_horizon / in_window) if in_window > 0 else horizon / length
