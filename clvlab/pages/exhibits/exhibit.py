"""The parts of a page: each holds codes and values, and renders itself in a reader's language."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from clvlab.pages.exhibits.codec import decode, encode
from clvlab.words import ENGLISH, Locale
from clvlab.words.quoting import QUOTE, UNQUOTE

_QUOTED = re.compile(f"{QUOTE}([^{QUOTE}{UNQUOTE}]*){UNQUOTE}")
MIME = "application/vnd.clvlab.exhibit+json"

# for JupyterLab; the page made by `clvlab report` has its own
LAB_STYLE = """<style>
.clv-headline { font-size: 1.1em }
.clv-tiles.clv-tiles { display: flex; flex-wrap: wrap; gap: 1em; margin: .5em 0 }
.clv-tiles > div { border: 1px solid #8884; border-radius: 6px; padding: .5em 1em }
.clv-tiles.clv-tiles dt, .clv-tiles.clv-tiles dd {
  float: none; display: block; width: auto; margin: 0; padding: 0; font-weight: normal }
.clv-tiles.clv-tiles dt { font-size: .8em; opacity: .75 }
.clv-tiles.clv-tiles dd.clv-value { font-size: 1.6em; font-weight: 600 }
.clv-small, .clv-freshness, .clv-more, figcaption { font-size: .85em; opacity: .75 }
.clv-notice { border-left: 4px solid #5b7fa6; padding: .5em 1em }
.clv-warning { border-color: #b7791f }
.clv-table caption { text-align: left; font-weight: 600 }
.clv-table.clv-table td, .clv-table.clv-table th { text-align: left }
.clv-table.clv-table td.num, .clv-table.clv-table th.num { text-align: right }
.clv-table td .clv-small { display: block }
</style>"""


@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Exhibit:
    """One thing on a page. It holds data, codes and values; sentences are made when it is shown.

    In JupyterLab its HTML is displayed. The same output carries the exhibit itself, so that a report in any language is
    made of the executed notebook alone.

    Parameters
    ----------
    locale : Locale
        The reader's language and currency.
    """

    locale: Locale = ENGLISH

    place: ClassVar[str] = "here"  # where on the page: here, title, freshness, answer or notices

    def html(self, locale: Locale) -> str:
        """As a page shows it; empty where there is nothing to show."""
        raise NotImplementedError

    def text(self, locale: Locale) -> str:
        """As plain text shows it."""
        return plain(self.html(locale))

    def into(self, language: str) -> Self:
        """The same exhibit for a reader of another language."""
        return replace(self, locale=self.locale.into(language))

    def record(self) -> object:
        """The exhibit as JSON."""
        return encode(self)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> Mapping[str, object]:
        del include, exclude
        markup = self.html(self.locale)
        return {
            "text/html": LAB_STYLE + markup if markup else "",
            "text/plain": self.text(self.locale) if markup else "",
            MIME: self.record(),
        }

    def __repr__(self) -> str:
        return self.text(self.locale)


def exhibit_of(data: Mapping[str, object]) -> Exhibit | None:
    """The exhibit that an output of a notebook carries, if it carries one.

    Parameters
    ----------
    data : mapping of MIME type to content
        The ``data`` of an output.
    """
    if MIME not in data:
        return None
    found = decode(data[MIME])
    return found if isinstance(found, Exhibit) else None


def marked(text: str) -> str:
    """Text as markup; what it quotes of messages in their own language is cited.

    >>> marked("1 < 2"), marked("It says \u2068No <b>.\u2069")
    ('1 &lt; 2', 'It says <cite lang="en">No &lt;b&gt;.</cite>')
    """
    return _QUOTED.sub(r'<cite lang="en">\1</cite>', html.escape(text))


def plain(markup: str) -> str:
    """Markup as plain text."""
    return " ".join(html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", markup, flags=re.DOTALL)).split())
