"""What was read of a table, for a terminal: columns, the ledger, and what was noticed in sentences."""

from clvlab.data.reading.table import Records
from clvlab.words import Locale


def records_in_text(records: Records, locale: Locale) -> str:
    """Columns by role, rows by reason, values that could not be read, columns in no role, and notes."""
    columns = [f"{role:<14}{column}" for role, column in records.headings.roles.items()]
    ledger = records.ledger.assign(examples=[", ".join(map(str, rows)) for rows in records.ledger["examples"]])
    parts = [f"{'source':<14}{records.source}", *columns, "", ledger.to_string(index=False)]
    if len(records.emptied):
        shown = records.emptied.assign(examples=[", ".join(map(str, seen)) for seen in records.emptied["examples"]])
        parts += ["", shown.to_string(index=False)]
    if records.headings.unknown:
        parts += ["", locale.say("data.columns_in_no_role", columns=list(records.headings.unknown))]
    return "\n".join([*parts, "", *(f"- {locale.say(note)}" for note in records.notes)])
