"""Acquisition: what customers cost, and how leads become customers."""

import numpy as np

from clvlab.customers.facts import Facts
from clvlab.customers.measures.record import MeasureRecord, Parts, within


def acquisition_cost(facts: Facts, t: int) -> Parts:
    """Marketing cost of the period over customers acquired in it.

    Rows are customers acquired, each of a count of 1, and costs, each of a count of 0.
    """
    spent = facts.events("marketing_cost", "cost")
    rows = within(spent.day, facts, t)
    acquired = facts.acquired
    # A period without any cost on record is one of unknown cost, not one that cost nothing.
    known = rows.stop > rows.start
    new = np.flatnonzero(known & (acquired >= facts.windows.first[t]) & (acquired <= facts.windows.last[t]))
    cost = np.nan_to_num(spent.number("cost")[rows])
    costs = spent.frame["channel"].iloc[rows].to_numpy(dtype=object)
    segment = None
    if "customers" in facts.company and "channel" in facts.company.frame("customers"):
        own = facts.segments("channel").to_numpy(dtype=object)
        segment = {"channel": np.concatenate([costs, own[new]])}
    nobody = np.full(len(cost), -1)
    return Parts(
        np.concatenate([nobody, new]),
        np.concatenate([cost, np.zeros(len(new))]),
        np.concatenate([np.zeros(len(cost)), np.ones(len(new))]),
        segment,
    )


def lead_conversion(facts: Facts, t: int) -> Parts:
    """Of leads of the period, those that became customers."""
    leads = facts.events("leads")
    rows = within(leads.day, facts, t)
    if "converted" in leads.frame:
        became = leads.flag("converted")[rows]
    else:
        facts.require("leads", "customer")
        became = leads.frame["customer"].iloc[rows].notna().to_numpy()
    segment = None
    if "channel" in leads.frame:
        segment = {"channel": leads.frame["channel"].iloc[rows].to_numpy(dtype=object)}
    return Parts(leads.customer[rows], became.astype(float), np.ones(len(became)), segment)


def referral_rate(facts: Facts, t: int) -> Parts:
    """Referrals of the period over customers active at its end."""
    made = facts.events("referrals")
    rows = within(made.day, facts, t)
    whose = made.customer[rows]
    each = np.bincount(whose[whose >= 0], minlength=facts.n).astype(float)
    some = np.flatnonzero((each > 0) | facts.active(t + 1))
    return Parts(some, each[some], facts.active(t + 1)[some].astype(float))


ACQUIRING = (
    MeasureRecord("acquisition_cost", "acquiring", "cost", "money2", "lower", acquisition_cost),
    MeasureRecord(
        "lead_conversion", "acquiring", "share", "percent1", "higher", lead_conversion, steady=True, rows="leads"
    ),
    MeasureRecord("referral_rate", "acquiring", "ratio", "percent1", "higher", referral_rate, steady=True),
)
