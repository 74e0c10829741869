"""A comparison in words and tables a reader understands: every number comes from the comparison."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from clvlab import words
from clvlab.data.order_book import Orders
from clvlab.evaluation import second_thoughts
from clvlab.evaluation.comparison import Comparison, compare
from clvlab.models.fit import Fit
from clvlab.models.model import Model

SCORE_FORMATS = {
    "total": "number0",
    "total_error": "percent1",
    "bias": "number3",
    "mae": "number3",
    "rmse": "number3",
    "crps": "number3",
    "log_score": "number3",
    "pit_share": "percent1",
    "calibration_error": "percent1",
    "auc": "number3",
    "gini": "number3",
}
VALUE_FORMATS = {
    "value_total": "money0",
    "value_total_error": "percent1",
    "value_bias": "money2",
    "value_mae": "money2",
    "value_rmse": "money2",
    "value_crps": "money2",
    "value_coverage": "percent1",
    "value_gini": "number3",
    "top_10": "percent1",
}
ALIKE = 0.05  # of the mean forecast: lines that would lie on each other
SCORES, VALUE_SCORES = tuple(SCORE_FORMATS), tuple(VALUE_FORMATS)


def lead(comparison: Comparison) -> list[str]:
    """The verdict in sentences: who won, against whom, by how much, and how far off the total was."""
    verdict = comparison.verdict
    if not verdict.best:
        return [words.say("sentences.every_model_failed")]
    if not comparison.actual["purchases"]:
        return [words.say("sentences.nobody_bought_in_the_holdout", n=int(comparison.actual["customers"]))]
    winner = _winner(comparison)
    said = [winner[:1].upper() + winner[1:]]
    if verdict.lower:
        table = comparison.table
        said.append(
            words.say(
                "sentences.squares_decided",
                lower=verdict.lower, best=verdict.best, mae=table.loc[verdict.lower, "mae"],
                rmse=table.loc[verdict.best, "rmse"], other=table.loc[verdict.lower, "rmse"],
            )
        )  # fmt: skip
    others = [label for label in verdict.tied if label != verdict.baseline or verdict.beats_baseline]
    if verdict.rival and others:
        said.append(words.say("sentences.cannot_be_told_apart", models=_listed(others), best=verdict.best))
    if verdict.best == verdict.baseline:
        said.append(words.say("sentences.a_naive_forecast_is_best"))
    elif verdict.baseline and not verdict.beats_baseline:
        said.append(words.say("sentences.does_not_beat_the_baseline", best=verdict.best, baseline=verdict.baseline))
    row = comparison.table.loc[verdict.best]
    said.append(
        words.say(
            "sentences.total_was_over" if row["total_error"] >= 0 else "sentences.total_was_under",
            best=verdict.best,
            total=row["total"],
            actual=comparison.actual["purchases"],
            error=abs(row["total_error"]),
        )
    )
    band = _band(comparison, verdict.best)
    if band is not None and not band[0] <= comparison.actual["purchases"] <= band[1]:
        said.append(words.say("sentences.total_outside_the_interval", low=band[0], high=band[1]))
    said += second_thoughts.sentences(comparison)
    failed = comparison.table.index[comparison.table["failed"] != ""].tolist()
    if failed:
        said.append(words.say("sentences.failed_models", models=_listed(failed)))
    return said


def _winner(comparison: Comparison) -> str:
    verdict = comparison.verdict
    if not verdict.rival:
        key = "sentences.only_one_forecast" if len(comparison.forecasts) == 1 else "sentences.no_clear_winner"
        return words.say(key, best=verdict.best, mae=verdict.mae)
    return words.say(
        "sentences.forecasts_best",
        best=verdict.best,
        mae=verdict.mae,
        rival=verdict.rival,
        rival_mae=comparison.table.loc[verdict.rival, "mae"],
        difference=verdict.difference,
        low=verdict.low,
        high=verdict.high,
    )


def metrics(comparison: Comparison) -> list[dict[str, object]]:
    """Headline numbers: what came, what the best forecast expected, its error, and whether its intervals hold."""
    best = comparison.verdict.best
    if not best:
        return []
    row = comparison.table.loc[best]
    band = _band(comparison, best)
    ends = {} if band is None else {"low": band[0], "high": band[1]}
    found: list[dict[str, object]] = [
        {"label": words.say("tables.purchases_in_the_holdout"), "value": comparison.actual["purchases"], "digits": 0},
        {"label": words.say("tables.expected_by_the_best"), "value": row["total"], "digits": 0, **ends},
        {
            "label": words.say("tables.mean_absolute_error"),
            "value": row["mae"],
            "note": words.say("tables.purchases_a_customer"),
        },
    ]
    calibrated = comparison.table["pit_share"].dropna()
    if len(calibrated):
        found.append(
            {
                "label": words.say("tables.intervals_hold"),
                "value": calibrated.iloc[0],
                "kind": "percent",
                "note": words.say("tables.wanted_90"),
            }
        )
    return found


def _band(comparison: Comparison, label: str) -> tuple[float, float] | None:
    """90 % predictive interval of the holdout's total."""
    forecast = comparison.forecasts.get(label)
    if forecast is None or forecast.by_period is None or "cumulative_low" not in forecast.by_period:
        return None
    last = forecast.by_period.iloc[-1]
    return float(last["cumulative_low"]), float(last["cumulative_high"])


