"""A competitor's forecast of all customers together, and the errors of its totals at earlier ends."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clvlab.data.order_book import Orders
from clvlab.data.split import Split
from clvlab.errors import FitError, InputError
from clvlab.evaluation.competitors.base import Competitor, Past
from clvlab.evaluation.competitors.forecast import Forecast
from clvlab.evaluation.competitors.models import forecast_by
from clvlab.evaluation.result import Comparison
from clvlab.models.model import Model
from clvlab.models.transactions import TransactionFit
from clvlab.value.backtest import ENOUGH, log_error
from clvlab.value.earlier_ends import earlier_ends
from clvlab.value.level import TotalLevel, Z, level_of


def total_interval(comparison: Comparison, key: str) -> tuple[float, float] | None:
    """The competitor's own 90 % prediction interval of the last holdout's purchases; None where it gives none."""
    forecast = comparison.forecasts.get(key)
    return None if forecast is None else _own_interval(forecast)


@dataclass(frozen=True, eq=False)
class LevelledTotal:
    """A total of purchases, corrected and widened by the errors of earlier totals.

    Attributes
    ----------
    alone : float
        As the competitor says it.
    expected, low, high : float
        At its level, with the 90 % prediction interval.
    earlier : DataFrame
        As ``earlier_totals`` returns it.
    level : TotalLevel
    """

    alone: float
    expected: float
    low: float
    high: float
    earlier: pd.DataFrame
    level: TotalLevel


def levelled_total(alone: float, own: tuple[float, float], earlier: pd.DataFrame) -> LevelledTotal:
    """A competitor's total at the level of its earlier ones.

    Parameters
    ----------
    alone : float
        As the competitor says it.
    own : tuple of float
        Its own 90 % prediction interval.
    earlier : DataFrame
        As ``earlier_totals`` returns it.
    """
    level = level_of(earlier["log_error"].astype(float), earlier["own_variance"].astype(float))
    low, high = level.prediction(alone, *own)
    return LevelledTotal(alone, alone * level.factor, float(low), float(high), earlier, level)


def earlier_totals(
    competitor: Model[TransactionFit] | Competitor, orders: Orders, parts: Split, *, seed: int = 0
) -> pd.DataFrame:
    """Forecasts as long from earlier ends of the calibration, against what happened.

    Parameters
    ----------
    orders : Orders
        What came after the calibration of ``parts`` is not looked at.
    parts : Split
        Whose calibration end and length of holdout are those of the forecast to be judged.

    Returns
    -------
    DataFrame, indexed by end
        ``until``, ``forecast``, ``actual`` (purchases), ``log_error``, and ``own_variance``, that of the log of the
        total by the competitor's own prediction interval. Ends at which it fails, gives no interval or expects too
        little to tell a level by are left out.
    """
    ends = earlier_ends(orders, end=parts.calibration_end, horizon=parts.duration, unit=parts.unit)
    rows = []
    for each in ends.splits:
        at = each.calibration_end
        past = Past(orders.until(at), each.calibration, at, each.unit)
        try:
            forecast = forecast_by(competitor, past, each.duration, seed=seed)
        except (InputError, FitError):
            continue
        expected, own = float(forecast.expected_purchases.sum()), _own_interval(forecast)
        if own is None or not expected >= ENOUGH or not own[0] > 0:
            continue
        actual = float(each.holdout["frequency_holdout"].sum())
        rows.append(
            {
                "end": at,
                "until": each.holdout_end,
                "forecast": expected,
                "actual": actual,
                "log_error": log_error(actual, expected, least=0.5),
                "own_variance": float((np.log(own[1] / own[0]) / (2.0 * Z)) ** 2),
            }
        )
    return pd.DataFrame(rows, columns=["end", "until", "forecast", "actual", "log_error", "own_variance"]).set_index(
        "end"
    )


def _own_interval(forecast: Forecast) -> tuple[float, float] | None:
    if forecast.by_period is None or "cumulative_low" not in forecast.by_period:
        return None
    last = forecast.by_period.iloc[-1]
    return float(last["cumulative_low"]), float(last["cumulative_high"])
