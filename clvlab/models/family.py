"""The transaction models: each a formula, priors, and a place to start."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import pandas as pd

from clvlab.errors import InputError
from clvlab.formulas import bg_bb, bg_cnbd_k, bg_nbd, cnbd_k, mbg_cnbd_k, mbg_nbd, nbd, pareto_nbd
from clvlab.inference.priors import LogNormal, Prior
from clvlab.models.fit import Fit
from clvlab.models.model import Model
from clvlab.models.transactions import TransactionFit

# Vague on purpose: nine tenths of the mass within a factor of twelve of the median, either way.
SHAPE = LogNormal(median=1.0, spread=1.5)
WEEKS = LogNormal(median=10.0, spread=1.5)
LARGEST_K = 6


@dataclass(frozen=True, kw_only=True)
class BGNBD(Model):
    """BG/NBD of Fader, Hardie & Lee (2005): Poisson purchases; a chance to drop out after each repeat purchase.

    Parameters
    ----------
    priors, covariates, pooled_by, method, options :
        As for ``Model``; the parameters are r, alpha (a rate), a, b.

    Examples
    --------
    >>> BGNBD().at(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    <BG/NBD by given: r 0.243, alpha 4.414, a 0.793, b 2.426 (a week)>
    """

    formula: ClassVar[Any] = bg_nbd
    fit_class: ClassVar[type[Fit]] = TransactionFit
    default_priors: ClassVar[Mapping[str, Prior]] = {
        "r": SHAPE, "alpha": WEEKS, "a": SHAPE, "b": LogNormal(median=2.0, spread=1.5),
    }  # fmt: skip

    def _check_informative(self, histories: pd.DataFrame) -> None:
        check_repeaters(histories, self.name)

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        return {"r": 0.5, "alpha": 0.5 / purchase_rate(histories), "a": 1.0, "b": 2.0}


@dataclass(frozen=True, kw_only=True)
class MBGNBD(Model):
    """MBG/NBD of Batislam, Denizel & Filiztekin (2007): BG/NBD where one may also leave after the first purchase.

    So one-time buyers are not all alive.

    Parameters
    ----------
    priors, covariates, pooled_by, method, options :
        As for ``Model``; the parameters are r, alpha (a rate), a, b.
    """

    formula: ClassVar[Any] = mbg_nbd
    fit_class: ClassVar[type[Fit]] = TransactionFit
    default_priors: ClassVar[Mapping[str, Prior]] = BGNBD.default_priors

    def _check_informative(self, histories: pd.DataFrame) -> None:
        check_repeaters(histories, self.name)

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        return {"r": 0.5, "alpha": 0.5 / purchase_rate(histories), "a": 1.0, "b": 2.0}


@dataclass(frozen=True, kw_only=True)
class NBD(Model):
    """NBD of Ehrenberg (1959): Poisson purchases and no dropout, the baseline a dropout must beat.

    Parameters
    ----------
    priors, covariates, pooled_by, method, options :
        As for ``Model``; the parameters are r and alpha (a rate).
    """

    formula: ClassVar[Any] = nbd
    fit_class: ClassVar[type[Fit]] = TransactionFit
    default_priors: ClassVar[Mapping[str, Prior]] = {"r": SHAPE, "alpha": WEEKS}

    def _check_informative(self, histories: pd.DataFrame) -> None:
        check_repeaters(histories, self.name)

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        return {"r": 0.5, "alpha": 0.5 / purchase_rate(histories)}


@dataclass(frozen=True, kw_only=True)
class ParetoNBD(Model):
    """Pareto/NBD of Schmittlein, Morrison & Colombo (1987): Poisson purchases until an exponential lifetime ends.

    Parameters
    ----------
    priors, covariates, pooled_by, method, options :
        As for ``Model``; the parameters are r, alpha, s, beta; alpha and beta are rates.
    """

    formula: ClassVar[Any] = pareto_nbd
    fit_class: ClassVar[type[Fit]] = TransactionFit
    default_priors: ClassVar[Mapping[str, Prior]] = {"r": SHAPE, "alpha": WEEKS, "s": SHAPE, "beta": WEEKS}

    def _check_informative(self, histories: pd.DataFrame) -> None:
        check_repeaters(histories, self.name)

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        age = float(histories["T"].mean())
        return {"r": 0.5, "alpha": 0.5 / purchase_rate(histories), "s": 0.5, "beta": 0.5 * age}


@dataclass(frozen=True, kw_only=True)
class BGCNBD(Model):
    """BG/CNBD-k of Platzer & Reutterer: BG/NBD with regular (Erlang-k) gaps between purchases.

    Parameters
    ----------
    k : int, optional
        Regularity: 1 is BG/NBD, higher is more regular; chosen by likelihood among 1 to 6 where left out.
    priors, covariates, pooled_by, method, options :
        As for ``Model``; the parameters are r, alpha (a rate), a, b.
    """

    k: int | None = None

    fit_class: ClassVar[type[Fit]] = TransactionFit
    default_priors: ClassVar[Mapping[str, Prior]] = BGNBD.default_priors

    @property
    def formula(self) -> Any:
        """The formula for this k; for k = 1 where it is yet to be chosen."""
        return bg_cnbd_k.with_k(self.k or 1)

    def fit(self, histories: pd.DataFrame, **keywords: Any) -> Any:
        """As ``Model.fit``; where k is not given, that of the highest likelihood is taken, and the others noted."""
        return super().fit(histories, **keywords) if self.k else fit_with_best_k(self, histories, **keywords)

    def described(self) -> dict[str, Any]:
        """With k."""
        return super().described() | {"k": self.k}

    def _check_informative(self, histories: pd.DataFrame) -> None:
        check_repeaters(histories, self.name)

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        return {"r": 0.5, "alpha": 0.5 / ((self.k or 1) * purchase_rate(histories)), "a": 1.0, "b": 2.0}


@dataclass(frozen=True, kw_only=True)
class MBGCNBD(Model):
    """MBG/CNBD-k of Platzer & Reutterer: BG/CNBD-k where one may also leave after the first purchase.

    Parameters
    ----------
    k : int, optional
        Regularity: 1 is MBG/NBD, higher is more regular; chosen by likelihood among 1 to 6 where left out.
    priors, covariates, pooled_by, method, options :
        As for ``Model``; the parameters are r, alpha (a rate), a, b.
    """

    k: int | None = None

    fit_class: ClassVar[type[Fit]] = TransactionFit
    default_priors: ClassVar[Mapping[str, Prior]] = BGNBD.default_priors

    @property
    def formula(self) -> Any:
        """The formula for this k; for k = 1 where it is yet to be chosen."""
        return mbg_cnbd_k.with_k(self.k or 1)

    def fit(self, histories: pd.DataFrame, **keywords: Any) -> Any:
        """As ``Model.fit``; where k is not given, that of the highest likelihood is taken, and the others noted."""
        return super().fit(histories, **keywords) if self.k else fit_with_best_k(self, histories, **keywords)

    def described(self) -> dict[str, Any]:
        """With k."""
        return super().described() | {"k": self.k}

    def _check_informative(self, histories: pd.DataFrame) -> None:
        check_repeaters(histories, self.name)

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        return {"r": 0.5, "alpha": 0.5 / ((self.k or 1) * purchase_rate(histories)), "a": 1.0, "b": 2.0}


@dataclass(frozen=True, kw_only=True)
class BGBB(Model):
    """BG/BB of Fader, Hardie & Shang (2010): one opportunity to buy a period, taken or not, until dropout.

    It takes ``clv.histories(..., unit="year", opportunities=True)``; a horizon is a whole number of periods.

    Parameters
    ----------
    priors, covariates, pooled_by, method, options :
        As for ``Model``; the parameters are alpha, beta (of buying) and gamma, delta (of dropping out).
    """

    formula: ClassVar[Any] = bg_bb
    fit_class: ClassVar[type[Fit]] = TransactionFit
    default_priors: ClassVar[Mapping[str, Prior]] = dict.fromkeys(("alpha", "beta", "gamma", "delta"), SHAPE)

    def _check_informative(self, histories: pd.DataFrame) -> None:
        check_repeaters(histories, self.name)

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        del histories
        return {"alpha": 1.0, "beta": 1.0, "gamma": 0.7, "delta": 2.0}


def fit_with_best_k(model: Any, histories: pd.DataFrame, **keywords: Any) -> Any:
    """Fit for every k by maximum likelihood, then the best one as asked; the log-likelihoods are noted."""
    by_ml = replace(model, method="ml", options={}, pooled_by=None)
    found = {
        k: replace(by_ml, k=k).fit(histories, unit=keywords.get("unit")).log_likelihood for k in range(1, LARGEST_K + 1)
    }
    best = cnbd_k.choose_k(found)
    fit = replace(model, k=best).fit(histories, **keywords)
    listed = ", ".join(f"k = {k}: {value:.1f}" for k, value in found.items())
    note = f"k = {best} has the highest log-likelihood ({listed})."
    return replace(fit, diagnostics=replace(fit.diagnostics, notes=(*fit.diagnostics.notes, note)))


def purchase_rate(histories: pd.DataFrame) -> float:
    """Repeat purchases of all customers a unit of time."""
    return float(histories["frequency"].sum() / histories["T"].sum())


def check_repeaters(histories: pd.DataFrame, name: str) -> None:
    """Refuse histories in which nobody bought twice: nothing there tells how often customers buy."""
    if not (histories["frequency"] > 0).any():
        raise InputError(
            f"{name} learns from repeat purchases; none of the {len(histories)} customers bought on a second day "
            "by the end of the calibration period. Choose a later end, or check that the customer column "
            "identifies customers rather than orders."
        )
