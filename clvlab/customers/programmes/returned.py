"""Lost customers of a company who bought again: how many, after which contact, and what they are worth since."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clvlab.customers.facts import facts
from clvlab.customers.intervals import share
from clvlab.customers.programmes.lives import Lives, Whole, lives
from clvlab.customers.programmes.problems import NotCompared
from clvlab.data.company import Company
from clvlab.data.days import day_numbers, to_days
from clvlab.errors import InputError
from clvlab.notes import Note
from clvlab.shown import Shown

WITHIN = 30  # days from a contact to a purchase
YEAR = 365.25


@dataclass(frozen=True, eq=False, repr=False)
class Returned(Shown):
    """Customers who bought again after a silence of the inactivity threshold: as lost as their stage says.

    Attributes
    ----------
    silences : DataFrame
        customer, lost (the day on which the silence reached the threshold), returned (missing of who did not).
    after : DataFrame
        One row per campaign and arm, and a type of outbound contact: source ("campaign", "contact"), name, arm,
        customers (lost on that day), returned (bought within ``within`` days), share with low and high (95 %, mid-P),
        spend and profit (per returned customer and year since; missing where unknown). Who got what was not drawn at
        random, unless the campaign's arms were.
    lost, came_back : int
        Silences longer than the threshold, and those that ended.
    share, low, high : float
    spend_since, profit_since : float
        Per customer who came back and year since; NaN where unknown.
    threshold, within : int
        Days.
    """

    silences: pd.DataFrame
    after: pd.DataFrame
    lost: int
    came_back: int
    share: float
    low: float
    high: float
    spend_since: float
    profit_since: float
    threshold: int
    within: int


def returned(company: Company, *, threshold: int | None = None, within: int = WITHIN) -> Returned:
    """Find lost customers who bought again.

    Parameters
    ----------
    company : Company
        Orders; campaigns and contacts where they are there.
    threshold : int, optional
        Days without a purchase after which a customer is lost: that of ``clv.customers.lifecycle``.
    within : int
        Days after a contact within which a purchase counts as following it.

    Raises
    ------
    InputError
        No orders, or nobody was ever silent for longer than the threshold.

    Examples
    --------
    >>> from clvlab.data.simulate import company
    >>> found = returned(company(300, seed=1).company())
    >>> 0 < found.came_back < found.lost
    True
    """
    known = lives(company)
    try:
        limit = int(facts(company, threshold=threshold).threshold)
    except InputError as error:
        raise NotCompared(str(error), Note("actions_programmes.returned.no_threshold", reason=str(error))) from None
    who, lost, back = _silences(known, limit)
    if not len(who):
        raise NotCompared(
            f"Nobody was without a purchase for more than {limit} days: nobody was lost.",
            Note("actions_programmes.returned.nobody_lost", days=limit),
        )
    came = back >= 0
    value, low, high = share(int(came.sum()), len(who))
    rows = [*_campaigns(company, known), *_contacts(company, known)]
    after = _after(known, rows, who, lost, back, within)
    table = pd.DataFrame(
        {"customer": known.ids[who], "lost": to_days(lost), "returned": to_days(np.where(came, back, 0))}
    )
    table.loc[~came, "returned"] = pd.NaT
    # The purchase that ended the silence counts.
    spend, profit = _worth(known, who[came], back[came])
    return Returned(table, after, len(who), int(came.sum()), float(value), float(low), float(high), spend, profit,
                    limit, within)  # fmt: skip


def _silences(known: Lives, limit: int) -> tuple[Whole, Whole, Whole]:
    """Customer, day on which the threshold was passed, and day of the purchase that ended it (-1: none)."""
    day = known.last_day
    counts = known.orders.before(np.arange(known.n), np.full(known.n, known.end))
    who = np.repeat(np.arange(known.n), np.diff(counts, prepend=0))
    after = np.append(day[1:], -1)
    last = np.append(who[1:] != who[:-1], True)
    gap = np.where(last, known.end, after) - day
    # At the end of a day nobody who bought within the last ``limit`` days is lost, that day included.
    silent = np.where(last, gap >= limit, gap > limit)
    return who[silent], day[silent] + limit, np.where(last, -1, after)[silent]


def _worth(known: Lives, who: Whole, since: Whole) -> tuple[float, float]:
    """Spend and profit per customer and year, from a day on."""
    end = np.full(len(who), known.end)
    years = float(((end - since + 1) / YEAR).sum())
    found = []
    for name in ("spend", "profit"):
        held = known.rows_of(name)
        found.append(float(held.total(name, who, since - 1, end).sum()) / years if held and years else np.nan)
    return found[0], found[1]


type _Contacted = tuple[str, str, str, Whole, Whole]


def _campaigns(company: Company, known: Lives) -> list[_Contacted]:
    if "campaigns" not in company or "date" not in company.frame("campaigns"):
        return []
    table = company.frame("campaigns")
    arm = table["arm"].astype(str) if "arm" in table else pd.Series("", index=table.index)
    return _grouped("campaign", table, table["campaign"].astype(str), arm, known)


def _contacts(company: Company, known: Lives) -> list[_Contacted]:
    if "contacts" not in company:
        return []
    table = company.frame("contacts")
    if "direction" in table:
        table = table[table["direction"].astype(str).str.lower() == "outbound"]
    named = table["type"].astype(str) if "type" in table else pd.Series("", index=table.index)
    return _grouped("contact", table, named, pd.Series("", index=table.index), known)


def _grouped(source: str, table: pd.DataFrame, name: pd.Series, arm: pd.Series, known: Lives) -> list[_Contacted]:
    kept = table["date"].notna()
    table, name, arm = table[kept], name[kept], arm[kept]
    who = known.ids.get_indexer(pd.Index(table["customer"])).astype(np.int64)
    day = day_numbers(table["date"])
    groups = pd.DataFrame({"name": name.to_numpy(), "arm": arm.to_numpy()}).drop_duplicates()
    found = []
    for each, of_arm in groups.sort_values(["name", "arm"]).itertuples(index=False):
        rows = np.flatnonzero((name == each).to_numpy() & (arm == of_arm).to_numpy() & (who >= 0))
        found.append((source, str(each), str(of_arm), who[rows], day[rows]))
    return found


def _after(
    known: Lives, rows: list[_Contacted], who: Whole, lost: Whole, back: Whole, within: int
) -> pd.DataFrame:  # fmt: skip
    """What lost customers did after each kind of contact."""
    key = who * 10_000_000 + lost  # ascending: silences are in the order of customers and days
    found = []
    for source, name, arm, customer, day in rows:
        place = np.searchsorted(key, customer * 10_000_000 + day, side="right") - 1
        at = np.maximum(place, 0)
        silent = (place >= 0) & (who[at] == customer) & ((back[at] < 0) | (back[at] >= day))
        seen = silent & (day + within <= known.end)
        of = at[seen]
        came = (back[of] >= 0) & (back[of] <= day[seen] + within)
        value, low, high = share(int(came.sum()), int(seen.sum()))
        spend, profit = _worth(known, who[of[came]], back[of[came]])
        found.append({"source": source, "name": name, "arm": arm, "customers": int(seen.sum()),
                      "returned": int(came.sum()), "share": float(value), "low": float(low), "high": float(high),
                      "spend": spend, "profit": profit})  # fmt: skip
    table = pd.DataFrame(found, columns=["source", "name", "arm", "customers", "returned", "share", "low", "high",
                                         "spend", "profit"])  # fmt: skip
    return table[table["customers"] > 0].reset_index(drop=True)
