"""Are forecasts of leaving any good? Scores on customers held out, beside Kaplan-Meier, which knows no covariates."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.churn import scores
from clvlab.churn.cox import cox
from clvlab.churn.curves import kaplan_meier
from clvlab.churn.spells import Spells
from clvlab.errors import FitError, InputError
from clvlab.models.survival import LogLogisticAFT, LogNormalAFT, WeibullAFT

Float = NDArray[np.float64]
HELD = 0.3
TIMES = 20
BASELINE = "Kaplan-Meier"
AFT = {"Weibull AFT": WeibullAFT, "log-normal AFT": LogNormalAFT, "log-logistic AFT": LogLogisticAFT}


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
        One row a forecast: concordance (Harrell) and concordance_ipcw (Uno; .5 is chance), auc (mean over tenure),
        integrated_brier (lower is better) and skill, its part below the baseline's; failed (why, or empty). And label
        to calibration at ``at`` (see ``scores.calibration_at``).

    Raises
    ------
    InputError
        Too few to hold any out, or nobody left among them; spells with late entry, which these scores do not know.
    """
    if (spells.table["entry"] > 0).any():
        raise InputError("Held-out scores know no late entry (left truncation): score spells watched from their start.")
    watched = spells.where((spells.table["duration"] > 0).to_numpy())
    held = np.random.default_rng(seed).random(len(watched)) < HELD
    train, test = watched.where(~held), watched.where(held)
    if not train.n_events or test.n_events < 10:
        raise InputError(
            f"Too few left to judge forecasts: {train.n_events} of those learned from and {test.n_events} of those "
            "held out; ten at least are asked for."
        )
    duration, event = test.table["duration"].to_numpy(), test.table["event"].to_numpy()
    past = {"train_duration": train.table["duration"].to_numpy(), "train_event": train.table["event"].to_numpy()}
    left = duration[event]
    last = min(float(np.quantile(left, 0.95)), 0.999 * min(duration.max(), past["train_duration"].max()))
    times = np.unique(np.linspace(max(float(np.quantile(left, 0.05)), left.min()), last, TIMES))
    moment = float(np.median(left)) if at is None else at
    rows, calibrations = {}, {}
    for label, forecast in _forecasts(train, list(covariates)).items():
        try:
            survival = forecast(test.table, times)
            row = _scored(survival, duration, event, times, past)
            calibrations[label] = scores.calibration_at(forecast(test.table, [moment])[:, 0], duration, event, moment)
            rows[label] = row | {"failed": ""}
        except (InputError, FitError) as error:
            rows[label] = {"failed": str(error)}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("label")
    table["skill"] = 1.0 - table["integrated_brier"] / table["integrated_brier"][BASELINE]
    columns = ["concordance", "concordance_ipcw", "auc", "integrated_brier", "skill", "failed"]
    table = table.reindex(columns=columns).sort_values("integrated_brier", na_position="last", kind="stable")
    for each in calibrations.values():
        each.attrs["at"] = moment
    return table, {label: calibrations[label] for label in table.index if label in calibrations}


def _scored(
    survival: Float, duration: Float, event: NDArray[np.bool_], times: Float, past: Mapping[str, Any]
) -> dict[str, float]:
    risk = -survival.mean(axis=1)
    return {
        "concordance": scores.concordance(risk, duration, event),
        "concordance_ipcw": scores.concordance_ipcw(risk, duration, event, **past, until=float(times[-1])),
        "auc": scores.auc_at(risk, duration, event, times, **past)[1],
        "integrated_brier": scores.integrated_brier(survival, duration, event, times, **past),
    }


def _forecasts(train: Spells, covariates: list[str]) -> dict[str, Any]:
    """Label to a function of customers and times to survival; each is fitted when first asked."""

    def baseline(table: pd.DataFrame, times: Any) -> Float:
        curve = kaplan_meier(train).at(times).iloc[:, 0].to_numpy()
        return np.tile(curve, (len(table), 1))

    fits: dict[str, Any] = {}

    def by_cox(table: pd.DataFrame, times: Any) -> Float:
        fits["cox"] = fits.get("cox") or cox(train, covariates=covariates)
        return np.asarray(fits["cox"].survival(table, times))

    def by_aft(label: str) -> Any:
        def forecast(table: pd.DataFrame, times: Any) -> Float:
            if label not in fits:
                fits[label] = AFT[label](covariates={"scale": covariates}).fit(train.table)
            return np.asarray(fits[label].predict(table, times), dtype=float)

        return forecast

    return {BASELINE: baseline, "Cox": by_cox} | {label: by_aft(label) for label in AFT}
