"""Scores of forecasts of leaving on held-out customers, compared with Kaplan-Meier, which uses no covariates."""

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from clvlab.churn import scores
from clvlab.churn.cox import CoxFit, cox
from clvlab.churn.curves import kaplan_meier
from clvlab.churn.spell_table import Spells
from clvlab.errors import FitError, InputError
from clvlab.models.survival import LogLogisticAFT, LogNormalAFT, WeibullAFT
from clvlab.models.survival_fit import SurvivalFit

Float = NDArray[np.float64]
Bool = NDArray[np.bool_]
Past = tuple[Float, Bool]
Forecast = Callable[[pd.DataFrame, ArrayLike], Float]
HELD = 0.3
TIMES = 20
BASELINE = "kaplan_meier"
AFT = {"weibull_aft": WeibullAFT, "log_normal_aft": LogNormalAFT, "log_logistic_aft": LogLogisticAFT}


def validate(
    spells: Spells, *, covariates: Sequence[str], at: float | None = None, seed: int = 0
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
    """Fit on most customers, score on the rest.

    Parameters
    ----------
    covariates : sequence of str
        Of the regressions.
    at : float, optional
        Tenure at which calibration is judged; the median of those who left unless given.
    seed : int
        Of who is held out.

    Returns
    -------
    table, calibration
        One row per forecast, by its identifier (kaplan_meier, cox, weibull_aft, log_normal_aft, log_logistic_aft):
        concordance (Harrell) and concordance_ipcw (Uno; .5 is chance), auc (mean over tenure),
        integrated_brier (lower is better) and skill, its part below the baseline's; failed (why, or empty). And
        identifier to calibration at ``at`` (see ``scores.calibration_at``).

    Raises
    ------
    InputError
        Too few to hold any out, or nobody left among them; spells with late entry, which these scores do not know.
    """
    if (spells.table["entry"] > 0).any():
        raise InputError("Held-out scores allow no late entry (left truncation): score spells observed from the start.")
    watched = spells.where((spells.table["duration"] > 0).to_numpy())
    held = np.random.default_rng(seed).random(len(watched)) < HELD
    train, test = watched.where(~held), watched.where(held)
    if not train.n_events or test.n_events < 10:
        raise InputError(
            f"Too few left to judge forecasts: {train.n_events} of those learned from and {test.n_events} of those "
            "held out; at least ten are needed."
        )
    duration, event = test.table["duration"].to_numpy(), test.table["event"].to_numpy()
    past = train.table["duration"].to_numpy(), train.table["event"].to_numpy()
    left = duration[event]
    last = min(float(np.quantile(left, 0.95)), 0.999 * min(duration.max(), past[0].max()))
    times = np.unique(np.linspace(max(float(np.quantile(left, 0.05)), left.min()), last, TIMES))
    moment = float(np.median(left)) if at is None else at
    rows: dict[str, dict[str, float | str]] = {}
    calibrations: dict[str, pd.DataFrame] = {}
    for name, forecast in _forecasts(train, list(covariates)).items():
        try:
            survival = forecast(test.table, times)
            row = _scored(survival, duration, event, times, past)
            calibrations[name] = scores.calibration_at(forecast(test.table, [moment])[:, 0], duration, event, moment)
            rows[name] = row | {"failed": ""}
        except (InputError, FitError) as error:
            rows[name] = {"failed": str(error)}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("competitor")
    table["skill"] = 1.0 - table["integrated_brier"] / table["integrated_brier"][BASELINE]
    columns = ["concordance", "concordance_ipcw", "auc", "integrated_brier", "skill", "failed"]
    table = table.reindex(columns=columns).sort_values("integrated_brier", na_position="last", kind="stable")
    for each in calibrations.values():
        each.attrs["at"] = moment
    return table, {name: calibrations[name] for name in table.index if name in calibrations}


def _scored(survival: Float, duration: Float, event: Bool, times: Float, past: Past) -> dict[str, float | str]:
    risk = -survival.mean(axis=1)
    return {
        "concordance": scores.concordance(risk, duration, event),
        "concordance_ipcw": scores.concordance_ipcw(
            risk, duration, event, train_duration=past[0], train_event=past[1], until=float(times[-1])
        ),
        "auc": scores.auc_at(risk, duration, event, times, train_duration=past[0], train_event=past[1])[1],
        "integrated_brier": scores.integrated_brier(
            survival, duration, event, times, train_duration=past[0], train_event=past[1]
        ),
    }


def _forecasts(train: Spells, covariates: list[str]) -> dict[str, Forecast]:
    """Identifier to a function of customers and times to survival; each is fitted when first asked."""

    @cache
    def cox_fit() -> CoxFit:
        return cox(train, covariates=covariates)

    @cache
    def aft_fit(name: str) -> SurvivalFit:
        found = AFT[name](covariates={"scale": covariates}).fit(train.table)
        assert isinstance(found, SurvivalFit)
        return found

    def baseline(table: pd.DataFrame, times: ArrayLike) -> Float:
        curve = kaplan_meier(train).at(times).iloc[:, 0].to_numpy()
        return np.tile(curve, (len(table), 1))

    def by_cox(table: pd.DataFrame, times: ArrayLike) -> Float:
        return cox_fit().survival(table, times)

    def by_aft(name: str) -> Forecast:
        return lambda table, times: np.asarray(aft_fit(name).predict(table, times), dtype=float)

    return {BASELINE: baseline, "cox": by_cox} | {name: by_aft(name) for name in AFT}
