"""From orders: where the rule of silence and the model of purchases do not see the same leaving."""

from dataclasses import dataclass

import numpy as np

from clvlab.churn.spell_table import Spells
from clvlab.churn.warning import Warnings

APART = 2.0  # one view sees this many times as many leave as the other


@dataclass(frozen=True)
class TwoViews:
    """Two counts of who leaves within a horizon that differ by more than a factor of two.

    Attributes
    ----------
    rule : float
        Customers who would leave by the rule of silence, at the mean hazard of all spells.
    model : float
        Customers the model of purchases expects to leave, of those it takes to be still alive.
    won_back : float
        Share of those who left by the rule that bought again.
    horizon : float
        In the spells' unit.
    """

    rule: float
    model: float
    won_back: float
    horizon: float

    @property
    def model_sees_less(self) -> bool:
        """Whether silences are mostly pauses to the model; otherwise it sees more leaving than the rule."""
        return self.model < self.rule


def two_views(spells: Spells, warnings: Warnings) -> TwoViews | None:
    """Compare both views; None where they agree within a factor of two, or where there are not two."""
    if "gone" not in warnings.table:
        return None
    current = int((~spells.table["event"]).sum())
    hazard = spells.n_events / spells.table["duration"].sum()
    by_rule = float(-np.expm1(-warnings.horizon * hazard)) * current
    by_model = float(warnings.table.loc[warnings.table["gone"] < 0.5, "chance"].sum())
    if not current or 1.0 / APART < by_model / max(by_rule, 1e-9) < APART:
        return None
    won_back = float((spells.table["spell"] > 1).sum() / max(spells.n_events, 1))
    return TwoViews(by_rule, by_model, won_back, warnings.horizon)
