"""``index.html``: one card a report, with its answer and whether its latest run was good; in each language one."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from clvlab.notes import Note
from clvlab.pages.exhibits.codec import decode
from clvlab.pages.exhibits.exhibit import marked
from clvlab.reports import manifest
from clvlab.reports.finishing import digest
from clvlab.reports.html import template_text
from clvlab.reports.names import DEFAULT, links, page_name
from clvlab.reports.previous import answer_in, before_of
from clvlab.reports.shapes import NotebookRecord, RunRecord
from clvlab.reports.times import lasting, moment
from clvlab.words import Locale, languages


def write_indexes(folder: Path, runs: list[RunRecord], asked: Sequence[str]) -> None:
    """Write the list of reports in each language that was asked for now, or that a page is in.

    ``index.html`` is there in any case: in English, or where no page is, in the first language asked for.

    Parameters
    ----------
    folder : Path
        The reports folder.
    runs : list of dict
        All runs, oldest first.
    asked : sequence of str
        Codes of languages.
    """
    shown = {code for run in runs for each in run["notebooks"] for code in _pages(each)} & set(languages())
    codes = list(dict.fromkeys([*asked, *sorted(shown)]))
    for code in codes:
        html = _index(folder, runs, Locale(code), links("index", codes, code))
        manifest.write_whole(folder / page_name("index", code), html)
        if code == codes[0] and DEFAULT not in codes:
            manifest.write_whole(folder / page_name("index", DEFAULT), html)


def _index(folder: Path, runs: list[RunRecord], locale: Locale, others: list[dict[str, str]]) -> str:
    from jinja2 import Environment

    cards = [card for name in manifest.notebook_names(runs) if (card := _card(folder, runs, name, locale))]
    template = Environment(autoescape=True, trim_blocks=True).from_string(template_text("reports.html.j2"))
    return template.render(
        say=locale.say,
        marked=marked,
        css=template_text("page.css"),
        style_digest=digest(template_text("page.css")),
        cards=cards,
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


def _card(folder: Path, runs: list[RunRecord], name: str, locale: Locale) -> dict[str, object] | None:
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
        card |= {
            "page": _pages(good)[said],
            "files": [file for file in good["files"] if (folder / file).is_file()],
            "as_of": _as_of(good, locale),
        }
    if failed:
        told = decode(latest.get("failure"))
        message = locale.say(told).strip() if isinstance(told, Note) else latest["message"]
        card["attempt"] = locale.say("report.latest_attempt", when=_moment(latest, locale), message=message)
        of = _pages(latest)
        page = of.get(locale.language) or next(iter(of.values()), None)
        if page and (folder / page).is_file():
            card["failed_page"] = page
    return card


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
