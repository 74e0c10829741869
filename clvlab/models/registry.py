"""Models by name, including registered ones, and reading of saved fits."""

import inspect
import json
from importlib import import_module
from pathlib import Path

import numpy as np
import pandas as pd

from clvlab.errors import InputError
from clvlab.models import MODELS
from clvlab.models.covariates import Encoding, Segments
from clvlab.models.diagnostics import Diagnostics
from clvlab.models.estimation import dataset
from clvlab.models.fit import Fit
from clvlab.models.model import Model
from clvlab.models.saved_checks import check_saved
from clvlab.models.saving import FORMAT, note_from_json, number_from_json

_added: dict[str, type[Model[Fit]]] = {}


def known_models() -> dict[str, type[Model[Fit]]]:
    """Every model by the name of its class: those of the package, and those registered."""
    own = {name: getattr(import_module(module), name) for name, module in MODELS.items()}
    return {**own, **_added}


def register_model(model_class: type[Model[Fit]]) -> None:
    """Add a model defined outside the package to the list, so that its saved fits can be loaded.

    Parameters
    ----------
    model_class : subclass of Model
        With ``formula``, ``fit_class``, ``default_priors`` and ``_start``.

    Raises
    ------
    InputError
        It is no model, lacks one of these, or has the name of another one.
    """
    if not (inspect.isclass(model_class) and issubclass(model_class, Model)):
        raise InputError(f"register_model takes a subclass of Model; found {model_class!r}.")
    lacking = [
        name
        for name in ("formula", "fit_class", "default_priors", "_start")
        if inspect.getattr_static(model_class, name, None) is inspect.getattr_static(Model, name, None)
    ]
    if lacking:
        raise InputError(f"A model says what its {', '.join(lacking)} is; {model_class.__name__} does not.")
    name = model_class.__name__
    if name in MODELS or _added.get(name, model_class) is not model_class:
        raise InputError(f"There is a model called {name} already; give yours another name.")
    _added[name] = model_class


def unregister_model(name: str) -> None:
    """Remove a registered model from the list.

    Raises
    ------
    InputError
        It was not registered.
    """
    if name not in _added:
        raise InputError(f"No model called {name!r} was registered; registered are: {', '.join(_added) or 'none'}.")
    del _added[name]


def load_fit(path: str | Path) -> Fit:
    """A fit written by ``Fit.save``; it forecasts as the original did.

    Raises
    ------
    InputError
        The file is not a saved fit, or one of an earlier version, or of a model that is not registered.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        name, written = content["model"], content["clvlab"]
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. Save a fit with fit.save(path).") from None
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(f"{path} is not a fit saved by clvlab: {error!r}. Save one with fit.save(path).") from error
    if written != FORMAT:
        raise InputError(
            f"{path} is a fit saved by another version of clvlab (format {written!r}; this one reads {FORMAT}): fit "
            "the model again and save it."
        )
    models = known_models()
    if not isinstance(name, str) or name not in models:
        raise InputError(
            f"{path} is a fit of {name}, and no such model is known: register its class (register_model), or look "
            f"whether the file is not a fit. Known are {', '.join(models)}."
        )
    try:
        found = _fit(models[name], content)
        check_saved(found)
    except InputError as error:
        raise InputError(f"{path} holds an invalid fit: {error}") from error
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{path} is not a fit saved by clvlab: {error!r}. Save one with fit.save(path).") from error
    return found


def _fit(model_class: type[Model[Fit]], content: dict) -> Fit:  # type: ignore[type-arg]
    model = model_class(**content["description"])
    params = {name: float(value) for name, value in content["params"].items()}
    draws, covariance, segments, told = (content[key] for key in ("draws", "covariance", "segments", "diagnostics"))
    return model.fit_class(
        model=model,
        method=content["method"],
        params=params,
        unit=content["unit"],
        end=content["end"],
        seed=content["seed"],
        chosen=tuple(content.get("chosen", ())),
        n_customers=content["n_customers"],
        n_purchases=content["n_purchases"],
        log_likelihood=number_from_json(content["log_likelihood"]),
        draws=None if draws is None else dataset({name: np.array(values) for name, values in draws.items()}),
        covariance=None if covariance is None else pd.DataFrame(covariance, index=list(params), columns=list(params)),
        diagnostics=Diagnostics(
            {k: number_from_json(v) for k, v in told["values"].items()},
            tuple(map(note_from_json, told["messages"])),
            tuple(map(note_from_json, told["notes"])),
        ),
        encoding=Encoding({name: tuple(levels) for name, levels in content["levels"].items()}),
        segments=None if segments is None else Segments(content["description"]["pooled_by"], tuple(segments)),
    )
