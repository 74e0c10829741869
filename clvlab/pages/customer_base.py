"""The customer base page: the measures, what changed significantly, and what to look at."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from clvlab.customers.measures import MEASURES
from clvlab.customers.study import BaseStudy
from clvlab.notes import Note
from clvlab.pages import base_answer, base_tables
from clvlab.pages.exhibits import Answer, Freshness, Section, TopNotices
from clvlab.pages.orders_read import freshness_of
from clvlab.pages.page import Page

TABLE = {"value": "text", "n": "text", "before": "text", "change": "text", "news": "text", "target": "text"}
UNUSUAL = {"period": "month", "measure": "measure", "value": "text", "usual": "text"}
STANDING_OUT = {"measure": "measure", "segment": "text", "value": "text", "rest": "text", "n": "text"}
COHORTS = {"segment": "period", "n": "number0", "value": "percent0", "rest": "percent0", "said": "text"}
CHANNELS = {"customers": "number0", "acquisition_cost": "money2", "clv": "money2", "ratio": "number1",
            "payback": "number0"}  # fmt: skip
ENGAGEMENT = {"part": "engagement", "customers": "number0", "share": "percent1", "with_it": "number2",
              "without": "number2", "times": "number2"}  # fmt: skip
CARE = {"customers": "number0", "active": "number0", "owned": "number0", "in_pool": "number0", "under_care": "number0",
        "share": "percent0", "idle": "number0"}  # fmt: skip
STAGES = {"stage": "text", "open": "number0", "amount": "money0", "expected": "money0", "passed": "percent0"}
TIMELINE = {"day": "date", "table": "table", "what": "text", "amount": "number2"}
TABLES = {"table": "table", "source": "text", "read": "number0", "used": "number0", "unknown": "number0"}
LATEST = 12


@dataclass(frozen=True, kw_only=True)
class CustomerBasePage(Page):
    """The board of measures of a customer base."""

    title_key: ClassVar[str] = "customer_base.title"

    def freshness(self, study: BaseStudy) -> Freshness:
        """How old the records are."""
        return freshness_of(self.locale, study.company, study.board.facts.n)

    def answer(self, study: BaseStudy) -> Answer:
        """How many customers there are, what changed, and what to look at."""
        return Answer(locale=self.locale, sentences=base_answer.sentences(study), metrics=base_answer.metrics(study))

    def cautions(self, study: BaseStudy) -> TopNotices:
        """What the reader must know: which period this is, and whether customers were there before the records."""
        notes = base_answer.cautions(study)
        return self.top(*(self.notice(note, level) for note, level in notes))

    def measures(self, study: BaseStudy) -> Section:
        """All measures of the last period, by group."""
        parts = [
            self.table("customer_base.measures", rows, TABLE, caption=base_tables.caption(study, group))
            for group, rows in base_tables.measures(study)
        ]
        return self.section(
            "customer_base.measures_section",
            *parts,
            self.file("measures", base_tables.measures_file(study)),
            self.file("measures_by_period", study.board.history),
        )

    def history(self, study: BaseStudy) -> Section:
        """The main measures over time."""
        kinds = base_tables.drawn(study)
        return self.section(
            "customer_base.history_section",
            self.figure("customer_base.history", "measures_over_time", table=study.board.history, kinds=kinds,
                        targets=dict(study.board.targets)),
        )  # fmt: skip

    def unusual(self, study: BaseStudy) -> Section:
        """Periods unlike those around them."""
        found = base_tables.unusual(study)
        shown = self.table("customer_base.unusual", found, UNUSUAL, rows=LATEST)
        nothing = self.notice(Note("customer_base.nothing_unusual", n=len(base_tables.steady(study))))
        looked = bool(base_tables.steady(study))
        return self.section("customer_base.unusual_section", shown or (nothing if looked else None))

    def channels(self, study: BaseStudy) -> Section:
        """What customers of each channel bring, against what they cost."""
        found = study.channels
        if isinstance(found, Note):
            return self.section("customer_base.channels_section", self.notice(base_tables.lacking(found)))
        return self.section(
            "customer_base.channels_section",
            self.table("customer_base.channels", found, CHANNELS,
                       intervals=("acquisition_cost", "clv", "ratio")),
            self.file("channels", found.reset_index()),
        )  # fmt: skip

    def segments(self, study: BaseStudy) -> Section:
        """Measures by segment: those that stand out."""
        if study.division is None:
            return self.section("customer_base.segments_section")
        kinds = base_tables.drawn_by_segment(study)
        found = base_tables.standing_out(study)
        none = self.notice(Note("customer_base.no_segment_stands_out"))
        return self.section(
            "customer_base.segments_section",
            self.figure("customer_base.segments", "measures_by_segment", table=study.segments, kinds=kinds,
                        values={"division": study.division}) if kinds else None,
            self.table("customer_base.standing_out", found, STANDING_OUT) or none,
            self.file("segments", study.segments),
        )  # fmt: skip

    def care(self, study: BaseStudy) -> Section:
        """Who is looked after, by type of customer."""
        found = study.under_management.rename(columns={"low": "share_low", "high": "share_high"})
        named = found.set_axis([base_tables.kind(each) for each in found.index], axis=0).rename_axis("kind")
        return self.section(
            "customer_base.care_section", self.table("customer_base.care", named, CARE, intervals=("share",))
        )

    def cohorts(self, study: BaseStudy) -> Section:
        """Whether customers of some quarters stay less than others."""
        found = base_tables.cohorts(study)
        if found.empty:
            return self.section("customer_base.cohorts_section")
        of = Note("customer_base.cohorts.of", measure=found["measure"].iloc[0])
        return self.section(
            "customer_base.cohorts_section",
            self.table("customer_base.cohorts", found, COHORTS, intervals=("value",), caption=of),
        )

    def engagement(self, study: BaseStudy) -> Section:
        """What engaged customers do more of."""
        return self.section(
            "customer_base.engagement_section",
            self.table("customer_base.engagement", study.engagement, ENGAGEMENT, intervals=("times",)),
        )

    def pipeline(self, study: BaseStudy) -> Section:
        """Opportunities by stage."""
        return self.section(
            "customer_base.pipeline_section",
            self.table("customer_base.stages", study.stages, STAGES, intervals=("passed",)),
        )

    def one_customer(self, study: BaseStudy) -> Section:
        """A full profile of one customer."""
        one = study.one
        about = base_tables.about(study)
        return self.section(
            "customer_base.one_section",
            self.table("customer_base.about", about, {"value": "text"},
                       caption=Note("customer_base.about.of", customer=one.customer)),
            self.table("customer_base.timeline", one.timeline, TIMELINE, rows=LATEST),
        )  # fmt: skip

    def missing(self, study: BaseStudy) -> Section:
        """Measures that cannot be computed, and what they need."""
        rows = pd.DataFrame(
            [{"measure": name, "needs": need} for name, need in study.board.missing.items()],
            columns=["measure", "needs"],
        )
        return self.section(
            "customer_base.missing_section",
            self.table("customer_base.missing", rows, {"measure": "measure", "needs": "text"}),
        )

    def data(self, study: BaseStudy) -> Section:
        """What was read from each table, and how the tables match."""
        return self.section(
            "customer_base.data_section",
            self.table("customer_base.tables", base_tables.tables(study), TABLES),
            detail=True,
        )

    def definitions(self, study: BaseStudy) -> Section:
        """What each measure counts."""
        told = [name for name in MEASURES if name not in study.board.missing]
        rows = pd.DataFrame(
            [{"measure": name, "counts": Note("measures.definition.of", measure=name)} for name in told],
            columns=["measure", "counts"],
        )
        return self.section(
            "customer_base.definitions_section",
            self.table("customer_base.definitions", rows, {"measure": "measure", "counts": "text"}),
            detail=True,
        )

    def how_to_read(self, study: BaseStudy) -> Section:
        """What the words mean."""
        facts = study.board.facts
        said = Note("customer_base.threshold", days=facts.threshold, care=facts.care_within)
        return self.section("customer_base.how_to_read", self.notice(said), alone=True)
