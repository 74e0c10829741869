"""The parts of a database's address: login, host, options, and what the environment fills in."""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, unquote

from clvlab.errors import InputError

FILES = {"sqlite": "SQLite", "duckdb": "DuckDB"}
FORM = "The address of a database is written postgresql://USER:${CLVLAB_PASSWORD}@HOST:PORT/DATABASE#TABLE"
REMEDY = (
    "Put ${CLVLAB_PASSWORD} in its place and the password in the environment variable CLVLAB_PASSWORD; in a shell, "
    "write the address in single quotes, so that the shell does not fill it in"
)
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET_OPTION = re.compile(r"pass(?!file)|pwd|secret|token|credential|api_?key|access_?key|private_key", re.IGNORECASE)
_SECRET_WITHIN = re.compile(r"(password|pwd|secret|token)\s*=\s*(?!\$\{)[^\s;]", re.IGNORECASE)


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


def of_file(driver: str, given: str, options: str) -> str:
    """Path of a database that is a file."""
    if not given.startswith("/") or len(given) < 2 or options:
        raise InputError(
            f"A {FILES[driver]} database is written {driver}:///FILE#TABLE, three slashes and the path; a ? in the "
            "path is written %3F, a # %23."
        )
    path = Path(fill(given.removeprefix("/"))).expanduser()
    if not path.is_file():
        raise InputError(
            f"There is no {FILES[driver]} file {path.name!r}. Check the path; an absolute one begins with a fourth "
            f"slash, and others are read from {str(Path.cwd())!r}."
        )
    return str(path)


def of_server(driver: str, given: str, options: str, *, literal: bool) -> DatabaseAddress:
    """A database behind a server; ``literal`` says that a password written out is fine."""
    secrets: list[str] = []
    authority, _, database = given.partition("/")
    login, _, place = authority.rpartition("@")
    user, _, password = login.partition(":")
    if password and not literal and _VARIABLE.sub("", password):
        raise InputError(f"A password may not stand in the address of a database. {REMEDY}.")
    if "@" in database or "@" in options or place.count("/"):
        raise InputError(
            f"{FORM}; this one has an @ behind the host, as if a password held a slash or a question mark. {REMEDY}."
        )
    host, port = _host(place)
    asked = dict(parse_qsl(options, keep_blank_values=True))
    for name, value in asked.items():
        secret = bool(_SECRET_OPTION.search(name))
        if not literal and ((secret and _VARIABLE.sub("", value)) or _SECRET_WITHIN.search(value)):
            raise InputError(f"The option {name} of a database's address holds a secret. {REMEDY}.")
        filled = fill(value, decode=False)
        asked[name] = filled
        if secret or _SECRET_WITHIN.search(filled):
            secrets.append(filled)
    word = fill(password)
    return DatabaseAddress(
        driver,
        f"{driver}://{place}/{database}",
        fill(database),
        user=fill(user),
        password=word,
        host=fill(host).strip("[]"),
        port=_number(fill(port)) if port else None,
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
        raise InputError(f"{FORM}; what stands between :// and the next / is not HOST:PORT. {REMEDY}.")
    return found[1], found[2] or ""


def _number(port: str) -> int:
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise InputError("The port of a database's address is a whole number from 1 to 65535.")
    return int(port)


def fill(text: str, *, decode: bool = True) -> str:
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
