"""Purchases of all customers together over time, forecast against actual."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from clvlab.data.order_book import Orders
from clvlab.data.split import Split
from clvlab.data.units import days_in
from clvlab.evaluation.competitors.forecast import Forecast


def tracking(forecasts: Mapping[str, Forecast], orders: Orders, parts: Split) -> pd.DataFrame:
    """Repeat purchases by period, counted from the calibration end; customers of the calibration only.

    A long table: ``series`` says whether a row is "actual" or a "forecast", ``competitor`` whose (empty for actual).
    """
    days = days_in(parts.unit)
    length = (parts.calibration_end - orders.first_date).days / days
    before = int(np.ceil(length))
    after = int(np.ceil(parts.duration - 1e-9))
    periods = np.arange(1 - before, after + 1)
    repeat = orders.purchases(parts.holdout_end)
    repeat = repeat[repeat["customer_id"].isin(parts.calibration.index)]
    repeat = repeat[repeat.duplicated("customer_id")]
    offset = (repeat["date"] - parts.calibration_end).dt.days / days
    counted = pd.Series(np.ceil(offset).astype(int)).value_counts().reindex(periods, fill_value=0)
    base = pd.DataFrame(
        {
            "period": periods,
            "date": parts.calibration_end + pd.to_timedelta((periods * days).round(), unit="D"),
            "phase": np.where(periods <= 0, "calibration", "holdout"),
        }
    )
    tables = [base.assign(series="actual", competitor="", expected=counted.to_numpy(dtype=float))]
    for key, forecast in forecasts.items():
        if forecast.by_period is None:
            continue
        table = base.assign(series="forecast", competitor=key, expected=np.nan).set_index("period")
        table.loc[forecast.by_period.index, forecast.by_period.columns] = forecast.by_period
        if forecast.in_calibration is not None:
            ends = np.arange(-before, 1).astype(float)
            table.loc[periods[periods <= 0], "expected"] = np.diff(forecast.in_calibration(ends))
        tables.append(table.reset_index())
    who, values = ["series", "competitor"], ["expected", "low", "high", "cumulative_low", "cumulative_high"]
    tracking = pd.concat(tables, ignore_index=True).reindex(columns=[*who, *base.columns, *values])
    known = counted[counted.index <= 0].sum()
    # A forecast sets out from what had happened by the calibration end.
    held = tracking["phase"] == "holdout"
    tracking["cumulative"] = tracking.groupby([*who, "phase"])["expected"].cumsum() + np.where(held, known, 0.0)
    tracking[["cumulative_low", "cumulative_high"]] += float(known)
    return tracking
