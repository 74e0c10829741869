"""Roles of a table's columns: as the caller says, by the exporting program's names, or by common names."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clvlab.data.tables.contract import Contract, Layout, plain
from clvlab.errors import InputError
from clvlab.notes import Note

# A record's own number: it is the row's, never the customer's, whatever the table.
RECORD_IDS = frozenset({"id", "recordid", "rowid", "index", "unnamed0", "序号", "编号"})


@dataclass(frozen=True)
class Headings:
    """Columns of a source by the role each plays.

    Attributes
    ----------
    roles : mapping of str to str
        Role to column, of the roles that are filled.
    layout : Layout or None
        The program whose names the source uses.
    unknown : tuple of str
        Columns in no role, which are listed and never guessed at.
    notes : tuple of Note
    """

    roles: Mapping[str, str]
    layout: Layout | None
    unknown: tuple[str, ...]
    notes: tuple[Note, ...]


def listed(names: Sequence[str]) -> str:
    """Column names for a message, the first forty."""
    shown = ", ".join(repr(name) for name in list(names)[:40])
    return shown + (f" and {len(names) - 40} more" if len(names) > 40 else "")


def stated(role: str, name: str, names: Sequence[str]) -> str:
    """The column that a caller names; an InputError says which there are."""
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, n=1) or [other for other in names if plain(other) == plain(name)]
    hint = f" Did you mean {near[0]!r}?" if near else ""
    raise InputError(f"{role}={name!r} names no column. The columns found are {listed(names)}.{hint}")


def layout_of(contract: Contract, names: Sequence[str]) -> Layout | None:
    """The program that made this export: the layout with the most marks present; a user's own comes first."""
    there = {plain(name) for name in names}
    known = [(len(each.marks & there) or (0 if each.marks else 0.5), each) for each in contract.layouts]
    most = max((marks for marks, _ in known), default=0)
    return next((each for marks, each in known if marks == most), None) if most else None


def candidates(
    contract: Contract, layout: Layout | None, role: str, names: Sequence[str], taken: set[str]
) -> list[str]:
    """Columns that could play a role: the layout's own one, or those of the first tier of plain names that has any."""
    free = [name for name in names if name not in taken]
    if layout is not None:
        for heading in layout.headings.get(role, ()):
            hits = [name for name in free if plain(name) == heading]
            if hits:
                return hits[:1]
    for tier in contract.columns[role].headings:
        hits = [name for name in free if plain(name) in tier and plain(name) not in RECORD_IDS]
        if hits:
            return hits
    return []


def settle(
    contract: Contract, names: Sequence[str], given: Mapping[str, str | None], *, kept: Sequence[str] = ()
) -> Headings:
    """Settle every role of a table.

    Parameters
    ----------
    contract : Contract
    names : sequence of str
        The source's columns.
    given : mapping
        Role to the column that the caller names; None where it is to be recognised.
    kept : sequence of str
        Columns that the caller carries along, which play no role.

    Raises
    ------
    InputError
        A named column is not there, a needed one is missing, or two could be meant.

    Examples
    --------
    >>> from clvlab.data.tables.contract import contract
    >>> found = settle(contract("marketing_cost"), ["Channel", "Month", "Cost", "remark"], {})
    >>> dict(found.roles), found.unknown
    ({'channel': 'Channel', 'date': 'Month', 'cost': 'Cost'}, ('remark',))
    """
    roles = {role: stated(role, name, names) for role, name in given.items() if name is not None}
    twice = [role for role, name in roles.items() if list(roles.values()).count(name) > 1]
    if twice:
        both = " and as ".join(f"{role}=" for role in twice)
        raise InputError(f"One column cannot be two things: {roles[twice[0]]!r} is given as {both}.")
    for name in kept:
        stated("attributes", name, names)
    taken = {*roles.values(), *kept}
    layout = layout_of(contract, names)
    notes = [] if layout is None else [Note("data.layout_recognised", layout=layout.said), *map(Note, layout.notes)]
    # What a program names is settled before plain names, which might take its columns for something else.
    for role in sorted(contract.columns, key=lambda each: layout is None or each not in layout.headings):
        if role in roles:
            continue
        hits = candidates(contract, layout, role, names, taken)
        if len(hits) == 1:
            roles[role] = hits[0]
            taken.add(hits[0])
        elif contract.columns[role].needed:
            raise InputError(_missing(contract, role, hits, names))
        elif hits:
            notes.append(Note("data.column_unclear", role=role, columns=hits))
    ordered = {role: roles[role] for role in contract.columns if role in roles}
    unknown = tuple(name for name in names if name not in taken)
    return Headings(ordered, layout, unknown, tuple(notes))


def _missing(contract: Contract, role: str, hits: Sequence[str], names: Sequence[str]) -> str:
    what = f"The table {contract.table} needs one column for {contract.columns[role].means}"
    if hits:
        return f"{what}; {len(hits)} could be meant: {listed(hits)}. Pass {role}= with the right one."
    own = next((name for name in names if plain(name) in RECORD_IDS), None)
    hint = f" {own!r} is taken for the row's own number: pass {role}={own!r} if it is not." if own else ""
    return (
        f"{what}, and none carries a name that says so. The columns found are {listed(names)}. "
        f"Pass {role}= with the right one.{hint}"
    )
