"""The voice of the customer: scores, what goes with them, what customers write, and what they did afterwards."""

from dataclasses import dataclass
from typing import ClassVar

import pandas as pd

from clvlab.customers.voice import VoiceStudy
from clvlab.data.reading.table import Records
from clvlab.notes import Note
from clvlab.pages import voice_answer
from clvlab.pages.base_cells import counted
from clvlab.pages.exhibits import Answer, Freshness, Section, TopNotices
from clvlab.pages.orders_read import has_amounts, named
from clvlab.pages.page import Page
from clvlab.words import Kind

GIVEN = {"answers": "number0", "mean": "number2", "low": "percent0", "middle": "percent0", "high": "percent0"}
STANDING_OUT = {"measure": "measure", "segment": "text", "value": "text", "rest": "text", "n": "text"}
DRIVERS = {"importance": "percent1", "score": "number2", "quadrant": "quadrant"}
INDEX = {"value": "number2", "n": "number0"}
EFFECTS = {"effect": "points1", "odds_ratio": "number2"}
TOPICS = {"topic": "topic", "comments": "number0", "share": "percent1", "score": "number2", "examples": "text"}
WORDS = {"group": "word_group", "low": "number0", "high": "number0", "z": "number1"}
NEEDS = {"need": "text", "customers": "number0", "left": "percent0", "left_others": "percent0",
         "difference": "points0", "spend": "money2", "spend_others": "money2", "said": "text"}  # fmt: skip
AFTER = {"question": "question", "outcome": "outcome_later", "customers": "number0", "mean": "text",
         "per_point": "text", "said": "text"}  # fmt: skip
BY_SCORE = {"customers": "number0", "left": "percent0", "spend": "money2"}
DRAWN: dict[str, Kind] = {"nps": "number", "csat": "percent", "response_rate": "percent"}
MOST = 15


@dataclass(frozen=True, kw_only=True)
class VoicePage(Page):
    """The voice of the customer."""

    title_key: ClassVar[str] = "voice.title"

    def freshness(self, study: VoiceStudy) -> Freshness:
        """How old the answers are."""
        read = study.company.read["surveys"]
        assert isinstance(read, Records)
        days = read.frame["date"].dropna() if "date" in read.frame else pd.Series(dtype="datetime64[us]")
        known = len(days) > 0
        return Freshness(
            locale=self.locale, as_of=days.max() if known else None, rows=read.rows_read,
            customers=int(read.frame["customer"].nunique()) if "customer" in read.frame else len(read.frame),
            source=named(read.source), amounts=has_amounts(study.company),
        )  # fmt: skip

    def answer(self, study: VoiceStudy) -> Answer:
        """How satisfied customers are, what goes with it, and what they did afterwards."""
        return Answer(locale=self.locale, sentences=voice_answer.sentences(study), metrics=voice_answer.metrics(study))

    def cautions(self, study: VoiceStudy) -> TopNotices:
        """Who did not answer."""
        return self.top(*(self.notice(note, level) for note, level in voice_answer.cautions(study)))

    def scores(self, study: VoiceStudy) -> Section:
        """Scores over time and their distribution."""
        months = study.months
        drawn = months.dropna(subset=["segment"]).assign(period=lambda t: pd.to_datetime(t["segment"]))
        kinds = {name: kind for name, kind in DRAWN.items() if (drawn["measure"] == name).sum() > 1}
        return self.section(
            "voice.scores_section",
            self.figure("voice.months", "measures_over_time", kinds=kinds,
                        table=drawn[["measure", "period", "value", "low", "high"]]) if kinds else None,
            self.table("voice.given", _given(study), GIVEN),
        )  # fmt: skip

    def segments(self, study: VoiceStudy) -> Section:
        """Scores by segment, with who did not answer."""
        found = study.segments
        if found.empty:
            return self.section("voice.segments_section")
        kinds = {name: kind for name, kind in DRAWN.items() if name in set(found["measure"])}
        told = voice_answer.standing_out(found).head(MOST)
        rows = pd.DataFrame({
            "measure": told["measure"], "segment": told["segment"],
            "n": [counted(*row) for row in told[["measure", "n"]].itertuples(index=False)],
            "value": [voice_answer.score(*row) for row in told[["measure", "value"]].itertuples(index=False)],
            "rest": [voice_answer.score(*row) for row in told[["measure", "rest"]].itertuples(index=False)],
        })  # fmt: skip
        return self.section(
            "voice.segments_section",
            self.figure("voice.by_segment", "measures_by_segment", kinds=kinds,
                        table=found[["measure", "segment", "value", "low", "high"]],
                        values={"division": str(study.division)}),
            self.table("voice.standing_out", rows, STANDING_OUT),
            self.notice(Note("voice.no_segment_stands_out")) if rows.empty else None,
        )  # fmt: skip

    def drivers(self, study: VoiceStudy) -> Section:
        """What goes with the overall answer."""
        found = study.drivers
        if found.empty:
            return self.section("voice.drivers_section")
        of = {"overall": str(study.overall), "n": int(found.attrs["n"]), "explained": float(found.attrs["r_squared"])}
        effects = study.ordinal if isinstance(study.ordinal, pd.DataFrame) else pd.DataFrame()
        about = {str(name): value for name, value in effects.attrs.items()}
        return self.section(
            "voice.drivers_section",
            self.figure("voice.quadrant", "importance_performance",
                        table=found.drop(columns=["quadrant", "sure", "n"])),
            self.table("voice.drivers", found, DRIVERS, intervals=("importance", "score"),
                       caption=Note("voice.drivers.of", **of)),
            self.table("voice.index", _index(study), INDEX, intervals=("value",)),
            self.table("voice.effects", effects.rename(columns={"low": "effect_low", "high": "effect_high"}), EFFECTS,
                       intervals=("effect",), caption=Note("voice.effects.of", **about)) if len(effects) else None,
        )  # fmt: skip

    def comments(self, study: VoiceStudy) -> Section:
        """What customers write about."""
        found = study.topic_table
        ends = {"low": "share_low", "high": "share_high"}
        shown = found
        if len(found):
            shown = found.rename(columns=ends).assign(examples=[" · ".join(each) for each in found["examples"]])
        return self.section(
            "voice.comments_section",
            self.table("voice.topics", shown, TOPICS, intervals=("share", "score") if "score" in found else ("share",)),
            self.table("voice.words", study.words, WORDS),
        )  # fmt: skip

    def afterwards(self, study: VoiceStudy) -> Section:
        """What customers did afterwards."""
        needs = study.needs
        shown = needs
        if len(needs):
            said = pd.Series([Note("voice.verdict.news" if each else "voice.verdict.noise") for each in needs["news"]])
            about = pd.Series([voice_answer.need(row) for _, row in needs.iterrows()])
            ends = {"difference_low": needs["low"], "difference_high": needs["high"]}
            shown = needs.assign(need=about, said=said, **ends).set_index("need")
        scores = study.by_score.rename(columns={"low": "left_low", "high": "left_high"})
        return self.section(
            "voice.afterwards_section",
            self.table("voice.after", _after(study), AFTER),
            self.table("voice.by_score", scores, BY_SCORE, intervals=("left",)),
            self.table("voice.needs", shown, NEEDS, intervals=("difference",)),
        )  # fmt: skip

    def how_to_read(self, study: VoiceStudy) -> Section:
        """What the words mean."""
        said = Note("voice.asked", n=len(study.answers), questions=len(study.questions))
        return self.section("voice.how_to_read", self.notice(said), alone=True)


