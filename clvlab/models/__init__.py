"""What users meet: a Model, which is a description, and a Fit, which is a result."""

from clvlab.models.family import BGNBD
from clvlab.models.registry import MODELS, load_fit
from clvlab.models.spend import GammaGamma

__all__ = ["BGNBD", "MODELS", "GammaGamma", "load_fit"]
