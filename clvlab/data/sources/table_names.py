"""The tables of a database, and which of them is meant."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import NamedTuple

from clvlab.data.sources.database_address import DatabaseAddress
from clvlab.errors import InputError


class KnownTable(NamedTuple):
    """A table or view that is there: its schema, its name, and whether the name alone is enough."""

    schema: str
    name: str
    plain: bool

    @property
    def written(self) -> str:
        """As an address names it."""
        return self.name if self.plain else f"{self.schema}.{self.name}"


def meant(address: DatabaseAddress, tables: Sequence[KnownTable]) -> KnownTable:
    """The table an address names, as the database writes it: exactly, or else alone in another case.

    Raises
    ------
    InputError
        There is none, or more than one could be meant.
    """
    schema, name = address.schema, address.table or ""
    asked = name if schema is None else f"{schema}.{name}"
    exact = [each for each in tables if each.name == name and (each.plain if schema is None else each.schema == schema)]
    alike = [
        each
        for each in tables
        if each.name.casefold() == name.casefold() and (schema is None or each.schema.casefold() == schema.casefold())
    ]
    plain = [each for each in alike if each.plain]
    found = exact or (plain if schema is None and len(plain) == 1 else alike)
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(f"{each.schema}.{each.name}" for each in found)
        raise InputError(f"{address.shown} could be more than one table: {names}. Write the one that is meant.")
    raise InputError(no_such_table(asked, tables, address))


def no_such_table(asked: str, tables: Sequence[KnownTable], address: DatabaseAddress) -> str:
    """What to say of a table that is not there: those that could be meant, or those there are."""
    start = f"There is no table {asked!r} in {address.shown}. "
    if not tables:
        return start + "There are no tables at all, or none that this account may see."
    names = [each.written for each in sorted(tables, key=lambda each: not each.plain)]
    known = {each.name.casefold(): each.written for each in tables} | {each.casefold(): each for each in names}
    near = get_close_matches(asked.casefold(), list(known), n=3, cutoff=0.5)
    if near:
        return f"{start}Did you mean {' or '.join(dict.fromkeys(known[each] for each in near))}?"
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return f"{start}There is {', '.join(names[:10])}{more}."
