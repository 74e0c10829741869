"""Orders of a simulated company and their lines."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clvlab.data.simulate.arrivals import arrivals, picked
from clvlab.data.simulate.base import Base
from clvlab.data.simulate.calendar import DAYS, dates
from clvlab.data.simulate.plan import Plan
from clvlab.data.simulate.promotions import Contacted, extra_orders
from clvlab.data.simulate.strings import labelled, numbered, width
from clvlab.data.simulate.words import words

LINES = (0.50, 0.30, 0.15, 0.05)  # shares of orders of one line to four


@dataclass(frozen=True, eq=False)
class Bought:
    """Orders as arrays, in the order of days.

    Attributes
    ----------
    customer, day, cents : array of int, one entry per order
        Place of the customer, day number, amount in hundredths.
    """

    customer: np.ndarray
    day: np.ndarray
    cents: np.ndarray


def draw_orders(
    plan: Plan, base: Base, contacted: list[Contacted], pace: np.ndarray, rng: np.random.Generator
) -> Bought:
    """Draw the orders: the first on the day of acquisition, then those of the customer's own rate, of membership and of
    campaigns, whose rates add up.
    """
    parts = [(np.arange(base.n, dtype=np.int32), base.acquired.astype(np.int16))]
    parts.append(arrivals(rng, base.rate, base.begins, base.ends, pace=pace))
    joined = np.where(base.member >= 0, base.member + 1.0, DAYS)
    parts.append(arrivals(rng, base.rate * plan.programme.lift, joined, np.maximum(base.ends, joined), pace=pace))
    parts += extra_orders(contacted, base, pace, rng)
    customer = np.concatenate([each for each, _ in parts])
    day = np.concatenate([each for _, each in parts])
    place = np.argsort(day, kind="stable")
    customer, day = customer[place], day[place]
    money = rng.standard_gamma(plan.p, len(customer)) / base.nu[customer]
    return Bought(customer, day, np.maximum(np.rint(money * 100.0), 50.0).astype(np.int64))


@dataclass(frozen=True, eq=False)
class Sold:
    """Lines of orders as arrays, order by order.

    Attributes
    ----------
    order, product, cents, cost : array of int, one entry per line
        Place of the order, place of the product, amount and cost in hundredths.
    """

    order: np.ndarray
    product: np.ndarray
    cents: np.ndarray
    cost: np.ndarray


def draw_lines(plan: Plan, bought: Bought, favourite: np.ndarray, rng: np.random.Generator) -> Sold:
    """Draw the products of each order, and share its amount among them."""
    n, products = len(bought.day), len(words().prices)
    lines = 1 + picked(rng, LINES, n)
    first = np.cumsum(lines, dtype=np.int64) - lines
    total = int(lines.sum())
    order = np.repeat(np.arange(n, dtype=np.int32), lines)
    product = np.empty(total, dtype=np.int8)
    product[first] = _first_product(plan, favourite[bought.customer], rng)
    for line in range(1, len(LINES)):
        at = first[lines > line] + line
        before = product[at - 1]
        other = (before + 1 + rng.integers(0, products - 1, len(at))) % products
        product[at] = np.where(rng.random(len(at)) < plan.affinity, partner_of(before), other)
    weight = 0.25 + rng.random(total)
    share = weight / np.add.reduceat(weight, first)[order]
    cents = np.floor(np.round(share * bought.cents[order], 3)).astype(np.int64)
    cents[first] += bought.cents - np.add.reduceat(cents, first)  # what rounding leaves
    return Sold(order, product, cents, (cents * words().cost_percent[product] + 50) // 100)


def partner_of(product: np.ndarray) -> np.ndarray:
    """The product that goes with one: half the list away, so never of its category."""
    products = len(words().prices)
    partner: np.ndarray = (product + products // 2) % products
    return partner


def _first_product(plan: Plan, favourite: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    products = len(words().prices)
    group = products // len(words().categories)
    liked = favourite * group + rng.integers(0, group, len(favourite))
    return np.where(rng.random(len(favourite)) < plan.favourite, liked, rng.integers(0, products, len(favourite)))


def orders(base: Base, bought: Bought, lines: Sold) -> pd.DataFrame:
    """The table of orders."""
    n = len(bought.day)
    cost = np.bincount(lines.order, weights=lines.cost, minlength=n)  # whole numbers: exact
    return pd.DataFrame(
        {
            "order_id": numbered("O", np.arange(n), digits=width(n)),
            "customer_id": base.of(bought.customer),
            "order_date": dates(bought.day),
            "amount": bought.cents / 100.0,
            "cost": cost / 100.0,
        }
    )


def order_lines(table: pd.DataFrame, lines: Sold) -> pd.DataFrame:
    """The table of order lines, given that of orders: goods are sold by weight."""
    told = words()
    price = told.prices[lines.product] * 100
    grams = (lines.cents * 1000 + price // 2) // price
    group = len(told.prices) // len(told.categories)
    named = table[["order_id", "customer_id", "order_date"]].take(lines.order).reset_index(drop=True)
    return pd.DataFrame(
        {
            **{column: named[column] for column in named},
            "product_id": labelled([f"P{i:02d}" for i in range(1, len(told.prices) + 1)], lines.product),
            "description": labelled(told.products, lines.product),
            "category": labelled(told.categories, lines.product // group),
            "quantity": grams / 1000.0,
            "unit_price": told.prices[lines.product].astype(float),
            "amount": lines.cents / 100.0,
            "cost": lines.cost / 100.0,
        }
    )
