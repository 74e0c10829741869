"""Early warning: who is about to leave, what they are worth, why, and whom to contact."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clvlab import words
from clvlab.churn.spells import Spells
from clvlab.errors import InputError
from clvlab.models.transactions import TransactionFit

DRIVERS = 2
LEAST_DRIVER = 0.1  # of log hazard: a tenth more or less than the average customer


@dataclass(frozen=True, eq=False)
class Warnings:
    """Current customers by what their leaving would cost.

    Attributes
    ----------
    table : DataFrame, one row a current customer, most value at risk first
        chance (of leaving within the horizon) with low and high (90 %); value (residual, money; NaN where unknown),
        value_at_risk (chance x value); drivers (in words); contact (bool).
    threshold : float
        Least value at risk worth a contact: cost / save_rate; NaN without a cost.
    horizon : float
    unknown : int
        Current customers whose tenure and horizon reach beyond what was ever watched: no chance can be given.
    """

    table: pd.DataFrame
    threshold: float
    horizon: float
    unknown: int

    @property
    def expected(self) -> float:
        """How many are expected to leave within the horizon."""
        return float(self.table["chance"].sum())

    @property
    def value_at_risk(self) -> float:
        """Expected loss within the horizon (money)."""
        return float(self.table["value_at_risk"].sum(min_count=1))


def early_warning(
    fit: Any,
    customers: Any,
    horizon: float,
    *,
    value: pd.Series | float | None = None,
    cost: float | None = None,
    save_rate: float = 0.1,
) -> Warnings:
    """Each current customer's chance of leaving within the horizon.

    Parameters
    ----------
    fit : CoxFit, SurvivalFit or TransactionFit
        Of subscriptions: a Cox regression, or an AFT model. Of orders: a model that lets customers leave; the chance is
        then that of being alive now and dropping out within the horizon, and those probably gone already stand apart,
        in ``gone``.
    customers : Spells or DataFrame
        Spells (current are those that have not ended), or histories with a transaction model.
    horizon : float
        In the unit of tenure, or of the histories.
    value : Series or number, optional
        Each one's residual value if they stay (money), indexed like the customers. From ``customer_value``: clv over
        P(alive).
    cost : float, optional
        Of contacting one customer (money).
    save_rate : float
        Share of those about to leave whom a contact keeps. A contact is worth its cost where chance x value x save_rate
        exceeds it.

    Examples
    --------
    >>> from clvlab.models import MBGNBD
    >>> known = MBGNBD().at(r=0.525, alpha=6.183, a=0.891, b=1.614, unit="week")
    >>> ann = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]}, index=["Ann"])
    >>> early_warning(known, ann, 13.0, value=100.0).table["value_at_risk"].round(1).to_dict()
    {'Ann': 7.3}
    """
    if cost is not None and not (cost > 0 and 0 < save_rate <= 1):
        raise InputError(f"cost must be above 0 and save_rate between 0 and 1; found {cost!r} and {save_rate!r}.")
    if isinstance(fit, TransactionFit):
        table = _of_orders(fit, customers, horizon)
    else:
        if not isinstance(customers, Spells):
            raise InputError("With a regression of tenure come spells: pass what spells() made.")
        table = _of_spells(fit, customers, horizon)
    worth = pd.Series(np.nan, index=table.index)
    if value is not None:
        worth = pd.Series(value, index=table.index, dtype=float) if np.isscalar(value) else _aligned(value, table)
    table.insert(3, "value", worth)
    table.insert(4, "value_at_risk", table["chance"] * worth)
    threshold = float("nan") if cost is None else cost / save_rate
    table["contact"] = table["value_at_risk"] > threshold
    unknown = int(table["chance"].isna().sum())
    by = "value_at_risk" if worth.notna().any() else "chance"
    return Warnings(table.sort_values(by, ascending=False, kind="stable"), threshold, horizon, unknown)


def _aligned(value: Any, table: pd.DataFrame) -> pd.Series:
    found = pd.Series(value)
    if not found.index.is_unique:
        raise InputError("value= names some customers twice; give each one value.")
    return found.reindex(table.index).astype(float)


def _of_spells(fit: Any, spells: Spells, horizon: float) -> pd.DataFrame:
    current = _current(spells.table)
    if current.empty:
        raise InputError("Nobody is still here: every spell has ended, so there is nobody to warn of.")
    found = fit.conditional(current, horizon)
    found.columns = pd.Index(["chance", "low", "high"])
    found["drivers"] = _reasons(fit.drivers(current), current) if hasattr(fit, "drivers") else ""
    return found


def _current(table: pd.DataFrame) -> pd.DataFrame:
    """Those still here, by their last row: a row that another of the same customer goes on from is the past."""
    late = table["entry"] > 0
    goes_on = pd.MultiIndex.from_arrays([table.index, table["duration"]]).isin(
        pd.MultiIndex.from_arrays([table.index[late], table["entry"][late]])
    )
    return table[~table["event"].to_numpy() & ~goes_on]


def _reasons(parts: pd.DataFrame, table: pd.DataFrame) -> list[str]:
    """The covariates that raise each one's hazard most, in words."""
    names, values = parts.columns.to_numpy(), parts.to_numpy()
    order = np.argsort(-values, axis=1)[:, :DRIVERS]
    shown = table[list(names)].astype(object).to_numpy()
    said = []
    for row in range(len(values)):
        own = [
            words.say(
                "churn.driver", covariate=names[j], value=_written(shown[row, j]), times=float(np.exp(values[row, j]))
            )
            for j in order[row]
            if values[row, j] > LEAST_DRIVER
        ]
        said.append(words.say("numbers.comma").join(own))
    return said


def _written(value: Any) -> str:
    return words.number(value) if isinstance(value, int | float | np.number) else str(value)


def _of_orders(fit: TransactionFit, histories: pd.DataFrame, horizon: float) -> pd.DataFrame:
    if fit.name == "NBD":
        raise InputError("The NBD lets nobody leave. Use MBGNBD or ParetoNBD.")
    found = fit.prob_dropout(histories, horizon)
    found.columns = pd.Index(["chance", "low", "high"])
    gone = 1.0 - fit.prob_alive(histories)["prob_alive"]
    x, recency, age = (histories[name].to_numpy(dtype=float) for name in ("frequency", "recency", "T"))
    silent = age - recency
    unit = words.say(f"units_of_time.{histories.attrs.get('unit') or fit.unit or 'week'}")
    usual = np.divide(recency, x, out=np.full(len(x), np.nan), where=x > 0)
    found["drivers"] = [
        words.say("churn.silent_once", silent=s, unit=unit)
        if not n
        else words.say("churn.silent", silent=s, usual=u, unit=unit)
        for s, n, u in zip(silent, x, usual, strict=True)
    ]
    found["gone"] = gone
    return found
