"""What users meet: a Model, which is a description, and a Fit, which is a result."""

from clvlab.models.contractual import BetaDiscreteWeibull, ShiftedBetaGeometric
from clvlab.models.family import BGBB, BGCNBD, BGNBD, MBGCNBD, MBGNBD, NBD, ParetoNBD
from clvlab.models.pareto_ggg import ParetoGGG
from clvlab.models.registry import MODELS, load_fit
from clvlab.models.spend import GammaGamma
from clvlab.models.survival import LogLogisticAFT, LogNormalAFT, WeibullAFT

__all__ = [
    "BGBB",
    "BGCNBD",
    "BGNBD",
    "MBGCNBD",
    "MBGNBD",
    "MODELS",
    "NBD",
    "BetaDiscreteWeibull",
    "GammaGamma",
    "LogLogisticAFT",
    "LogNormalAFT",
    "ParetoGGG",
    "ParetoNBD",
    "ShiftedBetaGeometric",
    "WeibullAFT",
    "load_fit",
]
