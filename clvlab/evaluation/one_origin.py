"""Every competitor fitted at one calibration end, with its forecasts and what then happened."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clvlab.data.order_book import Orders
from clvlab.data.split import Split
from clvlab.errors import FitError, InputError
from clvlab.evaluation.competitors.base import Competitor, Past
from clvlab.evaluation.competitors.forecast import Forecast
from clvlab.evaluation.competitors.models import forecast_by
from clvlab.evaluation.dates import DateLike
from clvlab.models.forecast import crps_of_samples, interval
from clvlab.models.model import Model
from clvlab.models.spend import SpendFit
from clvlab.models.transactions import TransactionFit
from clvlab.value.simulated import simulated_values


@dataclass(frozen=True, eq=False)
class Run:
    """One calibration end.

    Attributes
    ----------
    split : Split
    forecasts : dict
        Competitor to ``Forecast``.
    outcomes : dict
        Competitor to DataFrame, indexed like the histories: actual and expected purchases; where it gives them
        low, high (90 % predictive), below, at (P(Y < y), P(Y = y)), crps and prob (of at least one purchase);
        value_actual and value_expected, perhaps with value_low, value_high and value_crps (money).
    failed : dict
        Competitor to reason.
    seconds : dict
        Of fitting and forecasting, by competitor.
    spend : SpendFit or None
    spend_failed : str
        Why the spend model could not be fitted; then models forecast no value.
    """

    split: Split
    forecasts: dict[str, Forecast]
    outcomes: dict[str, pd.DataFrame]
    failed: dict[str, str]
    seconds: dict[str, float]
    spend: SpendFit | None
    spend_failed: str


def run(
    competitors: Mapping[str, Model[TransactionFit] | Competitor],
    orders: Orders,
    parts: Split,
    *,
    spend: Model[SpendFit] | None,
    acquired_from: DateLike | None,
    acquired_until: DateLike | None,
    seed: int,
    progress: Callable[[str], None],
) -> Run:
    """Fit, forecast and compare with what happened; an error in one competitor does not affect the others."""
    end = parts.calibration_end
    past = Past(orders.until(end), parts.calibration, end, parts.unit, acquired_from, acquired_until)
    money, spend_failed = _spend(spend, orders, parts, seed)
    found = Run(parts, {}, {}, {}, {}, money, spend_failed)
    for key, competitor in competitors.items():
        progress(key)
        began = time.perf_counter()
        try:
            forecast = forecast_by(competitor, past, parts.duration, seed=seed)
            outcome = _outcome(forecast, money, parts, seed)
            found.forecasts[key], found.outcomes[key] = forecast, outcome
        except Exception as error:  # whatever it is: one competitor's failure is a row of the table
            own = isinstance(error, InputError | FitError)  # whose messages are for readers
            found.failed[key] = str(error) if own else f"{type(error).__name__}: {error}"
        found.seconds[key] = time.perf_counter() - began
    return found


def _spend(spend: Model[SpendFit] | None, orders: Orders, parts: Split, seed: int) -> tuple[SpendFit | None, str]:
    """The spend model's fit, or why there is none: purchases are compared all the same."""
    if spend is None or not orders.has_amounts:
        return None, ""
    try:
        return spend.fit(parts.calibration, seed=seed), ""
    except (InputError, FitError) as error:
        return None, str(error)


def _outcome(forecast: Forecast, spend: SpendFit | None, parts: Split, seed: int) -> pd.DataFrame:
    held = parts.holdout["frequency_holdout"]
    expected = forecast.expected_purchases.reindex(held.index).to_numpy(dtype=float)
    if not np.isfinite(expected).all():
        raise FitError(f"{(~np.isfinite(expected)).sum()} customers got no forecast (NaN or infinite).")
    found = pd.DataFrame({"actual": held.to_numpy(dtype=float), "expected": expected}, index=held.index)
    if forecast.intervals is not None:
        found["low"], found["high"] = (forecast.intervals[f"purchases_{side}"] for side in ("low", "high"))
    if forecast.count_scores is not None:
        found["below"], found["at"], found["crps"] = forecast.count_scores(held)
    if forecast.prob_purchase is not None:
        found["prob"] = forecast.prob_purchase.reindex(held.index)
    return found if parts.holdout["value_holdout"].isna().all() else _with_value(found, forecast, spend, parts, seed)


def _with_value(
    found: pd.DataFrame, forecast: Forecast, spend: SpendFit | None, parts: Split, seed: int
) -> pd.DataFrame:
    """Value as the competitor forecasts it, or its purchases times the spend model's expectation."""
    worth = parts.holdout["value_holdout"].to_numpy(dtype=float)
    if forecast.expected_value is not None:
        found["value_actual"] = worth
        found["value_expected"] = forecast.expected_value.reindex(found.index)
        if forecast.intervals is not None and "value_low" in forecast.intervals:
            found["value_low"], found["value_high"] = (forecast.intervals[f"value_{side}"] for side in ("low", "high"))
    elif spend is not None:
        found["value_actual"] = worth
        found["value_expected"] = found["expected"] * spend.predict(parts.calibration)["expected_spend"]
        if isinstance(forecast.fit, TransactionFit):
            low, high, crps = (np.zeros(len(found)) for _ in range(3))
            fit = forecast.fit.in_unit_of(parts.calibration)
            for rows, drawn in simulated_values(fit, spend, parts.calibration, parts.duration, seed=seed):
                low[rows], high[rows] = interval(drawn)
                crps[rows] = crps_of_samples(drawn, worth[rows])
            found["value_low"], found["value_high"], found["value_crps"] = low, high, crps
    return found
