"""Cells of a column: as markup where they are shown at first, as data where a click may bring them up."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

type Cell = tuple[str, str | None]  # its markup, and what it sorts by: None, its own text


@dataclass(frozen=True)
class Cells:
    """A column.

    Parameters
    ----------
    tag : {"th", "td"}
    cells : sequence of (markup, sorted by)
    kind : str
        Class of each cell.
    """

    tag: Literal["th", "td"]
    cells: Sequence[Cell]
    kind: str = ""

    def markup(self, limit: int) -> Iterator[str]:
        """The first cells, each an element.

        >>> list(Cells("td", [("1,234", "1234.0"), ("2", "2.0")], "num").markup(1))
        ['<td class="num" data-sort="1234.0">1,234</td>']
        """
        kind = f' class="{self.kind}"' if self.kind else ""
        scope = ' scope="row"' if self.tag == "th" else ""
        for text, sort in self.cells[:limit]:
            by = "" if sort is None else f' data-sort="{sort}"'
            yield f"<{self.tag}{scope}{kind}{by}>{text}</{self.tag}>"


def rest_of(columns: Sequence[Cells], limit: int) -> str:
    """The rows after the first, as data in the page; nothing where there are none.

    A cell is its markup, or a pair of that and what it sorts by.
    """
    rows = [
        [text if sort is None else [text, sort] for text, sort in row]
        for row in zip(*(column.cells[limit:] for column in columns), strict=True)
    ]
    if not rows:
        return ""
    # no text may end the element
    told = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" class="clv-rest">{told}</script>'
