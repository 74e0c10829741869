"""The customer-base audit: how customers differ, how they changed, how cohorts evolve, and what to expect."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from clvlab.customers.audit import AuditStudy
from clvlab.notes import Note
from clvlab.pages import audit_answer
from clvlab.pages.audit_tables import (
    OVERLAP_HEADS,
    cohort_names,
    cohort_text,
    freshness,
    heads,
    patterns,
    quantities,
    text_index,
    without_diagonal,
)
from clvlab.pages.exhibits import Answer, Freshness, Section, TopNotices
from clvlab.pages.page import Page

PROFIT = {"customers": "number0", "transactions": "number0", "aof": "number2", "aov": "money2", "margin": "percent1",
          "profit": "money0"}  # fmt: skip
BY_PERIOD = {"period": "period", **PROFIT}
TENTHS = {**PROFIT, "share": "percent1", "lowest": "money2"}
TIMES = {"customers": "number0", "share_of_customers": "percent1", "share_of_profit": "percent1", "aov": "money2",
         "margin": "percent1"}  # fmt: skip
SPREAD = {"customers": "number0", "mean": "number2", "10%": "number2", "25%": "number2", "50%": "number2",
          "75%": "number2", "90%": "number2", "99%": "number2"}  # fmt: skip
OVERLAP = {"group": "audit_group", "customers": "number0", "aof_before": "number2", "aov_before": "money2",
           "profit_before": "money0", "aof_after": "number2", "aov_after": "money2", "profit_after": "money0",
           "change": "money0"}  # fmt: skip
MOVES = {"move": "audit_move", "customers": "number0", "profit_before": "money0", "profit_after": "money0",
         "change": "money0"}  # fmt: skip
COHORT = {"period": "period", "customers": "number0", "active_share": "percent1", "aof": "number2", "aov": "money2",
          "margin": "percent1", "profit_per_active": "money2", "profit": "money0"}  # fmt: skip
PATTERNS = {"customers": "number0", "share": "percent1", "profit": "money0"}
NEXT = {"customers": "number0", "within_30": "percent0", "within_90": "percent0", "within_180": "percent0",
        "within_365": "percent0", "median": "number0"}  # fmt: skip
SECOND = {"cohort": "period", **{name: kind for name, kind in NEXT.items() if name != "median"}}
WITHIN = ("within_30", "within_90", "within_180", "within_365")
TO_DATE = {"customers": "number0", "transactions": "number0", "mean": "money2", "share": "percent1", "lowest": "money2"}
REPEAT = {"cohort": "period", "size": "number0", "share": "percent1"}
OUTLOOK = {"cohort": "period", "last": "money0", "ratio": "number2", "next": "money0"}
CATEGORIES = {"penetration": "percent1", "buyers": "number0", "aof": "number2", "spend_per_order": "money2",
              "margin": "percent1", "profit": "money0", "share": "percent1"}  # fmt: skip
FIRST = {"customers": "number0", "share": "percent1", "again": "percent1", "spend": "money2"}
UNUSED = {"reason": "audit_unused", "rows": "number0", "spend": "money0"}
ENDS = {"low": "share_low", "high": "share_high"}
MOST_COHORTS = 8
MOST_CATEGORIES = 12


@dataclass(frozen=True, kw_only=True)
class AuditPage(Page):
    """The five lenses of a customer-base audit."""

    title_key: ClassVar[str] = "audit.title"

    def freshness(self, study: AuditStudy) -> Freshness:
        """How old the records are."""
        return freshness(self.locale, study)

    def answer(self, study: AuditStudy) -> Answer:
        """What the last period brought, how it changed, what to expect, and what to do."""
        return Answer(locale=self.locale, sentences=audit_answer.sentences(study), metrics=audit_answer.metrics(study))

    def cautions(self, study: AuditStudy) -> TopNotices:
        """What the reader must know first."""
        return self.top(*(self.notice(note, level) for note, level in audit_answer.cautions(study)))

    def one_period(self, study: AuditStudy) -> Section:
        """How customers differ within a period."""
        found, tenths = study.audit, study.deciles
        share = tenths["share"].iloc[0]
        return self.section(
            "audit.one_period_section",
            self.table("audit.decomposition", text_index(found.decomposition), BY_PERIOD, heads=heads(study)),
            self.figure("audit.deciles_drawn", "deciles", table=tenths,
                        values={"period": study.last})
            if np.isfinite(share) else None,
            self.table("audit.deciles", tenths, TENTHS, heads=heads(study),
                       caption=Note("audit.deciles.of", period=study.last)),
            self.table("audit.profit_deciles", found.profit_deciles(study.last), TENTHS, heads=heads(study),
                       caption=Note("audit.profit_deciles.of", period=study.last))
            if found.decomposition["profit"].iloc[-1] > 0 else None,
            self.table("audit.times", found.by_transactions(study.last), TIMES,
                       heads=heads(study, "share_of_profit")),
            self.table("audit.spread", quantities(found.distribution(study.last)), SPREAD),
        )  # fmt: skip

    def two_periods(self, study: AuditStudy) -> Section:
        """How customers changed from the period before."""
        if study.before is None:
            return self.section("audit.two_periods_section")
        pair = study.before, study.last
        found = study.audit
        steps = study.steps.to_frame()
        shown = steps[
            (steps["profit"].abs() > 1e-6 * steps["profit"].abs().max()) | steps.index.isin(["before", "after"])
        ]
        matrix = text_index(found.switching(*pair)).rename(columns=str)
        ends = {"before": study.before, "after": study.last}
        return self.section(
            "audit.two_periods_section",
            self.figure("audit.bridge", "bridge", steps=shown, ends=list(pair), values=ends),
            self.table("audit.overlap", found.overlap(*pair), OVERLAP,
                       heads={name: Note(code, **ends) for name, code in OVERLAP_HEADS.items()}),
            self.figure("audit.switching", "heatmap", table=matrix, rows="audit.axes.decile_before",
                        columns="audit.axes.decile_after", kind="number",
                        values={**ends, **_moved(matrix)}),
            self.table("audit.moves", found.moves(*pair), MOVES,
                       heads={"profit_before": Note("audit.heads.profit_in", period=study.before),
                              "profit_after": Note("audit.heads.profit_in", period=study.last)}),
        )  # fmt: skip

    def one_cohort(self, study: AuditStudy) -> Section:
        """How one cohort evolves."""
        found = study.audit
        own = found.cohorts[found.cohorts.index.get_level_values("cohort") == study.cohort].droplevel("cohort")
        size = int(own["size"].iloc[0])
        of = {"cohort": Note("audit.cohort_name", cohort=cohort_text(study.cohort)), "n": size}
        return self.section(
            "audit.one_cohort_section",
            self.table("audit.cohort", text_index(own), COHORT, heads=heads(study),
                       caption=Note("audit.cohort.of", **of)),
            self.table("audit.patterns", patterns(found.patterns(study.cohort)), PATTERNS, heads=heads(study),
                       caption=Note("audit.patterns.of", **of)),
            self.table("audit.next", study.next_purchases, NEXT,
                       intervals=WITHIN),
            self.table("audit.to_date", found.value_to_date(study.cohort), TO_DATE,
                       caption=Note("audit.to_date.of", **of)),
        )  # fmt: skip

    def cohorts(self, study: AuditStudy) -> Section:
        """How cohorts compare."""
        found = study.audit
        known = [each for each in found.cohorts.index.get_level_values("cohort").unique() if each != "before"]
        chosen = known[-MOST_COHORTS - 1 : -1] or known
        by_age = found.compare_cohorts(*chosen, column="active_share").T if chosen else pd.DataFrame()
        by_age = by_age.drop(columns=[0], errors="ignore")
        lines = found.compare_cohorts(*chosen, column="profit", indexed=True) if chosen else pd.DataFrame()
        return self.section(
            "audit.cohorts_section",
            self.figure("audit.retention", "heatmap", table=by_age, rows="audit.axes.cohort", columns="audit.axes.age",
                        kind="percent", relative=True) if by_age.size else None,
            self.figure("audit.indexed", "cohort_lines", table=lines, axis="audit.axes.indexed", kind="percent")
            if len(lines) > 1 else None,
            self.table("audit.repeat", cohort_names(found.repeat_buying).rename(columns=ENDS), REPEAT,
                       intervals=("share",)),
            self.table("audit.second", study.second_purchases, SECOND, intervals=WITHIN),
        )  # fmt: skip

    def whole_base(self, study: AuditStudy) -> Section:
        """How cohorts make up the base, and what next year may bring."""
        chart = study.audit.c3()
        last = chart.iloc[-1].fillna(0.0)
        newest = float(last.iloc[-1] / last.sum()) if last.sum() else float("nan")
        return self.section(
            "audit.whole_base_section",
            self.figure("audit.c3", "cohort_chart", table=text_index(chart),
                        values={"period": study.last, "share": newest},
                        axis="audit.axes.profit" if study.audit.table.margin_known else "audit.axes.revenue"),
            self.table("audit.outlook", cohort_names(study.outlook), OUTLOOK) if len(study.outlook) else None,
            self.file("cohorts", study.audit.cohorts.reset_index().astype({"period": str})),
        )  # fmt: skip

    def categories(self, study: AuditStudy) -> Section:
        """The same by product category."""
        together = study.together.iloc[:MOST_CATEGORIES, :MOST_CATEGORIES]
        return self.section(
            "audit.categories_section",
            self.table("audit.categories", study.by_category, CATEGORIES, heads=heads(study),
                       caption=Note("audit.categories.of", period=study.last)),
            self.figure("audit.together", "heatmap", table=without_diagonal(together), rows="audit.axes.bought",
                        columns="audit.axes.also", kind="percent", relative=True)
            if len(together) > 1 else None,
            self.table("audit.first", study.bought_first, FIRST),
        )  # fmt: skip

    def data(self, study: AuditStudy) -> Section:
        """What is in none of the tables."""
        return self.section("audit.data_section", self.table("audit.unused", study.audit.unused, UNUSED), detail=True)

    def how_to_read(self, study: AuditStudy) -> Section:
        """What the words mean."""
        said = Note("audit.periods", n=len(study.audit.periods), first=str(study.audit.periods[0]), last=study.last)
        return self.section("audit.how_to_read", self.notice(said), alone=True)


def _moved(matrix: pd.DataFrame) -> dict[str, int]:
    """How many customers of both periods stayed in their tenth, the first of which is the best, and how many moved."""
    tenths = matrix.drop(index="absent", columns="absent", errors="ignore").to_numpy()
    return {
        "same": int(np.trace(tenths)), "up": int(np.tril(tenths, -1).sum()), "down": int(np.triu(tenths, 1).sum()),
    }  # fmt: skip
