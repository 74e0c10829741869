"""Models by name, and fits read back from disk."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clvlab.errors import InputError
from clvlab.models.contractual import BetaDiscreteWeibull, ShiftedBetaGeometric
from clvlab.models.covariates import Encoding, Segments
from clvlab.models.diagnostics import Diagnostics
from clvlab.models.estimation import dataset
from clvlab.models.family import BGBB, BGCNBD, BGNBD, MBGCNBD, MBGNBD, NBD, ParetoNBD
from clvlab.models.model import Model
from clvlab.models.pareto_ggg import ParetoGGG
from clvlab.models.spend import GammaGamma
from clvlab.models.survival import LogLogisticAFT, LogNormalAFT, WeibullAFT

_FAMILY: tuple[type[Model], ...] = (
    BGNBD, MBGNBD, BGCNBD, MBGCNBD, ParetoNBD, NBD, ParetoGGG, BGBB, GammaGamma, ShiftedBetaGeometric,
    BetaDiscreteWeibull, WeibullAFT, LogNormalAFT, LogLogisticAFT,
)  # fmt: skip
MODELS: dict[str, type[Model]] = {model.__name__: model for model in _FAMILY}


def load_fit(path: str | Path) -> Any:
    """A fit written by ``Fit.save``; it forecasts as the original did.

    Raises
    ------
    InputError
        The file is not a saved fit.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        model = MODELS[content["model"]](**content["description"])
        params = {name: float(value) for name, value in content["params"].items()}
        draws, covariance, segments = content["draws"], content["covariance"], content["segments"]
        encoding = Encoding({name: tuple(levels) for name, levels in content["levels"].items()})
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is not a fit saved by clvlab: {error!r}. Save one with fit.save(path).") from error
    told = content["diagnostics"]
    return model.fit_class(
        model=model,
        method=content["method"],
        params=params,
        unit=content["unit"],
        end=content["end"],
        seed=content["seed"],
        n_customers=content["n_customers"],
        n_purchases=content["n_purchases"],
        log_likelihood=_number(content["log_likelihood"]),
        draws=None if draws is None else dataset({name: np.array(values) for name, values in draws.items()}),
        covariance=None if covariance is None else pd.DataFrame(covariance, index=list(params), columns=list(params)),
        diagnostics=Diagnostics(
            {k: _number(v) for k, v in told["values"].items()}, tuple(told["messages"]), tuple(told["notes"])
        ),
        encoding=encoding,
        segments=None if segments is None else Segments(content["description"]["pooled_by"], tuple(segments)),
    )


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
