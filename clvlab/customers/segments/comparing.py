"""Segments of customers beside each other: how many, how active, what they spend, and which stand out."""

import numpy as np
import pandas as pd
from scipy import stats

from clvlab.arguments import instance
from clvlab.customers.facts import Facts
from clvlab.customers.intervals import false_discovery
from clvlab.customers.measures import MeasureRecord, Parts
from clvlab.customers.segment_rows import segment_rows
from clvlab.customers.sums import sums_of
from clvlab.errors import InputError

NOISE = 0.10  # of what is called news, at most this share is noise
_TOLD = ("value", "low", "high", "rest", "change", "p_value")


def _active(facts: Facts, t: int) -> Parts:
    """Of those who ever bought, who bought within the threshold."""
    whose = _buyers(facts, t)
    return Parts(whose, facts.active(t + 1)[whose].astype(float), np.ones(len(whose)))


def _spend(facts: Facts, t: int) -> Parts:
    """What those who ever bought spent within the year up to the period's end."""
    facts.require("orders", "amount")
    end = facts.windows.last[t]
    rows = slice(*np.searchsorted(facts.orders.day, [end - 364, end + 1]))
    amount = np.nan_to_num(facts.orders.number("amount")[rows])
    spent = np.bincount(facts.orders.customer[rows], weights=amount, minlength=facts.n)
    whose = _buyers(facts, t)
    return Parts(whose, spent[whose], np.ones(len(whose)))


def _buyers(facts: Facts, t: int) -> np.ndarray:
    return np.flatnonzero(facts.first_day <= facts.windows.last[t])


COMPARED = (
    MeasureRecord("active_share", "base", "share", "percent1", "higher", _active),
    MeasureRecord("spend_per_customer", "buying", "ratio", "money2", "higher", _spend),
)


def profile(facts: Facts, segment: pd.Series) -> pd.DataFrame:
    """Compare segments, at the end of the last whole period.

    Parameters
    ----------
    facts : Facts
    segment : Series, index customer_id
        As ``groups`` has them; customers without one are in no row, and counted in ``attrs["without"]``.

    Returns
    -------
    DataFrame, index segment, the largest first
        customers, share (of all customers); active_share: of those who ever bought, the share who bought within the
        threshold; spend_per_customer: what those who ever bought spent in the last 365 days, or since the records
        began, on average (missing without amounts). Each of the two with _low and _high (95 %), _rest (all other
        segments together), _change (from the rest), _p_value, _p_adjusted (by Benjamini and Hochberg over all of the
        frame) and _news (p_adjusted at most .10).

    Raises
    ------
    InputError
        No customer of the series is known.

    Notes
    -----
    Where segments are made of purchases, as by recency and frequency, differences in purchases are no news.

    Examples
    --------
    >>> from clvlab.customers.facts import facts as facts_of
    >>> from clvlab.data.simulate import company
    >>> known = facts_of(company(500, seed=1).company())
    >>> profile(known, known.segments("channel"))[["customers", "active_share"]].round(2).iloc[0].tolist()
    [144.0, 0.44]
    """
    instance(segment, pd.Series, "segment", "give a Series of segments indexed by customer, as groups(facts) holds")
    named = segment.dropna()
    own = named[~named.index.duplicated()].reindex(facts.ids)
    codes, labels = pd.factorize(own, sort=True)
    if not len(labels):
        raise InputError("segment= names no customer of this company. Index it by customer, as facts.ids has them.")
    group = np.append(codes, -1).astype(np.int64)
    names = [str(label) for label in labels]
    count = np.bincount(codes[codes >= 0], minlength=len(names))
    found = pd.DataFrame({"customers": count, "share": count / facts.n}, index=pd.Index(names, name="segment"))
    last = len(facts.windows) - 1
    amounts = not np.isnan(facts.orders.number("amount")).all()
    for record in COMPARED:
        rows = pd.DataFrame(index=found.index, columns=[*_TOLD], dtype=float)
        if amounts or record.id == "active_share":
            told = segment_rows(record, sums_of([record.parts(facts, last)], group, len(names)), names)
            rows = pd.DataFrame(told[1:], columns=["segment", *_TOLD]).set_index("segment").reindex(found.index)
        rows.columns = pd.Index([record.id if name == "value" else f"{record.id}_{name}" for name in _TOLD])
        found = found.join(rows)
    columns = [f"{record.id}_p_value" for record in COMPARED]
    p = found[columns].to_numpy(float)
    known = ~np.isnan(p)
    adjusted = np.full(p.shape, np.nan)
    if known.any():
        adjusted[known] = stats.false_discovery_control(p[known])
    news = false_discovery(p, rate=NOISE)
    for j, record in enumerate(COMPARED):
        found[f"{record.id}_p_adjusted"], found[f"{record.id}_news"] = adjusted[:, j], news[:, j]
    found = found.sort_values("customers", ascending=False, kind="stable")
    found.attrs["without"] = int((codes < 0).sum())
    return found
