"""Tables of the page of the customer base."""

import numpy as np
import pandas as pd

from clvlab.customers.measures import MEASURES
from clvlab.customers.study import BaseStudy
from clvlab.notes import Note
from clvlab.pages.base_cells import between, cell, changed, counted
from clvlab.pages.orders_read import named
from clvlab.words import Kind

DRAWN = ("active_customers", "new_customers", "revenue", "average_order_value", "churn_rate", "repeat_rate", "nps",
         "csat", "complaint_rate", "acquisition_cost", "engagement_score", "referral_rate")  # fmt: skip
DRAWN_BY_SEGMENT = ("revenue_per_customer", "churn_rate", "repeat_rate", "nps", "complaint_rate", "lead_conversion")
MOST_DRAWN = 9
OF_OURS = ("followed_up", "first_purchase", "last_purchase")  # facts whose names are ours; others are the table's
MOST_STANDING_OUT = 15


def measures(study: BaseStudy) -> list[tuple[str, pd.DataFrame]]:
    """Rows of each group of measures, values written out."""
    table = study.board.table
    found = []
    for group in dict.fromkeys(MEASURES[name].group for name in table.index):
        rows = []
        for name, row in table[table["group"] == group].iterrows():
            measure = str(name)
            rows.append({
                "measure": Note("customer_base.name", measure=measure),
                "value": between(measure, row["value"], row["low"], row["high"]), "n": counted(measure, row["n"]),
                "before": cell(measure, row["before"]),
                "change": changed(measure, row["change"], row["change_low"], row["change_high"]),
                "news": _verdict(row), "target": _target(measure, row),
            })  # fmt: skip
        frame = pd.DataFrame(rows)
        if not study.board.targets:
            frame = frame.drop(columns="target")
        found.append((group, frame.set_index("measure")))
    return found


def caption(study: BaseStudy, group: str) -> Note:
    """The group, the period, and the one it is compared with."""
    index, against = study.board.facts.windows.index, study.board.against
    if against is None:
        return Note("customer_base.measures.of_group_alone", group=group, now=str(index[-1]))
    return Note("customer_base.measures.of_group", group=group, now=str(index[-1]), before=str(index[-1 - against]))


def _verdict(row: pd.Series) -> Note:
    if np.isnan(row["p_value"]):
        return Note("customer_base.cells.none")
    if not row["news"]:
        return Note("customer_base.verdict.noise")
    if pd.isna(row["good"]):
        return Note("customer_base.verdict.changed")
    return Note("customer_base.verdict.better" if row["good"] else "customer_base.verdict.worse")


def _target(measure: str, row: pd.Series) -> Note:
    if np.isnan(row["target"]):
        return Note("customer_base.cells.none")
    if pd.isna(row["met"]):
        return cell(measure, row["target"])
    return Note("customer_base.against_target", target=cell(measure, row["target"]), met=row["met"])


def measures_file(study: BaseStudy) -> pd.DataFrame:
    """All numbers in full."""
    return study.board.table.reset_index().dropna(axis="columns", how="all")


def drawn(study: BaseStudy) -> dict[str, Kind]:
    """Measures drawn over time, and how each is written."""
    known = study.board.history.dropna(subset=["value"]).groupby("measure")["value"].size()
    return {name: MEASURES[name].number for name in [each for each in DRAWN if known.get(each, 0) > 1][:MOST_DRAWN]}


def steady(study: BaseStudy) -> list[str]:
    """Measures that seasons leave alone and that are known here."""
    return [name for name in study.board.table.index if MEASURES[str(name)].steady]


def unusual(study: BaseStudy) -> pd.DataFrame:
    """Periods unlike those around them, values written out."""
    found = study.board.unusual
    return pd.DataFrame({
        "period": found["period"], "measure": found["measure"],
        "value": [between(*row) for row in found[["measure", "value", "low", "high"]].itertuples(index=False)],
        "usual": [cell(*row) for row in found[["measure", "usual"]].itertuples(index=False)],
    })  # fmt: skip


def drawn_by_segment(study: BaseStudy) -> dict[str, Kind]:
    """Measures drawn by segment."""
    there = set(study.segments["measure"]) if len(study.segments) else set()
    return {name: MEASURES[name].number for name in DRAWN_BY_SEGMENT if name in there}


