"""The record of an executed notebook: its exhibits; a cell that was run three times counts once."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from clvlab.pages.exhibits import Answer, Exhibit, File, Freshness, Notice, Section, Title, TopNotices, exhibit_of
from clvlab.reports.shapes import Notebook


def exhibits(notebook: Notebook) -> Iterator[Exhibit]:
    """Every exhibit shown, in order; those of a section after it."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            found = exhibit_of(output.get("data", {}))
            if found is not None:
                yield found
                yield from _below(found)


def _below(exhibit: Exhibit) -> Iterator[Exhibit]:
    parts: tuple[Exhibit, ...] = ()
    if isinstance(exhibit, Section):
        parts = exhibit.parts
    elif isinstance(exhibit, TopNotices):
        parts = exhibit.notices
    for part in parts:
        yield part
        yield from _below(part)


def title_of(notebook: Notebook) -> Title | None:
    """The title shown last."""
    return _last(notebook, Title)


def answer_of(notebook: Notebook) -> Answer | None:
    """The answer shown last."""
    return _last(notebook, Answer)


def freshness_of(notebook: Notebook) -> Freshness | None:
    """How old the data are, as shown last."""
    return _last(notebook, Freshness)


def notices_of(notebook: Notebook) -> list[Notice]:
    """Every banner."""
    return [each for each in exhibits(notebook) if isinstance(each, Notice)]


def save_files(notebook: Notebook, folder: Path) -> dict[str, dict[str, int]]:
    """Write every file exhibit into a folder; its name to the sizes of its files."""
    found: dict[str, dict[str, int]] = {}
    for each in exhibits(notebook):
        if isinstance(each, File):
            found[each.name] = {path.name: path.stat().st_size for path in each.save(folder)}
    return found


def with_links(exhibit: Exhibit, sizes: dict[str, dict[str, int]]) -> Exhibit:
    """The exhibit with its files linked."""
    if isinstance(exhibit, File):
        return replace(exhibit, sizes=sizes.get(exhibit.name, {}))
    if isinstance(exhibit, Section):
        return replace(exhibit, parts=tuple(with_links(part, sizes) for part in exhibit.parts))
    return exhibit


def _last[E: Exhibit](notebook: Notebook, kind: type[E]) -> E | None:
    found = [each for each in exhibits(notebook) if isinstance(each, kind)]
    return found[-1] if found else None
