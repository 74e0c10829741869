"""How long customers under contract stay: models of retention by contract period."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from clvlab.errors import InputError
from clvlab.formulas import beta_discrete_weibull, shifted_beta_geometric
from clvlab.inference.priors import LogNormal, Prior
from clvlab.models.fit import Fit
from clvlab.models.forecast import interval
from clvlab.models.model import Model

Float = NDArray[np.float64]
SHOWN = 5


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class ContractualFit(Fit):
    """A fitted model of retention."""

    def predict(self, periods: ArrayLike, *, of: Mapping[str, Any] | None = None) -> pd.DataFrame:
        """Survival and retention of a new cohort.

        Parameters
        ----------
        periods : array-like of int, shape (periods,)
            Contract periods, 1 or more.
        of : mapping, optional
            Attribute to value, of the covariates and the segment of the customers meant; unless given, those whose
            covariates are 0 or at their reference level, in a segment not seen before.

        Returns
        -------
        DataFrame, indexed by period
            ``survival``, the share of the cohort still there after the period, and ``retention``, the share of those
            there before it who stay; each with ``_low`` and ``_high``, its 90 % credible interval (NaN where the fit
            carries no draws).

        Examples
        --------
        >>> known = ShiftedBetaGeometric().at(alpha=0.668, beta=3.806)
        >>> known.predict([1, 12])["survival"].round(3).to_dict()
        {1: 0.851, 12: 0.378}
        """
        t = np.atleast_1d(np.asarray(periods, dtype=float))
        if not ((t >= 1) & (t == np.floor(t)) & np.isfinite(t)).all():
            raise InputError(f"Periods are counted from 1: whole numbers; found {t[:SHOWN].tolist()}.")
        formula = self.model.formula
        table = {name: self._described(getattr(formula, name), t, of) for name in ("survival", "retention")}
        columns = {f"{name}{end}": values for name, ends in table.items() for end, values in ends.items()}
        return pd.DataFrame(columns, index=pd.Index(t.astype(np.int64), name="period"))

    def expected_lifetime(
        self, discount_rate: float, *, renewals: ArrayLike = 0, of: Mapping[str, Any] | None = None
    ) -> pd.DataFrame:
        """Renewals still to be expected of a customer, seen just before the next one is due.

        Parameters
        ----------
        discount_rate : float
            A contract period. Times the margin of a period, the result is the customer's residual value; at 0 it is
            the expected number of further renewals.
        renewals : array-like of int, shape (customers,)
            Renewals made so far; 0 is a customer in the first period.
        of : mapping, optional
            As for ``predict``.

        Returns
        -------
        DataFrame, indexed by renewals
            ``expected_lifetime`` with ``_low`` and ``_high``, its 90 % credible interval.

        Raises
        ------
        FitError
            Without a discount, where the expectation is infinite at the parameters or at some of their draws.

        Examples
        --------
        >>> known = ShiftedBetaGeometric().at(alpha=3.80, beta=15.20)
        >>> known.expected_lifetime(0.1, renewals=[0, 4])["expected_lifetime"].round(2).to_dict()
        {0: 3.31, 4: 3.84}
        """
        made = np.atleast_1d(np.asarray(renewals, dtype=float))
        if not ((made >= 0) & (made == np.floor(made)) & np.isfinite(made)).all():
            raise InputError(f"Renewals are counted: whole numbers, 0 or more; found {made[:SHOWN].tolist()}.")

        def lifetime(n: Float, **params: Float) -> Float:
            return np.asarray(
                self.model.formula.expected_renewals(np.inf, **params, renewals=n, discount_rate=discount_rate)
            )

        ends = self._described(lifetime, made, of)
        return pd.DataFrame(
            {f"expected_lifetime{end}": values for end, values in ends.items()},
            index=pd.Index(made.astype(np.int64), name="renewals"),
        )

    def simulate_spells(self, periods: ArrayLike, *, seed: int) -> pd.DataFrame:
        """Customers drawn from the latent story at ``params``.

        Parameters
        ----------
        periods : array-like of int, shape (customers,)
            How many contract periods each is watched for.

        Returns
        -------
        DataFrame, one row a customer
            ``period`` and ``lost``, as ``fit`` takes them.

        Raises
        ------
        InputError
            Customers of this fit differ by covariates or segments.
        """
        self.check_alike()
        period, lost = self.model.formula.simulate(np.random.default_rng(seed), np.atleast_1d(periods), **self.params)
        index = pd.RangeIndex(len(period), name="customer_id")
        return pd.DataFrame({"period": period.astype(np.int64), "lost": lost.astype(np.int64)}, index=index)

    def _described(self, function: Any, at: Float, of: Mapping[str, Any] | None) -> dict[str, Float]:
        """A function of the parameters, and the ends of its interval over draws, shape like ``at``."""
        customer = self.one_customer(of)
        over_draws = function(at, **self.process.natural(self.posterior, customer))
        point = over_draws.mean(axis=0)
        if self.point is not None:
            point = function(at, **self.process.natural(self.point, customer))[0]
        ends = (np.full(len(at), np.nan),) * 2 if self.draws is None else interval(over_draws)
        return {"": point, "_low": ends[0], "_high": ends[1]}


@dataclass(frozen=True, kw_only=True)
class _Contractual(Model):
    """What the models of retention share: what they learn from."""

    fit_class: ClassVar[type[Fit]] = ContractualFit

    def usable(self, histories: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, list[object]]]:
        """All of them; ``rows`` checks them."""
        return histories, {}

    def rows(self, histories: pd.DataFrame) -> tuple[pd.DataFrame, Float]:
        """Customers by how long they were there and whether they were lost, from a table or from spells.

        A table has one row a period, from 1 on: ``period``, ``customers`` (at risk at the start of the period) and
        ``lost`` (left at its end); those missing from the next row without having been lost are taken to be unknown
        from there on. It is of one cohort; with covariates or segments, of one cohort for each of their combinations.
        Spells have one row a customer: ``period`` and ``lost`` (1: left at the end of that period; 0: still there
        after that many).

        Raises
        ------
        InputError
            Names the rule and the rows that break it.
        """
        acting = dict.fromkeys(name for names in self.covariates.values() for name in names)
        return spells_of(histories, [*acting, *([self.pooled_by] if self.pooled_by else [])])

    def _check_informative(self, histories: pd.DataFrame) -> None:
        rows, weights = self.rows(histories)
        if not weights[rows["lost"] > 0].any():
            raise InputError(
                f"{self.name} learns from customers who leave; none of the {weights.sum():,.0f} was lost. "
                "Watch them for longer, or check the column lost."
            )

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        del histories
        return dict.fromkeys(self.formula.PARAMETERS, 1.0)


@dataclass(frozen=True, kw_only=True)
class ShiftedBetaGeometric(_Contractual):
    """Shifted-beta-geometric of Fader & Hardie (2007): each customer leaves at a constant chance of their own.

    Examples
    --------
    >>> ShiftedBetaGeometric().at(alpha=0.668, beta=3.806)
    <Shifted-beta-geometric by given: alpha 0.668, beta 3.806>
    """

    formula: ClassVar[Any] = shifted_beta_geometric
    default_priors: ClassVar[Mapping[str, Prior]] = {
        "alpha": LogNormal(median=1.0, spread=1.5),
        "beta": LogNormal(median=2.0, spread=1.5),
    }


@dataclass(frozen=True, kw_only=True)
class BetaDiscreteWeibull(_Contractual):
    """Beta-discrete-Weibull of Fader et al. (2018): each customer's chance to leave may fall or rise with time (c)."""

    formula: ClassVar[Any] = beta_discrete_weibull
    default_priors: ClassVar[Mapping[str, Prior]] = {
        "alpha": LogNormal(median=1.0, spread=1.5),
        "beta": LogNormal(median=2.0, spread=1.5),
        "c": LogNormal(median=1.0, spread=0.5),
    }


