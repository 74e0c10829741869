"""Keep out of a page what comes from elsewhere, and of a notebook's own HTML what acts."""

import re
from typing import Any

from clvlab.words import Locale

_REMOTE = re.compile(r"^\s*(?:https?:)?//", re.IGNORECASE)
REMOTE_CSS = re.compile(r"@import[^;]*;?|url\(\s*['\"]?\s*(?:https?:)?//[^)]*\)", re.IGNORECASE)
_ACTS = re.compile(r"^on|^(?:srcdoc|formaction|action|ping)$", re.IGNORECASE)
_SCRIPT = re.compile(r"^\s*(?:javascript|vbscript|data:text/html)", re.IGNORECASE)
_STYLE = re.compile(r"<style\b[^>]*>(.*?)</style\s*>", re.IGNORECASE | re.DOTALL)
_SILENT = re.compile(r"<(script|template|noscript|iframe|object)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
_TAGS = [
    "a", "abbr", "article", "aside", "b", "blockquote", "br", "caption", "cite", "code", "col", "colgroup", "dd", "del",
    "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i",
    "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s", "samp", "section", "small", "span", "strong", "sub",
    "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "tt", "u", "ul", "var",
]  # fmt: skip
_ATTRIBUTES = [
    "align", "alt", "aria-hidden", "aria-label", "aria-labelledby", "border", "class", "colspan", "datetime", "dir",
    "headers", "height", "href", "hreflang", "id", "lang", "open", "role", "rowspan", "scope", "span", "src", "start",
    "style", "tabindex", "title", "valign", "width",
]  # fmt: skip
_CSS = [
    "background", "border", "border-bottom", "border-collapse", "border-left", "border-radius", "border-right",
    "border-spacing", "border-top", "margin", "margin-bottom", "margin-left", "margin-right", "margin-top",
    "max-height", "max-width", "min-width", "opacity", "padding", "padding-bottom", "padding-left", "padding-right",
    "padding-top", "text-transform", "vertical-align",
]  # fmt: skip


def cleaned(markup: str) -> str:
    """HTML of a notebook's own output without what acts: scripts, handlers, refreshes, forms, frames.

    Tags and attributes that are not known to be harmless are left out; the text in them stays. Style sheets stay.

    Examples
    --------
    >>> cleaned('<p onclick="go()">Hello <meta http-equiv="refresh" content="0"><b>you</b></p>')
    '<p>Hello <b>you</b></p>'
    """
    import bleach
    from bleach.css_sanitizer import ALLOWED_CSS_PROPERTIES, CSSSanitizer

    markup = _SILENT.sub("", markup)
    styles = [found.replace("<", "") for found in _STYLE.findall(markup)]
    body: str = bleach.clean(
        _STYLE.sub("", markup),
        tags=_TAGS,
        attributes={"*": _ATTRIBUTES},
        protocols=["http", "https", "mailto", "data"],
        css_sanitizer=CSSSanitizer(allowed_css_properties=[*ALLOWED_CSS_PROPERTIES, *_CSS]),
        strip=True,
    )
    return "".join(f"<style>{each}</style>" for each in styles) + body


def cut_off_other_servers(page: object, locale: Locale) -> None:
    """Turn links of a parsed page to elsewhere into text, and take out whatever would be fetched."""
    soup: Any = page
    own_script = soup.find_all("script")[-1]
    for element in soup.find_all(True):
        if element.decomposed:
            continue
        if element.name == "a" and _REMOTE.match(element.get("href", "")):
            address = re.sub(_REMOTE, "", element["href"]).rstrip("/")
            if address not in element.get_text():
                element.append(f" ({address})")
            element.name = "span"
            element.attrs = {"class": "address"}
            continue
        if element.name in ("script", "link", "iframe", "object", "embed", "base"):
            if element is not own_script and element.get("type") != "application/json":  # data of a table
                element.decompose()
            continue
        if element.name == "meta" and element.find_parent("body") is not None:
            element.decompose()
            continue
        for name, value in list(element.attrs.items()):
            if _ACTS.match(name) or (isinstance(value, str) and _SCRIPT.match(value)):
                del element.attrs[name]
        remote = [name for name, value in element.attrs.items() if isinstance(value, str) and _REMOTE.match(value)]
        if remote and not any(name.startswith("xmlns") for name in remote):
            element.replace_with(locale.say("report.left_out_remote"))
            continue
        if element.name == "style" and element.string:
            element.string = REMOTE_CSS.sub("", element.string)
        if REMOTE_CSS.search(element.get("style", "")):
            element["style"] = REMOTE_CSS.sub("", element["style"])


def remote_addresses(html: str) -> list[str]:
    """Addresses on other servers a page would fetch or links to; a finished page has none.

    >>> remote_addresses('<img src="https://example.org/a.png"><svg xmlns="http://www.w3.org/2000/svg"/>')
    ['https://example.org/a.png']
    """
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    found = []
    for element in soup.find_all(True):
        for name, value in element.attrs.items():
            if isinstance(value, str) and not name.startswith("xmlns"):
                if _REMOTE.match(value):
                    found.append(value)
                elif name == "style":
                    found += REMOTE_CSS.findall(value)
        if element.name in ("style", "script") and element.string:
            found += REMOTE_CSS.findall(element.string) + re.findall(r"https?://[^\s'\"]+", element.string)
    return found
