"""What customers did after they answered or complained: whether they bought again, and for how much."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import statsmodels.api as sm

from clvlab.customers.facts import Events, Facts, Flags, Float, Whole
from clvlab.customers.intervals import change, false_discovery, share
from clvlab.customers.measure import LEVEL
from clvlab.customers.voice.text import NO_TOPIC, Topics, mentions
from clvlab.data.days import day_number

AHEAD = 180  # days watched
BACK = 365  # days whose answers and complaints count
FEWEST = 10  # customers on either side of a comparison


@dataclass(frozen=True, eq=False)
class Later:
    """Customers on a day, and what they did in the time after it.

    Attributes
    ----------
    facts : Facts
    cut : int
        The day, in days since 1970: only what came up to it counts as said, only what came after it as done.
    here : array of bool, shape (customers,)
        Who had bought by then and within two thresholds before: of the others nobody expects a purchase.
    left : array of bool
        Who bought nothing in the time after.
    spent : array
        What they spent in it; 0 where nothing.
    """

    facts: Facts
    cut: int
    here: Flags
    left: Flags
    spent: Float


def later(facts: Facts, *, ahead: int = AHEAD) -> Later:
    """What customers did in the last ``ahead`` days of the records."""
    now = day_number(facts.company.as_of)
    cut = now - ahead
    day, who = facts.orders.day, facts.orders.customer
    last = np.full(facts.n, np.iinfo(np.int64).min // 2)
    before = day <= cut
    np.maximum.at(last, who[before], day[before])
    after = (day > cut) & (day <= now)
    bought = np.bincount(who[after], minlength=facts.n) > 0
    amount = np.nan_to_num(facts.orders.number("amount")[after])
    spent = np.bincount(who[after], weights=amount, minlength=facts.n)
    return Later(facts, cut, last > cut - 2 * facts.threshold, ~bought, spent)


def last_answers(found: Later, column: str) -> Float:
    """Each customer's last answer of the year before the cut; NaN of none."""
    given = found.facts.events("surveys", column, "customer")
    score = given.number(column)
    rows = _of_the_year_before(found, given)
    rows = rows[~np.isnan(score[rows])]
    answer = np.full(found.facts.n, np.nan)
    answer[given.customer[rows]] = score[rows]  # days ascend, so the last stays
    return answer


def score_and_later(found: Later, column: str) -> pd.DataFrame:
    """Whether a point of a score goes with leaving and with spend afterwards.

    Straight lines through customers by least squares, one customer a row; intervals allow for a spread that differs
    (HC3). They say what goes together: who answers higher differs in more than the answer.

    Parameters
    ----------
    found : Later
    column : str
        Of the table of surveys: "nps", "csat" or an item.

    Returns
    -------
    DataFrame, index outcome ("left", "spend")
        customers, mean (of the outcome), per_point with low and high (95 %), p_value; empty of fewer than 30 customers
        or one score.
    """
    answer = last_answers(found, column)
    own = np.flatnonzero(found.here & ~np.isnan(answer))
    columns = ["customers", "mean", "per_point", "low", "high", "p_value"]
    if len(own) < 30 or np.ptp(answer[own]) == 0:
        return pd.DataFrame(columns=columns, index=pd.Index([], name="outcome"))
    rows = {}
    for name, outcome in (("left", found.left[own].astype(float)), ("spend", found.spent[own])):
        fit = sm.OLS(outcome, sm.add_constant(answer[own])).fit(cov_type="HC3")
        low, high = fit.conf_int(1.0 - LEVEL)[1]
        rows[name] = (len(own), outcome.mean(), fit.params[1], low, high, fit.pvalues[1])
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("outcome")


def by_score(found: Later, column: str) -> pd.DataFrame:
    """Share of customers who bought nothing afterwards, by their score.

    Returns
    -------
    DataFrame, index score
        customers, left, low, high (95 % confidence interval), spend (mean).
    """
    answer = last_answers(found, column)
    own = np.flatnonzero(found.here & ~np.isnan(answer))
    table = pd.DataFrame({"score": answer[own], "left": found.left[own], "spend": found.spent[own]})
    made = table.groupby("score").agg(customers=("left", "size"), gone=("left", "sum"), spend=("spend", "mean"))
    value, low, high = share(made["gone"].to_numpy(float), made["customers"].to_numpy(float))
    return made.assign(left=value, low=low, high=high)[["customers", "left", "low", "high", "spend"]]


