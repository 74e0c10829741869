"""Every score is one record: what it scores, what it needs, which direction is better, its format."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.errors import InputError
from clvlab.evaluation import scores
from clvlab.evaluation.outcome import Of, Outcome
from clvlab.extensions import load_extensions

Float = NDArray[np.float64]
Better = Literal["lower", "higher", "zero", "level", "none"]
LEVEL = 0.90  # of every predictive interval
KEPT = ("seconds", "failed")  # columns of the table that are no scores
# Columns of other tables and of outcomes, which a score's id would hide.
RESERVED = ("competitor", "alike", "label", "method", "origin", "segment", "customers", "actual", "expected",
            "difference", "low", "high", "frequency", "n")  # fmt: skip


@dataclass(frozen=True)
class Score:
    """A score of forecasts against what happened: a column of ``Comparison.table``.

    Attributes
    ----------
    id : str
        Its name in the table.
    of : {"purchases", "value"}
    needs : tuple of str
        What a competitor has to forecast (columns of an ``Outcome``): without it the score is empty.
    better : {"lower", "higher", "zero", "level", "none"}
        "level" is nearest to 90 %; "none" describes and does not judge.
    written : str
        Format: "number3", "percent1", "money2".
    function : callable
        ``Outcome`` to the score.
    rows : callable or None
        ``Outcome`` to one value per row, where the score is their mean: these have bootstrap intervals.
    criterion : bool
        Whether the forecast best by this score is named beside the verdict.
    shown : bool
        Whether a page's table of scores has its column.

    Examples
    --------
    >>> worst = Score("worst", "purchases", ("expected",), "lower", "number2", lambda one: float(abs(one.error).max()))
    >>> register_score(worst)
    >>> "worst" in columns()
    True
    >>> forget_score("worst")
    """

    id: str
    of: Of
    needs: tuple[str, ...]
    better: Better
    written: str
    function: Callable[[Outcome], float]
    rows: Callable[[Outcome], Float] | None = None
    criterion: bool = False
    shown: bool = True


def _mean(
    id: str, of: Of, needs: str, better: Better, written: str, rows: Callable[[Outcome], Float], criterion: bool = False
) -> Score:
    return Score(id, of, (needs,), better, written, lambda one: float(rows(one).mean()), rows, criterion)


def _log(one: Outcome) -> Float:
    with np.errstate(divide="ignore"):
        return np.log(one["at"])


def _deviance(one: Outcome) -> Float:
    by = scores.poisson_deviance if one.of == "purchases" else scores.tweedie_deviance
    return by(one.expected, one.actual)


def _relative(one: Outcome) -> float:
    observed = float(one.actual.sum())
    return float(one.error.sum()) / observed if observed else float("nan")


def _squared(one: Outcome) -> float:
    return float(np.sqrt((one.error**2).mean()))


def _covered(one: Outcome) -> float:
    return scores.coverage(one["low"], one["high"], one.actual)


def _width(one: Outcome) -> float:
    return float((one["high"] - one["low"]).mean())


def _pit_share(one: Outcome) -> float:
    return scores.share_within(scores.randomised_pit(one["below"], one["at"], seed=one.seed), LEVEL)


def _calibration(one: Outcome) -> float:
    return scores.calibration_error(one["prob"], one.actual > 0)


def _auc(one: Outcome) -> float:
    return scores.auc(one["prob"], one.actual > 0)


def _spearman(one: Outcome) -> float:
    return float("nan") if one.held is None else scores.spearman(one.expected, one.actual)


def _gini(one: Outcome) -> float:
    return float("nan") if one.held is None else scores.gini(one.held, one.actual)


def _top(share: float) -> Callable[[Outcome], float]:
    return lambda one: float("nan") if one.held is None else scores.top_share(one.held, share)


def _shared(of: Of, own: tuple[Score, ...]) -> tuple[Score, ...]:
    """The scores that purchases and value share, and between them those that are of one alone."""
    counts = of == "purchases"
    at, total, unit = ("", "number0", "number3") if counts else ("value_", "money0", "money2")
    need = ("expected",)
    return (
        Score(f"{at}total", of, need, "none", total, lambda one: float(one.expected.sum())),
        Score(f"{at}total_error", of, need, "zero", "percent1", _relative, criterion=counts),
        _mean(f"{at}bias", of, "expected", "zero", unit, lambda one: one.error),
        _mean(f"{at}deviance", of, "expected", "lower", "number3", _deviance, criterion=not counts),
        _mean(f"{at}mae", of, "expected", "lower", unit, lambda one: np.abs(one.error)),
        Score(f"{at}rmse", of, need, "lower", unit, _squared, criterion=counts),
        _mean(f"{at}crps", of, "crps", "lower", unit, lambda one: one["crps"], criterion=True),
        Score(f"{at}coverage", of, ("low", "high"), "level", "percent1", _covered, shown=not counts),
        Score(f"{at}width", of, ("low", "high"), "none", "number2" if counts else "money2", _width, shown=False),
        *own,
        Score(f"{at}spearman", of, need, "higher", "number3", _spearman, shown=False),
        Score(f"{at}gini", of, need, "higher", "number3", _gini, criterion=True),
        Score(f"{at}top_5", of, need, "higher", "percent1", _top(0.05), shown=False),
        Score(f"{at}top_10", of, need, "higher", "percent1", _top(0.10), criterion=True),
        Score(f"{at}top_20", of, need, "higher", "percent1", _top(0.20), shown=False),
    )


SCORES: tuple[Score, ...] = (
    *_shared(
        "purchases",
        (
            _mean("log_score", "purchases", "at", "higher", "number3", _log, criterion=True),
            Score("pit_share", "purchases", ("below", "at"), "level", "percent1", _pit_share),
            Score("calibration_error", "purchases", ("prob",), "lower", "percent1", _calibration),
            Score("auc", "purchases", ("prob",), "higher", "number3", _auc, criterion=True),
        ),
    ),
    *_shared("value", ()),
)
_more: dict[str, Score] = {}


def register_score(score: Score) -> None:
    """Add a score from outside: a column of every table of comparisons made after.

    Raises
    ------
    InputError
        Its id is taken, or no name for a column.
    """
    if not score.id.isidentifier() or score.id in (*columns(), *KEPT, *RESERVED):
        raise InputError(f"A score's id is a name that no score or other column of a table has; found {score.id!r}.")
    if not re.fullmatch(r"(number|percent|money)\d?", score.written):
        raise InputError(
            f"A score is written as number, percent or money, with decimals (number3); found {score.written!r}."
        )
    _more[score.id] = score


def forget_score(id: str) -> None:
    """Undo ``register_score``."""
    del _more[id]


def all_scores() -> tuple[Score, ...]:
    """Ours and the registered ones, in the order of the table's columns."""
    load_extensions()
    return (*SCORES, *_more.values())


