"""A whole study of customer value: fits, values, and customers who were there before the records begin."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import pandas as pd

from clvlab.arguments import instance, whole
from clvlab.data.days import DateLike
from clvlab.data.histories import histories as histories_of
from clvlab.data.order_book import Orders
from clvlab.data.units import Unit, days_in, units_in_a_year
from clvlab.errors import FitError, InputError
from clvlab.models import GammaGamma
from clvlab.models.spend import SpendFit
from clvlab.models.transactions import TransactionFit
from clvlab.notes import Note, Span
from clvlab.shown import Shown
from clvlab.value.backtest import TotalsBacktest, backtest
from clvlab.value.choice import CANDIDATES
from clvlab.value.customer_value import CustomerValue, customer_value
from clvlab.value.level import TotalLevel
from clvlab.value.levelled import levelled
from clvlab.value.remarks import level_note


@dataclass(frozen=True, eq=False, kw_only=True, repr=False)
class ValueStudy(Shown):
    """What ``value_study`` returns.

    Attributes
    ----------
    orders : Orders
    histories : DataFrame
    purchases : TransactionFit
    spend : SpendFit or None
        None where amounts are unknown: values are then numbers of purchases.
    value : CustomerValue
        As the models say, with totals by month of the first purchase.
    backtest : TotalsBacktest
        The purchase model's own totals from earlier ends against what happened, and why it was chosen.
    acquired_from : Timestamp or None
        Whose customers these are: those acquired from this day on; None: everybody.
    seed : int
    """

    orders: Orders
    histories: pd.DataFrame
    purchases: TransactionFit
    spend: SpendFit | None
    value: CustomerValue
    backtest: TotalsBacktest
    acquired_from: pd.Timestamp | None
    seed: int

    @property
    def fits(self) -> tuple[TransactionFit | SpendFit, ...]:
        """The models behind the values."""
        return (self.purchases,) if self.spend is None else (self.purchases, self.spend)

    @cached_property
    def level(self) -> TotalLevel:
        """The expected error of the next total, from earlier ones."""
        return self.backtest.level("purchases" if self.spend is None else "value")

    @property
    def level_note(self) -> Note:
        """The errors of earlier totals and the correction of this one."""
        before = "" if self.spend is None else "value_"
        return level_note(
            self.backtest.table[f"{before}log_error"].astype(float).dropna(),
            self.level,
            alone=float(self.value.total["clv"]),
            horizon=Span(self.value.horizon, self.value.unit),
            money=self.spend is not None,
        )

    @cached_property
    def total(self) -> pd.Series:
        """``value.total`` moved and widened by what earlier totals missed: credible and prediction interval."""
        return levelled(self.value.total.to_frame().T, self.level).iloc[0].rename("total")

    @cached_property
    def by(self) -> pd.DataFrame:
        """``value.by``, likewise: the level is that of all cohorts together."""
        return levelled(self.value.by, self.level)

    @cached_property
    def acquired_later(self) -> "ValueStudy | str":
        """The same study of customers acquired after the first month of the records, or why there can be none."""
        told = self.value
        try:
            return _studied(
                self.orders,
                end=self.histories.attrs["end"],
                unit=self.histories.attrs["unit"],
                horizon=told.horizon,
                discount_rate=told.discount_rate,
                margin=told.margin,
                model=self.backtest.choice.model,
                method=self.purchases.method,
                acquired_from=self.orders.opening.acquired_from,
                seed=self.seed,
            )
        except (InputError, FitError) as error:
            return str(error)

    @cached_property
    def opening_matters(self) -> bool:
        """Whether customers of an outsized first month change the total by more than its prediction interval."""
        if not self.orders.opening.outsized or not isinstance(self.acquired_later, ValueStudy):
            return False
        without = float(self.acquired_later.total["clv"])
        return not float(self.total["value_low"]) <= without <= float(self.total["value_high"])

    @cached_property
    def same_by_all(self) -> float:
        """What the model of everybody says the customers of ``acquired_later`` bring, at its level."""
        if isinstance(self.acquired_later, str):
            return float("nan")
        who = self.acquired_later.histories.index
        return float(self.value["clv"].reindex(who).sum()) * self.level.factor


def value_study(
    orders: Orders,
    *,
    as_of: DateLike | None = None,
    unit: Unit = "week",
    horizon: float | None = None,
    discount_rate: float = 0.10,
    margin: float = 1.0,
    model: str = "auto",
    method: str = "laplace",
    seed: int = 1,
) -> ValueStudy:
    """Fit a model of purchases and the Gamma-Gamma, value every customer, and check totals against the past.

    Parameters
    ----------
    orders : Orders
        Without amounts, what is valued is purchases: their expected number, not discounted.
    as_of : date, optional
        Value customers as of this day; the last order unless given.
    unit : {"day", "week", "month", "year"}
    horizon : float, optional
        How far ahead, in units; one year unless given.
    discount_rate : float
        A year.
    margin : float
        Share of spend that is earned.
    model : str
        Of purchases, by name: "BG/NBD", "MBG/NBD", "Pareto/NBD", "BG/CNBD-k" or "MBG/CNBD-k". "auto" takes the one
        whose forecasts from earlier ends of these records score best (see ``clvlab.value.backtest``).
    method : {"laplace", "nuts", "ml"}
        How models are fitted; forecasts from earlier ends are by maximum likelihood.
    seed : int
        Of every random draw.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> found = value_study(datasets.cdnow(), model="BG/NBD", method="ml")
    >>> len(found.value.table), found.value.horizon
    (2357, 52.0)
    """
    instance(orders, Orders, "orders", "clv.read_orders(path) makes them")
    seed = whole(seed)
    return _studied(
        orders,
        end=as_of,
        unit=unit,
        horizon=horizon or units_in_a_year(unit),
        discount_rate=discount_rate if orders.has_amounts else 0.0,
        margin=margin if orders.has_amounts else 1.0,
        model=model,
        method=method,
        acquired_from=None,
        seed=seed,
    )


def _studied(
    orders: Orders,
    *,
    end: DateLike | None,
    unit: Unit,
    horizon: float,
    discount_rate: float,
    margin: float,
    model: str,
    method: str,
    acquired_from: pd.Timestamp | None,
    seed: int,
) -> ValueStudy:
    histories = histories_of(orders, end=end, unit=unit, acquired_from=acquired_from)

    def retest(name: str) -> TotalsBacktest:
        return backtest(
            orders, end=histories.attrs["end"], horizon=horizon, unit=unit, model=name, acquired_from=acquired_from,
            seed=seed,
        )  # fmt: skip

    tested = retest(model)
    purchases, tested = _fitted(tested, histories, method=method, seed=seed, retest=retest, free=model == "auto")
    spend = GammaGamma().fit(histories, method=method, seed=seed) if orders.has_amounts else None
    value = customer_value(
        purchases,
        spend,
        histories,
        horizon=horizon,
        discount_rate=discount_rate,
        margin=margin,
        by=cohorts(histories),
        seed=seed,
    )
    return ValueStudy(
        orders=orders,
        histories=histories,
        purchases=purchases,
        spend=spend,
        value=value,
        backtest=tested,
        acquired_from=acquired_from,
        seed=seed,
    )


def _fitted(
    tested: TotalsBacktest, histories: pd.DataFrame, *, method: str, seed: int,
    retest: Callable[[str], TotalsBacktest], free: bool,
) -> tuple[TransactionFit, TotalsBacktest]:  # fmt: skip
    """The model chosen, fitted to all records; where it cannot be and the choice is free, the next best that can."""
    chosen = tested.choice
    try:
        return CANDIDATES[chosen.model]().fit(histories, method=method, seed=seed), tested
    except FitError:
        if not free:
            raise
        best_first = map(str, chosen.scores["deviance"].astype(float).sort_values().index)
        for name in (each for each in dict.fromkeys([*best_first, *CANDIDATES]) if each != chosen.model):
            try:
                found = CANDIDATES[name]().fit(histories, method=method, seed=seed)
            except FitError:
                continue
            reason = Note("value.choice.fell_back", failed=chosen.model, model=name)
            again = retest(name)
            return found, replace(again, choice=replace(again.choice, reason=reason, scores=chosen.scores))
        raise


def cohorts(histories: pd.DataFrame) -> pd.Series:
    """The month of each customer's first purchase, as text that sorts."""
    ages = pd.to_timedelta((histories["T"] * days_in(histories.attrs["unit"])).round(), unit="D")
    first = pd.Timestamp(histories.attrs["end"]) - ages
    return first.dt.strftime("%Y-%m").rename("cohort")
