"""Association rules: which products are in one basket more often than their popularity and basket sizes explain."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special, stats

from clvlab.arguments import number
from clvlab.customers.baskets.lines import Baskets, baskets, fewest_of
from clvlab.customers.baskets.pairs import Pairs, pairs
from clvlab.customers.baskets.spread import log_variance
from clvlab.data.days import DateLike
from clvlab.notes import Note
from clvlab.shown import Shown

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]
LEVEL = 0.95
FALSE_DISCOVERIES = 0.10
REPEATS_AT = 0.05  # p-value of a rule on the later part
MOST_PRODUCTS = 20_000


@dataclass(frozen=True, eq=False, repr=False)
class Rules(Shown):
    """Pairs of products that go together.

    Attributes
    ----------
    table : DataFrame
        One row per significant pair, by the lower end of ``adjusted``, highest first: product, other (the more frequent
        of the two), name, other_name; baskets, baskets_other, together (counts); support (share of baskets with both),
        confidence (of baskets with ``product``, the share with ``other``), confidence_back (the other way round); lift,
        lift_low, lift_high; expected (baskets with both if each were filled with as many products by popularity alone),
        adjusted (together over expected), adjusted_low, adjusted_high; p_value (one-sided), q_value (false discovery
        rate over all pairs). Where the records are long enough to check also together_later, expected_later,
        adjusted_later with its ends, p_later, and repeated (bool): more often than expected later too, p < .05.
    tested : int
        Pairs tested: all of products in ``fewest`` baskets or more, whether seen together or not.
    products : int
        Products in that many baskets.
    n, n_later : int
        Baskets in which rules were looked for, and in which they were checked.
    later_from : Timestamp or None
        First day of the later part; None where nothing was checked.
    fewest : int
    source : Baskets
    notes : tuple of Note
    """

    table: pd.DataFrame
    tested: int
    products: int
    n: int
    n_later: int
    later_from: pd.Timestamp | None
    fewest: int
    source: Baskets
    notes: tuple[Note, ...]


def rules(
    lines: pd.DataFrame | Baskets, *, by: str = "product", as_of: DateLike | None = None,
    leave_out: Collection[str] = (), fewest: int | None = None, later: float = 1 / 3,
    false_discoveries: float = FALSE_DISCOVERIES,
) -> Rules:  # fmt: skip
    """Find products that go together.

    Parameters
    ----------
    lines : DataFrame
        As ``clv.read_order_lines(...).frame`` has them.
    by, as_of, leave_out
        "product" or "category"; the last day used; products that are none.
    fewest : int, optional
        Baskets a product must be in; unset, 50, or less of few baskets.
    later : float
        Share of the time at the end on which rules are checked; 0, none.
    false_discoveries : float
        Expected share of false alarms among the pairs listed.

    Raises
    ------
    InputError
        As ``read_order_lines`` and ``number`` say; no line can be used.

    Notes
    -----
    ``lift`` is the usual one; intervals are of logarithms, by the delta method. The test is of ``adjusted``: its
    expectation keeps the size of every basket (see ``pairs``). P values are of a binomial distribution over the places
    beside a product, with the variance of a table with given margins. Customers who repeat their baskets inflate the
    variance by a factor (``pairs``), by which counts are divided (Rao & Scott, 1992). False discoveries: Benjamini &
    Hochberg (1995).

    Examples
    --------
    >>> told = pd.DataFrame({"order_id": [f"{i}" for i in range(40) for _ in "ab"],
    ...                      "product": ["tea", "pot"] * 20 + ["tea", "cup"] * 2 + ["jam", "cup"] * 18})
    >>> found = rules(told, fewest=5).table
    >>> found[["product", "other", "together", "confidence", "lift"]].round(2).values.tolist()
    [['jam', 'cup', 18.0, 1.0, 2.0], ['pot', 'tea', 20.0, 1.0, 1.82]]
    """
    later = number(later, "later", least=0.0, most=0.9, example="1/3")
    rate = number(false_discoveries, "false_discoveries", above=0.0, most=1.0, example="0.1")
    held = lines if isinstance(lines, Baskets) else baskets(lines, by=by, as_of=as_of, leave_out=leave_out)
    early, checked, from_day = _parts(held, later)
    least = fewest_of(int(early.sum()), fewest)
    alone = np.bincount(held.product[early[held.basket]], minlength=len(held.products))
    kept = np.flatnonzero(alone >= least)
    notes = []
    if len(kept) > MOST_PRODUCTS:
        kept = np.sort(kept[np.argsort(-alone[kept], kind="stable")[:MOST_PRODUCTS]])
        notes.append(Note("next_product.most_products", n=MOST_PRODUCTS))
    if from_day is None and later > 0:
        notes.append(Note("next_product.not_checked"))
    found = _counted(held, early, kept)
    p_value = _tail(found)
    tested = len(kept) * (len(kept) - 1) // 2
    q_value = discovery_rates(p_value, tested)
    chosen = q_value <= rate
    table = _table(held, kept, found, p_value, q_value, chosen)
    if from_day is not None:
        table = _checked(table, found, _counted(held, checked, kept), chosen, len(kept))
    order = np.lexsort((table["other"].astype(str), table["product"].astype(str), -table["adjusted_low"]))
    return Rules(
        table=table.take(order).reset_index(drop=True), tested=tested, products=len(kept), n=int(early.sum()),
        n_later=int(checked.sum()), later_from=from_day, fewest=least, source=held, notes=tuple(notes),
    )  # fmt: skip


def _parts(held: Baskets, later: float) -> tuple[Bool, Bool, pd.Timestamp | None]:
    """Baskets to look in, those to check on, and the first day of these."""
    none = np.zeros(held.n, dtype=bool)
    if held.day is None or later == 0 or np.isnat(held.day).all():
        return ~none, none, None
    first, last = np.nanmin(held.day), np.nanmax(held.day)
    span = (last - first).astype(int) + 1
    cut = first + np.timedelta64(round(span * (1.0 - later)), "D")
    checked = held.day >= cut
    if span < 3 or not checked.any() or checked.all():
        return ~none, none, None
    return held.day < cut, checked, pd.Timestamp(cut)


def _counted(held: Baskets, which: Bool, kept: NDArray[np.int64]) -> Pairs:
    place = np.full(len(held.products), -1)
    place[kept] = np.arange(len(kept))
    chosen = which[held.basket] & (place[held.product] >= 0)
    number_of = np.cumsum(which) - 1
    return pairs(number_of[held.basket[chosen]], place[held.product[chosen]], held.customer[which], len(kept))


def _tail(found: Pairs) -> Float:
    """Chance of as many baskets with both or more, if filled by popularity alone."""
    together, places = found.together / found.repeats, found.places / found.repeats
    chance = np.minimum(found.expected / np.maximum(found.places, 1.0), 1.0)
    tail: Float = special.betainc(np.maximum(together, 1e-9), np.maximum(places - together + 1.0, 1e-9), chance)
    return tail


def _spread(variance: Float, repeats: Float) -> Float:
    """What an estimate is divided and multiplied by, for the ends of its interval."""
    found: Float = np.exp(stats.norm.ppf((1.0 + LEVEL) / 2.0) * np.sqrt(np.maximum(variance, 0.0) * repeats))
    return found


def discovery_rates(p_value: Float, tested: int) -> Float:
    """Benjamini and Hochberg's adjusted p-values of the smallest of so many tests; the p-values of the others are 1.

    Examples
    --------
    >>> discovery_rates(np.array([0.001, 0.2]), 10).round(3).tolist()
    [0.01, 1.0]
    """
    found: Float = stats.false_discovery_control(p_value)  # of as many tests as there are p-values
    return np.minimum(found * tested / max(len(p_value), 1), 1.0)


def _table(
    held: Baskets, kept: NDArray[np.int64], found: Pairs, p_value: Float, q_value: Float, chosen: Bool
) -> pd.DataFrame:
    first, second = found.first[chosen], found.second[chosen]
    swap = found.alone[first] > found.alone[second]
    rarer, other = np.where(swap, second, first), np.where(swap, first, second)
    one, two, both, n = found.alone[rarer], found.alone[other], found.together[chosen], float(found.n)
    lift = both * n / (one * two)
    repeats = found.repeats[chosen]
    spread = _spread(1.0 / both - 1.0 / one - 1.0 / two + (2.0 * lift - 1.0) / n, repeats)
    adjusted = both / found.expected[chosen]
    spread_adjusted = _spread(log_variance(found, np.flatnonzero(chosen)), repeats)
    name = held.about["name"].to_numpy(object)
    return pd.DataFrame({
        "product": held.products.to_numpy(object)[kept[rarer]], "other": held.products.to_numpy(object)[kept[other]],
        "name": name[kept[rarer]], "other_name": name[kept[other]],
        "baskets": one, "baskets_other": two, "together": both, "support": both / n,
        "confidence": both / one, "confidence_back": both / two,
        "lift": lift, "lift_low": lift / spread, "lift_high": lift * spread,
        "expected": found.expected[chosen], "adjusted": adjusted, "adjusted_low": adjusted / spread_adjusted,
        "adjusted_high": adjusted * spread_adjusted,
        "p_value": p_value[chosen], "q_value": q_value[chosen],
    })  # fmt: skip


def _checked(table: pd.DataFrame, found: Pairs, later: Pairs, chosen: Bool, n_products: int) -> pd.DataFrame:
    """What became of each pair in the later part. A pair not seen there has no value, and did not repeat."""
    wanted = found.first[chosen] * n_products + found.second[chosen]
    known = later.first * n_products + later.second
    at = np.searchsorted(known, wanted)
    seen = np.isin(wanted, known)
    at = at[seen]
    adjusted = later.together[at] / later.expected[at]
    spread = _spread(log_variance(later, at), later.repeats[at])
    columns = {
        "together_later": later.together[at], "expected_later": later.expected[at], "adjusted_later": adjusted,
        "adjusted_later_low": adjusted / spread, "adjusted_later_high": adjusted * spread, "p_later": _tail(later)[at],
    }  # fmt: skip
    added = {name: np.full(len(wanted), 0.0 if name == "together_later" else np.nan) for name in columns}
    for name, values in columns.items():
        added[name][seen] = values
    again = (added["p_later"] < REPEATS_AT) & (added["adjusted_later"] > 1.0)
    return table.assign(**added, repeated=again)


__all__ = ["Rules", "discovery_rates", "rules"]
