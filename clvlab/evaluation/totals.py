"""What a competitor says of all customers together."""

from clvlab.evaluation.result import Comparison


def total_interval(comparison: Comparison, key: str) -> tuple[float, float] | None:
    """The 90 % prediction interval of the last holdout's purchases; None where the competitor gives none."""
    forecast = comparison.forecasts.get(key)
    if forecast is None or forecast.by_period is None or "cumulative_low" not in forecast.by_period:
        return None
    last = forecast.by_period.iloc[-1]
    return float(last["cumulative_low"]), float(last["cumulative_high"])
