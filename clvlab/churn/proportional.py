"""Whether coefficients of a Cox regression change with tenure: the score test of Grambsch & Therneau (1994).

A coefficient that changes is beta + theta g(tenure). At theta = 0 the partial likelihood's derivatives in theta are the
Schoenfeld residuals times g, and its information in (beta, theta) is made of the covariances of those at risk: no
covariance is taken to be the same at all tenures. So does R's cox.zph since survival 3.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from clvlab.churn.curves import risk_table
from clvlab.churn.partial_likelihood import in_strata, of_change
from clvlab.errors import FitError, InputError
from clvlab.inference.information import inverse

Float = NDArray[np.float64]
Transform = Literal["km", "rank", "identity", "log"]
GLOBAL = "GLOBAL"


def score_test(
    table: pd.DataFrame,
    columns: Float,
    coefficients: Float,
    stratum: NDArray[np.int64],
    *,
    places: Mapping[str, Sequence[int]],
    transform: Transform,
) -> pd.DataFrame:
    """The score test of theta = 0, of some coefficients at a time and of all together.

    Parameters
    ----------
    table : DataFrame, one row per spell
        entry, duration, event.
    columns : array, shape (rows, coefficients)
    coefficients : array, shape (coefficients,)
        At the maximum of the partial likelihood.
    places : mapping of name to places of coefficients
        What is tested together, the others' theta being 0.

    Returns
    -------
    DataFrame, indexed by name, the last one GLOBAL
        statistic, df, p_value; NaN where the information is singular.
    """
    entry, duration, event = (table[name].to_numpy() for name in ("entry", "duration", "event"))
    g = changing(table, transform)
    g = g - g[event].mean()
    spread = float(np.sqrt(np.mean(g[event] ** 2)))
    scale = columns.std(axis=0)
    scaled = (columns - columns.mean(axis=0)) / scale
    strata = in_strata(scaled, entry, duration, event, stratum)
    # Neither the scale of g nor that of a column changes a statistic; of size 1 they lose no digits.
    score, (of_beta, mixed, of_theta) = of_change(strata, coefficients * scale, g / spread if spread else g)
    together = {**places, GLOBAL: range(len(coefficients))}
    try:
        # What is left of theta's information when beta is not known.
        left = of_theta - mixed @ inverse(of_beta) @ mixed
    except FitError:
        left = np.zeros_like(of_theta)
    statistic = np.array([_statistic(score, left, of_theta, list(own)) for own in together.values()])
    df = np.array([len(own) for own in together.values()])
    found = {"statistic": statistic, "df": df, "p_value": stats.chi2.sf(statistic, df)}
    return pd.DataFrame(found, index=pd.Index(list(together), name="covariate"))


def changing(table: pd.DataFrame, transform: Transform) -> Float:
    """Transformed tenure at the end of each spell.

    Raises
    ------
    InputError
        No such transform; the logarithm of a tenure of 0.
    """
    duration, event = table["duration"].to_numpy(dtype=float), table["event"].to_numpy()
    match transform:
        case "identity":
            return duration
        case "rank":
            return np.asarray(stats.rankdata(duration))
        case "log":
            if (duration[event] == 0).any():
                raise InputError(
                    f"transform='log' needs tenures above 0; found {int((duration[event] == 0).sum()):,} customers who "
                    "left at 0. Take transform='km'."
                )
            return np.log(np.where(event, duration, 1.0))
        case "km":
            steps = risk_table(table)
            lost = np.cumprod(1.0 - steps["events"].to_numpy() / steps["at_risk"].to_numpy())
            before = np.searchsorted(steps["time"].to_numpy(), duration, side="left")
            return 1.0 - np.append(1.0, lost)[before]
    raise InputError(f"transform is one of {', '.join(get_args(Transform))}; found {transform!r}.")


def _statistic(score: Float, left: Float, whole: Float, own: list[int]) -> float:
    block = left[np.ix_(own, own)]
    # Where nothing but beta could have moved it, what is left of theta's information is rounding.
    if not (np.diag(block) > 1e-9 * np.diag(whole)[own]).all():
        return float("nan")
    try:
        return float(score[own] @ inverse(block) @ score[own])
    except FitError:
        return float("nan")
