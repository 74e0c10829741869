"""Customers by type: how many are active, and how many are looked after."""

import numpy as np
import pandas as pd

from clvlab.customers.facts import Facts
from clvlab.customers.intervals import share
from clvlab.customers.measures.caring import under_care

ALL = "all"


def under_management(facts: Facts) -> pd.DataFrame:
    """How many customers of each type are active and looked after.

    Under care has an owner, is in no public pool, and was followed up recently; active bought within the inactivity
    threshold by the end of the last whole period.

    Returns
    -------
    DataFrame, index kind, and "all" last
        customers, active, owned, in_pool, under_care; both (active and under care), share (of active customers under
        care) with low and high (95 % confidence interval); idle (under care and not active).

    Raises
    ------
    MissingInput
        There is no table of customers with owners.

    Examples
    --------
    >>> from clvlab.customers.facts import facts
    >>> from clvlab.data.simulate import company
    >>> found = under_management(facts(company(300).company()))
    >>> list(found.index), int(found.loc["all", "customers"])
    (['dealer', 'end customer', 'partner', 'all'], 300)
    """
    frame = facts.require("customers", "owner").dropna(subset=["customer"]).drop_duplicates("customer")
    at = facts.numbers(frame["customer"])
    here, cared = facts.active(len(facts.windows))[at], under_care(facts)[at]
    kind = frame["kind"].fillna("").astype(str).to_numpy() if "kind" in frame else np.full(len(at), "")
    pool = frame["pool"].notna().to_numpy() if "pool" in frame else np.zeros(len(at), dtype=bool)
    each = pd.DataFrame({
        "customers": 1, "active": here, "owned": frame["owner"].notna().to_numpy(), "in_pool": pool,
        "under_care": cared, "both": here & cared, "idle": cared & ~here,
    }).astype(int)  # fmt: skip
    found = each.groupby(kind).sum() if (kind != "").any() else each.iloc[:0]
    found = pd.concat([found, each.sum().to_frame(ALL).T]).rename_axis("kind")
    value, low, high = share(found["both"].to_numpy(float), found["active"].to_numpy(float))
    return found.assign(share=value, low=low, high=high)
