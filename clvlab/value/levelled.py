"""Totals of a model, corrected and widened by the errors of its earlier totals."""

import pandas as pd

from clvlab.value.level import TotalLevel


def levelled(totals: pd.DataFrame, level: TotalLevel) -> pd.DataFrame:
    """Rows of ``CustomerValue.by``, or its total as one row, at the level that earlier forecasts ask for.

    Parameters
    ----------
    totals : DataFrame
        ``clv``, its credible interval ``clv_low``, ``clv_high`` and the prediction interval ``value_low``,
        ``value_high``; other columns stay.
    level : TotalLevel
        All rows share it: each is multiplied by its factor, and widened by its doubt.

    Examples
    --------
    >>> from clvlab.value.level import LevelPrior, level_of
    >>> own = {"clv": [100.0], "clv_low": [90.0], "clv_high": [110.0], "value_low": [80.0], "value_high": [125.0]}
    >>> level = level_of([0.1, 0.1, 0.1], [0.0, 0.0, 0.0], LevelPrior(repeats=0.1, spread=0.05, freedom=4.0))
    >>> levelled(pd.DataFrame(own), level).round(1).iloc[0].tolist()
    [109.7, 98.2, 121.5, 86.8, 138.6]
    """
    found = totals.copy()
    found["clv"] = totals["clv"] * level.factor
    found["clv_low"], found["clv_high"] = level.credible(totals["clv"], totals["clv_low"], totals["clv_high"])
    found["value_low"], found["value_high"] = level.prediction(totals["clv"], totals["value_low"], totals["value_high"])
    return found
