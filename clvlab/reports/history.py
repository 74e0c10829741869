"""Headline numbers of all runs that asked the same question, and those of the same time last year."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from clvlab.reports.comparability import comparable
from clvlab.reports.manifest import in_short
from clvlab.reports.shapes import Manifest, PastRecord

_NEAR = timedelta(days=15)


def history_of(told: Manifest, name: str, parameters: Mapping[str, object]) -> list[PastRecord]:
    """Good runs of a page that differ in data, days and seeds only, oldest first."""
    every = [*told["past"], *(each for run in told["runs"] for each in in_short(run))]
    return [each for each in every if each["notebook"] == name and comparable(each["parameters"], parameters)]


def day_of(record: PastRecord) -> date:
    """The day a run speaks of: that of its data, or else the day it ran."""
    told = record["freshness"].get("as_of") or record["started"][:10]
    return date.fromisoformat(told[:10])


def a_year_before(history: Sequence[PastRecord], when: date) -> PastRecord | None:
    """The run whose data end nearest to the same day a year before, at most 15 days off; the latest of equals."""
    then = when - timedelta(days=365)
    near = [each for each in history if abs(day_of(each) - then) <= _NEAR]
    return min(reversed(near), key=lambda each: abs(day_of(each) - then), default=None)


def line(values: Sequence[float], said: str) -> str:
    """A small line of a headline number over runs, as SVG that is read out as ``said``.

    >>> line([1, 3, 2], 'From 1 to 3').count(" ") > 5
    True
    """
    low, high = min(values), max(values)
    spread, step = (high - low) or 1.0, 116 / max(1, len(values) - 1)
    points = " ".join(f"{2 + i * step:.1f},{22 - 20 * (v - low) / spread:.1f}" for i, v in enumerate(values))
    told = said.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return (
        f'<svg class="line" width="120" height="24" viewBox="0 0 120 24" role="img" aria-label="{told}">'
        f'<polyline fill="none" stroke="currentColor" stroke-width="1.5" points="{points}"/></svg>'
    )
