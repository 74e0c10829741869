"""What every page from orders says about them: how recent, how many rows, and what happened to each."""

import pandas as pd

from clvlab.data.company import Company
from clvlab.data.order_book import Orders
from clvlab.notes import Note
from clvlab.pages.exhibits import Freshness, Notice, Section
from clvlab.pages.exhibits.notice import Level
from clvlab.pages.page import Page
from clvlab.words import Locale

LEDGER = {"reason": "reason", "used": "answer", "rows": "number0", "amount": "money2", "examples": "text"}


def named(source: str) -> str | None:
    """The file or table records came from; None of frames, which have no name."""
    return None if source.casefold() in ("dataframe", "pandas dataframe", "pandas") else source


def has_amounts(company: Company) -> bool:
    """Whether it has orders with amounts."""
    orders = company.read.get("orders")
    return isinstance(orders, Orders) and orders.has_amounts


def freshness(page: Page, orders: Orders, as_of: pd.Timestamp | None = None) -> Freshness:
    """How old the orders are."""
    return Freshness(
        locale=page.locale,
        as_of=as_of or orders.last_date,
        first=orders.first_date,
        last=orders.last_date,
        rows=orders.rows_read,
        customers=orders.n_customers,
        source=orders.source,
        amounts=orders.has_amounts,
    )


def freshness_of(locale: Locale, company: Company, customers: int) -> Freshness:
    """How old a company's orders are, and how many customers it has."""
    orders = company.read["orders"]
    assert isinstance(orders, Orders)
    return Freshness(
        locale=locale, as_of=company.as_of, first=orders.first_date, last=orders.last_date, rows=orders.rows_read,
        customers=customers, source=named(orders.source), amounts=orders.has_amounts,
    )  # fmt: skip


def rows_used(orders: Orders) -> Note:
    """How many rows were used, for the answer."""
    used = int(orders.ledger.loc[orders.ledger["used"], "rows"].sum())
    refused = orders.rows_read - used
    if not refused:
        return Note("orders.all_rows_used", n=orders.rows_read)
    return Note("orders.rows_used_and_refused", n=orders.rows_read, used=used, refused=refused)


def there_before(page: Page, orders: Orders) -> Notice | None:
    """A warning where customers were there before the records began."""
    opening = orders.opening
    if not opening.outsized:
        return None
    said = Note(
        "orders.customers_were_there_before",
        n=opening.customers,
        all=opening.total,
        share=opening.share,
        usual=opening.even_share,
        until=opening.until,
    )
    return page.notice(said, "warning")


def older_than_they_seem(company: Company, code: str) -> list[tuple[Note, Level]]:
    """The same of a company's page, in its own words (``code``)."""
    orders = company.read.get("orders")
    if not isinstance(orders, Orders) or not orders.opening.outsized:
        return []
    return [(Note(code, n=orders.opening.customers, until=orders.opening.until), "warning")]


def ledger(page: Page, orders: Orders) -> Section:
    """What became of every row read; the rows add up."""
    shown = orders.ledger.assign(used=orders.ledger["used"].astype(str).str.lower())
    shown["examples"] = [tuple(rows) for rows in orders.ledger["examples"]]
    caption = Note("orders.ledger.caption", n=orders.rows_read)
    return page.section("orders.data", page.table("orders.ledger", shown, LEDGER, caption=caption), detail=True)


def in_text(orders: Orders, locale: Locale) -> str:
    """A summary of orders read, for a terminal: columns, counts, ledger, and remarks."""
    notes = [locale.say(note) for note in (*orders.notes, orders.opening.note)]
    return "\n".join([orders.described(), "", *(f"- {note}" for note in notes)])
