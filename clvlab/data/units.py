"""Units of time: they scale durations, and never group purchases."""

from clvlab.errors import InputError

DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12.0, "year": 365.25}


def days_in(unit: str) -> float:
    """Days in one ``unit``.

    Examples
    --------
    >>> days_in("week")
    7.0
    """
    if unit not in DAYS:
        raise InputError(f"A unit of time is one of {', '.join(DAYS)}; found {unit!r}.")
    return DAYS[unit]
