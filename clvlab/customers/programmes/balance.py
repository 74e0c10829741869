"""How alike two groups were before, plainly and weighted, and how far their chances overlap."""

import numpy as np
import pandas as pd

from clvlab.customers.design import Design
from clvlab.customers.programmes.lives import Flags, Float

RARE = 0.05


def balance(known: Design, group: Flags, weight: Float) -> pd.DataFrame:
    """Standardised mean differences of each column.

    Returns
    -------
    DataFrame, index column
        difference_before, difference_after: means of the group less those of the others, plain and weighted, over the
        root of the mean of both plain variances (Austin 2009).
    """
    own, others = known.columns[group], known.columns[~group]
    spread = np.sqrt((own.var(axis=0, ddof=1) + others.var(axis=0, ddof=1)) / 2.0)
    spread = np.where(spread > 0, spread, np.nan)
    plain = (own.mean(axis=0) - others.mean(axis=0)) / spread
    sides = [np.average(known.columns[side], axis=0, weights=weight[side]) for side in (group, ~group)]
    table = {"difference_before": plain, "difference_after": (sides[0] - sides[1]) / spread}
    return pd.DataFrame(table, index=pd.Index(known.names, name="column"))


def overlap(group: Flags, chance: Float, weight: Float) -> dict[str, float]:
    """Where the chances to be in the group lie on either side; see ``Adjusted``."""
    ends = {}
    for name, side in (("group", group), ("others", ~group)):
        ends[f"{name}_low"], ends[f"{name}_high"] = (float(each) for each in np.quantile(chance[side], [0.05, 0.95]))
    outside = float(((chance < RARE) | (chance > 1.0 - RARE)).mean())
    effective = sum(float(weight[side].sum() ** 2 / (weight[side] ** 2).sum()) for side in (group, ~group))
    return {**ends, "outside": outside, "effective_n": effective}
