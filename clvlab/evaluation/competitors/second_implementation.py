"""BG/NBD by another package, beside ours."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clvlab.data import lifetimes_bridge
from clvlab.evaluation.competitors.base import Past
from clvlab.evaluation.competitors.forecast import Forecast, ForeignFit, period_ends, periods


@dataclass(frozen=True)
class LifetimesBGNBD:
    """BG/NBD as the ``lifetimes`` package fits and forecasts it: a second implementation beside ours."""

    def fit(self, past: Past) -> "FittedLifetimes":
        """Fit with lifetimes' defaults."""
        columns = (past.histories[name].to_numpy() for name in ("frequency", "recency", "T"))
        return FittedLifetimes(lifetimes_bridge.fit_bg_nbd(*columns), past)


@dataclass(frozen=True, eq=False)
class FittedLifetimes:
    """What lifetimes found."""

    found: dict[str, Any]
    past: Past

    def forecast(self, horizon: float) -> Forecast:
        """Expected purchases; lifetimes gives no intervals."""
        index = self.past.histories.index
        totals = [0.0, *(float(np.nansum(self.found["predict"](end))) for end in period_ends(horizon))]
        expected = pd.Series(self.found["predict"](horizon), index=index)
        fit = ForeignFit("BG/NBD", self.found["params"], "lifetimes")
        return Forecast(expected, by_period=periods(np.diff(totals)), fit=fit)
