"""How a simulated company looks after its customers: owners and pools, contacts, complaints, and the customer table."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from clvlab.data.simulate.arrivals import arrivals, picked
from clvlab.data.simulate.base import KINDS, Base
from clvlab.data.simulate.calendar import DAYS, MONTH_OF, MONTHS, clock, dates, month_number
from clvlab.data.simulate.plan import Plan
from clvlab.data.simulate.strings import as_text, joined, labelled, numbered, width
from clvlab.data.simulate.words import words

OWNED = (0.55, 0.95, 0.90)  # chance of an owner, of KINDS
POOLED = 0.8  # of those without one
INBOUND = 0.4  # contacts a year that a customer begins
TYPES = ("call", "visit", "mail", "chat")
TYPE_SHARES = (0.4, 0.1, 0.3, 0.2)
OUTCOMES = ("reached", "not reached", "interested", "order placed")
OUTCOME_SHARES = (0.45, 0.25, 0.2, 0.1)
TOPICS = ("late delivery", "damaged goods", "wrong item", "billing", "website")
TOPIC_SHARES = (0.35, 0.2, 0.15, 0.2, 0.1)


@dataclass(frozen=True, eq=False)
class Care:
    """Who looks after each customer.

    Attributes
    ----------
    owner, pool : array of int
        Places in the lists of owners and pools; -1 for none.
    followed_up : array of int
        Day of the owner's last contact; -1 for none.
    contacts : DataFrame
        The table.
    """

    owner: np.ndarray
    pool: np.ndarray
    followed_up: np.ndarray
    contacts: pd.DataFrame


def draw_care(plan: Plan, base: Base, rng: np.random.Generator) -> Care:
    """Draw owners and pools, and all contacts: those of owners, and those that customers begin."""
    owners = words().lists["owners"]
    pools = words().lists["pools"]
    owned = rng.random(base.n) < np.array(OWNED)[base.kind]
    owner = np.where(owned, rng.integers(0, len(owners), base.n), -1)
    pooled = ~owned & (rng.random(base.n) < POOLED)
    pool = np.where(pooled, rng.integers(0, len(pools), base.n), -1)
    until = np.full(base.n, float(DAYS))
    out, out_day = arrivals(rng, plan.contacts * owned, base.begins, until)
    into, into_day = arrivals(rng, INBOUND, base.begins, until)
    followed_up = np.full(base.n, -1, dtype=np.int16)
    np.maximum.at(followed_up, out, out_day)
    customer, day = np.concatenate([out, into]), np.concatenate([out_day, into_day])
    began = np.repeat(np.array([0, 1], dtype=np.int8), [len(out), len(into)])
    place = np.argsort(day, kind="stable")
    customer, day, began = customer[place], day[place], began[place]
    n = len(day)
    agent = np.where(began == 0, owner[customer], rng.integers(0, len(owners), n))
    table = pd.DataFrame(
        {
            "customer_id": base.of(customer),
            "contact_date": dates(day),
            "contact_type": labelled(TYPES, picked(rng, TYPE_SHARES, n)),
            "direction": labelled(["outbound", "inbound"], began),
            "outcome": labelled(OUTCOMES, np.where(began == 0, picked(rng, OUTCOME_SHARES, n), 0)),
            "minutes": 1 + rng.integers(0, 30, n),
            "agent": labelled(owners, agent),
        }
    )
    return Care(owner, pool, followed_up, table)


def complaint_pace(plan: Plan) -> np.ndarray:
    """The pace of complaints: faster in the month service broke down."""
    by_month = np.ones(MONTHS)
    if plan.breakdown is not None:
        by_month[month_number(plan.breakdown.month)] = plan.breakdown.complaints
    return clock(by_month)


def complaints(plan: Plan, base: Base, rng: np.random.Generator) -> pd.DataFrame:
    """The table of complaints, of active customers."""
    customer, day = arrivals(rng, plan.complaints, base.begins, base.ends, pace=complaint_pace(plan))
    place = np.argsort(day, kind="stable")
    customer, day = customer[place], day[place]
    n = len(day)
    slower = np.ones(MONTHS)
    if plan.breakdown is not None:
        slower[month_number(plan.breakdown.month)] = plan.breakdown.resolution
    took = np.floor(rng.standard_exponential(n) * plan.resolution * slower[MONTH_OF[day]])
    resolved = day + np.minimum(took, 10 * DAYS).astype(np.int64)
    seen = (rng.random(n) < plan.resolved) & (resolved < DAYS)
    return pd.DataFrame(
        {
            "case_id": numbered("K", np.arange(n), digits=width(n)),
            "customer_id": base.of(customer),
            "opened": dates(day),
            "resolved": dates(np.where(seen, resolved, -1)),
            "topic": labelled(TOPICS, picked(rng, TOPIC_SHARES, n)),
            "case_status": labelled(["open", "resolved"], seen.astype(np.int8)),
        }
    )


def customers(plan: Plan, base: Base, care: Care, rng: np.random.Generator) -> pd.DataFrame:
    """The table of customers."""
    lists = words().lists
    name, latin = _names(base, rng)
    places = [*lists["zh_regions"], *lists["en_regions"]]
    chinese = rng.integers(0, len(lists["zh_regions"]), base.n)
    english = len(lists["zh_regions"]) + rng.integers(0, len(lists["en_regions"]), base.n)
    return pd.DataFrame(
        {
            "customer_id": base.ids,
            "customer_name": name,
            "acquisition_date": dates(base.acquired),
            "channel": labelled(list(plan.channels), base.channel),
            "region": labelled(places, np.where(base.language == 0, chinese, english)),
            "customer_type": labelled(KINDS, base.kind),
            "owner": labelled(lists["owners"], care.owner),
            "public_pool": labelled(lists["pools"], care.pool),
            "last_followed_up": dates(care.followed_up),
            "latin_name": latin,
            "language": labelled(["zh", "en"], base.language),
        }
    )


def _names(base: Base, rng: np.random.Generator) -> tuple[pd.Series, pd.Series]:
    """Names in the customer's own script, and all in Latin script."""
    lists = words().lists
    given, family = (
        np.where(base.language == 0, rng.integers(0, len(lists[f"zh_{part}"]), base.n), 0)
        for part in ("given", "family")
    )
    first, last = (rng.integers(0, len(lists[f"en_{part}"]), base.n) for part in ("given", "family"))
    own, latin = (
        {part: [each.split(" ")[at] for each in lists[f"zh_{part}"]] for part in ("given", "family")} for at in (0, 1)
    )
    english = joined([(lists["en_given"], first), (lists["en_family"], last)], " ")
    chinese = pa.array(base.language == 0)
    script = joined([(own["family"], family), (own["given"], given)], "")
    pinyin = joined([(latin["family"], family), (latin["given"], given)], " ")
    return as_text(pc.if_else(chinese, script, english)), as_text(pc.if_else(chinese, pinyin, english))
