"""Hazard by period, for contracts counted in months: complementary log-log regression."""

import warnings
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import stats

from clvlab.churn.checks import check_events, hold
from clvlab.churn.cox import check_separation
from clvlab.churn.curves import Z
from clvlab.churn.spell_table import Spells
from clvlab.errors import FitError, InputError
from clvlab.models.covariates import Encoding

MOST_PERIODS = 400
STEPS = 100
FARTHEST = 30.0  # of a level or a coefficient


def discrete_hazard(spells: Spells, *, covariates: Sequence[str] = ()) -> pd.DataFrame:
    """Chance of leaving in each period, and hazard ratios of covariates, where tenure is counted in whole periods.

    Periods in which nobody left, or everybody who was there, are left out.

    log(-log(1 - chance)) = level of the period + coefficients x covariates: a proportional-hazards model whose time was
    only counted. Customers alike in covariates are counted together before fitting (statsmodels, binomial).

    Returns
    -------
    DataFrame, one row per estimated value
        kind (period or covariate), estimate; for periods hazard (of the reference customer) with low and high; for
        covariates hazard_ratio with low and high (90 %) and p_value.

    Raises
    ------
    InputError
        Tenure is not counted in whole periods, nobody left, or a covariate tells exactly who leaves.
    FitError
        The estimate diverges, or covariates say the same.
    """
    import statsmodels.api as sm
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    check_events(spells, "A discrete hazard")
    table = spells.table
    hold(table, "tenure must be counted in whole periods", table["duration"] % 1 != 0, table["duration"])
    hold(table, "entry must be counted in whole periods", table["entry"] % 1 != 0, table["entry"])
    hold(table, "who left did so at the end of the first period or later", table["event"] & (table["duration"] < 1))
    if table["duration"].max() > MOST_PERIODS:
        raise InputError(
            f"Tenure reaches {table['duration'].max():g} periods; {MOST_PERIODS} at most. Count in longer ones."
        )
    encoding = Encoding.learn(table, list(covariates))
    acting = encoding.columns(table)
    columns = pd.DataFrame(acting, index=table.index)
    counted = _person_periods(table, columns)
    check_separation(acting, table["event"].to_numpy())
    sums = counted.groupby("period")[["lost", "at_risk"]].transform("sum")
    # Where nobody or everybody left the hazard is 0 or infinite whatever the covariates: such a period tells nothing.
    used = counted[(sums["lost"] > 0) & (sums["lost"] < sums["at_risk"])]
    if used.empty:
        raise InputError("In each period nobody left, or everybody did: no hazard can be estimated.")
    periods = pd.get_dummies(used["period"].astype(int), dtype=float)
    periods.columns = pd.Index([f"period {p}" for p in periods.columns])
    design = pd.concat([periods, used[list(columns)]], axis=1)
    family = sm.families.Binomial(link=sm.families.links.CLogLog())
    outcome = np.column_stack([used["lost"], used["at_risk"] - used["lost"]])
    if np.linalg.matrix_rank(design) < design.shape[1]:
        raise FitError("Some covariates repeat others exactly: leave one out.")
    # Without covariates every period is met exactly, by 0 degrees of freedom: no sign of separation, whatever they say.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        result = sm.GLM(outcome, design.to_numpy(), family=family).fit(maxiter=STEPS)
    estimate, error = result.params, result.bse
    if not ((error < FARTHEST) & (np.abs(estimate) < FARTHEST)).all():
        raise FitError(
            "The estimate diverges: some covariates predict exactly who leaves. Leave one out, merge rare levels, or "
            "subtract the mean of numbers far from 0."
        )
    low, high = estimate - Z * error, estimate + Z * error
    is_period = np.arange(len(estimate)) < periods.shape[1]
    found = pd.DataFrame(
        {"kind": np.where(is_period, "period", "covariate"), "estimate": estimate}, index=design.columns
    )
    for name, values in (("", estimate), ("low", low), ("high", high)):
        found[name or "value"] = np.where(is_period, -np.expm1(-np.exp(values)), np.exp(values))
    found["p_value"] = np.where(is_period, np.nan, 2.0 * stats.norm.sf(np.abs(estimate / error)))
    return found.rename_axis("term")


def _person_periods(table: pd.DataFrame, columns: pd.DataFrame) -> pd.DataFrame:
    """Customers at risk and lost by period and combination of covariates."""
    keys = list(columns)
    codes = pd.Series(0, index=range(len(table)))
    kinds = pd.DataFrame({"all": [0]})
    if keys:
        codes = columns.groupby(keys, sort=False).ngroup().reset_index(drop=True)
        kinds = columns.assign(code=codes.to_numpy()).drop_duplicates("code").set_index("code")[keys]
    most = int(table["duration"].max())
    size = int(codes.max()) + 1
    last, begin = table["duration"].to_numpy(dtype=int), table["entry"].to_numpy(dtype=int)
    grid = np.zeros((size, most + 2))
    np.add.at(grid, (codes.to_numpy(), np.minimum(begin + 1, most + 1)), 1.0)
    np.add.at(grid, (codes.to_numpy(), np.minimum(last + 1, most + 1)), -1.0)
    at_risk = grid.cumsum(axis=1)
    lost = np.zeros((size, most + 2))
    left = table["event"].to_numpy()
    np.add.at(lost, (codes.to_numpy()[left], last[left]), 1.0)
    which, period = np.nonzero(at_risk[:, 1 : most + 1] > 0)
    found = pd.DataFrame({"period": period + 1, "at_risk": at_risk[which, period + 1], "lost": lost[which, period + 1]})
    for name in keys:
        found[name] = kinds[name].to_numpy()[which]
    return found


def in_whole_periods(spells: Spells) -> Spells:
    """The same spells in whole periods: leaving counts at a period's end; current customers completed theirs.

    Late entry (left truncation) is moved to the end of the period it fell in.
    """
    table = spells.table
    counted = np.where(table["event"], np.ceil(table["duration"]).clip(lower=1.0), np.floor(table["duration"]))
    whole = table.assign(duration=counted, entry=np.minimum(np.ceil(table["entry"]), counted))
    return replace(spells, table=whole)


def contract_table(spells: Spells) -> pd.DataFrame:
    """Spells as the contractual models (``ShiftedBetaGeometric``, ``BetaDiscreteWeibull``) take them: period and lost.

    Who left at tenure t left at the end of the t-th period. Covariates are kept; spells that are truncated, or of no
    whole period, are refused.
    """
    table = spells.table
    hold(table, "tenure must be counted in whole periods", table["duration"] % 1 != 0, table["duration"])
    hold(table, "these models know customers from their first period on: no late entry", table["entry"] > 0)
    hold(table, "who left did so at the end of the first period or later", table["event"] & (table["duration"] < 1))
    found = table[spells.covariates].copy()
    found.insert(0, "period", table["duration"])
    found.insert(1, "lost", table["event"].astype(float))
    return found
