"""``index.html``: one card a report, with its answer and whether its latest run was good; in each language one."""

import html
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from clvlab.notes import Note
from clvlab.pages.exhibits import Answer
from clvlab.pages.exhibits.codec import decode
from clvlab.pages.exhibits.exhibit import marked
from clvlab.reports import manifest
from clvlab.reports.account import KILLED
from clvlab.reports.beside import SideBySide, groups, write_sides
from clvlab.reports.editions import write_whole
from clvlab.reports.finishing import digest
from clvlab.reports.gates import check
from clvlab.reports.history import a_year_before, day_of, history_of, line
from clvlab.reports.html import template_text
from clvlab.reports.names import DEFAULT, links, page_name
from clvlab.reports.previous import answer_in, before_of
from clvlab.reports.shapes import Manifest, NotebookRecord, RunRecord
from clvlab.reports.times import lasting, moment
from clvlab.words import Locale, languages


def write_indexes(folder: Path, told: Manifest, asked: Sequence[str]) -> dict[str, dict[str, str]]:
    """Write the list of reports in each language that was asked for now, or that a page is in.

    ``index.html`` is there in any case: in English, or where no page is, in the first language asked for.

    Parameters
    ----------
    folder : Path
        The edition that is made.
    told : dict
        Its manifest.
    asked : sequence of str
        Codes of languages.

    Returns
    -------
    dict
        Pages that set segments side by side, by report and language.
    """
    runs = told["runs"]
    shown = {code for run in runs for each in run["notebooks"] for code in _pages(each)} & set(languages())
    codes = list(dict.fromkeys([*asked, *sorted(shown)]))
    sides = write_sides(folder, told, codes)
    for code in codes:
        page = _index(folder, told, Locale(code), links("index", codes, code))
        write_whole(folder / page_name("index", code), page)
        if code == codes[0] and DEFAULT not in codes:
            write_whole(folder / page_name("index", DEFAULT), page)
    return sides


def _index(folder: Path, told: Manifest, locale: Locale, others: list[dict[str, str]]) -> str:
    from jinja2 import Environment

    runs = told["runs"]
    sides = {each.report: each for each in groups(told, folder)}
    names = sorted({*manifest.notebook_names(runs), *sides})
    cards = [
        card
        for name in names
        if (card := _beside(sides[name], locale) if name in sides else _card(folder, told, name, locale))
    ]
    template = Environment(autoescape=True, trim_blocks=True).from_string(template_text("reports.html.j2"))
    return template.render(
        say=locale.say,
        marked=marked,
        css=template_text("page.css"),
        style_digest=digest(template_text("page.css")),
        cards=cards,
        killed=_killed(runs, locale),
        language=locale.language,
        languages=others,
    )


def _pages(record: NotebookRecord) -> dict[str, str]:
    """File of the page in each language."""
    page = record["page"]
    return record.get("pages") or ({} if page is None else {record["language"]: page})


def _last_good(folder: Path, runs: list[RunRecord], name: str, language: str) -> NotebookRecord | None:
    """The last good run whose page is in this language, or else in any, and still there."""
    good = [r for run in reversed(runs) for r in run["notebooks"] if r["notebook"] == name and r["exit_code"] == 0]
    there = [record for record in good if any((folder / page).is_file() for page in _pages(record).values())]
    return next((record for record in there if language in _pages(record)), there[0] if there else None)


