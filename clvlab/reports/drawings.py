"""Drawings as part of the page: an SVG file becomes elements whose colours suit light paper and dark."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from clvlab.reports.palette import DARK_PAPER, LIGHT_PAPER, as_text, on_dark

_HREF = "{http://www.w3.org/1999/xlink}href"
_DROPPED = ("metadata", "style")
_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_TURN = re.compile(r"rotate\(-?0(\.0+)? ")
_COLOUR = re.compile("#[0-9a-fA-F]{6}")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
# what a style says that an attribute can say too; a page whose policy allows no inline style ignores the style
_ATTRIBUTES = {
    "fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap", "stroke-linejoin",
    "stroke-miterlimit", "opacity", "fill-opacity", "stroke-opacity", "fill-rule", "clip-path", "clip-rule",
    "font-size", "font-weight", "font-style", "text-anchor", "image-rendering", "pointer-events",
}  # fmt: skip
_FONT = re.compile(r"(?:(italic|oblique)\s+)?(?:(bold|[1-9]00)\s+)?([\d.]+px)\s")


@dataclass
class Drawings:
    """The drawings of one page, and the colours they use.

    A colour becomes a class: `css` says what it is on light paper and on dark.
    """

    used: set[tuple[str, str]] = field(default_factory=set)
    count: int = 0

    def inline(self, svg: str, alt: str) -> str:
        """Make an SVG file an element of the page.

        Parameters
        ----------
        svg : str
            Text of the file, as matplotlib writes it.
        alt : str
            What the drawing shows, for somebody who cannot see it.
        """
        root = ElementTree.fromstring(svg)
        self.count += 1
        pixels = any(_name(each) == "image" for each in root.iter())
        referred = {each.get(_HREF, "").removeprefix("#") for each in root.iter()}
        referred |= set(_REFERENCE.findall(svg))
        inside = "".join(self._written(child, referred, plain=pixels) for child in root)
        size = " ".join(f'{side}="{_points(root.get(side, ""))}"' for side in ("width", "height"))
        # what is drawn as pixels keeps its light paper
        kind = "drawing pixels" if pixels else "drawing"
        return (
            f'<svg class="{kind}" role="img" aria-label="{html.escape(alt)}" viewBox="{root.get("viewBox", "")}" '
            f"{size}>{inside}</svg>"
        )

    def css(self) -> str:
        """The colours of all drawings, as a style sheet."""
        light = "".join(sorted(_rule(kind, colour, _on_light(kind, colour)) for kind, colour in self.used))
        dark = "".join(sorted(_rule(kind, colour, _on_dark(kind, colour)) for kind, colour in self.used))
        return f"{light}@media screen and (prefers-color-scheme: dark){{{dark}}}" if self.used else ""

    def _written(self, element: ElementTree.Element, referred: set[str], *, plain: bool) -> str:
        name = _name(element)
        if name in _DROPPED:
            return ""
        inside = html.escape((element.text or "").strip(), quote=False)
        inside += "".join(self._written(child, referred, plain=plain) for child in element)
        told = dict(self._attributes(name, element, referred, plain=plain))
        if name in ("g", "defs") and not (inside and (told or name == "defs")):
            return inside
        return f"<{name}{''.join(f' {key}="{html.escape(value)}"' for key, value in told.items())}>{inside}</{name}>"

    def _attributes(
        self, name: str, element: ElementTree.Element, referred: set[str], *, plain: bool
    ) -> Iterator[tuple[str, str]]:
        said = dict(element.attrib)
        said |= _style(said.pop("style", ""))
        if name == "text":
            said.setdefault("fill", "#000000")
        classes = []
        for key, value in said.items():
            if key in ("fill", "stroke") and _COLOUR.fullmatch(value) and not plain:
                kind = "t" if name == "text" and key == "fill" else key[0]
                self.used.add((kind, value.lower()))
                classes.append(kind + value[1:].lower())
            elif key == "id":
                yield from [("id", self._own(value))] if value in referred else []
            elif key in (_HREF, "href"):
                yield "href", "#" + self._own(value[1:]) if value.startswith("#") else value
            elif key == "transform":
                yield from [] if _TURN.match(value) else [(key, _short(value))]
            elif key in ("d", "x", "y", "points", "width", "height"):
                yield key, _short(value)
            else:
                yield key, _REFERENCE.sub(lambda found: f"url(#{self._own(found[1])})", value)
        if classes:
            yield "class", " ".join(classes)

    def _own(self, identifier: str) -> str:
        return f"d{self.count}-{identifier}"


def _name(element: ElementTree.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _style(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in text.split(";"):
        key, _, value = (each.strip() for each in part.partition(":"))
        if key == "font" and (font := _FONT.match(value)):
            found |= {name: each for name, each in zip(("font-style", "font-weight", "font-size"), font.groups(),
                                                       strict=True) if each}  # fmt: skip
        elif key in _ATTRIBUTES:
            found[key] = value
    return found


def _short(value: str) -> str:
    """Numbers to a hundredth of a point, without needless line breaks."""
    rounded = _NUMBER.sub(lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), value)
    return " ".join(rounded.split())


def _points(length: str) -> str:
    """A length in points as pixels of the page."""
    return f"{float(length.removesuffix('pt') or 0) * 4 / 3:.0f}"


def _rule(kind: str, colour: str, shown: str) -> str:
    return f".{kind}{colour[1:]}{{{'stroke' if kind == 's' else 'fill'}:{shown}}}"


def _on_light(kind: str, colour: str) -> str:
    return as_text(colour, LIGHT_PAPER) if kind == "t" else colour


def _on_dark(kind: str, colour: str) -> str:
    return as_text(on_dark(colour), DARK_PAPER) if kind == "t" else on_dark(colour)
