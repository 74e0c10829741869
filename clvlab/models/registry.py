"""Models by name, and fits read back from disk."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from clvlab.errors import InputError
from clvlab.models.diagnostics import Diagnostics
from clvlab.models.fit import dataset
from clvlab.models.model import Model
from clvlab.models.spend import GammaGamma
from clvlab.models.transactions import BGNBD

MODELS: dict[str, type[Model]] = {model.__name__: model for model in (BGNBD, GammaGamma)}


def load_fit(path: str | Path) -> Any:
    """A fit written by ``Fit.save``; it forecasts as the original did.

    Raises
    ------
    InputError
        The file is not a saved fit.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        model = MODELS[content["model"]]()
        names = model.formula.PARAMETERS
        params = {name: float(content["params"][name]) for name in names}
        draws, covariance = content["draws"], content["covariance"]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} is not a fit saved by clvlab: {error!r}. Save one with fit.save(path).") from error
    told = content["diagnostics"]
    return model.fit_class(
        model=model.using(content["method"]) if content["method"] != "given" else model,
        method=content["method"],
        params=params,
        unit=content["unit"],
        end=content["end"],
        seed=content["seed"],
        n_customers=content["n_customers"],
        n_purchases=content["n_purchases"],
        log_likelihood=_number(content["log_likelihood"]),
        draws=None if draws is None else dataset({name: np.array(draws[name]) for name in names}),
        covariance=None if covariance is None else pd.DataFrame(covariance, index=names, columns=names),
        diagnostics=Diagnostics({k: _number(v) for k, v in told["values"].items()}, tuple(told["messages"])),
    )


def _number(value: float | None) -> float:
    return float("nan") if value is None else float(value)
