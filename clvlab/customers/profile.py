"""A full profile of one customer."""

from dataclasses import dataclass
from difflib import get_close_matches

import pandas as pd

from clvlab.customers.engagement import parts_of
from clvlab.customers.facts import Facts
from clvlab.customers.facts import facts as facts_of
from clvlab.data.company import Company
from clvlab.errors import InputError
from clvlab.shown import Shown

DAYS = {"orders": "date", "contacts": "date", "surveys": "date", "complaints": "opened", "subscriptions": "start",
        "memberships": "date", "rewards": "date", "referrals": "date", "opportunities": "opened", "campaigns": "date",
        "events": "time"}  # fmt: skip


@dataclass(frozen=True, eq=False, repr=False)
class Profile(Shown):
    """All data on one customer.

    Attributes
    ----------
    customer : str
    facts : Series
        What the table of customers says, and first_purchase, last_purchase, purchases, spent.
    tables : mapping of str to DataFrame
        Rows of each table that name the customer, latest first.
    timeline : DataFrame
        All of it in time, latest first: day, table, what (a type, topic, tier or plan), amount.
    engagement : Series
        Parts of engagement in the last whole period, 0 to 100.
    worth : Series
        so_far, expected, prob_alive; empty where values were not asked for.
    """

    customer: str
    facts: pd.Series
    tables: dict[str, pd.DataFrame]
    timeline: pd.DataFrame
    engagement: pd.Series
    worth: pd.Series


def profile(company: Company | Facts, customer: str, *, worth: pd.DataFrame | None = None) -> Profile:
    """A full profile of one customer: what the tables hold, in time, with engagement and value.

    Parameters
    ----------
    company : Company or Facts
    customer : str
        The identifier.
    worth : DataFrame, optional
        As ``clv.customers.value_of_customers`` returns it.

    Raises
    ------
    InputError
        No such customer.

    Examples
    --------
    >>> from clvlab.data.simulate import company
    >>> found = profile(company(200).company(), "C00001")
    >>> found.customer, int(found.facts["purchases"]) > 0
    ('C00001', True)
    """
    known = facts_of(company) if isinstance(company, Company) else company
    if customer not in known.ids:
        near = get_close_matches(str(customer), list(known.ids[:100_000]), n=3)
        hint = f" Near it are {', '.join(near)}." if near else f" Identifiers look like {', '.join(known.ids[:3])}."
        raise InputError(f"There is no customer {customer!r} among {known.n:,}.{hint}")
    tables = {name: _own(known.company, name, customer) for name in DAYS if name in known.company}
    tables = {name: rows for name, rows in tables.items() if len(rows)}
    told = pd.Series(dtype="object")
    if "customers" in known.company:
        base = known.company.frame("customers")
        rows = base[base["customer"] == customer]
        told = rows.iloc[0].drop("customer").dropna() if len(rows) else told
    bought = tables.get("orders", pd.DataFrame({"date": [], "amount": []}))
    summed = pd.Series({
        "first_purchase": bought["date"].min(), "last_purchase": bought["date"].max(), "purchases": len(bought),
        "spent": bought["amount"].sum(min_count=1),
    }, dtype="object")  # fmt: skip
    own = pd.Series(dtype=float) if worth is None else worth.loc[[customer]].iloc[0]
    return Profile(customer, pd.concat([told, summed]), tables, _timeline(tables), parts_of(known, customer), own)


def _own(company: Company, name: str, customer: str) -> pd.DataFrame:
    frame = company.frame(name)
    if "customer" not in frame or DAYS[name] not in frame:
        return frame.iloc[:0]
    rows = frame[frame["customer"] == customer].drop(columns="customer")
    if name == "surveys":  # invitations without an answer are no answers
        rows = rows[rows[[each for each in ("nps", "csat") if each in rows]].notna().any(axis=1)]
    return rows.sort_values(DAYS[name], ascending=False, kind="stable", ignore_index=True)


WHAT = {"contacts": "type", "complaints": "topic", "subscriptions": "plan", "memberships": "tier", "rewards": "kind",
        "opportunities": "stage", "campaigns": "campaign", "events": "type"}  # fmt: skip
AMOUNT = {"orders": "amount", "opportunities": "amount", "subscriptions": "value", "rewards": "value",
          "surveys": "nps"}  # fmt: skip


def _timeline(tables: dict[str, pd.DataFrame]) -> pd.DataFrame:
    parts = []
    for name, rows in tables.items():
        what, amount = WHAT.get(name, ""), AMOUNT.get(name, "")
        parts.append(
            pd.DataFrame(
                {
                    "day": rows[DAYS[name]].dt.as_unit("s"),
                    "table": name,
                    "what": rows[what].astype("object").fillna("") if what in rows else "",
                    "amount": rows[amount].astype(float) if amount in rows else float("nan"),
                }
            )
        )
    if not parts:
        return pd.DataFrame({"day": [], "table": [], "what": [], "amount": []})
    return pd.concat(parts).sort_values("day", ascending=False, kind="stable", ignore_index=True)
