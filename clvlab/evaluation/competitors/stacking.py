"""Several forecasts combined, weighted by how well each did before."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.errors import FitError
from clvlab.evaluation.competitors.base import Competitor, Past, Waiting
from clvlab.evaluation.competitors.forecast import Forecast, Weights
from clvlab.evaluation.competitors.label_window import label_window
from clvlab.evaluation.competitors.models import forecast_by
from clvlab.models.model import Model
from clvlab.models.transactions import TransactionFit
from clvlab.notes import Note

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Stacking:
    """A weighted mean of other competitors' expected purchases.

    Weights are not negative, add up to 1, and minimise the squared error at an earlier origin: each competitor is
    fitted to what was known when the label window began, and forecasts that window. None of them sees the horizon.

    Parameters
    ----------
    of : mapping of str to Model or competitor
    seed : int
    """

    of: Mapping[str, Model[TransactionFit] | Competitor]
    seed: int = 0

    def fit(self, past: Past) -> Waiting:
        """No weights are computed until the horizon is known."""
        return Waiting(past, self._forecast)

    def _forecast(self, past: Past, horizon: float) -> Forecast:
        """Weigh at the earlier origin, forecast from now.

        Raises
        ------
        FitError
            None of the competitors could be fitted at the earlier origin.
        """
        window = label_window(past, horizon)
        ready, seed = self.of, self.seed
        earlier: dict[str, Float] = {}
        for key, competitor in ready.items():
            try:
                found = forecast_by(competitor, window.before, window.length, seed=seed)
            except Exception:  # one that cannot be fitted earlier gets no weight
                continue
            earlier[key] = found.expected_purchases.reindex(window.purchases.index).to_numpy(dtype=float)
        if not earlier:
            raise FitError("None of the stacked competitors could be fitted at the earlier origin.")
        weights = convex_weights(np.column_stack(list(earlier.values())), window.purchases.to_numpy(dtype=float))
        kept = {key: float(w) for key, w in zip(earlier, weights, strict=True) if w > 1e-3}
        total = sum(kept.values())
        shares = {key: weight / total for key, weight in kept.items()}
        parts = {key: forecast_by(ready[key], past, horizon, seed=seed) for key in kept}

        def mixed(of: Mapping[str, pd.Series]) -> pd.Series:
            return cast(pd.Series, sum(shares[key] * each for key, each in of.items()))

        index = past.histories.index
        periods = {key: part.by_period["expected"] for key, part in parts.items() if part.by_period is not None}
        chances = {key: part.prob_purchase for key, part in parts.items() if part.prob_purchase is not None}
        return Forecast(
            mixed({key: part.expected_purchases for key, part in parts.items()}).reindex(index),
            prob_purchase=mixed(chances) if len(chances) == len(parts) else None,
            by_period=pd.DataFrame({"expected": mixed(periods)}) if len(periods) == len(parts) else None,
            fit=Weights(shares),
            notes=(
                Note(
                    "evaluation.stacked_with_weights",
                    weights=[Note("evaluation.weight", competitor=key, share=share) for key, share in shares.items()],
                ),
            ),
        )


def convex_weights(forecasts: Float, actual: Float) -> Float:
    """Weights, 0 or more and adding up to 1, of the columns whose mean comes closest to ``actual`` in squares.

    Examples
    --------
    >>> truth = np.array([1.0, 2.0, 3.0, 5.0])
    >>> convex_weights(np.column_stack([truth + 1.0, truth - 1.0, 0.0 * truth]), truth).round(3).tolist()
    [0.5, 0.5, 0.0]
    """
    from scipy.optimize import nnls

    # That they add up to 1 is one more row, so heavy that it holds.
    heavy = 1e3 * np.sqrt((forecasts**2).sum() + 1.0)
    found, _ = nnls(np.vstack([forecasts, np.full(forecasts.shape[1], heavy)]), np.append(actual, heavy))
    return np.asarray(found / found.sum())
