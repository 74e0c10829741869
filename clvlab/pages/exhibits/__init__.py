"""The parts of pages: each holds data, codes and values, and renders itself in a reader's language."""

from clvlab.pages.exhibits.answer import Answer, Before, Freshness, Metric, Title
from clvlab.pages.exhibits.exhibit import MIME, Exhibit, exhibit_of
from clvlab.pages.exhibits.figure import Figure
from clvlab.pages.exhibits.file import File, csv_safe
from clvlab.pages.exhibits.notice import Level, Notice, TopNotices
from clvlab.pages.exhibits.section import Section
from clvlab.pages.exhibits.table import Table

__all__ = [
    "MIME",
    "Answer",
    "Before",
    "Exhibit",
    "Figure",
    "File",
    "Freshness",
    "Level",
    "Metric",
    "Notice",
    "Section",
    "Table",
    "Title",
    "TopNotices",
    "csv_safe",
    "exhibit_of",
]
