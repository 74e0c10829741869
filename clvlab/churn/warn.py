"""Early warning in one call: from orders, or from subscriptions."""

from dataclasses import replace

import numpy as np
import pandas as pd

from clvlab.churn.backtest import Backtest, backtest
from clvlab.churn.calls import GROUPS, Calls, calls
from clvlab.churn.checks import worth_of
from clvlab.churn.cox import CoxFit
from clvlab.churn.silence import Gap
from clvlab.churn.spell_table import Spells
from clvlab.churn.warning import DRIVER_COLUMNS, Warnings, current_rows, early_warning, inactivity, ranked
from clvlab.data.days import DateLike
from clvlab.data.order_book import Orders
from clvlab.data.units import Unit
from clvlab.models import GammaGamma
from clvlab.models.units import needed_unit
from clvlab.value.discounting import discount_rate_per_unit
from clvlab.value.residual import residual_transactions

LEAST_RETURN = 1e-6
DISCOUNT_RATE = 0.10  # a year


def warnings_from_orders(
    orders: Orders,
    *,
    gap: Gap = "rhythm",
    unit: Unit = "month",
    as_of: DateLike | None = None,
    horizon: float = 3.0,
    value_units: float = 12.0,
    contact_cost: float | None = None,
    save_rate: float = 0.1,
    tested: Backtest | None = None,
    seed: int = 0,
) -> Warnings:
    """Early warning by MBG/NBD, corrected by its errors at earlier ends; by value where amounts are known.

    Parameters
    ----------
    gap
        When inactivity counts as having left, as ``spells_from_orders`` takes it.
    as_of : date, optional
        End of the records; the last order unless given.
    horizon : float
        How far ahead to warn, in units: leaving is buying nothing within it.
    value_units : float
        Over how many units of coming purchases a customer's value is counted: what they bring if they buy within the
        horizon, less what they bring if they do not.
    contact_cost, save_rate : float
        Of a contact; see ``early_warning``.
    tested : Backtest, optional
        ``backtest`` of the same orders, which is run unless given.
    seed : int
        Of every random draw.
    """
    if tested is None:
        tested = backtest(orders, gap=gap, unit=unit, as_of=as_of, horizon=horizon, seed=seed)
    said = calls(orders, gap=gap, unit=unit, as_of=as_of, horizon=horizon, seed=seed)
    table, counts = said.table.copy(), {}
    for group in GROUPS:
        own = table[table["group"] == group]
        level = tested.levels[group]
        expected, low, high = level.count(own["chance"])
        counts[group] = {"customers": len(own), "expected": expected, "low": low, "high": high}
        ends = np.column_stack([level.shifted(own["chance"]), *level.interval(own["low"], own["high"])])
        table.loc[own.index, ["chance", "low", "high"]] = ends
    value = None
    if orders.has_amounts:
        value = _hangs_on_return(said, horizon, value_units, seed)
    table = table.join(inactivity(said.fit, said.histories))
    drivers = pd.DataFrame(columns=DRIVER_COLUMNS)
    found = ranked(table, drivers, horizon, unit, value=value, cost=contact_cost, save_rate=save_rate)
    groups = pd.DataFrame.from_dict(counts, orient="index").rename_axis("group")
    groups["value_at_risk"] = found.table.groupby("group")["value_at_risk"].sum(min_count=1)
    return replace(found, groups=groups)


def _hangs_on_return(said: Calls, horizon: float, until: float, seed: int) -> pd.Series:
    """What each customer brings by ``until`` if they buy within the horizon, less what if they do not (money).

    With chance c of not buying, E[value] = (1 - c) E[value | buys] + c E[value | does not], of which the last is the
    value of the same customer, inactive for a horizon longer. So the difference is (E[value] - the last) / (1 - c).
    """
    spend = GammaGamma().fit(said.histories, seed=seed).predict(said.histories)["expected_spend"]

    def purchases(histories: pd.DataFrame, ahead: float) -> pd.Series:
        return residual_transactions(said.fit, histories, horizon=ahead, discount_rate=DISCOUNT_RATE)[
            "residual_transactions"
        ]

    now = purchases(said.histories, until)
    left = pd.Series(0.0, index=now.index)
    if until > horizon:
        later = said.histories.assign(T=said.histories["T"] + horizon)
        later.attrs = said.histories.attrs
        waited = np.exp(-discount_rate_per_unit(DISCOUNT_RATE, needed_unit(later, None, "Discounting")) * horizon)
        left = purchases(later, until - horizon) * waited
    return (spend * (now - left) / (1.0 - said.table["chance"]).clip(lower=LEAST_RETURN)).clip(lower=0.0)


def warnings_from_spells(
    spells: Spells,
    fit: CoxFit,
    *,
    horizon: float = 3.0,
    value: str | None = None,
    value_units: float = 12.0,
    contact_cost: float | None = None,
    save_rate: float = 0.1,
) -> Warnings | None:
    """Early warning by a Cox regression; None without current customers.

    Parameters
    ----------
    value : str, optional
        Column of revenue a unit of time of each customer (money).
    value_units : float
        How many units of revenue are lost when a customer leaves.
    """
    here = current_rows(spells.table)
    if here.empty:
        return None
    worth = None
    if value is not None:
        worth = worth_of(replace(spells, table=here), value) * value_units
    return early_warning(fit, spells, horizon, value=worth, cost=contact_cost, save_rate=save_rate)
