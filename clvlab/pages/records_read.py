"""What was read of a table, for a page and for a terminal."""

from clvlab.data.reading.table import Records
from clvlab.notes import Note
from clvlab.pages.exhibits import Section
from clvlab.pages.page import Page
from clvlab.words import Locale

LEDGER = {"reason": "reason", "used": "answer", "rows": "number0", "examples": "text"}
EMPTIED = {"column": "text", "rows": "number0", "examples": "text"}


def ledger(page: Page, records: Records) -> Section:
    """What became of every row of a table read; the rows add up. Then what could not be read in rows that are used."""
    shown = records.ledger.assign(used=records.ledger["used"].astype(str).str.lower())
    shown["examples"] = [", ".join(map(str, rows)) for rows in records.ledger["examples"]]
    caption = Note("orders.ledger.caption", n=records.rows_read)
    parts = [page.table("orders.ledger", shown, LEDGER, caption=caption)]
    if len(records.emptied):
        seen = records.emptied.assign(examples=[", ".join(map(str, each)) for each in records.emptied["examples"]])
        parts.append(page.table("orders.emptied", seen, EMPTIED))
    return page.section("orders.data", *parts, detail=True)


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
