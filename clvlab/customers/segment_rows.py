"""Segments of one measure: each with its interval, against all the others together."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clvlab.customers.intervals import difference
from clvlab.customers.measures import MeasureRecord
from clvlab.customers.measures.record import Kind
from clvlab.customers.summing import Values, valued
from clvlab.customers.sums import Sums

Float = NDArray[np.float64]

SEGMENT_COLUMNS = ("measure", "segment", "value", "low", "high", "n", "rest", "change", "p_value")


def segment_rows(record: MeasureRecord, each: Sums, names: Sequence[str]) -> list[dict[str, object]]:
    """One row for all customers, then one per segment that has any.

    Counts and sums of customers are not compared: a large segment has more of everything.
    """
    whole = Sums(*(np.array([np.sum(column)]) for column in vars(each).values()))
    rest = Sums(*(mine - one for mine, one in zip(vars(whole).values(), vars(each).values(), strict=True)))
    values, others = valued(record.kind, each), valued(record.kind, rest)
    by = difference(*values[:3], *others[:3])
    p_value = p_of_difference(record.kind, by.p_value, each, rest)
    rows = [_row(record.id, None, valued(record.kind, whole), 0)]
    compared = record.kind not in ("count", "total")
    for i, name in enumerate(names):
        if values.n[i] > 0 or not np.isnan(values.value[i]):
            against = {"rest": others.value[i], "change": by.value[i], "p_value": p_value[i]} if compared else {}
            rows.append(_row(record.id, name, values, i) | {key: float(value) for key, value in against.items()})
    return rows


def _row(measure: str, segment: str | None, values: Values, i: int) -> dict[str, object]:
    return {
        "measure": measure, "segment": segment, "value": float(values.value[i]), "low": float(values.low[i]),
        "high": float(values.high[i]), "n": int(values.n[i]), "rest": np.nan, "change": np.nan, "p_value": np.nan,
    }  # fmt: skip


def p_of_difference(kind: Kind, own: Float, each: Sums, rest: Sums) -> Float:
    """The p value of a difference: by both intervals where rows are independent, else with the spread of both together.

    Parameters
    ----------
    own : array
        By both intervals.
    """
    if kind == "ratio":
        return pooled(each, rest)
    if kind in ("share", "net"):
        several = (each.customers < each.rows) | (rest.customers < rest.rows)
        return np.where(several, pooled(each, rest), own)
    return own


def pooled(each: Sums, rest: Sums) -> Float:
    """Two-sided p value of the difference of two ratios, with the spread of both together.

    A few large buyers make a segment that has none look surer than it is; under no difference all have one spread.
    """
    whole = each + rest
    with np.errstate(divide="ignore", invalid="ignore"):
        value = whole.num / whole.den
        spread = (whole.num2 - 2.0 * value * whole.cross + value**2 * whole.den2) / whole.customers
        error = np.sqrt(spread * (each.customers / each.den**2 + rest.customers / rest.den**2))
        distance = np.abs(each.num / each.den - rest.num / rest.den) / error
    return np.asarray(np.where(spread > 0, 2.0 * special.ndtr(-distance), np.nan))
