"""The public classes: a Model, which is a description, and a Fit, which is a result.

``MODELS`` is the one list of models, by name, with the module of each; public names, the stub, saved fits and the tests
follow from it. Nothing is imported before it is used.
"""

from importlib import import_module

MODELS = {
    "BGNBD": "clvlab.models.family",
    "MBGNBD": "clvlab.models.family",
    "BGCNBD": "clvlab.models.family",
    "MBGCNBD": "clvlab.models.family",
    "ParetoNBD": "clvlab.models.family",
    "NBD": "clvlab.models.family",
    "ParetoGGG": "clvlab.models.family",
    "BGBB": "clvlab.models.family",
    "GammaGamma": "clvlab.models.spend",
    "ShiftedBetaGeometric": "clvlab.models.contractual",
    "BetaDiscreteWeibull": "clvlab.models.contractual",
    "WeibullAFT": "clvlab.models.survival",
    "LogNormalAFT": "clvlab.models.survival",
    "LogLogisticAFT": "clvlab.models.survival",
}
_REGISTRY = ("known_models", "load_fit", "register_model", "unregister_model")
_NAMES = MODELS | dict.fromkeys(_REGISTRY, "clvlab.models.registry")
__all__ = ["MODELS", *sorted(_NAMES)]


def __getattr__(name: str) -> object:
    if name not in _NAMES:
        raise AttributeError(f"module 'clvlab.models' has no attribute {name!r}; it offers {', '.join(__all__)}.")
    found = getattr(import_module(_NAMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return list(__all__)
