"""What sells together, and what to offer next."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from clvlab.customers.baskets import Rules
from clvlab.customers.next_product import NextProductStudy
from clvlab.data.reading.table import Records
from clvlab.notes import Note
from clvlab.pages import next_answer, records_read
from clvlab.pages.exhibits import Answer, Freshness, Section, TopNotices
from clvlab.pages.orders_read import named
from clvlab.pages.page import Page

RULES = {"product": "text", "other": "text", "together": "number0", "confidence": "percent", "adjusted": "number1",
         "adjusted_later": "number1", "repeated": "answer"}  # fmt: skip
OFFERS = {"customer": "text", "rank": "number0", "product": "text", "kind": "offer_kind", "why": "text"}
SCORES = {"question": "offer_question", "candidate": "offer_by", "customers": "number0", "recall": "percent1",
          "mrr": "number3", "coverage": "percent", "novelty": "number1"}  # fmt: skip
BEATS = {"question": "offer_question", "best": "offer_by", "than": "offer_by", "difference": "points1",
         "said": "text"}  # fmt: skip
KINDS = {"kind": "offer_kind", "recommendations": "number0", "share": "percent", "customers": "number0"}
UPSELLS = {"product": "text", "category": "text", "price": "money2", "customers": "number0"}
UNUSED = {"reason": "line_unused", "rows": "number0"}
PAIRS, OFFERED, MOST = 20, 15, 10
IN_FILE = 5_000  # pairs


@dataclass(frozen=True, kw_only=True)
class NextProductPage(Page):
    """What sells together, and what to offer next."""

    title_key: ClassVar[str] = "next_product.title"

    def freshness(self, study: NextProductStudy) -> Freshness:
        """How old the order lines are."""
        read = study.company.read["order_lines"]
        assert isinstance(read, Records)
        day = pd.Series(study.baskets.day, dtype="datetime64[s]").dropna()
        known = len(day) > 0
        return Freshness(
            locale=self.locale, as_of=day.max() if known else None, first=day.min() if known else None,
            last=day.max() if known else None, rows=read.rows_read, source=named(read.source),
            customers=len(study.baskets.customers) or None, amounts=len(study.upsells) > 0,
        )  # fmt: skip

    def answer(self, study: NextProductStudy) -> Answer:
        """Whether recommendations beat simple ones, the strongest pair, and what to do."""
        return Answer(locale=self.locale, sentences=next_answer.sentences(study), metrics=next_answer.metrics(study))

    def cautions(self, study: NextProductStudy) -> TopNotices:
        """What readers must know of the records."""
        return self.top(*(self.notice(note, level) for note, level in next_answer.cautions(study)))

    def together(self, study: NextProductStudy) -> Section:
        """Products and categories that sell together."""
        rules, categories = study.rules, study.category_rules
        of_categories = pd.DataFrame() if categories is None else _pairs(categories)
        return self.section(
            "next_product.together",
            self.table("next_product.pairs", _pairs(rules), RULES, intervals=_intervals(rules), rows=PAIRS,
                       caption=_caption(rules)),
            self.notice(Note("next_product.no_pair", n=rules.tested)) if rules.table.empty else None,
            self.file("pairs", _file(rules.table.head(IN_FILE))) if len(rules.table) else None,
            self.table("next_product.category_pairs", of_categories, RULES, rows=MOST,
                       intervals=_intervals(categories) if categories else ()),
        )  # fmt: skip

    def offers(self, study: NextProductStudy) -> Section:
        """What to offer each customer next."""
        found = study.next
        if isinstance(found, Note):
            return self.section("next_product.offers_section")
        table = found.recommendations
        caption = Note("next_product.offers.of", by=found.best["new"], customers=table["customer"].nunique(), n=found.n,
                       when=found.as_of)  # fmt: skip
        return self.section(
            "next_product.offers_section",
            self.table("next_product.offers", _offers(table), OFFERS, rows=OFFERED, caption=caption),
            self.notice(Note("next_product.fewer", n=found.without, most=found.n)) if found.without else None,
            self.file("recommendations", _file(table)) if len(table) else None,
        )  # fmt: skip

    def scores(self, study: NextProductStudy) -> Section:
        """How well recommendations met what customers bought later."""
        found = study.next
        if isinstance(found, Note):
            return self.section("next_product.scores_section")
        verdict = ["next_product.verdict.better" if low > 0 else
                   "next_product.verdict.worse" if high < 0 else "next_product.verdict.alike"
                   for low, high in zip(found.beats["low"], found.beats["high"], strict=True)]  # fmt: skip
        beats = found.beats.rename(columns={"low": "difference_low", "high": "difference_high"})
        beats = beats.assign(said=pd.Series([Note(code) for code in verdict], dtype=object))
        caption = Note("next_product.scores.of", n=found.n, horizon=found.horizon, cut=found.cut)
        return self.section(
            "next_product.scores_section",
            self.table("next_product.scores", found.scores, SCORES, intervals=("recall", "mrr"), caption=caption),
            self.table("next_product.beats", beats, BEATS, intervals=("difference",)),
        )  # fmt: skip

    def kinds(self, study: NextProductStudy) -> Section:
        """Other products against dearer ones of a category the customer buys."""
        upsells = study.upsells
        if len(upsells):
            upsells = upsells.assign(product=upsells["name"].where(upsells["name"].notna(), upsells["product"]))
        return self.section(
            "next_product.kinds_section",
            self.table("next_product.kinds", study.by_kind.reset_index(), KINDS),
            self.table("next_product.upsells", upsells, UPSELLS, rows=MOST),
        )  # fmt: skip

    def data(self, study: NextProductStudy) -> Section:
        """What became of every row, and which lines are in no basket."""
        read = study.company.read["order_lines"]
        assert isinstance(read, Records)
        unused = study.baskets.unused.reset_index()
        nobody = int((study.baskets.customer >= len(study.baskets.customers)).sum())
        return self.section(
            "next_product.data_section",
            *records_read.ledger(self, read).parts,
            self.table("next_product.unused", unused, UNUSED),
            self.notice(Note("next_product.of_nobody", n=nobody, baskets=study.baskets.n)) if nobody else None,
        )  # fmt: skip

    def how_to_read(self, study: NextProductStudy) -> Section:
        """What the words mean."""
        said = Note("next_product.counted", baskets=study.baskets.n, products=study.rules.products,
                    fewest=study.rules.fewest)  # fmt: skip
        return self.section("next_product.how_to_read", self.notice(said), alone=True)


def _intervals(rules: Rules) -> tuple[str, ...]:
    return ("adjusted", "adjusted_later") if rules.later_from is not None else ("adjusted",)


def _caption(rules: Rules) -> Note:
    if rules.later_from is None:
        return Note("next_product.pairs.unchecked", n=len(rules.table), tested=rules.tested)
    return Note("next_product.pairs.of", n=len(rules.table), tested=rules.tested, when=rules.later_from,
                repeated=int(rules.table["repeated"].sum()))  # fmt: skip


def _pairs(rules: Rules) -> pd.DataFrame:
    """Pairs by name, those that repeated first."""
    table = rules.table
    if "repeated" in table:
        table = table.sort_values("repeated", ascending=False, kind="stable")
        table = table.assign(repeated=table["repeated"].astype(str).str.lower())
    for name, other in (("product", "name"), ("other", "other_name")):
        table = table.assign(**{name: table[other].where(table[other].notna(), table[name])})
    return table


def _offers(table: pd.DataFrame) -> pd.DataFrame:
    shown = table.head(OFFERED)
    name = shown["name"].where(shown["name"].notna(), shown["product"])
    because = shown["reason_name"].where(shown["reason_name"].notna(), shown["reason_product"])
    why = [
        Note("next_product.why.popular") if pd.isna(each) else Note("next_product.why.bought_with", product=str(each))
        for each in because
    ]
    found = shown.assign(product=name, why=pd.Series(why, index=shown.index, dtype=object))
    return found if (found["kind"] != "unknown").any() else found.drop(columns="kind")


def _file(table: pd.DataFrame) -> pd.DataFrame:
    """What goes into a file: no column without a value."""
    return table.dropna(axis=1, how="all")


__all__ = ["NextProductPage"]
