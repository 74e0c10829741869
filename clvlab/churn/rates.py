"""Churn per period: by customer count, by value, and at a fixed mix of tenures, side by side."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.churn.checks import worth_of
from clvlab.churn.spell_table import Spells
from clvlab.data.units import days_in
from clvlab.errors import InputError
from clvlab.inference.proportions import wilson

Float = NDArray[np.float64]
Day = np.datetime64
BANDS = 12  # of tenure, on a page
RATES = ("churn", "churn_low", "churn_high", "retention", "value_churn", "lifecycle_churn")
TENURES = (0.0, 3.0, 6.0, 12.0, 24.0, np.inf)  # bands of the mix, in months


def churn_rates(
    spells: Spells,
    *,
    period: str = "M",
    value: str | None = None,
    tenures: Sequence[float] | None = None,
    mix: Sequence[float] | None = None,
) -> pd.DataFrame:
    """Churn and retention by period.

    Parameters
    ----------
    period : {"M", "Q", "Y", "W"}
        Calendar periods. Only whole ones, within the records, are counted; who came before the records began counts
        from then on.
    value : str, optional
        Column of revenue a period of each customer (money), for the value-weighted rate.
    tenures : sequence of float, optional
        Edges of bands of tenure at the start of the period, in the spells' unit, for the lifecycle-weighted rate; 0, 3,
        6, 12 and 24 months unless given.
    mix : sequence of float, optional
        Share of customers in each band that rates are standardised to; the mix over all periods unless given.

    Returns
    -------
    DataFrame, one row per period
        active (at its start), joined (during it), lost (of the active), churn (lost over active) with churn_low and
        churn_high (90 %, Wilson), retention (1 - churn); value_churn (revenue of the lost over that of the active);
        lifecycle_churn (each band's rate, weighted by the mix; NaN where a band of the mix is empty). From orders
        ``attrs["rule_from"]`` is the first day on which the rule of silence could call anybody gone: rates of periods
        that begin before it are NaN, and are in no mix.

    Raises
    ------
    InputError
        The days of starting and leaving are unknown: tenures alone have no calendar.
    """
    table = _dated(spells)
    begins, ends = _periods(table, spells, period)
    start, end = table["start"].to_numpy(), table["end"].to_numpy()
    worth = None if value is None else _worth(spells, value)
    since = _watched_from(spells)
    bands = np.asarray(TENURES, dtype=float) * days_in("month") / days_in(spells.unit)
    if tenures is not None:
        bands = np.asarray(tenures, dtype=float)
    rows, active_by, lost_by = [], [], []
    for first, last in zip(begins, ends, strict=True):
        # Here when the period begins: came before it, was watched by then, and had not left.
        active = (start < first) & (since <= first) & ~(end < first)
        lost = active & (end >= first) & (end <= last)
        tenure = (first - start[active]) / np.timedelta64(1, "D") / days_in(spells.unit)
        band = np.clip(np.searchsorted(bands, tenure, side="right") - 1, 0, len(bands) - 2)
        active_by.append(np.bincount(band, minlength=len(bands) - 1))
        lost_by.append(np.bincount(band[lost[active]], minlength=len(bands) - 1))
        row: dict[str, float] = {
            "active": int(active.sum()),
            "joined": int(((start >= first) & (start <= last)).sum()),
            "lost": int(lost.sum()),
        }
        if worth is not None:
            total = float(worth[active].sum())
            row["value_churn"] = float(worth[lost].sum()) / total if total else np.nan
        rows.append(row)
    found = pd.DataFrame(rows, index=pd.PeriodIndex(pd.DatetimeIndex(begins), freq=period, name="period"))
    found = _with_rate(found)
    counted = np.ones(len(found), dtype=bool)
    if spells.rule_from is not None:
        counted = np.asarray(begins) >= spells.rule_from.to_numpy()
    weights = np.sum(active_by, axis=0, where=counted[:, None]) if mix is None else np.asarray(mix, dtype=float)
    if mix is not None and (len(weights) != len(bands) - 1 or not (weights >= 0).all() or not weights.sum() > 0):
        raise InputError(
            f"mix needs {len(bands) - 1} shares, 0 or more, one a band of tenure; found {weights.tolist()}."
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        weights = weights / weights.sum()  # NaN where nobody was here in any period that counts
        rate = np.array(lost_by) / np.array(active_by)
    found["lifecycle_churn"] = np.where(weights == 0, 0.0, rate) @ weights
    if spells.rule_from is not None:
        found.attrs["rule_from"] = spells.rule_from
        early = pd.PeriodIndex(found.index).start_time < spells.rule_from
        found.loc[early, [name for name in RATES if name in found]] = np.nan
    return found


def retention_by_cohort(spells: Spells, *, period: str = "M") -> pd.DataFrame:
    """Share of each cohort still here, by periods since they came: rows cohorts, columns 0, 1, 2, ...

    A cell is NaN where the cohort has not been watched for that long, and, from orders, where it is too young for the
    rule of silence to have called any of it gone. ``attrs["customers"]`` holds cohort sizes.
    Cohorts that began before the records do are left out: who had left by then was never seen.
    """
    table = _dated(spells)
    late = pd.PeriodIndex(table["start"], freq=period)
    table = table[~late.isin(late[(table["entry"] > 0).to_numpy()])]
    if table.empty:
        raise InputError("Every cohort began before the records do, so nobody knows how many of it had left by then.")
    first = pd.PeriodIndex(table["start"], freq=period)
    until = pd.Period(_end(spells), freq=period)
    left = pd.PeriodIndex(table["end"].fillna(pd.Timestamp.max.normalize() - pd.Timedelta(days=400)), freq=period)
    age = np.where(table["event"], _steps(left, first), 10**6)
    longest = max(int(_steps(pd.PeriodIndex([until]), pd.PeriodIndex([first.min()]))[0]), 0)
    rows, sizes = {}, {}
    for cohort in sorted(first.unique()):
        own = age[first == cohort]
        seen = int(_steps(pd.PeriodIndex([until]), pd.PeriodIndex([cohort]))[0])
        told = [
            k == 0 or (cohort + k).start_time > cohort.start_time + spells.least_silence for k in range(longest + 1)
        ]
        rows[cohort] = [float((own >= k).mean()) if k <= seen and told[k] else np.nan for k in range(longest + 1)]
        sizes[cohort] = len(own)
    found = pd.DataFrame.from_dict(rows, orient="index", columns=list(range(longest + 1))).rename_axis("cohort")
    found.attrs["customers"] = sizes
    return found


def rates_by_tenure(spells: Spells, *, width: float = 1.0) -> pd.DataFrame:
    """Churn by tenure, where only that is known: of those who reached each band, the share who left within it.

    Returns
    -------
    DataFrame, one row per band
        tenure (its beginning), active, lost, churn with churn_low and churn_high (90 %, Wilson), retention. Who is
        censored within a band counts for half of it. ``attrs`` holds width and unit: rates are of that much time.
    """
    if not width > 0:
        raise InputError(f"width is that of a band of tenure, above 0; found {width!r}.")
    table = spells.table
    edges = np.arange(0.0, float(table["duration"].max()) + width, width)
    entry, duration, event = (table[name].to_numpy() for name in ("entry", "duration", "event"))
    rows = []
    for low, high in pairwise(edges):
        # Who left at 0 did so within the first band.
        active = (entry <= low) & ((duration > low) | (low == 0.0))
        lost = active & event & (duration <= high)
        gone = active & ~event & (duration < high)
        rows.append({"tenure": low, "active": float(active.sum() - gone.sum() / 2.0), "lost": float(lost.sum())})
    found = _with_rate(pd.DataFrame(rows).set_index("tenure"))
    found.attrs = {"width": float(width), "unit": spells.unit}
    return found


def tenure_width(spells: Spells) -> float:
    """A width of about a dozen bands of tenure, in whole units of the spells."""
    return max(1.0, float(round(float(spells.table["duration"].max()) / BANDS)))


def _with_rate(found: pd.DataFrame) -> pd.DataFrame:
    found["churn"], found["churn_low"], found["churn_high"] = wilson(found["lost"], found["active"])
    found["retention"] = 1.0 - found["churn"]
    return found


def _dated(spells: Spells) -> pd.DataFrame:
    if not spells.dated:
        raise InputError(
            "Rates by period need the days of starting and leaving (start= and end=); these spells have tenures alone. "
            "rates_by_tenure() takes those."
        )
    return spells.table


def _end(spells: Spells) -> pd.Timestamp:
    if spells.as_of is None:
        raise InputError("The end of the records is unknown: give as_of= to spells().")
    return spells.as_of


def _periods(table: pd.DataFrame, spells: Spells, period: str) -> tuple[list[Day], list[Day]]:
    began = pd.Timestamp(_watched_from(spells).min())
    first, last = pd.Period(began, freq=period), pd.Period(_end(spells), freq=period)
    truncated = bool((table["entry"] > 0).any())
    whole = pd.period_range(first if truncated and began == first.start_time else first + 1, last, freq=period)
    kept = [each for each in whole if each.end_time.normalize() <= _end(spells)]
    if not kept:
        raise InputError("The records do not hold one whole period; take a shorter period=.")
    return [np.datetime64(p.start_time) for p in kept], [np.datetime64(p.end_time.normalize()) for p in kept]


def _watched_from(spells: Spells) -> NDArray[np.datetime64]:
    """The day from which each was watched."""
    late = pd.to_timedelta((spells.table["entry"] * days_in(spells.unit)).round(), unit="D")
    return (spells.table["start"] + late).to_numpy()


def _worth(spells: Spells, value: str) -> Float:
    return worth_of(spells, value).fillna(0.0).to_numpy(dtype=float)


def _steps(later: pd.PeriodIndex, earlier: pd.PeriodIndex) -> NDArray[np.int64]:
    return np.asarray(later.asi8 - earlier.asi8, dtype=np.int64)
