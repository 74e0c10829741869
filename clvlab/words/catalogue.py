"""Look up text by key, in the current language."""

import os
import string
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Any

# A notebook's cells do not share one context, so the language a notebook sets is kept process-wide, and
# only the block of `in_language` is bound to its context (thread or task).
_language = os.environ.get("CLVLAB_LANGUAGE", "en")
_block_language: ContextVar[str | None] = ContextVar("clvlab_language", default=None)


class WordsError(LookupError):
    """A key that is not in the catalogue, a value not given, or a language without a catalogue."""

    def __str__(self) -> str:
        """Show the message as written."""
        return str(self.args[0]) if self.args else ""


def languages() -> list[str]:
    """Codes of the languages that have a catalogue.

    >>> "en" in languages()
    True
    """
    return sorted(
        path.name.removesuffix(".toml") for path in files("clvlab.words").iterdir() if path.name.endswith(".toml")
    )


@cache
def _catalogue(language: str) -> dict[str, Any]:
    if language not in languages():
        raise WordsError(f"There is no catalogue for the language {language!r}. There is: {', '.join(languages())}.")
    text = files("clvlab.words").joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return {
        f"{section}.{key}": value for section, entries in tomllib.loads(text).items() for key, value in entries.items()
    }


def keys(language: str | None = None) -> list[str]:
    """All keys of a catalogue, as ``section.key``.

    >>> "report.contents" in keys("en")
    True
    """
    return sorted(_catalogue(language or current_language()))


def current_language() -> str:
    """Code of the language in use here.

    >>> current_language()
    'en'
    """
    return _block_language.get() or _language


def use_language(language: str) -> None:
    """Read and write in this language from now on, in the whole process.

    Parameters
    ----------
    language : str
        A code that has a catalogue, such as ``"en"``.

    Raises
    ------
    WordsError
        No catalogue for it.

    Examples
    --------
    >>> use_language("en")
    """
    global _language
    _catalogue(language)
    _language = language


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Use a language inside a block only; other threads and tasks keep theirs.

    Examples
    --------
    >>> with in_language("en"):
    ...     say("report.contents")
    'Contents'
    """
    _catalogue(language)
    token = _block_language.set(language)
    try:
        yield
    finally:
        _block_language.reset(token)


def entry(key: str) -> Any:
    """Return the raw entry of the catalogue: text, a table of plural forms, or a list."""
    catalogue = _catalogue(current_language())
    if key not in catalogue:
        near = get_close_matches(key, catalogue, n=3)
        hint = f" Did you mean {', '.join(near)}?" if near else ""
        raise WordsError(
            f"The catalogue {current_language()}.toml has no {key!r}.{hint} Add it under the section "
            f"[{key.partition('.')[0]}]."
        )
    return catalogue[key]


def say(key: str, **values: Any) -> str:
    """Write a sentence, title or label in the current language.

    Parameters
    ----------
    key : str
        Section and key, such as ``"report.contents"``.
    **values
        What goes into the braces. Text goes in as it is; numbers are written with thousands separators and
        sensible digits, or as the catalogue asks (``{share:percent}``, ``{total:money}``, ``{when:date}``,
        ``{x:number2}``). A year is not a quantity: give it as text.

    Raises
    ------
    WordsError
        The key is not in the catalogue, or a value in braces was not given.

    Examples
    --------
    >>> say("report.rows_read", n=6919)
    '6,919 rows'
    >>> say("report.rows_read", n=1)
    '1 row'
    """
    text = entry(key)
    if isinstance(text, dict):
        if "n" not in values:
            raise WordsError(f"{key!r} changes with a count: give n=.")
        text = text["one"] if values["n"] == 1 and "one" in text else text["other"]
    if not isinstance(text, str):
        raise WordsError(f"{key!r} is a list, not a sentence.")
    return _Sentence(key).vformat(text, (), values)


class _Sentence(string.Formatter):
    """Plain names in braces only, each written by `written`."""

    def __init__(self, key: str) -> None:
        self.key = key

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:  # noqa: ARG002
        if field_name not in kwargs:
            given = ", ".join(sorted(kwargs)) or "nothing"
            raise WordsError(f"{self.key!r} needs a value called {field_name!r}; given: {given}.")
        return kwargs[field_name], field_name

    def format_field(self, value: Any, format_spec: str) -> str:
        from clvlab.words.numbers import written

        return written(value, format_spec or None)


def heads(columns: Iterable[str]) -> dict[str, str]:
    """The head a reader sees of each column, from the section ``tables``.

    Examples
    --------
    >>> heads(["customers"])
    {'customers': 'Customers'}
    """
    return {column: say(f"tables.{column}") for column in columns}