def notes(comparison: Comparison) -> list[str]:
    """What was decided about the periods."""
    parts = comparison.split
    if len(comparison.runs) > 1:
        said = [
            words.say(
                "sentences.models_saw_orders_until_each",
                n=len(comparison.runs),
                ends=_listed([words.date(each.split.calibration_end) for each in comparison.runs]),
                duration=words.say(f"units.{parts.unit}", n=parts.duration),
                customers=len(parts.calibration),
            )
        ]
        return [*said, *competitor_notes(comparison)]
    return [
        words.say(
            "sentences.models_saw_orders_until",
            calibration=parts.calibration_end,
            holdout=parts.holdout_end,
            duration=words.say(f"units.{parts.unit}", n=parts.duration),
            n=len(parts.calibration),
        ),
        *competitor_notes(comparison),
    ]


def competitor_notes(comparison: Comparison) -> list[str]:
    """What competitors say of how they forecast; said once where several say the same."""
    said: dict[str, list[str]] = {}
    for label, forecast in comparison.forecasts.items():
        for note in forecast.notes:
            said.setdefault(note, []).append(label)
    return [words.say("sentences.a_note_on", model=_listed(labels), note=note) for note, labels in said.items()]


def scores(comparison: Comparison) -> pd.DataFrame:
    """The scores of purchases a reader compares, best first; competitors that failed last."""
    return comparison.table[list(SCORES)].dropna(how="all", axis=1).rename_axis("competitor")


def value_scores(comparison: Comparison) -> pd.DataFrame:
    """The scores of value; empty where the orders carry no amounts."""
    table = comparison.table[list(VALUE_SCORES)]
    return table[table["value_mae"].notna()].rename_axis("competitor")


def what_would_change(comparison: Comparison) -> list[str]:
    """By how many other criteria the same, a tied or another forecast would be called best."""
    table = second_thoughts.other_scores(comparison)
    if table.empty:
        return []
    counts = {kind: int((table["changes"] == kind).sum()) for kind in ("no", "tied", "yes")}
    return [words.say("sentences.by_other_criteria", all=len(table), **counts)]


def other_scores(comparison: Comparison) -> pd.DataFrame:
    """The table of ``second_thoughts.other_scores`` in words."""
    table = second_thoughts.other_scores(comparison)
    return table.assign(changes=[words.say(f"tables.changes_{each}") for each in table["changes"]]).set_index(
        "criterion"
    )


def decision(comparison: Comparison, table: pd.DataFrame, share: float) -> list[str]:
    """What contacting the best forecast's top customers would have reached, beside a rule of thumb and hindsight.

    Parameters
    ----------
    table : DataFrame
        ``decisions.targeting`` at this share.
    """
    best = comparison.verdict.best
    rules = table[table["kind"] == "rule"]
    if not best or table["captured"].isna().all():
        return []
    row = table.loc[best]
    return [
        words.say(
            "sentences.contacting_the_top",
            share=share,
            best=best,
            captured=row["captured"],
            low=row["low"],
            high=row["high"],
            rule=str(rules.index[0]).removeprefix(f"{words.say('strategies.by')} "),
            other=float(rules["captured"].iloc[0]),
            hindsight=float(table.loc[table["kind"] == "hindsight", "captured"].iloc[0]),
        )
    ]


def failures(comparison: Comparison) -> pd.DataFrame:
    """Competitors that failed, and why."""
    return comparison.table.loc[comparison.table["failed"] != "", ["failed"]].rename_axis("competitor")


def contrasted(comparison: Comparison, most: int = 4) -> list[str]:
    """Labels worth drawing: the best, then those whose forecasts differ from all drawn before."""
    drawn: list[str] = []
    running = [label for label in comparison.outcomes if label not in comparison.verdict.out]
    # The best of those with intervals is drawn even where it says much the same.
    banded = next((label for label in running if _band(comparison, label) is not None), "")
    for label in sorted(running, key=lambda each: (each != comparison.verdict.best, each != banded)):
        if label == banded or not any(_alike(comparison, label, other) for other in drawn):
            drawn.append(label)
    return drawn[:most]


