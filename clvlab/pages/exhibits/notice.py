"""Banners."""

import html
from dataclasses import dataclass
from typing import ClassVar, Literal

from clvlab.notes import Note
from clvlab.pages.exhibits.codec import registered
from clvlab.pages.exhibits.exhibit import Exhibit, marked
from clvlab.words import Locale

Level = Literal["info", "warning"]
_HEADS = {"info": "report.note", "warning": "report.warning"}


@registered
@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Notice(Exhibit):
    """Something the reader should know: ``info`` or ``warning``."""

    said: Note
    level: Level = "info"

    def html(self, locale: Locale) -> str:
        """A banner."""
        head, text = locale.say(_HEADS[self.level]), locale.say(self.said)
        return (
            f'<div class="clv-notice clv-{self.level}" role="note"><strong>{html.escape(head)}</strong> '
            f"{marked(text)}</div>"
        )


@registered
@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class TopNotices(Exhibit):
    """Banners that stand at the top of the page, under the answer."""

    notices: tuple[Notice, ...] = ()
    place: ClassVar[str] = "notices"

    def html(self, locale: Locale) -> str:
        """One banner after another."""
        return "".join(each.html(locale) for each in self.notices)
