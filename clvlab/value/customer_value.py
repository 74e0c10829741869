"""Value of each customer and of the base, computed draw by draw so that it includes all uncertainty."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.arguments import instance, number, whole
from clvlab.errors import InputError
from clvlab.inference.factored import Groups
from clvlab.models.forecast import BLOCK
from clvlab.models.outlook import interval, thinned
from clvlab.models.spend import SpendFit
from clvlab.models.transactions import TransactionFit, check_horizon
from clvlab.models.units import carrying, needed_unit
from clvlab.shown import Shown
from clvlab.value.discounting import discount_rate_per_unit
from clvlab.value.discounts import DiscountsSeen
from clvlab.value.in_purchases import EachPurchase
from clvlab.value.independence import Independence, independence
from clvlab.value.members import members_of, runs
from clvlab.value.predictive import predictive

Float = NDArray[np.float64]
Params = Mapping[str, Float]

DRAWS = 500  # parameter draws multiplied out for each customer
FUTURES = 500  # simulated futures of each customer, for predictive intervals of totals
FUTURES_AT_ONCE = 2_000_000  # customers x futures in memory


@dataclass(frozen=True, eq=False, repr=False)
class CustomerValue(Shown):
    """Residual lifetime value, as ``clv.customer_value`` computes it.

    Attributes
    ----------
    table : DataFrame, one row a customer (money)
        ``clv``: expected discounted margin over the horizon; ``clv_low``, ``clv_high``: the 90 % credible interval of
        that expectation (NaN where neither fit carries draws); ``value_low``, ``value_high``: the 90 % predictive
        interval of what the customer really will bring; ``expected_purchases``, ``expected_spend``, ``prob_alive``;
        ``past_value``: margin already earned (undiscounted).
    total : Series
        clv, its two intervals and past_value for the whole base. Customers' intervals do not add up to it: their
        luck averages out, their shared parameters do not.
    by : DataFrame, indexed by group
        The same totals, and ``customers``, for each group of customers asked for; empty where none was.
    independence : Independence
        Whether spend varies with frequency, which this value assumes it does not; None where value is in purchases.
    horizon, unit, discount_rate, margin :
        The assumptions.
    """

    table: pd.DataFrame
    total: pd.Series
    by: pd.DataFrame
    independence: Independence | None
    horizon: float
    unit: str
    discount_rate: float
    margin: float

    def __getitem__(self, column: str) -> pd.Series:
        return self.table[column]


def customer_value(
    fit: TransactionFit,
    spend: SpendFit | None,
    histories: pd.DataFrame,
    *,
    horizon: float,
    discount_rate: float = 0.10,
    margin: float = 1.0,
    by: pd.Series | None = None,
    seed: int = 0,
    unit: str | None = None,
) -> CustomerValue:
    """Expected discounted value of each customer's coming purchases, apart from the past.

    CLV = margin x E[spend] x the integral over (0, H] of exp(-delta t) dE[Y(t)], delta = log(1 + annual rate) x unit
    in days / 365.25, multiplied out draw by draw of both models' parameters.

    Parameters
    ----------
    fit : TransactionFit
    spend : SpendFit or None
        None counts every purchase as 1: value is then a number of purchases, ``past_value`` those made so far.
    histories : DataFrame, one row a customer
        With frequency, recency, T, monetary_value and, for the past, ``past_value``.
    horizon : float
        In the histories' unit.
    discount_rate : float
        A year; .10 is ten percent. 0 for comparison with observed value.
    margin : float
        Share of spend that is earned.
    by : Series, optional
        A group for each customer (cohort, country), indexed like ``histories``: totals are then given for each
        group, with intervals from the same draws.
    seed : int
        Of the simulated futures.
    unit : str, optional
        Unit of time of histories that have lost their own.

    Raises
    ------
    InputError
        No unit of time; a rate not above -1 or above 1; a margin not above 0 or above 1; amounts unknown; fits swapped.

    Examples
    --------
    >>> import pandas as pd
    >>> from clvlab.models import BGNBD, GammaGamma
    >>> often = BGNBD().at(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    >>> much = GammaGamma().at(p=6.2488, q=3.74459, v=15.44775)
    >>> ann = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86], "monetary_value": [22.345]})
    >>> customer_value(often, much, ann, horizon=39, discount_rate=0.0, unit="week")["clv"].round(2).tolist()
    [30.23]
    """
    horizon = check_horizon(horizon)
    instance(fit, TransactionFit, "fit", "clv.BGNBD().fit(histories) makes one, as the other transaction models do")
    if spend is not None:
        instance(spend, SpendFit, "spend", "clv.GammaGamma().fit(histories) makes one; None counts purchases")
    instance(histories, pd.DataFrame, "histories", "clv.histories(orders) makes them")
    number(discount_rate, "discount_rate", above=-1, most=1, example="0.10, which is ten percent a year")
    number(margin, "margin", above=0, most=1, example="0.3, the share of spend that is earned")
    seed = whole(seed)
    if (
        spend is not None
        and "monetary_value" in histories
        and histories["monetary_value"].isna().all()
        and (histories["frequency"] > 0).any()
    ):
        raise InputError(
            "These orders carry no amounts, so customers have no value in money: name the amount column, "
            "or pass spend=None to count value in purchases."
        )
    known = needed_unit(histories, unit, "Discounting")
    histories = carrying(histories, known)
    fit = fit.in_unit_of(histories)
    delta = discount_rate_per_unit(discount_rate, known)

    codes, labels = (np.zeros(len(histories), dtype=np.int64), []) if by is None else _grouped(by, histories)
    sums = _Sums(codes)
    worth: SpendFit | EachPurchase = EachPurchase() if spend is None else spend
    groups = Groups(fit.columns(histories))
    expected, over_draws, (kept, typical) = _expected(fit, worth, histories, groups, horizon, delta, margin, sums)
    over_futures, seen = np.zeros((FUTURES, sums.groups)), DiscountsSeen(typical)
    for rows, drawn in simulated_values(fit, worth, histories, horizon, delta=delta, seed=seed, seen=(seen, groups)):
        over_futures += sums(margin * drawn, rows)
    low, high = predictive(fit, worth, histories, groups, horizon, delta, kept, seen.discounts())
    ends = {"value_low": margin * low, "value_high": margin * high}
    past = histories.get("past_value", np.nan)
    past = margin * (histories["frequency"] + 1.0 if spend is None else past)
    table = expected.assign(**ends, past_value=past)
    order = ["clv", "clv_low", "clv_high", "value_low", "value_high", "expected_purchases", "expected_spend",
             "prob_alive", "past_value"]  # fmt: skip
    uncertain = fit.draws is not None or worth.draws is not None
    totals = _totals(table, np.zeros(len(table), dtype=np.int64), over_draws.sum(axis=1, keepdims=True),
                     over_futures.sum(axis=1, keepdims=True), uncertain)  # fmt: skip
    grouped = _totals(table, codes, over_draws, over_futures, uncertain)
    grouped.index = pd.Index(labels if by is not None else [0], name=None if by is None else by.name)
    return CustomerValue(
        table[order],
        totals.drop(columns="customers").iloc[0].rename("total"),
        grouped if by is not None else grouped.iloc[:0],
        None if spend is None else independence(spend, histories, seed=seed),
        horizon,
        known,
        discount_rate,
        margin,
    )


def _grouped(by: pd.Series, histories: pd.DataFrame) -> tuple[NDArray[np.int64], list[object]]:
    if not by.index.equals(histories.index):
        raise InputError("by= must give one group a customer, indexed like the histories, in their order.")
    codes, labels = pd.factorize(by, sort=True, use_na_sentinel=False)
    return codes.astype(np.int64), list(labels)


class _Sums:
    """Sums of (draws, customers) arrays over groups of customers."""

    def __init__(self, codes: NDArray[np.int64]) -> None:
        self.codes, self.groups = codes, int(codes.max(initial=0)) + 1

    def __call__(self, values: Float, rows: NDArray[np.int64] | slice) -> Float:
        codes = self.codes[rows]
        order = np.argsort(codes, kind="stable")
        starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
        total = np.zeros((len(values), self.groups))
        total[:, codes[order][starts]] = np.add.reduceat(values[:, order], starts, axis=1)
        return total


def _totals(
    table: pd.DataFrame, codes: NDArray[np.int64], over_draws: Float, over_futures: Float, known: bool
) -> pd.DataFrame:
    """One row a group: customers, clv and its intervals, past_value."""
    sums = table.groupby(codes)[["clv", "past_value"]].sum(min_count=1)
    ends = interval(over_draws) if known else (np.nan, np.nan)
    luck = interval(over_futures)
    return pd.DataFrame(
        {
            "customers": np.bincount(codes),
            "clv": sums["clv"].to_numpy(),
            "clv_low": ends[0],
            "clv_high": ends[1],
            "value_low": luck[0],
            "value_high": luck[1],
            "past_value": sums["past_value"].to_numpy(),
        }
    )


def _expected(
    fit: TransactionFit,
    spend: SpendFit | EachPurchase,
    histories: pd.DataFrame,
    groups: Groups,
    horizon: float,
    delta: float,
    margin: float,
    sums: _Sums,
) -> tuple[pd.DataFrame, Float, tuple[Float, Float]]:
    """Expected value with its credible interval, one row a customer; the totals', (draws, totals).

    And of each distinct history the expected discounted purchases, a mean over draws, and purchases of who buys at all.
    """
    often, much = _paired(fit.posterior, spend.posterior)
    count = len(next(iter(often.values())))
    point = (fit.point, spend.point) if fit.point is not None and spend.point is not None else (often, much)
    money, (kept, typical) = spend.columns(histories), np.zeros((2, len(groups)))
    names = ("clv", "clv_low", "clv_high", "expected_purchases", "expected_spend", "prob_alive")
    table = {name: np.full(len(histories), np.nan) for name in names}
    total = np.zeros((count, sums.groups))
    members = members_of(groups)
    for block, (drawn, known) in fit.given(groups, often, point[0]):
        over_draws, at_point = (each.discounted(horizon, delta) for each in (drawn, known))
        shown, kept[block] = known.expectations(horizon), over_draws.mean(axis=0)
        some = shown["prob_purchase"].mean(axis=0)
        np.divide(shown["expected_purchases"].mean(axis=0), some, out=some, where=some > 0)
        typical[block] = some
        for rows, group in runs(members, block, max(1, BLOCK // count)):
            own = {name: values[rows] for name, values in money.items()}
            value = margin * spend.expected_spend(own, much) * over_draws[:, group]
            total += sums(value, rows)
            if count > 1:
                table["clv_low"][rows], table["clv_high"][rows] = interval(value)
            each = spend.expected_spend(own, point[1])
            table["clv"][rows] = (margin * each * at_point[:, group]).mean(axis=0)
            table["expected_spend"][rows] = each.mean(axis=0)
            for name in ("expected_purchases", "prob_alive"):
                table[name][rows] = shown[name].mean(axis=0)[group]
    return pd.DataFrame(table, index=histories.index), total, (kept, typical)


def _paired(often: Params, much: Params) -> tuple[dict[str, Float], dict[str, Float]]:
    """Draws of two independent posteriors, side by side; a fixed value goes with every draw of the other."""
    often, much = thinned(often, DRAWS), thinned(much, DRAWS)
    count = max(len(next(iter(often.values()))), len(next(iter(much.values()))))
    return {k: np.resize(v, count) for k, v in often.items()}, {k: np.resize(v, count) for k, v in much.items()}


def simulated_values(
    fit: TransactionFit,
    spend: SpendFit | EachPurchase,
    histories: pd.DataFrame,
    horizon: float,
    *,
    delta: float = 0.0,
    seed: int,
    seen: tuple[DiscountsSeen, Groups] | None = None,
) -> Iterator[tuple[slice, Float]]:
    """Values drawn from the latent stories of purchases and spend, some customers at a time.

    Parameters
    ----------
    horizon : float
        In the fit's unit.
    delta : float
        Continuous rate of discount a unit.
    seen : DiscountsSeen and Groups of the histories, optional
        Takes note of how futures' purchases are discounted.

    Yields
    ------
    rows, worth : slice, array (futures, customers of the slice)
    """
    size = max(1, FUTURES_AT_ONCE // FUTURES)
    for start in range(0, len(histories), size):
        part = histories.iloc[start : start + size]
        part.attrs = histories.attrs
        draw, customer, time = fit.simulate_futures(part, horizon, draws=FUTURES, seed=seed + start)
        amount = spend.simulate_spend(spend.columns(part), draw, customer, seed + start + 1)
        discount, cell = np.exp(-delta * time), draw * len(part) + customer
        if seen is not None and delta != 0.0:
            purchases = np.bincount(cell)
            some = np.flatnonzero(purchases)
            sums = (np.bincount(cell, weights=each)[some] for each in (discount, discount**2))
            seen[0].add(seen[1].inverse[start + some % len(part)], purchases[some].astype(float), *sums)
        summed = np.bincount(cell, weights=amount * discount, minlength=FUTURES * len(part))
        yield slice(start, start + len(part)), summed.reshape(FUTURES, len(part))
