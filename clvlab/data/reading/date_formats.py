"""The supported date formats."""

import re
from dataclasses import dataclass

_CLOCKS = ("%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%I:%M:%S%p")
_WORD = "[A-Za-z]+"
_LETTERS = {"%Y": "YYYY", "%y": "YY", "%m": "MM", "%b": "MMM", "%B": "MMMM", "%d": "DD"}


@dataclass(frozen=True)
class DateFormat:
    """A date format: its usual name, its strptime pattern, and the shape it needs."""

    said: str
    pattern: str
    shape: str

    @property
    def layout(self) -> str:
        """The pattern in letters that any reader knows, as DD/MM/YYYY."""
        found = self.pattern
        for mark, letters in _LETTERS.items():
            found = found.replace(mark, letters)
        return found


FORMATS = (
    DateFormat("year-month-day", "%Y-%m-%d", "[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"),
    DateFormat("year/month/day", "%Y/%m/%d", "[0-9]{4}/[0-9]{1,2}/[0-9]{1,2}"),
    DateFormat("year.month.day", "%Y.%m.%d", r"[0-9]{4}\.[0-9]{1,2}\.[0-9]{1,2}"),
    *(
        DateFormat(f"{said}{note}", pattern, f"{digits}{re.escape(mark)}[0-9]{{1,2}}{re.escape(mark)}[0-9]{{1,2}}")
        for mark in "-/."
        for said, pattern, digits, note in (
            (f"year{mark}day{mark}month", f"%Y{mark}%d{mark}%m", "[0-9]{4}", ""),
            (f"year{mark}month{mark}day", f"%y{mark}%m{mark}%d", "[0-9]{2}", " (two digits)"),
        )
    ),
    DateFormat("yyyymmdd", "%Y%m%d", "[0-9]{8}"),
    DateFormat("年月日", "%Y年%m月%d日", "[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日"),
    *(
        DateFormat(
            f"{said}{mark}year{note}",
            f"{first}{mark}{second}{mark}{year}",
            f"[0-9]{{1,2}}{re.escape(mark)}[0-9]{{1,2}}{re.escape(mark)}{digits}",
        )
        for mark in "/-."
        for year, digits, note in (("%Y", "[0-9]{4}", ""), ("%y", "[0-9]{2}", " (two digits)"))
        for said, first, second in ((f"day{mark}month", "%d", "%m"), (f"month{mark}day", "%m", "%d"))
    ),
    *(
        DateFormat(
            f"day{mark}month name{mark}year",
            f"%d{mark}{month}{mark}{year}",
            f"[0-9]{{1,2}}{mark}{_WORD}{mark}{digits}",
        )
        for mark in " -"
        for month in ("%b", "%B")
        for year, digits in (("%Y", "[0-9]{4}"), ("%y", "[0-9]{2}"))
    ),
    *(
        DateFormat(f"month name day{comma} year", f"{month} %d{comma} %Y", f"{_WORD} [0-9]{{1,2}}{comma} [0-9]{{4}}")
        for month in ("%b", "%B")
        for comma in (",", "")
    ),
)


def spelled(pattern: str) -> str:
    """SQL list of a pattern alone and with a time of day after it."""
    patterns = [pattern, *(f"{pattern}{gap}{clock}" for clock in _CLOCKS for gap in (" ", "T"))]
    return "[" + ", ".join("'" + each.replace("'", "''") + "'" for each in patterns) + "]"
