"""Errors of database drivers, rewritten as rule, finding and remedy, with every secret removed."""

import html
import re
from collections.abc import Sequence
from urllib.parse import quote, quote_plus

from clvlab.data.sources.database_address import FILES, DatabaseAddress
from clvlab.data.sources.table_names import KnownTable, no_such_table

MASK = "•••"
_WRITES = "A database is only read from, and the query would write to it. Leave that out."
# What drivers say in English, and what that means for who started the run.
_MEANINGS = (
    (
        r"password authentication failed|no password supplied|access denied for user|authentication failed|login failed"
        r'|role ".*" does not exist|ORA-01017|password was supplied|no pg_hba.conf entry',
        "The database refused user or password. Check both; the password comes from the environment, by "
        "${CLVLAB_PASSWORD} in the address.",
    ),
    (
        r"connection refused|could not translate host|name or service not known|timed? ?out|timeout expired"
        r"|no route to host|network is unreachable|can't connect|getaddrinfo|nodename nor servname|failed to resolve",
        "The server cannot be reached. Check host and port, that the database runs, and that this machine may reach "
        "it.",
    ),
    (r'database ".*" does not exist|unknown database', "The server has no database of that name. Check the address."),
    (r"read-only transaction|readonly database|read-only mode|read_only|only one statement|multiple commands", _WRITES),
    (r"permission denied|command denied", "The account may not read that. Ask for the right to SELECT from it."),
    (
        r"database is locked|could not set lock|different configuration",
        "Another program holds the file for writing. Close it there, or read a copy.",
    ),
    (r"not a database|not a valid duckdb|database disk image is malformed", "The file holds no such database."),
)
_NO_TABLE = re.compile(
    r"relation \"([^\"]+)\" does not exist|no such table: ([^\s]+)|Table with name (\S+) does not exist"
    r"|Table '([^']+)' doesn't exist",
    re.IGNORECASE,
)
_NO_DRIVER = re.compile(r"No module named '([\w.]+)'|Can't load plugin: sqlalchemy\.dialects:([\w.]+)")
# What drivers put in front of the database's own words.
_LEAD = re.compile(r"^(.*?(ERROR|FATAL):\s+|(\w[\w. ]*Error: |[A-Z_]+: )?(\[\w+\] )?(Failed to connect: )?)", re.DOTALL)


def said(error: Exception, address: DatabaseAddress, tables: Sequence[KnownTable] = ()) -> str:
    """An error of a driver as a sentence for whoever gave the address, without user, password or query.

    Parameters
    ----------
    error : Exception
    address : DatabaseAddress
    tables : sequence of KnownTable
        Those that are there, as far as known.
    """
    words = str(getattr(error, "orig", None) or error)
    driver = _NO_DRIVER.search(words)
    if (driver is not None and isinstance(error, (ImportError, LookupError))) or _is_no_dialect(error):
        return f"{address.shown} cannot be read without a driver. {_install(address, driver)}"
    missing = _NO_TABLE.search(words)
    if missing is not None:
        asked = next(each for each in missing.groups() if each)
        return without_secrets(no_such_table(asked, tables, address), address)
    for pattern, meaning in _MEANINGS:
        if re.search(pattern, words, re.IGNORECASE):
            return f"{address.shown} cannot be read. {meaning}"
    own = _LEAD.sub("", words.strip()).splitlines() or [type(error).__name__]
    return without_secrets(f"{address.shown} cannot be read. The database says: {own[0].strip()}", address)


def without_secrets(text: str, address: DatabaseAddress) -> str:
    """A text with user, password and what else is secret blanked out, as it is and as addresses or pages write it."""
    for secret in sorted({*address.secrets, address.user} - {""}, key=len, reverse=True):
        for form in {secret, quote(secret, safe=""), quote_plus(secret), repr(secret)[1:-1], html.escape(secret)}:
            # A short one is part of too many words: it is looked for where it stands alone.
            alone = len(form) < 4 or secret == address.user
            pattern = rf"(?<!\w){re.escape(form)}(?!\w)" if alone else re.escape(form)
            text = re.sub(pattern, lambda _: MASK, text)
    return text


def _is_no_dialect(error: Exception) -> bool:
    return type(error).__name__ == "NoSuchModuleError"


def _install(address: DatabaseAddress, missing: "re.Match[str] | None") -> str:
    module = (missing[1] or "") if missing is not None else ""
    if address.driver == "postgresql" or module == "sqlalchemy":
        return "Install it: pip install 'clvlab[databases]'."
    if module:
        return f"Install it: pip install {module.partition('.')[0]}."
    return (
        f"SQLAlchemy knows no {address.driver!r}. Install the package that adds it to SQLAlchemy, or use one of "
        f"{', '.join([*FILES, 'postgresql', 'mysql+pymysql', 'mssql+pyodbc', 'oracle+oracledb'])}."
    )
