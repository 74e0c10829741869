"""Members beside others as they are, and members by tier: descriptions, not what the programme changed."""

import numpy as np
import pandas as pd

from clvlab.customers.programmes.cells import COSTS, OUTCOMES
from clvlab.customers.programmes.lives import NEVER, Lives
from clvlab.data.company import Company
from clvlab.data.days import day_numbers

YEAR = 365.25


def naive(known: Lives) -> pd.DataFrame:
    """Members beside others, per customer and year since the first order, which itself is left out.

    Returns
    -------
    DataFrame, index outcome
        members, others, difference.
    """
    who = np.arange(known.n)
    years = (known.end - known.first) / YEAR
    member = known.joined < NEVER
    rows = {}
    for name in OUTCOMES:
        held = known.rows_of(name)
        if held is not None:
            had = held.total(name, who, known.first, np.full(known.n, known.end))
            with np.errstate(invalid="ignore", divide="ignore"):
                own, others = (float(had[group].sum() / years[group].sum()) for group in (member, ~member))
            rows[name] = {"members": own, "others": others, "difference": own - others}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("outcome")


def tiers(company: Company, known: Lives) -> pd.DataFrame:
    """Members by their tier of now, per customer and year in it.

    Returns
    -------
    DataFrame, index tier
        customers; purchases, spend, profit, rewards and fees a customer and year, of those that are known. Empty
        without tiers.
    """
    table = company.frame("memberships")
    if "tier" not in table or table["tier"].isna().all():
        return pd.DataFrame()
    table = table[table["customer"].isin(known.ids) & (table["date"] <= company.as_of)]
    now = table.sort_values("date", kind="stable").drop_duplicates("customer", keep="last").dropna(subset=["tier"])
    who = known.ids.get_indexer(pd.Index(now["customer"])).astype(np.int64)
    since = day_numbers(now["date"])
    end = np.full(len(who), known.end)
    found = pd.DataFrame({"tier": now["tier"].astype(str).to_numpy(), "customers": 1, "years": (end - since) / YEAR})
    for name in (*OUTCOMES, *COSTS):
        held = known.rows_of(name)
        if held is not None:
            # a fee is paid on the day itself
            found[name] = held.total(name, who, since - (name == "fees"), end)
    summed = found.groupby("tier").sum()
    rates = summed.drop(columns=["customers", "years"]).div(summed["years"].where(summed["years"] > 0), axis=0)
    return pd.concat([summed[["customers"]], rates], axis=1).sort_values("customers", ascending=False)
