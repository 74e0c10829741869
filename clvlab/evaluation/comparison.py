"""Competitors side by side on one split: the same past, the same holdout, the same scores."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.data.order_book import Orders
from clvlab.data.split import Split, split
from clvlab.data.units import days_in
from clvlab.errors import FitError, InputError
from clvlab.evaluation import scores
from clvlab.evaluation.competitors import Competitor, Forecast, ModelCompetitor, Past
from clvlab.evaluation.verdict import Verdict, judge
from clvlab.models.model import Model
from clvlab.models.spend import SpendFit

Float = NDArray[np.float64]
TOP_FREQUENCY = 7


@dataclass(frozen=True, eq=False)
class Comparison:
    """What ``clv.compare`` found.

    Attributes
    ----------
    table : DataFrame, indexed by label
        Of purchases: total, total_error (relative), bias, mae, rmse; coverage (share of customers within their 90 %
        predictive interval), pit_share (share of randomised PIT values in the central 90 %), log_score (mean log
        probability of what happened). Of value: value_total, value_total_error, value_bias, value_mae, value_rmse.
        Then seconds (fitting and forecasting) and failed (why, or empty). Best mae first.
    actual : dict
        purchases, value, customers, buyers in the holdout.
    differences : DataFrame, indexed by label
        mae less the best one's, a customer, with a 90 % bootstrap interval paired over customers: difference, low,
        high.
    verdict : Verdict
        Who won, against whom, and by how much.
    tracking : DataFrame
        Repeat purchases of the base by period: label, period (0 ends at the calibration end), date, phase, expected,
        low, high, cumulative, cumulative_low, cumulative_high; label "actual" is what happened.
    by_frequency : DataFrame
        Holdout means by calibration frequency: label, frequency, customers, actual, expected.
    forecasts : dict
        Label to ``Forecast``.
    split : Split
    spend : SpendFit or None
    spend_failed : str
        Why the spend model could not be fitted; then models forecast no value.
    """

    table: pd.DataFrame
    actual: dict[str, float]
    differences: pd.DataFrame
    verdict: Verdict
    tracking: pd.DataFrame
    by_frequency: pd.DataFrame
    forecasts: dict[str, Forecast]
    split: Split
    spend: SpendFit | None
    spend_failed: str = ""


def compare(
    competitors: Mapping[str, Model | Competitor],
    orders: Orders,
    *,
    spend: Model | None = None,
    calibration_end: Any = None,
    holdout_end: Any = None,
    unit: str = "week",
    acquired_from: Any = None,
    acquired_until: Any = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Comparison:
    """Fit every competitor to the past and score its forecast of the holdout.

    Parameters
    ----------
    competitors : mapping of label to Model or competitor
        A competitor has ``fit(past)``, whose result has ``forecast(horizon)`` (see ``evaluation.competitors``).
    orders : Orders
    spend : Model, optional
        Fitted to the same past; turns forecasts of purchases into forecasts of value.
    calibration_end, holdout_end, unit, acquired_from, acquired_until :
        As for ``clv.split``.
    seed : int
    progress : callable, optional
        Called with each label before it is fitted.

    Returns
    -------
    Comparison
        A competitor that fails stands in the table with its reason; the others go on.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> from clvlab.evaluation import baselines
    >>> from clvlab.models import BGNBD
    >>> found = compare({"BG/NBD": BGNBD(), "customer mean": baselines.CustomerMean()}, datasets.cdnow(),
    ...                 calibration_end="1997-09-30", holdout_end="1998-06-30")
    >>> found.table.loc["BG/NBD", ["total", "mae"]].round(4).tolist()
    [1653.4087, 0.7855]
    """
    if not competitors:
        raise InputError("Nothing to compare: competitors maps at least one label to a model.")
    parts = split(
        orders,
        calibration_end=calibration_end,
        holdout_end=holdout_end,
        unit=unit,  # type: ignore[arg-type]
        acquired_from=acquired_from,
        acquired_until=acquired_until,
    )
    past = Past(orders.until(parts.calibration_end), parts.calibration, parts.calibration_end, unit)
    money, spend_failed = _spend(spend, orders, parts, seed)
    forecasts: dict[str, Forecast] = {}
    rows: dict[str, dict[str, Any]] = {}
    for label, competitor in competitors.items():
        if progress is not None:
            progress(label)
        began = time.perf_counter()
        try:
            ready = ModelCompetitor(competitor, seed) if isinstance(competitor, Model) else competitor
            forecast = ready.fit(past).forecast(parts.duration)
            forecasts[label] = forecast
            rows[label] = _scored(forecast, money, parts, seed) | {"failed": ""}
        except Exception as error:  # whatever it is: one competitor's failure is a row of the table
            forecasts.pop(label, None)
            rows[label] = {"failed": f"{type(error).__name__}: {error}"}
        rows[label]["seconds"] = time.perf_counter() - began
    table = pd.DataFrame.from_dict(rows, orient="index").reindex(columns=list(COLUMNS))
    table.index.name = "label"
    table = table.sort_values("mae", na_position="last", kind="stable")
    held = parts.holdout["frequency_holdout"]
    losses = {label: (forecasts[label].expected_purchases - held).abs().to_numpy() for label in table.index
              if label in forecasts}  # fmt: skip
    differences = _differences(losses, seed)
    baseline = [label for label in losses if not isinstance(competitors[label], Model)
                and forecasts[label].fit is None]  # fmt: skip
    return Comparison(
        table,
        {
            "purchases": float(held.sum()),
            "value": float(parts.holdout["value_holdout"].sum(min_count=1)),
            "customers": float(len(held)),
            "buyers": float((held > 0).sum()),
        },
        differences,
        judge(table, losses, baseline, seed=seed),
        _tracking(forecasts, orders, parts),
        _by_frequency(forecasts, parts),
        forecasts,
        parts,
        money,
        spend_failed,
    )


def _spend(spend: Model | None, orders: Orders, parts: Split, seed: int) -> tuple[SpendFit | None, str]:
    """The spend model's fit, or why there is none: purchases are compared all the same."""
    if spend is None or not orders.has_amounts:
        return None, ""
    try:
        return spend.fit(parts.calibration, seed=seed), ""
    except (InputError, FitError) as error:
        return None, str(error)


