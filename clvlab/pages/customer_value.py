"""What our customers are worth."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pandas as pd

from clvlab.notes import Note
from clvlab.pages import orders_read, value_answer, value_tables
from clvlab.pages.exhibits import Answer, Freshness, Section, TopNotices
from clvlab.pages.page import Page
from clvlab.value.spread import histogram, lorenz
from clvlab.value.study import ValueStudy

MONEY = {"clv": "money0", "value": "money0", "prob_alive": "percent0", "expected_purchases": "number2",
         "expected_spend": "money2"}  # fmt: skip
PURCHASES = {"clv": "number2", "value": "number0", "prob_alive": "percent0", "frequency": "number0"}
INTERVALS = ("clv", "value")
TOP = 20
TRIED = {"deviance": "number4", "difference": "number4", "std_error": "number4"}
ESTIMATES = dict.fromkeys(["estimate", "std_error", "low", "high"], "number3")


@dataclass(frozen=True, kw_only=True)
class CustomerValuePage(Page):
    """The value of each customer and of the base; where amounts are unknown, in purchases."""

    title_key: ClassVar[str] = "customer_value.title"

    def freshness(self, study: ValueStudy) -> Freshness:
        """How old the data are."""
        return orders_read.freshness(self, study.orders, pd.Timestamp(study.histories.attrs["end"]))

    def answer(self, study: ValueStudy) -> Answer:
        """What the base is worth, how sure that is, and how unevenly it is spread."""
        said = (*value_answer.sentences(study), orders_read.rows_used(study.orders))
        return Answer(locale=self.locale, sentences=said, metrics=value_answer.metrics(study))

    def cautions(self, study: ValueStudy) -> TopNotices:
        """What the reader must know before deciding."""
        check = study.value.independence
        dependent = check is not None and check.light != "green"
        return self.top(
            self.notice(value_answer.independence_note(check), "warning") if check is not None and dependent else None,
            orders_read.there_before(self, study.orders),
        )

    def doubts(self, study: ValueStudy) -> Section:
        """Doubts about the fits."""
        told = [(fit.name, message) for fit in study.fits for message in fit.diagnostics.messages]
        said = [Note("customer_value.doubts.of_a_model", model=name, message=message) for name, message in told]
        return self.section("customer_value.doubts", *(self.notice(each, "warning") for each in said))

    def top_customers(self, study: ValueStudy) -> Section:
        """The most valuable customers, and a file of all."""
        everybody = value_tables.customers(study)
        in_money = study.spend is not None
        key = "customer_value.top_customers" if in_money else "customer_value.top_buyers"
        drawn = "customer_value.top_customers_figure" if in_money else "customer_value.top_buyers_figure"
        kind = "money" if in_money else "number"
        return self.section(
            "customer_value.top_section" if in_money else "customer_value.buyers_section",
            self.table(key, everybody.assign(value=np.nan), MONEY if in_money else PURCHASES, intervals=INTERVALS,
                       rows=TOP, in_file=True),
            self.file("customer_value", everybody.reset_index()),
            self.figure(drawn, "top_customers", table=everybody.head(15), kind=kind),
        )  # fmt: skip

    def concentration(self, study: ValueStudy) -> Section:
        """How value is spread over customers."""
        clv = study.value["clv"]
        curve = lorenz(clv)
        if study.spend is None:
            return self.section(
                "customer_value.concentration_section",
                self.figure("customer_value.buyers", "concentration", kind="number", curve=curve),
                self.figure("customer_value.counts", "value_distribution", kind="number", given=histogram(clv)),
            )
        return self.section(
            "customer_value.concentration_section",
            self.figure("customer_value.concentration", "concentration", curve=curve),
            self.figure("customer_value.distribution", "value_distribution", given=histogram(clv)),
        )

    def by_cohort(self, study: ValueStudy) -> Section:
        """Totals by month of the first purchase."""
        in_money = study.spend is not None
        kind = "money" if in_money else "number0"
        table = study.by.assign(value=np.nan)
        columns = {"cohort": "month", "customers": "number0", "clv": kind, "value": kind, "past_value": kind}
        drawn = "customer_value.by_cohort_figure" if in_money else "customer_value.by_cohort_buyers_figure"
        key = "customer_value.by_cohort" if in_money else "customer_value.by_cohort_buyers"
        return self.section(
            "customer_value.by_cohort_section",
            self.figure(drawn, "value_by_cohort", table=study.by, kind="money" if in_money else "number"),
            self.table(key, table, columns, intervals=INTERVALS, in_file=True),
            self.file("value_by_cohort", study.by),
        )

    def totals(self, study: ValueStudy) -> Section:
        """How far off the model's own totals were from earlier days of these records, and what follows."""
        kind = "money" if study.spend is not None else "number0"
        columns = {"end": "date", "until": "date", "customers": "number0", "forecast": kind, "actual": kind,
                   "off": "percent"}  # fmt: skip
        earlier = value_tables.earlier(study)
        return self.section(
            "customer_value.totals_section",
            self.notice(study.level_note),
            self.table("customer_value.totals", earlier, columns) if len(earlier) else None,
        )

    def choice(self, study: ValueStudy) -> Section:
        """Which model of purchases was taken, and why."""
        tried = value_tables.models_tried(study)
        return self.section(
            "customer_value.choice_section",
            self.notice(study.backtest.choice.reason),
            self.table("customer_value.choice", tried, {"model": "text", **TRIED}) if len(tried) else None,
        )

    def independence(self, study: ValueStudy) -> Section:
        """Whether spend depends on frequency; empty without amounts."""
        check = study.value.independence
        if check is None:
            return self.section("customer_value.independence_section")
        return self.section(
            "customer_value.independence_section",
            self.figure("customer_value.spend_by_frequency", "spend_by_frequency", table=check.by_frequency),
            self.notice(value_answer.independence_note(check)),
            detail=True,
        )

    def without_the_first_month(self, study: ValueStudy) -> Section:
        """The same totals with and without customers of the first month of the records."""
        since, later = study.orders.opening.acquired_from, study.acquired_later
        rows: dict[str, dict[str, object]] = {"everybody": value_answer.totals(study)}
        if isinstance(later, ValueStudy):
            rows["later"] = value_answer.totals(later)
        table = pd.DataFrame.from_dict(rows, orient="index")
        table.insert(0, "who", [Note("customer_value.without.everybody"),
                                Note("customer_value.without.acquired_from", when=since)][: len(table)])  # fmt: skip
        kind = "money" if study.spend is not None else "number"
        key = "customer_value.without" if study.spend is not None else "customer_value.without_in_purchases"
        columns = {"who": "text", "customers": "number0", "clv": kind, "value": kind, "mean": kind}
        failed = None
        if isinstance(later, str):
            failed = self.notice(Note("customer_value.without.not_possible", when=since, reason=later), "warning")
        return self.section(
            "customer_value.without_section",
            self.table(key, table, columns, intervals=INTERVALS),
            failed,
        )

    def models(self, study: ValueStudy) -> Section:
        """Estimates of the models behind the values."""
        tables = []
        for fit in study.fits:
            summary = fit.summary()
            tables.append(summary.set_axis([f"{fit.name}: {parameter}" for parameter in summary.index]))
        table = pd.concat(tables).rename_axis("parameter")
        key = "customer_value.models" if study.spend is not None else "customer_value.models_of_purchases"
        caption = Note(f"{key}.caption", unit=study.value.unit)
        shown = self.table(key, table, ESTIMATES, caption=caption)
        return self.section("customer_value.models_section", shown, detail=True)

    def data(self, study: ValueStudy) -> Section:
        """What became of every row."""
        return orders_read.ledger(self, study.orders)

    def how_to_read(self, study: ValueStudy) -> Section:
        """What the words mean."""
        money = study.spend is not None
        key = "customer_value.how_to_read" if money else "customer_value.how_to_read_purchases"
        return self.section(key, alone=True)
