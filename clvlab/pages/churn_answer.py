"""The opening of the churn page, as notes: every number comes from the study."""

import numpy as np
import pandas as pd

from clvlab.churn.study import Study
from clvlab.data.units import days_in
from clvlab.notes import Note, Span
from clvlab.pages import churn_orders
from clvlab.pages import churn_tables as tables
from clvlab.pages.exhibits import Metric

FEWEST_STRONG = 3  # covariates named


def sentences(study: Study) -> list[Note]:
    """The answer; what is not known is left out."""
    found = study.warnings
    if study.orders is not None and found is not None:
        return [*churn_orders.sentences(study, found), *_a_month(study), *_why(study)]
    return [_how_many(study), _when(study), *_at_risk(study), *_ranks(study), *_why(study)]


def metrics(study: Study) -> tuple[Metric, ...]:
    """Headline numbers."""
    found = [Metric(label=Note("churn_report.metrics.still_here"), value=study.here)]
    recent = study.recent
    if recent is not None:
        found.append(
            Metric(
                label=Note(
                    "churn_report.metrics.rate_a_month"
                    if study.orders is None
                    else "churn_report.metrics.threshold_a_month"
                ),
                value=recent.churn,
                low=recent.low,
                high=recent.high,
                interval="confidence",
                kind="percent",
            )
        )
    elif study.orders is None:
        after = study.share_after
        found.append(
            Metric(
                label=Note("churn_report.metrics.still_here_after", after=Span(after.after, study.spells.unit)),
                value=after.survival,
                low=after.low,
                high=after.high,
                interval="confidence",
                kind="percent",
            )
        )
    warned = study.warnings
    if warned is not None and study.orders is not None:
        found += churn_orders.metrics(study, warned)
    elif warned is not None:
        label = Note("churn_report.metrics.expected_to_leave", horizon=Span(warned.horizon, study.spells.unit))
        n = int(warned.table["chance"].notna().sum())
        note = Note("churn_report.metrics.of_customers", n=n)
        found.append(Metric(label=label, value=warned.expected, digits=0, note=note))
        if np.isfinite(warned.value_at_risk):
            label = Note("churn_report.metrics.value_at_risk")
            found.append(Metric(label=label, value=warned.value_at_risk, kind="money", digits=0))
    return tuple(found)


def median_told(study: Study) -> dict[str, object]:
    """The share still here after about a year, for figures' alternative text."""
    after = study.share_after
    return {"after": Span(after.after, study.spells.unit), "share": after.survival}


def rates_compared(study: Study) -> list[Note]:
    """What it means that the ways of counting differ, each compared over the same months."""
    recent = study.recent
    if recent is None:
        return []
    said = []
    if np.isfinite(recent.value_churn):
        told = {"value": recent.value_churn, "simple": recent.churn}
        higher = recent.value_churn > recent.churn
        said.append(
            Note("churn_report.rates.value_higher", **told)
            if higher
            else Note("churn_report.rates.value_lower", **told)
        )
    if np.isfinite(recent.lifecycle_churn):
        told = {"lifecycle": recent.lifecycle_churn, "simple": recent.churn_beside}
        higher = recent.lifecycle_churn > recent.churn_beside
        higher_or_lower = Note("churn_report.rates.mix_higher", **told), Note("churn_report.rates.mix_lower", **told)
        said.append(higher_or_lower[0] if higher else higher_or_lower[1])
    return said


def too_early(study: Study) -> list[Note]:
    """From orders: which months are left out because the records were younger than the threshold."""
    if study.rates is None or study.spells.rule_from is None:
        return []
    told = study.rates.index[tables.counted(study.rates)]
    if len(told) == len(study.rates):
        return []
    usual = shortest(study)
    if not len(told):
        return [Note("churn_report.rates.all_too_early", usual=usual)]
    return [Note("churn_report.rates.too_early", first=told[0].start_time, usual=usual)]


def shortest(study: Study) -> Span:
    """The shortest inactivity that can count as having left."""
    unit = study.spells.unit
    return Span(round(study.spells.least_silence.days / days_in(unit), 1), unit)


def contacts(study: Study) -> list[Note]:
    """Whom to contact."""
    found, said = study.warnings, []
    if found is None:
        return []
    if np.isfinite(found.threshold):
        chosen = found.table[found.table["contact"]]
        said.append(
            Note("churn_report.contacts.whom", n=len(chosen), threshold=found.threshold,
                 value=float(chosen["value_at_risk"].sum()))
        )  # fmt: skip
    return said


