"""Names that would do harm if they were not escaped, and sentences to put them into."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from clvlab.words import register_words
from clvlab.words.catalogue import forget_words

TOY = """
title = "Title of {who}"
say = "Said of {who}."
number = "Number of {who}"
n_rows = "{n} rows"
[t]
caption = "Look at {who}"
[t.heads]
id = "Id <i>"
x = "X"
n = "N"
when = "When"
who = "Who"
[plain]
caption = "A caption"
[plain.heads]
x = "X & Y"
id = "Id"
[s]
title = "Section"
prose = "Some *prose*."
[bare]
title = "Bare"
[f]
alt = "Seen: {who}"
caption = "Below: {who}"
[g]
alt = "No caption"
"""


@pytest.fixture(autouse=True)
def sentences(tmp_path: Path) -> Iterator[None]:
    """A file of sentences more, in English."""
    folder = tmp_path / "words"
    folder.mkdir()
    (folder / "pagetoy.toml").write_text(TOY, encoding="utf-8")
    register_words("en", folder)
    yield
    forget_words("en", folder)
