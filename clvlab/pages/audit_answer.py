"""The opening of the audit page, as notes: every number comes from the study."""

import numpy as np
import pandas as pd

from clvlab.customers.audit import AuditStudy
from clvlab.notes import Note
from clvlab.pages.exhibits import Metric
from clvlab.pages.exhibits.notice import Level
from clvlab.pages.orders_read import older_than_they_seem

FACTORS = ("customers", "aof", "aov", "margin")
ADVICE = {
    "lost": "audit.advice.lost", "aof": "audit.advice.aof", "aov": "audit.advice.aov", "margin": "audit.advice.margin",
}  # fmt: skip
SOONEST = 90  # days: the first purchase is followed by another, or it is not


def sentences(study: AuditStudy) -> tuple[Note, ...]:
    """What the last period brought, how it changed and with whom, what next year may bring, and what to do."""
    return tuple(
        note for note in (_brought(study), _changed(study), _stayed(study), _concentrated(study), _to_come(study),
                          _advice(study))
        if note
    )  # fmt: skip


def _brought(study: AuditStudy) -> Note:
    row = study.audit.decomposition.iloc[-1]
    said = {name: float(row[name]) for name in ("profit", "aof", "aov", "margin")}
    code = "audit.answer.profit" if study.audit.table.margin_known else "audit.answer.revenue"
    return Note(code, period=study.last, customers=int(row["customers"]), **said)


def _changed(study: AuditStudy) -> Note | None:
    if study.before is None:
        return None
    then, now = (float(study.audit.decomposition["profit"].iloc[i]) for i in (-2, -1))
    if not then > 0:
        return None
    parts = study.audit.factor_bridge(study.before, study.last)
    order = parts[list(FACTORS)].sort_values(key=np.abs, ascending=False)
    each = [_part(str(name), amount) for name, amount in order.items() if abs(amount) > 1e-9 * then]
    code = "audit.answer.rose" if now >= then else "audit.answer.fell"
    return Note(code, change=abs(now / then - 1.0), before=study.before, parts=each)


def _part(factor: str, amount: float) -> Note:
    code = "audit.answer.part_more" if amount >= 0 else "audit.answer.part_less"
    return Note(code, factor=factor, amount=abs(amount))


def _stayed(study: AuditStudy) -> Note | None:
    if study.before is None:
        return None
    again, steps = study.audit.bought_again.iloc[-1], study.steps
    if not again["customers"]:
        return None
    return Note(
        "audit.answer.stayed", share=float(again["share"]), low=float(again["low"]), high=float(again["high"]),
        before=study.before, period=study.last, lost=float(-steps["lost"]), new=float(steps["new"]),
    )  # fmt: skip


def _concentrated(study: AuditStudy) -> Note | None:
    found = study.deciles
    if found["customers"].sum() < 20 or not np.isfinite(found["share"].iloc[0]):
        return None
    return Note(
        "audit.answer.concentrated", top=float(found["share"].iloc[0]), half=float(found["share"].iloc[5:].sum())
    )


def _to_come(study: AuditStudy) -> Note | None:
    found = study.outlook
    if found.empty or found["next"].isna().any():
        return None
    existing = float(found["next"].to_numpy()[:-1].sum())
    said = {"total": float(found["next"].sum()), "existing": existing}
    forecast = study.forecast
    if isinstance(forecast, pd.Series) and np.isfinite(forecast["value_low"]):
        return Note("audit.answer.to_come_with_forecast", **said, model=float(forecast["clv"]),
                    low=float(forecast["value_low"]), high=float(forecast["value_high"]))  # fmt: skip
    return Note("audit.answer.to_come", **said)


def _advice(study: AuditStudy) -> Note | None:
    """Where the most was lost, and how many new customers next year's profit needs."""
    if study.before is None:
        return None
    steps = study.steps
    worst = str(steps[list(ADVICE)].idxmin())
    if not steps[worst] < 0:
        return None
    look = Note(ADVICE[worst], amount=float(-steps[worst]), soon=_soon(study))
    if not np.isfinite(study.needed):
        return look
    size = int((study.audit.table.acquired == len(study.audit.periods) - 1).sum())
    code = "audit.answer.plan" if study.target is None else "audit.answer.plan_for_target"
    return Note(code, look=look, n=round(study.needed), target=study.planned_for, last=size)


def _soon(study: AuditStudy) -> Note | str:
    found = study.next_purchases
    if found.empty or not np.isfinite(found[f"within_{SOONEST}"].iloc[0]):
        return ""
    return Note("audit.advice.soon", share=float(found[f"within_{SOONEST}"].iloc[0]), days=SOONEST)


def metrics(study: AuditStudy) -> tuple[Metric, ...]:
    """The parts of the last period's profit, and who bought again."""
    base = study.audit.decomposition
    now, then = base.iloc[-1], base.iloc[-2] if len(base) > 1 else None
    known = study.audit.table.margin_known
    told = [("customers", "audit.metrics.customers", "number", 0), ("aof", "audit.metrics.aof", "number", 2),
            ("aov", "audit.metrics.aov", "money", 2), ("margin", "audit.metrics.margin", "percent", 1),
            ("profit", "audit.metrics.profit" if known else "audit.metrics.revenue", "money", 0)]  # fmt: skip
    found = []
    for name, label, kind, digits in told:
        if (name == "margin" and not known) or not np.isfinite(now[name]):
            continue
        was = None
        if then is not None and np.isfinite(then[name]):
            was = Note(WAS[kind, digits], value=float(then[name]), before=str(base.index[-2]))
        found.append(Metric(label=Note(label), value=float(now[name]), kind=kind, digits=digits, note=was))  # type: ignore[arg-type]
    if len(study.audit.bought_again):
        again = study.audit.bought_again.iloc[-1]
        if again["customers"]:
            found.append(Metric(
                label=Note("audit.metrics.again", before=str(again.name)), value=float(again["share"]),
                low=float(again["low"]), high=float(again["high"]), interval="confidence95", kind="percent", digits=1,
            ))  # fmt: skip
    return tuple(found)


WAS = {
    ("number", 0): "audit.was.number0", ("number", 2): "audit.was.number2", ("money", 2): "audit.was.money2",
    ("money", 0): "audit.was.money0", ("percent", 1): "audit.was.percent1",
}  # fmt: skip


def cautions(study: AuditStudy) -> list[tuple[Note, Level]]:
    """What the reader must know of the records first."""
    found: list[tuple[Note, Level]] = []
    if not study.audit.table.margin_known:
        found.append((Note("audit.no_margin"), "info"))
    if study.audit.company is not None:
        found += older_than_they_seem(study.audit.company, "audit.there_before")
    if isinstance(study.forecast, Note):
        found.append((study.forecast, "warning"))
    return found
