"""How customers are looked after: owners, contacts, complaints."""

import numpy as np

from clvlab.customers.facts import Facts, Flags
from clvlab.customers.measures.record import MeasureRecord, Parts, among, counted, per_customer, within

PROMPT = 14  # days


def under_care(facts: Facts) -> Flags:
    """Who has an owner, is in no public pool, and was followed up recently."""
    frame = facts.require("customers", "owner")
    at = facts.numbers(frame["customer"])
    cared = frame["owner"].notna().to_numpy().copy()
    if "pool" in frame:
        cared &= frame["pool"].isna().to_numpy()
    if "followed_up" in frame:
        since = frame["followed_up"].to_numpy().astype("datetime64[D]")
        now = np.datetime64(facts.company.as_of, "D")
        cared &= ~np.isnat(since) & (
            now - np.where(np.isnat(since), now, since) <= np.timedelta64(facts.care_within, "D")
        )
    found = np.zeros(facts.n, dtype=bool)
    found[at[cared]] = True
    return found


def customers_under_care(facts: Facts, t: int) -> Parts:
    """Customers with an owner, in no public pool, followed up recently."""
    del t
    return counted(under_care(facts))


def care_of_active(facts: Facts, t: int) -> Parts:
    """Of customers active at the end of the period, those under care."""
    return among(under_care(facts), facts.active(t + 1))


def contact_rate(facts: Facts, t: int) -> Parts:
    """Of customers active at the period's end, those with a contact in it."""
    made = facts.events("contacts")
    rows = within(made.day, facts, t)
    some = per_customer(facts, made.customer[rows], np.ones(rows.stop - rows.start)) > 0
    return among(some, facts.active(t + 1))


def complaint_rate(facts: Facts, t: int) -> Parts:
    """Complaints opened in the period over customers active at its end."""
    made = facts.events("complaints", when="opened")
    rows = within(made.day, facts, t)
    each = per_customer(facts, made.customer[rows], np.ones(rows.stop - rows.start))
    here = facts.active(t + 1)
    some = np.flatnonzero((each > 0) | here)
    return Parts(some, each[some], here[some].astype(float))


def prompt_resolution(facts: Facts, t: int) -> Parts:
    """Of complaints that were two weeks old in the period, those resolved within them."""
    made = facts.events("complaints", "resolved", when="opened")
    due = made.day + PROMPT
    rows = within(due, facts, t)
    days = made.frame["resolved"].to_numpy().astype("datetime64[D]")[rows]
    took = np.where(np.isnat(days), np.iinfo(np.int64).max, days.astype(np.int64) - made.day[rows])
    return Parts(made.customer[rows], (took <= PROMPT).astype(float), np.ones(len(days)))


CARING = (
    MeasureRecord("customers_under_care", "caring", "count", "number0", "higher", customers_under_care, snapshot=True),
    MeasureRecord("care_of_active", "caring", "share", "percent1", "higher", care_of_active, snapshot=True),
    MeasureRecord("contact_rate", "caring", "share", "percent1", "higher", contact_rate),
    MeasureRecord("complaint_rate", "caring", "ratio", "percent1", "lower", complaint_rate, steady=True),
    MeasureRecord(
        "prompt_resolution", "caring", "share", "percent1", "higher", prompt_resolution, steady=True, rows="complaints"
    ),
)
