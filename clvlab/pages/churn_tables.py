"""Tables of the churn page: which columns, how written, and what drives each customer's chance, as notes."""

from typing import cast

import numpy as np
import pandas as pd

from clvlab.churn.proportional import GLOBAL
from clvlab.churn.study import Study
from clvlab.churn.warning import Warnings
from clvlab.notes import Note, Span

CERTAIN = 0.05
FEWEST_ACTIVE = 50  # customers, for a month to be drawn
WAYS = ("churn", "value_churn", "lifecycle_churn")
WARNED = {"customer_id": "text", "group": "group", "chance": "percent", "value": "money", "value_at_risk": "money",
          "driver": "text", "contact": "answer"}  # fmt: skip
RATES = {"period": "month", "active": "number0", "joined": "number0", "lost": "number0",
         **dict.fromkeys(WAYS, "percent1")}  # fmt: skip
BY_TENURE = {"tenure": "number0", "active": "number0", "lost": "number0", "churn": "percent1", "retention": "percent1"}
GROUPS = {"median": "number1", "restricted": "number1"}
RATIOS = {"hazard_ratio": "number3", "low": "number3", "high": "number3", "p_value": "p_value"}
PROPORTIONAL = {"covariate": "tested", "statistic": "number2", "df": "number0", "p_value": "p_value"}
SCORES = {"competitor": "competitor", "concordance": "number3", "concordance_ipcw": "number3", "auc": "number3",
          "integrated_brier": "number3", "skill": "percent1"}  # fmt: skip
GAPS = {"gap": "gap", "spells": "number0", "left": "number0", "share_left": "percent1", "won_back": "percent1",
        "median_duration": "number1"}  # fmt: skip
MOST_WARNED, MOST_MONTHS, MOST_COHORT_AGES, MOST_CALIBRATED = 20, 12, 9, 2


def warned(study: Study, found: Warnings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The customers a reader should see first, with what drives their chance; and all of them, for a file."""
    table = found.table.rename_axis("customer_id")
    if found.table["value"].isna().all():
        table = table.drop(columns=["value", "value_at_risk"])
    if not np.isfinite(found.threshold):
        table = table.drop(columns="contact")
    shown = table[table["group"] != "left"] if "group" in table else table
    first = shown.head(MOST_WARNED).rename(columns={"low": "chance_low", "high": "chance_high"})
    first["driver"] = pd.Series(drivers(study, len(first)), index=first.index, dtype=object)
    if "contact" in first:
        first["contact"] = first["contact"].astype(str).str.lower()
    return first, with_drivers(table, study)


def counted(rates: pd.DataFrame) -> pd.Series:
    """Which periods have a rate that means something: from orders, none from before anybody could count as gone."""
    early = rates.attrs.get("rule_from")
    kept = pd.Series(True, index=rates.index)
    return kept if early is None else kept & (pd.PeriodIndex(rates.index).start_time >= early)


def cohorts(table: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Note]]:
    """Cohorts as text, and a head for each of the first ages."""
    shown = table.iloc[:, :MOST_COHORT_AGES]
    heads = {str(age): Note("churn_report.cohorts.quarter", n=int(str(age))) for age in shown.columns}
    named = shown.set_axis(list(heads), axis=1)
    return named.set_axis(pd.Index(named.index.astype(str), name="cohort")), heads


def groups(table: pd.DataFrame) -> pd.DataFrame:
    """Medians and restricted means, whose interval is named for them."""
    ends = {"low": "restricted_low", "high": "restricted_high"}
    return table.rename(columns=ends).rename_axis("group")


def gaps(table: pd.DataFrame) -> pd.DataFrame:
    """Thresholds of inactivity: numbers in units, or each customer's own rhythm."""
    named = [gap if isinstance(gap, str) else round(float(str(gap)), 1) for gap in table["gap"]]
    return table.assign(gap=pd.Series(named, index=table.index, dtype=object))


def changes(test: pd.DataFrame) -> Note:
    """Which hazard ratios change with tenure: none unless all together do, lest one of many is found by chance."""
    certain = test["p_value"] < CERTAIN
    found = [str(name) for name in test.index[certain] if name != GLOBAL]
    if not certain.iloc[-1] or not found:
        return Note("churn_report.proportional.steady")
    return Note("churn_report.proportional.change", covariates=found)


def drivers(study: Study, most: int) -> list[tuple[Note, ...]]:
    """What drives the chance of each of the first customers on the warning list."""
    found = study.warnings
    if found is None:
        return []
    if "silent" in found.table:
        silences = found.table[["silent", "usual"]].head(most).itertuples(index=False)
        return [_silence(float(silent), float(usual), study.spells.unit) for silent, usual in silences]
    told: dict[object, list[Note]] = {}
    shown = set(found.table.index[:most])
    for row in found.drivers[found.drivers["customer_id"].isin(shown)].itertuples():
        value = row.value if isinstance(row.value, str | bool) else float(cast("float", row.value))
        told.setdefault(row.customer_id, []).append(
            Note("churn_report.drivers.covariate", covariate=row.covariate, value=value, times=row.times)
        )
    return [tuple(told.get(customer, ())) for customer in found.table.index[:most]]


def _silence(silent: float, usual: float, unit: str) -> tuple[Note, ...]:
    """What inactivity says of a customer; nothing where they are inactive for no longer than usual."""
    if np.isnan(usual):
        return (Note("churn_report.drivers.bought_once", silent=Span(round(silent), unit)),)
    if silent <= usual:
        return ()
    return (Note("churn_report.drivers.silent", silent=silent, usual=usual, unit=unit),)


def with_drivers(table: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The table of warnings with each one's strongest drivers in columns, for a file."""
    found = study.warnings
    if found is None or found.drivers.empty:
        return table
    for rank, own in found.drivers.groupby("rank"):
        columns = {"covariate": f"driver_{rank}", "value": f"driver_{rank}_value", "times": f"driver_{rank}_times"}
        named = own.set_index("customer_id")[list(columns)].rename(columns=columns)
        table = table.join(named.astype({f"driver_{rank}_value": "str"}))
    return table
