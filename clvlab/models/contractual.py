"""How long customers under contract stay: models of retention by contract period."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from clvlab.errors import InputError
from clvlab.formulas import beta_discrete_weibull, shifted_beta_geometric
from clvlab.formulas.protocols import ContractFormula
from clvlab.inference.priors import LogNormal, Prior
from clvlab.models.evidence import Evidence
from clvlab.models.fit import Fit
from clvlab.models.model import Model
from clvlab.models.outlook import interval
from clvlab.models.retention import Retention

__all__ = ["BetaDiscreteWeibull", "ShiftedBetaGeometric"]

Float = NDArray[np.float64]
SHOWN = 5


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class ContractualFit(Fit):
    """A fitted model of retention."""

    @property
    def formula(self) -> ContractFormula:
        """The model's."""
        return cast(ContractFormula, self.model.formula)

    def predict(self, periods: ArrayLike, *, of: Mapping[str, object] | None = None) -> pd.DataFrame:
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
        table = {name: self._described(getattr(self.formula, name), t, of) for name in ("survival", "retention")}
        columns = {f"{name}{end}": values for name, ends in table.items() for end, values in ends.items()}
        return pd.DataFrame(columns, index=pd.Index(t.astype(np.int64), name="period"))

    def expected_lifetime(
        self, discount_rate: float, *, renewals: ArrayLike = 0, of: Mapping[str, object] | None = None
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
            return self.formula.expected_renewals(np.inf, **params, renewals=n, discount_rate=discount_rate)

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
        DataFrame, one row per customer
            ``period`` and ``lost``, as ``fit`` takes them.

        Raises
        ------
        InputError
            Customers of this fit differ by covariates or segments.
        """
        self.check_alike()
        period, lost = self.formula.simulate(np.random.default_rng(seed), np.atleast_1d(periods), **self.params)
        index = pd.RangeIndex(len(period), name="customer_id")
        return pd.DataFrame({"period": period.astype(np.int64), "lost": lost.astype(np.int64)}, index=index)

    def _described(
        self, function: Callable[..., Float], at: Float, of: Mapping[str, object] | None
    ) -> dict[str, Float]:
        """A function of the parameters, and the ends of its interval over draws, shape like ``at``."""
        customer = self.one_customer(of)
        over_draws = function(at, **self.process.natural(self.posterior, customer))
        point = over_draws.mean(axis=0)
        if self.point is not None:
            point = function(at, **self.process.natural(self.point, customer))[0]
        ends = (np.full(len(at), np.nan),) * 2 if self.draws is None else interval(over_draws)
        return {"": point, "_low": ends[0], "_high": ends[1]}


@dataclass(frozen=True, kw_only=True)
class ShiftedBetaGeometric(Model[ContractualFit]):
    """Shifted-beta-geometric of Fader & Hardie (2007): each customer has a constant chance of leaving.

    Examples
    --------
    >>> ShiftedBetaGeometric().at(alpha=0.668, beta=3.806)
    <Shifted-beta-geometric by given: alpha 0.668, beta 3.806>
    """

    formula: ClassVar[ContractFormula] = shifted_beta_geometric
    fit_class: ClassVar[type[ContractualFit]] = ContractualFit
    evidence: ClassVar[Evidence] = Retention()
    default_priors: ClassVar[Mapping[str, Prior]] = {
        "alpha": LogNormal(median=1.0, spread=1.5),
        "beta": LogNormal(median=2.0, spread=1.5),
    }

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        del histories
        return dict.fromkeys(self.formula.PARAMETERS, 1.0)


@dataclass(frozen=True, kw_only=True)
class BetaDiscreteWeibull(Model[ContractualFit]):
    """Beta-discrete-Weibull of Fader et al. (2018): each customer's chance to leave may fall or rise with time (c)."""

    formula: ClassVar[ContractFormula] = beta_discrete_weibull
    fit_class: ClassVar[type[ContractualFit]] = ContractualFit
    evidence: ClassVar[Evidence] = Retention()
    default_priors: ClassVar[Mapping[str, Prior]] = {
        "alpha": LogNormal(median=1.0, spread=1.5),
        "beta": LogNormal(median=2.0, spread=1.5),
        "c": LogNormal(median=1.0, spread=0.5),
    }

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        del histories
        return dict.fromkeys(self.formula.PARAMETERS, 1.0)
