"""Addresses of databases, such as ``postgresql://me:${CLVLAB_PASSWORD}@host:5432/shop#orders``."""

import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from clvlab.data.sources.database_address import FILES, FORM, DatabaseAddress, fill, of_file, of_server
from clvlab.data.sources.queries import read_target
from clvlab.errors import InputError

# Addresses of files and folders elsewhere, which are none of databases.
_STORES = {"abfs", "abfss", "az", "file", "ftp", "gcs", "gs", "hdfs", "hf", "http", "https", "s3", "s3a", "sftp"}
_SCHEME = re.compile(r"([a-z][a-z0-9_]*(?:\+[a-z][a-z0-9_]*)?)://", re.IGNORECASE)
_WHOLE = re.compile(r"(\$\{[A-Za-z_][A-Za-z0-9_]*\})(?:#(.*))?", re.DOTALL)


def is_database(text: str) -> bool:
    """Whether a text is the address of a database rather than a path.

    Examples
    --------
    >>> is_database("sqlite:///shop.db#orders"), is_database("orders.csv"), is_database("${SHOP_URL}#orders")
    (True, False, True)
    """
    found = _SCHEME.match(text)
    return bool(_WHOLE.fullmatch(text)) or (found is not None and found[1].casefold() not in _STORES)


def names_records(text: str) -> bool:
    """Whether a text is the address of a database and says what is read from it."""
    return "#" in text and is_database(text)


def read_address(text: str) -> DatabaseAddress:
    """Read an address, and fill in ``${NAME}`` from the environment.

    Parameters
    ----------
    text : str
        ``DRIVER://[USER[:PASSWORD]@]HOST[:PORT]/DATABASE[?OPTIONS]#WHAT``, ``sqlite:///FILE#WHAT`` or
        ``duckdb:///FILE#WHAT``, where WHAT is a table, schema.table, or a query that begins with SELECT or WITH.
        ``${NAME}`` may stand for any part before the #, or for the whole of it.

    Raises
    ------
    InputError
        The form is another, a password is written out, a variable is not set, or a database's file is not there. The
        message never repeats what may be a secret.

    Examples
    --------
    >>> read_address("postgresql://me@db.example:5432/shop#sales.orders").shown
    'postgresql://db.example:5432/shop#sales.orders'
    >>> read_address("postgresql://me:secret@db.example/shop#orders")
    Traceback (most recent call last):
    clvlab.errors.InputError: A password may not stand in the address of a database. Put ${CLVLAB_PASSWORD} in its \
place and the password in the environment variable CLVLAB_PASSWORD; in a shell, write the address in single quotes, so \
that the shell does not fill it in.
    """
    whole = _WHOLE.fullmatch(text)
    if whole:
        return _from_environment(whole[1], whole[2])
    head, mark, what = text.partition("#")
    driver, given, options = _split(head)
    if driver in FILES:
        shown = f"{driver}:///{Path(unquote(given)).name}"
        found = DatabaseAddress(driver, shown, of_file(driver, given, options))
    else:
        found = of_server(driver, given, options, literal=False)
    return _with_target(found, what if mark else None)


def shown_address(text: str) -> str:
    """An address as it may be shown and kept, also of one that cannot be used.

    Examples
    --------
    >>> shown_address("postgresql://me:secret@db.example/shop#orders")
    'postgresql://...'
    """
    try:
        return read_address(text).shown
    except InputError:
        scheme = _SCHEME.match(text)
        return f"{scheme[1]}://..." if scheme is not None else text.partition("#")[0]


def address_secrets(text: str) -> list[str]:
    """What must not be kept: what the environment fills in, and the address where it says more than is shown.

    Examples
    --------
    >>> address_secrets("postgresql://me@db.example/shop#orders"), address_secrets("mysql://db.example/shop#orders")
    (['postgresql://me@db.example/shop#orders'], [])
    """
    try:
        address = read_address(text)
    except InputError:
        return [text]
    return [*address.secrets, *([text] if text != address.shown else [])]


def _from_environment(variable: str, what: str | None) -> DatabaseAddress:
    """An address that is held by one variable as a whole, password and all."""
    value = fill(variable)
    head, _, own = value.partition("#")
    try:
        driver, given, options = _split(head)
        if driver in FILES:
            found = DatabaseAddress(driver, "", of_file(driver, given, options))
        else:
            found = of_server(driver, given, options, literal=True)
    except InputError as error:
        raise InputError(f"What {variable} holds is no address of a database that can be used. {error}") from None
    found = replace(found, shown=variable, secrets=(*found.secrets, value))
    return _with_target(found, own if what is None else what)


def _split(head: str) -> tuple[str, str, str]:
    """Driver, what follows ://, and options."""
    scheme = _SCHEME.match(head)
    if scheme is None:
        raise InputError(f"{FORM}; this one has no ://.")
    driver = scheme[1].casefold()
    given, _, options = head[scheme.end() :].partition("?")
    return "postgresql" if driver == "postgres" else driver, given, options


def _with_target(found: DatabaseAddress, what: str | None) -> DatabaseAddress:
    if not what:
        raise InputError(f"{found.shown} names no table. Add #TABLE, or # and a query that begins with SELECT.")
    schema, table, query = read_target(what)
    said = "query" if table is None else table if schema is None else f"{schema}.{table}"
    return replace(found, schema=schema, table=table, query=query, shown=f"{found.shown}#{said}")
