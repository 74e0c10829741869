"""Start a study of churn from subscriptions or from orders."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from clvlab.churn.from_file import subscription_file
from clvlab.churn.from_orders import spells_from_orders
from clvlab.churn.from_table import spells_from_table
from clvlab.churn.kinds import refuse_idle_units, refuse_other_kind
from clvlab.churn.silence import Gap
from clvlab.churn.study import Options, Study
from clvlab.data.days import DateLike
from clvlab.data.identifiers import identifiers
from clvlab.data.order_book import Orders
from clvlab.data.orders import read_orders
from clvlab.data.subscriptions import AS_OF, subscriptions
from clvlab.data.units import Unit
from clvlab.errors import InputError

CUSTOMER = "customer_id"


def study_subscriptions(
    table: pd.DataFrame | str | Path | None = None,
    *,
    customer: str | None = None,
    date_format: str | None = None,
    start: str | None = "start",
    end: str | None = "end",
    duration: str | None = None,
    event: str | None = None,
    reason: str | None = None,
    covariates: Sequence[str] | None = None,
    strata: Sequence[str] | None = None,
    group: str | None = None,
    value: str | None = None,
    value_units: float = 12.0,
    records_from: DateLike | None = None,
    as_of: DateLike | None = None,
    unit: Unit = "month",
    horizon: float = 3.0,
    contact_cost: float | None = None,
    save_rate: float = 0.1,
    seed: int = 1,
) -> Study:
    """Study a table of subscriptions.

    Parameters
    ----------
    table : DataFrame or path, optional
        One row per customer; a CSV, Parquet or Excel file. Unset: simulated subscriptions, whose columns are known.
    customer : str, optional
        Column of identifiers; ``customer_id`` where there is such a column, else rows are numbered.
    date_format : str, optional
        How dates of a file are written, where it is in doubt: "%d/%m/%Y".
    start, end : str
        Columns of the first day, and of the last (empty for those still here).
    duration, event : str, optional
        Columns instead of those: tenure, and whether they left (yes or no).
    reason : str, optional
        Column of why they left.
    covariates : sequence of str, optional
        Columns that may drive churn; all others that a regression can take unless given.
    strata : sequence of str, optional
        Covariates with baselines of their own instead of hazard ratios.
    group : str, optional
        A covariate to draw curves by; the one that tells most apart unless given.
    value : str, optional
        Column of revenue a unit of time.
    value_units : float
        How many units of revenue are lost when a customer leaves.
    records_from, as_of : date, optional
        First and last day of the records.
    unit : {"day", "week", "month", "year"}
        Of tenure.
    horizon : float
        How far ahead to warn, in units.
    contact_cost, save_rate : float
        Of a contact, and the share of those about to leave whom it keeps.
    seed : int
        Of every random draw.

    Raises
    ------
    InputError
        Names the rule and the rows that break it.

    Examples
    --------
    >>> found = study_subscriptions()
    >>> found.recent.months, found.group, found.warnings.unit
    (12, 'discount', 'month')
    """
    source, records = "simulated", None
    if table is not None:
        refuse_idle_units(value, value_units, contact_cost)
    if table is None:
        table = subscriptions()
        customer, reason, value = customer or CUSTOMER, reason or "reason", value or "monthly_fee"
        group, as_of = group or "discount", as_of or AS_OF
    elif isinstance(table, str | Path):
        own = {"start": None if start == "start" else start, "end": None if end == "end" else end}
        found = subscription_file(
            table, date_format, customer=customer, duration=duration, event=event, reason=reason, value=value, **own
        )
        records, table, columns = found.records, found.table, found.columns
        source, customer = records.source, columns["customer"]
        start, end, duration, event = (columns[role] for role in ("start", "end", "duration", "event"))
        reason = columns["reason"] if reason is None else reason
    else:
        source = "pandas DataFrame"
    if customer is None and CUSTOMER in table.columns:
        customer = CUSTOMER
    spells = spells_from_table(
        table,
        customer=customer,
        start=None if duration and start == "start" else start,
        end=None if duration and end == "end" else end,
        duration=duration,
        event=event,
        reason=reason,
        unit=unit,
        as_of=as_of,
        records_from=records_from,
    )
    if customer is None:
        spells = replace(spells, table=spells.table.set_axis(identifiers(spells.table.index), axis=0))
    options = Options(
        covariates=None if covariates is None else tuple(covariates),
        strata=tuple(strata or ()),
        group=group,
        value=value,
        value_units=value_units,
        horizon=horizon,
        contact_cost=contact_cost,
        save_rate=save_rate,
        seed=seed,
    )
    return Study(spells, options, source, len(table) if records is None else records.rows_read, records=records)


def study_orders(
    orders: Orders | object,
    *,
    customer: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    date_format: str | None = None,
    gap: Gap = "rhythm",
    covariates: Sequence[str] | None = None,
    strata: Sequence[str] | None = None,
    group: str | None = None,
    unit: Unit = "month",
    as_of: DateLike | None = None,
    horizon: float = 3.0,
    value_units: float = 12.0,
    contact_cost: float | None = None,
    save_rate: float = 0.1,
    seed: int = 1,
) -> Study:
    """Study orders, where customers leave by becoming inactive.

    Parameters
    ----------
    orders : Orders, path or frame
        What ``read_orders`` returned, or what it reads.
    customer, date, amount : str, optional
        Columns, where orders are yet to be read; recognised unless given.
    date_format : str, optional
        How their dates are written, where it is in doubt: "%d/%m/%Y".
    gap : number, "rhythm" or a fitted model
        When silence counts as leaving; see ``spells_from_orders``. A number may be text, as parameters are.
    value_units : float
        How many units of coming purchases are lost when a customer leaves.
    covariates, strata, group, unit, as_of, horizon, contact_cost, save_rate, seed
        As in ``study_subscriptions``; there is no regression unless ``covariates`` names attributes of the orders.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> found = study_orders(datasets.cdnow(), gap=6.0)
    >>> found.spells
    <2,834 spells, 2,318 ended, tenure in months>
    >>> found.fit is None, found.projections is None
    (True, True)
    """
    read = orders
    if strata and not covariates:
        raise InputError("strata= go with covariates= of a regression: name these, or leave it out.")
    if isinstance(read, Orders) and (customer or date or amount):
        raise InputError("customer=, date= and amount= name columns of orders that are yet to be read; these are read.")
    if not isinstance(read, Orders):
        named = list(dict.fromkeys([*(covariates or ()), *(strata or ()), *([group] if group else ())]))
        read = read_orders(
            orders, customer=customer, date=date, amount=amount, date_format=date_format, attributes=named
        )
    if contact_cost is not None and not read.has_amounts:
        raise InputError("contact_cost= is money, and these orders carry no amounts: leave it out, or name amount=.")
    limit = _as_number(gap)
    spells = spells_from_orders(read, gap=limit, unit=unit, as_of=as_of)
    options = Options(
        covariates=tuple(covariates or ()),
        strata=tuple(strata or ()),
        group=group,
        value_units=value_units,
        horizon=horizon,
        contact_cost=contact_cost,
        save_rate=save_rate,
        seed=seed,
    )
    return Study(spells, options, read.source, read.rows_read, read, limit)


def study(
    *,
    subscriptions: pd.DataFrame | str | Path | None = None,
    orders: Orders | object | None = None,
    customer: str | None = None,
    date: str | None = None,
    amount: str | None = None,
    date_format: str | None = None,
    start: str | None = "start",
    end: str | None = "end",
    duration: str | None = None,
    event: str | None = None,
    reason: str | None = None,
    covariates: Sequence[str] | None = None,
    strata: Sequence[str] | None = None,
    group: str | None = None,
    value: str | None = None,
    value_units: float = 12.0,
    records_from: DateLike | None = None,
    as_of: DateLike | None = None,
    gap: Gap = "rhythm",
    unit: Unit = "month",
    horizon: float = 3.0,
    contact_cost: float | None = None,
    save_rate: float = 0.1,
    seed: int = 1,
) -> Study:
    """Study orders where they are given, else subscriptions, else simulated subscriptions.

    The arguments are those of ``study_orders`` and ``study_subscriptions``; those of the other kind are refused.

    Raises
    ------
    InputError
        Both orders and subscriptions are given, or what goes with the other kind.
    """
    if orders is not None and subscriptions is not None:
        raise InputError(
            "Give orders= or subscriptions=, not both: leaving is inferred from orders, and recorded in subscriptions."
        )
    refuse_other_kind(
        "subscriptions" if orders is None else "orders",
        {"date": date, "amount": amount, "gap": gap, "start": start, "end": end, "duration": duration, "event": event,
         "reason": reason, "value": value, "records_from": records_from},
    )  # fmt: skip
    if orders is not None:
        return study_orders(
            orders, customer=customer, date=date, amount=amount, date_format=date_format, gap=gap,
            covariates=covariates, strata=strata, group=group, unit=unit, as_of=as_of, horizon=horizon,
            value_units=value_units, contact_cost=contact_cost, save_rate=save_rate, seed=seed,
        )  # fmt: skip
    return study_subscriptions(
        subscriptions, customer=customer, date_format=date_format, start=start, end=end, duration=duration,
        event=event, reason=reason, covariates=covariates, strata=strata, group=group, value=value,
        value_units=value_units, records_from=records_from, as_of=as_of, unit=unit, horizon=horizon,
        contact_cost=contact_cost, save_rate=save_rate, seed=seed,
    )  # fmt: skip


def _as_number(gap: Gap) -> Gap:
    if not isinstance(gap, str) or gap == "rhythm":
        return gap
    try:
        return float(gap)
    except ValueError:
        return gap
