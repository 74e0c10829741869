"""Durations and times, as shown to a reader."""

from datetime import datetime

from clvlab.notes import Note
from clvlab.words import Locale


def lasting(seconds: float) -> Note:
    """How long something took, in whole seconds, minutes or hours.

    >>> lasting(95)
    report.lasted_minutes (min=1, s=35)
    """
    whole = max(1, round(seconds))
    if whole < 60:
        return Note("report.lasted_seconds", s=whole)
    if whole < 3600:
        return Note("report.lasted_minutes", min=whole // 60, s=whole % 60)
    return Note("report.lasted_hours", h=whole // 3600, min=whole % 3600 // 60)


def moment(when: datetime, locale: Locale) -> str:
    """Write a day and the time of day."""
    return locale.say("report.day_and_time", day=locale.date(when), time=f"{when:%H:%M}")
