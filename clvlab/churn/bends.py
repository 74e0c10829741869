"""Coefficients of a Cox regression as they change over tenure: running means of scaled Schoenfeld residuals."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.churn.cox import CoxFit

Float = NDArray[np.float64]
WINDOWS, Z = 30, 1.645


def bent_most(fit: CoxFit) -> pd.DataFrame:
    """The coefficients that change most over tenure.

    Returns
    -------
    DataFrame, one row per covariate and window of tenure
        covariate, coefficient (the fit's), tenure (median of the window), mean (of scaled residuals plus coefficient)
        with low and high, its 90 % interval. Windows hold a fifth of the events and overlap.
    """
    time, residuals = fit.schoenfeld()
    parts = []
    for column in fit.most_bent():
        own = running(np.asarray(time), np.asarray(residuals)[:, column])
        name, coefficient = str(fit.table.index[column]), float(np.asarray(fit.coefficients)[column])
        parts.append(own.assign(covariate=name, coefficient=coefficient))
    return pd.concat(parts, ignore_index=True)


def running(time: Float, values: Float) -> pd.DataFrame:
    """Means in overlapping windows of a fifth of the events, by tenure: tenure, mean, low, high."""
    order = np.argsort(time, kind="stable")
    time, values = time[order], values[order]
    width = max(len(time) // 5, 5)
    starts = np.unique(np.linspace(0, max(len(time) - width, 0), WINDOWS).astype(int))
    windows = [slice(start, start + width) for start in starts]
    mean = np.array([values[each].mean() for each in windows])
    error = np.array([values[each].std() / np.sqrt(len(values[each])) for each in windows])
    middle = [float(np.median(time[each])) for each in windows]
    return pd.DataFrame({"tenure": middle, "mean": mean, "low": mean - Z * error, "high": mean + Z * error})