COLUMNS = (
    "total", "total_error", "bias", "mae", "rmse", "coverage", "pit_share", "log_score",
    "value_total", "value_total_error", "value_bias", "value_mae", "value_rmse", "seconds", "failed",
)  # fmt: skip


def _scored(forecast: Forecast, spend: SpendFit | None, parts: Split, seed: int) -> dict[str, float]:
    held = parts.holdout["frequency_holdout"]
    actual = held.to_numpy(dtype=float)
    expected = forecast.expected_purchases.reindex(held.index).to_numpy(dtype=float)
    if not np.isfinite(expected).all():
        raise FitError(f"{(~np.isfinite(expected)).sum()} customers got no forecast (NaN or infinite).")
    row = scores.point_scores(expected, actual)
    if forecast.intervals is not None:
        low, high = (forecast.intervals[name].to_numpy() for name in ("purchases_low", "purchases_high"))
        row["coverage"] = scores.coverage(low, high, actual)
    if forecast.probabilities is not None:
        below, at = forecast.probabilities(held)
        row["pit_share"] = scores.share_within(scores.randomised_pit(below, at, seed=seed))
        with np.errstate(divide="ignore"):
            row["log_score"] = float(np.log(at).mean())
    value = forecast.expected_value
    if value is None and spend is not None:
        value = forecast.expected_purchases * spend.predict(parts.calibration)["expected_spend"]
    if value is not None and parts.holdout["value_holdout"].notna().any():
        of_value = scores.point_scores(value.to_numpy(dtype=float), parts.holdout["value_holdout"].to_numpy())
        row |= {f"value_{name}": score for name, score in of_value.items()}
    return row


def _differences(losses: dict[str, Float], seed: int) -> pd.DataFrame:
    columns = ["difference", "low", "high"]
    if not losses:
        return pd.DataFrame(columns=columns)
    best = next(iter(losses.values()))
    rows = {label: scores.paired_difference(loss, best, seed=seed) for label, loss in losses.items()}
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def _tracking(forecasts: dict[str, Forecast], orders: Orders, parts: Split) -> pd.DataFrame:
    """Repeat purchases by period, counted from the calibration end; customers of the calibration only."""
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
    tables = [base.assign(label="actual", expected=counted.to_numpy(dtype=float))]
    for label, forecast in forecasts.items():
        if forecast.by_period is None:
            continue
        table = base.assign(label=label, expected=np.nan).set_index("period")
        table.loc[forecast.by_period.index, forecast.by_period.columns] = forecast.by_period
        if forecast.in_calibration is not None:
            ends = np.arange(-before, 1).astype(float)
            table.loc[periods[periods <= 0], "expected"] = np.diff(forecast.in_calibration(ends))
        tables.append(table.reset_index())
    tracking = pd.concat(tables, ignore_index=True).reindex(columns=[*base.columns, "label", "expected", "low", "high",
                                                                     "cumulative_low", "cumulative_high"])  # fmt: skip
    known = counted[counted.index <= 0].sum()
    # A forecast sets out from what had happened by the calibration end.
    held = tracking["phase"] == "holdout"
    tracking["cumulative"] = tracking.groupby(["label", "phase"])["expected"].cumsum() + np.where(held, known, 0.0)
    tracking[["cumulative_low", "cumulative_high"]] += float(known)
    return tracking


def _by_frequency(forecasts: dict[str, Forecast], parts: Split) -> pd.DataFrame:
    frequency = parts.calibration["frequency"].clip(upper=TOP_FREQUENCY).astype(int)
    held = parts.holdout["frequency_holdout"]
    grouped = held.groupby(frequency)
    tables = []
    for label, forecast in forecasts.items():
        expected = forecast.expected_purchases.groupby(frequency).mean()
        tables.append(
            pd.DataFrame(
                {"label": label, "customers": grouped.size(), "actual": grouped.mean(), "expected": expected}
            ).reset_index(names="frequency")
        )
    columns = ["label", "frequency", "customers", "actual", "expected"]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)
