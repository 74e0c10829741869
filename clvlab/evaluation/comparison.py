"""Competitors side by side: the same past, the same holdout, the same scores; at one calibration end or several."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.data.order_book import Orders
from clvlab.data.split import Split, split
from clvlab.data.units import days_in
from clvlab.errors import InputError
from clvlab.evaluation import breakdowns, scores
from clvlab.evaluation.competitors.base import Competitor, Forecast
from clvlab.evaluation.one_origin import Run, run
from clvlab.evaluation.tracking import tracking
from clvlab.evaluation.verdict import Verdict, judge
from clvlab.models.model import Model
from clvlab.models.spend import SpendFit

Float = NDArray[np.float64]
COLUMNS = (
    "total", "total_error", "bias", "mae", "rmse", "crps", "log_score", "coverage", "width", "pit_share",
    "calibration_error", "auc", "spearman", "gini",
    "value_total", "value_total_error", "value_bias", "value_mae", "value_rmse", "value_crps", "value_coverage",
    "value_width", "value_spearman", "value_gini", "top_5", "top_10", "top_20", "seconds", "failed",
)  # fmt: skip
HIGHER_IS_BETTER = {"log_score", "auc", "spearman", "gini", "value_spearman", "value_gini", "top_5", "top_10", "top_20"}


@dataclass(frozen=True, eq=False)
class Comparison:
    """What ``clv.compare`` found. With several calibration ends, scores are over all of them.

    Attributes
    ----------
    runs : tuple of Run
        One a calibration end, in time.
    table : DataFrame, indexed by label, best mae first
        Of purchases: total, total_error (relative), bias, mae, rmse, crps (a forecast without a distribution is one
        point, whose crps is its absolute error), log_score (mean log probability of what happened), coverage and width
        of 90 % predictive intervals, pit_share (share of randomised PIT values in the central 90 %), calibration_error
        (mean distance of chances to buy from the share that bought), auc (of "will buy"), spearman, gini. Of value:
        the same where they apply. top_5, top_10, top_20: share of the holdout's value (purchases, where amounts are
        unknown) that the predicted top customers brought. seconds (fitting and forecasting), failed (why, or empty; one
        that failed at any calibration end has no scores).
    outcomes : dict
        Label to one row a customer and calibration end, as ``Run.outcomes``.
    known : DataFrame
        The histories behind those rows, and ``origin``, the calibration end.
    clusters : array of int
        The customer behind each row, by number.
    actual : dict
        purchases, value, customers, buyers in the holdouts.
    differences : DataFrame, indexed by label
        mae less the best one's, a customer, with a 90 % bootstrap interval paired over customers, who are drawn with
        all their rows: difference, low, high.
    verdict : Verdict
        Who won, against whom, and by how much.
    tracking : DataFrame
        Of the last calibration end. Repeat purchases of the base by period: label, period (0 ends at the calibration
        end), date, phase, expected, low, high, cumulative, cumulative_low, cumulative_high; label "actual" is what
        happened.
    by_frequency : DataFrame
        Holdout means by calibration frequency: label, frequency, customers, actual, expected.
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
        """Label to forecast, at the last calibration end."""
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
    def by_frequency(self) -> pd.DataFrame:
        """Holdout means by calibration frequency."""
        return breakdowns.by_frequency(self)

    @cached_property
    def by_origin(self) -> pd.DataFrame:
        """Each calibration end apart: origin, label, customers, actual, then scores as in ``table``."""
        rows = []
        for each in self.runs:
            held = each.split.holdout["frequency_holdout"]
            for label, outcome in each.outcomes.items():
                facts = {"customers": len(held), "actual": float(held.sum())}
                rows.append({"origin": each.split.calibration_end, "label": label} | facts | scored(outcome, self.seed))
        return pd.DataFrame(rows).reindex(columns=["origin", "label", "customers", "actual", *COLUMNS[:-2]])

    def by_segment(self, by: str) -> pd.DataFrame:
        """Each competitor's scores among customers of each value of an attribute (see ``breakdowns.by_segment``)."""
        return breakdowns.by_segment(self, by)

    def intervals(self, score: str = "mae") -> pd.DataFrame:
        """A mean score of each competitor with its 90 % bootstrap interval over customers: mean, low, high.

        Parameters
        ----------
        score : {"mae", "crps", "bias", "log_score", "value_mae", "value_crps", "value_bias"}
        """
        found = {
            label: scores.mean_interval(loss, seed=self.seed, clusters=self.clusters)
            for label, loss in self.losses(score).items()
        }
        return pd.DataFrame.from_dict(found, orient="index", columns=["mean", "low", "high"])

    def losses(self, score: str = "mae") -> dict[str, Float]:
        """Label to that score of each row; competitors that lack it are left out."""
        found = {label: loss_of(outcome, score) for label, outcome in self.outcomes.items()}
        return {label: loss for label, loss in found.items() if loss is not None}


