"""Addresses of databases, such as ``postgresql://me:${CLVLAB_PASSWORD}@host:5432/shop#orders``."""

import os
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from clvlab.data.sources.queries import read_target
from clvlab.errors import InputError

FILES = {"sqlite": "SQLite", "duckdb": "DuckDB"}
# Addresses of files and folders elsewhere, which are none of databases.
_STORES = {"abfs", "abfss", "az", "file", "ftp", "gcs", "gs", "hdfs", "hf", "http", "https", "s3", "s3a", "sftp"}
_SCHEME = re.compile(r"([a-z][a-z0-9_]*(?:\+[a-z][a-z0-9_]*)?)://", re.IGNORECASE)
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_WHOLE = re.compile(r"(\$\{[A-Za-z_][A-Za-z0-9_]*\})(?:#(.*))?", re.DOTALL)
_SECRET_OPTION = re.compile(r"pass(?!file)|pwd|secret|token|credential|api_?key|access_?key|private_key", re.IGNORECASE)
_SECRET_WITHIN = re.compile(r"(password|pwd|secret|token)\s*=\s*(?!\$\{)[^\s;]", re.IGNORECASE)
_REMEDY = (
    "Put ${CLVLAB_PASSWORD} in its place and the password in the environment variable CLVLAB_PASSWORD; in a shell, "
    "write the address in single quotes, so that the shell does not fill it in"
)
_FORM = "The address of a database is written postgresql://USER:${CLVLAB_PASSWORD}@HOST:PORT/DATABASE#TABLE"


@dataclass(frozen=True)
class DatabaseAddress:
    """A database, and what is read from it.

    Attributes
    ----------
    driver : str
        Scheme of the address: "postgresql", "sqlite", "mysql+pymysql".
    shown : str
        The address as it may be shown and kept: without user, password and options, variables not filled in, a file by
        its name, a query as "query".
    database : str
        Name of the database, or path of its file.
    schema, table, query : str or None
        A table, with its schema where one is named; else a query.
    user, password, host, port, options
        Filled in from the environment.
    secrets : tuple of str
        Texts that must not be shown.
    """

    driver: str
    shown: str
    database: str
    schema: str | None = field(default=None)
    table: str | None = field(default=None)
    query: str | None = field(default=None, repr=False)
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    host: str = field(default="", repr=False)
    port: int | None = field(default=None, repr=False)
    options: dict[str, str] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)


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
        found = DatabaseAddress(driver, shown, _of_file(driver, given, options))
    else:
        found = _of_server(driver, given, options, literal=False)
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
    value = _fill(variable)
    head, _, own = value.partition("#")
    try:
        driver, given, options = _split(head)
        if driver in FILES:
            found = DatabaseAddress(driver, "", _of_file(driver, given, options))
        else:
            found = _of_server(driver, given, options, literal=True)
    except InputError as error:
        raise InputError(f"What {variable} holds is no address of a database that can be used. {error}") from None
    found = replace(found, shown=variable, secrets=(*found.secrets, value))
    return _with_target(found, own if what is None else what)


def _split(head: str) -> tuple[str, str, str]:
    """Driver, what follows ://, and options."""
    scheme = _SCHEME.match(head)
    if scheme is None:
        raise InputError(f"{_FORM}; this one has no ://.")
    driver = scheme[1].casefold()
    given, _, options = head[scheme.end() :].partition("?")
    return "postgresql" if driver == "postgres" else driver, given, options


def _with_target(found: DatabaseAddress, what: str | None) -> DatabaseAddress:
    if not what:
        raise InputError(f"{found.shown} names no table. Add #TABLE, or # and a query that begins with SELECT.")
    schema, table, query = read_target(what)
    said = "query" if table is None else table if schema is None else f"{schema}.{table}"
    return replace(found, schema=schema, table=table, query=query, shown=f"{found.shown}#{said}")


def _of_file(driver: str, given: str, options: str) -> str:
    """Path of a database that is a file."""
    if not given.startswith("/") or len(given) < 2 or options:
        raise InputError(
            f"A {FILES[driver]} database is written {driver}:///FILE#TABLE, three slashes and the path; a ? in the "
            "path is written %3F, a # %23."
        )
    path = Path(_fill(given.removeprefix("/"))).expanduser()
    if not path.is_file():
        raise InputError(
            f"There is no {FILES[driver]} file {path.name!r}. Check the path; an absolute one begins with a fourth "
            f"slash, and others are read from {str(Path.cwd())!r}."
        )
    return str(path)


def _of_server(driver: str, given: str, options: str, *, literal: bool) -> DatabaseAddress:
    """A database behind a server; ``literal`` says that a password written out is fine."""
    secrets: list[str] = []
    authority, _, database = given.partition("/")
    login, _, place = authority.rpartition("@")
    user, _, password = login.partition(":")
    if password and not literal and _VARIABLE.sub("", password):
        raise InputError(f"A password may not stand in the address of a database. {_REMEDY}.")
    if "@" in database or "@" in options or place.count("/"):
        raise InputError(
            f"{_FORM}; this one has an @ behind the host, as if a password held a slash or a question mark. {_REMEDY}."
        )
    host, port = _host(place)
    asked = dict(parse_qsl(options, keep_blank_values=True))
    for name, value in asked.items():
        secret = bool(_SECRET_OPTION.search(name))
        if not literal and ((secret and _VARIABLE.sub("", value)) or _SECRET_WITHIN.search(value)):
            raise InputError(f"The option {name} of a database's address holds a secret. {_REMEDY}.")
        filled = _fill(value, decode=False)
        asked[name] = filled
        if secret or _SECRET_WITHIN.search(filled):
            secrets.append(filled)
    word = _fill(password)
    return DatabaseAddress(
        driver,
        f"{driver}://{place}/{database}",
        _fill(database),
        user=_fill(user),
        password=word,
        host=_fill(host).strip("[]"),
        port=_number(_fill(port)) if port else None,
        options=asked,
        secrets=tuple(dict.fromkeys([*secrets, *([word] if word else [])])),
    )


def _host(place: str) -> tuple[str, str]:
    """Host and port as written; an IPv6 host stands in brackets."""
    if place.startswith("[") and "]" in place:
        host, _, rest = place.partition("]")
        return host + "]", rest.removeprefix(":")
    found = re.fullmatch(r"((?:\$\{\w+\}|[^:${}])*)(?::(\$\{\w+\}|[0-9]*))?", place)
    if found is None:
        raise InputError(f"{_FORM}; what stands between :// and the next / is not HOST:PORT. {_REMEDY}.")
    return found[1], found[2] or ""


def _number(port: str) -> int:
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise InputError("The port of a database's address is a whole number from 1 to 65535.")
    return int(port)


def _fill(text: str, *, decode: bool = True) -> str:
    """A part of an address with its variables filled in as they are, and %-signs outside of them decoded."""
    parts = []
    for place, part in enumerate(_VARIABLE.split(text)):
        if place % 2 == 0:
            parts.append(unquote(part) if decode else part)
            continue
        value = os.environ.get(part, "")
        if not value:
            raise InputError(
                f"The address of the database takes ${{{part}}} from the environment, where {part} is not set. "
                f"Set it for the program that starts clvlab, for example: export {part}=..."
            )
        parts.append(value)
    return "".join(parts)