def everybody(study: Study) -> list[Note]:
    """Of subscriptions: on what the chances of those rest whom nobody was watched long enough for; who has none."""
    found, said = study.warnings, []
    if found is None or study.orders is not None:
        return []
    if found.extrapolated:
        stretch = Span(round(float(found.table["beyond"].max()), 1), found.unit)
        said.append(Note("churn_report.answer.rate_goes_on", n=found.extrapolated, stretch=stretch))
    if found.unknown:
        said.append(Note("churn_report.answer.no_chance", n=found.unknown))
    if np.isfinite(found.value_at_risk):
        unvalued = int((found.here["value"].isna() & found.here["chance"].notna()).sum())
        if unvalued:
            said.append(Note("churn_report.answer.no_value", n=unvalued))
    return said


def _how_many(study: Study) -> Note:
    spells, recent = study.spells, study.recent
    if recent is None:
        return Note("churn_report.answer.how_many", lost=spells.n_events, n=len(spells),
                    share=spells.n_events / len(spells))  # fmt: skip
    return Note("churn_report.answer.how_many_a_month", n=recent.months, rate=recent.churn, low=recent.low,
                high=recent.high, lost=recent.lost, current=study.here)  # fmt: skip


def _a_month(study: Study) -> list[Note]:
    """How many reach the inactivity threshold a month."""
    recent, rates = study.recent, study.rates
    if recent is None or rates is None:
        return [Note("churn_report.answer.threshold_not_reached")]
    latest = float(rates.loc[rates.index == recent.last, "churn"].iloc[0])
    return [Note("churn_report.answer.threshold_a_month", n=recent.months, rate=recent.churn, low=recent.low,
                 high=recent.high, lost=recent.lost, latest=recent.last.start_time, last=latest)]  # fmt: skip


def _when(study: Study) -> Note:
    median = float(study.curve.medians["median"].iloc[0])
    after, unit = study.share_after, study.spells.unit
    told = {"after": Span(after.after, unit), "share": after.survival, "low": after.low, "high": after.high}
    if np.isfinite(median):
        return Note("churn_report.answer.when_half", median=Span(round(median, 1), unit), **told)
    return Note("churn_report.answer.when_less_than_half", **told)


def _at_risk(study: Study) -> list[Note]:
    found = study.warnings
    if found is None or not found.table["chance"].notna().any():
        return []
    n = int(found.table["chance"].notna().sum())
    told = {"n": n, "expected": found.expected, "horizon": Span(found.horizon, study.spells.unit)}
    if not np.isfinite(found.value_at_risk):
        return [Note("churn_report.answer.at_risk", **told), *everybody(study)]
    ordered = found.table["value_at_risk"].dropna().sort_values(ascending=False)
    tenth = float(ordered.head(max(len(ordered) // 10, 1)).sum() / ordered.sum()) if ordered.sum() > 0 else float("nan")
    said = Note("churn_report.answer.at_risk_of_value", value=found.value_at_risk, tenth=tenth, **told)
    return [said, *everybody(study)]


def _ranks(study: Study) -> list[Note]:
    """How well the model that ranks customers does on those held out."""
    found = study.validation
    if found is None or study.warnings is None or not np.isfinite(found[0]["concordance"].get("cox", np.nan)):
        return []
    return [Note("churn_report.answer.ranks", share=float(found[0]["concordance"]["cox"]))]


def _why(study: Study) -> list[Note]:
    said = []
    if study.incidence is not None:
        ends = study.incidence.groupby("reason")["incidence"].last().sort_values(ascending=False)
        shares = [Note("churn_report.answer.share_of_reason", reason=str(reason), share=float(share))
                  for reason, share in ends.items()]  # fmt: skip
        longest = Span(round(float(study.incidence["time"].max())), study.spells.unit)
        said.append(Note("churn_report.answer.reasons_take", reasons=shares, after=longest))
    if study.fit is not None:
        sure = study.fit.table[(study.fit.table["low"] > 1) | (study.fit.table["high"] < 1)]["hazard_ratio"]
        faster = sure[sure > 1].sort_values(ascending=False).head(FEWEST_STRONG)
        slower = sure[sure < 1].sort_values().head(FEWEST_STRONG)
        if len(faster):
            said.append(Note("churn_report.answer.leave_sooner", covariates=_ratios(faster)))
        if len(slower):
            said.append(Note("churn_report.answer.leave_later", covariates=_ratios(slower)))
    return said


def _ratios(found: pd.Series) -> list[Note]:
    return [Note("churn_report.answer.ratio", covariate=str(name), times=float(ratio)) for name, ratio in found.items()]
