"""An instant belongs to one day in a time zone: the same day in every table, however the instant is written."""

import pandas as pd
import pytest

import clvlab as clv
from clvlab.data.tables.contract import contract, tables

# The last instant of a day and the first of the next in Shanghai, and around the hours that London's clocks change.
INSTANTS = pd.to_datetime(
    ["2024-01-31T15:59:59Z", "2024-01-31T16:00:00Z", "2024-03-30T23:59:59Z", "2024-03-31T00:30:00Z",
     "2024-03-31T22:59:59Z", "2024-03-31T23:00:00Z", "2024-10-26T22:59:59Z", "2024-10-27T00:30:00Z",
     "2024-10-27T23:59:59Z"]
)  # fmt: skip
DAYS = {
    "Asia/Shanghai": "01-31 02-01 03-31 03-31 04-01 04-01 10-27 10-27 10-28",
    "Europe/London": "01-31 01-31 03-30 03-31 03-31 04-01 10-26 10-27 10-27",
    "America/New_York": "01-31 01-31 03-30 03-30 03-31 03-31 10-26 10-26 10-27",
    "+05:30": "01-31 01-31 03-31 03-31 04-01 04-01 10-27 10-27 10-28",
}
WRITTEN = {
    "instants": INSTANTS,
    "text": INSTANTS.strftime("%Y-%m-%dT%H:%M:%SZ"),
    "text at another offset": INSTANTS.tz_convert("Etc/GMT+7").strftime("%Y-%m-%dT%H:%M:%S-07:00"),
    "seconds": (INSTANTS - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(seconds=1),
    "milliseconds": (INSTANTS - pd.Timestamp(0, tz="UTC")) // pd.Timedelta(milliseconds=1),
}
FILLED = {"identifier": "a", "category": "a", "text": "a", "amount": 1.0, "number": 1.0, "score": 1.0, "flag": "yes"}


def days_of(table: str, written: object, zone: str) -> dict[str, list[str]]:
    """The days that a table gives to instants, by its column."""
    if table == "orders":
        frame = pd.DataFrame({"customer": [f"c{i}" for i in range(len(INSTANTS))], "date": written, "amount": 1.0})
        bought = clv.read_orders(frame, timezone=zone).purchases()
        return {"date": list(bought["date"].dt.strftime("%m-%d"))}
    columns = contract(table).columns
    frame = pd.DataFrame({role: [f"{FILLED.get(column.kind, '')}"] * len(INSTANTS) for role, column in columns.items()})
    for role, column in columns.items():
        if column.kind == "identifier":
            frame[role] = [f"c{i}" for i in range(len(INSTANTS))]
        elif column.kind == "date":
            frame[role] = written
    found = clv.read_table(table, frame, {role: role for role in columns}, timezone=zone).frame
    assert len(found) == len(INSTANTS)
    return {role: list(found[role].dt.strftime("%m-%d")) for role, column in columns.items() if column.kind == "date"}


TABLES = tables()


@pytest.mark.parametrize("table", TABLES)
def test_a_day_is_the_same_in_every_table(table: str) -> None:
    turn = TABLES.index(table)  # each table meets every way of writing, and in turn every zone
    for i, (way, written) in enumerate(WRITTEN.items()):
        zone = list(DAYS)[(turn + i) % len(DAYS)]
        for role, days in days_of(table, written, zone).items():
            assert days == DAYS[zone].split(), (table, role, way, zone)