def by_segment_labels(comparison: Comparison, shown: list[str]) -> list[str]:
    """Labels worth a row in each segment: those drawn, the best naive forecast, and segment by segment fits."""
    ends = [words.say(f"sentences.{key}", model="") for key in ("all_together", "each_apart", "partially_pooled")]
    segmented = [label for label in comparison.outcomes if label.endswith(tuple(ends))]
    return list(dict.fromkeys([*shown, comparison.verdict.baseline, *segmented]))


def _alike(comparison: Comparison, label: str, other: str) -> bool:
    one, two = (comparison.outcomes[each]["expected"] for each in (label, other))
    return float((one - two).abs().mean()) < ALIKE * float(one.abs().mean())


def parameters(comparison: Comparison, like: Fit) -> pd.DataFrame:
    """Estimates of every fit of the same model as ``like``, one row a parameter, with standard errors."""
    columns: dict[str, pd.Series] = {}
    fits = {label: fit for label, fit in _fits(comparison).items() if type(fit.model) is type(like.model)}
    for label, fit in fits.items():
        summary = fit.summary()
        columns[label] = summary["estimate"]
        if summary["std_error"].notna().any():
            columns[words.say("tables.std_error_of", label=label)] = summary["std_error"]
    for label, forecast in comparison.forecasts.items():
        if isinstance(forecast.fit, dict) and set(forecast.fit.get("params", ())) == set(like.params):
            columns[label] = pd.Series(forecast.fit["params"])
    return pd.DataFrame(columns).rename_axis("parameter")


def sampled(comparison: Comparison) -> Fit | None:
    """The best competitor that carries a posterior."""
    return next((fit for fit in _fits(comparison).values() if fit.method in ("laplace", "nuts")), None)


def best_fit(comparison: Comparison) -> Fit | None:
    """The best competitor that is a model of ours."""
    return next((fit for label, fit in _fits(comparison).items() if label not in comparison.verdict.out), None)


def maxima(comparison: Comparison, like: Fit) -> dict[str, float]:
    """Maximum-likelihood estimates of the same model, where a competitor was fitted so."""
    same = (fit for fit in _fits(comparison).values() if type(fit.model) is type(like.model))
    return next((fit.params for fit in same if fit.method == "ml"), {})


def doubts(comparison: Comparison) -> list[str]:
    """What the fits say against themselves."""
    said = [(label, message) for label, fit in _fits(comparison).items() for message in fit.diagnostics.messages]
    if comparison.spend_failed:
        said.append((words.say("figures.mean_spend_a_purchase"), comparison.spend_failed))
    return [words.say("sentences.parameters_carry_doubt", model=label, message=message) for label, message in said]


def with_and_without(
    comparison: Comparison, competitors: Mapping[str, Model], orders: Orders, period: dict[str, Any]
) -> pd.DataFrame:
    """One model's scores for all customers, and for those acquired after the first month of the records.

    Parameters
    ----------
    competitors : mapping of label to Model
        The one to repeat; its label is in ``comparison``.
    period : dict
        calibration_end, holdout_end and unit.
    """
    (label,) = competitors
    kept = ["total", "total_error", "mae", "pit_share"]
    since = orders.opening.acquired_from
    everybody, later = words.say("tables.everybody"), words.say("tables.acquired_from", when=since)
    rows = {}
    for who, found in {everybody: comparison, later: _later(competitors, orders, since, period)}.items():
        if found is not None and label in found.forecasts:
            counted = {name: found.actual[name] for name in ("customers", "purchases")}
            rows[who] = {
                "customers": counted["customers"],
                "actual": counted["purchases"],
                **found.table.loc[label, kept],
            }
    return pd.DataFrame.from_dict(rows, orient="index", columns=["customers", "actual", *kept]).rename_axis("who")


def _later(
    competitors: Mapping[str, Model], orders: Orders, since: pd.Timestamp, period: dict[str, Any]
) -> Comparison | None:
    """The comparison among customers acquired from ``since``; None where there are none to learn from."""
    if since > pd.Timestamp(period["calibration_end"]):
        return None
    return compare(competitors, orders, acquired_from=since, **period)


def _fits(comparison: Comparison) -> dict[str, Fit]:
    """Of the last calibration end, best first."""
    found = {label: comparison.forecasts[label].fit for label in comparison.outcomes}
    return {label: fit for label, fit in found.items() if isinstance(fit, Fit)}


def _listed(labels: list[str]) -> str:
    return words.say("numbers.comma").join(labels)