def compare(
    competitors: Mapping[str, Model | Competitor],
    orders: Orders,
    *,
    spend: Model | None = None,
    calibration_end: Any = None,
    holdout_end: Any = None,
    origins: int | Sequence[Any] | None = None,
    horizon: float | None = None,
    unit: str = "week",
    acquired_from: Any = None,
    acquired_until: Any = None,
    seed: int = 0,
    progress: Callable[[str], None] | None = None,
) -> Comparison:
    """Fit every competitor to the past and score its forecast of what came after.

    Parameters
    ----------
    competitors : mapping of label to Model or competitor
        A competitor has ``fit(past)``, whose result has ``forecast(horizon)`` (see ``evaluation.competitors``).
        ``clv.competitors.default()`` is a set to start from.
    orders : Orders
    spend : Model, optional
        Fitted to the same past; turns forecasts of purchases into forecasts of value.
    calibration_end, holdout_end, unit, acquired_from, acquired_until :
        As for ``clv.split``.
    origins : int or sequence of dates, optional
        Instead of ``calibration_end``: several calibration ends, each followed by a holdout of ``horizon``. A number
        takes that many, evenly from half of what can be calibrated on to the last day that leaves a whole horizon.
    horizon : float, optional
        In units; with ``origins``.
    seed : int
    progress : callable, optional
        Called with each label before it is fitted.

    Returns
    -------
    Comparison
        A competitor that fails stands in the table with its reason; the others go on.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> from clvlab.evaluation.competitors import baselines
    >>> from clvlab.models import BGNBD
    >>> found = compare({"BG/NBD": BGNBD(), "customer mean": baselines.CustomerMean()}, datasets.cdnow(),
    ...                 calibration_end="1997-09-30", holdout_end="1998-06-30")
    >>> found.table.loc["BG/NBD", ["total", "mae"]].round(4).tolist()
    [1653.4087, 0.7855]
    """
    if not competitors:
        raise InputError("Nothing to compare: competitors maps at least one label to a model.")
    kept: dict[str, Any] = {"unit": unit, "acquired_from": acquired_from, "acquired_until": acquired_until}
    periods = _periods(orders, calibration_end, holdout_end, origins, horizon, unit)
    parts = [split(orders, calibration_end=begin, holdout_end=end, **kept) for begin, end in periods]
    runs = tuple(
        run(
            competitors,
            orders,
            each,
            spend=spend,
            acquired_from=acquired_from,
            acquired_until=acquired_until,
            seed=seed,
            progress=progress if len(parts) == 1 or progress is None else _dated(progress, each),
        )
        for each in parts
    )
    known = pd.concat([each.calibration.assign(origin=each.calibration_end) for each in parts])
    clusters = np.unique(known.index.to_numpy(), return_inverse=True)[1].astype(np.int64)
    whole = [label for label in competitors if all(label in each.outcomes for each in runs)]
    outcomes = {label: pd.concat([each.outcomes[label] for each in runs]) for label in whole}
    table = _table(competitors, runs, outcomes, seed)
    outcomes = {label: outcomes[label] for label in table.index if label in outcomes}
    losses = {label: _absolute(outcome) for label, outcome in outcomes.items()}
    naive = [label for label in losses if getattr(competitors[label], "naive", False)]
    verdict = judge(table, losses, naive, seed=seed, clusters=clusters)
    held = pd.concat([each.holdout for each in parts])
    return Comparison(
        runs,
        table,
        outcomes,
        known,
        clusters,
        {
            "purchases": float(held["frequency_holdout"].sum()),
            "value": float(held["value_holdout"].sum(min_count=1)),
            "customers": float(len(held)),
            "buyers": float((held["frequency_holdout"] > 0).sum()),
        },
        _differences(losses, verdict, clusters, seed),
        verdict,
        tracking(runs[-1].forecasts, orders, parts[-1]),
        seed,
    )


def _periods(
    orders: Orders, calibration_end: Any, holdout_end: Any, origins: Any, horizon: float | None, unit: str
) -> list[tuple[Any, Any]]:
    """Calibration end and holdout end of each split."""
    if origins is None:
        if horizon is not None and calibration_end is not None and holdout_end is None:
            begin = pd.Timestamp(calibration_end)
            return [(begin, begin + pd.Timedelta(days=round(horizon * days_in(unit))))]
        if horizon is not None:
            raise InputError("horizon= goes with origins= or with calibration_end= alone; the two dates say the same.")
        return [(calibration_end, holdout_end)]
    if calibration_end is not None or holdout_end is not None:
        raise InputError("origins= are the calibration ends; leave calibration_end= and holdout_end= out.")
    if horizon is None or not horizon * days_in(unit) >= 1:
        raise InputError(f"origins= need horizon=, how many {unit}s each forecast reaches, a day at least.")
    ahead = pd.Timedelta(days=round(horizon * days_in(unit)))
    if not isinstance(origins, int):
        days = sorted(pd.Timestamp(day) for day in origins)
        if not days or len(set(days)) < len(days):
            raise InputError(f"origins= are different days, one at least; found {[str(day.date()) for day in days]}.")
        return [(day, day + ahead) for day in days]
    last, first = orders.last_date - ahead, orders.first_date
    if origins < 1 or (last - first).days < 2 * origins:
        raise InputError(
            f"{origins} calibration ends, each followed by {horizon:g} {unit}s, do not fit between "
            f"{first:%Y-%m-%d} and {orders.last_date:%Y-%m-%d}. Ask for fewer, or a shorter horizon."
        )
    apart = (last - first) / 2 / max(origins - 1, 1)
    days = [(last - apart * i).normalize() for i in reversed(range(origins))]
    return [(day, day + ahead) for day in days]


