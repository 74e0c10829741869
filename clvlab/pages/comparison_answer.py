"""What the page of the comparison opens with, as notes: every number comes from the comparison."""

import pandas as pd

from clvlab.evaluation import second_thoughts
from clvlab.evaluation.fits import notes_of_forecasts
from clvlab.evaluation.result import Comparison
from clvlab.evaluation.study import ComparisonStudy
from clvlab.evaluation.totals import LevelledTotal
from clvlab.notes import Note, Span
from clvlab.pages.exhibits import Metric
from clvlab.value.remarks import level_note


def sentences(study: ComparisonStudy) -> list[Note]:
    """Who won, against whom, by how much, how far off the total was, and what acting on it would have reached."""
    comparison, verdict = study.comparison, study.comparison.verdict
    if not verdict.best:
        return [Note("comparison_report.answer.every_model_failed")]
    if not comparison.actual["purchases"]:
        return [Note("comparison_report.answer.nobody_bought", n=int(comparison.actual["customers"]))]
    table, row = comparison.table, comparison.table.loc[verdict.best]
    said = [_winner(comparison)]
    if verdict.lower:
        said.append(
            Note("comparison_report.answer.squares_decided", lower=verdict.lower, best=verdict.best,
                 mae=table.loc[verdict.lower, "mae"], rmse=row["rmse"], other=table.loc[verdict.lower, "rmse"])
        )  # fmt: skip
    others = [key for key in verdict.tied if key != verdict.baseline or verdict.beats_baseline]
    if verdict.rival and others:
        said.append(Note("comparison_report.answer.cannot_be_told_apart", models=others, best=verdict.best))
    if verdict.best == verdict.baseline:
        said.append(Note("comparison_report.answer.a_naive_forecast_is_best"))
    elif verdict.baseline and not verdict.beats_baseline:
        said.append(
            Note("comparison_report.answer.does_not_beat_the_baseline", best=verdict.best, baseline=verdict.baseline)
        )
    told = {"best": verdict.best, "total": row["total"], "actual": comparison.actual["purchases"],
            "error": abs(row["total_error"])}  # fmt: skip
    over = row["total_error"] >= 0
    said.append(
        Note("comparison_report.answer.total_over", **told)
        if over
        else Note("comparison_report.answer.total_under", **told)
    )
    if study.total is not None:
        said += _at_its_level(study, study.total)
    said += second_thoughts.remarks(comparison)
    failed = table.index[table["failed"] != ""].tolist()
    if failed:
        said.append(Note("comparison_report.answer.failed", models=failed))
    return [*said, *_acting(study)]


def metrics(study: ComparisonStudy) -> tuple[Metric, ...]:
    """What came, what the best forecast expected, its error, and whether its own intervals hold."""
    comparison, best = study.comparison, study.comparison.verdict.best
    if not best:
        return ()
    row = comparison.table.loc[best]
    total = study.total
    found = [
        Metric(label=Note("comparison_report.metrics.actual"), value=comparison.actual["purchases"], digits=0),
        Metric(
            label=Note("comparison_report.metrics.expected"), value=_at(comparison.table, best, "total"), digits=0,
            low=None if total is None else total.low, high=None if total is None else total.high,
            interval=None if total is None else "prediction",
        ),
        Metric(
            label=Note("comparison_report.metrics.mae"), value=_at(comparison.table, best, "mae"),
            note=Note("comparison_report.metrics.purchases_per_customer"),
        ),
    ]  # fmt: skip
    if pd.notna(row["pit_share"]):
        found.append(
            Metric(
                label=Note("comparison_report.metrics.intervals_hold"),
                value=_at(comparison.table, best, "pit_share"),
                kind="percent",
                note=Note("comparison_report.metrics.wanted_90"),
            )
        )
    return tuple(found)


def periods(comparison: Comparison) -> list[Note]:
    """What was decided about the periods, and what competitors say of how they forecast."""
    parts = comparison.split
    duration, customers = Span(parts.duration, parts.unit), len(parts.calibration)
    if len(comparison.runs) > 1:
        ends = [Note("comparison_report.periods.day", when=each.split.calibration_end) for each in comparison.runs]
        said = Note("comparison_report.periods.several", n=len(ends), ends=ends, duration=duration, customers=customers)
    else:
        said = Note("comparison_report.periods.one", calibration=parts.calibration_end, holdout=parts.holdout_end,
                    duration=duration, n=customers)  # fmt: skip
    notes = notes_of_forecasts(comparison)
    return [said, *(Note("comparison_report.periods.of_a_model", models=keys, note=note) for keys, note in notes)]


def _at(table: pd.DataFrame, competitor: str, score: str) -> float:
    return float(table[score].astype(float)[competitor])


def _winner(comparison: Comparison) -> Note:
    verdict = comparison.verdict
    told = {"best": verdict.best, "mae": verdict.mae}
    if verdict.rival:
        return Note("comparison_report.answer.forecasts_best", rival=verdict.rival, difference=verdict.difference,
                    rival_mae=comparison.table.loc[verdict.rival, "mae"], low=verdict.low, high=verdict.high,
                    **told)  # fmt: skip
    if len(comparison.forecasts) == 1:
        return Note("comparison_report.answer.only_one_forecast", **told)
    return Note("comparison_report.answer.no_clear_winner", **told)


def _at_its_level(study: ComparisonStudy, total: LevelledTotal) -> list[Note]:
    """How far off the best forecast's earlier totals were, and whether its interval held what came."""
    parts, actual = study.comparison.split, study.comparison.actual["purchases"]
    said = level_note(
        total.earlier["log_error"].astype(float), total.level, alone=total.alone,
        horizon=Span(parts.duration, parts.unit), money=False,
    )  # fmt: skip
    held = total.low <= actual <= total.high
    code = "comparison_report.answer.total_inside" if held else "comparison_report.answer.total_outside"
    return [said, Note(code, low=total.low, high=total.high)]


def _acting(study: ComparisonStudy) -> list[Note]:
    """What the best forecast is worth in decisions."""
    said = study.worth or study.ranking
    return [] if said is None else [said]
