"""One call for spells, from a table of subscriptions or from orders."""

from collections.abc import Sequence

import pandas as pd

from clvlab.arguments import instance
from clvlab.churn.checks import check_events, hold
from clvlab.churn.from_orders import LEVEL, Gap, spells_from_orders
from clvlab.churn.from_table import spells_from_table
from clvlab.churn.spell_table import Spells
from clvlab.data.days import DateLike
from clvlab.data.order_book import Orders
from clvlab.data.units import Unit
from clvlab.errors import InputError

__all__ = ["Spells", "check_events", "hold", "spells"]


def spells(
    data: pd.DataFrame | Orders,
    *,
    duration: str | None = None,
    event: str | None = None,
    start: str | None = None,
    end: str | None = None,
    entry: str | None = None,
    reason: str | None = None,
    covariates: Sequence[str] | None = None,
    customer: str | None = None,
    unit: Unit = "month",
    as_of: DateLike | None = None,
    records_from: DateLike | None = None,
    gap: Gap = "rhythm",
    level: float | None = None,
) -> Spells:
    """Spells from a table of subscriptions, or from orders.

    Parameters
    ----------
    data : DataFrame or Orders
        Orders have no cancellation; see ``spells_from_orders`` for ``gap`` and ``level``, which say when silence counts
        as leaving.
    duration, event : str
        Columns: tenure so far or at leaving (in ``unit``), and whether the customer left (yes/no, true/false, 1/0).
    start, end : str
        Columns instead: first day, and last day, empty for those still here.
    entry : str, optional
        Column of the tenure at which watching began (left truncation), or of the start of a row's time, where a
        customer has several rows with covariates that change.
    reason : str, optional
        Column of why they left; empty for those still here.
    covariates : sequence of str, optional
        Columns to carry along; all the others unless given.
    customer : str, optional
        Column of identifiers, which become the index, as text.
    as_of : date, optional
        The last day of the records, with ``start``; the last date in the table unless given. Dates as text have the
        year first.
    records_from : date, optional
        The first day of the records, with ``start``: who came before is watched only from then on, and who had left by
        then was never seen.

    Raises
    ------
    InputError
        Names the rule and the rows that break it.

    Examples
    --------
    >>> table = pd.DataFrame({"tenure": [3, 12, 7], "Churn": ["Yes", "No", "Yes"], "plan": ["a", "b", "a"]})
    >>> spells(table, duration="tenure", event="Churn")
    <3 spells, 2 ended, tenure in months>
    """
    instance(data, (Orders, pd.DataFrame), "data", "a frame of subscriptions is taken, or what clv.read_orders makes")
    if isinstance(data, Orders):
        return spells_from_orders(data, gap=gap, level=LEVEL if level is None else level, unit=unit, as_of=as_of)
    if level is not None:
        raise InputError("level= goes with orders: a table says itself who left.")
    return spells_from_table(
        data,
        duration=duration,
        event=event,
        start=start,
        end=end,
        entry=entry,
        reason=reason,
        covariates=covariates,
        customer=customer,
        unit=unit,
        as_of=as_of,
        records_from=records_from,
    )
