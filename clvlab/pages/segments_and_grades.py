"""Whom to look after: tiers with their probabilities, grades, movements between them, and segments."""

from dataclasses import dataclass
from typing import ClassVar

from clvlab.customers.segments import Clusters
from clvlab.evaluation.segments_and_grades import SegmentsAndGrades
from clvlab.notes import Note, Span
from clvlab.pages import contact_tables, grades_answer, grades_tables, segments_tables
from clvlab.pages.exhibits import Answer, Exhibit, Freshness, Section, TopNotices
from clvlab.pages.orders_read import freshness_of, older_than_they_seem
from clvlab.pages.page import Page

TIERS = {"customers": "number0", "expected": "number0", "uncertain": "number0", "value": "money0", "share": "percent0",
         "begins": "money2"}  # fmt: skip
GRADES = {"customers": "number0", "total": "number0", "service": "service", "actions": "action",
          "contact_every": "number0", "budget": "percent0"}  # fmt: skip
WEIGHTS = {"dimension": "dimension", "weight": "percent0", "measured": "text"}
CUSTOMERS = {"grade": "text", "total": "number0", "steadiness": "percent0", "tier": "text", "sure": "percent0",
             "expected": "money2"}  # fmt: skip
SENSITIVITY = {"changed": "percent1"}
OUTLOOK = {"now": "number0", "expected": "number0"}
RFM = {"segment": "rfm_segment", "customers": "number0", "share": "percent0", "spend": "money0",
       "share_of_spend": "percent0", "recency": "number0", "frequency": "number1"}  # fmt: skip
CUTS = {"measure": "rfm_measure", "score": "number0", "range": "text", "customers": "number0"}
STAGES = {"period": "period", "prospect": "number0", "new": "number0", "growing": "number0", "mature": "number0",
          "declining": "number0", "won_back": "number0", "lost": "number0"}  # fmt: skip
CLUSTERS = {"customers": "number0", "share": "percent0", "marks": "text", "agreement": "number2"}
COMPARED = {"division": "division", "segment": "text", "customers": "number0", "measure": "segment_measure",
            "value": "text", "rest": "text"}  # fmt: skip
CONTACTS = {"rank": "number0", "expected_profit": "money2", "chance_pays": "percent0", "expected_extra": "number2",
            "worth": "money2"}  # fmt: skip
RULES = {"rule": "rule", "length": "contact_length", "contacted": "number0", "profit": "money0",
         "forecast_contacted": "number0", "forecast_profit": "money0", "difference": "money0"}  # fmt: skip
FIRST = 20


