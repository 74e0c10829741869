"""Recommendation, satisfaction and response by group of answers: months, or segments of customers."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from clvlab.customers.intervals import false_discovery
from clvlab.customers.measures import MEASURES, Parts
from clvlab.customers.measures.answering import SCORES, answered, counted
from clvlab.customers.segment_rows import SEGMENT_COLUMNS, segment_rows
from clvlab.customers.sums import sums_by_rows


def distribution(answers: pd.DataFrame, questions: Sequence[str]) -> pd.DataFrame:
    """How often each score was given.

    Returns
    -------
    DataFrame, index (question, score)
        answers, share (of the question's answers).
    """
    rows = []
    for question in questions:
        counts = answers[question].dropna().astype(float).value_counts().sort_index()
        rows += [(question, score, int(n), n / counts.sum()) for score, n in counts.items()]
    return pd.DataFrame(rows, columns=["question", "score", "answers", "share"]).set_index(["question", "score"])


def by_group(answers: pd.DataFrame, group: pd.Series) -> pd.DataFrame:
    """Net promoter score, share of satisfied answers and response rate of each group, and which stand out.

    Parameters
    ----------
    answers : DataFrame, one row per invitation or answer
        nps, csat and invited, as far as there are.
    group : Series, indexed like ``answers``
        Of each row; missing ones are in none.

    Returns
    -------
    DataFrame
        measure ("nps", "csat", "response_rate"), segment (missing: all together), value, low, high (95 %), n (answers,
        or invitations); rest (the other groups together), change, p_value, news: of what is called so at most 10 % is
        noise.
    """
    names = sorted(group.dropna().astype(str).unique())
    told = group.astype("object").where(group.notna(), None).to_numpy()
    rows: list[dict[str, object]] = []
    for measure, num, own in _counted(answers):
        labels = np.array([None if each is None else str(each) for each in told[own]], dtype=object)
        parts = Parts(np.full(len(own), -1), num, np.ones(len(own)), {"group": labels})
        rows += segment_rows(MEASURES[measure], sums_by_rows([parts], "group", names), names)
    found = pd.DataFrame(rows, columns=[*SEGMENT_COLUMNS])
    found["news"] = false_discovery(found["p_value"].to_numpy(float))
    return found


def _counted(answers: pd.DataFrame) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Measure, what its rows count, and which rows they are."""
    found = []
    for name in (each for each in SCORES if each in answers):
        score = answers[name].to_numpy(dtype=float, na_value=np.nan)
        own = np.flatnonzero(~np.isnan(score))
        found.append((name, counted(name, score[own]), own))
    if "invited" in answers and found:
        own = np.flatnonzero(answers["invited"].fillna(False).to_numpy(dtype=bool))
        found.append(("response_rate", answered(answers)[own].astype(float), own))
    return found
