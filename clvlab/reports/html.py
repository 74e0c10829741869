"""Make one page of an executed notebook: a single file that asks nothing of any other server."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from clvlab import pages
from clvlab.notes import Note
from clvlab.pages.exhibits import Answer, Before, Notice, exhibit_of
from clvlab.pages.exhibits.exhibit import marked
from clvlab.reports.cleaning import cleaned
from clvlab.reports.finishing import finished
from clvlab.reports.gates import check
from clvlab.reports.names import page_name
from clvlab.reports.notebooks import has_tag
from clvlab.reports.record import title_of, with_links
from clvlab.reports.shapes import Cell, GateRecord, Notebook, Output
from clvlab.reports.times import lasting, moment
from clvlab.words import Locale

LARGEST_PAGE = 3_000_000
_PLACES = ("answer", "freshness", "notices")
_DROPPED_TAGS = ("remove", "remove-cell", "remove_cell", "papermill-error-cell-tag")
_DROPPED_TYPES = ("application/javascript", "application/vnd.jupyter.widget-view+json", "text/vnd.mermaid")


@dataclass(frozen=True, kw_only=True)
class Failure:
    """Why a notebook stopped, as its page says it."""

    headline: str
    source: str = ""
    traceback: str = ""
    previous_kept: bool = False


@dataclass(frozen=True, kw_only=True)
class About:
    """How the page came about: what the foot of the page tells."""

    when: datetime
    seconds: float
    parameters: Sequence[dict[str, object]] = ()
    facts: Sequence[tuple[str, str]] = field(default_factory=tuple)


@cache
def template_text(name: str) -> str:
    """Text of a file of the template."""
    return files("clvlab.reports").joinpath("templates", "clvlab", name).read_text(encoding="utf-8")


def page_title(notebook: Notebook, name: str, locale: Locale) -> str:
    """Return the title the notebook showed or would have, or its first heading, or its name made readable."""
    shown = title_of(notebook)
    if shown is not None and shown.text(locale):
        return shown.text(locale)
    for cell in notebook.cells:
        made = re.search(r"\b(\w+Page)\(", cell.source) if cell.cell_type == "code" else None
        key = getattr(getattr(pages, made[1], None), "title_key", "") if made else ""
        if key:
            return locale.say(key)
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and not _dropped(cell, locale.language, lab=False):
            found = re.search(r"^#\s+(.+?)\s*#*$", cell.source, re.MULTILINE)
            if found:
                return re.sub(r"[*_`]", "", found[1])
    return re.sub(r"^\d+[_-]", "", name).replace("_", " ").replace("-", " ").strip().capitalize() or name


def render(
    notebook: Notebook,
    *,
    name: str,
    about: About,
    folder: Path,
    language: str = "en",
    languages: Sequence[dict[str, str]] = (),
    saved: dict[str, dict[str, int]] | None = None,
    before: Before | None = None,
    failure: Failure | None = None,
    gates: Sequence[GateRecord] = (),
    segment: str | None = None,
) -> str:
    """Make the page, of the executed notebook alone.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        An executed notebook. Cells tagged ``remove``, ``lab`` or with another language are left out.
    name : str
        The notebook's name.
    about : About
        What the foot of the page tells.
    folder : Path
        Folder of the notebook, for pictures its text refers to.
    language : str
        The reader's.
    languages : sequence of dict
        The same page in other languages, as ``names.links`` has them.
    saved : dict, optional
        Name of each file exhibit to the sizes of its files, as ``record.save_files`` wrote them.
    before : Before, optional
        Headline numbers of the last run.
    failure : Failure, optional
        Why it stopped; stands on top.
    gates : sequence of dict
        What the run is judged by; those that are amber or red stand above all other notices.
    segment : str, optional
        Which segment the page is of.

    Returns
    -------
    str
        A whole HTML document.
    """
    locale = Locale(language)
    title = page_title(notebook, name, locale) + ("" if segment is None else f" · {segment}")
    notebook, top = _arranged(notebook, _Shown(language, saved or {}, before))
    top["notices"] = _checks(gates, locale) + top["notices"]
    page = {
        "title": title,
        "css": template_text("page.css"),
        "script": template_text("page.js"),
        "words": _script_words(locale),
        "failure": failure,
        "when": moment(about.when, locale),
        "seconds": locale.say(lasting(about.seconds)),
        "language": locale.language,
        "languages": languages,
        "index": page_name("index", language),
        "parameters": [{**each, "value": _as_set(each["value"], locale)} for each in about.parameters],
        "facts": about.facts,
        **top,
    }
    with as_file(files("clvlab.reports").joinpath("templates")) as templates:
        exporter = _exporter(templates, locale)
        resources = {"metadata": {"name": name, "path": str(folder)}, "clvlab": page}
        html, _ = exporter.from_notebook_node(notebook, resources=resources)
    return finished(html, locale, failed=failure is not None)


def _script_words(locale: Locale) -> str:
    """What the script of the page says, as JSON; it fills what stands in braces."""
    said = {
        "search": locale.say("report.search_table"),
        "found": locale.say("report.rows_found", n="{n}", all="{all}"),
        "all": locale.say("report.show_all_rows", all="{all}"),
        "first": locale.say("report.show_first_rows", n="{n}"),
        "save": locale.say("report.save_csv"),
        "up": locale.say("report.sorted_up", head="{head}"),
        "down": locale.say("report.sorted_down", head="{head}"),
        "interval": locale.say("report.interval_of", head="{head}"),
        "magnitudes": locale.words["numbers.magnitudes"],
    }
    return json.dumps(said, ensure_ascii=False)


def _checks(gates: Sequence[GateRecord], locale: Locale) -> str:
    """Banners of the gates that are amber or red."""
    codes = {"amber": "runs.check_amber", "red": "runs.check_red"}
    shown = [Note(codes[each["state"]], check=check(each)) for each in gates if each["state"] in codes]
    return "".join(Notice(said=each, level="warning").html(locale) for each in shown)


def _as_set(value: object, locale: Locale) -> str:
    """The value of a parameter, as a reader is told."""
    if value is None:
        return locale.say("report.unset")
    return locale.written(value) if isinstance(value, bool) else str(value)


def _exporter(templates: Path, locale: Locale) -> Any:
    from nbconvert.exporters import HTMLExporter

    exporter = HTMLExporter(
        template_name="clvlab",
        extra_template_basedirs=[str(templates)],
        exclude_anchor_links=True,
        embed_images=True,
    )
    exporter.register_filter("say", locale.say)
    exporter.register_filter("marked", marked)
    exporter.register_filter("alternative_text", _alternative_text)
    return exporter


def _alternative_text(output: Output, mimetype: str) -> str:
    metadata = output.get("metadata", {})
    own = metadata.get(mimetype)
    alt = own.get("alt") if isinstance(own, dict) else None
    return str(alt or metadata.get("alt") or output.get("data", {}).get("text/plain", ""))


def _dropped(cell: Cell, language: str, *, lab: bool = True) -> bool:
    other = any(tag.startswith("lang-") and tag != f"lang-{language}" for tag in cell.metadata.get("tags", []))
    return other or has_tag(cell, *_DROPPED_TAGS) or (lab and has_tag(cell, "lab"))


@dataclass(frozen=True)
class _Shown:
    """How exhibits are shown on this page."""

    language: str
    files: dict[str, dict[str, int]]
    before: Before | None


def _arranged(notebook: Notebook, how: _Shown) -> tuple[Notebook, dict[str, str]]:
    """Leave out what the page does not show, and lift out what stands at its top."""
    import nbformat

    top = dict.fromkeys(_PLACES, "")
    cells: list[Cell] = []
    titled = False
    for original in notebook.cells:
        if _dropped(original, how.language):
            continue
        cell: Cell = nbformat.from_dict(json.loads(json.dumps(original)))
        if cell.cell_type == "markdown" and not titled:
            cell.source, titles = re.subn(r"^#\s+.+$\n?", "", cell.source, count=1, flags=re.MULTILINE)
            titled = bool(titles)
            if not cell.source.strip():
                continue
        if cell.cell_type == "code":
            if has_tag(cell, "parameters", "injected-parameters"):
                continue
            cell.outputs = [output for output in cell.outputs if _kept(output, top, how)]
            if not cell.source.strip():
                continue
            if cells and cells[-1].cell_type == "code" and not cells[-1].outputs:
                # code that showed nothing is folded away with the code it prepares
                cell.source = f"{cells.pop().source}\n\n{cell.source}"
        cells.append(cell)
    arranged: Notebook = nbformat.v4.new_notebook(cells=cells)
    arranged.metadata["language_info"] = notebook.metadata.get("language_info", {"name": "python"})
    return arranged, top


def _kept(output: Output, top: dict[str, str], how: _Shown) -> bool:
    exhibit = exhibit_of(output.get("data", {}))
    if exhibit is not None:
        shown = with_links(exhibit.into(how.language), how.files)
        if isinstance(shown, Answer):
            shown = replace(shown, before=how.before)
        markup = shown.html(shown.locale)
        if shown.place in top:
            top[shown.place] = top[shown.place] + markup if shown.place == "notices" else markup
        output.data = {"text/html": markup}
        return shown.place == "here" and bool(markup)
    data = output.get("data", {})
    for mimetype in _DROPPED_TYPES:
        data.pop(mimetype, None)
    own = data.get("text/html")
    if isinstance(own, str):
        data["text/html"] = cleaned(own)
    # what only a browser with JupyterLab's scripts could show is left out
    return "data" not in output or bool(output.data)
