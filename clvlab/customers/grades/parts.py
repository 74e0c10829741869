"""What is measured of each customer, dimension by dimension: raw, in its own unit, and as a score of 0 to 100."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special, stats

from clvlab.customers.channels import margins
from clvlab.customers.facts import Facts, MissingInput, known_segments
from clvlab.customers.grades.fitted import CompanyFit
from clvlab.customers.grades.satisfaction import shrunk
from clvlab.customers.measures.answering import answered
from clvlab.customers.measures.engaging import known_parts
from clvlab.customers.measures.record import per_customer
from clvlab.customers.segments.lifecycle import STAGES, stages_at
from clvlab.data.days import day_number

Float = NDArray[np.float64]
Whole = NDArray[np.int64]
Flags = NDArray[np.bool_]

YEAR = 365
A_YEAR = 365.25
PEERS = 20  # fewer of a kind are compared with everybody
TOP = 0.75  # the top quarter begins here
OPEN_COMPLAINT = 10.0  # points off satisfaction
POINTS = {"growing": 100.0, "mature": 80.0, "won_back": 60.0, "new": 60.0, "declining": 40.0, "lost": 0.0}


@dataclass(frozen=True, eq=False)
class Part:
    """One thing that is measured of every customer.

    Attributes
    ----------
    name : str
    raw : array, shape (customers,)
        In its own unit; NaN where nothing is known.
    score : array, shape (customers,)
        0 to 100; NaN where nothing is known, unless there is a score for these too.
    labels : tuple of str
        What raw numbers stand for, where they are ids.
    """

    name: str
    raw: Float
    score: Float
    labels: tuple[str, ...] = ()

    def column(self) -> pd.Series | Float:
        """The raw measure, or its ids."""
        if not self.labels:
            return self.raw
        codes = np.where(np.isnan(self.raw), -1, self.raw).astype(np.int64)
        return pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(self.labels, dtype="str"))).astype("str")


@dataclass(frozen=True, eq=False)
class Sources:
    """What dimensions are measured from; ``fitted`` is None where nothing could be fitted."""

    facts: Facts
    fitted: CompanyFit | None
    buyers: Flags

    @property
    def now(self) -> int:
        """The day that counts as now, in days since 1970."""
        return day_number(self.facts.company.as_of)

    def last_year(self, day: Whole) -> slice:
        """Rows of the last 365 days, of days in order."""
        return slice(*np.searchsorted(day, [self.now - YEAR + 1, self.now + 1]))

    def expected(self, column: str) -> Float:
        """Of the fit, by customer; NaN for who never bought."""
        if self.fitted is None:
            raise MissingInput("orders", ("amount",))
        table = self.fitted.expected
        at = table.index.get_indexer(self.facts.ids)
        return np.where(at >= 0, table[column].to_numpy()[at], np.nan)

    def ranked(self, name: str, raw: Float) -> Part:
        """Scored by percentile rank among buyers for whom it is known: ties share the middle of their ranks."""
        known = self.buyers & ~np.isnan(raw)
        score = np.full(len(raw), np.nan)
        score[known] = 100.0 * (stats.rankdata(raw[known]) - 0.5) / max(known.sum(), 1)
        return Part(name, np.where(known, raw, np.nan), score)

    def on_scale(self, name: str, raw: Float, score: Float) -> Part:
        """Scored on a fixed scale."""
        return Part(name, np.where(self.buyers, raw, np.nan), np.where(self.buyers, score, np.nan))


def value(of: Sources) -> list[Part]:
    """Expected margin of the horizon, discounted at 10 % a year (money)."""
    return [of.ranked("expected_margin", of.expected("value"))]


def potential(of: Sources) -> list[Part]:
    """Margin more, were the expected purchases as large as those where the top quarter of like customers begins."""
    if of.fitted is None:
        raise MissingInput("orders", ("amount",))
    spend = of.expected("spend")
    by = next((each for each in ("kind", "level") if each in known_segments(of.facts.company)), None)
    codes = np.zeros(len(spend), dtype=np.int64)
    if by is not None:
        codes = pd.factorize(of.facts.segments(by), use_na_sentinel=False)[0].astype(np.int64)
    reach = np.full(len(spend), np.nanquantile(spend, TOP))
    for code in range(int(codes.max(initial=0)) + 1):
        own = (codes == code) & of.buyers
        if own.sum() >= PEERS:
            reach[own] = np.nanquantile(spend[own], TOP)
    room = of.fitted.margin * of.expected("purchases") * np.maximum(reach - spend, 0.0)
    return [of.ranked("room_to_grow", room)]


def loyalty(of: Sources) -> list[Part]:
    """Years as a customer; purchases of the last year after the first of all; member; subscriber; referrals; NPS."""
    facts = of.facts
    tenure = np.where(of.buyers, of.now - facts.first_day, 0) / A_YEAR
    rows = of.last_year(facts.orders.day)
    again = facts.gap[rows] > 0
    repeats = np.bincount(facts.orders.customer[rows][again], minlength=facts.n).astype(float)
    found = [of.ranked("tenure", tenure), of.ranked("repeat_purchases", repeats)]
    if "memberships" in facts.company:
        joined = facts.events("memberships").customer
        found.append(_whether(of, "member", per_customer(facts, joined, np.ones(len(joined))) > 0))
    if "subscriptions" in facts.company and "start" in facts.company.frame("subscriptions"):
        begun = facts.events("subscriptions", when="start")
        runs = np.ones(len(begun.day))
        if "end" in begun.frame:
            end = begun.frame["end"].to_numpy().astype("datetime64[D]")
            runs = (np.isnat(end) | (end > np.datetime64(of.now, "D"))).astype(float)
        found.append(_whether(of, "subscriber", per_customer(facts, begun.customer, runs) > 0))
    if "referrals" in facts.company:
        made = facts.events("referrals").customer
        found.append(_whether(of, "referred_others", per_customer(facts, made, np.ones(len(made))) > 0))
    if "surveys" in facts.company and "nps" in facts.company.frame("surveys"):
        given = facts.events("surveys", "nps")
        score = given.number("nps")
        said = np.flatnonzero(~np.isnan(score) & (given.customer >= 0))
        last = np.full(facts.n, np.nan)
        last[given.customer[said]] = score[said]  # days ascend, so what is written last is the latest
        found.append(of.on_scale("nps", last, 10.0 * last))
    return found


def interaction(of: Sources) -> list[Part]:
    """Web and social events, contacts, answers of the last year (counts), and minutes that contacts took."""
    facts, found = of.facts, []
    known = known_parts(facts)
    if not known:
        raise MissingInput("events")
    if "web" in known:
        done = facts.events("events", when="time")
        rows = of.last_year(done.day)
        for name, which in (("web", False), ("social", True)):
            flags = (facts.social[rows] == which).astype(float)
            found.append(of.ranked(name, per_customer(facts, done.customer[rows], flags)))
    if "contacts" in known:
        made = facts.events("contacts")
        rows = of.last_year(made.day)
        found.append(of.ranked("contacts", per_customer(facts, made.customer[rows], np.ones(rows.stop - rows.start))))
        if "duration" in made.frame:
            minutes = np.nan_to_num(made.number("duration")[rows])
            found.append(of.ranked("contact_minutes", per_customer(facts, made.customer[rows], minutes)))
    if "answers" in known:
        given = facts.events("surveys")
        rows = of.last_year(given.day)
        said = answered(given.frame)[rows].astype(float)
        found.append(of.ranked("answers", per_customer(facts, given.customer[rows], said)))
    return found


def satisfaction(of: Sources) -> list[Part]:
    """Own answers (1 to 5) drawn towards the mean of all, on 0 to 100, less 10 points a complaint unresolved."""
    facts = of.facts
    given = facts.events("surveys", "csat")
    score = given.number("csat")
    said = np.flatnonzero(~np.isnan(score) & (given.customer >= 0))
    if not len(said):
        raise MissingInput("surveys", ("csat",))
    told = shrunk(given.customer[said], score[said], facts.n)
    points = 25.0 * (np.where(np.isnan(told), score[said].mean(), told) - 1.0)
    if "complaints" in facts.company and "resolved" in facts.company.frame("complaints"):
        made = facts.events("complaints", when="opened")
        solved = made.frame["resolved"].to_numpy().astype("datetime64[D]")
        is_open = np.isnat(solved) | (solved > np.datetime64(of.now, "D"))
        points = points - OPEN_COMPLAINT * per_customer(facts, made.customer, is_open.astype(float))
    return [of.on_scale("csat", told, np.maximum(points, 0.0))]


def lifecycle(of: Sources) -> list[Part]:
    """The stage of the customer, as ``segments.lifecycle`` has it, in points (``POINTS``)."""
    stage = stages_at(of.facts, of.now)
    points = np.array([*(POINTS.get(name, np.nan) for name in STAGES), np.nan])[stage]
    return [Part("stage", np.where(of.buyers, stage, np.nan), np.where(of.buyers, points, np.nan), STAGES)]


def behaviour(of: Sources) -> list[Part]:
    """How regularly and how broadly customers buy, and how little they return.

    regularity: 1 - (log of the mean gap - mean of the log gaps) / what that is of a buyer by chance (Poisson), whose
    gaps number n: digamma(n) - log(n) - digamma(1). 1 is a clock, 0 chance, below 0 in bursts; of three purchases or
    more. categories (or products): how many of them were bought. returned: share of the amount given back.
    """
    facts = of.facts
    again = facts.gap > 0
    whose, gaps = facts.orders.customer[again], facts.gap[again].astype(float)
    n, total, logs = (per_customer(facts, whose, each) for each in (np.ones(len(gaps)), gaps, np.log(gaps)))
    some = np.maximum(n, 2.0)
    apart = np.log(np.maximum(total, 1.0) / some) - logs / some
    chance = special.digamma(some) - np.log(some) - special.digamma(1.0)
    found = [of.ranked("regularity", np.where(n >= 2, 1.0 - apart / chance, np.nan))]
    if "order_lines" in facts.company and "customer" in facts.company.frame("order_lines"):
        lines = facts.events("order_lines")
        column = "category" if "category" in lines.frame and lines.frame["category"].notna().any() else "product"
        kind, kinds = pd.factorize(lines.frame[column])
        known = (kind >= 0) & (lines.customer >= 0)
        pairs = pd.unique(lines.customer[known] * (len(kinds) + 1) + kind[known])
        breadth = np.bincount(pairs // (len(kinds) + 1), minlength=facts.n).astype(float)
        found.append(of.ranked("categories" if column == "category" else "products", breadth))
    if "returns" in facts.company:
        back = facts.events("returns", "amount")
        returned = per_customer(facts, back.customer, np.abs(np.nan_to_num(back.number("amount"))))
        bought = per_customer(facts, facts.orders.customer, np.nan_to_num(facts.orders.number("amount")))
        share = np.where(bought > 0, returned / np.where(bought > 0, bought, 1.0), 0.0)
        found.append(of.on_scale("returned", share, 100.0 * (1.0 - np.clip(share, 0.0, 1.0))))
    return found


def profit(of: Sources) -> list[Part]:
    """Margin so far a year of tenure (money), of a tenure of one year at least."""
    facts = of.facts
    whose, _, earned = margins(facts)
    years = np.maximum(np.where(of.buyers, of.now - facts.first_day, 0) / A_YEAR, 1.0)
    return [of.ranked("margin_a_year", per_customer(facts, whose, earned) / years)]


DIMENSION: dict[str, Callable[[Sources], list[Part]]] = {
    "value": value, "potential": potential, "loyalty": loyalty, "interaction": interaction,
    "satisfaction": satisfaction, "lifecycle": lifecycle, "behaviour": behaviour, "profit": profit,
}  # fmt: skip


def _whether(of: Sources, name: str, flags: Flags) -> Part:
    return of.on_scale(name, flags.astype(float), np.where(flags, 100.0, 0.0))
