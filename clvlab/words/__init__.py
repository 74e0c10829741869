"""The catalogue of everything a reader reads, and the one way numbers are written.

Text is asked for by a key that reads like the sentence, ``say("figures.actual_purchases")``, and comes from
``en.toml`` beside this file. A second language is a second file.
"""

from clvlab.words.catalogue import (
    WordsError,
    current_language,
    heads,
    in_language,
    keys,
    languages,
    say,
    use_language,
)
from clvlab.words.numbers import (
    Kind,
    date,
    digits_for,
    interval,
    money,
    number,
    percent,
    use_currency,
    written,
)

__all__ = [
    "Kind",
    "WordsError",
    "current_language",
    "date",
    "digits_for",
    "heads",
    "in_language",
    "interval",
    "keys",
    "languages",
    "money",
    "number",
    "percent",
    "say",
    "use_currency",
    "use_language",
    "written",
]
