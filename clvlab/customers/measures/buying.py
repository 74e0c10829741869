"""How customers buy in a period."""

import numpy as np

from clvlab.customers.facts import Facts, Float
from clvlab.customers.measures.record import MeasureRecord, Parts, per_customer, within


def _amounts(facts: Facts, rows: slice) -> Float:
    facts.require("orders", "amount")
    return np.nan_to_num(facts.orders.number("amount")[rows])


def _spent(facts: Facts, t: int) -> tuple[Float, Float]:
    """Amount and purchases of each customer in the period."""
    rows = within(facts.orders.day, facts, t)
    whose = facts.orders.customer[rows]
    return per_customer(facts, whose, _amounts(facts, rows)), _purchases(facts, t)


def _purchases(facts: Facts, t: int) -> Float:
    rows = within(facts.orders.day, facts, t)
    return np.bincount(facts.orders.customer[rows], minlength=facts.n).astype(float)


def _of_buyers(num: Float, den: Float) -> Parts:
    whose = np.flatnonzero((num != 0) | (den != 0))
    return Parts(whose, num[whose], den[whose])


def revenue(facts: Facts, t: int) -> Parts:
    """Total amount of the period's purchases."""
    spent, orders = _spent(facts, t)
    return _of_buyers(spent, (orders > 0).astype(float))


def purchases(facts: Facts, t: int) -> Parts:
    """Purchases of the period."""
    orders = _purchases(facts, t)
    return _of_buyers(orders, (orders > 0).astype(float))


def average_order_value(facts: Facts, t: int) -> Parts:
    """Revenue over purchases."""
    return _of_buyers(*_spent(facts, t))


def purchase_frequency(facts: Facts, t: int) -> Parts:
    """Purchases over buyers."""
    return purchases(facts, t)


def revenue_per_customer(facts: Facts, t: int) -> Parts:
    """Revenue over customers active at the period's end."""
    spent, _ = _spent(facts, t)
    return _of_buyers(spent, facts.active(t + 1).astype(float))


def margin_per_customer(facts: Facts, t: int) -> Parts:
    """Amount less cost of order lines over customers active at the period's end."""
    lines = facts.events("order_lines", "cost", "amount", "customer")
    rows = within(lines.day, facts, t)
    earned = np.nan_to_num(lines.number("amount")[rows] - lines.number("cost")[rows])
    return _of_buyers(per_customer(facts, lines.customer[rows], earned), facts.active(t + 1).astype(float))


def repeat_rate(facts: Facts, t: int) -> Parts:
    """Share of the period's buyers who had bought before it."""
    buyers = np.flatnonzero(_purchases(facts, t) > 0)
    return Parts(buyers, (facts.first_day[buyers] < facts.windows.first[t]).astype(float), np.ones(len(buyers)))


BUYING = (
    MeasureRecord("revenue", "buying", "total", "money0", "higher", revenue),
    MeasureRecord("purchases", "buying", "total", "number0", "higher", purchases),
    MeasureRecord("average_order_value", "buying", "ratio", "money2", "higher", average_order_value),
    MeasureRecord("purchase_frequency", "buying", "ratio", "number2", "higher", purchase_frequency),
    MeasureRecord("revenue_per_customer", "buying", "ratio", "money2", "higher", revenue_per_customer),
    MeasureRecord("margin_per_customer", "buying", "ratio", "money2", "higher", margin_per_customer),
    MeasureRecord("repeat_rate", "buying", "share", "percent1", "higher", repeat_rate),
)
