"""What else the numbers say of a verdict: who beats the naive, who misses heavy buyers, what would change it."""

from typing import Any

import numpy as np
import pandas as pd

from clvlab import words
from clvlab.evaluation import scores
from clvlab.evaluation.comparison import HIGHER_IS_BETTER, Comparison
from clvlab.evaluation.leaks import too_good
from clvlab.models.fit import Fit

HEAVY = 7
FEWEST_HEAVY = 20
OTHER_SCORES = (
    "rmse", "crps", "log_score", "total_error", "auc", "gini", "value_mae", "value_crps", "value_gini", "top_10",
)  # fmt: skip


def sentences(comparison: Comparison) -> list[str]:
    """What a reader should hear beside the verdict."""
    said = [
        *_out_of_the_running(comparison),
        *_against_the_naive(comparison),
        *_heavy_buyers(comparison),
        *_over_origins(comparison),
    ]
    suspects = too_good(comparison)
    if suspects:
        said.insert(0, words.say("sentences.too_good_to_be_true", models=_listed(suspects)))
    return said


def other_scores(comparison: Comparison) -> pd.DataFrame:
    """Who is best by each other score, and at each calibration end: what would change the verdict.

    Returns
    -------
    DataFrame, one row a criterion
        criterion (in words), best (label), its score, winner_score, changes ("no": the winner is best by this too;
        "tied": one that ties with it; "yes": another).
    """
    winner, table = comparison.verdict.best, comparison.table
    if not winner:
        return pd.DataFrame(columns=["criterion", "best", "score", "winner_score", "changes"])
    rows: list[dict[str, Any]] = []
    near = set(comparison.verdict.tied)
    running = table.drop(index=[label for label in comparison.verdict.out if label in table.index])
    for score in OTHER_SCORES:
        column = running[score].astype(float).dropna()
        if len(column) < 2 or winner not in column:
            continue
        ordered = column.abs() if score == "total_error" else column
        best = ordered.idxmax() if score in HIGHER_IS_BETTER else ordered.idxmin()
        rows.append(_row(words.say(f"scores.{score}"), str(best), column, winner, near))
    if len(comparison.runs) > 1:
        for end, part in comparison.by_origin.groupby("origin"):
            errors = part.set_index("label")["mae"].reindex(running.index).dropna()
            said = words.say("scores.mae_at", when=end)
            rows.append(_row(said, str(errors.idxmin()), errors, winner, near))
    return pd.DataFrame(rows)


def _row(criterion: str, best: str, column: pd.Series, winner: str, near: set[str]) -> dict[str, Any]:
    return {
        "criterion": criterion,
        "best": best,
        "score": float(column[best]),
        "winner_score": float(column[winner]),
        "changes": "no" if best == winner else "tied" if best in near else "yes",
    }


def _out_of_the_running(comparison: Comparison) -> list[str]:
    out = comparison.verdict.out
    if not out:
        return []
    errors = [f"{label} ({words.percent(float(comparison.table['total_error'][label]))})" for label in out]
    return [words.say("sentences.out_of_the_running", models=_listed(errors))]


def _modelled(comparison: Comparison) -> list[str]:
    """Labels of fits of ours."""
    return [label for label in comparison.outcomes if isinstance(comparison.forecasts[label].fit, Fit)]


def _against_the_naive(comparison: Comparison) -> list[str]:
    naive, models = comparison.verdict.baseline, _modelled(comparison)
    if not naive or not models or not comparison.verdict.beats_baseline:  # then the lead has said so
        return []
    losses = comparison.losses("mae")
    beaten = [
        label
        for label in models
        if scores.paired_difference(losses[naive], losses[label], seed=comparison.seed, clusters=comparison.clusters)[1]
        > 0
    ]
    key = "every_model_beats" if len(beaten) == len(models) else "some_models_beat"
    others = _listed([label for label in models if label not in beaten])
    return [words.say(f"sentences.{key}", baseline=naive, n=len(beaten), all=len(models), others=others)]


def _heavy_buyers(comparison: Comparison) -> list[str]:
    """Whether all models err to the same side for those who bought often."""
    heavy = (comparison.known["frequency"] >= HEAVY).to_numpy()
    models = _modelled(comparison)
    if heavy.sum() < FEWEST_HEAVY or not models:
        return []
    errors = []
    for label in models:
        own = comparison.outcomes[label][heavy]
        if not own["actual"].sum() > 0:
            return []
        errors.append(float(own["expected"].sum() / own["actual"].sum() - 1.0))
    if min(errors) * max(errors) <= 0:
        return []
    least, most = sorted(abs(error) for error in (min(errors), max(errors)))
    key = "all_over_forecast_heavy_buyers" if min(errors) > 0 else "all_under_forecast_heavy_buyers"
    same = "_by" if words.percent(least) == words.percent(most) else ""
    return [words.say(f"sentences.{key}{same}", least=least, most=most, frequency=HEAVY, n=int(heavy.sum()))]


def _over_origins(comparison: Comparison) -> list[str]:
    if len(comparison.runs) < 2:
        return []
    table = comparison.by_origin
    table = table[table["label"].isin(set(comparison.outcomes) - set(comparison.verdict.out))]
    firsts = table.loc[table.groupby("origin")["mae"].idxmin(), "label"]
    return [
        words.say(
            "sentences.best_at_origins",
            best=comparison.verdict.best,
            n=int(np.sum(firsts == comparison.verdict.best)),
            all=len(comparison.runs),
            first=comparison.runs[0].split.calibration_end,
            last=comparison.runs[-1].split.calibration_end,
        )
    ]


def _listed(labels: list[str]) -> str:
    return words.say("numbers.comma").join(labels)
