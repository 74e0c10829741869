"""The competitors' fits: the best one, the same model by several methods, and doubts."""

import pandas as pd

from clvlab.evaluation.competitors.forecast import ForeignFit
from clvlab.evaluation.result import Comparison
from clvlab.models.fit import Fit
from clvlab.notes import Note


def fits(comparison: Comparison) -> dict[str, Fit]:
    """Competitor to fit of ours, at the last calibration end: those of the best set first, lowest deviance first."""
    best = comparison.verdict.best_set
    found = {key: comparison.forecasts[key].fit for key in sorted(comparison.outcomes, key=lambda key: key not in best)}
    return {key: fit for key, fit in found.items() if isinstance(fit, Fit)}


def best_fit(comparison: Comparison) -> Fit | None:
    """The best competitor that is a model of ours."""
    return next(iter(fits(comparison).values()), None)


def sampled(comparison: Comparison) -> Fit | None:
    """The best competitor that has a posterior."""
    return next((fit for fit in fits(comparison).values() if fit.method in ("laplace", "nuts")), None)


def maxima(comparison: Comparison, like: Fit) -> dict[str, float]:
    """Maximum-likelihood estimates of the same model, where a competitor was fitted so."""
    same = (fit for fit in fits(comparison).values() if _same(fit, like))
    return next((fit.params for fit in same if fit.method == "ml"), {})


def estimates_of(comparison: Comparison, like: Fit) -> pd.DataFrame:
    """Estimates of every fit of the same model as ``like``, by whichever method or package.

    Returns
    -------
    DataFrame, one row per competitor and parameter
        competitor, method (another package's name where it is not ours), parameter, estimate, std_error (NaN where
        there is none).
    """
    rows: list[dict[str, object]] = []
    for key in comparison.outcomes:
        fit = comparison.forecasts[key].fit
        if isinstance(fit, Fit) and _same(fit, like):
            table = fit.summary()
            for name, estimate, error in zip(table.index, table["estimate"], table["std_error"], strict=True):
                rows.append(_row(key, fit.method, str(name), float(estimate), float(error)))
        elif isinstance(fit, ForeignFit) and fit.model == like.name and set(fit.params) == set(like.params):
            for name in like.params:
                rows.append(_row(key, fit.package, name, float(fit.params[name]), float("nan")))
    return pd.DataFrame(rows, columns=["competitor", "method", "parameter", "estimate", "std_error"])


def doubts(comparison: Comparison) -> list[tuple[str, Note]]:
    """Doubts about the fits, by competitor; those about the spend model under an empty key."""
    said = [(key, message) for key, fit in fits(comparison).items() for message in fit.diagnostics.messages]
    if comparison.spend_failed:
        said.append(("", Note("evaluation.spend_failed", reason=comparison.spend_failed)))
    return said


def notes_of_forecasts(comparison: Comparison) -> list[tuple[tuple[str, ...], Note]]:
    """Notes on how forecasts were made, each with the competitors it applies to."""
    said: list[tuple[Note, list[str]]] = []
    for key, forecast in comparison.forecasts.items():
        for note in forecast.notes:
            keys = next((found for same, found in said if same == note), None)
            if keys is None:
                said.append((note, [key]))
            else:
                keys.append(key)
    return [(tuple(keys), note) for note, keys in said]


def _row(key: str, method: str, parameter: str, estimate: float, error: float) -> dict[str, object]:
    return {"competitor": key, "method": method, "parameter": parameter, "estimate": estimate, "std_error": error}


def _same(fit: Fit, like: Fit) -> bool:
    return type(fit.model) is type(like.model) and fit.name == like.name
