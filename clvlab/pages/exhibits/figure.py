"""Figures, kept as the frames they are drawn from and drawn when shown."""

import base64
import html
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clvlab.notes import Note
from clvlab.pages.exhibits.alternatives import shown_by
from clvlab.pages.exhibits.codec import registered
from clvlab.pages.exhibits.drawing import svg_of
from clvlab.pages.exhibits.exhibit import Exhibit
from clvlab.words import Locale

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Drawing


@registered
@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Figure(Exhibit):
    """A figure with its caption and alternative text.

    Parameters
    ----------
    key : str
        Its entry in the catalogue: ``alt``, what it shows, for somebody who cannot see it; and ``caption``, if any.
    drawn_by : str
        Name of a function of ``clvlab.figures``.
    of : mapping
        What that function takes: frames, lists, texts.
    values : mapping
        What goes into the caption, and into the alternative text beside what the figure shows (`alternatives`).
    caption : Note, optional
        In place of the entry's own caption.
    """

    key: str
    drawn_by: str
    of: Mapping[str, object]
    values: Mapping[str, object] = field(default_factory=dict)
    caption: Note | None = None

    def draw(self, locale: Locale) -> "Drawing":
        """The matplotlib figure."""
        from clvlab import figures

        found: Drawing = getattr(figures, self.drawn_by)(**self.of, locale=locale)
        return found

    def html(self, locale: Locale) -> str:
        """A picture in the page itself, an SVG whose text the reader's browser sets."""
        alt = html.escape(self.text(locale))
        caption = f"{self.key}.caption"
        said = ""
        if self.caption is not None:
            said = locale.say(self.caption)
        elif caption in locale.words:
            said = locale.say(caption, **self.values)
        below = f"<figcaption>{html.escape(said)}</figcaption>" if said else ""
        return f'<figure class="clv-figure"><img alt="{alt}" {_picture(self.draw(locale), locale)}>{below}</figure>'

    def text(self, locale: Locale) -> str:
        """The alternative text: what the figure shows, in numbers."""
        return locale.say(f"{self.key}.alt", **{**shown_by(self.drawn_by, self.of), **self.values})


def _picture(drawing: "Drawing", locale: Locale) -> str:
    """Attributes of an image that holds the drawing, which is closed."""
    return (
        f'src="data:image/svg+xml;base64,{base64.b64encode(svg_of(drawing, locale).encode("utf-8")).decode("ascii")}"'
    )
