"""Every way in which a company's customers can be divided."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from clvlab.customers.facts import NOBODY, Events, Facts, known_segments
from clvlab.customers.segments.clusters import Clusters, clusters
from clvlab.customers.segments.features import attitudes, behaviour, category_sums, has, tastes
from clvlab.customers.segments.lifecycle import lifecycle
from clvlab.customers.segments.rfm import rfm
from clvlab.customers.voice.study import study_answers
from clvlab.data.order_book import Orders
from clvlab.errors import InputError
from clvlab.notes import Note

AGES = (25, 35, 45, 55, 65)
AGE_GROUPS = ("under_25", "25_to_34", "35_to_44", "45_to_54", "55_to_64", "65_and_over")
OLDEST = 110
FAVOURITE = 2  # lines in a category before it can be a favourite
NONE, ASKED = "none", "asked_or_commented"
INBOUND = ("inbound", "in", "incoming", "呼入", "来电", "客户发起")


def groups(facts: Facts, *, seed: int = 1) -> dict[str, pd.Series]:
    """Divide customers in every way the tables allow.

    Parameters
    ----------
    facts : Facts
    seed : int
        Of clusters.

    Returns
    -------
    dict of str to Series, index customer_id
        Segment of each customer, missing where unknown; only ways with two segments or more: those of ``divisions``;
        rfm and lifecycle, as the functions of these names have them; behaviour, taste, attitude: "cluster_1" (the
        largest) and so on, of ``group_clusters``, absent where there is one group alone.

    Examples
    --------
    >>> from clvlab.customers.facts import facts as facts_of
    >>> from clvlab.data.simulate import company
    >>> found = groups(facts_of(company(500, seed=1).company()))
    >>> sorted(found)[:4], found["lifecycle"].notna().sum()
    (['channel', 'favourite', 'kind', 'lifecycle'], np.int64(500))
    """
    orders = facts.company.read["orders"]
    assert isinstance(orders, Orders)
    by_purchases = {
        "rfm": rfm(orders, as_of=facts.company.as_of).table["segment"],
        "lifecycle": lifecycle(facts).now,
    }
    return several(facts, divisions(facts) | by_purchases | clustered(group_clusters(facts, seed=seed)))


def divisions(facts: Facts) -> dict[str, pd.Series]:
    """Divide customers by what the tables say of them.

    Returns
    -------
    dict of str to Series, index customer_id
        channel, region, kind, level: as the table of customers has them; age: by the year of birth, or by the column
        of ages; gender; favourite: the category with most spend, among those with two order lines or more; service:
        the most frequent topic of the customer's complaints (of equals the first by name; "complained" without
        topics), else "asked_or_commented" (began a contact, or wrote a comment), else "none".
    """
    found = {by: facts.segments(by) for by in known_segments(facts.company)}
    for name, make in (("age", _age), ("gender", _gender), ("favourite", _favourite), ("service", _service)):
        made = make(facts)
        if made is not None:
            found[name] = made
    return several(facts, found)


def clustered(found: Mapping[str, Clusters | Note]) -> dict[str, pd.Series]:
    """Clusters as segments: "cluster_1" and so on."""
    return {
        name: "cluster_" + each.assigned.astype("str").astype("object").where(each.assigned.notna())
        for name, each in found.items()
        if isinstance(each, Clusters)
    }


def several(facts: Facts, found: Mapping[str, pd.Series]) -> dict[str, pd.Series]:
    """Those of two segments or more, of all customers."""
    named = {name: each.astype("object").reindex(facts.ids).rename(name) for name, each in found.items()}
    return {name: each for name, each in named.items() if each.nunique() >= 2}


def group_clusters(facts: Facts, *, seed: int = 1) -> dict[str, Clusters | Note]:
    """Clusters of behaviour, of tastes (shares of categories in spend) and of attitudes (last answers to items).

    Returns
    -------
    dict
        "behaviour", "taste", "attitude", as far as their tables are there: the clusters, or why there are none.
    """
    features = {"behaviour": behaviour(facts)}
    if has(facts, "order_lines", "customer", "date", "category"):
        features["taste"] = tastes(facts)
    if has(facts, "surveys", "customer") and study_answers(facts.company).items:
        features["attitude"] = attitudes(facts)
    found: dict[str, Clusters | Note] = {}
    for name, table in features.items():
        try:
            found[name] = clusters(table, seed=seed)
        except InputError as error:
            found[name] = Note("segments.no_clusters", of=name, reason=str(error))
    return found


def _age(facts: Facts) -> pd.Series | None:
    """Age group at the day that counts as now, by the year of birth; else by ages, or groups of them as they stand."""
    if has(facts, "customers", "birth"):
        born = facts.segments("birth").astype("str").str.extract(r"(?<!\d)((?:19|20)\d\d)", expand=False)
        years = facts.company.as_of.year - pd.to_numeric(born).astype(float)
    elif has(facts, "customers", "age"):
        told = facts.segments("age")
        years = pd.to_numeric(told, errors="coerce").astype(float)
        if years.notna().sum() * 2 < told.notna().sum():
            return told
    else:
        return None
    place = np.searchsorted(AGES, years.to_numpy(), side="right")
    named = pd.Series(np.array(AGE_GROUPS, dtype=object)[np.minimum(place, len(AGES))], index=facts.ids)
    return named.where(years.between(0, OLDEST).to_numpy())


def _gender(facts: Facts) -> pd.Series | None:
    return facts.segments("gender") if has(facts, "customers", "gender") else None


def _favourite(facts: Facts) -> pd.Series | None:
    if not has(facts, "order_lines", "customer", "date", "category"):
        return None
    spend, count = category_sums(facts)
    among = np.where(count.to_numpy() >= FAVOURITE, spend.to_numpy(), -1.0)
    first = spend.columns.to_numpy(dtype=object)[among.argmax(axis=1)]
    return pd.Series(first, index=facts.ids).where(among.max(axis=1) > 0)


def _service(facts: Facts) -> pd.Series | None:
    asking = _asked(facts)
    complaining = has(facts, "complaints", "customer", "opened")
    if not complaining and asking is None:
        return None
    found = pd.Series(NONE, index=facts.ids, dtype=object)
    if asking is not None:
        found[asking] = ASKED
    if complaining:
        made = facts.events("complaints", when="opened")
        topic = made.frame["topic"].astype("object") if "topic" in made.frame else pd.Series(dtype=object)
        named = topic.reindex(made.frame.index).fillna("complained").astype(str).to_numpy()
        rows = pd.DataFrame({"who": made.customer, "topic": named})[made.customer != NOBODY]
        each = rows.value_counts().rename("n").reset_index()
        each = each.sort_values(["n", "topic"], ascending=[False, True]).drop_duplicates("who")
        found.iloc[each["who"]] = each["topic"].to_numpy()
    return found


def _asked(facts: Facts) -> np.ndarray | None:
    """Who began a contact or wrote a comment; None where no table could say."""
    some = np.zeros(facts.n, dtype=bool)
    known = False
    if has(facts, "contacts", "customer", "date", "direction"):
        made = facts.events("contacts")
        some |= _who(facts, made, made.frame["direction"].astype("str").str.casefold().isin(INBOUND))
        known = True
    if has(facts, "surveys", "customer", "date", "text"):
        given = facts.events("surveys")
        some |= _who(facts, given, given.frame["text"].fillna("").astype("str").str.strip() != "")
        known = True
    return some if known else None


def _who(facts: Facts, rows: Events, flags: pd.Series) -> np.ndarray:
    own = rows.customer[flags.to_numpy(dtype=bool) & (rows.customer != NOBODY)]
    return np.bincount(own, minlength=facts.n) > 0
