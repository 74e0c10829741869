"""Everything a reader reads, and the one way numbers are written: a `Locale` asks the catalogue.

The catalogue of a language is a folder beside this file, ``en/``, with one file a page, and one a floor whose notes it
words. A second language is a second folder.
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
