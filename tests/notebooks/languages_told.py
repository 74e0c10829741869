"""English on a page of another language: whatever is neither code nor cited nor held by the data."""

import base64
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import pandas as pd
from bs4 import BeautifulSoup

from clvlab.words import catalogue

BRACES = re.compile(r"\{[^}]*\}")
SENTENCE = re.compile(r"[A-Za-z]{2,}(?:[ ,]+[a-z]{2,}){2,}")  # three words and more, beyond names


def texts_of(page: str) -> list[str]:
    """What a reader of a page reads: text, alternative text and the text of figures."""
    soup: Any = BeautifulSoup(page, "html.parser")
    drawn = [
        base64.b64decode(image["src"].partition(",")[2]).decode("utf-8")
        for image in soup.find_all("img")
        if "svg+xml" in image["src"]
    ]
    for element in soup.select("script, style, code, pre, cite, details.code"):
        element.decompose()
    found = [str(text) for text in soup.find_all(string=True)]
    found += [e[name] for e in soup.find_all(True) for name in ("alt", "aria-label", "title") if e.get(name)]
    found += [text for svg in drawn for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]
    return [text.strip() for text in found if text.strip()]


@cache
def english_fragments() -> frozenset[str]:
    """Pieces of English entries between values, of two words and more."""
    words = catalogue("en")
    entries = [words[key] for key in words]
    forms = [
        form
        for entry in entries
        for form in (entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else [entry])
        if isinstance(form, str)
    ]
    parts = {part.strip(" .,:;()\n-*") for form in forms for part in BRACES.split(form)}
    return frozenset(part for part in parts if re.match(r"[A-Za-z]+[ ,]+[a-z]{2,}", part))


def held(frames: Iterable[pd.DataFrame]) -> set[str]:
    """Text that the data hold."""
    columns = (frame[name] for frame in frames for name in frame.select_dtypes(["object", "str", "category"]))
    return {str(value) for column in columns for value in column.dropna().unique()}


def english_on(page: str, data: set[str]) -> list[str]:
    """What is English there and should not be."""
    found = []
    for text in texts_of(page):
        own = text
        for each in text.split(" · "):
            own = own.replace(each, "") if each in data else own
        if SENTENCE.search(own) or any(part in own for part in english_fragments() if part not in data):
            found.append(text)
    return found
