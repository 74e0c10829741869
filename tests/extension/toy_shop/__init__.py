"""A package outside clvlab that adds one of each kind: what an author writes, and all of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pandas as pd

from clvlab.evaluation import Score
from clvlab.evaluation.competitors import Forecast, Past
from clvlab.formulas.protocols import TransactionFormula
from clvlab.inference.priors import LogNormal, Prior
from clvlab.models.model import Model
from clvlab.models.transactions import TransactionFit
from clvlab.notes import Note
from clvlab.pages import Page
from clvlab.pages.exhibits import Answer, Metric, Section
from clvlab.registry import CompetitorEntry, PageEntry, WordsEntry
from clvlab.value import ValueStudy
from toy_shop import one_rate

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class OneRate(Model[TransactionFit]):
    """Poisson purchases at a rate that is exponential across customers."""

    formula: ClassVar[TransactionFormula] = one_rate
    fit_class: ClassVar[type[TransactionFit]] = TransactionFit
    default_priors: ClassVar[Mapping[str, Prior]] = {"alpha": LogNormal(median=10.0, spread=1.5)}

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        return {"alpha": float(histories["T"].sum() / histories["frequency"].sum())}


@dataclass(frozen=True)
class Nobody:
    """Forecasts that nobody buys."""

    def fit(self, past: Past) -> "Nobody.Fitted":
        return Nobody.Fitted(past)

    @dataclass(frozen=True)
    class Fitted:
        past: Past

        def forecast(self, horizon: float) -> Forecast:
            return Forecast(pd.Series(0.0 * horizon, index=self.past.histories.index))


WORST = Score("worst", "purchases", ("expected",), "lower", "number2", lambda one: float(abs(one.error).max()))


@dataclass(frozen=True, kw_only=True)
class ToyPage(Page):
    """How many customers there are, and who is first."""

    title_key: ClassVar[str] = "toy_report.title"

    def answer(self, study: ValueStudy) -> Answer:
        count = len(study.value.table)
        metric = Metric(label=Note("toy_report.customers"), value=count)
        return Answer(locale=self.locale, sentences=(Note("toy_report.so_many", n=count),), metrics=(metric,))

    def first(self, study: ValueStudy) -> Section:
        table = study.value.table.nlargest(3, "clv").rename_axis("customer_id")
        return self.section("toy_report.first_section", self.table("toy_report.first", table, {"clv": "money"}))


MODEL = OneRate
COMPETITOR = CompetitorEntry("nobody", lambda _: Nobody(), naive=True)
PAGE = PageEntry(HERE / "toy_report.ipynb")
WORDS = WordsEntry("en", HERE / "words" / "en")
THINGS = (MODEL, COMPETITOR, WORST, PAGE, WORDS)
