"""Whom to contact, how many, and what that will earn."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.arguments import instance, number, whole
from clvlab.data.units import days_in
from clvlab.errors import InputError
from clvlab.evaluation.contacting.joint import Joint
from clvlab.evaluation.contacting.luck import luck
from clvlab.evaluation.contacting.response import Response
from clvlab.evaluation.contacting.worth import Worth, worth_of
from clvlab.models.outlook import interval
from clvlab.models.spend import SpendFit
from clvlab.models.transactions import TransactionFit
from clvlab.models.units import needed_unit
from clvlab.notes import Note
from clvlab.shown import Shown
from clvlab.value.in_purchases import EachPurchase
from clvlab.value.level import TotalLevel

Float = NDArray[np.float64]

Stop = Literal["budget", "break_even", "everybody"]

ROWS = 200  # of the curve


@dataclass(frozen=True, eq=False, repr=False)
class ContactPlan(Shown):
    """What ``contact_plan`` returns. Money, or purchases where there is no spend model.

    Attributes
    ----------
    table : DataFrame, index customer_id
        worth (margin x what the customer is expected to bring in the window without a contact), expected_extra
        (purchases that a contact causes), expected_profit, chance_pays (chance that the expected profit, given the
        customer's history, is above 0), rank (1 the first), contacted (bool).
    curve : DataFrame, index number contacted, 200 rows at most
        profit, profit_low, profit_high.
    contacted, break_even : int
        How many are contacted; how many would be without a budget.
    stops_by : {"budget", "break_even", "everybody"}
    profit, profit_low, profit_high : float
        Expected profit of the list and its 90 % credible interval: response, the population's parameters, level, and
        customers' own rates, being active and mean spend are uncertain.
    result_low, result_high : float
        90 % prediction interval of what the list will earn: chance in the number of purchases and in amounts is added.
    purchases_mean, purchases_sd : float
        Own purchases of a contacted customer in the window, over customers and chance.
    cost, margin, window, unit, budget, response, level, draws :
        What was assumed; ``draws`` of the population's parameters, fewer for very many histories.
    notes : tuple of Note
    """

    table: pd.DataFrame
    curve: pd.DataFrame
    contacted: int
    break_even: int
    stops_by: Stop
    profit: float
    profit_low: float
    profit_high: float
    result_low: float
    result_high: float
    purchases_mean: float
    purchases_sd: float
    cost: float
    margin: float
    window: float
    unit: str
    budget: float | None
    response: Response
    level: TotalLevel | None
    draws: int
    notes: tuple[Note, ...]

    @property
    def worth(self) -> float:
        """What the contacted are expected to bring in the window, times the margin: a lift of 1 brings as much more."""
        return float(self.table.loc[self.table["contacted"], "worth"].sum())

    @property
    def break_even_response(self) -> tuple[float, float]:
        """The response from which contacting pays: the first customer of the list, and everybody together."""
        total = float(self.table["worth"].sum())
        first = float(self.table["worth"].max())
        return tuple(self.cost / each if each > 0 else np.inf for each in (first, total / len(self.table)))  # type: ignore[return-value]


def contact_plan(
    fit: TransactionFit,
    spend: SpendFit | None,
    histories: pd.DataFrame,
    *,
    response: Response,
    cost: float,
    window: float,
    budget: float | None = None,
    margin: float = 1.0,
    level: TotalLevel | None = None,
    draws: int = 200,
    seed: int = 0,
) -> ContactPlan:
    """List customers by the expected profit of a contact, until the budget is used or the next contact does not pay.

    Expected profit = margin x mean spend x extra purchases - cost. Extra purchases are a share of the customer's own
    expected ones (a lift) or the same for everybody (flat); given the customer, their number is Poisson.

    Parameters
    ----------
    fit : TransactionFit
    spend : SpendFit or None
        None: purchases count 1 each, and cost and profit are in purchases.
    histories : DataFrame, one row per customer
    response : Response
    cost : float
        Of a contact.
    window : float
        In the histories' unit; a response that was measured over fewer days counts over those.
    budget : float, optional
    margin : float
        Share of spend that is earned.
    level : TotalLevel, optional
        As ``clv.value.backtest(...).level("value")`` learns it from earlier ends: it moves and widens purchases of a
        lift; a flat response has no use for it.
    draws : int
    seed : int

    Raises
    ------
    InputError
        An argument out of its range, no customers, or no unit of time.

    Examples
    --------
    >>> from clvlab.evaluation.contacting import lift_response
    >>> from clvlab.models import BGNBD, GammaGamma
    >>> often = BGNBD().at(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    >>> much = GammaGamma().at(p=6.2488, q=3.74459, v=15.44775)
    >>> two = pd.DataFrame({"frequency": [2, 0], "recency": [30.43, 0.0], "T": [38.86, 38.86],
    ...                     "monetary_value": [22.345, float("nan")]}, index=["Ann", "Bo"])
    >>> two.attrs["unit"] = "week"
    >>> plan = contact_plan(often, much, two, response=lift_response(0.10), cost=1.0, window=39)
    >>> plan.table["expected_profit"].round(2).to_dict(), plan.stops_by
    ({'Ann': 2.02, 'Bo': -0.31}, 'break_even')
    """
    instance(fit, TransactionFit, "fit", "clv.BGNBD().fit(histories) makes one, as the other transaction models do")
    instance(response, Response, "response", "lift_response, flat_response or response_of makes one")
    instance(histories, pd.DataFrame, "histories", "clv.histories(orders) makes them")
    if histories.empty:
        raise InputError("A list needs customers; the histories have no rows.")
    each = number(cost, "cost", least=0, example="0.5")
    most = len(histories) if budget is None else _affordable(number(budget, "budget", least=0, example="500"), each)
    number(margin, "margin", above=0, most=1, example="0.3, the share of spend that is earned")
    unit = needed_unit(histories, None, "A window")
    fit = fit.in_unit_of(histories)
    horizon = number(window, "window", above=0, example="13")
    counted = horizon if response.days is None else min(horizon, response.days / days_in(unit))
    own = fit if response.kind == "lift" else None
    level = level if own is not None else None
    money = EachPurchase() if spend is None else spend
    worth = worth_of(own, money, histories, counted, max(2, whole(draws, "draws")))
    joint = Joint.drawn(response, level, worth.draws, np.random.default_rng(whole(seed)))

    moved = level.factor if level is not None else 1.0
    factor = margin * moved
    value, chance = _each_customer(worth, joint, each, margin)
    extra = response.mean * worth.purchases.mean(axis=0, dtype=float)[worth.inverse] * moved
    profit = response.mean * factor * value - each
    order = np.argsort(-profit, kind="stable")
    break_even = int((profit > 0).sum())
    contacted = min(break_even, most)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    table = pd.DataFrame(
        {"worth": factor * value, "expected_extra": extra, "expected_profit": profit, "chance_pays": chance,
         "rank": rank, "contacted": rank <= contacted},
        index=histories.index,
    )  # fmt: skip

    places = _places(len(order), contacted, break_even)
    ranked = histories.iloc[order]
    ranked.attrs = histories.attrs
    chances = luck(own, money, ranked, counted, seed)
    brought = joint.brought(_summed(worth, order, places), chances, places)
    over = margin * joint.lift[:, None] * brought - each * places
    low, high = interval(over)
    curve = pd.DataFrame(
        {"profit": np.append(0.0, np.cumsum(profit[order]))[places], "profit_low": low, "profit_high": high},
        index=pd.Index(places, name="contacted"),
    )
    at = int(np.searchsorted(places, contacted))
    ends = interval(joint.earned(brought[:, at], chances, contacted, margin) - each * contacted)
    mean, square = (float(chances.at(name, contacted)) / max(contacted, 1) for name in ("purchases", "squares"))
    short = counted < horizon
    stops: Stop = "everybody" if contacted == len(order) else "break_even" if contacted == break_even else "budget"
    notes = [response.source]
    notes += [Note("contacting.response_shorter", days=response.days, window=horizon, unit=unit)] if short else []
    notes += [Note("contacting.nobody_pays", cost=each, best=float(profit.max()))] if not break_even else []
    expected, least, greatest = (float(curve[name].iloc[at]) for name in ("profit", "profit_low", "profit_high"))
    return ContactPlan(
        table=table, curve=curve, contacted=contacted, break_even=break_even, stops_by=stops, profit=expected,
        profit_low=least, profit_high=greatest, result_low=float(ends[0]), result_high=float(ends[1]),
        purchases_mean=mean, purchases_sd=max(square - mean**2, 0.0) ** 0.5, cost=each, margin=margin, window=horizon,
        unit=unit, budget=budget, response=response, level=level, draws=worth.draws, notes=tuple(notes),
    )  # fmt: skip


def _affordable(budget: float, cost: float) -> int:
    return int(budget / cost + 1e-9) if cost > 0 else np.iinfo(np.int64).max


def _each_customer(worth: Worth, joint: Joint, cost: float, margin: float) -> tuple[Float, Float]:
    """Mean value over draws, and the chance that a contact is worth its cost."""
    n = len(worth.inverse)
    value, chance = np.empty(n), np.empty(n)
    responses = np.sort(joint.lift * joint.level)
    for rows, drawn in worth.blocks(np.arange(n)):
        value[rows] = drawn.mean(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            needed = cost / (margin * drawn)
        chance[rows] = 1.0 - np.searchsorted(responses, needed, side="right").mean(axis=0) / len(responses)
    return value, chance


def _places(n: int, *kept: int) -> NDArray[np.int64]:
    return np.unique([*np.linspace(0, n, ROWS - len(kept)).round().astype(np.int64), *kept]).astype(np.int64)


def _summed(worth: Worth, order: NDArray[np.int64], places: NDArray[np.int64]) -> Float:
    """Value of the first so many, shape (draws, places)."""
    total = np.zeros((worth.draws, len(places)))
    for rows, drawn in worth.blocks(order):
        part = np.searchsorted(places, np.arange(rows.start, rows.stop), side="right")
        begins = np.flatnonzero(np.diff(part, prepend=-1))
        total[:, part[begins]] += np.add.reduceat(drawn, begins, axis=1)
    return np.cumsum(total, axis=1)
