"""Value of each customer and of the base, computed draw by draw so that it includes all uncertainty."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.arguments import instance, number, whole
from clvlab.errors import InputError
from clvlab.inference.factored import Groups
from clvlab.models.outlook import interval
from clvlab.models.spend import SpendFit
from clvlab.models.transactions import TransactionFit, check_horizon
from clvlab.models.units import carrying, needed_unit
from clvlab.shown import Shown
from clvlab.value.discounting import discount_rate_per_unit
from clvlab.value.discounts import discounts_of
from clvlab.value.expectation import expectation
from clvlab.value.in_purchases import EachPurchase
from clvlab.value.independence import Independence, independence
from clvlab.value.kinds import Kinds
from clvlab.value.predictive import luck

Float = NDArray[np.float64]

COLUMNS = ("clv", "clv_low", "clv_high", "value_low", "value_high", "expected_purchases", "expected_spend",
           "prob_alive")  # fmt: skip
MONEY = ["clv", "clv_low", "clv_high", "value_low", "value_high", "past_value"]


@dataclass(frozen=True, eq=False, repr=False)
class CustomerValue(Shown):
    """Residual lifetime value, as ``clv.customer_value`` computes it.

    Attributes
    ----------
    table : DataFrame, one row per customer (money)
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
    histories : DataFrame, one row per customer
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
        Of what is drawn: futures of totals of few customers, and how discounts vary.
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
    worth: SpendFit | EachPurchase = EachPurchase() if spend is None else spend
    groups = Groups(fit.columns(histories))
    kinds = Kinds(groups, worth.columns(histories), codes)
    found = expectation(fit, worth, groups, kinds, horizon, delta)
    discounts = discounts_of(fit, histories, groups, found.typical, horizon, delta, seed)
    chance = luck(fit, worth, groups, kinds, horizon, delta, found.kept, discounts, seed)
    told = {**found.table, "value_low": chance.low, "value_high": chance.high}
    table = pd.DataFrame({name: told[name][kinds.inverse] for name in COLUMNS}, index=histories.index)
    past = histories.get("past_value", np.nan)
    table["past_value"] = histories["frequency"] + 1.0 if spend is None else past
    table[MONEY] *= margin
    uncertain = fit.draws is not None or worth.draws is not None
    over_draws = margin * found.totals
    ends = [chance.of_total(at, found.totals[:, at]) for at in range(kinds.totals)]
    grouped = _totals(table, kinds, over_draws, _scaled(ends, margin), uncertain=uncertain, whole=False)
    grouped.index = pd.Index(labels if by is not None else [0], name=None if by is None else by.name)
    everybody = [chance.of_all(found.totals, len(table))]
    totals = _totals(
        table, kinds, over_draws.sum(axis=1, keepdims=True), _scaled(everybody, margin), uncertain=uncertain, whole=True
    )
    return CustomerValue(
        table,
        totals.drop(columns="customers").iloc[0].rename("total"),
        grouped if by is not None else grouped.iloc[:0],
        None if spend is None else independence(spend, histories, seed=seed),
        horizon,
        known,
        discount_rate,
        margin,
    )


def _scaled(ends: list[tuple[Float, Float]], margin: float) -> list[tuple[Float, Float]]:
    return [(margin * low, margin * high) for low, high in ends]


def _grouped(by: pd.Series, histories: pd.DataFrame) -> tuple[NDArray[np.int64], list[object]]:
    if not by.index.equals(histories.index):
        raise InputError("by= must give one group a customer, indexed like the histories, in their order.")
    codes, labels = pd.factorize(by, sort=True, use_na_sentinel=False)
    return codes.astype(np.int64), list(labels)


def _totals(
    table: pd.DataFrame,
    kinds: Kinds,
    over_draws: Float,
    ends: list[tuple[Float, Float]],
    *,
    uncertain: bool,
    whole: bool,
) -> pd.DataFrame:
    """One row per total: customers, clv and its intervals, past_value."""
    codes = np.zeros(len(table), dtype=np.int64) if whole else kinds.code[kinds.inverse]
    sums = table.groupby(codes)[["clv", "past_value"]].sum(min_count=1)
    low, high = interval(over_draws) if uncertain else (np.nan, np.nan)
    return pd.DataFrame(
        {
            "customers": np.bincount(codes),
            "clv": sums["clv"].to_numpy(),
            "clv_low": low,
            "clv_high": high,
            "value_low": [float(low) for low, _ in ends],
            "value_high": [float(high) for _, high in ends],
            "past_value": sums["past_value"].to_numpy(),
        }
    )
