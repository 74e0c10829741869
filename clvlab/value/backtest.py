"""A model's totals compared with what happened: forecasts from earlier ends of the same records."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.data.days import DateLike
from clvlab.data.order_book import Orders
from clvlab.data.units import Unit
from clvlab.errors import FitError, InputError
from clvlab.inference.factored import Groups
from clvlab.models import GammaGamma
from clvlab.models.spend import SpendFit
from clvlab.shown import Shown
from clvlab.value.choice import Choice, Trial, choose
from clvlab.value.discounts import discounts_of
from clvlab.value.earlier_ends import EarlierEnds, earlier_ends
from clvlab.value.expectation import expectation
from clvlab.value.in_purchases import EachPurchase
from clvlab.value.kinds import Kinds
from clvlab.value.level import SHIPPED, LevelPrior, TotalLevel, level_of
from clvlab.value.predictive import luck

Float = NDArray[np.float64]
Of = Literal["purchases", "value"]

ENOUGH = 20.0  # purchases expected; below, chance leaves nothing of a level to be seen


@dataclass(frozen=True, eq=False, repr=False)
class TotalsBacktest(Shown):
    """What ``backtest`` returns.

    Attributes
    ----------
    ends : EarlierEnds
    choice : Choice
        The model, and why it was taken.
    table : DataFrame, indexed by end, one row per earlier forecast that counts
        ``until``, ``customers``; of purchases (count) ``forecast``, ``actual``, ``log_error``, which is
        log(actual / forecast), and ``own_variance``, that of the log of the total by the model itself; the same of
        value (money) under ``value_``, NaN where amounts are unknown or no spend model could be fitted.
    prior : LevelPrior
        What other records say of such errors.
    """

    ends: EarlierEnds
    choice: Choice
    table: pd.DataFrame
    prior: LevelPrior

    def level(self, of: Of) -> TotalLevel:
        """What these errors say of the next total, of purchases or of value."""
        before = "" if of == "purchases" else "value_"
        known = self.table[[f"{before}log_error", f"{before}own_variance"]].astype(float).dropna()
        return level_of(known.iloc[:, 0], known.iloc[:, 1], self.prior)


def backtest(
    orders: Orders,
    *,
    end: DateLike,
    horizon: float,
    unit: Unit = "week",
    model: str = "auto",
    acquired_from: DateLike | None = None,
    prior: LevelPrior = SHIPPED,
    seed: int = 0,
) -> TotalsBacktest:
    """Forecast the same horizon from earlier ends of the same records, and compare totals with what happened.

    Parameters
    ----------
    orders : Orders
    end : date
        Where the forecast to be made begins; nothing later is looked at.
    horizon : float
        Its length, in units.
    unit : {"day", "week", "month", "year"}
    model : str
        "auto" takes the model whose earlier forecasts of customers' purchases have the lowest Poisson deviance, the
        simplest of those that cannot be told apart from it; or a name, such as "MBG/NBD".
    acquired_from : date, optional
        Only customers acquired from this day on.
    prior : LevelPrior
    seed : int

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> found = backtest(datasets.cdnow(), end="1998-06-30", horizon=26.0, model="BG/NBD")
    >>> found.table[["forecast", "actual", "log_error"]].round(3).to_dict("list")
    {'forecast': [1174.894], 'actual': [1156.0], 'log_error': [-0.016]}
    >>> round(found.level("purchases").shift, 3)
    -0.004
    """
    ends = earlier_ends(orders, end=end, horizon=horizon, unit=unit, acquired_from=acquired_from)
    # A model can be chosen by shorter forecasts where none as long fits; a level is that of forecasts as long.
    shorter = (
        earlier_ends(orders, end=end, horizon=horizon / part, unit=unit, acquired_from=acquired_from)
        for part in (2, 4, 8)
    )
    judged = ends if ends.splits else next((each for each in shorter if each.splits), ends)
    choice = choose(judged, model=model, seed=seed)
    trials = choice.trials if judged is ends else ()
    measures = (measured(trial, seed=seed, money=orders.has_amounts) for trial in trials)
    rows = [row for row in measures if row is not None]
    table = pd.DataFrame(rows, columns=["end", *COLUMNS]).set_index("end")
    return TotalsBacktest(ends, choice, table, prior)


MEASURES = ("forecast", "actual", "log_error", "own_variance")
COLUMNS = ("until", "customers", *MEASURES, *(f"value_{each}" for each in MEASURES))


def measured(trial: Trial, *, seed: int, money: bool) -> dict[str, object] | None:
    """One earlier forecast; None where too little was expected to tell a level by, whatever then came."""
    parts, expected = trial.parts, float(trial.expected.sum())
    if expected < ENOUGH:
        return None
    spend = _spend(parts.calibration, seed) if money else None
    held = parts.holdout
    of_count = _own_variance(trial, EachPurchase(), seed)
    row = {
        "end": parts.calibration_end,
        "until": parts.holdout_end,
        "customers": len(held),
        **_logs(expected, float(held["frequency_holdout"].sum()), of_count, least=0.5),
    }
    if spend is not None:
        columns = spend.columns(parts.calibration)
        each = spend.expected_spend(columns, spend.point or spend.posterior).mean(axis=0)
        worth = float((trial.expected * each).sum())
        of_value = _own_variance(trial, spend, seed)
        told = _logs(worth, float(held["value_holdout"].sum()), of_value, least=0.5 * worth / expected)
        row |= {f"value_{name}": number for name, number in told.items()}
    return row


def _logs(forecast: float, actual: float, own: float, *, least: float) -> dict[str, float]:
    error = log_error(actual, forecast, least=least)
    return {"forecast": forecast, "actual": actual, "log_error": error, "own_variance": own}


def log_error(actual: float, forecast: float, *, least: float) -> float:
    """log(actual / forecast); where nothing came, ``least`` (that of half a purchase) stands for it.

    Examples
    --------
    >>> round(log_error(110.0, 100.0, least=0.5), 4)
    0.0953
    """
    return float(np.log(max(actual, least) / forecast))


def _spend(histories: pd.DataFrame, seed: int) -> SpendFit | None:
    try:
        fit = GammaGamma().fit(histories, method="ml", seed=seed)
        fit.predict(histories.iloc[:1])
    except (InputError, FitError):
        return None
    return fit


def _own_variance(trial: Trial, spend: SpendFit | EachPurchase, seed: int) -> float:
    """Variance of the log of the total by the model itself: of what is expected over draws, and of chance."""
    histories, horizon = trial.parts.calibration, trial.parts.duration
    fit = trial.fit.in_unit_of(histories)
    groups = Groups(fit.columns(histories))
    kinds = Kinds(groups, spend.columns(histories), np.zeros(len(histories), dtype=np.int64))
    found = expectation(fit, spend, groups, kinds, horizon, 0.0)
    discounts = discounts_of(fit, histories, groups, found.typical, horizon, 0.0, seed)
    chance = luck(fit, spend, groups, kinds, horizon, 0.0, found.kept, discounts, seed, of_each=False)
    variance = chance.variance_of(0) + float(found.totals.var())
    # by the relative spread: log of a total of 0 has no variance
    return float(np.log1p(variance / found.totals.mean() ** 2))
