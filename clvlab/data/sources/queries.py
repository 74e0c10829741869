"""What comes after the # of a database's address: a table, or one query that only reads."""

import re

from clvlab.errors import InputError

ALLOWED = (
    "After # stands a table (orders), a table of a schema (sales.orders), or a query that begins with SELECT or WITH"
)
_NAME = r"[^\W\d][\w$ -]*"
_TABLE = re.compile(rf"{_NAME}(\.{_NAME})?")
# Texts, quoted names and remarks, in which any word may stand.
_ASIDE = re.compile(
    r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|(\$\w*\$).*?\1|--[^\n]*|/\*.*?\*/",
    re.DOTALL,
)
_OTHER = re.compile(
    r"(alter|attach|call|copy|create|delete|do|drop|exec|execute|grant|insert|install|load|merge|pragma|replace|set"
    r"|truncate|update|vacuum)\s",
    re.IGNORECASE,
)
# MySQL has a function INSERT(); no statement has a bracket there.
_WRITES = re.compile(r"\b(into|update|delete|merge|insert(?!\s*\())\b", re.IGNORECASE)


def read_target(text: str) -> tuple[str | None, str | None, str | None]:
    """Tell table from query.

    Parameters
    ----------
    text : str
        What stands behind the #.

    Returns
    -------
    (schema, table, query)
        Either a table, with its schema where one is named, or a query.

    Raises
    ------
    InputError
        It is neither, is several statements, or would write.

    Examples
    --------
    >>> read_target("sales.orders"), read_target("SELECT * FROM orders;")
    (('sales', 'orders', None), (None, None, 'SELECT * FROM orders'))
    """
    bare = _covered(text).strip()
    if re.match(r"(select|with)\b", bare, re.IGNORECASE):
        return None, None, _only_reads(text)
    if _OTHER.match(bare):
        raise InputError(f"A database is only read from. {ALLOWED}; here stands {bare.split()[0].upper()}.")
    # What is refused is not repeated: it may be the rest of a password that holds a #.
    if not _TABLE.fullmatch(text.strip()):
        raise InputError(f"{ALLOWED}; here stands something else.")
    schema, dot, table = text.strip().rpartition(".")
    return (schema if dot else None), table, None


def _covered(text: str) -> str:
    """The text of the same length with quotes for what is quoted and blanks for remarks."""
    return _ASIDE.sub(lambda found: (" " if found[0].startswith(("--", "/*")) else "'") * len(found[0]), text)


def _only_reads(text: str) -> str:
    covered = _covered(text)
    kept = covered.rstrip("; \t\r\n")
    if ";" in kept:
        raise InputError("A database is read by one query; here stand several, apart by a semicolon. Leave one.")
    found = _WRITES.search(kept)
    if found:
        raise InputError(
            f"A database is only read from, and the query says {found[0].upper()}. Leave that out; a column of that "
            "name is written in quotes."
        )
    return text[: len(kept)].strip()


def inner(query: str) -> str:
    """A query that ``read_target`` returned, as the table of another."""
    return f"({query}) AS asked"
