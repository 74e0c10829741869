"""Which model forecasts best."""

from dataclasses import dataclass
from typing import ClassVar

from clvlab.evaluation import second_thoughts
from clvlab.evaluation.alike import alike, contrasted, shown_by_segment
from clvlab.evaluation.checks.likelihood_ratios import SIMULATIONS
from clvlab.evaluation.fits import doubts
from clvlab.evaluation.study import REPEATED, ComparisonStudy
from clvlab.notes import Note
from clvlab.pages import comparison_acting as decided
from clvlab.pages import comparison_answer, orders_read
from clvlab.pages import comparison_figures as drawn
from clvlab.pages import comparison_tables as tables
from clvlab.pages.exhibits import Answer, Exhibit, Freshness, Section, TopNotices
from clvlab.pages.page import Page


@dataclass(frozen=True, kw_only=True)
class ComparisonPage(Page):
    """Forecasts side by side: the same past, the same later weeks, which none of them has seen."""

    title_key: ClassVar[str] = "comparison_report.title"

    def freshness(self, study: ComparisonStudy) -> Freshness:
        """How old the data are."""
        return orders_read.freshness(self, study.orders, study.comparison.split.holdout_end)

    def answer(self, study: ComparisonStudy) -> Answer:
        """The verdict."""
        said = (*comparison_answer.sentences(study), orders_read.rows_used(study.orders))
        return Answer(locale=self.locale, sentences=said, metrics=comparison_answer.metrics(study))

    def cautions(self, study: ComparisonStudy) -> TopNotices:
        """What the reader must know before deciding."""
        return self.top(orders_read.there_before(self, study.orders))

    def periods(self, study: ComparisonStudy) -> Section:
        """What the models saw, and how forecasts were made."""
        said = comparison_answer.periods(study.comparison)
        return self.section("comparison_report.periods_section", *(self.notice(note) for note in said))

    def scores(self, study: ComparisonStudy) -> Section:
        """How far each forecast was from what customers then did; of near-identical ones the best stands for all."""
        comparison, best, groups = study.comparison, study.comparison.verdict.best, alike(study.comparison)
        columns = {"competitor": "competitor", "alike": "competitor", "among": "answer", **tables.written("purchases")}
        failed = comparison.table.loc[comparison.table["failed"] != "", ["failed"]].rename_axis("competitor")
        figures = []
        if best:
            figures = [
                self.figure("comparison_report.differences", "score_differences", best=best, values={"best": best},
                            table=comparison.differences.loc[list(groups), ["difference", "low", "high"]].dropna(),
                            tied=list(comparison.verdict.best_set)),
                self.figure("comparison_report.score_intervals", "score_intervals", score="deviance", best=best,
                            table=comparison.intervals("deviance").loc[list(groups)].dropna()),
            ]  # fmt: skip
        return self.section(
            "comparison_report.scores_section",
            self.table("comparison_report.scores", tables.scores(comparison), columns, in_file=True,
                       heads=tables.own_heads("comparison_report.scores", "purchases", self.locale)),
            self.file("model_scores", tables.all_scores_of(comparison)),
            self.table("comparison_report.failed", failed, tables.FAILED),
            *figures,
        )  # fmt: skip

    def second_thoughts(self, study: ComparisonStudy) -> Section:
        """Who is best by other scores, and at each calibration end."""
        comparison = study.comparison
        others = second_thoughts.other_scores(comparison)
        if others.empty:
            return self.section("comparison_report.second_thoughts_section")
        counts = {kind: int((others["changes"] == kind).sum()) for kind in ("no", "tied", "yes")}
        return self.section(
            "comparison_report.second_thoughts_section",
            self.notice(Note("comparison_report.second_thoughts.counted", all=len(others), **counts)),
            self.table("comparison_report.second_thoughts", tables.criteria_named(others), tables.OTHERS),
            self._by_origin(study) if len(comparison.runs) > 1 else None,
            detail=True,
        )

    def _by_origin(self, study: ComparisonStudy) -> Exhibit | None:
        wide, heads = tables.by_origin(study.comparison)
        columns = {"competitor": "competitor"} | dict.fromkeys(heads, "number3")
        return self.table("comparison_report.by_origin", wide, columns, heads=heads)

    def over_time(self, study: ComparisonStudy) -> Section:
        """Repeat purchases of all customers together, period by period and added up."""
        return self.section("comparison_report.over_time_section", *drawn.over_time(self, study))

    def light_and_heavy(self, study: ComparisonStudy) -> Section:
        """Errors by how often, and how recently, customers bought before."""
        shown = contrasted(study.comparison)
        if not shown:
            return self.section("comparison_report.light_and_heavy_section")
        return self.section(
            "comparison_report.light_and_heavy_section",
            self.figure("comparison_report.by_frequency", "by_frequency", table=study.comparison.by_frequency,
                        labels=shown),
            self.figure("comparison_report.by_recency", "by_recency", table=study.by_recency, labels=shown,
                        unit=study.comparison.split.unit),
        )  # fmt: skip

    def calibration(self, study: ComparisonStudy) -> Section:
        """Whether chances and intervals are calibrated; empty if no competitor gives any."""
        chances = study.reliability
        shown = [key for key in contrasted(study.comparison) if key in chances] or list(chances)[:1]
        held = study.comparison.table.loc[list(alike(study.comparison)), ["pit_share"]].dropna()
        return self.section(
            "comparison_report.calibration_section",
            self.figure("comparison_report.reliability", "reliability", tables={key: chances[key] for key in shown})
            if shown else None,
            self.figure("comparison_report.intervals", "coverage", table=held) if len(held) else None,
        )  # fmt: skip

    def value(self, study: ComparisonStudy) -> Section:
        """Scores of value; empty where the orders have no amounts."""
        known = tables.value(study.comparison)
        columns = {"competitor": "competitor", "among": "answer", **tables.written("value")}
        heads = tables.own_heads("comparison_report.value", "value", self.locale)
        return self.section(
            "comparison_report.value_section", self.table("comparison_report.value", known, columns, heads=heads)
        )

    def acting(self, study: ComparisonStudy) -> Section:
        """What contacting customers by each list would have earned; without amounts, what it would have reached."""
        if study.targeting["captured"].isna().all():
            return self.section("comparison_report.acting_section")
        if not study.orders.has_amounts:
            return self.section("comparison_report.reaching_section", *decided.reaching(self, study))
        return self.section("comparison_report.acting_section", *decided.acting(self, study))

    def by_segment(self, study: ComparisonStudy) -> Section:
        """Scores in each segment; empty where none was asked for."""
        table = study.by_segment
        if table is None:
            return self.section("comparison_report.by_segment_section")
        few = table[table["competitor"].isin(shown_by_segment(study.comparison, contrasted(study.comparison)))]
        return self.section(
            "comparison_report.by_segment_section",
            self.table(
                "comparison_report.by_segment", few.set_index(["segment", "competitor"]), tables.SEGMENTS, in_file=True
            ),
            self.file("by_segment", table),
        )  # fmt: skip

    def from_within(self, study: ComparisonStudy) -> Section:
        """Whether the best model describes the past it was fitted to, and its forecast for a customer."""
        fit, grid = study.best_fit, study.grid
        if fit is None or grid is None:
            return self.section("comparison_report.from_within_section")
        ratios = study.likelihood_ratios
        return self.section(
            "comparison_report.from_within_section",
            self.figure("comparison_report.past", "frequency_histogram", table=study.past, values={"model": fit.name}),
            self.figure("comparison_report.grid", "recency_frequency", values={"model": fit.name}, age=grid.age,
                        frequency=grid.frequency, recency=grid.recency, alive=grid.alive, expected=grid.expected,
                        unit=study.comparison.split.unit),
            self.table("comparison_report.criteria", study.criteria, tables.CRITERIA),
            *(self.notice(note, "warning") for note in tables.uneven(study.criteria)),
            self.table("comparison_report.ratios", ratios.set_index("small"), tables.RATIOS,
                       caption=Note("comparison_report.ratios.caption", n=SIMULATIONS,
                                    least=1.0 / (SIMULATIONS + 1.0))) if len(ratios) else None, detail=True,
        )  # fmt: skip

    def parameters(self, study: ComparisonStudy) -> Section:
        """Estimates of one model by several routes, and what was believed before and after the data."""
        fit = study.sampled
        if fit is None:
            return self.section("comparison_report.parameters_section")
        wide, heads = tables.parameters(study.comparison, fit)
        return self.section(
            "comparison_report.parameters_section",
            self.table("comparison_report.parameters", wide, dict.fromkeys(heads, "number3"), heads=heads,
                       caption=Note("comparison_report.parameters.caption", model=fit.name,
                                    unit=study.comparison.split.unit)),
            self.figure("comparison_report.densities", "prior_and_posterior", densities=study.densities,
                        maxima=study.maxima),
            *(self.notice(_doubt(key, note), "warning") for key, note in doubts(study.comparison)), detail=True,
        )  # fmt: skip

    def without_the_first_month(self, study: ComparisonStudy) -> Section:
        """One model's scores with and without customers of the first month; empty where it has none."""
        table = study.without_the_first_month
        if table is None:
            return self.section("comparison_report.without_section")
        if isinstance(table, str):
            said = Note("comparison_report.without.not_possible", reason=table)
            return self.section("comparison_report.without_section", self.notice(said, "warning"))
        caption = Note("comparison_report.without.caption", model=REPEATED)
        shown = self.table("comparison_report.without", tables.without(table), tables.WITHOUT, caption=caption)
        return self.section("comparison_report.without_section", shown)

    def data(self, study: ComparisonStudy) -> Section:
        """What became of every row."""
        return orders_read.ledger(self, study.orders)

    def how_to_read(self) -> Section:
        """What the words mean."""
        return self.section("comparison_report.how_to_read", alone=True)


def _doubt(key: str, note: Note) -> Note:
    """What a fit says against itself, with its name; the spend model names itself."""
    return Note("comparison_report.parameters.doubt_of", model=key, note=note) if key else note
