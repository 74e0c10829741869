"""What the page of the voice of the customer shows; each part is computed on first use."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from clvlab.customers.facts import Facts, MissingInput, facts, known_segments, segment_of
from clvlab.customers.measure import Measure
from clvlab.customers.measures.answering import PROMOTERS, SATISFIED, SCORES
from clvlab.customers.voice.groups import by_group, distribution
from clvlab.customers.voice.index import satisfaction_index
from clvlab.customers.voice.later import Later, by_score, later, needs, score_and_later
from clvlab.customers.voice.ordinal import ordinal_drivers
from clvlab.customers.voice.performance import importance_performance
from clvlab.customers.voice.reliability import cronbach_alpha, mcdonald_omega
from clvlab.customers.voice.text import read_topics, telling_words, topic_table
from clvlab.data.company import Company, read_company
from clvlab.data.datasets import company as company_of
from clvlab.data.reading.table import Records
from clvlab.errors import FitError, InputError
from clvlab.notes import Note
from clvlab.shown import Shown

LOW, HIGH = 2, 4  # satisfaction of who is dissatisfied, and satisfied
FEWEST = 30  # answers to say anything of drivers
ITEM_SCALE = (0.0, 10.0)
SCALES = (5.0, 7.0, 10.0)  # the best answer of an item, as questionnaires have it


@dataclass(frozen=True, eq=False, repr=False)
class VoiceStudy(Shown):
    """What customers answer and write, and what they do afterwards.

    Attributes
    ----------
    company : Company
    overall : str or None
        The question that items go with; None where there is none.
    items : tuple of str
    division : str or None
        What customers are divided by.
    topics : mapping of topic to words
    """

    company: Company
    overall: str | None
    items: tuple[str, ...]
    division: str | None
    topics: dict[str, tuple[str, ...]]

    @property
    def answers(self) -> pd.DataFrame:
        """The table of surveys."""
        return self.company.frame("surveys")

    @property
    def questions(self) -> list[str]:
        """Recommendation and satisfaction, the overall question and the items, as far as they are asked."""
        asked = [question for question in SCORES if question in self.answers]
        return list(dict.fromkeys([*asked, *filter(None, [self.overall]), *self.items]))

    @cached_property
    def distribution(self) -> pd.DataFrame:
        """How often each score was given."""
        return distribution(self.answers, self.questions)

    @cached_property
    def months(self) -> pd.DataFrame:
        """Scores by month, as ``groups.by_group`` has it; empty without dates."""
        if "date" not in self.answers:
            return by_group(self.answers.iloc[:0], pd.Series(dtype=object))
        return by_group(self.answers, self.answers["date"].dt.to_period("M"))

    @cached_property
    def together(self) -> pd.DataFrame:
        """Scores of all answers, index measure."""
        everybody = by_group(self.answers, pd.Series("all", index=self.answers.index))
        return everybody[everybody["segment"].isna()].set_index("measure")

    @cached_property
    def segments(self) -> pd.DataFrame:
        """Scores by segment of customers; empty without a division."""
        if self.division is None:
            return pd.DataFrame()
        own = self.answers["customer"].map(segment_of(self.company.frame("customers"), self.division))
        return by_group(self.answers, own)

    @cached_property
    def drivers(self) -> pd.DataFrame:
        """Importance and performance of items; empty of too few answers."""
        if self.overall is None or len(self.items) < 2:
            return pd.DataFrame()
        known = self.answers[[self.overall, *self.items]].dropna()
        if len(known) < FEWEST:
            return pd.DataFrame()
        return importance_performance(self.answers, overall=self.overall, items=self.items)

    @cached_property
    def index(self) -> list[Measure]:
        """Satisfaction index of the items, Cronbach's alpha and McDonald's omega; none of fewer than three items."""
        if self.drivers.empty or len(self.items) < 3:
            return []
        given = self.answers[list(self.items)].to_numpy(dtype=float, na_value=float("nan"))
        most = float(np.nanmax(given))
        scale = (min(float(np.nanmin(given)), 1.0), next(each for each in SCALES if most <= each))
        found = [satisfaction_index(self.answers, items=self.items, scale=scale)]
        return [*found, cronbach_alpha(self.answers, items=self.items), mcdonald_omega(self.answers, items=self.items)]

    @cached_property
    def ordinal(self) -> pd.DataFrame | Note:
        """Marginal effects of items on a high overall answer, or why there are none."""
        if self.drivers.empty or self.overall is None:
            return pd.DataFrame()
        try:
            high = {"csat": float(SATISFIED), "nps": float(PROMOTERS)}.get(self.overall)
            return ordinal_drivers(self.answers, overall=self.overall, items=self.items, satisfied=high)
        except (FitError, InputError) as error:
            return Note("voice.no_ordinal", reason=str(error))

    @cached_property
    def topic_table(self) -> pd.DataFrame:
        """What comments are about; empty without comments."""
        if "text" not in self.answers or not self.answers["text"].notna().any():
            return pd.DataFrame()
        return topic_table(self.answers["text"], self._score, topics=self.topics)

    @property
    def _score(self) -> pd.Series | None:
        name = next((each for each in ("csat", "nps", self.overall) if each in self.answers), None)
        return None if name is None else self.answers[name]

    @cached_property
    def words(self) -> pd.DataFrame:
        """Words of dissatisfied against satisfied customers; empty without comments or scores."""
        score = self._score
        if self.topic_table.empty or score is None:
            return pd.DataFrame()
        low, high = (LOW, HIGH) if score.name == "csat" else score.quantile([0.25, 0.75])
        return telling_words(self.answers["text"], score <= low, score >= high)

    @cached_property
    def facts(self) -> Facts | None:
        """Orders beside the answers; None without."""
        if "orders" not in self.company or "customer" not in self.answers:
            return None
        try:
            return facts(self.company)
        except InputError:
            return None

    @cached_property
    def later(self) -> Later | None:
        """What customers did in the last half year of the records; None without orders."""
        return None if self.facts is None or "date" not in self.answers else later(self.facts)

    @cached_property
    def afterwards(self) -> pd.DataFrame:
        """What a point of each question goes with: index (question, outcome); empty without orders."""
        if self.later is None:
            return pd.DataFrame()
        each = {}
        for question in (q for q in SCORES if q in self.answers):
            try:
                each[question] = score_and_later(self.later, question)
            except MissingInput:
                continue
        known = {name: table for name, table in each.items() if len(table)}
        return pd.concat(known, names=["question"]) if known else pd.DataFrame()

    @cached_property
    def by_score(self) -> pd.DataFrame:
        """Who bought nothing afterwards, by score of satisfaction or recommendation; empty without orders."""
        if self.afterwards.empty or self.later is None:
            return pd.DataFrame()
        question = "csat" if "csat" in self.afterwards.index.get_level_values("question") else "nps"
        return by_score(self.later, question)

    @cached_property
    def needs(self) -> pd.DataFrame:
        """Complaints and topics against leaving; empty without orders."""
        return pd.DataFrame() if self.later is None else needs(self.later, topics=self.topics)


def voice_study(
    folder: str | Path | None = None,
    *,
    surveys: str | Path | None = None,
    orders: str | Path | None = None,
    overall: str | None = None,
    items: Sequence[str] | None = None,
    by: str | None = None,
    topics: str | Path | None = None,
    date_format: str | None = None,
    refunds: Literal["net", "drop"] = "net",
    as_of: str | None = None,
) -> VoiceStudy:
    """Study survey answers from a folder of tables, from a file of answers alone, or from the demo company.

    Parameters
    ----------
    folder : path, optional
        One file per table, as ``clv.read_company`` takes it: surveys, and customers, orders, complaints if any.
    surveys : path, optional
        A file of answers, one row per answered questionnaire.
    orders : path, optional
        A file of orders of the same customers, for what they did afterwards.
    overall : str, optional
        Column of the overall answer; unset, satisfaction, or else recommendation.
    items : sequence of str, optional
        Columns of the items; unset, other columns whose answers lie between 0 and 10.
    by : str, optional
        Column of the table of customers to divide answers by; unset, the first of channel, region, kind and level.
    topics : path, optional
        Words of topics, as ``clv.customers.read_topics`` takes them.
    date_format, refunds, as_of
        As ``clv.datasets.company`` takes them.

    Raises
    ------
    InputError
        No table of surveys, no such column, or as ``clv.datasets.company`` raises it.
    """
    if folder is not None and (surveys is not None or orders is not None):
        raise InputError("folder= and surveys= or orders= were both given: a folder holds its own. Leave one out.")
    if orders is not None and surveys is None:
        raise InputError("orders= was given without surveys=, whose answers it goes with. Give both, or a folder.")
    if surveys is not None:
        given = {"surveys": surveys} | ({} if orders is None else {"orders": orders})
        # Answers alone may have no day that could count as now, and nothing here rests on one.
        now = as_of if as_of is not None or orders is not None else "2100-01-01"
        company = read_company(given, as_of=now, refunds=refunds, date_format=date_format)
    else:
        company = company_of(folder, date_format=date_format, refunds=refunds, as_of=as_of)
    return study_answers(company, overall=overall, items=items, by=by, topics=read_topics(topics))


def study_answers(
    company: Company, *, overall: str | None = None, items: Sequence[str] | None = None, by: str | None = None,
    topics: dict[str, tuple[str, ...]] | None = None,
) -> VoiceStudy:  # fmt: skip
    """The same for a company that has already been read."""
    if "surveys" not in company:
        raise InputError("The voice of the customer needs a table of surveys, which is not there.")
    answers = company.frame("surveys")
    for name in [overall, *(items or ())]:
        if name is not None and name not in answers:
            there = ", ".join(answers.columns)
            raise InputError(f"There is no column {name!r} in the table of surveys; there are {there}.")
    if overall is None:
        overall = next((each for each in ("csat", "nps") if each in answers and answers[each].notna().any()), None)
    if items is None:
        items = [name for name in _carried(company) if name != overall and _is_item(answers[name])]
    if by is None:
        by = next(iter(known_segments(company)), None) if "customer" in answers else None
    elif "customers" not in company or by not in company.frame("customers") or "customer" not in answers:
        raise InputError(f"by={by!r} names no column of the table of customers that answers could be divided by.")
    return VoiceStudy(company, overall, tuple(items), by, topics or read_topics())


def _carried(company: Company) -> list[str]:
    """Columns of the surveys that are in no role."""
    read = company.read["surveys"]
    return [name for name in read.frame.columns if name not in read.headings.roles] if isinstance(read, Records) else []


def _is_item(column: pd.Series) -> bool:
    if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
        return False
    known = column.dropna().astype(float)
    return bool(len(known) and known.between(*ITEM_SCALE).all() and 3 <= known.nunique() <= 21)


__all__ = ["VoiceStudy", "study_answers", "voice_study"]
