"""Values of customers."""

import pandas as pd

from clvlab.notes import Note, Span
from clvlab.pages.value_answer import independence_note
from clvlab.representations.showing import Showing, said, showing
from clvlab.value.customer_value import CustomerValue
from clvlab.value.independence import Independence
from clvlab.value.study import ValueStudy


@showing.register
def _(value: CustomerValue) -> Showing:
    table = value.table.sort_values("clv", ascending=False)
    return Showing(_title(value, value.total), table, _doubts(value.independence))


def _title(value: CustomerValue, total: pd.Series) -> str:
    whole, low, high = (total[name] for name in ("clv", "value_low", "value_high"))
    return (
        f"Value of {len(value.table):,} customers over {Span(value.horizon, value.unit)}: {whole:,.0f} "
        f"(90% prediction interval {low:,.0f} to {high:,.0f}), margin {value.margin:.0%}, "
        f"discounted at {value.discount_rate:.0%} a year"
    )


@showing.register
def _(check: Independence) -> Showing:
    return Showing(said(independence_note(check)))


@showing.register
def _(study: ValueStudy) -> Showing:
    inner = showing(study.value)
    notes = [message for fit in study.fits for message in fit.diagnostics.messages]
    # The total as the page has it: moved and widened by what earlier totals missed.
    return Showing(_title(study.value, study.total), inner.table, [study.level_note, *inner.remarks, *notes])


def _doubts(check: Independence | None) -> list[str | Note]:
    return [] if check is None or check.light == "green" else [independence_note(check)]