@dataclass(frozen=True, kw_only=True)
class SegmentsAndGradesPage(Page):
    """Customers in tiers, grades and segments."""

    title_key: ClassVar[str] = "segments_and_grades.title"

    def freshness(self, study: SegmentsAndGrades) -> Freshness:
        """How old the orders are, and how many customers there are."""
        return freshness_of(self.locale, study.company, study.grades.facts.n)

    def answer(self, study: SegmentsAndGrades) -> Answer:
        """Who is in the first tier, how sure that is, whom to look at first and whom to contact."""
        contacts = study.contacts
        said = [contacts] if isinstance(contacts, Note) else contact_tables.answer(contacts)
        numbers = [] if isinstance(contacts, Note) else contact_tables.metrics(contacts)
        return Answer(
            locale=self.locale,
            sentences=(
                *grades_answer.sentences(study.grades, study.segments),
                *said,
                grades_answer.weights(study.grades),
            ),
            metrics=(*grades_answer.metrics(study.grades, study.segments), *numbers),
        )

    def cautions(self, study: SegmentsAndGrades) -> TopNotices:
        """What the reader must know first."""
        found = older_than_they_seem(study.company, "segments_and_grades.there_before")
        return self.top(*(self.notice(note, level) for note, level in found))

    def contacts(self, study: SegmentsAndGrades) -> Section:
        """Whom to contact, what that will earn, and whether a simple rule does as well; not without amounts."""
        found = study.contacts
        if isinstance(found, Note):
            return self.section("segments_and_grades.contacts_section")
        plan, listed = found.plan, contact_tables.first(found)
        return self.section(
            "segments_and_grades.contacts_section",
            *(self.notice(each) for each in contact_tables.background(found)),
            self.table("segments_and_grades.contacts", listed, CONTACTS, rows=FIRST),
            self.file("contact_list", listed.reset_index()),
            self.figure("segments_and_grades.contact_curve", "contact_curve", curve=plan.curve,
                        contacted=plan.contacted),
            self.table("segments_and_grades.contact_rules", contact_tables.rules(found), RULES,
                       intervals=("difference",)),
        )  # fmt: skip

    def tiers(self, study: SegmentsAndGrades) -> Section:
        """Tiers by expected value, with what they are likely to hold."""
        found = grades_tables.tiers(study.grades)
        horizon = Span(study.grades.horizon, "week")
        return self.section(
            "segments_and_grades.value_tiers_section",
            self.table("segments_and_grades.value_tiers", found, TIERS, intervals=("expected",),
                       caption=Note("segments_and_grades.value_tiers.of", horizon=horizon)),
        )  # fmt: skip

    def grades(self, study: SegmentsAndGrades) -> Section:
        """Grades, what is done for each, what they are made of, and the best customers."""
        both, heads = grades_tables.both(study.grades)
        return self.section(
            "segments_and_grades.grades_section",
            self.table("segments_and_grades.grades", grades_tables.grades(study.grades), GRADES),
            self.table("segments_and_grades.customers", study.grades.customers, CUSTOMERS, rows=FIRST),
            self.file("grades", study.grades.customers.reset_index()),
            self.table("segments_and_grades.dimensions", grades_tables.weights(study.grades), WEIGHTS),
            self.table("segments_and_grades.both", both, dict.fromkeys(heads, "number0"), heads=heads),
            self.table(
                "segments_and_grades.sensitivity", grades_tables.sensitivity(study.grades), {"changed": "percent1"}
            ),
        )

    def movement(self, study: SegmentsAndGrades) -> Section:
        """How customers moved between tiers, where that leads, and whether such an outlook held before."""
        found, heads = grades_tables.movement(study.grades)
        tested = grades_tables.came_true(study.grades)
        outlook = grades_tables.outlook(study.grades)
        return self.section(
            "segments_and_grades.movement_section",
            self.table("segments_and_grades.movement", found, dict.fromkeys(heads, "number0"), heads=heads,
                       caption=Note("segments_and_grades.movement.of", since=study.grades.days[1])),
            self.table("segments_and_grades.outlook", outlook, OUTLOOK, intervals=("expected",),
                       caption=Note("segments_and_grades.outlook.of", ahead=grades_tables.ahead(study.grades))),
            self.notice(tested) if tested else None,
            self.notice(study.grades.migration) if isinstance(study.grades.migration, Note) else None,
        )  # fmt: skip

    def rfm(self, study: SegmentsAndGrades) -> Section:
        """Segments by recency, frequency and spend, and where scores begin."""
        found = study.segments.rfm.segments
        return self.section(
            "segments_and_grades.rfm_section",
            self.table("segments_and_grades.rfm", found[found["customers"] > 0], RFM),
            self.table("segments_and_grades.cuts", segments_tables.cuts(study.segments), CUTS),
            self.file("rfm", study.segments.rfm.table.reset_index()),
        )

    def lifecycle(self, study: SegmentsAndGrades) -> Section:
        """Stages of customers' lives, and how they moved between them."""
        moves, heads, of = segments_tables.moves(study.segments)
        return self.section(
            "segments_and_grades.lifecycle_section",
            self.table("segments_and_grades.lifecycle", segments_tables.stages(study.segments), STAGES,
                       caption=Note("segments_and_grades.lifecycle.of", threshold=study.segments.facts.threshold)),
            self.table("segments_and_grades.moves", moves, {"stage": "stage", **dict.fromkeys(heads, "percent0")},
                       heads=heads, caption=of),
            self.notice(segments_tables.by_chance(study.segments)),
        )  # fmt: skip

    def clusters(self, study: SegmentsAndGrades) -> Section:
        """Groups of customers who are alike, where there are any."""
        shown = [each for name, found in study.segments.clusters.items() for each in self._clusters(name, found)]
        return self.section("segments_and_grades.clusters_section", *shown)

    def _clusters(self, name: str, found: Clusters | Note) -> list[Exhibit | None]:
        if isinstance(found, Note):
            return [self.notice(found)]
        if found.k == 1:
            return [self.notice(segments_tables.one_group(name, found))]
        of = Note(
            "segments_and_grades.clusters.of", division=name, n=int(found.sizes["customers"].sum()), p=found.p_value
        )
        return [self.table("segments_and_grades.clusters", segments_tables.clusters(found), CLUSTERS, caption=of)]

    def compared(self, study: SegmentsAndGrades) -> Section:
        """Segments that differ from the others of their division."""
        found = study.segments.compared
        if found.empty:
            return self.section("segments_and_grades.compared_section")
        told = self.table("segments_and_grades.compared", segments_tables.compared(study.segments), COMPARED)
        return self.section(
            "segments_and_grades.compared_section",
            told or self.notice(Note("segments_and_grades.compared.none", n=len(found))),
            self.file("segments_compared", found),
        )

    def remarks(self, study: SegmentsAndGrades) -> Section:
        """What grades could not use."""
        return self.section("segments_and_grades.remarks_section", *(self.notice(each) for each in study.grades.notes))

    def how_to_read(self, study: SegmentsAndGrades) -> Section:
        """Terms."""
        del study
        return self.section("segments_and_grades.how_to_read", alone=True)
