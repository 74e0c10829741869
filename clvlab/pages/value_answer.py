"""The opening of the customer value page, as notes: every number comes from the study."""

import numpy as np

from clvlab.notes import Note, Span
from clvlab.pages.exhibits import Metric
from clvlab.value.independence import Independence
from clvlab.value.spread import top_share
from clvlab.value.study import ValueStudy
from clvlab.words import Kind


def sentences(study: ValueStudy) -> list[Note]:
    """What the base is worth, how sure that is, and how unevenly it is spread."""
    value, total = study.value, study.total
    said = {
        "n": len(value.table), "total": total["clv"], "horizon": Span(value.horizon, value.unit),
        "low": total["value_low"], "high": total["value_high"],
    }  # fmt: skip
    spread = {"share": top_share(value["clv"]), "median": float(value["clv"].median())}
    if study.spend is None:
        return [
            Note("customer_value.answer.purchases_to_come", **said),
            study.level_note,
            *_opening(study),
            Note("customer_value.answer.top_tenth_buys", **spread),
            Note("customer_value.answer.no_amounts"),
        ]
    return [
        Note("customer_value.answer.base_is_worth", **said),
        study.level_note,
        *_opening(study),
        Note("customer_value.answer.top_tenth_holds", **spread),
    ]


def _opening(study: ValueStudy) -> list[Note]:
    """Both totals, where customers who may have bought before the records began change it beyond its interval."""
    later = study.acquired_later
    if not study.opening_matters or isinstance(later, str):
        return []
    told = {
        "n": len(study.histories) - len(later.histories), "rest": len(later.histories), "total": later.total["clv"],
        "low": later.total["value_low"], "high": later.total["value_high"], "same": study.same_by_all,
    }  # fmt: skip
    if study.spend is None:
        return [Note("customer_value.answer.without_the_opening_in_purchases", **told)]
    return [Note("customer_value.answer.without_the_opening", **told)]


def metrics(study: ValueStudy) -> tuple[Metric, ...]:
    """Headline numbers."""
    total, n = study.total, len(study.value.table)
    share = Metric(
        label=Note("customer_value.metrics.held_by_the_top_tenth"), value=top_share(study.value["clv"]), kind="percent"
    )
    money = study.spend is not None
    kind: Kind = "money" if money else "number"
    whole = Metric(
        label=Note("customer_value.metrics.value_of_the_base" if money else "customer_value.metrics.purchases"),
        value=total["clv"], low=total["value_low"], high=total["value_high"], interval="prediction", kind=kind,
        digits=None if money else 0,
    )  # fmt: skip
    each = Metric(
        label=Note("customer_value.metrics.mean_value" if money else "customer_value.metrics.mean_purchases"),
        value=total["clv"] / n, low=total["clv_low"] / n, high=total["clv_high"] / n, interval="credible", kind=kind,
    )  # fmt: skip
    past = Metric(
        label=Note("customer_value.metrics.past_value" if money else "customer_value.metrics.past_purchases"),
        value=total["past_value"], kind=kind, digits=None if money else 0,
    )  # fmt: skip
    return whole, each, share, past


def totals(study: ValueStudy) -> dict[str, object]:
    """Of the whole base, for one row of a table."""
    total = study.total
    told = {name: float(total[name]) for name in ("clv", "clv_low", "clv_high", "value_low", "value_high")}
    count = len(study.histories)
    return {"customers": count, **told, "value": float("nan"), "mean": told["clv"] / count}


def independence_note(check: Independence) -> Note:
    """What the correlation of spend and frequency means for these values."""
    if np.isnan(check.excess):
        return Note("customer_value.independence.too_few")
    told = {"observed": check.correlation, "expected": check.expected, "low": check.low, "high": check.high}
    if check.light == "green":
        return Note("customer_value.independence.green", **told)
    more = "customer_value.independence.amber_more" if check.excess > 0 else "customer_value.independence.amber_less"
    return Note(more if check.light == "amber" else "customer_value.independence.red", **told)
