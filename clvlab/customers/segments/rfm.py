"""Recency, frequency and monetary value: scores by stated cuts, and segments by a stated rule."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from numbers import Integral

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.arguments import instance, number
from clvlab.data.days import DateLike, as_day
from clvlab.data.order_book import Orders
from clvlab.errors import InputError
from clvlab.shown import Shown

Float = NDArray[np.float64]

MEASURES = {"recency": "r", "frequency": "f", "monetary": "m"}
# Segment, then r from and below, then the mean of f and m from and below, scores 1 to 5: the first that holds.
RULES = (
    ("champions", 3.5, np.inf, 4.0, np.inf),
    ("loyal", 2.5, np.inf, 3.0, np.inf),
    ("new", 4.5, np.inf, -np.inf, 2.0),
    ("promising", 3.5, np.inf, -np.inf, 3.0),
    ("needs_attention", 2.5, 3.5, -np.inf, 3.0),
    ("cannot_lose", -np.inf, 2.5, 4.0, np.inf),
    ("at_risk", -np.inf, 2.5, 2.5, 4.0),
    ("hibernating", -np.inf, 2.5, -np.inf, 2.5),
)


@dataclass(frozen=True, eq=False, repr=False)
class RFM(Shown):
    """Customers scored by recency, frequency and monetary value.

    Attributes
    ----------
    table : DataFrame, index customer_id
        recency (days since the last purchase at ``as_of``), frequency (purchase days, the first included), monetary
        (total net spend over the records; missing where amounts are unknown); r, f, m: scores from 1 (worst), m
        missing where monetary is; segment.
    cuts : DataFrame, index (measure, score)
        low (exclusive, but for the lowest value), high (inclusive): values with this score, -inf and inf at the ends;
        customers. A score nobody has, as of many equal values, has no customers.
    as_of : Timestamp
        The day that counts as now.
    """

    table: pd.DataFrame
    cuts: pd.DataFrame
    as_of: pd.Timestamp

    @property
    def segments(self) -> pd.DataFrame:
        """Each segment, in the order of the rule.

        Returns
        -------
        DataFrame, index segment
            customers, share (of all); spend, share_of_spend (missing where amounts are unknown); recency (median,
            days), frequency (median, purchase days).
        """
        named = self.table["segment"].astype(pd.CategoricalDtype([rule[0] for rule in RULES]))
        by = self.table.groupby(named, observed=False)
        spend = by["monetary"].sum(min_count=1)
        known = self.table["monetary"].notna().any()
        spend = spend.fillna(0.0) if known else spend
        total = float(spend.sum())
        found = pd.DataFrame({"customers": by.size(), "share": by.size() / max(len(self.table), 1), "spend": spend})
        found["share_of_spend"] = spend / total if known and total > 0 else np.nan
        return found.assign(recency=by["recency"].median(), frequency=by["frequency"].median()).rename_axis("segment")


def rfm(
    orders: Orders, *, as_of: DateLike | None = None, cuts: int | Mapping[str, Sequence[float]] = 5
) -> RFM:  # fmt: skip
    """Score customers by recency, frequency and monetary value.

    Parameters
    ----------
    orders : Orders
        As ``clv.read_orders`` returns them.
    as_of : date, optional
        The day that counts as now; the last order unless given. Later orders are left out.
    cuts : int, or mapping of measure to ascending boundaries
        Number of scores, 2 to 10: boundaries are quantiles of the customers' own values. Or boundaries by measure,
        "recency", "frequency", "monetary": n of them make n + 1 scores; a value equal to one lies below it. A measure
        left out has five scores by quantiles.

    Returns
    -------
    RFM
        Equal values have equal scores, so scores need not have equally many customers.

    Raises
    ------
    InputError
        No orders by ``as_of``; a measure of no such name; boundaries that do not ascend.

    Notes
    -----
    Source: Hughes (1994), Strategic database marketing. Segments depend on r and on the mean of f and m (f alone
    without amounts), both brought to a scale of 1 to 5: ``RULES``.

    Examples
    --------
    >>> from clvlab.data.orders import read_orders
    >>> bought = {"customer": ["a", "a", "b", "c"], "date": ["2024-01-01", "2024-03-01", "2024-01-05", "2024-02-10"]}
    >>> orders = read_orders(pd.DataFrame(bought | {"amount": [10.0, 15.0, 60.0, 5.0]}))
    >>> found = rfm(orders, cuts={"recency": [30], "frequency": [1], "monetary": [20]})
    >>> found.table["segment"].to_dict()
    {'a': 'champions', 'b': 'at_risk', 'c': 'new'}
    """
    instance(orders, Orders, "orders", "clv.read_orders(path) makes them, and facts.company.read['orders'] are such")
    day = orders.last_date if as_of is None else as_day(as_of, "as_of")
    known = orders.until(day) if day < orders.last_date else orders
    if not known.n_customers:
        raise InputError(f"No customer had bought by {day:%Y-%m-%d}. Give a later as_of=, or orders with purchases.")
    table = _values(known, day)
    measures = [name for name in MEASURES if table[name].notna().any()]
    bounds = _bounds(table[measures], cuts)
    rows = []
    for name, short in MEASURES.items():
        if name not in measures:
            table[short] = pd.array([pd.NA] * len(table), dtype="Int64")
            continue
        value = table[name].to_numpy(float)
        place = np.searchsorted(bounds[name], value, side="left") + 1
        most = len(bounds[name]) + 1
        score = most + 1 - place if name == "recency" else place
        score = np.where(np.isnan(value), 0, score)
        table[short] = pd.Series(score, index=table.index, dtype="Int64").mask(score == 0)
        low, high = np.append(-np.inf, bounds[name]), np.append(bounds[name], np.inf)
        order = np.arange(most)[::-1] if name == "recency" else np.arange(most)
        having = np.bincount(score, minlength=most + 1)
        rows += [(name, s + 1, low[at], high[at], int(having[s + 1])) for s, at in enumerate(order)]
    table["segment"] = _segments(table, {name: len(each) + 1 for name, each in bounds.items()})
    told = pd.DataFrame(rows, columns=["measure", "score", "low", "high", "customers"])
    return RFM(table, told.set_index(["measure", "score"]), day)


def _values(orders: Orders, day: pd.Timestamp) -> pd.DataFrame:
    """The three measures of each customer; purchases stand by customer and date."""
    bought = orders.purchases()
    code, ids = pd.factorize(bought["customer_id"])
    first = np.flatnonzero(np.r_[True, code[1:] != code[:-1]])
    last = np.r_[first[1:], len(code)] - 1
    silent = (day - bought["date"].iloc[last]).dt.days.to_numpy()
    return pd.DataFrame(
        {"recency": silent, "frequency": last - first + 1,
         "monetary": np.add.reduceat(bought["amount"].to_numpy(float), first)},
        index=pd.Index(ids, name="customer_id"),
    )  # fmt: skip


def _bounds(table: pd.DataFrame, cuts: int | Mapping[str, Sequence[float]]) -> dict[str, Float]:
    given: Mapping[str, Sequence[float]] = {}
    scores = 5
    if isinstance(cuts, Mapping):
        given = cuts
        unknown = [str(name) for name in given if name not in MEASURES]
        if unknown:
            raise InputError(f"cuts= names {', '.join(MEASURES)}; found {', '.join(unknown)}.")
    elif isinstance(cuts, Integral) and not isinstance(cuts, bool):
        scores = int(number(int(cuts), "cuts", least=2, most=10, example="5"))
    else:
        raise InputError(f"cuts= is a whole number of scores or a mapping of measure to boundaries; found {cuts!r}.")
    found = {}
    for name in table.columns:
        if name in given:
            found[name] = np.asarray(given[name], dtype=float)
            if not found[name].size or not np.isfinite(found[name]).all() or (np.diff(found[name]) <= 0).any():
                raise InputError(f"cuts= of {name} are ascending numbers, such as [30, 90]; found {given[name]!r}.")
        else:
            # Boundaries are values that customers have.
            value = table[name].dropna().to_numpy(float)
            found[name] = np.quantile(value, np.arange(1, scores) / scores, method="inverted_cdf")
    return found


def _segments(table: pd.DataFrame, scores: Mapping[str, int]) -> pd.Series:
    scaled = {
        name: 1.0 + 4.0 * (table[MEASURES[name]].to_numpy(float, na_value=np.nan) - 1.0) / (of - 1.0)
        for name, of in scores.items()
    }
    worth = scaled["frequency"]
    if "monetary" in scaled:
        worth = np.where(np.isnan(scaled["monetary"]), worth, (worth + scaled["monetary"]) / 2.0)
    r = scaled["recency"]
    holds = [(r >= r0) & (r < r1) & (worth >= w0) & (worth < w1) for _, r0, r1, w0, w1 in RULES]
    return pd.Series(np.array([rule[0] for rule in RULES])[np.argmax(holds, axis=0)], index=table.index)
