"""``index.html``: one card a report, with its answer and whether its latest run was good."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from clvlab.notes import Note
from clvlab.pages.exhibits.codec import decode
from clvlab.reports import manifest
from clvlab.reports.html import template_text
from clvlab.reports.one import answer_in, before_of
from clvlab.reports.shapes import NotebookRecord, RunRecord
from clvlab.reports.times import lasting, moment
from clvlab.words import Locale


def write_index(folder: Path, runs: list[RunRecord], language: str = "en") -> None:
    """Write the list of reports from the runs recorded.

    Parameters
    ----------
    folder : Path
        The reports folder.
    runs : list of dict
        All runs, oldest first.
    language : str
        The reader's.
    """
    from jinja2 import Environment

    locale = Locale(language)
    cards = [card for name in manifest.notebook_names(runs) if (card := _card(folder, runs, name, locale))]
    template = Environment(autoescape=True, trim_blocks=True).from_string(template_text("reports.html.j2"))
    html = template.render(say=locale.say, css=template_text("page.css"), cards=cards, language=language)
    manifest.write_whole(folder / "index.html", html)


def _card(folder: Path, runs: list[RunRecord], name: str, locale: Locale) -> dict[str, object] | None:
    latest, good = manifest.last(runs, name), manifest.last_good(runs, name)
    if good is not None and not (good["page"] and (folder / good["page"]).is_file()):
        good = None  # somebody took the page away
    if latest is None or (good is None and latest["exit_code"] == 0):
        return None
    shown = good or latest
    failed = latest["exit_code"] != 0
    status = "ok" if not failed else ("stale" if good else "failed")
    card: dict[str, object] = {
        "title": shown["title"],
        "language": shown.get("language", locale.language),  # what its title was written in
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
            "page": good["page"],
            "files": [file for file in good["files"] if (folder / file).is_file()],
            "as_of": _as_of(good, locale),
        }
    if failed:
        told = decode(latest.get("failure"))
        message = locale.say(told).strip() if isinstance(told, Note) else latest["message"]
        card["attempt"] = locale.say("report.latest_attempt", when=_moment(latest, locale), message=message)
        if latest["page"] and (folder / latest["page"]).is_file():
            card["failed_page"] = latest["page"]
    return card


def _as_of(record: NotebookRecord, locale: Locale) -> str:
    as_of = record["results"].get("freshness", {}).get("as_of") or record["parameters"].get("as_of")
    try:
        return locale.say("report.as_of", when=as_of) if as_of else ""
    except ValueError:
        return ""


def _moment(record: NotebookRecord, locale: Locale) -> str:
    return moment(datetime.fromisoformat(record["started"]), locale)
