"""Orders, tables, companies and splits."""

import pandas as pd

from clvlab.data.company import Company
from clvlab.data.order_book import Orders
from clvlab.data.reading.table import Records
from clvlab.data.split import Split
from clvlab.representations.showing import Showing, showing


@showing.register
def _(orders: Orders) -> Showing:
    return Showing(repr(orders)[1:-1], _ledger(orders.ledger), (*orders.notes, orders.opening.note))


@showing.register
def _(records: Records) -> Showing:
    return Showing(repr(records)[1:-1], _ledger(records.ledger), records.notes)


def _ledger(ledger: pd.DataFrame) -> pd.DataFrame:
    return ledger.assign(examples=[", ".join(map(str, rows)) for rows in ledger["examples"]]).set_index("reason")


@showing.register
def _(company: Company) -> Showing:
    rows = {name: (len(company.frame(name)), ", ".join(map(str, company.frame(name).columns))) for name in company}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["rows", "columns"]).rename_axis("table")
    table["columns"] = table["columns"].str.slice(0, 70)
    empty = [f"Without rows, and left out: {', '.join(company.empty)}."] if company.empty else []
    return Showing(repr(company)[1:-1], table, empty)


@showing.register
def _(parts: Split) -> Showing:
    held, unit = parts.holdout["frequency_holdout"], parts.unit
    title = (
        f"{len(parts.calibration):,} customers, calibration to {parts.calibration_end:%Y-%m-%d}, holdout of "
        f"{parts.duration:g} {unit}s to {parts.holdout_end:%Y-%m-%d}"
    )
    counts = {
        "calibration": (int((parts.calibration["frequency"] > 0).sum()), parts.calibration["frequency"].sum()),
        "holdout": (int((held > 0).sum()), held.sum()),
    }
    table = pd.DataFrame.from_dict(counts, orient="index", columns=["customers_who_bought_again", "repeat_purchases"])
    return Showing(title, table.astype(int), parts.notes)
