"""Keyed hashes in the place of what says who a customer is, put in when records are read.

The switch and the key are environment variables, so that a notebook's process and all that reads there see the same,
and no frame, message or output downstream ever holds the identifier.
"""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import duckdb
import pandas as pd
import pyarrow as pa
from duckdb.func import PythonUDFType

from clvlab.errors import InputError

SWITCH, KEY = "CLVLAB_HIDE_IDENTIFIERS", "CLVLAB_IDENTIFIER_KEY"
SHORTEST = 16  # characters of a key: a shorter one can be found by trying
_FORM = re.compile(r"h[0-9a-f]{20}")


@dataclass(frozen=True)
class Hider:
    """Hashes texts by HMAC-SHA-256.

    Parameters
    ----------
    key : bytes
        Who has it can find which customer a hash stands for, by hashing all customers; nobody else can.
    """

    key: bytes = field(repr=False)

    def hidden(self, text: str) -> str:
        """The hash of a text: h, 16 hexadecimal digits, and four that tell a hash of this key from other texts.

        What is such a hash already stays as it is, so that a frame made of read records may be read again.

        Examples
        --------
        >>> hider = Hider(b"a key of sixteen characters or more")
        >>> hider.hidden("C00017")
        'hdbff9b09f90d62de1abe'
        >>> hider.hidden(hider.hidden("C00017")) == hider.hidden("C00017")
        True
        """
        if _FORM.fullmatch(text) and self._check(text[1:17]) == text[17:]:
            return text
        found = self._digits(text)[:16]
        return f"h{found}{self._check(found)}"

    def fingerprint(self) -> str:
        """What tells two keys apart without telling either."""
        return self._digits("clvlab: which key")[:32]

    def _check(self, found: str) -> str:
        return self._digits(f"clvlab: check of {found}")[:4]

    def _digits(self, text: str) -> str:
        return hmac.new(self.key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def hider(environment: Mapping[str, str] = os.environ) -> Hider | None:
    """The hider of this process; None where identifiers are shown.

    Raises
    ------
    InputError
        Identifiers are to be hidden, and there is no key, or too short a one.
    """
    if environment.get(SWITCH, "") in ("", "0"):
        return None
    return _of(environment.get(KEY, ""))


def new_key() -> str:
    """A random key: 256 bits."""
    return secrets.token_hex(32)


@lru_cache(maxsize=4)
def _of(key: str) -> Hider:
    if len(key) < SHORTEST:
        found = f"has {len(key)}" if key else "is not set"
        raise InputError(
            f"Identifiers are hidden by a key of at least {SHORTEST} characters, and the environment variable {KEY} "
            f"{found}. Set it to a random text, such as 'openssl rand -hex 32' prints, or leave it unset with "
            "clvlab report --hide-identifiers, which then takes a random key."
        )
    return Hider(key.encode("utf-8", "surrogateescape"))


def hidden(text: str) -> str:
    """An identifier as this process shows it."""
    now = hider()
    return text if now is None else now.hidden(text)


def hidden_column(values: Iterable[object]) -> pd.Series:
    """A column of texts or numbers, each hidden; missing ones stay missing. Unchanged where identifiers are shown."""
    column = values if isinstance(values, pd.Series) else pd.Series(list(values))
    now = hider()
    if now is None:
        return column
    known = {each: now.hidden(str(each)) for each in column.dropna().unique()}
    return column.map(known).astype("str")


def add_function(con: duckdb.DuckDBPyConnection) -> None:
    """Teach a connection ``hidden(text)``, where identifiers are hidden."""
    now = hider()
    if now is None:
        return

    def hide(column: pa.ChunkedArray) -> pa.Array:
        coded = pa.array(column.to_pylist(), pa.string()).dictionary_encode()
        held = [None if text is None else now.hidden(text) for text in coded.dictionary.to_pylist()]
        return pa.array(held, pa.string()).take(coded.indices)

    con.create_function("hidden", hide, ["VARCHAR"], "VARCHAR", type=PythonUDFType.ARROW)


def hidden_sql(expression: str) -> str:
    """SQL for an identifier as this process shows it; the expression itself where identifiers are shown."""
    return expression if hider() is None else f"hidden(({expression})::VARCHAR)"


def shape[T](value: T) -> T | str:
    """A value that a message quotes: letters as x and digits as 9 where identifiers are hidden, else as it is.

    A column taken for another may hold a name where a day is expected.
    """
    return value if hider() is None else blurred(str(value))


def blurred(text: str) -> str:
    """A text's form without what it says.

    >>> blurred("Ann Lee, 2024-13-01")
    'xxx xxx, 9999-99-99'
    """
    return "".join("9" if each.isdigit() else "x" if each.isalpha() else each for each in text)
