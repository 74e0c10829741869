"""How long each group of customers stays."""

import pandas as pd

from clvlab.churn.curves import groups_of, kaplan_meier, restricted_mean
from clvlab.churn.spell_table import Spells


def groups(spells: Spells, by: str) -> pd.DataFrame:
    """Median and restricted mean tenure by group.

    Parameters
    ----------
    by : str
        A covariate.

    Returns
    -------
    DataFrame, one row per group
        median (tenure by which half have left; NaN where fewer have), restricted (mean tenure within the first
        ``attrs["until"]``), with its low and high (90 %). ``attrs["until"]`` is the longest tenure at which every group
        was still watched; ``attrs["unit"]`` that of all of them.
    """
    until = float(spells.table.groupby(groups_of(spells, by))["duration"].max().min())
    means = restricted_mean(spells, until, by=by)
    found = kaplan_meier(spells, by=by).medians[["median"]].join(means[["mean", "low", "high"]])
    found = found.rename(columns={"mean": "restricted"})
    found.attrs = {"until": until, "unit": spells.unit}
    return found
