"""Time zones: whether there is such a one, and the wall-clock time in it."""

import re
import zoneinfo

from clvlab.errors import InputError


def check_zone(timezone: str | None) -> str | None:
    """Return the zone's name, or say that there is no such zone."""
    if timezone is None:
        return None
    if re.fullmatch(r"[+-][0-9]{2}:[0-9]{2}", timezone):
        return timezone
    try:
        zoneinfo.ZoneInfo(timezone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise InputError(
            f"timezone={timezone!r} is no time zone known here. Pass a name such as 'Europe/London', or 'UTC'."
        ) from None
    return timezone


def local_time(expression: str, zone: str) -> str:
    """SQL for the wall-clock time in ``zone`` of an instant (a TIMESTAMPTZ expression)."""
    offset = re.fullmatch(r"(?:UTC|pytz\.FixedOffset\()?([+-])?(\d{2}):?(\d{2})\)?", zone)
    if offset:
        minutes = (int(offset[2]) * 60 + int(offset[3])) * (-1 if offset[1] == "-" else 1)
        return f"(({expression}) AT TIME ZONE 'UTC' + to_minutes({minutes}))"
    return f"(({expression}) AT TIME ZONE '{zone}')"