def _card(folder: Path, told: Manifest, name: str, locale: Locale) -> dict[str, object] | None:
    runs = told["runs"]
    latest, good = manifest.last(runs, name), _last_good(folder, runs, name, locale.language)
    if latest is None or (good is None and latest["exit_code"] == 0):
        return None
    shown = good or latest
    failed = latest["exit_code"] != 0
    status = "ok" if not failed else ("stale" if good else "failed")
    said = locale.language if locale.language in _pages(shown) else shown.get("language", locale.language)
    card: dict[str, object] = {
        "title": shown.get("titles", {}).get(said, shown["title"]),
        "language": said,  # what its title was written in
        "status": status,
        "status_text": locale.say(
            {
                "ok": "report.status_ok",
                "stale": "report.status_latest_failed",
                "failed": "report.status_failed",
            }[status]
        ),
        "ran": locale.say("report.ran_in", when=_moment(shown, locale), seconds=lasting(shown["seconds"])),
    }
    if good is not None:
        answer = answer_in(good)
        if answer is not None:
            own = replace(answer.into(locale.language), before=before_of(good))
            card |= {"lead": own.lead(own.locale), "tiles": own.tiles(own.locale)}
            card["lines"] = _lines(told, good, own)
        card["gates"] = _gates(latest if latest.get("gates") else good, locale)
        card |= {
            "page": _pages(good)[said],
            "files": [file for file in good["files"] if (folder / file).is_file()],
            "as_of": _as_of(good, locale),
        }
    if failed:
        why = decode(latest.get("failure"))
        message = locale.say(why).strip() if isinstance(why, Note) else latest["message"]
        card["attempt"] = locale.say("report.latest_attempt", when=_moment(latest, locale), message=message)
        of = _pages(latest)
        page = of.get(locale.language) or next(iter(of.values()), None)
        if page and (folder / page).is_file():
            card["failed_page"] = page
    return card


def _beside(group: SideBySide, locale: Locale) -> dict[str, object]:
    """The card of a page that sets segments side by side."""
    return {
        "title": group.title(locale),
        "language": locale.language,
        "status": "",
        "page": page_name(group.report, locale.language),
        "lead": locale.say("runs.beside_lead", n=len(group.segments)),
        "open": locale.say("runs.beside_open"),
    }


def _killed(runs: list[RunRecord], locale: Locale) -> str:
    """That the run before this one was killed."""
    before = runs[-2:-1]
    if not before or before[0]["exit_code"] != KILLED:
        return ""
    return locale.say("runs.run_killed", when=moment(datetime.fromisoformat(before[0]["started"]), locale))


def _gates(record: NotebookRecord, locale: Locale) -> list[dict[str, str]]:
    """Gates that measured something: state, its name, and what was measured."""
    said = {"green": "runs.green", "amber": "runs.amber", "red": "runs.red"}
    return [
        {"state": each["state"], "state_text": locale.say(said[each["state"]]), "text": locale.say(check(each))}
        for each in record.get("gates", [])
        if each["state"] in said
    ]


def _lines(told: Manifest, record: NotebookRecord, answer: Answer) -> list[str]:
    """Headline numbers over the runs that asked the same question, from the third on, and at this time last year."""
    known = history_of(told, record["notebook"], record["parameters"])
    own = next((each for each in known if each["started"] == record["started"]), None)
    year = None if own is None else a_year_before(known, day_of(own))
    found = []
    for metric in answer.metrics:
        values = [(day_of(each), value) for each in known if (value := each["values"].get(metric.identity)) is not None]
        if len(values) >= 3:
            low, high = (
                replace(metric, value=end).written(answer.locale)
                for end in (min(v for _, v in values), max(v for _, v in values))
            )
            said = answer.locale.say(
                "runs.history",
                label=answer.locale.say(metric.label),
                n=len(values),
                since=values[0][0],
                low=low,
                high=high,
            )
            found.append(f"{line([v for _, v in values], said)} {html.escape(said)}")
        then = None if year is None else year["values"].get(metric.identity)
        if year is not None and then is not None:
            label, when = answer.locale.say(metric.label), day_of(year)
            now, before = (replace(metric, value=each).written(answer.locale) for each in (metric.value, then))
            found.append(
                html.escape(answer.locale.say("runs.a_year_before", label=label, now=now, then=before, when=when))
            )
    return found


def _as_of(record: NotebookRecord, locale: Locale) -> str:
    known = record["results"].get("freshness", {})
    as_of, customers = known.get("as_of") or record["parameters"].get("as_of"), known.get("customers")
    try:
        said = locale.say("report.as_of", when=as_of) if as_of else ""
    except ValueError:
        return ""
    # Reports on other data, or on other customers, have other numbers.
    return f"{said} · {locale.say('report.customers_seen', n=customers)}" if said and customers else said


def _moment(record: NotebookRecord, locale: Locale) -> str:
    return moment(datetime.fromisoformat(record["started"]), locale)
