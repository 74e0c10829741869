"""Who leaves, when and why."""

from dataclasses import dataclass
from typing import ClassVar

from clvlab.churn.bends import bent_most
from clvlab.churn.study import Study
from clvlab.churn.warning import Warnings
from clvlab.notes import Note, Span
from clvlab.pages import churn_answer, churn_orders, orders_read, records_read
from clvlab.pages import churn_tables as tables
from clvlab.pages.exhibits import Answer, Exhibit, Freshness, Section, TopNotices
from clvlab.pages.page import Page


@dataclass(frozen=True, kw_only=True)
class ChurnPage(Page):
    """Churn from subscriptions, or from orders, where customers just become inactive."""

    title_key: ClassVar[str] = "churn_report.title"

    def freshness(self, study: Study) -> Freshness:
        """How old the data are."""
        if study.orders is not None:
            return orders_read.freshness(self, study.orders, study.spells.as_of)
        source = None if study.source == "simulated" else study.source
        return Freshness(
            locale=self.locale, as_of=study.spells.as_of, rows=study.rows, customers=len(study.spells), source=source,
            amounts=study.options.value is not None,
        )  # fmt: skip

    def answer(self, study: Study) -> Answer:
        """How many leave, when, who is at risk with how much, and why; what is not known is left out."""
        said = churn_answer.sentences(study)
        if study.orders is not None:
            said.append(orders_read.rows_used(study.orders))
        return Answer(locale=self.locale, sentences=tuple(said), metrics=churn_answer.metrics(study))

    def cautions(self, study: Study) -> TopNotices:
        """What the reader must know before deciding."""
        return self.top(None if study.orders is None else orders_read.there_before(self, study.orders))

    def rule(self, study: Study) -> Section:
        """What counts as leaving, and who was left out."""
        notes = list(study.spells.notes)
        if study.written_at_leaving:
            notes.append(Note("churn_report.rule.written_at_leaving", columns=study.written_at_leaving))
        return self.section("churn_report.rule", *(self.notice(note) for note in notes))

    def early_warning(self, study: Study) -> Section:
        """Current customers by what their leaving would cost, and a file of all."""
        found = study.warnings
        if found is None:
            return self.section("churn_report.early_warning_section")
        first, everybody = tables.warned(study, found)
        unit = study.spells.unit
        told = {"horizon": Span(found.horizon, unit), "until": Span(study.options.value_units, unit)}
        section, key = "churn_report.early_warning_section", "churn_report.early_warning"
        captions = "churn_report.early_warning.caption", "churn_report.early_warning.caption_without_value"
        if study.orders is not None:
            section, key = "churn_report.early_warning_section_of_orders", "churn_report.early_warning_of_orders"
            captions = (
                "churn_report.early_warning_of_orders.caption",
                "churn_report.early_warning_of_orders.caption_without_value",
            )
        caption = Note(captions[0 if "value" in first else 1], **told)
        return self.section(
            section,
            self._groups(found),
            self.table(key, first, tables.WARNED, intervals=("chance",), caption=caption),
            self.file("early_warning", everybody),
            *(self.notice(note) for note in churn_answer.contacts(study)),
        )

    def _groups(self, found: Warnings) -> Exhibit | None:
        if found.groups.empty:
            return None
        caption = Note("churn_report.groups_to_come.caption", horizon=Span(found.horizon, found.unit))
        return self.table("churn_report.groups_to_come", churn_orders.groups(found).reset_index(),
                          churn_orders.GROUPS, intervals=("share",), caption=caption)  # fmt: skip

    def tested(self, study: Study) -> Section:
        """From orders: what came of both views of leaving at earlier ends, and which to believe; else empty."""
        of = study.tested
        if of is None:
            return self.section("churn_report.tested_section")
        if of.belief is None:
            return self.section("churn_report.tested_section", self.notice(churn_orders.which_to_believe(of)))
        caption = Note("churn_report.tested.caption", horizon=Span(of.horizon, of.unit))
        customers = Note("churn_report.views.caption", n=of.belief.ends, customers=of.belief.customers)
        return self.section(
            "churn_report.tested_section",
            self.notice(churn_orders.which_to_believe(of)),
            self.table("churn_report.tested", churn_orders.tested(of), churn_orders.TESTED,
                       intervals=("share", "expected"), caption=caption, in_file=True),
            self.table("churn_report.views", of.belief.scores.reset_index(), churn_orders.VIEWS, caption=customers),
        )  # fmt: skip

    def rates(self, study: Study) -> Section:
        """How many leave a month, counted in three ways; by tenure where days are unknown."""
        if study.rates is None:
            found = study.by_tenure
            caption = Note("churn_report.by_tenure.caption", width=Span(found.attrs["width"], found.attrs["unit"]))
            return self.section(
                "churn_report.by_tenure_section",
                self.table("churn_report.by_tenure", found.rename_axis("tenure"), tables.BY_TENURE,
                           intervals=("churn",), caption=caption),
            )  # fmt: skip
        ways, months = [way for way in tables.WAYS if way in study.rates], study.rates.rename_axis("period")
        told = study.rates[tables.counted(study.rates)]
        drawn = told[told["active"] >= tables.FEWEST_ACTIVE]
        return self.section(
            "churn_report.rates_section",
            *(self.notice(note) for note in churn_answer.too_early(study)),
            self.figure("churn_report.rates_figure", "rates", table=drawn, ways=ways) if len(drawn) > 1 else None,
            *(self.notice(note) for note in churn_answer.rates_compared(study)),
            self.table(
                "churn_report.rates",
                told.tail(tables.MOST_MONTHS).rename_axis("period"),
                tables.RATES,
                in_file=True,
            ),
            self.file("churn_rates", months),
            self._cohorts(study),
        )

    def _cohorts(self, study: Study) -> Exhibit | None:
        if study.cohorts is None:
            return None
        named, heads = tables.cohorts(study.cohorts)
        return self.table(
            "churn_report.cohorts", named, {"cohort": "period", **dict.fromkeys(heads, "percent")}, heads=heads
        )

    def survival(self, study: Study) -> Section:
        """The share still here after each tenure, of all and by the group that tells most apart."""
        unit, curves = study.spells.unit, study.group_curves
        parts: list[Exhibit | None] = [
            self.figure("churn_report.survival", "survival", table=study.curve.table, unit=unit,
                        values=churn_answer.median_told(study))
        ]  # fmt: skip
        if curves is not None and study.group is not None and study.groups is not None:
            p = curves.test.get("p_value", float("nan"))
            caption = "churn_report.survival_by.differ" if p < tables.CERTAIN else "churn_report.survival_by.alike"
            told = {"until": Span(study.groups.attrs["until"], unit), "group": study.group, "unit": unit}
            parts += [
                self.figure("churn_report.survival_by", "survival", table=curves.table, unit=unit, title=study.group,
                            caption=Note(caption, p=p), values={"group": study.group}),
                self.table("churn_report.groups", tables.groups(study.groups), tables.GROUPS,
                           intervals=("restricted",), caption=Note("churn_report.groups.caption", **told)),
            ]  # fmt: skip
        if study.orders is not None:
            parts.insert(0, self.notice(Note("churn_report.survival.flat_start", usual=churn_answer.shortest(study))))
        return self.section("churn_report.survival_section", *parts)

    def projections(self, study: Study) -> Section:
        """Retention beyond what was watched; empty where models of contracts do not apply."""
        if study.projections is None:
            return self.section("churn_report.projections_section")
        return self.section(
            "churn_report.projections_section",
            self.figure("churn_report.projection", "projection", observed=study.curve.table,
                        projected=study.projections, unit=study.spells.unit),
        )  # fmt: skip

    def causes(self, study: Study) -> Section:
        """Which reasons take customers, and which customers leave sooner than others."""
        parts: list[Exhibit | None] = []
        if study.incidence is not None:
            parts.append(self.figure("churn_report.incidence", "incidence", table=study.incidence,
                                     unit=study.spells.unit))  # fmt: skip
        if study.fit is not None:
            caption = Note("churn_report.hazard_ratios.caption", concordance=study.fit.concordance)
            table = study.fit.table.rename_axis("covariate")
            parts += [
                self.figure("churn_report.hazard_ratios_figure", "hazard_ratios", table=table),
                self.table("churn_report.hazard_ratios", table, tables.RATIOS, caption=caption, in_file=True),
                self.file("hazard_ratios", table[list(tables.RATIOS)]),
            ]
        if study.by_reason is not None:
            told = study.by_reason.dropna(subset=["hazard_ratio"]).set_index("reason")
            columns = {"left": "number0", "covariate": "text", **tables.RATIOS}
            failed = study.by_reason[study.by_reason["problem"].fillna("") != ""]
            parts.append(self.table("churn_report.by_reason", told, columns))
            parts += [
                self.notice(Note("churn_report.by_reason.not_possible", reason=reason, problem=problem), "warning")
                for reason, problem in zip(failed["reason"], failed["problem"], strict=True)
            ]
        return self.section("churn_report.causes_section", *parts)

    def trust(self, study: Study) -> Section:
        """Whether hazard ratios hold at every tenure, and forecasts on customers who were held out."""
        parts: list[Exhibit | None] = []
        if study.fit is not None and study.proportional is not None:
            bends = bent_most(study.fit)
            parts += [
                self.notice(tables.changes(study.proportional)),
                self.table("churn_report.proportional", study.proportional, tables.PROPORTIONAL),
                self.figure("churn_report.schoenfeld", "schoenfeld", table=bends, unit=study.spells.unit),
            ]
        if study.validation is not None:
            scores, calibration = study.validation
            shown = {name: table for name, table in calibration.items() if name != "kaplan_meier"}
            shown = dict(list(shown.items())[: tables.MOST_CALIBRATED])
            at = next(iter(calibration.values())).attrs["at"]
            failed = scores.loc[scores["failed"].fillna("") != "", "failed"]
            parts.append(self.table("churn_report.validation", scores.dropna(subset=["concordance"]), tables.SCORES))
            parts += [
                self.notice(Note("churn_report.validation.failed", competitor=name, reason=reason), "warning")
                for name, reason in failed.items()
            ]
            parts.append(self.figure("churn_report.calibration", "reliability", tables=shown, of="leaving",
                                     values={"at": Span(float(at), study.spells.unit)}))  # fmt: skip
        if study.gap_sensitivity is not None:
            parts.append(
                self.table(
                    "churn_report.gaps",
                    tables.gaps(study.gap_sensitivity),
                    tables.GAPS,
                    caption=Note("churn_report.gaps.caption", unit=study.spells.unit),
                )
            )
        of_orders = study.orders is not None
        return self.section("churn_report.thresholds_section" if of_orders else "churn_report.trust_section", *parts)

    def data(self, study: Study) -> Section:
        """What became of every row read; empty of simulated subscriptions."""
        if study.orders is not None:
            return orders_read.ledger(self, study.orders)
        return self.section("orders.data") if study.records is None else records_read.ledger(self, study.records)

    def how_to_read(self) -> Section:
        """What the words mean."""
        return self.section("churn_report.how_to_read", alone=True)
