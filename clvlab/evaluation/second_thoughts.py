"""Remarks on a verdict: whether naive forecasts are beaten, errors for heavy buyers, and other scores."""

import numpy as np
import pandas as pd

from clvlab.evaluation import score_records, scores
from clvlab.evaluation.fits import fits
from clvlab.evaluation.leaks import too_good
from clvlab.evaluation.result import Comparison
from clvlab.evaluation.verdict import DECIDES
from clvlab.notes import Note

HEAVY = 7
FEWEST_HEAVY = 20
COLUMNS = ["criterion", "origin", "best", "score", "winner_score", "changes"]


def remarks(comparison: Comparison) -> list[Note]:
    """Remarks for the reader in addition to the verdict; none without a verdict, or if nobody bought."""
    if not comparison.verdict.best or not comparison.actual["purchases"]:
        return []
    said = [
        *_against_the_naive(comparison),
        *_heavy_buyers(comparison),
        *_over_origins(comparison),
    ]
    suspects = too_good(comparison)
    return [Note("evaluation.too_good_to_be_true", models=suspects), *said] if suspects else said


def other_scores(comparison: Comparison) -> pd.DataFrame:
    """The best competitor by each other score and at each calibration end; these do not affect the verdict.

    Returns
    -------
    DataFrame, one row per criterion
        criterion (id of a score), origin (the calibration end, where it is of one; else NaT), best (competitor), its
        score, winner_score (of the verdict's best), changes ("no": the verdict's best is best by this too; "tied":
        another one of the best set; "yes": one that is beaten).
    """
    winner, table = comparison.verdict.best, comparison.table
    if not winner:
        return pd.DataFrame(columns=COLUMNS)
    rows: list[dict[str, object]] = []
    near = set(comparison.verdict.best_set)
    for score in score_records.all_scores():
        if not score.criterion or score.id not in table:
            continue
        column = table[score.id].astype(float).dropna()
        if len(column) < 2 or winner not in column:
            continue
        best = _best(column, score.better)
        rows.append({"criterion": score.id, "origin": pd.NaT} | _against(best, column, winner, near))
    if len(comparison.runs) > 1:
        for end, part in comparison.by_origin.groupby("origin"):
            errors = part.set_index("competitor")[DECIDES].reindex(table.index).dropna()
            best = _best(errors, "lower")
            rows.append({"criterion": DECIDES, "origin": end} | _against(best, errors, winner, near))
    return pd.DataFrame(rows, columns=COLUMNS)


def _best(column: pd.Series, better: score_records.Better) -> str:
    if better == "zero":
        return str(column.abs().idxmin())
    if better == "level":
        return str((column - score_records.LEVEL).abs().idxmin())
    return str(column.idxmax() if better == "higher" else column.idxmin())


def _against(best: str, column: pd.Series, winner: str, near: set[str]) -> dict[str, object]:
    return {
        "best": best,
        "score": float(column[best]),
        "winner_score": float(column[winner]),
        "changes": "no" if best == winner else "tied" if best in near else "yes",
    }


def _against_the_naive(comparison: Comparison) -> list[Note]:
    naive, models = comparison.verdict.baseline, list(fits(comparison))
    if not naive or not models or not comparison.verdict.beats_baseline:  # then the verdict has said so
        return []
    losses = comparison.losses(DECIDES)
    beaten = [
        key
        for key in models
        if scores.paired_difference(losses[naive], losses[key], seed=comparison.seed, clusters=comparison.clusters)[1]
        > 0
    ]
    if len(beaten) == len(models):
        return [Note("evaluation.every_model_beats", baseline=naive, all=len(models))]
    others = [key for key in models if key not in beaten]
    return [Note("evaluation.some_models_beat", baseline=naive, beaten=len(beaten), all=len(models), others=others)]


def _heavy_buyers(comparison: Comparison) -> list[Note]:
    """Whether all models err to the same side for those who bought often."""
    heavy = (comparison.known["frequency"] >= HEAVY).to_numpy()
    models = fits(comparison)
    if heavy.sum() < FEWEST_HEAVY or not models:
        return []
    errors = []
    for key in models:
        own = comparison.outcomes[key][heavy]
        if not own["actual"].sum() > 0:
            return []
        errors.append(float(own["expected"].sum() / own["actual"].sum() - 1.0))
    if min(errors) * max(errors) <= 0:
        return []
    least, most = sorted(abs(error) for error in (min(errors), max(errors)))
    told: dict[str, object] = {"customers": int(heavy.sum()), "frequency": HEAVY, "most": most}
    alike = round(100 * least) == round(100 * most)  # in whole percents
    if min(errors) > 0:
        if alike:
            return [Note("evaluation.all_over_forecast_heavy_buyers_by", **told)]
        return [Note("evaluation.all_over_forecast_heavy_buyers", least=least, **told)]
    if alike:
        return [Note("evaluation.all_under_forecast_heavy_buyers_by", **told)]
    return [Note("evaluation.all_under_forecast_heavy_buyers", least=least, **told)]


def _over_origins(comparison: Comparison) -> list[Note]:
    if len(comparison.runs) < 2:
        return []
    table = comparison.by_origin
    table = table[table["competitor"].isin(set(comparison.outcomes))]
    firsts = table.loc[table.groupby("origin")[DECIDES].idxmin(), "competitor"]
    return [
        Note(
            "evaluation.best_at_origins",
            best=comparison.verdict.best,
            times=int(np.sum(firsts == comparison.verdict.best)),
            all=len(comparison.runs),
            first=comparison.runs[0].split.calibration_end,
            last=comparison.runs[-1].split.calibration_end,
        )
    ]
