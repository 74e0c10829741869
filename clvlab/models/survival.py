"""How long customers stay, by their attributes: accelerated failure time models.

All take covariates of ``scale``: exp(coefficient) is the factor by which a unit of the attribute stretches the time to
the event. Scale numbers first, about mean 0 and standard deviation 1: the coefficient's prior is normal with standard
deviation 1, and a covariate far from 0 or of large or small numbers (an age in days, a salary) is hard to tell from the
scale itself, so that intervals may be withheld. The default median of the scale is twice the customers' mean duration,
so that no unit of time is favoured; a prior given instead is stated in weeks, as everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from clvlab.formulas import log_logistic, log_normal, weibull
from clvlab.formulas.protocols import SurvivalFormula
from clvlab.inference.priors import LogNormal, Prior
from clvlab.models.durations import Durations, start_of
from clvlab.models.evidence import Evidence
from clvlab.models.model import Model
from clvlab.models.survival_fit import SurvivalFit

__all__ = ["LogLogisticAFT", "LogNormalAFT", "WeibullAFT"]

PRIORS: Mapping[str, Prior] = {
    "scale": LogNormal(median=2.0, spread=1.5),
    "shape": LogNormal(median=1.0, spread=1.0),
}


@dataclass(frozen=True, kw_only=True)
class WeibullAFT(Model[SurvivalFit]):
    """Time to an event that is Weibull: the risk of leaving falls (shape below 1) or rises with time.

    See ``clvlab.models.durations`` for the frame it is fitted to; covariates of ``scale`` stretch time.

    Examples
    --------
    >>> WeibullAFT().at(scale=20.0, shape=1.5, unit="month")
    <Weibull AFT by given: scale 20, shape 1.5 (a month)>
    >>> model = WeibullAFT(covariates={"scale": ["plan"]})
    """

    formula: ClassVar[SurvivalFormula] = weibull
    fit_class: ClassVar[type[SurvivalFit]] = SurvivalFit
    evidence: ClassVar[Evidence] = Durations()
    default_priors: ClassVar[Mapping[str, Prior]] = PRIORS

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        return start_of(histories)


@dataclass(frozen=True, kw_only=True)
class LogNormalAFT(Model[SurvivalFit]):
    """Time to an event whose logarithm is normal: the risk of leaving rises, then falls; ``scale`` is the median.

    Examples
    --------
    >>> LogNormalAFT().at(scale=20.0, shape=1.5)
    <Log-normal AFT by given: scale 20, shape 1.5>
    """

    formula: ClassVar[SurvivalFormula] = log_normal
    fit_class: ClassVar[type[SurvivalFit]] = SurvivalFit
    evidence: ClassVar[Evidence] = Durations()
    default_priors: ClassVar[Mapping[str, Prior]] = PRIORS

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        return start_of(histories)


@dataclass(frozen=True, kw_only=True)
class LogLogisticAFT(Model[SurvivalFit]):
    """Time to an event whose log odds go with log time: as the log-normal with a longer tail; ``scale`` is the median.

    Examples
    --------
    >>> LogLogisticAFT().at(scale=20.0, shape=1.5)
    <Log-logistic AFT by given: scale 20, shape 1.5>
    """

    formula: ClassVar[SurvivalFormula] = log_logistic
    fit_class: ClassVar[type[SurvivalFit]] = SurvivalFit
    evidence: ClassVar[Evidence] = Durations()
    default_priors: ClassVar[Mapping[str, Prior]] = PRIORS

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        return start_of(histories)
