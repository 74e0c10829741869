"""Gradient boosting in two parts: whether a customer buys, and how much if so."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.errors import InputError
from clvlab.evaluation.competitors.base import Past, Waiting
from clvlab.evaluation.competitors.features import aligned, features, varying
from clvlab.evaluation.competitors.forecast import Forecast, steadily
from clvlab.evaluation.competitors.label_window import LabelWindow, label_window

Float = NDArray[np.float64]
FOLDS = 5
BINS = 10  # customers with like forecasts, whose residuals make each other's intervals
FEWEST = 50
SETTINGS: dict[str, Any] = {
    "learning_rate": 0.06,
    "max_iter": 150,
    "max_leaf_nodes": 15,
    "min_samples_leaf": 20,
    "l2_regularization": 1.0,
    "early_stopping": False,
    "categorical_features": "from_dtype",
}


@dataclass(frozen=True)
class GradientBoosting:
    """scikit-learn's histogram gradient boosting on features of a customer.

    Features and labels both end at or before the calibration end (see ``label_window``). Intervals are conformal: at
    the earlier origin each customer is forecast by learners that did not see them, and what they then did, less that
    forecast, gives the ends for customers of like forecasts.

    Parameters
    ----------
    seed : int
        Of the folds.
    """

    seed: int = 0

    def fit(self, past: Past) -> Waiting:
        """Nothing is learned until the horizon is known."""
        return Waiting(past, self._forecast)

    def _forecast(self, past: Past, horizon: float) -> Forecast:
        """Learn from the label window, and apply to customers as they are now."""
        window = label_window(past, horizon)
        known = varying(features(window.before))
        if len(known) < FEWEST or not (window.purchases > 0).any():
            raise InputError(
                f"Too little to learn from: {len(known)} customers were known before the last {window.length:.1f} "
                f"{window.before.unit}s, and {int((window.purchases > 0).sum())} of them bought in these. Machine "
                f"learning is given at least {FEWEST} customers, one of whom bought."
            )
        now = aligned(features(past), known)
        index = past.histories.index
        chance, purchases = _both(known, window.purchases, now, self.seed)
        steady = purchases * window.growth
        ends = self._interval(known, window, window.purchases, purchases)
        intervals = {f"purchases_{side}": end for side, end in zip(("low", "high"), ends, strict=True)}
        value = None
        if window.value.notna().all():
            spent = window.value.clip(lower=0.0)
            worth = _both(known, spent, now, self.seed)[1]
            value = pd.Series(worth * window.growth, index=index)
            ends = self._interval(known, window, spent, worth)
            intervals |= {f"value_{side}": end for side, end in zip(("low", "high"), ends, strict=True)}
        return Forecast(
            pd.Series(steady, index=index),
            expected_value=value,
            # Of a longer horizon: the chance of no purchase, to the power of the growth.
            prob_purchase=pd.Series(1.0 - (1.0 - chance) ** window.growth, index=index),
            intervals=pd.DataFrame(intervals, index=index),
            by_period=steadily(float(steady.sum()), horizon),
            notes=window.notes,
        )

    def _interval(
        self, known: pd.DataFrame, window: LabelWindow, actual: pd.Series, forecast: Float
    ) -> tuple[Float, Float]:
        """Ends from residuals of customers with like forecasts, at the earlier origin."""
        fold = np.random.default_rng(self.seed).permutation(len(known)) % FOLDS
        unseen = np.zeros(len(known))
        for k in range(FOLDS):
            held = fold == k
            unseen[held] = _both(known[~held], actual[~held], known[held], self.seed)[1]
        residual = actual.to_numpy(dtype=float) - unseen
        edges = np.unique(np.quantile(unseen, np.linspace(0.0, 1.0, BINS + 1)))[1:-1]
        low, high = np.zeros(len(forecast)), np.zeros(len(forecast))
        own, bins = np.searchsorted(edges, forecast), np.searchsorted(edges, unseen)
        for k in range(len(edges) + 1):
            like = np.sort(residual[bins == k]) if (bins == k).any() else np.sort(residual)
            mine = own == k
            low[mine] = forecast[mine] + _conformal(like, 0.05)
            high[mine] = forecast[mine] + _conformal(like, 0.95)
        return np.maximum(low, 0.0) * window.growth, np.maximum(high, 0.0) * window.growth


def _conformal(ordered: Float, level: float) -> float:
    """The end that a new residual stays within with at least this chance, or leaves below with at most 1 - it."""
    n = len(ordered)
    rank = int(np.ceil((n + 1) * level)) if level > 0.5 else int(np.floor((n + 1) * level))
    return float(ordered[min(max(rank, 1), n) - 1])


def _both(known: pd.DataFrame, actual: pd.Series, of: pd.DataFrame, seed: int) -> tuple[Float, Float]:
    """Chance of any, and expected amount, of each row of a frame."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from threadpoolctl import threadpool_limits

    some = (actual > 0).to_numpy()
    chance = np.full(len(of), float(some.all()))
    if not some.any():
        return chance, np.zeros(len(of))
    amount = HistGradientBoostingRegressor(loss="poisson", random_state=seed, **SETTINGS)
    with threadpool_limits(1):  # threads that wait for each other spin, for minutes where other work runs
        if not some.all():
            learner = HistGradientBoostingClassifier(random_state=seed, **SETTINGS).fit(known, some)
            chance = learner.predict_proba(of)[:, 1]
        amount.fit(known[some], actual[some].to_numpy(dtype=float))
        return chance, chance * amount.predict(of)
