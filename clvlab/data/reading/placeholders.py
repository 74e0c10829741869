"""Dates that cannot be a record: after today, or a placeholder far from all others."""

import datetime

from clvlab.data.sql import quoted

# What programs write where a date is unknown: the first days of their calendars, and the last ones.
PLACEHOLDERS = ("1899-12-30", "1899-12-31", "1900-01-01", "1901-01-01", "1970-01-01", "1980-01-01")
FAR = 365  # days from every other date


def today() -> str:
    """The latest day that it is now anywhere on earth, as SQL."""
    now = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=14)
    return f"DATE {quoted(f'{now:%Y-%m-%d}')}"


def future(moment: str) -> str:
    """SQL for whether a date lies after today."""
    return f"({moment})::DATE > {today()}"


def placeholder(moment: str, relation: str) -> str:
    """SQL for whether a date of a relation is a placeholder that lies far from all its other dates."""
    known = ", ".join(f"DATE {quoted(day)}" for day in PLACEHOLDERS)
    others = f"(SELECT min(m) FROM (SELECT ({moment})::DATE AS m FROM {relation}) WHERE m NOT IN ({known}))"
    return f"(({moment})::DATE IN ({known}) AND ({others} - ({moment})::DATE > {FAR}) IS TRUE)"