def spells_of(frame: pd.DataFrame, attributes: Sequence[str] = ()) -> tuple[pd.DataFrame, Float]:
    """Rows of ``period``, ``lost`` and the attributes, and how many customers each stands for, checked.

    Parameters
    ----------
    frame : DataFrame
        Tables (period, customers, lost), one for each combination of attributes, or spells (period, lost).
    attributes : sequence of str
        Columns to keep.

    Raises
    ------
    InputError
        Names the rule and the rows that break it.
    """
    table = "customers" in frame.columns
    wanted = ["period", "customers", "lost"] if table else ["period", "lost"]
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        raise InputError(
            "Retention is learned from a table with the columns period, customers and lost, or from spells with the "
            f"columns period and lost; missing: {', '.join(missing)}."
        )
    if frame.empty:
        raise InputError("Retention needs at least one row; the frame is empty.")
    kept = [name for name in attributes if name in frame.columns]
    if not table:
        return _from_spells(frame, **{name: _whole(frame, name) for name in wanted}).join(frame[kept]), np.ones(
            len(frame)
        )
    cohorts = [part for _, part in frame.groupby(kept, dropna=False, sort=False)] if kept else [frame]
    rows = [_from_table(cohort, **{name: _whole(cohort, name) for name in wanted}) for cohort in cohorts]
    own = [
        part.assign(**{name: cohort[name].iloc[0] for name in kept}) for part, cohort in zip(rows, cohorts, strict=True)
    ]
    found = pd.concat(own, ignore_index=True)
    return found.drop(columns="customers"), found["customers"].to_numpy(dtype=float)