def _index(study: VoiceStudy) -> pd.DataFrame:
    """The index of all items, and how well they hang together."""
    rows = [(each.value, each.low, each.high, each.n) for each in study.index]
    found = pd.DataFrame(rows, columns=["value", "value_low", "value_high", "n"])
    names = [Note("voice.index_name", measure=each.id) for each in study.index]
    return found.set_axis(pd.Index(names, name="measure", dtype=object), axis=0)


def _given(study: VoiceStudy) -> pd.DataFrame:
    """Answers to each question: mean, and shares of the lowest, middle and highest scores asked for."""
    rows = {}
    for question in study.questions:
        given = study.distribution.loc[study.distribution.index.get_level_values("question") == question]
        if given.empty:
            continue
        score = given.index.get_level_values("score").to_numpy(float)
        share, short = given["share"].to_numpy(), score.max() <= 5
        low, high = {"nps": (6, 9), "csat": (2, 4)}.get(question, (2, 4) if short else (4, 8))
        rows[question] = {"answers": int(given["answers"].sum()), "mean": float(score @ share),
                          "low": share[score <= low].sum(), "middle": share[(score > low) & (score < high)].sum(),
                          "high": share[score >= high].sum()}  # fmt: skip
    names = [_question(question) for question in rows]
    return pd.DataFrame(list(rows.values()), index=pd.Index(names, name="question", dtype=object))


def _question(question: str) -> Note | str:
    return Note("voice.question", question=question) if question in ("nps", "csat") else question


def _after(study: VoiceStudy) -> pd.DataFrame:
    """What a point of each question goes with, written out."""
    rows = []
    for row in study.afterwards.reset_index().to_dict("records"):
        left = row["outcome"] == "left"
        value, low, high, mean = (float(row[name]) for name in ("per_point", "low", "high", "mean"))
        rows.append({
            "question": str(row["question"]), "outcome": str(row["outcome"]), "customers": int(row["customers"]),
            "mean": Note("voice.cells.percent" if left else "voice.cells.money", value=mean),
            "per_point": Note("voice.cells.percent_between" if left else "voice.cells.money_between",
                              value=value, low=low, high=high),
            "said": Note("voice.verdict.noise" if low <= 0 <= high else "voice.verdict.news"),
        })  # fmt: skip
    return pd.DataFrame(rows, columns=["question", "outcome", "customers", "mean", "per_point", "said"])
