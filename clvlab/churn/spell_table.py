"""Spells: how long each customer was here, whether they left, and why; the input of all churn analysis."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from clvlab.data.units import Unit
from clvlab.notes import Note
from clvlab.shown import Shown

CORE = ("entry", "duration", "event", "reason", "start", "end")
AS_GIVEN = Note("churn.spells_as_given")


@dataclass(frozen=True, eq=False, repr=False)
class Spells(Shown):
    """Spells of customers, checked.

    Attributes
    ----------
    table : DataFrame, one row per spell
        ``entry``, ``duration`` (tenure at which watching began, and ended; in ``unit``), ``event`` (bool: they left
        then, rather than being watched no longer), ``reason`` (text, empty where none); where dates are known
        ``start``, ``end`` (day they left, NaT for those still here); then covariates.
    unit : str
        Of tenure.
    rule : Note
        What counts as leaving.
    as_of : Timestamp or None
        The last day of the records.
    left_out : dict
        Customers not used, by the code of the note that says why.
    usual : float
        From orders: the middle of the inactivity thresholds that customers were given, in ``unit``.
    rule_from : Timestamp or None
        From orders: the first day on which the rule of silence could call anybody gone. Before it nobody can have
        left, whatever they did. None of spells whose leaving was recorded.
    """

    table: pd.DataFrame
    unit: Unit = "month"
    rule: Note = AS_GIVEN
    as_of: pd.Timestamp | None = None
    left_out: Mapping[str, list[str]] = field(default_factory=dict)
    usual: float = float("nan")
    rule_from: pd.Timestamp | None = None

    @property
    def covariates(self) -> list[str]:
        """Columns beside those of the spell itself."""
        return [str(name) for name in self.table.columns if name not in CORE]

    @property
    def n_events(self) -> int:
        """Spells that ended."""
        return int(self.table["event"].sum())

    @property
    def reasons(self) -> list[str]:
        """Reasons of those who left, most frequent first."""
        counts = self.table.loc[self.table["event"], "reason"].value_counts()
        return [str(reason) for reason in counts.index if reason]

    @property
    def dated(self) -> bool:
        """Whether the days of starting and leaving are known."""
        return "start" in self.table

    @property
    def from_orders(self) -> bool:
        """Whether leaving is inferred from inactivity rather than recorded."""
        return self.rule_from is not None

    @property
    def least_silence(self) -> pd.Timedelta:
        """From orders: the shortest inactivity after which anybody could count as having left; 0 of other spells."""
        return pd.Timedelta(0) if self.rule_from is None else self.rule_from - self.table["start"].min()

    @property
    def notes(self) -> tuple[Note, ...]:
        """The rule, its results, and who is left out."""
        counted = Note("churn.spells_counted", rule=self.rule, n=len(self), events=self.n_events)
        return (counted, *(Note(code, n=len(own)) for code, own in self.left_out.items()))

    def where(self, rows: ArrayLike) -> "Spells":
        """The spells of some rows: a boolean array, or labels."""
        return replace(self, table=self.table.loc[np.asarray(rows)])

    def __len__(self) -> int:
        """How many spells."""
        return len(self.table)

    def __repr__(self) -> str:
        return f"<{len(self):,} spells, {self.n_events:,} ended, tenure in {self.unit}s>"
