"""What makes a comparison impossible: an error in English for who calls, and its code for pages."""

from clvlab.errors import InputError
from clvlab.notes import Note


class NotCompared(InputError):
    """There is nothing to compare; ``note`` says why."""

    def __init__(self, message: str, note: Note) -> None:
        super().__init__(message)
        self.note = note


def no_table(table: str, purpose: str) -> NotCompared:
    """A table is not there."""
    return NotCompared(
        f"{purpose} needs a table of {table}, which is not there.", Note("actions_programmes.no_table", table=table)
    )
