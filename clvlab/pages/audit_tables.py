"""Tables of the page of the audit."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from clvlab.customers.audit import AuditStudy
from clvlab.notes import Note
from clvlab.pages.exhibits import Freshness
from clvlab.pages.orders_read import freshness_of
from clvlab.words import Locale

OVERLAP_HEADS = {
    "aof_before": "audit.heads.aof_before", "aov_before": "audit.heads.aov_before",
    "profit_before": "audit.heads.profit_before", "aof_after": "audit.heads.aof_after",
    "aov_after": "audit.heads.aov_after", "profit_after": "audit.heads.profit_after",
}  # fmt: skip


def freshness(locale: Locale, study: AuditStudy) -> Freshness:
    """How old the records are, and how many customers there are."""
    company = study.audit.company
    if company is None:
        last = study.audit.periods[-1].end_time.normalize()
        return Freshness(locale=locale, as_of=last, customers=study.audit.table.n, source=study.source, amounts=True)
    return freshness_of(locale, company, study.audit.table.n)


def heads(study: AuditStudy, column: str = "profit") -> Mapping[str, Note]:
    """Without a known margin what is called profit is revenue."""
    return {} if study.audit.table.margin_known else {column: Note(REVENUE[column])}


PERCENT = 100.0
REVENUE = {"profit": "audit.heads.revenue", "share_of_profit": "audit.heads.share_of_revenue"}


def text_index(frame: pd.DataFrame) -> pd.DataFrame:
    """Periods as text."""
    return frame.set_axis(pd.Index([str(each) for each in frame.index], name=frame.index.name), axis=0)


def cohort_text(cohort: str) -> Note | str:
    """A cohort as it is said."""
    return Note("audit.before_records") if cohort == "before" else cohort


def cohort_names(frame: pd.DataFrame) -> pd.DataFrame:
    """The index as cohorts are said."""
    names: dict[str, Note] = {"before": Note("audit.before_records"), "new": Note("audit.new_customers")}
    return frame.set_axis(pd.Index([names.get(str(each), each) for each in frame.index], name="cohort"), axis=0)


def patterns(frame: pd.DataFrame) -> pd.DataFrame:
    """Patterns, and the rest as it is said."""
    names = [Note("audit.other_patterns") if each == "other" else each for each in frame.index]
    return frame.set_axis(pd.Index(names, name="pattern", dtype=object), axis=0)


def quantities(frame: pd.DataFrame) -> pd.DataFrame:
    """Quantities as they are said; margin in percent."""
    frame = frame.astype(float)
    frame.loc[frame.index == "margin", frame.columns != "customers"] *= PERCENT
    names = [Note("audit.quantity", quantity=str(each)) for each in frame.index]
    return frame.set_axis(pd.Index(names, name="quantity", dtype=object), axis=0)


def without_diagonal(frame: pd.DataFrame) -> pd.DataFrame:
    """What a category shares with itself left blank."""
    cells = frame.to_numpy(dtype=float, copy=True)
    np.fill_diagonal(cells, np.nan)
    return pd.DataFrame(cells, index=frame.index, columns=frame.columns)
