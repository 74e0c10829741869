"""Expected value of each customer at the point estimates, without intervals: fast if only the mean is needed."""

import numpy as np
import pandas as pd

from clvlab.inference.factored import Groups
from clvlab.models.outlook import thinned
from clvlab.models.spend import SpendFit
from clvlab.models.transactions import TransactionFit
from clvlab.models.units import needed_unit
from clvlab.value.discounting import discount_rate_per_unit

DRAWS = 200  # of a posterior without a point of its own


def expected_value(
    fit: TransactionFit,
    spend: SpendFit,
    histories: pd.DataFrame,
    *,
    horizon: float,
    discount_rate: float = 0.10,
    margin: float = 1.0,
) -> pd.DataFrame:
    """Expected discounted value of each customer's coming purchases.

    Parameters
    ----------
    fit : TransactionFit
    spend : SpendFit
    histories : DataFrame, one row per customer
    horizon : float
        In the histories' unit.
    discount_rate : float
        A year.
    margin : float
        Share of spend that is earned.

    Returns
    -------
    DataFrame, indexed like ``histories``
        clv, prob_alive, expected_purchases and expected_spend, as ``customer_value`` has them.

    Examples
    --------
    >>> from clvlab.models import BGNBD, GammaGamma
    >>> often = BGNBD().at(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    >>> much = GammaGamma().at(p=6.2488, q=3.74459, v=15.44775)
    >>> ann = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86], "monetary_value": [22.345]})
    >>> ann.attrs["unit"] = "week"
    >>> expected_value(often, much, ann, horizon=39, discount_rate=0.0)["clv"].round(2).tolist()
    [30.23]
    """
    fit = fit.in_unit_of(histories)
    delta = discount_rate_per_unit(discount_rate, needed_unit(histories, None, "Discounting"))
    groups = Groups(fit.columns(histories))
    often = thinned(fit.posterior, DRAWS) if fit.point is None else fit.point
    much = thinned(spend.posterior, DRAWS) if spend.point is None else spend.point
    discounted, purchases, alive = np.zeros((3, len(groups)))
    for rows, (outlook,) in fit.given(groups, often):
        told = outlook.expectations(horizon)
        discounted[rows] = outlook.discounted(horizon, delta).mean(axis=0)
        purchases[rows], alive[rows] = told["expected_purchases"].mean(axis=0), told["prob_alive"].mean(axis=0)
    each, by = spend.expected_spend(spend.columns(histories), much).mean(axis=0), groups.inverse
    return pd.DataFrame(
        {"clv": margin * each * discounted[by], "prob_alive": alive[by], "expected_purchases": purchases[by],
         "expected_spend": each},
        index=histories.index,
    )  # fmt: skip
