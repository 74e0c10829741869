"""The package's own models as competitors."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clvlab.evaluation.competitors.base import Competitor, Past
from clvlab.evaluation.competitors.forecast import Forecast, period_ends
from clvlab.models.model import Model
from clvlab.models.transactions import TransactionFit

FUTURES = 200  # simulated futures of the whole base behind a tracking band


@dataclass(frozen=True, eq=False)
class FittedModel:
    """A transaction model of ours as a competitor."""

    fit: TransactionFit
    past: Past
    seed: int

    def forecast(self, horizon: float) -> Forecast:
        """By the model's own predictions; the band by simulating the latent story."""
        known = self.past.histories
        table = self.fit.predict(known, horizon)
        return Forecast(
            table["expected_purchases"],
            prob_purchase=table["prob_purchase"],
            intervals=table[["purchases_low", "purchases_high"]],
            count_scores=lambda observed: self.fit.count_scores(known, horizon, observed),
            in_calibration=lambda ends: self.fit.expected_so_far(known, ends),
            by_period=self._by_period(horizon),
            fit=self.fit,
        )

    def _by_period(self, horizon: float) -> pd.DataFrame:
        ends = period_ends(horizon)
        total = np.append(0.0, self.fit.expected_totals(self.past.histories, ends))
        draw, _, time = self.fit.simulate_futures(self.past.histories, horizon, draws=FUTURES, seed=self.seed)
        period = np.minimum(np.ceil(time).astype(int), len(ends)) - 1
        cell = draw * len(ends) + np.maximum(period, 0)
        counts = np.bincount(cell, minlength=FUTURES * len(ends)).reshape(FUTURES, len(ends))
        low, high = np.quantile(counts, [0.05, 0.95], axis=0)
        cumulative_low, cumulative_high = np.quantile(counts.cumsum(axis=1), [0.05, 0.95], axis=0)
        return pd.DataFrame(
            {
                "expected": np.diff(total),
                "low": low,
                "high": high,
                "cumulative_low": cumulative_low,
                "cumulative_high": cumulative_high,
            },
            index=pd.RangeIndex(1, len(ends) + 1, name="period"),
        )


@dataclass(frozen=True, eq=False)
class ModelCompetitor:
    """Makes a competitor of a ``Model``."""

    model: Model[TransactionFit]
    seed: int = 0

    def fit(self, past: Past) -> FittedModel:
        """Fit the model to the histories."""
        return FittedModel(self.model.fit(past.histories, seed=self.seed), past, self.seed)


def as_competitor(competitor: Model[TransactionFit] | Competitor, seed: int) -> Competitor:
    """A model as a competitor; anything else as it is."""
    return ModelCompetitor(competitor, seed) if isinstance(competitor, Model) else competitor


def forecast_by(
    competitor: Model[TransactionFit] | Competitor, past: Past, horizon: float, *, seed: int = 0
) -> Forecast:
    """What a model or competitor forecasts from a past; made once, however many ask (as ``Stacking`` does)."""

    def made() -> tuple[object, Forecast]:  # the competitor is kept, so that its id stays its own
        return competitor, as_competitor(competitor, seed).fit(past).forecast(horizon)

    return past.once((id(competitor), horizon, seed), made)[1]
