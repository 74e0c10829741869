"""``index.html``: one card a report, with its answer and whether its latest run was good."""

from datetime import datetime
from pathlib import Path
from typing import Any

from clvlab.reports import manifest
from clvlab.reports.html import duration, moment, template_text
from clvlab.words import current_language, date, say


def write_index(folder: Path, runs: list[dict[str, Any]]) -> None:
    """Write the list of reports from the runs recorded.

    Parameters
    ----------
    folder : Path
        The reports folder.
    runs : list of dict
        All runs, oldest first.
    """
    from jinja2 import Environment

    cards = [card for name in manifest.notebook_names(runs) if (card := _card(folder, runs, name))]
    template = Environment(autoescape=True, trim_blocks=True).from_string(template_text("reports.html.j2"))
    html = template.render(say=say, css=template_text("page.css"), cards=cards, language=current_language())
    manifest.write_whole(folder / "index.html", html)


def _card(folder: Path, runs: list[dict[str, Any]], name: str) -> dict[str, Any] | None:
    latest, good = manifest.last(runs, name), manifest.last_good(runs, name)
    if good is not None and not (folder / good["page"]).is_file():
        good = None  # somebody took the page away
    if latest is None or (good is None and latest["exit_code"] == 0):
        return None
    shown = good or latest
    failed = latest["exit_code"] != 0
    status = "ok" if not failed else ("stale" if good else "failed")
    card: dict[str, Any] = {
        "title": shown["title"],
        "status": status,
        "status_text": say(
            {
                "ok": "report.status_ok",
                "stale": "report.status_latest_failed",
                "failed": "report.status_failed",
            }[status]
        ),
        "ran": say("report.ran_in", when=_moment(shown), seconds=duration(shown["seconds"])),
    }
    if good is not None:
        results = good["results"]
        headline = results.get("headline", {})
        card |= {
            "page": good["page"],
            "files": [file for file in good["files"] if (folder / file).is_file()],
            "as_of": _as_of(good),
            "lead": (headline.get("sentences") or [""])[0],
            "metrics": [_metric(metric, good) for metric in headline.get("metrics", [])],
        }
    if failed:
        card["attempt"] = say("report.latest_attempt", when=_moment(latest), message=latest["message"])
        if latest["page"] and (folder / latest["page"]).is_file():
            card["failed_page"] = latest["page"]
    return card


def _as_of(record: dict[str, Any]) -> str:
    as_of = record["results"].get("freshness", {}).get("as_of") or record["parameters"].get("as_of")
    try:
        return say("report.as_of", when=as_of) if as_of else ""
    except ValueError:
        return ""


def _metric(metric: dict[str, Any], record: dict[str, Any]) -> dict[str, Any]:
    shown = {"label": metric["label"], "written": metric["written"], "interval": ""}
    if metric["interval"]:
        shown["interval"] = say("report.interval_of_90", interval=metric["interval"])
    previous = record.get("previous") or {}
    before = previous.get("metrics", {}).get(metric["label"])
    if before and before != metric["written"]:
        shown["before"] = say("report.previously", value=before, when=date(previous["when"]))
    return shown


def _moment(record: dict[str, Any]) -> str:
    return moment(datetime.fromisoformat(record["started"]))
