"""Early warning in one call: from orders, or from subscriptions."""

from dataclasses import replace

from clvlab.churn.checks import worth_of
from clvlab.churn.cox import CoxFit
from clvlab.churn.spell_table import Spells
from clvlab.churn.warning import Warnings, current_rows, early_warning
from clvlab.data.days import DateLike
from clvlab.data.histories import histories
from clvlab.data.order_book import Orders
from clvlab.data.units import Unit
from clvlab.models import MBGNBD, GammaGamma
from clvlab.value.customer_value import customer_value

LEAST_ALIVE = 1e-6


def warnings_from_orders(
    orders: Orders,
    *,
    unit: Unit = "month",
    as_of: DateLike | None = None,
    horizon: float = 3.0,
    value_units: float = 12.0,
    contact_cost: float | None = None,
    save_rate: float = 0.1,
    seed: int = 0,
) -> Warnings:
    """Early warning by MBG/NBD, and by Gamma-Gamma's value where amounts are known.

    Parameters
    ----------
    as_of : date, optional
        End of the records; the last order unless given.
    horizon : float
        How far ahead to warn, in units.
    value_units : float
        How many units of a customer's coming purchases are lost when they leave.
    contact_cost, save_rate : float
        Of a contact; see ``early_warning``.
    seed : int
        Of every random draw.
    """
    known = histories(orders, end=as_of, unit=unit)
    bought = MBGNBD().fit(known, method="laplace", seed=seed)
    value = None
    if orders.has_amounts:
        spend = GammaGamma().fit(known, seed=seed)
        worth = customer_value(bought, spend, known, horizon=value_units, seed=seed).table
        value = worth["clv"] / worth["prob_alive"].clip(lower=LEAST_ALIVE)  # if they stay
    return early_warning(bought, known, horizon, value=value, cost=contact_cost, save_rate=save_rate)


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
    """Early warning by a Cox regression; None where nobody is still here.

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
