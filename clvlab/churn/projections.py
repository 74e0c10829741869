"""Retention beyond the observed tenure, by contractual models."""

import pandas as pd

from clvlab.churn.discrete import contract_table, in_whole_periods
from clvlab.churn.spell_table import Spells
from clvlab.models import BetaDiscreteWeibull, ShiftedBetaGeometric

FURTHER = 1.5  # times the longest tenure watched


def projections(spells: Spells, *, seed: int = 0) -> dict[str, pd.DataFrame] | None:
    """Curves of the retention models, to one and a half times the longest observed tenure.

    Returns
    -------
    dict or None
        The model's identifier (shifted_beta_geometric, beta_discrete_weibull) to a frame by period: survival and
        retention, each with _low and _high (90 % credible interval). None where such models do not apply: leaving
        inferred from orders, customers watched only from some tenure on, or nobody who left.
    """
    table = spells.table
    left = table["event"] & (table["duration"] > 0)
    if spells.from_orders or (table["entry"] > 0).any() or not left.any():
        return None
    counted = contract_table(in_whole_periods(spells))[["period", "lost"]]
    ahead = range(1, int(counted["period"].max() * FURTHER) + 1)
    models = {"shifted_beta_geometric": ShiftedBetaGeometric(), "beta_discrete_weibull": BetaDiscreteWeibull()}
    return {name: model.fit(counted, seed=seed).predict(ahead) for name, model in models.items()}
