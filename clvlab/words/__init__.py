"""Everything a reader reads, and the one way numbers are written: a `Locale` asks the catalogue.

The catalogue of a language is a folder beside this file, ``en/``, with one file per page, and one per floor whose
notes it words. A second language is a second folder.
"""

from clvlab.words.catalogue import Catalogue, WordsError, catalogue, languages, register_words
from clvlab.words.locale import ENGLISH, Locale
from clvlab.words.numbers import Kind, digits_for

__all__ = [
    "ENGLISH",
    "Catalogue",
    "Kind",
    "Locale",
    "WordsError",
    "catalogue",
    "digits_for",
    "languages",
    "register_words",
]

_GONE = {
    "say": "Locale().say(key, ...)",
    "heads": "the heads of a table's own entry",
    "use_language": "Locale(language=...), or a page's language=",
    "in_language": "Locale(language=...)",
    "current_language": "the language of a Locale",
    "use_currency": "Locale(currency=...), or a page's currency=",
    "keys": "catalogue(language)",
    **{name: f"Locale().{name}(...)" for name in ("number", "percent", "money", "interval", "date", "written")},
}


def __getattr__(name: str) -> object:
    if name in _GONE:
        raise AttributeError(f"clvlab.words.{name} is gone: use {_GONE[name]}.")
    raise AttributeError(f"module 'clvlab.words' has no attribute {name!r}.")
