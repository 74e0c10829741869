"""The opening of the comparison page, as notes: every number comes from the comparison."""

import math
from collections.abc import Sequence

import pandas as pd

from clvlab.evaluation import second_thoughts
from clvlab.evaluation.alike import alike
from clvlab.evaluation.fits import notes_of_forecasts
from clvlab.evaluation.result import Comparison
from clvlab.evaluation.study import ComparisonStudy
from clvlab.evaluation.totals import LevelledTotal
from clvlab.evaluation.verdict import DECIDES, THEN
from clvlab.notes import Note, Span
from clvlab.pages.exhibits import Metric
from clvlab.value.remarks import level_note


def sentences(study: ComparisonStudy) -> list[Note]:
    """Which forecast is best, which are as good, the error in total, and what acting on it would have reached."""
    comparison, verdict = study.comparison, study.comparison.verdict
    if not verdict.best:
        return [Note("comparison_report.answer.every_model_failed")]
    if not comparison.actual["purchases"]:
        return [Note("comparison_report.answer.nobody_bought", n=int(comparison.actual["customers"]))]
    table, row = comparison.table, comparison.table.loc[verdict.best]
    said = [best(comparison), *_beaten(comparison), *_naive(comparison)]
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
    said += [*second_thoughts.remarks(comparison), *_value(comparison)]
    failed = table.index[table["failed"] != ""].tolist()
    if failed:
        said.append(Note("comparison_report.answer.failed", models=failed))
    return [*said, *_acting(study)]  # what decisions gain by the forecasts is said last


def metrics(study: ComparisonStudy) -> tuple[Metric, ...]:
    """The actual outcome, the best forecast, its error, and whether its own intervals hold."""
    comparison, best = study.comparison, study.comparison.verdict.best
    if not best:
        return ()
    row = comparison.table.loc[best]
    total = study.total
    found = [
        Metric(label=Note("comparison_report.metrics.actual"), value=comparison.actual["purchases"], digits=0),
        Metric(
            label=Note("comparison_report.metrics.expected", best=best), digits=0,
            value=_at(comparison.table, best, "total"),
            low=None if total is None else total.low, high=None if total is None else total.high,
            interval=None if total is None else "prediction",
        ),
    ]  # fmt: skip
    if pd.notna(row["total_error"]):
        found.append(
            Metric(
                label=Note("comparison_report.metrics.total_error"),
                value=_at(comparison.table, best, "total_error"),
                kind="percent",
            )
        )
    if pd.notna(row["pit_share"]):
        found.append(
            Metric(
                label=Note("comparison_report.metrics.intervals_hold", best=best),
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


def best(comparison: Comparison) -> Note:
    """The best one, or those that cannot be told apart."""
    verdict = comparison.verdict
    if len(comparison.outcomes) == 1:
        return Note("comparison_report.answer.only_one_forecast", best=verdict.best)
    if len(verdict.best_set) == 1:
        return Note("comparison_report.answer.forecasts_best", best=verdict.best)
    groups = alike(comparison, verdict.best_set)
    if len(groups) == 1 and verdict.beaten:
        ((first, others),) = groups.items()
        return Note("comparison_report.answer.together", model=first, copies=list(others))
    told = _named(comparison, verdict.best_set)
    if len(verdict.best_set) == len(comparison.outcomes):
        return Note("comparison_report.answer.none_can_be_told_apart", models=told)
    return Note("comparison_report.answer.cannot_be_told_apart", models=told)


def _beaten(comparison: Comparison) -> list[Note]:
    """The closest of those beaten by expected counts, by how much, and those beaten by chances alone."""
    verdict = comparison.verdict
    by_counts = [key for key, score in verdict.beaten.items() if score == DECIDES]
    by_chances = [key for key, score in verdict.beaten.items() if score == THEN]
    said = []
    if by_counts:
        difference, low, high = verdict.against[by_counts[0]]
        told = {"n": len(by_counts), "closest": by_counts[0], "best": verdict.best}
        said.append(
            Note("comparison_report.answer.closest_beaten", difference=difference, low=low, high=high,
                 own=comparison.table[DECIDES][verdict.best], **told)
            if math.isfinite(difference)
            else Note("comparison_report.answer.closest_beaten_by_zeros", **told)
        )  # fmt: skip
    if by_chances:
        said.append(Note("comparison_report.answer.beaten_by_chances", models=_named(comparison, by_chances)))
    return said


def _naive(comparison: Comparison) -> list[Note]:
    """Whether a naive forecast is among the best: then models add nothing that these customers show."""
    verdict = comparison.verdict
    among = [key for key in verdict.naive if key in verdict.best_set]
    if not among or len(comparison.outcomes) == 1:
        return []
    if len(verdict.best_set) == len(among):
        return [Note("comparison_report.answer.a_naive_forecast_is_best")]
    return [Note("comparison_report.answer.naive_among_the_best", naive=among)]


def _value(comparison: Comparison) -> list[Note]:
    """Who forecasts value best."""
    value = comparison.verdict.value
    if value is None or len(value.p_values) == 1 or not comparison.actual["value"] > 0:
        return []
    if len(value.best_set) == 1:
        return [Note("comparison_report.answer.forecasts_value_best", best=value.best)]
    told = list(alike(comparison, value.best_set))
    return [Note("comparison_report.answer.value_cannot_be_told_apart", models=told)]


def _named(comparison: Comparison, keys: Sequence[str]) -> list[Note]:
    """Competitors, those with nearly identical forecasts as one."""
    return [Note("comparison_report.answer.model", model=first) for first in alike(comparison, keys)]


def _at_its_level(study: ComparisonStudy, total: LevelledTotal) -> list[Note]:
    """How far off the best forecast's earlier totals were, and whether its interval held what came."""
    parts, actual = study.comparison.split, study.comparison.actual["purchases"]
    said = level_note(
        total.earlier["log_error"].astype(float), total.level, alone=total.alone,
        horizon=Span(parts.duration, parts.unit), money=False,
    )  # fmt: skip
    held = total.low <= actual <= total.high
    code = "comparison_report.answer.total_inside" if held else "comparison_report.answer.total_outside"
    return [said, Note(code, best=study.comparison.verdict.best, low=total.low, high=total.high)]


def _acting(study: ComparisonStudy) -> list[Note]:
    """What the best forecast is worth in decisions."""
    said = study.worth or study.ranking
    return [] if said is None else [said]
