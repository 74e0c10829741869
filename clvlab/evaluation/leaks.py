"""Does a competitor see what it should not? Two tests: leaks through the data and around them look different."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clvlab.data.histories import histories
from clvlab.data.order_book import Orders
from clvlab.data.orders import read_orders
from clvlab.data.split import split
from clvlab.evaluation.competitors.base import Competitor, Forecast, Past
from clvlab.evaluation.competitors.models import as_competitor
from clvlab.models.model import Model

if TYPE_CHECKING:
    from clvlab.evaluation.comparison import Comparison

# No forecast of how often people buy halves the error of the best model that knows the whole past.
TOO_GOOD = 0.5


def leaks(
    competitors: Mapping[str, Model | Competitor],
    orders: Orders,
    *,
    calibration_end: Any = None,
    holdout_end: Any = None,
    unit: str = "week",
    seed: int = 0,
) -> dict[str, str]:
    """Competitors whose forecasts change when all orders after the calibration end are taken away.

    Each is fitted twice: to the records, and to records rebuilt from what was known at the calibration end, in which
    nothing later stands anywhere. Forecasts must be equal to the last bit. One that fails on both is left out.

    Returns
    -------
    dict
        Label to what differs; empty where nothing leaks.
    """
    parts = split(orders, calibration_end=calibration_end, holdout_end=holdout_end, unit=unit)  # type: ignore[arg-type]
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
    rebuilt = Past(alone, histories(alone, end=end, unit=unit), end, unit)  # type: ignore[arg-type]
    found = {}
    for label, competitor in competitors.items():
        ready = as_competitor(competitor, seed)
        one, two = (_forecast(ready, past, parts.duration) for past in (known, rebuilt))
        if one is None or two is None:
            if one is not two:
                found[label] = f"fails only with, or only without, the orders after {end:%Y-%m-%d}"
            continue
        for what in ("expected_purchases", "expected_value", "prob_purchase", "intervals"):
            a, b = getattr(one, what), getattr(two, what)
            if (a is None) != (b is None) or (a is not None and not _same(a, b)):
                found[label] = f"{what} changes when the orders after {end:%Y-%m-%d} are taken away"
                break
    return found


def _forecast(competitor: Competitor, past: Past, horizon: float) -> Forecast | None:
    try:
        return competitor.fit(past).forecast(horizon)
    except Exception:  # whatever it is, it is the same with and without the later orders, or found above
        return None


def _same(one: Any, two: Any) -> bool:
    a, b = (pd.DataFrame(each).to_numpy(dtype=float) for each in (one, two.reindex(one.index)))
    return bool(np.array_equal(a, b, equal_nan=True))


def too_good(comparison: "Comparison") -> list[str]:
    """Labels whose error is less than half that of the best model of ours: they must have seen the holdout."""
    errors = comparison.table["mae"].dropna()
    modelled = [label for label in errors.index if hasattr(comparison.forecasts[label].fit, "draws")]
    if not modelled or not comparison.actual["purchases"]:
        return []
    best = float(errors[modelled].min())
    return [label for label in errors.index if label not in modelled and errors[label] < TOO_GOOD * best]
