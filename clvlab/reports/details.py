"""Detail for who checks the numbers, closed on a page where it is long."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # imported where pages are made
    from bs4 import BeautifulSoup, Tag

LONG = 12  # rows of tables; a figure takes as much room as that many


def close_details(soup: "BeautifulSoup") -> None:
    """Close long sections that are marked as details: only their heading shows, until a reader opens them.

    A section stays open where it is short, and where it warns of something. Links of the contents, a search in the page
    and printing open it (``page.js``); without scripts, the heading does.

    Parameters
    ----------
    soup : BeautifulSoup
        The page; changed in place.
    """
    for section in soup.select("section[data-detail]"):
        del section["data-detail"]
        heading, cell = section.find("h2"), section.find_parent("div", class_="cell")
        if heading is None or cell is None or len(cell.find_all("h2")) > 1 or cell.select(".clv-warning"):
            continue
        if length(cell) < LONG:
            continue
        details = soup.new_tag("details", attrs={"class": "clv-detail"})
        for child in list(cell.contents):
            details.append(child.extract())
        summary = soup.new_tag("summary")
        summary.append(heading.extract())
        details.insert(0, summary)
        cell.append(details)


def length(cell: "Tag") -> int:
    """How long what a cell shows is, in rows of a table."""
    return len(cell.select("tbody tr")) + LONG * len(cell.find_all("figure"))
