"""What customers do and say, as numbers that clusters are made of."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.customers.facts import NOBODY, Events, Facts
from clvlab.customers.voice.study import study_answers
from clvlab.data.days import day_number

Float = NDArray[np.float64]

YEAR = 365.25
KNOWN_FOR = 180  # days since the first purchase: of fewer, a yearly rate says little
LINES = 10  # order lines before shares of categories say something


def has(facts: Facts, table: str, *columns: str) -> bool:
    """Whether there is a table with these columns, not all empty."""
    if table not in facts.company:
        return False
    frame = facts.company.frame(table)
    return all(column in frame and not frame[column].isna().all() for column in columns)


def behaviour(facts: Facts) -> pd.DataFrame:
    """How each customer behaves, as far as the tables say.

    Returns
    -------
    DataFrame, index customer_id
        Of those who first bought 180 days ago or longer, else missing: purchases_a_year, spend_a_purchase,
        lines_a_purchase (where there are order lines), events_a_year, contacts_a_year (where there are such tables;
        since the first purchase).

        Days since the last purchase, gaps between purchases and the number of categories are left out: arithmetic ties
        them to the number of purchases, and clusters would show that tie. ``rfm`` and ``lifecycle`` hold them.
    """
    orders, n = facts.orders, facts.n
    count = np.bincount(orders.customer, minlength=n).astype(float)
    days = day_number(facts.company.as_of) + 1.0 - np.where(count > 0, facts.first_day, np.inf)
    years = np.where(days >= KNOWN_FOR, days / YEAR, np.nan)
    bought = np.where(count > 0, count, np.nan)
    found = {"purchases_a_year": count / years}
    if has(facts, "orders", "amount"):
        found["spend_a_purchase"] = np.bincount(orders.customer, weights=orders.number("amount"), minlength=n) / bought
    if has(facts, "order_lines", "customer", "date"):
        found["lines_a_purchase"] = _since_first(facts, facts.events("order_lines")) / bought
    for name, table, when in (("events_a_year", "events", "time"), ("contacts_a_year", "contacts", "date")):
        if has(facts, table, "customer", when):
            found[name] = _since_first(facts, facts.events(table, when=when)) / years
    return pd.DataFrame(found, index=facts.ids).mask(pd.Series(np.isnan(years), index=facts.ids))


def _since_first(facts: Facts, rows: Events) -> Float:
    """Rows of each customer since the first purchase."""
    whose, day = rows.customer[rows.customer != NOBODY], rows.day[rows.customer != NOBODY]
    return np.bincount(whose[day >= facts.first_day[whose]], minlength=facts.n).astype(float)


def category_sums(facts: Facts) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Spend and order lines of each customer in each category; index customer number, columns categories.

    Without amounts of lines, lines stand for spend.
    """
    lines = facts.events("order_lines", "category")
    amount = lines.number("amount") if has(facts, "order_lines", "amount") else np.ones(len(lines.day))
    category, names = pd.factorize(lines.frame["category"], sort=True)
    own = (lines.customer != NOBODY) & (category >= 0) & (amount > 0)
    cell = lines.customer[own] * len(names) + category[own]
    shape = facts.n, len(names)
    spend, count = (
        pd.DataFrame(np.bincount(cell, weights=each, minlength=facts.n * len(names)).reshape(shape), columns=names)
        for each in (amount[own], np.ones(int(own.sum())))
    )
    return spend, count


def tastes(facts: Facts) -> pd.DataFrame:
    """Share of each category in the spend of each customer, index customer_id; missing of fewer than ten lines."""
    spend, count = category_sums(facts)
    shares = spend.div(spend.sum(axis=1), axis=0).where(count.sum(axis=1) >= LINES)
    return shares.set_axis(facts.ids).astype(float)


def attitudes(facts: Facts) -> pd.DataFrame:
    """Last answer of each customer to each item of the surveys, index customer_id; missing of who never answered.

    Not the mean: means of few answers spread further than those of many, and clusters would show who answered often.
    """
    study = study_answers(facts.company)
    answers = study.answers.sort_values("date", kind="stable") if "date" in study.answers else study.answers
    number = facts.numbers(answers["customer"])
    own = number != NOBODY
    given = answers.loc[own, list(study.items)].astype(float)
    found: pd.DataFrame = given.groupby(number[own]).last().reindex(range(facts.n)).set_axis(facts.ids)
    return found
