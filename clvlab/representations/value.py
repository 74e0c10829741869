"""Values of customers."""

from clvlab.notes import Note, Span
from clvlab.representations.showing import Showing, showing
from clvlab.value.customer_value import CustomerValue
from clvlab.value.independence import Independence
from clvlab.value.study import ValueStudy

DEPENDS = {"amber": "Spend varies somewhat with frequency", "red": "Spend depends on frequency"}


@showing.register
def _(value: CustomerValue) -> Showing:
    total, low, high = (value.total[name] for name in ("clv", "value_low", "value_high"))
    title = (
        f"Value of {len(value.table):,} customers over {Span(value.horizon, value.unit)}: {total:,.0f} "
        f"(90% prediction interval {low:,.0f} to {high:,.0f}), margin {value.margin:.0%}, "
        f"discounted at {value.discount_rate:.0%} a year"
    )
    table = value.table.sort_values("clv", ascending=False)
    return Showing(title, table, _doubts(value.independence))


@showing.register
def _(check: Independence) -> Showing:
    said = DEPENDS.get(check.light, "Spend does not vary with frequency by more than chance")
    return Showing(f"{said}: {check.light}", None, ())


@showing.register
def _(study: ValueStudy) -> Showing:
    inner = showing(study.value)
    notes = [message for fit in study.fits for message in fit.diagnostics.messages]
    return Showing(inner.title, inner.table, [study.level_note, *inner.remarks, *notes])


def _doubts(check: Independence | None) -> list[str | Note]:
    if check is None or check.light not in DEPENDS:
        return []
    return [f"{DEPENDS[check.light]}, so values of single customers are off ({check.light})."]