def columns() -> tuple[str, ...]:
    """Ids of all scores."""
    return tuple(score.id for score in all_scores())


def score_of(id: str) -> Score:
    """The record of a score.

    Raises
    ------
    InputError
        There is none.
    """
    found = next((score for score in all_scores() if score.id == id), None)
    if found is None:
        raise InputError(f"There is no score {id!r}. There is: {', '.join(columns())}.")
    return found


def scored(table: pd.DataFrame, seed: int) -> dict[str, float]:
    """Score id to score; NaN where the competitor lacks what a score needs.

    Parameters
    ----------
    table : DataFrame
        As ``Run.outcomes`` holds it.
    """
    views = _views(table, seed)
    return {
        score.id: float(score.function(views[score.of])) if _applies(score, views[score.of]) else float("nan")
        for score in all_scores()
    }


def rows_of(table: pd.DataFrame, id: str, seed: int) -> Float | None:
    """One row's part in a mean score; None where the competitor lacks what it needs.

    Raises
    ------
    InputError
        There is no such score, or it is no mean over rows.
    """
    score = score_of(id)
    if score.rows is None:
        means = ", ".join(each.id for each in all_scores() if each.rows is not None)
        raise InputError(f"The score {id!r} is not a mean over customers. These are: {means}.")
    view = _views(table, seed)[score.of]
    return score.rows(view) if _applies(score, view) else None


def _views(table: pd.DataFrame, seed: int) -> Mapping[Of, Outcome]:
    return {"purchases": Outcome(table, "purchases", seed), "value": Outcome(table, "value", seed)}


def _applies(score: Score, outcome: Outcome) -> bool:
    return outcome.has(("expected", "actual", *score.needs))
