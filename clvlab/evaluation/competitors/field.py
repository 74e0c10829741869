"""The default competitors of a comparison: fast ones of every kind."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from clvlab.errors import InputError
from clvlab.evaluation.competitors.base import Competitor, Fitted, Past
from clvlab.evaluation.competitors.baselines import CohortMean, CustomerMean, LastPeriod
from clvlab.evaluation.competitors.machine_learning import GradientBoosting
from clvlab.evaluation.competitors.models import as_competitor
from clvlab.evaluation.competitors.second_implementation import LifetimesBGNBD
from clvlab.evaluation.competitors.stacking import Stacking
from clvlab.evaluation.competitors.traditional import HistoricValue, RetentionFormula, RFMCells
from clvlab.extensions import load_extensions
from clvlab.models.family import BGCNBD, BGNBD, MBGCNBD, MBGNBD, NBD, ParetoNBD
from clvlab.models.model import Model
from clvlab.models.transactions import TransactionFit

Make = Callable[[int], Model[TransactionFit] | Competitor]
_more: dict[str, Make] = {}


def default(*, seed: int = 0) -> dict[str, Model[TransactionFit] | Competitor]:
    """Models by maximum likelihood and Laplace, another package, stacking, machine learning, traditional, naive.

    NUTS and Pareto/GGG take minutes on thousands of customers, and are added by choice; so is
    ``baselines.SeasonalNaive`` (call it ``seasonal_naive``), which needs a year of records before the calibration end.
    Competitors registered with ``register_competitor`` come last.

    Returns
    -------
    dict
        Identifier to competitor: models by their name, what is no model in snake case.

    Examples
    --------
    >>> list(default())[:3]
    ['BG/NBD', 'MBG/NBD', 'Pareto/NBD']
    """
    load_extensions()
    models: dict[str, Model[TransactionFit]] = {
        "BG/NBD": BGNBD(),
        "MBG/NBD": MBGNBD(),
        "Pareto/NBD": ParetoNBD(),
        "BG/CNBD-k": BGCNBD(),
        "MBG/CNBD-k": MBGCNBD(),
        "NBD": NBD(),
        "BG/NBD (Laplace)": BGNBD().using("laplace"),
        "MBG/NBD (Laplace)": MBGNBD().using("laplace"),
    }
    learner = GradientBoosting(seed)
    stacked = {name: models[name] for name in ("MBG/NBD", "Pareto/NBD", "MBG/CNBD-k")}
    return {
        **models,
        "BG/NBD (lifetimes)": LifetimesBGNBD(),
        "stacking": Stacking({**stacked, "gradient_boosting": learner}, seed),
        "gradient_boosting": learner,
        "rfm_cells": RFMCells(),
        "retention_formula": RetentionFormula(),
        "historic_value": HistoricValue(),
        **naive(),
        **{id: make(seed) for id, make in _more.items()},
    }


def naive() -> Mapping[str, Competitor]:
    """Naive forecasts that need no model."""
    return {"last_period": LastPeriod(), "customer_mean": CustomerMean(), "cohort_mean": CohortMean()}


@dataclass(frozen=True, eq=False)
class Naive:
    """A competitor that counts among the naive: models are held against the best of these."""

    of: Competitor

    naive: ClassVar[bool] = True

    def fit(self, past: Past) -> Fitted:
        """Fit the competitor itself."""
        return self.of.fit(past)


def register_competitor(id: str, make: Make, *, naive: bool = False) -> None:
    """Add a competitor from outside to ``default()``.

    Parameters
    ----------
    id : str
        The key it has in ``default()``, and in results.
    make : callable
        Seed to model or competitor.
    naive : bool
        Whether it counts among the naive forecasts that models are held against.

    Raises
    ------
    InputError
        The id is taken, or empty.
    """
    if not id or id in default():
        raise InputError(f"A competitor's id is a text that no other competitor has; found {id!r}.")
    if not callable(make):
        raise InputError(f"A competitor is made by a function of a seed, such as a class; found {make!r}.")
    _more[id] = (lambda seed: Naive(as_competitor(make(seed), seed))) if naive else make


def forget_competitor(id: str) -> None:
    """Undo ``register_competitor``."""
    del _more[id]
