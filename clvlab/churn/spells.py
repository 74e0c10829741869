"""Spells: how long each customer was here, whether they left, and why; the table all of churn analysis starts from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from clvlab.data.days import as_day
from clvlab.data.order_book import Orders
from clvlab.data.units import days_in
from clvlab.errors import InputError

SHOWN = 5
FARTHEST = 2100  # a year beyond stands for no date, as 9999-12-31 does
CORE = ("entry", "duration", "event", "reason", "start", "end")
YES = {"yes", "y", "true", "t", "1", "1.0", "churned", "left", "lost", "cancelled", "canceled"}
NO = {"no", "n", "false", "f", "0", "0.0", "active", "stayed", "current", "retained"}


@dataclass(frozen=True, eq=False)
class Spells:
    """Spells of customers, checked.

    Attributes
    ----------
    table : DataFrame, one row a spell
        ``entry``, ``duration`` (tenure at which watching began, and ended; in ``unit``), ``event`` (bool: they left
        then, rather than being watched no longer), ``reason`` (text, empty where none); where dates are known
        ``start``, ``end`` (day they left, NaT for those still here); then covariates.
    unit : str
        Of tenure.
    rule : str
        In words: what counts as leaving.
    as_of : Timestamp or None
        The last day of the records.
    left_out : dict
        Rows not used, by reason.
    usual : float
        From orders: the middle of the limits of silence that customers were given, in ``unit``.
    """

    table: pd.DataFrame
    unit: str = "month"
    rule: str = ""
    as_of: pd.Timestamp | None = None
    left_out: Mapping[str, list[object]] = field(default_factory=dict)
    usual: float = float("nan")

    @property
    def covariates(self) -> list[str]:
        """Columns beside those of the spell itself."""
        return [str(name) for name in self.table.columns if name not in CORE]

    @property
    def n_events(self) -> int:
        """Spells that ended."""
        return int(self.table["event"].sum())

    @property
    def reasons(self) -> list[str]:
        """Reasons of those who left, most frequent first."""
        counts = self.table.loc[self.table["event"], "reason"].value_counts()
        return [str(reason) for reason in counts.index if reason]

    @property
    def dated(self) -> bool:
        """Whether the days of starting and leaving are known."""
        return "start" in self.table

    def where(self, rows: Any) -> "Spells":
        """The spells of some rows: a boolean array, or labels."""
        return replace(self, table=self.table.loc[rows])

    def __len__(self) -> int:
        """How many spells."""
        return len(self.table)

    def __repr__(self) -> str:
        return f"<{len(self):,} spells, {self.n_events:,} ended, tenure in {self.unit}s>"


def spells(
    data: pd.DataFrame | Orders,
    *,
    duration: str | None = None,
    event: str | None = None,
    start: str | None = None,
    end: str | None = None,
    entry: str | None = None,
    reason: str | None = None,
    covariates: Sequence[str] | None = None,
    customer: str | None = None,
    unit: str = "month",
    as_of: Any = None,
    records_from: Any = None,
    gap: Any = "rhythm",
    **of_orders: Any,
) -> Spells:
    """Spells from a table of subscriptions, or from orders.

    Parameters
    ----------
    data : DataFrame or Orders
        Orders have no cancellation; see ``spells_from_orders`` for ``gap``, which says when silence counts as leaving,
        and for ``of_orders``.
    duration, event : str
        Columns: tenure so far or at leaving (in ``unit``), and whether the customer left (yes/no, true/false, 1/0).
    start, end : str
        Columns instead: first day, and last day, empty for those still here.
    entry : str, optional
        Column of the tenure at which watching began (left truncation), or of the start of a row's time, where a
        customer has several rows with covariates that change.
    reason : str, optional
        Column of why they left; empty for those still here.
    covariates : sequence of str, optional
        Columns to carry along; all the others unless given.
    customer : str, optional
        Column of identifiers, which become the index.
    as_of : date, optional
        The last day of the records, with ``start``; the last date in the table unless given. Dates as text have the
        year first.
    records_from : date, optional
        The first day of the records, with ``start``: who came before is watched only from then on, and who had left by
        then was never seen.

    Raises
    ------
    InputError
        Names the rule and the rows that break it.

    Examples
    --------
    >>> table = pd.DataFrame({"tenure": [3, 12, 7], "Churn": ["Yes", "No", "Yes"], "plan": ["a", "b", "a"]})
    >>> spells(table, duration="tenure", event="Churn")
    <3 spells, 2 ended, tenure in months>
    """
    if isinstance(data, Orders):
        from clvlab.churn.from_orders import spells_from_orders

        return spells_from_orders(data, gap=gap, unit=unit, as_of=as_of, **of_orders)
    if of_orders:
        raise InputError(f"spells() of a table does not take {', '.join(of_orders)}.")
    if data.empty:
        raise InputError("Spells need at least one row; the table is empty.")
    named = {"duration": duration, "event": event, "start": start, "end": end, "entry": entry, "reason": reason,
             "customer": customer}  # fmt: skip
    _check_columns(data, [name for name in named.values() if name] + list(covariates or []))
    frame = data.set_index(customer) if customer else data
    used = {name for name in named.values() if name}
    kept = [name for name in frame.columns if name not in used] if covariates is None else list(covariates)
    clash = sorted(set(map(str, kept)) & set(CORE))
    if clash:
        raise InputError(
            f"The columns {', '.join(clash)} have a meaning of their own here: say which they are ({clash[0]}=), "
            "rename them, or list covariates= without them."
        )
    if start is not None:
        both = {"duration": duration, "event": event, "entry": entry}
        if any(both.values()):
            given = ", ".join(f"{name}=" for name, column in both.items() if column)
            raise InputError(f"Give duration= and event= (with entry=), or start= and end=; found start= with {given}.")
        table, last, left_out = _dated(frame, start, end, reason, unit, as_of, records_from)
    elif duration is not None:
        if end is not None or records_from is not None:
            raise InputError("end= and records_from= go with start=; beside duration= stand event= and entry=.")
        table, last, left_out = _tenures(frame, duration, event, entry, reason), None, {}
    else:
        raise InputError("Spells need duration= and event=, or start= and end=: name the columns.")
    unseen = table.pop("unseen").to_numpy() if start is not None else np.zeros(len(table), dtype=bool)
    table = table.join(frame.loc[:, kept]) if frame.index.is_unique else _beside(table, frame[kept])
    table = table.loc[~unseen]
    if not len(table):
        raise InputError("No spell is left: every customer had left before the records begin.")
    rule = f"{end or event or reason} says who left."
    return Spells(table, unit, rule, last, {k: v for k, v in left_out.items() if v})


def _beside(table: pd.DataFrame, covariates: pd.DataFrame) -> pd.DataFrame:
    for name in covariates.columns:
        table[name] = covariates[name].array
    return table


def _tenures(
    frame: pd.DataFrame, duration: str, event: str | None, entry: str | None, reason: str | None
) -> pd.DataFrame:
    if event is None and reason is None:
        raise InputError("Who left? Name the column by event=, or by reason=, which is empty for those still here.")
    tenure = _numbers(frame, duration)
    why = _reasons(frame, reason)
    left = why.ne("") if event is None else _flags(frame, event)
    hold(frame, f"an event needs its time: {duration} must be known where the customer left", left & tenure.isna())
    hold(frame, f"{duration} must be known (leave the row out, or fill it)", tenure.isna())
    hold(frame, f"{duration} must not be negative", tenure < 0, tenure)
    hold(frame, f"{duration} must be finite", np.isinf(tenure), tenure)
    begin = _numbers(frame, entry) if entry else tenure * 0.0
    hold(frame, f"{entry} must be a number, 0 or more", ~(begin >= 0), begin)
    hold(frame, f"{entry} must come before {duration}, or nothing was watched", (begin > 0) & (begin >= tenure), begin)
    hold(frame, "a reason is for those who left; these are said to be still here", why.ne("") & ~left)
    return pd.DataFrame({"entry": begin, "duration": tenure, "event": left, "reason": why}, index=frame.index)


def _dated(
    frame: pd.DataFrame, start: str, end: str | None, reason: str | None, unit: str, as_of: Any, records_from: Any
) -> tuple[pd.DataFrame, pd.Timestamp, dict[str, list[object]]]:
    if end is None:
        raise InputError("With start= comes end=, the column of last days, empty for those still here.")
    first, last = _days(frame, start), _days(frame, end)
    hold(frame, f"{start} must be a date", first.isna(), frame[start])
    hold(frame, f"{end} must not come before {start}", last < first, frame[end])
    latest = max(day for day in (first.max(), last.max()) if not pd.isna(day))
    until = latest if as_of is None else as_day(as_of, "as_of")
    hold(frame, f"{start} must not come after as_of, {until:%Y-%m-%d}", first > until, frame[start])
    left = last.notna() & (last <= until)
    why = _reasons(frame, reason)
    hold(frame, "a reason is for those who left; these have no last day", why.ne("") & last.isna())
    length = days_in(unit)
    duration = (last.where(left, until) - first).dt.days / length
    entry = pd.Series(0.0, index=frame.index)
    unseen = pd.Series(False, index=frame.index)
    if records_from is not None:
        begin = as_day(records_from, "records_from")
        entry = ((begin - first).dt.days / length).clip(lower=0.0)
        unseen = left & (last <= begin)
        if begin >= until:
            raise InputError(f"records_from={begin:%Y-%m-%d} must come before as_of, {until:%Y-%m-%d}.")
    table = pd.DataFrame(
        {
            "entry": entry,
            "duration": duration,
            "event": left,
            "reason": why.where(left, ""),
            "start": first,
            "end": last.where(left),
            "unseen": unseen,
        },
        index=frame.index,
    )
    return table, until, {"left before the records begin": frame.index[unseen].tolist()}


def _check_columns(frame: pd.DataFrame, names: Sequence[str]) -> None:
    missing = [name for name in names if name not in frame.columns]
    if missing:
        raise InputError(f"The table has no column {', '.join(missing)}; it has {', '.join(map(str, frame.columns))}.")


def _numbers(frame: pd.DataFrame, name: str) -> pd.Series:
    values = pd.to_numeric(frame[name], errors="coerce").astype(float)
    hold(
        frame,
        f"{name} must hold numbers",
        values.isna() & frame[name].notna() & (frame[name].astype(str).str.strip() != ""),
        frame[name],
    )
    return values


def _days(frame: pd.DataFrame, name: str) -> pd.Series:
    column = frame[name]
    blank = column.isna() | (column.astype(str).str.strip() == "")
    known = column[~blank & (not pd.api.types.is_datetime64_any_dtype(column))]
    # A number would be taken for nanoseconds since 1970, and 05/06/2024 for the fifth of June or the sixth of May.
    number = known.map(lambda value: isinstance(value, int | float | np.number)).astype(bool)
    unclear = known.astype(str).str.match(r"\s*\d{1,2}\s*[./-]\s*\d{1,2}\s*[./-]").astype(bool)
    hold(known, f"{name} must hold dates, year first, as 2024-03-31", number | unclear, known)
    try:
        days = pd.to_datetime(column.where(~blank), errors="coerce", format="mixed").dt.tz_localize(None)
    except (ValueError, AttributeError) as error:
        raise InputError(f"{name} must hold dates of one time zone, or of none: leave the time of day out.") from error
    hold(frame, f"{name} must hold dates, as 2024-03-31", days.isna() & ~blank, column)
    hold(frame, f"{name} lies beyond {FARTHEST}: leave it empty where there is none", days.dt.year > FARTHEST, column)
    return days.dt.normalize().dt.as_unit("s")


def _flags(frame: pd.DataFrame, name: str) -> pd.Series:
    text = frame[name].astype(str).str.strip().str.lower()
    known = text.isin(YES | NO)
    hold(frame, f"{name} must say yes or no (true/false, 1/0)", ~known, frame[name])
    return text.isin(YES)


def _reasons(frame: pd.DataFrame, name: str | None) -> pd.Series:
    if name is None:
        return pd.Series("", index=frame.index, dtype=object)
    return frame[name].astype(object).where(frame[name].notna(), "").astype(str).str.strip().astype(object)


def hold(frame: pd.DataFrame | pd.Series, rule: str, broken: Any, values: pd.Series | None = None) -> None:
    """Raise where a rule is broken, naming rows and values."""
    bad = np.asarray(broken, dtype=bool)
    if not bad.any():
        return
    rows = frame.index[bad].tolist()[:SHOWN]
    shown = [repr(row) for row in rows]
    if values is not None:
        shown = [f"{value!r} in row {row!r}" for row, value in zip(rows, values[bad].tolist(), strict=False)]
    more = f" and {int(bad.sum()) - SHOWN} more" if bad.sum() > SHOWN else ""
    columns = [frame.name] if isinstance(frame, pd.Series) else list(frame.columns)
    if not any(isinstance(name, str) and rule.startswith(name) for name in columns):
        rule = rule[0].upper() + rule[1:]
    raise InputError(f"{rule}; broken by {', '.join(shown)}{more}.")


def check_events(of: Spells, what: str) -> None:
    """Refuse to learn who leaves from spells of which none ended."""
    if not of.n_events:
        raise InputError(
            f"{what} learns from customers who left; none of these {len(of):,} spells ended (all are censored). "
            "Check the column that says who left, or watch for longer."
        )
