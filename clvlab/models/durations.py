"""Durations until an event: what accelerated failure time models learn from."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.errors import InputError
from clvlab.formulas.protocols import Formula
from clvlab.models.columns import columns_of
from clvlab.models.evidence import LeftOut
from clvlab.notes import Note

Float = NDArray[np.float64]


class Durations:
    """A frame of one row per customer.

    ``duration`` is the time from the customer's start to the event, or to the end of watching where there was none yet;
    ``event`` 1 or 0 (or a bool); and, where customers came under watch only some time after their start, ``entry`` that
    time. Customers who left before they could be watched are not in the records, and ``entry`` is what allows for that.

    A frame without a unit is taken: durations mean nothing but themselves until one with a unit comes along.
    """

    timed = False

    def rows(self, frame: pd.DataFrame, attributes: Sequence[str]) -> tuple[pd.DataFrame, None]:
        """The frame with an ``entry`` of 0 where it has none."""
        del attributes
        _check_columns(frame, ("duration", "event"))
        return (frame if "entry" in frame.columns else frame.assign(entry=0.0)), None

    def usable(self, frame: pd.DataFrame, formula: Formula) -> tuple[pd.DataFrame, LeftOut]:
        """The customers with observed time, checked."""
        check_durations(frame, ("duration", "event"))
        rows, _ = self.rows(frame, ())
        seen = columns_of(rows, formula.HISTORY)["time"] > 0
        return rows[seen], {} if seen.all() else {"models.nothing_seen": rows.index[~seen].tolist()}

    def lacking(self, rows: pd.DataFrame, weights: Float | None) -> str:
        """Without any event, nothing can be learned about its time."""
        del weights
        if len(rows) and columns_of(rows, ("event",))["event"].any():
            return ""
        return (
            f"learns from customers whose event was seen; of {len(rows):,} with a duration above 0 nobody had it. "
            "Watch them for longer, or check the column event."
        )

    def times_seen(self, rows: pd.DataFrame) -> float:
        """Events: each one's time is a density."""
        return float(columns_of(rows, ("event",))["event"].sum())

    def typical(self, rows: pd.DataFrame) -> Mapping[str, float]:
        """The mean duration."""
        time = columns_of(rows, ("time",))["time"]
        return {"scale": float(time[time > 0].mean())}

    def remarks(self, covariates: Mapping[str, Float]) -> tuple[Note, ...]:
        """Covariates that are far from mean 0 and standard deviation 1."""
        far = []
        for name, values in covariates.items():
            mean, deviation = float(values.mean()), float(values.std())
            two_levels = ((values == values.min()) | (values == values.max())).all()
            if not two_levels and not (0.1 < deviation < 10.0 and abs(mean) < 3.0 * deviation):
                far.append(Note("models.unscaled_covariate", name=name, mean=mean, deviation=deviation))
        return (Note("models.unscaled_covariates", covariates=far),) if far else ()


def start_of(histories: pd.DataFrame) -> dict[str, float]:
    """Starting values: events at a constant rate."""
    columns = columns_of(histories, ("entry", "time", "event"))
    watched = float((columns["time"] - columns["entry"]).sum())
    return {"scale": watched / float(columns["event"].sum()), "shape": 1.0}


def check_durations(frame: pd.DataFrame, wanted: tuple[str, ...]) -> None:
    """Refuse a frame without these columns, or without rows."""
    _check_columns(frame, wanted)
    if frame.empty:
        raise InputError("Times to an event need at least one row; the frame is empty.")


def _check_columns(frame: pd.DataFrame, wanted: tuple[str, ...]) -> None:
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        raise InputError(
            "Times to an event are learned from a frame with the columns duration (from the customer's start) and "
            f"event (1 or 0), and entry where watching began later; missing: {', '.join(missing)}. It has "
            f"{', '.join(map(str, frame)) or 'no columns'}."
        )