def _dated(progress: Callable[[str], None], parts: Split) -> Callable[[str], None]:
    return lambda label: progress(f"{parts.calibration_end:%Y-%m-%d} {label}")


def _table(
    competitors: Mapping[str, Any], runs: Sequence[Run], outcomes: Mapping[str, pd.DataFrame], seed: int
) -> pd.DataFrame:
    rows: dict[str, dict[str, Any]] = {}
    for label in competitors:
        why = {each.split.calibration_end: each.failed[label] for each in runs if label in each.failed}
        dated = [reason if len(runs) == 1 else f"{end:%Y-%m-%d}: {reason}" for end, reason in why.items()]
        rows[label] = scored(outcomes[label], seed) if label in outcomes else {}
        rows[label] |= {"seconds": sum(each.seconds[label] for each in runs), "failed": "; ".join(dated)}
    table = pd.DataFrame.from_dict(rows, orient="index").reindex(columns=list(COLUMNS))
    table.index.name = "label"
    return table.sort_values("mae", na_position="last", kind="stable")


def scored(outcome: pd.DataFrame, seed: int) -> dict[str, float]:
    """Every score that these outcomes allow."""
    actual, expected = (outcome[name].to_numpy(dtype=float) for name in ("actual", "expected"))
    row = scores.point_scores(expected, actual) | _spread(outcome, "")
    if "at" in outcome:
        below, at = (outcome[name].to_numpy(dtype=float) for name in ("below", "at"))
        row["pit_share"] = scores.share_within(scores.randomised_pit(below, at, seed=seed))
        with np.errstate(divide="ignore"):
            row["log_score"] = float(np.log(at).mean())
    if "prob" in outcome:
        row["calibration_error"] = scores.calibration_error(outcome["prob"].to_numpy(), actual > 0)
    chance = outcome["prob"].to_numpy() if "prob" in outcome else expected
    row["auc"] = scores.auc(chance, actual > 0)
    ranking = scores.ranking_scores(expected, actual)
    row |= {name: ranking[name] for name in ("spearman", "gini")}
    if "value_expected" in outcome:
        worth, forecast = (outcome[f"value_{name}"].to_numpy(dtype=float) for name in ("actual", "expected"))
        of_value = scores.point_scores(forecast, worth) | _spread(outcome, "value_")
        ranking = scores.ranking_scores(forecast, worth)
        of_value |= {name: ranking[name] for name in ("spearman", "gini")}
        row |= {f"value_{name}": score for name, score in of_value.items()}
    return row | {name: score for name, score in ranking.items() if name.startswith("top_")}


def _spread(outcome: pd.DataFrame, of: str) -> dict[str, float]:
    """Scores of the forecast distribution: crps, and coverage and width of intervals."""
    loss = loss_of(outcome, f"{of}crps")
    found = {} if loss is None else {"crps": float(loss.mean())}
    if f"{of}low" in outcome:
        low, high, actual = (outcome[f"{of}{name}"].to_numpy(dtype=float) for name in ("low", "high", "actual"))
        found |= {"coverage": scores.coverage(low, high, actual), "width": float((high - low).mean())}
    return found


def loss_of(outcome: pd.DataFrame, score: str) -> Float | None:
    """One row's part in a mean score; None where the outcomes lack what it needs."""
    of = "value_" if score.startswith("value_") else ""
    if f"{of}expected" not in outcome:
        return None
    error = (outcome[f"{of}expected"] - outcome[f"{of}actual"]).to_numpy(dtype=float)
    kind = score.removeprefix("value_")
    if kind == "bias":
        return error
    if kind == "mae" or (kind == "crps" and f"{of}crps" not in outcome):
        # An interval says something of the spread that a single number does not: its crps is not the absolute error.
        return None if kind == "crps" and f"{of}low" in outcome else np.abs(error)
    if kind == "crps":
        return outcome[f"{of}crps"].to_numpy(dtype=float)
    if kind == "log_score" and "at" in outcome:
        with np.errstate(divide="ignore"):
            return np.log(outcome["at"].to_numpy(dtype=float))
    return None


def _absolute(outcome: pd.DataFrame) -> Float:
    return np.abs((outcome["expected"] - outcome["actual"]).to_numpy(dtype=float))


def _differences(losses: Mapping[str, Float], verdict: Verdict, clusters: NDArray[np.int64], seed: int) -> pd.DataFrame:
    """The verdict's own, and those of forecasts out of the running."""
    rows = {
        label: verdict.against.get(label)
        or scores.paired_difference(loss, losses[verdict.best], seed=seed, clusters=clusters)
        for label, loss in losses.items()
    }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["difference", "low", "high"])
