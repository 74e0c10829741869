"""The members of the list of models, found by themselves, as examples to test, and parameters to simulate them at."""

from typing import Any

from clvlab.models.contractual import ContractualFit
from clvlab.models.fit import Fit
from clvlab.models.registry import known_models
from clvlab.models.survival_fit import SurvivalFit
from clvlab.models.transactions import TransactionFit

DROPOUT = {"r": 0.8, "alpha": 6.0, "a": 0.8, "b": 2.5}
# Where the medians of the priors would make dull customers.
TOLD: dict[str, dict[str, float]] = {
    "BGNBD": DROPOUT,
    "MBGNBD": DROPOUT,
    "NBD": {"r": 0.8, "alpha": 6.0},
    "ParetoNBD": {"r": 0.8, "alpha": 6.0, "s": 0.7, "beta": 12.0},
    "BGCNBD": {**DROPOUT, "alpha": 3.0},
    "MBGCNBD": {**DROPOUT, "alpha": 3.0},
    "ParetoGGG": {"t": 3.0, "gamma": 1.5, "r": 0.8, "alpha": 6.0, "s": 0.7, "beta": 12.0},
    "BGBB": {"alpha": 1.2, "beta": 1.5, "gamma": 0.7, "delta": 4.0},
}


def members(kind: type[Fit]) -> dict[str, Any]:
    """An example of each model whose fit is of this kind, by name; constants of its formula at their second value."""
    return {
        name: model(**{constant: values[1] for constant, values in model.constants.items()})
        for name, model in known_models().items()
        if issubclass(model.fit_class, kind)
    }


def truth(name: str, model: Any) -> dict[str, float]:
    """Parameters whose customers tell them apart: those written down, else the medians of the priors."""
    return TOLD.get(name) or {key: float(prior.median) for key, prior in model.default_priors.items()}


PURCHASES = members(TransactionFit)
DISCRETE = {name: model for name, model in PURCHASES.items() if not model.evidence.timed}
TRANSACTIONS = {name: model for name, model in PURCHASES.items() if name not in DISCRETE}
CONTRACTUAL = members(ContractualFit)
SURVIVAL = members(SurvivalFit)
