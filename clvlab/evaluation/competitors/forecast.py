"""A competitor's forecast of each customer, and helpers to make one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from clvlab.models.fit import Fit
from clvlab.notes import Note

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ForeignFit:
    """A model as another package fitted it.

    Attributes
    ----------
    model : str
        Its name, as ``Fit.name``: estimates of the same model are set side by side.
    params : dict
        Estimates, by the names our fits use.
    package : str
    """

    model: str
    params: Mapping[str, float]
    package: str = ""


@dataclass(frozen=True, eq=False)
class Weights:
    """Weights of the competitors in a mixture; they add up to 1."""

    weights: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class Forecast:
    """A competitor's forecast of each customer's next ``horizon`` units.

    Attributes
    ----------
    expected_purchases : Series
        Indexed like the histories.
    expected_value : Series or None
        Money, where the competitor forecasts value itself; otherwise purchases are multiplied by the spend model.
    prob_purchase : Series or None
        Chance of at least one purchase.
    intervals : DataFrame or None
        ``purchases_low``, ``purchases_high``: 90 % predictive interval of the count; where the competitor forecasts
        value itself, perhaps also ``value_low``, ``value_high``.
    count_scores : callable or None
        Observed counts y to P(Y < y), P(Y = y) and the continuous ranked probability score of each customer.
    in_calibration : callable or None
        Period ends (units before the calibration end, negative) to expected repeat purchases of the base by then.
    by_period : DataFrame or None
        Index period 1, 2, ...; ``expected``, and ``low``, ``high``, ``cumulative_low``, ``cumulative_high``: 90 %
        predictive band of the base's purchases.
    fit : Fit, ForeignFit, Weights or None
        What was fitted, for those who want to look inside.
    notes : tuple of Note
        What a reader of the scores has to know of how the forecast was made.
    """

    expected_purchases: pd.Series
    expected_value: pd.Series | None = None
    prob_purchase: pd.Series | None = None
    intervals: pd.DataFrame | None = None
    count_scores: Callable[[pd.Series], tuple[Float, Float, Float]] | None = None
    in_calibration: Callable[[Float], Float] | None = None
    by_period: pd.DataFrame | None = None
    fit: Fit | ForeignFit | Weights | None = None
    notes: tuple[Note, ...] = ()


def periods(expected: ArrayLike) -> pd.DataFrame:
    """``Forecast.by_period`` of expected purchases in period 1, 2, ..."""
    values = np.asarray(expected, dtype=float)
    return pd.DataFrame({"expected": values}, index=pd.RangeIndex(1, len(values) + 1, name="period"))


def steadily(total: float, horizon: float) -> pd.DataFrame:
    """The same purchases a unit all along, ``total`` over the horizon."""
    return periods(np.diff(period_ends(horizon), prepend=0.0) * (total / horizon))


def period_ends(horizon: float) -> Float:
    """Ends of the whole units of a horizon; a remainder makes a last, shorter one.

    Examples
    --------
    >>> period_ends(2.5)
    array([1. , 2. , 2.5])
    """
    whole = np.arange(1.0, np.floor(horizon + 1e-9) + 1.0)
    return whole if horizon - len(whole) < 1e-9 else np.append(whole, horizon)