def standing_out(study: BaseStudy) -> pd.DataFrame:
    """Segments that differ significantly from the rest, lowest p-value first."""
    found = study.segments
    if found.empty:
        return found
    told = found[found["news"]].sort_values("p_value", kind="stable").head(MOST_STANDING_OUT)
    return pd.DataFrame({
        "measure": told["measure"], "segment": told["segment"],
        "value": [between(*row) for row in told[["measure", "value", "low", "high"]].itertuples(index=False)],
        "rest": [cell(*row) for row in told[["measure", "rest"]].itertuples(index=False)],
        "n": [counted(*row) for row in told[["measure", "n"]].itertuples(index=False)],
    })  # fmt: skip


def cohorts(study: BaseStudy) -> pd.DataFrame:
    """Share of each quarter's customers who bought in the second half of their first year; else in the first half."""
    found = study.board.cohorts
    told = found[found["measure"] == "bought_later"]
    told = told if len(told) > 1 else found[found["measure"] == "bought_again"]
    rows = told.dropna(subset=["segment"]).rename(columns={"low": "value_low", "high": "value_high"})
    said = np.where(rows["news"], np.where(rows["change"] < 0, "customer_base.verdict.worse",
                                           "customer_base.verdict.better"), "customer_base.verdict.noise")  # fmt: skip
    return rows.assign(said=pd.Series([Note(str(code)) for code in said], index=rows.index, dtype=object))


def about(study: BaseStudy) -> pd.DataFrame:
    """What is known of one customer, one row per fact."""
    one = study.one
    rows: list[tuple[Note, object]] = []
    for name, value in one.facts.items():
        money = name == "spent" and isinstance(value, float)
        told = Note("customer_base.cells.money2", value=value) if money else value
        fact = str(name) if name in OF_OURS else str(name).replace("_", " ")
        rows.append((Note("customer_base.fact", fact=fact), told))
    for name, value in one.engagement.items():
        rows.append((Note("customer_base.part_of_engagement", part=str(name)),
                     Note("customer_base.cells.number0", value=value)))  # fmt: skip
    if len(one.worth):
        rows.append((Note("customer_base.worth.so_far"), Note("customer_base.cells.money2", value=one.worth["so_far"])))
        rows.append((Note("customer_base.worth.expected"),
                     Note("customer_base.cells.money2", value=one.worth["expected"])))  # fmt: skip
        rows.append((Note("customer_base.worth.prob_alive"),
                     Note("customer_base.cells.percent0", value=one.worth["prob_alive"])))  # fmt: skip
    frame = pd.DataFrame({"fact": [fact for fact, _ in rows], "value": [_plain(value) for _, value in rows]})
    return frame.set_index("fact")


def kind(identifier: object) -> Note | str:
    """A type of customer as it is said."""
    known = {"": Note("customer_base.no_kind"), "all": Note("customer_base.all_kinds")}
    return known.get(str(identifier), str(identifier))


def _plain(value: object) -> object:
    if isinstance(value, pd.Timestamp):
        return Note("customer_base.cells.day", value=value)
    if isinstance(value, float):
        return Note("customer_base.cells.number2", value=value)
    return value if isinstance(value, Note) else str(value)


def tables(study: BaseStudy) -> pd.DataFrame:
    """Each table: where from, rows read and used, rows of customers that the table of customers does not know."""
    strangers = study.across
    rows = []
    for name, table in study.company.read.items():
        used = int(table.ledger.loc[table.ledger["used"], "rows"].sum())
        unknown = np.nan
        if len(strangers) and name != "customers" and name in set(strangers["table"]):
            own = strangers[(strangers["table"] == name) & (strangers["found"] == "unknown customer")]
            unknown = float(own["rows"].sum())
        rows.append({"table": name, "source": named(table.source), "read": table.rows_read, "used": used,
                     "unknown": unknown})  # fmt: skip
    found = pd.DataFrame(rows)
    return found.drop(columns="source") if found["source"].isna().all() else found


def lacking(note: Note) -> Note:
    """What a part needs, as a sentence."""
    if note.code == "customers.needs":
        return Note("customer_base.needs", what=note.values["what"])
    return Note("customer_base.no_value", reason=note.values["reason"])
