"""Choice of the transaction model by forecasts from earlier ends of the same records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.data.split import Split
from clvlab.errors import FitError, InputError
from clvlab.inference.factored import Groups
from clvlab.models import BGCNBD, BGNBD, MBGCNBD, MBGNBD, ParetoNBD
from clvlab.models.model import Model
from clvlab.models.transactions import TransactionFit
from clvlab.notes import Note, Span
from clvlab.parameters import MODEL_NAMES
from clvlab.value.earlier_ends import EarlierEnds

Float = NDArray[np.float64]

# The simplest first: ties go to the first of those tied.
CANDIDATES: Mapping[str, type[Model[TransactionFit]]] = {
    "BG/NBD": BGNBD,
    "MBG/NBD": MBGNBD,
    "Pareto/NBD": ParetoNBD,
    "BG/CNBD-k": BGCNBD,
    "MBG/CNBD-k": MBGCNBD,
}
TIED = 1.645  # standard errors of a paired difference within which two models cannot be told apart
SAME = 0.001  # of the lowest deviance: a difference that no number of customers makes worth a parameter


@dataclass(frozen=True, eq=False)
class Trial:
    """One model's forecast from one earlier end.

    Attributes
    ----------
    parts : Split
    fit : TransactionFit
        By maximum likelihood, of what was known at the calibration end.
    expected : array, shape (customers,)
        Purchases expected in the holdout.
    """

    parts: Split
    fit: TransactionFit
    expected: Float


@dataclass(frozen=True, eq=False)
class Choice:
    """The model taken, and why.

    Attributes
    ----------
    model : str
        Its name, a key of ``CANDIDATES``.
    reason : Note
    scores : DataFrame, indexed by model
        ``deviance``: mean Poisson deviance of a customer's purchases at an earlier end (lower is better);
        ``difference`` to the lowest and its standard error ``std_error``, paired over customers; ``tied`` (bool); NaN
        of a model that could not be fitted. Empty where nothing was tried.
    trials : tuple of Trial
        Those of the model taken, in time.
    """

    model: str
    reason: Note
    scores: pd.DataFrame
    trials: tuple[Trial, ...]


def choose(ends: EarlierEnds, *, model: str = "auto", seed: int = 0) -> Choice:
    """Take the model asked for, or the one whose earlier forecasts score best.

    Poisson deviance is a consistent score of a mean: in expectation none does better than the true mean, be it
    forecast of few customers or many. Source: Gneiting (2011), Journal of the American Statistical Association 106.

    Parameters
    ----------
    ends : EarlierEnds
    model : str
        "auto", or a key of ``CANDIDATES``.
    seed : int

    Raises
    ------
    InputError
        There is no such model.
    """
    if model not in MODEL_NAMES:
        raise InputError(f"model= is one of {', '.join(MODEL_NAMES)}; found {model!r}.")
    if model != "auto":
        trials = [tried(model, parts, seed=seed) for parts in ends.splits]
        asked = Note("value.choice.asked_for", model=model)
        return Choice(model, asked, _scores({}), tuple(each for each in trials if each is not None))
    simplest = next(iter(CANDIDATES))
    if not ends.splits:
        return Choice(simplest, Note("value.choice.no_earlier_end", model=simplest), _scores({}), ())
    found = {name: [tried(name, parts, seed=seed) for parts in ends.splits] for name in CANDIDATES}
    # An end at which no model can be fitted says nothing; a model that fails where others do not is out.
    usable = [i for i in range(len(ends.splits)) if any(all_of[i] is not None for all_of in found.values())]
    kept = {name: [each for i in usable if (each := all_of[i]) is not None] for name, all_of in found.items()}
    whole = {name: some for name, some in kept.items() if len(some) == len(usable)}
    if not usable or not whole:
        return Choice(simplest, Note("value.choice.no_fit", model=simplest), _scores({}), ())
    scores = _scores({name: _deviance(some) for name, some in whole.items()})
    tied = [str(name) for name in scores.index[scores["tied"].to_numpy(dtype=bool)]]
    taken, best = tied[0], str(scores["deviance"].astype(float).idxmin())
    told = {"model": taken, "n": len(usable), "horizon": Span(ends.horizon, ends.unit)}
    if taken != best:
        reason = Note("value.choice.simplest_of_tied", best=best, **told)
    elif len(tied) > 1:
        reason = Note("value.choice.best_of_tied", others=tied[1:], **told)
    else:
        reason = Note("value.choice.best", **told)
    return Choice(taken, reason, scores.reindex(list(CANDIDATES)), tuple(whole[taken]))


def expected_purchases(fit: TransactionFit, histories: pd.DataFrame, horizon: float) -> Float:
    """Each customer's expected purchases at the point estimate, without intervals, which would take far longer."""
    fit = fit.in_unit_of(histories)
    groups = Groups(fit.columns(histories))
    found = np.empty(len(groups))
    for rows, (known,) in fit.given(groups, fit.point or fit.engine.draws):
        found[rows] = known.expectations(horizon)["expected_purchases"].mean(axis=0)
    return found[groups.inverse]


def poisson_deviance(actual: Float, expected: Float) -> Float:
    """Deviance of each count from its forecast mean (0 where they are equal).

    Examples
    --------
    >>> poisson_deviance(np.array([0.0, 2.0]), np.array([1.0, 2.0]))
    array([2., 0.])
    """
    mean = np.maximum(expected, 1e-12)  # a mean of 0 forbids any purchase
    logs = np.log(np.where(actual > 0, actual, 1.0) / mean)
    return 2.0 * (np.where(actual > 0, actual * logs, 0.0) - (actual - mean))


def tried(name: str, parts: Split, *, seed: int) -> Trial | None:
    """The model at that end; None where it cannot be fitted."""
    try:
        fit = CANDIDATES[name]().fit(parts.calibration, method="ml", seed=seed)
    except (InputError, FitError):
        return None
    return Trial(parts, fit, expected_purchases(fit, parts.calibration, parts.duration))


def _deviance(trials: Sequence[Trial]) -> pd.Series:
    """Summed over ends, by customer."""
    each = [
        pd.Series(
            poisson_deviance(trial.parts.holdout["frequency_holdout"].to_numpy(dtype=float), trial.expected),
            index=trial.parts.calibration.index,
        )
        for trial in trials
    ]
    return pd.concat(each).groupby(level=0).sum() / sum(map(len, each))


def _scores(deviances: Mapping[str, pd.Series]) -> pd.DataFrame:
    columns = ["deviance", "difference", "std_error", "tied"]
    if not deviances:
        return pd.DataFrame(columns=columns).rename_axis("model")
    totals = {name: float(each.sum()) for name, each in deviances.items()}
    best = min(totals, key=lambda name: totals[name])
    rows = {}
    for name, each in deviances.items():
        apart = (each - deviances[best]).to_numpy(dtype=float)
        # Of a sum over customers, who are drawn with all their ends.
        error = float(np.sqrt(len(apart)) * apart.std(ddof=1)) if len(apart) > 1 else 0.0
        gap = float(apart.sum())
        rows[name] = {
            "deviance": totals[name],
            "difference": gap,
            "std_error": error,
            "tied": gap <= max(TIED * error, SAME * totals[best]),
        }
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("model")
