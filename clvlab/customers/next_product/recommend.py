"""What to offer each customer next, by the way of choosing that did best on earlier purchases."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clvlab.arguments import number, whole
from clvlab.customers.baskets.lines import Baskets, Days, baskets
from clvlab.customers.next_product.candidates import BASELINES, LEARNED, MAKERS, QUESTIONS, Question, Scorer
from clvlab.customers.next_product.known import MOST_PRODUCTS, History, Int, bought_in, known
from clvlab.customers.next_product.reasons import BOUGHT_WITH, POPULAR, UNKNOWN, kinds, strongest
from clvlab.customers.next_product.scoring import Met, all_met, resampled, score_table, top
from clvlab.data.days import DateLike
from clvlab.errors import InputError
from clvlab.notes import Note
from clvlab.shown import Shown

PARTS = 6  # the horizon is this part of the records unless given
SCORED = 20_000  # customers a candidate is scored on, at most
BEATS = ["question", "best", "than", "difference", "low", "high", "customers", "beats"]


@dataclass(frozen=True, eq=False, repr=False)
class NextProduct(Shown):
    """Recommendations, and how well such recommendations did.

    Attributes
    ----------
    recommendations : DataFrame
        Products the customer has not bought yet, a row each: customer, rank (from 1), product, name, score (of its own
        candidate, comparable within a customer), kind ("cross_sell", "upsell": a dearer product of a category the
        customer bought from; "unknown" without category or price), reason ("bought_with", "popular"), reason_product,
        reason_name (the product among the customer's own that adds most to the score; missing where "popular").
    scores : DataFrame
        On purchases after ``cut``: question ("new": products the customer had not bought; "any"), candidate, customers;
        recall (of the products bought, at most n, the share listed), mrr (mean reciprocal rank of the first product
        bought), each with its 95 % bootstrap interval over customers; coverage (share of the catalogue in any list),
        novelty (mean -log2 of the share of customers who bought what is listed).
    best : mapping of question to candidate
        Chosen on the horizon before the one that ``scores`` is of.
    beats : DataFrame
        One row per question and simple candidate: question, best, than, difference (of recall) with its 95 % interval
        (low, high: paired bootstrap), customers, beats (bool: the interval is above 0).
    cut, as_of : Timestamp
        Last day the candidates of ``scores`` knew; last day that recommendations know.
    horizon : int
        Days.
    n : int
        Products a customer.
    catalogue : int
        Products that can be offered.
    outside : float
        Of what customers bought after ``cut``, the share of products that were not in the catalogue.
    without : int
        Customers with fewer than n recommendations.
    source : Baskets
    notes : tuple of Note
    """

    recommendations: pd.DataFrame
    scores: pd.DataFrame
    best: Mapping[Question, str]
    beats: pd.DataFrame
    cut: pd.Timestamp
    as_of: pd.Timestamp
    horizon: int
    n: int
    catalogue: int
    outside: float
    without: int
    source: Baskets
    notes: tuple[Note, ...]


def next_product(
    lines: pd.DataFrame | Baskets, *, as_of: DateLike | None = None, horizon: int | None = None, n: int = 5,
    leave_out: Collection[str] = (), fewest: int | None = None, seed: int = 1,
) -> NextProduct:  # fmt: skip
    """Recommend products that customers have not bought yet.

    Parameters
    ----------
    lines : DataFrame
        As ``clv.read_order_lines(...).frame`` has them, with customer and date.
    as_of : date, optional
        The last day used; the last in the lines unless given.
    horizon : int, optional
        Days of later purchases that recommendations are scored on; unset, a sixth of the records.
    n : int
        Products a customer.
    leave_out, fewest
        As ``rules`` takes them.
    seed : int
        Of the bootstrap, and of the 20,000 customers scored where there are more.

    Raises
    ------
    InputError
        No customers or dates, too short records, or as ``rules`` raises it.

    Notes
    -----
    Candidates are made three times, each time of what was known on that day alone: two horizons before the end, to
    choose among them; one horizon before, to score what was chosen; and at the end, to recommend.
    """
    n, seed = _places(n), whole(seed)
    held = lines if isinstance(lines, Baskets) else baskets(lines, as_of=as_of, leave_out=leave_out)
    day = _days(held)
    last, first = day.max(), day.min()
    span = int((last - first).astype(np.int64)) + 1
    ahead = _horizon(span, horizon)
    cut = last - np.timedelta64(ahead, "D")
    before = cut - np.timedelta64(ahead, "D")
    notes: list[Note] = []
    best = _choose(held, day, before, cut, ahead, n, fewest, seed, notes)
    then, scorers = _fitted(held, day, cut, ahead, fewest, tuple(MAKERS))
    later = bought_in(held, day, cut, last)
    found, counted = all_met(scorers, then, *later, n, SCORED, seed)
    notes += [Note("next_product.none_scored", question=each) for each in QUESTIONS if counted[each] == 0]
    if max(counted.values()) == SCORED:
        notes.append(Note("next_product.customers_drawn", n=SCORED))
    inside = np.isin(later[1], then.catalogue) if len(then.catalogue) else np.zeros(len(later[1]), dtype=bool)
    now, last_scorers = _fitted(held, day, last, ahead, fewest, (best["new"],))
    if len(now.catalogue) == MOST_PRODUCTS:
        notes.append(Note("next_product.most_products", n=MOST_PRODUCTS))
    if not len(now.catalogue):
        raise InputError("No product was sold often enough and recently enough to be recommended; lower fewest=.")
    table, without = _recommended(held, now, last_scorers[best["new"]], n)
    if len(table) and (table["kind"] == UNKNOWN).all():
        notes.append(Note("next_product.no_kinds"))
    return NextProduct(
        recommendations=table, scores=score_table(found, counted, seed), best=best,
        beats=_beats(found, best, seed), cut=pd.Timestamp(cut), as_of=pd.Timestamp(last), horizon=ahead, n=n,
        catalogue=len(now.catalogue), outside=float(1.0 - inside.mean()) if len(inside) else float("nan"),
        without=without, source=held, notes=tuple(notes),
    )  # fmt: skip


def _places(n: int) -> int:
    found = whole(n, "n")
    if not 1 <= found <= 100:
        raise InputError(f"n= is how many products to recommend, from 1 to 100; found {found}.")
    return found


def _days(held: Baskets) -> Days:
    if held.day is None or np.isnat(held.day).any():
        raise InputError("The next product is learned from earlier purchases: every order line needs a date.")
    if not len(held.customers):
        raise InputError("The next product is a customer's: the order lines name no customer.")
    return held.day


def _horizon(span: int, horizon: int | None) -> int:
    if horizon is None:
        horizon = span // PARTS
    days = int(number(horizon, "horizon", least=1.0, example="90")) if horizon else 0
    if days < 1 or 3 * days > span:
        raise InputError(
            f"The records span {span} days; horizon= is in days and at most a third of that, to learn from one part, "
            f"choose on the second and score on the third. Found {days}."
        )
    return days


def _fitted(
    held: Baskets, day: Days, until: np.datetime64, horizon: int, fewest: int | None, names: tuple[str, ...]
) -> tuple[History, dict[str, Scorer]]:
    then = known(held, day, until, horizon, fewest)
    return then, {name: MAKERS[name](then) for name in names} if len(then.catalogue) else {}


def _choose(
    held: Baskets, day: Days, before: np.datetime64, cut: np.datetime64, horizon: int, n: int, fewest: int | None,
    seed: int, notes: list[Note],
) -> dict[Question, str]:  # fmt: skip
    """The candidate of highest recall for each question, the simplest of equals; similarity where nobody can tell."""
    then, scorers = _fitted(held, day, before, horizon, fewest, tuple(MAKERS))
    found, _ = all_met(scorers, then, *bought_in(held, day, before, cut), n, SCORED, seed)
    best: dict[Question, str] = {}
    for question in QUESTIONS:
        recall = {name: float(one.recall.mean()) for name, one in found[question].items()}
        if recall:
            best[question] = max(recall, key=lambda name: recall[name])
        else:
            best[question] = LEARNED[0]
            notes.append(Note("next_product.not_chosen", question=question))
    return best


def _beats(found: Mapping[Question, Mapping[str, Met]], best: Mapping[Question, str], seed: int) -> pd.DataFrame:
    """The best against each simple candidate, customer by customer."""
    rows = []
    for question, each in found.items():
        others = [name for name in BASELINES[question] if name != best[question]]
        if not each or not others:
            continue
        apart = np.column_stack([each[best[question]].recall - each[name].recall for name in others])
        low, high = resampled(apart, seed)
        rows += [
            (question, best[question], name, apart[:, i].mean(), low[i], high[i], len(apart), bool(low[i] > 0))
            for i, name in enumerate(others)
        ]
    return pd.DataFrame(rows, columns=BEATS)


def _recommended(held: Baskets, now: History, scorer: Scorer, n: int) -> tuple[pd.DataFrame, int]:
    """Recommendations, and how many customers have fewer than n."""
    everybody: Int = np.arange(len(now.customers))
    places, scores = top(scorer, now, everybody, ("new",), n)["new"]
    because = strongest(scorer.weights, now.bought, places)
    offered = places >= 0
    row, rank = np.nonzero(offered)
    product = now.catalogue[places[offered]]
    reason = because[offered]
    known_reason = reason >= 0
    ids, names = held.products.to_numpy(object), held.about["name"].to_numpy(object)
    why = np.where(known_reason, now.catalogue[np.maximum(reason, 0)], 0)
    customer = now.customers[row]
    table = pd.DataFrame({
        "customer": held.customers.to_numpy(object)[customer], "rank": rank + 1, "product": ids[product],
        "name": names[product], "score": scores[offered].astype(float), "kind": kinds(held, customer, product),
        "reason": np.where(known_reason, BOUGHT_WITH, POPULAR).astype(object),
        "reason_product": pd.Series(ids[why], dtype=object).where(known_reason, None),
        "reason_name": pd.Series(names[why], dtype=object).where(known_reason, None),
    })  # fmt: skip
    return table, int((offered.sum(axis=1) < n).sum())


__all__ = ["NextProduct", "next_product"]
