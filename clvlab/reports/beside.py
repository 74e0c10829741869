"""Segments of one report side by side: a page with one table, one row per segment, made of the record alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from clvlab.notes import Note
from clvlab.pages.exhibits import Answer, Metric
from clvlab.pages.exhibits.answer import Interval
from clvlab.reports import manifest
from clvlab.reports.editions import write_whole
from clvlab.reports.finishing import digest
from clvlab.reports.html import template_text
from clvlab.reports.names import links, page_name
from clvlab.reports.previous import answer_in
from clvlab.reports.shapes import Manifest, NotebookRecord
from clvlab.words import Locale

FEWEST = 2
_INTERVALS: dict[Interval, str] = {
    "credible": "runs.beside_credible",
    "prediction": "runs.beside_prediction",
    "confidence": "runs.beside_confidence",
    "confidence95": "runs.beside_confidence95",
}


@dataclass(frozen=True)
class Segment:
    """One segment: its last good record, whether a later run failed, and its answer."""

    name: str
    good: NotebookRecord
    failed: bool
    answer: Answer


@dataclass(frozen=True)
class SideBySide:
    """A report with the segments that have a page."""

    report: str
    segments: Sequence[Segment]

    def title(self, locale: Locale) -> str:
        """Title of the page."""
        title = self.segments[0].good.get("titles", {}).get(locale.language) or self.segments[0].good["title"]
        own = f" · {self.segments[0].name}"
        return locale.say("runs.beside_title", title=title.removesuffix(own))


def groups(told: Manifest, folder: Path) -> list[SideBySide]:
    """Reports of which at least two segments have a good page in a folder, in the order of their names."""
    runs = told["runs"]
    found: dict[str, list[Segment]] = {}
    for name in manifest.notebook_names(runs):
        latest, good = manifest.last(runs, name), manifest.last_good(runs, name)
        if latest is None or good is None or "of" not in good or "segment" not in good:
            continue
        answer = answer_in(good)
        pages = good.get("pages", {}).values()
        if answer is None or not answer.metrics or not any((folder / page).is_file() for page in pages):
            continue
        found.setdefault(good["of"], []).append(Segment(good["segment"], good, latest["exit_code"] != 0, answer))
    return [SideBySide(report, each) for report, each in sorted(found.items()) if len(each) >= FEWEST]


def write_sides(folder: Path, told: Manifest, languages: Sequence[str]) -> dict[str, dict[str, str]]:
    """Write a page a report and language into an edition; the names of the pages, by report and language.

    A page of an earlier run that has no two segments any more goes.
    """
    made: dict[str, dict[str, str]] = {}
    for group in groups(told, folder):
        made[group.report] = {}
        for language in languages:
            name = page_name(group.report, language)
            write_whole(folder / name, _page(folder, group, Locale(language), languages))
            made[group.report][language] = name
    before = {page for run in told["runs"] for pages in run.get("side_by_side", {}).values() for page in pages.values()}
    records = {page for run in told["runs"] for each in run["notebooks"] for page in each.get("pages", {}).values()}
    for page in before - records - {page for pages in made.values() for page in pages.values()}:
        (folder / page).unlink(missing_ok=True)
    return made


def _page(folder: Path, group: SideBySide, locale: Locale, languages: Sequence[str]) -> str:
    from jinja2 import Environment

    template = Environment(autoescape=True, trim_blocks=True).from_string(template_text("beside.html.j2"))
    heads = _heads(group, locale)
    return template.render(
        say=locale.say,
        css=template_text("page.css"),
        style_digest=digest(template_text("page.css")),
        language=locale.language,
        languages=links(group.report, languages, locale.language),
        index=page_name("index", locale.language),
        title=group.title(locale),
        n=len(group.segments),
        cautions=[locale.say(each) for each in _cautions(group)],
        heads=heads.values(),
        rows=[_row(folder, each, list(heads), locale) for each in group.segments],
    )


def _heads(group: SideBySide, locale: Locale) -> dict[str, dict[str, str]]:
    """Headline numbers by what they are, in the order of pages, with the kind of their interval."""
    found: dict[str, dict[str, str]] = {}
    for segment in group.segments:
        for metric in segment.answer.metrics:
            of = found.setdefault(
                metric.identity, {"label": _locale_of(segment, locale).say(metric.label), "interval": ""}
            )
            if metric.interval is not None and metric.low is not None:
                of["interval"] = locale.say(_INTERVALS[metric.interval])
    return found


def _locale_of(segment: Segment, locale: Locale) -> Locale:
    """The reader's language with the words and the currency of a segment's page."""
    return segment.answer.into(locale.language).locale


def _row(folder: Path, segment: Segment, heads: Sequence[str], locale: Locale) -> dict[str, object]:
    known = {metric.identity: metric for metric in segment.answer.metrics}
    own = _locale_of(segment, locale)
    pages = segment.good.get("pages", {})
    freshness = segment.good["results"].get("freshness", {})
    as_of, customers = freshness.get("as_of"), freshness.get("customers")
    page = pages.get(locale.language) or next(each for each in pages.values() if (folder / each).is_file())
    return {
        "name": segment.name,
        "page": page,
        "failed": segment.failed,
        "as_of": "–" if as_of is None else locale.say("runs.beside_day", when=as_of),
        "customers": "–" if customers is None else locale.written(customers, "number0"),
        "cells": [_cell(known.get(head), own) for head in heads],
    }


def _cell(metric: Metric | None, locale: Locale) -> dict[str, str]:
    if metric is None:
        return {"value": "–", "interval": ""}
    ends = metric.low is not None and metric.high is not None and metric.low == metric.low
    shown = ends and metric.interval is not None
    return {
        "value": metric.written(locale),
        "interval": locale.interval(metric.low, metric.high, metric.kind) if shown else "",  # type: ignore[arg-type]
    }


def _cautions(group: SideBySide) -> list[Note]:
    """What makes segments less comparable: days, currencies and other parameters that differ."""
    found = []
    days = sorted({str(each.good["results"].get("freshness", {}).get("as_of")) for each in group.segments} - {"None"})
    if len(days) > 1:
        found.append(Note("runs.beside_days", first=days[0], last=days[-1]))
    differ = _differing(group)
    if "currency" in differ:
        found.append(Note("runs.beside_currencies"))
    named = [name for name in differ if name not in ("currency", "title", "language")]
    if named:
        found.append(Note("runs.beside_parameters", names=named))
    return found


def _differing(group: SideBySide) -> list[str]:
    """Parameters that segments set differently, but for the files they read."""
    files = {each.get("parameter") for segment in group.segments for each in segment.good["inputs"]}
    names = dict.fromkeys(name for segment in group.segments for name in segment.good["parameters"])
    absent: Literal["absent"] = "absent"

    def values(name: str) -> set[str]:
        return {repr(segment.good["parameters"].get(name, absent)) for segment in group.segments}

    return [name for name in names if name not in files and len(values(name)) > 1]
