"""Two tests for leaks: whether a competitor uses data from after the calibration end."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from clvlab.data.histories import Unit, histories
from clvlab.data.order_book import Orders
from clvlab.data.orders import read_orders
from clvlab.data.split import split
from clvlab.evaluation.competitors.base import Competitor, Past
from clvlab.evaluation.competitors.forecast import Forecast
from clvlab.evaluation.competitors.models import as_competitor
from clvlab.evaluation.dates import DateLike
from clvlab.evaluation.result import Comparison
from clvlab.models.fit import Fit
from clvlab.models.model import Model
from clvlab.models.transactions import TransactionFit
from clvlab.notes import Note

# No forecast of how often people buy halves the deviance of the best model that knows the whole past.
TOO_GOOD = 0.5


def leaks(
    competitors: Mapping[str, Model[TransactionFit] | Competitor],
    orders: Orders,
    *,
    calibration_end: DateLike | None = None,
    holdout_end: DateLike | None = None,
    unit: Unit = "week",
    seed: int = 0,
) -> dict[str, Note]:
    """Competitors whose forecasts change when all orders after the calibration end are taken away.

    Each is fitted twice: to the records, and to records rebuilt from what was known at the calibration end, in which
    nothing later stands anywhere. Forecasts must be equal to the last bit. One that fails on both is left out.

    Returns
    -------
    dict
        Competitor to what differs; empty where nothing leaks.
    """
    parts = split(orders, calibration_end=calibration_end, holdout_end=holdout_end, unit=unit)
    end = parts.calibration_end
    known = Past(orders.until(end), parts.calibration, end, unit)
    told = orders.purchases(end)
    attributes = list(orders.attributes)
    if attributes:
        told = told.join(orders.customers(end)[attributes], on="customer_id")
    if not orders.has_amounts:
        told = told.drop(columns="amount")
    amount = "amount" if orders.has_amounts else None
    alone = read_orders(told, customer="customer_id", date="date", amount=amount, attributes=attributes)
    rebuilt = Past(alone, histories(alone, end=end, unit=unit), end, unit)
    found = {}
    for key, competitor in competitors.items():
        ready = as_competitor(competitor, seed)
        one, two = (_forecast(ready, past, parts.duration) for past in (known, rebuilt))
        if one is None or two is None:
            if one is not two:
                found[key] = Note("evaluation.fails_only_with_or_without", end=end)
            continue
        for what in ("expected_purchases", "expected_value", "prob_purchase", "intervals"):
            a, b = getattr(one, what), getattr(two, what)
            if (a is None) != (b is None) or (a is not None and not _same(a, b)):
                found[key] = Note("evaluation.forecast_changes", what=what, end=end)
                break
    return found


def _forecast(competitor: Competitor, past: Past, horizon: float) -> Forecast | None:
    try:
        return competitor.fit(past).forecast(horizon)
    except Exception:  # whatever it is, it is the same with and without the later orders, or found above
        return None


def _same(one: pd.Series | pd.DataFrame, two: pd.Series | pd.DataFrame) -> bool:
    a, b = (pd.DataFrame(each).to_numpy(dtype=float) for each in (one, two.reindex(one.index)))
    return bool(np.array_equal(a, b, equal_nan=True))


def too_good(comparison: Comparison) -> list[str]:
    """Those whose deviance is less than half that of the best model of ours: they must have seen the holdout."""
    errors = comparison.table["deviance"].dropna()
    modelled = [key for key in errors.index if isinstance(comparison.forecasts[key].fit, Fit)]
    if not modelled or not comparison.actual["purchases"]:
        return []
    best = float(errors[modelled].min())
    return [key for key in errors.index if key not in modelled and errors[key] < TOO_GOOD * best]
