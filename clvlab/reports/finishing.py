"""The last hand on a page: nothing from elsewhere, contents, drawings as elements, and a strict policy."""

import base64
import hashlib
import re
from typing import Any

from clvlab.reports.cleaning import REMOTE_CSS, cut_off_other_servers
from clvlab.reports.details import close_details
from clvlab.reports.drawings import Drawings
from clvlab.words import Locale

MARK = "\ue000drawing {}\ue001"  # characters for private use: no text has them


def finished(html: str, locale: Locale, *, failed: bool) -> str:
    """Finish the page that the template made.

    Parameters
    ----------
    html : str
        The page; its last script is its own, and the only one that will run.
    locale : Locale
        The reader's.
    failed : bool
        Whether the run failed: it leaves no files to link.

    Returns
    -------
    str
        The page with contents, its drawings as elements, and a policy that allows its own style and script only.
    """
    from bs4 import BeautifulSoup

    soup: Any = BeautifulSoup(html, "html.parser")
    cut_off_other_servers(soup, locale)
    _list_contents(soup)
    for cell in soup.select("div.cell"):
        for code in cell.select("details.code"):
            cell.append(code.extract())  # what was found comes before how
    for number, caption in enumerate(soup.select("caption > span")):
        caption["id"] = f"caption-{number + 1}"
    for table in soup.find_all("table"):
        table.attrs.pop("border", None)
        for head in table.select("thead th:not([scope])"):
            head["scope"] = "col"
        for head in table.select("tbody th:not([scope])"):
            head["scope"] = "row"
        if table.parent is not None and "clv-scroll" not in (table.parent.get("class") or []):
            table.wrap(soup.new_tag("div", attrs={"class": "clv-scroll"}))
    close_details(soup)
    if failed:
        for links in soup.select(".clv-files"):
            links.decompose()  # a failed run leaves no files
    drawings = Drawings()
    elements = _drawn(soup, drawings)
    for said in (_style_by_class(soup), drawings.css()):
        if said:
            style = soup.new_tag("style")
            style.string = said
            soup.head.append(style)
    _allow_own_only(soup)
    page = str(soup)
    for place, element in enumerate(elements):
        page = page.replace(MARK.format(place), element, 1)
    return page


def _list_contents(soup: Any) -> None:
    used: set[str] = {"report", "about"}
    listed = soup.new_tag("ol")
    for heading in soup.select(".prose h2, .prose h3"):
        base = heading.get("id") or re.sub(r"\s+", "-", heading.get_text().strip())
        anchor, number = base, 1
        while anchor in used:
            number += 1
            anchor = f"{base}-{number}"
        used.add(anchor)
        heading["id"] = anchor
        item = soup.new_tag("li", attrs={"class": f"level-{heading.name[1]}"})
        link = soup.new_tag("a", attrs={"href": f"#{anchor}"})
        link.string = heading.get_text().strip()
        item.append(link)
        listed.append(item)
    contents = soup.select_one("details.contents")
    if listed.contents:
        contents.nav.append(listed)
    else:
        contents.decompose()


def _style_by_class(soup: Any) -> str:
    """Turn style attributes, which the page's policy does not allow, into classes; return their style sheet."""
    known: dict[str, str] = {}
    for element in soup.find_all(style=True):
        said = REMOTE_CSS.sub("", element.attrs.pop("style")).strip().rstrip(";")
        if said and not re.search(r"[{}<>@]", said):
            name = known.setdefault(said, f"own-{len(known) + 1}")
            element["class"] = [*(element.get("class") or []), name]
    return "".join(f".{name}{{{said}}}" for said, name in known.items())


def _drawn(soup: Any, drawings: Drawings) -> list[str]:
    """Put a mark in place of each figure's picture; return the elements that belong there."""
    found: list[str] = []
    for picture in soup.select("figure.clv-figure > img"):
        kind, _, content = picture.get("src", "").partition(";base64,")
        if kind == "data:image/svg+xml":
            element = drawings.inline(base64.b64decode(content).decode("utf-8"), picture.get("alt", ""))
            picture.wrap(soup.new_tag("div", attrs={"class": "clv-scroll clv-drawn"}))
            picture.replace_with(MARK.format(len(found)))
            found.append(element)
    return found


def _allow_own_only(soup: Any) -> None:
    """Tell the browser to run this page's own script, to use its own styles, and to fetch nothing."""
    scripts = " ".join(_digest(script) for script in soup.find_all("script")[-1:])
    styles = " ".join(dict.fromkeys(_digest(style) for style in soup.find_all("style"))) or "'none'"
    policy = (
        f"default-src 'none'; img-src data:; font-src data:; style-src {styles}; "
        f"script-src {scripts}; base-uri 'none'; form-action 'none'"
    )
    meta = soup.new_tag("meta", attrs={"http-equiv": "Content-Security-Policy", "content": policy})
    soup.head.insert(1, meta)


def _digest(element: Any) -> str:
    return f"'{digest(element.string or '')}'"


def digest(text: str) -> str:
    """What a policy says of a script or style it allows.

    >>> digest("")
    'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='
    """
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
