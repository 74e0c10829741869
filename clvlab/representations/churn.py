"""Spells, curves, regressions and warnings."""

import pandas as pd

from clvlab.churn.cox import CoxFit
from clvlab.churn.curves import Curves
from clvlab.churn.spell_table import Spells
from clvlab.churn.study import Study
from clvlab.churn.warning import Warnings
from clvlab.representations.showing import Showing, showing


@showing.register
def _(spells: Spells) -> Showing:
    return Showing(repr(spells)[1:-1], spells.table, spells.notes)


@showing.register
def _(curves: Curves) -> Showing:
    by = curves.table.groupby("group", sort=False)
    times = pd.Index([float(x) for x in curves.table["time"].quantile([0.25, 0.5, 0.75]).round()], name="time").unique()
    survival = curves.at(times).T.rename(columns=lambda time: f"at {time:g}")
    table = curves.medians.add_prefix("median_").rename(columns={"median_median": "median"})
    table = table.join(survival).assign(left=by["events"].sum())
    table.index = table.index.map(lambda each: each or "all")
    title = f"Share still here by tenure in {curves.unit}s" + (f", by {curves.by}" if curves.by else "")
    told = [f"Groups differ by log-rank p = {curves.test['p_value']:.3g}."] if curves.test else []
    return Showing(title, table, told)


@showing.register
def _(fit: CoxFit) -> Showing:
    return Showing(repr(fit)[1:-1], fit.table[["hazard_ratio", "low", "high", "p_value"]])


@showing.register
def _(warnings: Warnings) -> Showing:
    here = warnings.here
    within = f" within {warnings.horizon:g} {warnings.unit}s" if warnings.unit else ""
    title = f"{len(here):,} current customers by chance of leaving{within} and value at risk"
    unknown = int(here["chance"].isna().sum())
    return Showing(title, here, [f"{unknown:,} of them have no chance: none like them was seen."] if unknown else [])


@showing.register
def _(study: Study) -> Showing:
    return showing(study.spells)
