"""Discounted expected residual transactions: future purchases, discounted."""

import math

import numpy as np
import pandas as pd

from clvlab.arguments import instance, number
from clvlab.inference.factored import Groups
from clvlab.models.credible import over_draws
from clvlab.models.outlook import thinned
from clvlab.models.transactions import TransactionFit, check_horizon
from clvlab.models.units import needed_unit
from clvlab.value.discounting import discount_rate_per_unit

NAME = "residual_transactions"
DRAWS = 500


def residual_transactions(
    fit: TransactionFit,
    histories: pd.DataFrame,
    *,
    discount_rate: float = 0.10,
    horizon: float = math.inf,
    unit: str | None = None,
) -> pd.DataFrame:
    """Discounted expected residual transactions (DERT) of each customer.

    Parameters
    ----------
    fit : TransactionFit
        Any transaction model.
    histories : DataFrame, one row per customer
    discount_rate : float
        A year; above 0 where the horizon is infinite.
    horizon : float
        In the histories' unit; infinite unless given.
    unit : str, optional
        Unit of time of histories that have lost their own.

    Returns
    -------
    DataFrame, indexed like ``histories``
        ``residual_transactions`` with ``_low`` and ``_high``, the 90 % credible interval (NaN without draws). Times
        the margin of a purchase it is the customer's residual value.

    Raises
    ------
    InputError
        No unit of time; no discount over an infinite horizon.

    Examples
    --------
    >>> import pandas as pd
    >>> from clvlab.models import ParetoNBD
    >>> known = ParetoNBD().at(r=0.5534, alpha=10.5802, s=0.6061, beta=11.6562, unit="week")
    >>> ann = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]}, index=["Ann"])
    >>> residual_transactions(known, ann, discount_rate=0.15, unit="week")["residual_transactions"].round(2).to_dict()
    {'Ann': 6.51}
    """
    instance(fit, TransactionFit, "fit", "clv.BGNBD().fit(histories) makes one, as the other transaction models do")
    instance(histories, pd.DataFrame, "histories", "clv.histories(orders) makes them")
    if horizon == math.inf:
        number(discount_rate, "discount_rate", above=0, most=1, example="0.10, as an infinite horizon needs a discount")
    else:
        horizon = check_horizon(horizon)
        number(discount_rate, "discount_rate", above=-1, most=1, example="0.10, which is ten percent a year")
    fit, known = fit.in_unit_of(histories, unit), needed_unit(histories, unit, "Discounting")
    delta = discount_rate_per_unit(discount_rate, known)
    groups = Groups(fit.columns(histories))
    mean, low, high = (np.full(len(groups), np.nan) for _ in range(3))
    if fit.draws is not None:
        told = over_draws(
            fit, groups, thinned(fit.posterior, DRAWS), lambda one: {NAME: one.discounted(horizon, delta)}, (NAME,)
        )
        mean, low, high = told[NAME]
    if fit.point is not None:
        for rows, (at_point,) in fit.given(groups, fit.point):
            mean[rows] = at_point.discounted(horizon, delta).mean(axis=0)
    columns = {NAME: mean, f"{NAME}_low": low, f"{NAME}_high": high}
    return pd.DataFrame({name: values[groups.inverse] for name, values in columns.items()}, index=histories.index)
