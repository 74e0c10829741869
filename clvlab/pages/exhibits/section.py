"""A heading, its prose, and the exhibits under it; a section without any is not shown."""

from dataclasses import dataclass

from clvlab.pages.exhibits.codec import registered
from clvlab.pages.exhibits.exhibit import Exhibit
from clvlab.words import Locale


@registered
@dataclass(frozen=True, eq=False, repr=False, kw_only=True)
class Section(Exhibit):
    """Part of a page.

    Parameters
    ----------
    key : str
        Its entry in the catalogue, with ``title`` and, if it has any, ``prose`` (Markdown).
    parts : tuple of Exhibit
    alone : bool
        Whether prose alone is worth showing.
    detail : bool
        Whether it is for who checks the numbers: a page shows only its heading at first where it is long.
    """

    key: str
    parts: tuple[Exhibit, ...] = ()
    alone: bool = False
    detail: bool = False

    def html(self, locale: Locale) -> str:
        """Heading, prose and parts."""
        shown = [markup for part in self.parts if (markup := part.html(locale))]
        if not shown and not self.alone:
            return ""
        import mistune

        title, prose = (f"{self.key}.{each}" for each in ("title", "prose"))
        heads = f"## {locale.say(title)}\n\n" + (locale.words.text(prose) if prose in locale.words else "")
        kind = ' data-detail=""' if self.detail else ""
        return f'<section class="prose"{kind}>{mistune.html(heads)}</section>{"".join(shown)}'
