"""The data of a comparison: forecasts, outcomes and scores of every competitor, by its key."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.data.split import Split
from clvlab.evaluation import score_records, scores
from clvlab.evaluation.competitors.forecast import Forecast
from clvlab.evaluation.one_origin import Run
from clvlab.evaluation.verdict import Verdict
from clvlab.models.spend import SpendFit
from clvlab.shown import Shown

Float = NDArray[np.float64]


@dataclass(frozen=True, eq=False, repr=False)
class Compared(Shown):
    """The facts of a comparison. A competitor is known by its key in the mapping given to ``clv.compare``.

    Attributes
    ----------
    runs : tuple of Run
        One a calibration end, in time.
    table : DataFrame, indexed by competitor, lowest deviance first
        One column per score (see ``score_records``), empty where a competitor does not forecast what the score is of.
        Of purchases: total, total_error (relative), bias, deviance (Poisson, which the verdict goes by; infinite for a
        forecast of zero where purchases came), mae and rmse (both of the expected count), crps (of a forecast
        distribution), log_score (mean log probability of what happened), coverage and width of 90 % predictive
        intervals, pit_share (share of randomised PIT values in the central 90 %), calibration_error (mean distance of
        chances to buy from the share that bought), auc (of chances to buy), spearman, gini, and top_5, top_10, top_20:
        share of the holdout's purchases that the predicted top customers made. Of value: the same under ``value_``,
        where they apply, the deviance being Tweedie's of power 1.5. seconds (fitting and forecasting), failed (why, or
        empty; one that failed at any calibration end has no scores).
    outcomes : dict
        Competitor to one row per customer and calibration end, as ``Run.outcomes``.
    known : DataFrame
        The histories behind those rows, and ``origin``, the calibration end.
    clusters : array of int
        The customer behind each row, by number.
    actual : dict
        purchases, value, customers, buyers in the holdouts.
    differences : DataFrame, indexed by competitor
        Deviance less that of the best one, a customer, with a 90 % bootstrap interval paired over customers, who are
        drawn with all their rows: difference, low, high. p_value (in the best set above .10) and beaten_by (the id of
        the score that put it out of the set, or missing).
    verdict : Verdict
        Who cannot be told apart from the best, and who is beaten.
    tracking : DataFrame
        Of the last calibration end. Repeat purchases of the base by period: series ("actual" is what happened,
        "forecast"), competitor (empty for what happened), period (0 ends at the calibration end), date, phase,
        expected, low, high, cumulative, cumulative_low, cumulative_high.
    seed : int
    """

    runs: tuple[Run, ...]
    table: pd.DataFrame
    outcomes: dict[str, pd.DataFrame]
    known: pd.DataFrame
    clusters: NDArray[np.int64]
    actual: dict[str, float]
    differences: pd.DataFrame
    verdict: Verdict
    tracking: pd.DataFrame
    seed: int

    @property
    def last(self) -> Run:
        """The run of the last calibration end."""
        return self.runs[-1]

    @property
    def forecasts(self) -> dict[str, Forecast]:
        """Competitor to forecast, at the last calibration end."""
        return self.last.forecasts

    @property
    def split(self) -> Split:
        """The last calibration and holdout."""
        return self.last.split

    @property
    def spend(self) -> SpendFit | None:
        """The spend model's last fit."""
        return self.last.spend

    @property
    def spend_failed(self) -> str:
        """Why the spend model could not be fitted."""
        return next((each.spend_failed for each in self.runs if each.spend_failed), "")

    @cached_property
    def by_origin(self) -> pd.DataFrame:
        """Each calibration end apart: origin, competitor, customers, actual, then scores as in ``table``."""
        rows: list[dict[str, object]] = []
        for each in self.runs:
            held = each.split.holdout["frequency_holdout"]
            for key, outcome in each.outcomes.items():
                rows.append(
                    {
                        "origin": each.split.calibration_end,
                        "competitor": key,
                        "customers": len(held),
                        "actual": float(held.sum()),
                        **score_records.scored(outcome, self.seed),
                    }
                )
        kept = [name for name in self.table.columns if name not in score_records.KEPT]
        return pd.DataFrame(rows).reindex(columns=["origin", "competitor", "customers", "actual", *kept])

    def intervals(self, score: str = "deviance") -> pd.DataFrame:
        """A mean score of each competitor with its 90 % bootstrap interval over customers: mean, low, high.

        Parameters
        ----------
        score : str
            One that is a mean over customers: "deviance", "mae", "crps", "bias", "log_score", the same of value
            ("value_deviance", ...), or a registered one with ``rows``.
        """
        found = {
            key: scores.mean_interval(loss, seed=self.seed, clusters=self.clusters)
            for key, loss in self.losses(score).items()
        }
        table = pd.DataFrame.from_dict(found, orient="index", columns=["mean", "low", "high"])
        return table.rename_axis("competitor")

    def losses(self, score: str = "deviance") -> dict[str, Float]:
        """Competitor to that score of each row; those that lack it are left out."""
        found = {key: score_records.rows_of(outcome, score, self.seed) for key, outcome in self.outcomes.items()}
        return {key: loss for key, loss in found.items() if loss is not None}
