"""Spells from a table of subscriptions, by tenures or by dates; anything invalid is refused with a message."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from clvlab.churn.checks import hold
from clvlab.churn.spell_table import CORE, Spells
from clvlab.data.days import DateLike, as_day
from clvlab.data.identifiers import identifiers
from clvlab.data.units import Unit, days_in
from clvlab.errors import InputError
from clvlab.notes import Note

FARTHEST = 2100  # a year beyond stands for no date, as 9999-12-31 does
YES = {"yes", "y", "true", "t", "1", "1.0", "churned", "left", "lost", "cancelled", "canceled"}
NO = {"no", "n", "false", "f", "0", "0.0", "active", "stayed", "current", "retained"}


def spells_from_table(
    data: pd.DataFrame,
    *,
    duration: str | None = None,
    event: str | None = None,
    start: str | None = None,
    end: str | None = None,
    entry: str | None = None,
    reason: str | None = None,
    covariates: Sequence[str] | None = None,
    customer: str | None = None,
    unit: Unit = "month",
    as_of: DateLike | None = None,
    records_from: DateLike | None = None,
) -> Spells:
    """Spells of a table with one row per spell; ``spells`` says what each argument means."""
    if data.empty:
        raise InputError("Spells need at least one row; the table is empty.")
    named = {"duration": duration, "event": event, "start": start, "end": end, "entry": entry, "reason": reason,
             "customer": customer}  # fmt: skip
    _check_columns(data, [name for name in named.values() if name] + list(covariates or []))
    frame = _by_customer(data, customer) if customer else data
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
        table, stays, last, left_out = _dated(frame, start, end, reason, unit, as_of, records_from)
    elif duration is not None:
        if end is not None or records_from is not None or as_of is not None:
            raise InputError("end=, as_of= and records_from= go with start=; beside duration= stand event= and entry=.")
        (table, stays), last, left_out = _tenures(frame, duration, event, entry, reason), None, {}
    else:
        raise InputError("Spells need duration= and event=, or start= and end=: name the columns.")
    unseen = table.pop("unseen").to_numpy() if start is not None else np.zeros(len(table), dtype=bool)
    table = table.join(frame.loc[:, kept]) if frame.index.is_unique else _beside(table, frame[kept])
    table = table.loc[~unseen]
    if not len(table):
        raise InputError("No spell is left: every customer had left before the records begin.")
    rule = Note("churn.column_says_who_left", column=end or event or reason)
    if stays:
        rule = Note("churn.column_and_reason_say_who_left", column=end or event, reason=reason, stays=stays)
    return Spells(table, unit, rule, last, left_out)


def _by_customer(data: pd.DataFrame, customer: str) -> pd.DataFrame:
    hold(data, f"{customer} must be known: it says whose row it is", data[customer].isna())
    frame = data.drop(columns=customer)
    return frame.set_axis(identifiers(data[customer]).rename(customer), axis=0)


def _beside(table: pd.DataFrame, covariates: pd.DataFrame) -> pd.DataFrame:
    for name in covariates.columns:
        table[name] = covariates[name].array
    return table


def _tenures(
    frame: pd.DataFrame, duration: str, event: str | None, entry: str | None, reason: str | None
) -> tuple[pd.DataFrame, str]:
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
    why, stays = _of_those_who_left(frame, why, left, f"{event} says they are still here", event)
    return pd.DataFrame({"entry": begin, "duration": tenure, "event": left, "reason": why}, index=frame.index), stays


def _dated(
    frame: pd.DataFrame,
    start: str,
    end: str | None,
    reason: str | None,
    unit: Unit,
    as_of: DateLike | None,
    records_from: DateLike | None,
) -> tuple[pd.DataFrame, str, pd.Timestamp, dict[str, list[str]]]:
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
    why, stays = _of_those_who_left(frame, why, last.notna(), "they have no last day", end)
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
    left_out = {"churn.left_before_the_records": identifiers(frame.index[unseen]).tolist()} if unseen.any() else {}
    return table, stays, until, left_out


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


def _of_those_who_left(
    frame: pd.DataFrame, why: pd.Series, left: pd.Series, said: str, column: str | None
) -> tuple[pd.Series, str]:
    """Reasons of those who left, empty for the others, and what stands there for all of the others.

    A value that all who are still here have, and nobody who left ("in force"), means that they are here.
    """
    stay = why[~left.to_numpy(dtype=bool)]
    if len(stay) > 1 and stay.iloc[0] != "" and stay.eq(stay.iloc[0]).all() and not why[left].eq(stay.iloc[0]).any():
        return why.where(left, ""), str(stay.iloc[0])
    kinds = ", ".join(repr(each) for each in stay[stay.ne("")].unique()[:3])
    hold(
        frame,
        f"a reason is for those who left, and {said}, though the reason is {kinds}: leave the reason empty for them, "
        f"or give all of them one value that nobody who left has, or correct {column}",
        why.ne("") & ~left,
    )
    return why, ""
