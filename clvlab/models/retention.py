"""Tables and spells of customers under contract, to which models of retention are fitted."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.errors import InputError
from clvlab.formulas.protocols import Formula
from clvlab.models.evidence import LeftOut
from clvlab.notes import Note

Float = NDArray[np.float64]
SHOWN = 5


class Retention:
    """Customers by how long they were there and whether they were lost, from a table or from spells.

    A table has one row per period, from 1 on: ``period``, ``customers`` (at risk at the start of the period) and
    ``lost`` (left at its end); those missing from the next row without having been lost are taken to be unknown
    from there on. It is of one cohort; with covariates or segments, of one cohort for each of their combinations.
    Spells have one row per customer: ``period`` and ``lost`` (1: left at the end of that period; 0: still there
    after that many).
    """

    timed = False

    def rows(self, frame: pd.DataFrame, attributes: Sequence[str]) -> tuple[pd.DataFrame, Float]:
        """Rows of ``period``, ``lost`` and the attributes, and how many customers each stands for, checked."""
        return spells_of(frame, attributes)

    def usable(self, frame: pd.DataFrame, formula: Formula) -> tuple[pd.DataFrame, LeftOut]:
        """All of them; ``rows`` checks them."""
        del formula
        return frame, {}

    def lacking(self, rows: pd.DataFrame, weights: Float | None) -> str:
        """If nobody leaves, nothing can be learned about how long customers stay."""
        each = np.ones(len(rows)) if weights is None else weights
        if each[rows["lost"] > 0].any():
            return ""
        return (
            f"learns from customers who leave; none of the {each.sum():,.0f} was lost. Watch them for longer, or check "
            "the column lost."
        )

    def times_seen(self, rows: pd.DataFrame) -> float:
        """None: periods are counted."""
        del rows
        return 0.0

    def typical(self, rows: pd.DataFrame) -> Mapping[str, float]:
        """None."""
        del rows
        return {}

    def remarks(self, covariates: Mapping[str, Float]) -> tuple[Note, ...]:
        """None."""
        del covariates
        return ()


def spells_of(frame: pd.DataFrame, attributes: Sequence[str] = ()) -> tuple[pd.DataFrame, Float]:
    """Rows of ``period``, ``lost`` and the attributes, and how many customers each stands for, checked.

    Parameters
    ----------
    frame : DataFrame
        Tables (period, customers, lost), one for each combination of attributes, or spells (period, lost).
    attributes : sequence of str
        Columns to keep.

    Raises
    ------
    InputError
        Names the rule and the rows that break it.
    """
    table = "customers" in frame.columns
    wanted = ["period", "customers", "lost"] if table else ["period", "lost"]
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        raise InputError(
            "Retention is learned from a table with the columns period, customers and lost, or from spells with the "
            f"columns period and lost; missing: {', '.join(missing)}."
        )
    if frame.empty:
        raise InputError("Retention needs at least one row; the frame is empty.")
    kept = [name for name in attributes if name in frame.columns]
    if not table:
        return _from_spells(frame, **{name: _whole(frame, name) for name in wanted}).join(frame[kept]), np.ones(
            len(frame)
        )
    cohorts = [part for _, part in frame.groupby(kept, dropna=False, sort=False)] if kept else [frame]
    rows = [_from_table(cohort, **{name: _whole(cohort, name) for name in wanted}) for cohort in cohorts]
    own = [
        part.assign(**{name: cohort[name].iloc[0] for name in kept}) for part, cohort in zip(rows, cohorts, strict=True)
    ]
    found = pd.concat(own, ignore_index=True)
    return found.drop(columns="customers"), found["customers"].to_numpy(dtype=float)


def _whole(frame: pd.DataFrame, name: str) -> Float:
    try:
        values = frame[name].to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InputError(f"The column {name} must hold numbers; found {frame[name].dtype}.") from error
    _hold(frame, f"{name} must be a whole number, 0 or more", ~((values >= 0) & (values == np.floor(values))), values)
    _hold(frame, f"{name} must be finite", np.isinf(values), values)
    return values


def _from_spells(frame: pd.DataFrame, period: Float, lost: Float) -> pd.DataFrame:
    _hold(frame, "lost must be 1 (left at the end of the period) or 0 (still there)", lost > 1, lost)
    _hold(frame, "who was lost left at the end of period 1 or a later one", (lost > 0) & (period < 1), period)
    return pd.DataFrame({"period": period, "lost": lost}, index=frame.index)


def _from_table(frame: pd.DataFrame, period: Float, customers: Float, lost: Float) -> pd.DataFrame:
    order = np.argsort(period, kind="stable")
    if (period[order] != np.arange(1, len(period) + 1)).any():
        raise InputError(
            "A table has one row per period, from 1 on without a gap (one cohort per table); found the periods "
            f"{', '.join(f'{t:.0f}' for t in period[:12])}{', ...' if len(period) > 12 else ''}."
        )
    _hold(frame, "lost must not exceed customers, those at risk at the start of the period", lost > customers, lost)
    stayed = (customers - lost)[order]
    following = np.append(customers[order][1:], 0.0)
    grown = np.zeros(len(period), dtype=bool)
    grown[order[1:]] = following[:-1] > stayed[:-1]
    _hold(frame, "customers must not exceed those who stayed through the period before (one cohort)", grown, customers)
    t = period[order]
    rows = pd.DataFrame({"period": np.concatenate([t, t]), "lost": np.repeat([1.0, 0.0], len(t))})
    rows["customers"] = np.concatenate([lost[order], stayed - following])
    return rows[rows["customers"] > 0]


def _hold(frame: pd.DataFrame, rule: str, broken: NDArray[np.bool_], values: Float) -> None:
    if broken.any():
        rows = frame.index[broken].tolist()[:SHOWN]
        shown = ", ".join(f"{value:g} in row {row!r}" for row, value in zip(rows, values[broken], strict=False))
        raise InputError(f"{rule}; found {shown}{' and more' if broken.sum() > SHOWN else ''}.")
