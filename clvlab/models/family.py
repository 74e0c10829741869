"""The transaction models: each has a formula, priors, and starting values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from clvlab.formulas import bg_bb, bg_cnbd_k, bg_nbd, cnbd_k, mbg_cnbd_k, mbg_nbd, nbd, pareto_ggg, pareto_nbd
from clvlab.formulas.protocols import Formula, TransactionFormula
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.mixed import MixedLikelihood
from clvlab.inference.priors import LogNormal, Prior
from clvlab.models.evidence import OPPORTUNITIES, Evidence
from clvlab.models.model import Model
from clvlab.models.node_forecasts import NodeForecasts
from clvlab.models.outlook import Engine
from clvlab.models.transactions import TransactionFit

__all__ = ["BGBB", "BGCNBD", "BGNBD", "MBGCNBD", "MBGNBD", "NBD", "ParetoGGG", "ParetoNBD"]

# Vague on purpose: nine tenths of the mass within a factor of twelve of the median, either way.
SHAPE = LogNormal(median=1.0, spread=1.5)
WEEKS = LogNormal(median=10.0, spread=1.5)
TRIED = range(1, 7)  # k of regular gaps, where it is left open


@dataclass(frozen=True, kw_only=True)
class BGNBD(Model[TransactionFit]):
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

    formula: ClassVar[TransactionFormula] = bg_nbd
    fit_class: ClassVar[type[TransactionFit]] = TransactionFit
    default_priors: ClassVar[Mapping[str, Prior]] = {
        "r": SHAPE, "alpha": WEEKS, "a": SHAPE, "b": LogNormal(median=2.0, spread=1.5),
    }  # fmt: skip

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        return _bg_start(histories)


@dataclass(frozen=True, kw_only=True)
class MBGNBD(Model[TransactionFit]):
    """MBG/NBD of Batislam, Denizel & Filiztekin (2007): BG/NBD where one may also leave after the first purchase.

    So one-time buyers are not all alive.

    Parameters
    ----------
    priors, covariates, pooled_by, method, options :
        As for ``Model``; the parameters are r, alpha (a rate), a, b.
    """

    formula: ClassVar[TransactionFormula] = mbg_nbd
    fit_class: ClassVar[type[TransactionFit]] = TransactionFit
    default_priors: ClassVar[Mapping[str, Prior]] = BGNBD.default_priors

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        return _bg_start(histories)


@dataclass(frozen=True, kw_only=True)
class NBD(Model[TransactionFit]):
    """NBD of Ehrenberg (1959): Poisson purchases and no dropout, the baseline for models with dropout.

    Parameters
    ----------
    priors, covariates, pooled_by, method, options :
        As for ``Model``; the parameters are r and alpha (a rate).
    """

    formula: ClassVar[TransactionFormula] = nbd
    fit_class: ClassVar[type[TransactionFit]] = TransactionFit
    default_priors: ClassVar[Mapping[str, Prior]] = {"r": SHAPE, "alpha": WEEKS}

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        return {"r": 0.5, "alpha": 0.5 / purchase_rate(histories)}


@dataclass(frozen=True, kw_only=True)
class ParetoNBD(Model[TransactionFit]):
    """Pareto/NBD of Schmittlein, Morrison & Colombo (1987): Poisson purchases until an exponential lifetime ends.

    Parameters
    ----------
    priors, covariates, pooled_by, method, options :
        As for ``Model``; the parameters are r, alpha, s, beta; alpha and beta are rates.
    """

    formula: ClassVar[TransactionFormula] = pareto_nbd
    fit_class: ClassVar[type[TransactionFit]] = TransactionFit
    default_priors: ClassVar[Mapping[str, Prior]] = {"r": SHAPE, "alpha": WEEKS, "s": SHAPE, "beta": WEEKS}

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        age = float(histories["T"].mean())
        return {"r": 0.5, "alpha": 0.5 / purchase_rate(histories), "s": 0.5, "beta": 0.5 * age}


@dataclass(frozen=True, kw_only=True)
class BGCNBD(Model[TransactionFit]):
    """BG/CNBD-k of Platzer & Reutterer: BG/NBD with regular (Erlang-k) gaps between purchases.

    Parameters
    ----------
    k : int, optional
        Regularity: 1 is BG/NBD, higher is more regular; chosen by likelihood among 1 to 6 where left out.
    priors, covariates, pooled_by, method, options :
        As for ``Model``; the parameters are r, alpha (a rate), a, b.
    """

    k: int | None = None

    fit_class: ClassVar[type[TransactionFit]] = TransactionFit
    default_priors: ClassVar[Mapping[str, Prior]] = BGNBD.default_priors
    constants: ClassVar[Mapping[str, Sequence[int]]] = {"k": TRIED}

    @property
    def formula(self) -> cnbd_k.CNBD:
        """The formula for this k; for k = 1 where it is yet to be chosen."""
        return bg_cnbd_k.with_k(self.k or 1)

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        return _bg_start(histories, stages=self.k or 1)


@dataclass(frozen=True, kw_only=True)
class MBGCNBD(Model[TransactionFit]):
    """MBG/CNBD-k of Platzer & Reutterer: BG/CNBD-k where one may also leave after the first purchase.

    Parameters
    ----------
    k : int, optional
        Regularity: 1 is MBG/NBD, higher is more regular; chosen by likelihood among 1 to 6 where left out.
    priors, covariates, pooled_by, method, options :
        As for ``Model``; the parameters are r, alpha (a rate), a, b.
    """

    k: int | None = None

    fit_class: ClassVar[type[TransactionFit]] = TransactionFit
    default_priors: ClassVar[Mapping[str, Prior]] = BGNBD.default_priors
    constants: ClassVar[Mapping[str, Sequence[int]]] = {"k": TRIED}

    @property
    def formula(self) -> cnbd_k.CNBD:
        """The formula for this k; for k = 1 where it is yet to be chosen."""
        return mbg_cnbd_k.with_k(self.k or 1)

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        return _bg_start(histories, stages=self.k or 1)


@dataclass(frozen=True, kw_only=True)
class BGBB(Model[TransactionFit]):
    """BG/BB of Fader, Hardie & Shang (2010): one opportunity to buy a period, taken or not, until dropout.

    It takes ``clv.histories(..., unit="year", opportunities=True)``; a horizon is a whole number of periods.

    Parameters
    ----------
    priors, covariates, pooled_by, method, options :
        As for ``Model``; the parameters are alpha, beta (of buying) and gamma, delta (of dropping out).
    """

    formula: ClassVar[TransactionFormula] = bg_bb
    fit_class: ClassVar[type[TransactionFit]] = TransactionFit
    evidence: ClassVar[Evidence] = OPPORTUNITIES
    default_priors: ClassVar[Mapping[str, Prior]] = dict.fromkeys(("alpha", "beta", "gamma", "delta"), SHAPE)

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        del histories
        return {"alpha": 1.0, "beta": 1.0, "gamma": 0.7, "delta": 2.0}


@dataclass(frozen=True, kw_only=True)
class ParetoGGG(Model[TransactionFit]):
    """Pareto/GGG of Platzer & Reutterer (2016): Pareto/NBD whose customers each have their own regularity.

    Parameters
    ----------
    priors, covariates, method, options :
        As for ``Model``; the parameters are t and gamma (of regularity), r and alpha (of the rate), s and beta (of
        dropout); gamma, alpha and beta are rates.

    Notes
    -----
    The methods are ml, map, laplace and gibbs: the last is a sampler of its own (``clvlab.inference.gibbs``), which
    does without the likelihood and takes no covariates. Pooling is not offered.
    """

    formula: ClassVar[Formula] = pareto_ggg
    fit_class: ClassVar[type[TransactionFit]] = TransactionFit
    engine_class: ClassVar[type[Engine]] = NodeForecasts
    likelihood_class: ClassVar[type[Likelihood]] = MixedLikelihood
    sampler: ClassVar[str] = "gibbs"
    default_priors: ClassVar[Mapping[str, Prior]] = {
        "t": SHAPE, "gamma": SHAPE, "r": SHAPE, "alpha": WEEKS, "s": SHAPE, "beta": WEEKS,
    }  # fmt: skip

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        age = float(histories["T"].mean())
        rate = 0.5 / purchase_rate(histories)
        return {"t": 2.0, "gamma": 1.0, "r": 0.5, "alpha": rate, "s": 0.5, "beta": 0.5 * age}


def purchase_rate(histories: pd.DataFrame) -> float:
    """Repeat purchases of all customers a unit of time."""
    return float(histories["frequency"].sum() / histories["T"].sum())


def _bg_start(histories: pd.DataFrame, *, stages: int = 1) -> dict[str, float]:
    return {"r": 0.5, "alpha": 0.5 / (stages * purchase_rate(histories)), "a": 1.0, "b": 2.0}