def _whole(frame: pd.DataFrame, name: str) -> Float:
    try:
        values = frame[name].to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InputError(f"The column {name} must hold numbers; found {frame[name].dtype}.") from error
    _hold(frame, f"{name} must be a whole number, 0 or more", ~((values >= 0) & (values == np.floor(values))), values)
    _hold(frame, f"{name} must be finite", np.isinf(values), values)
    return values


def _from_spells(frame: pd.DataFrame, period: Float, lost: Float) -> pd.DataFrame:
    _hold(frame, "lost must be 1 (left at the end of the period) or 0 (still there)", lost > 1, lost)
    _hold(frame, "who was lost left at the end of period 1 or a later one", (lost > 0) & (period < 1), period)
    return pd.DataFrame({"period": period, "lost": lost}, index=frame.index)


def _from_table(frame: pd.DataFrame, period: Float, customers: Float, lost: Float) -> pd.DataFrame:
    order = np.argsort(period, kind="stable")
    if (period[order] != np.arange(1, len(period) + 1)).any():
        raise InputError(
            "A table has one row a period, from 1 on without a gap (one cohort a table); found the periods "
            f"{', '.join(f'{t:.0f}' for t in period[:12])}{', ...' if len(period) > 12 else ''}."
        )
    _hold(frame, "lost must not exceed customers, those at risk at the start of the period", lost > customers, lost)
    stayed = (customers - lost)[order]
    following = np.append(customers[order][1:], 0.0)
    grown = np.zeros(len(period), dtype=bool)
    grown[order[1:]] = following[:-1] > stayed[:-1]
    _hold(frame, "customers must not exceed those who stayed through the period before (one cohort)", grown, customers)
    t = period[order]
    rows = pd.DataFrame({"period": np.concatenate([t, t]), "lost": np.repeat([1.0, 0.0], len(t))})
    rows["customers"] = np.concatenate([lost[order], stayed - following])
    return rows[rows["customers"] > 0]


def _hold(frame: pd.DataFrame, rule: str, broken: NDArray[np.bool_], values: Float) -> None:
    if broken.any():
        rows = frame.index[broken].tolist()[:SHOWN]
        shown = ", ".join(f"{value:g} in row {row!r}" for row, value in zip(rows, values[broken], strict=False))
        raise InputError(f"{rule}; found {shown}{' and more' if broken.sum() > SHOWN else ''}.")
