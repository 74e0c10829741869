"""The competitors a comparison starts from: what is quick, of every kind."""

from collections.abc import Mapping

from clvlab import words
from clvlab.evaluation.competitors import baselines, traditional
from clvlab.evaluation.competitors.base import Competitor
from clvlab.evaluation.competitors.machine_learning import GradientBoosting
from clvlab.evaluation.competitors.second_implementation import LifetimesBGNBD
from clvlab.evaluation.competitors.stacking import Stacking
from clvlab.models.family import BGCNBD, BGNBD, MBGCNBD, MBGNBD, NBD, ParetoNBD
from clvlab.models.model import Model


def default(*, seed: int = 0) -> dict[str, Model | Competitor]:
    """Models by maximum likelihood and Laplace, another package, stacking, machine learning, traditional, naive.

    NUTS and Pareto/GGG take minutes on thousands of customers, and are added by choice; so is
    ``baselines.SeasonalNaive``, which needs a year of records before the calibration end.

    Examples
    --------
    >>> list(default())[:3]
    ['BG/NBD', 'MBG/NBD', 'Pareto/NBD']
    """
    models: dict[str, Model] = {
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
    boosting = words.say("competitors.gradient_boosting")
    return {
        **models,
        "BG/NBD (lifetimes)": LifetimesBGNBD(),
        words.say("competitors.stacking"): Stacking({**stacked, boosting: learner}, seed),
        boosting: learner,
        words.say("competitors.rfm_cells"): traditional.RFMCells(),
        words.say("competitors.retention_formula"): traditional.RetentionFormula(),
        words.say("competitors.historic_value"): traditional.HistoricValue(),
        **naive(),
    }


def naive() -> Mapping[str, Competitor]:
    """What anyone could forecast without a model."""
    return {
        words.say("competitors.last_period"): baselines.LastPeriod(),
        words.say("competitors.customer_mean"): baselines.CustomerMean(),
        words.say("competitors.cohort_mean"): baselines.CohortMean(),
    }
