"""How often customers will buy: fits of transaction models."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Self, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from clvlab.arguments import number
from clvlab.formulas.protocols import StoryFormula
from clvlab.inference.factored import Groups
from clvlab.models.credible import OverDraws, over_draws
from clvlab.models.fit import Fit
from clvlab.models.outlook import Engine, Estimates, Outlook, Params

Float = NDArray[np.float64]
Rows = NDArray[np.int64]
FARTHEST = 1e6  # units of time: of days, 2,700 years
FORECASTS = ("prob_alive", "prob_purchase", "expected_purchases")


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class TransactionFit(Fit):
    """A fitted transaction model.

    Forecasts of histories that have lost their unit of time take it as ``unit``; a fit that has no unit itself (by
    ``at``) takes histories as they are.
    """

    def predict(self, histories: pd.DataFrame, horizon: float, *, unit: str | None = None) -> pd.DataFrame:
        """Forecast each customer's purchases over the coming ``horizon``.

        Parameters
        ----------
        histories : DataFrame, one row per customer
            As ``clv.histories`` makes it, in any unit it carries.
        horizon : float
            How far ahead, in the histories' unit; 0 or more.
        unit : str, optional
            Unit of time of histories that have lost their own.

        Returns
        -------
        DataFrame, indexed like ``histories``
            ``prob_alive`` (at the end of the history), ``prob_purchase`` (at least one purchase in the horizon),
            ``expected_purchases`` (count), each with ``_low`` and ``_high``, the 90 % credible interval of that
            expectation (NaN where the fit carries no draws); ``purchases_low`` and ``purchases_high``, the 90 %
            predictive interval of the count itself. Expectations are computed; where customers' own rates are
            integrated out (Pareto/GGG), the count's distribution is a thousand simulated futures.

        Raises
        ------
        InputError
            The frame has lost its unit of time.

        Examples
        --------
        >>> import pandas as pd
        >>> from clvlab.models import BGNBD
        >>> known = BGNBD().at(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
        >>> histories = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]}, index=["Ann"])
        >>> known.predict(histories, horizon=39, unit="week")["expected_purchases"].round(3).to_dict()
        {'Ann': 1.226}
        """
        horizon = check_horizon(horizon)
        return self._table(histories, unit, lambda outlook: outlook.expectations(horizon), FORECASTS, counted=horizon)

    def prob_alive(self, histories: pd.DataFrame, *, ahead: float = 0.0, unit: str | None = None) -> pd.DataFrame:
        """P(alive) of each customer some time after the end of the history, given that history alone.

        Parameters
        ----------
        ahead : float
            How much later than the end of the histories, in their unit.
        unit : str, optional
            Unit of time of histories that have lost their own.

        Returns
        -------
        DataFrame, indexed like ``histories``
            ``prob_alive`` with ``_low`` and ``_high``, its 90 % credible interval (NaN without draws).

        Examples
        --------
        >>> import pandas as pd
        >>> from clvlab.models import BGNBD
        >>> known = BGNBD().at(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
        >>> histories = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86]}, index=["Ann"])
        >>> known.prob_alive(histories, ahead=39, unit="week")["prob_alive"].round(3).to_dict()
        {'Ann': 0.567}
        """
        ahead = check_horizon(ahead)
        return self._table(histories, unit, lambda outlook: {"prob_alive": outlook.alive(ahead)}, ("prob_alive",))

    def prob_dropout(self, histories: pd.DataFrame, horizon: float, *, unit: str | None = None) -> pd.DataFrame:
        """Chance that a customer is alive now and drops out within the horizon: P(alive) less P(alive) then.

        Parameters
        ----------
        horizon : float
            In the histories' unit.
        unit : str, optional
            Unit of time of histories that have lost their own.

        Returns
        -------
        DataFrame, indexed like ``histories``
            ``prob_dropout`` with ``_low`` and ``_high``, its 90 % credible interval (NaN without draws).
        """
        ahead = check_horizon(horizon)
        return self._table(histories, unit, lambda outlook: {"prob_dropout": outlook.dropout(ahead)}, ("prob_dropout",))

    def prob_no_purchase(self, histories: pd.DataFrame, horizon: float, *, unit: str | None = None) -> pd.DataFrame:
        """Chance that a customer buys nothing within the horizon, alive or not: one less ``prob_purchase``.

        Parameters
        ----------
        horizon : float
            In the histories' unit.
        unit : str, optional
            Unit of time of histories that have lost their own.

        Returns
        -------
        DataFrame, indexed like ``histories``
            ``prob_no_purchase`` with ``_low`` and ``_high``, its 90 % credible interval (NaN without draws).
        """
        ahead, name = check_horizon(horizon), "prob_no_purchase"
        return self._table(
            histories, unit, lambda outlook: {name: 1.0 - outlook.expectations(ahead)["prob_purchase"]}, (name,)
        )

    def count_probabilities(
        self, histories: pd.DataFrame, horizon: float, observed: pd.Series, *, unit: str | None = None
    ) -> tuple[Float, Float]:
        """P(Y < y) and P(Y = y) of each customer's observed count y over ``horizon``, parameters integrated out."""
        below, at, _ = self._scores(histories, horizon, observed, unit, whole=False)
        return below, at

    def count_scores(
        self, histories: pd.DataFrame, horizon: float, observed: pd.Series, *, unit: str | None = None
    ) -> tuple[Float, Float, Float]:
        """As ``count_probabilities``, and the continuous ranked probability score (purchases) of each customer."""
        return self._scores(histories, horizon, observed, unit, whole=True)

    def new_customer(self, times: ArrayLike, *, of: Mapping[str, object] | None = None) -> pd.DataFrame:
        """Expected purchases of a newly acquired customer by each time, after the first purchase.

        Parameters
        ----------
        times : array-like, shape (times,)
            Ages in the fit's unit.
        of : mapping, optional
            Attribute to value, of the covariates and the segment of the customer meant; unless given, one whose
            covariates are 0 or at their reference level, in a segment not seen before.

        Returns
        -------
        DataFrame, indexed by time
            ``expected_purchases`` with ``_low`` and ``_high``.
        """
        ages = np.atleast_1d(np.asarray(times, dtype=float))
        found = self.engine.of_new_customer(ages, self.one_customer(of))
        table = pd.DataFrame(
            {f"expected_purchases{end}": values for end, values in found.items()}, index=pd.Index(ages, name="time")
        )
        if self.draws is None:
            table[["expected_purchases_low", "expected_purchases_high"]] = np.nan
        return table

    def expected_totals(self, histories: pd.DataFrame, horizons: Float, *, unit: str | None = None) -> Float:
        """Expected purchases of all these customers together over each horizon, in the histories' unit."""
        fit, columns = self._met(histories, unit)
        return fit.engine.totals(columns, horizons)

    def expected_so_far(self, histories: pd.DataFrame, ends: Float, *, unit: str | None = None) -> Float:
        """Repeat purchases expected from these customers by each time, as seen from their first purchase.

        Parameters
        ----------
        ends : array, shape (times,)
            Relative to now, so 0 or negative, in the histories' unit.
        """
        fit, columns = self._met(histories, unit)
        return fit.engine.so_far(columns, ends)

    def given(self, groups: Groups, *params: Params) -> Iterator[tuple[Rows, list[Outlook]]]:
        """Some groups at a time under each set of parameter draws: their rows and their forecasts."""
        return self.engine.outlooks(groups, *params)

    def simulate_histories(self, T: ArrayLike, *, seed: int, horizon: float = 0.0) -> pd.DataFrame:
        """Customers drawn from the latent story at ``params``, watched for ``T`` and then for ``horizon``.

        Parameters
        ----------
        T : array-like, shape (customers,)
            Each customer's age at the end of the calibration period, in the fit's unit.
        seed : int
        horizon : float
            How much longer they are watched, in the fit's unit.

        Returns
        -------
        DataFrame, one row per customer
            ``frequency``, ``recency``, ``T``, ``log_gap_sum``, and the truth: ``alive`` (at T, where ``horizon`` is 0)
            and ``frequency_holdout``.

        Raises
        ------
        InputError
            Customers of this fit differ by covariates or segments.
        """
        self.check_alike()
        formula = cast(StoryFormula, self.model.formula)
        age = np.asarray(T, dtype=float)
        story = formula.simulate(np.random.default_rng(seed), age + horizon, **self.params)
        table = histories_of(story, age)
        if horizon:
            table = table.drop(columns="alive")
        table.attrs = {"unit": self.unit}
        return table

    def simulate_futures(
        self, histories: pd.DataFrame, horizon: float, *, draws: int, seed: int, unit: str | None = None
    ) -> tuple[Rows, Rows, Float]:
        """Futures drawn from the latent story, each under its own draw of the parameters.

        Parameters
        ----------
        horizon : float
            In the histories' unit.
        draws : int
            How many futures of each customer.

        Returns
        -------
        draw, customer, time : arrays, shape (purchases,)
            Purchase times from now (units), with the future they belong to and the row of ``histories``.
        """
        fit, columns = self._met(histories, unit)
        return fit.engine.futures(columns, horizon, draws=draws, seed=seed)

    @cached_property
    def engine(self) -> Engine:
        """What computes the forecasts, in the fit's unit."""
        return self.model.engine_class(
            Estimates(self.model.formula, self.link, self.params, self.posterior, self.point, self.unit, self.seed)
        )

    def _met(self, histories: pd.DataFrame, unit: str | None) -> tuple[Self, dict[str, Float]]:
        """This fit in the histories' unit, and their columns, checked first: broken rows are named before the unit."""
        columns = self.columns(histories)
        return self.in_unit_of(histories, unit), columns

    def _table(
        self,
        histories: pd.DataFrame,
        unit: str | None,
        function: OverDraws,
        names: tuple[str, ...],
        *,
        counted: float | None = None,
    ) -> pd.DataFrame:
        """Functions of draws and groups at the point estimate, and their intervals, by customer.

        With a horizon to be ``counted`` over, also the predictive interval of the count.
        """
        fit, own = self._met(histories, unit)
        groups, draws, at = Groups(own), fit.engine.draws, fit.point
        table = {f"{name}{end}": np.full(len(groups), np.nan) for name in names for end in ("", "_low", "_high")}
        if self.draws is not None:
            for name, (mean, low, high) in over_draws(fit, groups, draws, function, names).items():
                table |= {name: mean, f"{name}_low": low, f"{name}_high": high}
        if at is not None:
            for rows, (known,) in fit.given(groups, at):
                for name, values in function(known).items():
                    if name in table:
                        table[name][rows] = values.mean(axis=0)
        if counted is not None:
            low, high = np.empty((2, len(groups)))
            for rows, (mixed,) in fit.given(groups, fit.engine.mixed):
                low[rows], high[rows] = mixed.count_interval(counted)
            table |= {"purchases_low": low, "purchases_high": high}
        return pd.DataFrame({k: v[groups.inverse] for k, v in table.items()}, index=histories.index)

    def _scores(
        self, histories: pd.DataFrame, horizon: float, observed: pd.Series, unit: str | None, *, whole: bool
    ) -> tuple[Float, Float, Float]:
        horizon = check_horizon(horizon)
        fit, columns = self._met(histories, unit)
        counts = observed.reindex(histories.index).to_numpy(dtype=float)
        groups = Groups({**columns, "y": counts})
        seen = groups.values.pop("y")
        below, at, crps = fit.engine.count_scores(groups, horizon, seen, whole=whole)
        return below[groups.inverse], at[groups.inverse], crps[groups.inverse]


def histories_of(story: tuple[Rows, Float, NDArray[np.bool_]], T: Float) -> pd.DataFrame:
    """Histories as at age T of customers whose purchases are known for longer, and what they did afterwards."""
    customer, time, alive = story
    seen = time <= T[customer]
    recency = np.zeros(len(T))
    np.maximum.at(recency, customer[seen], time[seen])
    # Purchases come in order of each customer's; the first gap is from acquisition.
    again = np.diff(customer, prepend=-1) == 0
    gap = np.where(again, np.diff(time, prepend=0.0), time)[seen]
    return pd.DataFrame(
        {
            "frequency": np.bincount(customer[seen], minlength=len(T)).astype(float),
            "recency": recency,
            "T": T,
            "log_gap_sum": np.bincount(customer[seen], weights=np.log(gap), minlength=len(T)),
            "frequency_holdout": np.bincount(customer[~seen], minlength=len(T)).astype(float),
            "alive": alive,
        },
        index=pd.RangeIndex(len(T), name="customer_id"),
    )


def check_horizon(horizon: float) -> float:
    """A horizon is a number of units of time that any forecast could be about, 0 or more."""
    return number(horizon, "horizon", least=0, most=FARTHEST, example="39 units of time")
