"""BG/NBD by another package, for comparison with ours."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.data import lifetimes_bridge
from clvlab.evaluation.competitors.base import Past
from clvlab.evaluation.competitors.forecast import Forecast, ForeignFit, period_ends, periods

Float = NDArray[np.float64]


@dataclass(frozen=True)
class LifetimesBGNBD:
    """BG/NBD as the ``lifetimes`` package fits and forecasts it: a second implementation beside ours."""

    def fit(self, past: Past) -> "FittedLifetimes":
        """Fit with lifetimes' defaults."""
        columns = (past.histories[name].to_numpy() for name in ("frequency", "recency", "T"))
        found = lifetimes_bridge.fit_bg_nbd(*columns)
        params, predict = cast(dict[str, float], found["params"]), cast(Callable[[float], Float], found["predict"])
        return FittedLifetimes(params, predict, past)


@dataclass(frozen=True, eq=False)
class FittedLifetimes:
    """What lifetimes found."""

    params: dict[str, float]
    predict: Callable[[float], Float]
    past: Past

    def forecast(self, horizon: float) -> Forecast:
        """Expected purchases; lifetimes gives no intervals."""
        index = self.past.histories.index
        totals = [0.0, *(float(np.nansum(self.predict(end))) for end in period_ends(horizon))]
        expected = pd.Series(self.predict(horizon), index=index)
        fit = ForeignFit("BG/NBD", self.params, "lifetimes")
        return Forecast(expected, by_period=periods(np.diff(totals)), fit=fit)