def needs(found: Later, *, topics: Topics | None = None) -> pd.DataFrame:
    """Which complaints and topics of comments go with leaving and with spend afterwards.

    Customers who complained about something are compared with those who complained about something else, and so are
    those who wrote about it: who complains or writes at all is still a customer, and silence would count as leaving.
    Only what came in the year before the cut counts.

    Parameters
    ----------
    found : Later
    topics : mapping of topic to words, optional
        Of comments.

    Returns
    -------
    DataFrame, the surest difference first
        source ("complaint", "comment"), need, customers, others; left, left_others; difference with low and high (of
        shares who bought nothing afterwards; 95 %), p_value, news (of what is called so at most 10 % is noise);
        spend, spend_others (means). Needs of fewer than 10 customers, or with fewer than 10 others, are left out.
    """
    rows = [*_complaints(found), *_comments(found, topics)]
    columns = ["source", "need", "customers", "others", "left", "left_others", "difference", "low", "high", "p_value",
               "spend", "spend_others"]  # fmt: skip
    table = pd.DataFrame(rows, columns=columns)
    table["news"] = false_discovery(table["p_value"].to_numpy(float))
    return table.sort_values("p_value", kind="stable", ignore_index=True)


def _complaints(found: Later) -> list[tuple[object, ...]]:
    if not _has(found, "complaints", "topic"):
        return []
    made = found.facts.events("complaints", when="opened")
    rows = _of_the_year_before(found, made)
    topic = made.frame["topic"].iloc[rows].astype("object")
    about = {name: (topic == name).to_numpy() for name in sorted(topic.dropna().astype(str).unique())}
    return _each_compared(found, "complaint", made.customer[rows], about)


def _comments(found: Later, topics: Topics | None) -> list[tuple[object, ...]]:
    if not _has(found, "surveys", "text"):
        return []
    given = found.facts.events("surveys")
    rows = _of_the_year_before(found, given)
    said = mentions(given.frame["text"].iloc[rows].reset_index(drop=True), topics)
    whose, wrote = given.customer[rows], said.any(axis=1).to_numpy()
    about = {str(name): said[name].to_numpy()[wrote] for name in said.columns.drop(NO_TOPIC)}
    return _each_compared(found, "comment", whose[wrote], about)


def _has(found: Later, table: str, column: str) -> bool:
    company = found.facts.company
    return table in company and {column, "customer"} <= set(company.frame(table))


def _of_the_year_before(found: Later, events: Events) -> Whole:
    """Rows of known customers in the year up to the cut."""
    return np.flatnonzero((events.day > found.cut - BACK) & (events.day <= found.cut) & (events.customer >= 0))


def _each_compared(found: Later, source: str, whose: Whole, about: dict[str, Flags]) -> list[tuple[object, ...]]:
    """Customers of rows about each thing, against those of other rows."""

    def who(rows: Whole) -> Flags:
        some = np.zeros(found.facts.n, dtype=bool)
        some[rows] = True
        return some & found.here

    anybody = who(whose)
    own = {name: who(whose[rows]) for name, rows in about.items()}
    each = (_compared(found, source, name, those, anybody & ~those) for name, those in own.items())
    return [row for row in each if row]


def _compared(found: Later, source: str, need: str, own: Flags, others: Flags) -> tuple[object, ...]:
    n, m = int(own.sum()), int(others.sum())
    if n < FEWEST or m < FEWEST:
        return ()
    gone, stayed = int(found.left[own].sum()), int(found.left[others].sum())
    by = (float(each) for each in change(gone, n, stayed, m))
    spend, spend_others = (float(found.spent[who].mean()) for who in (own, others))
    return (source, need, n, m, gone / n, stayed / m, *by, spend, spend_others)
