"""The opening of the voice of the customer page, as notes: every number comes from the study."""

import numpy as np
import pandas as pd

from clvlab.customers.intervals import mean
from clvlab.customers.measures import MEASURES
from clvlab.customers.voice import VoiceStudy
from clvlab.notes import Note
from clvlab.pages.base_cells import counted
from clvlab.pages.exhibits import Metric
from clvlab.pages.exhibits.notice import Level

SCORES = {"nps": "voice.metrics.nps", "csat": "voice.metrics.csat", "response_rate": "voice.metrics.response_rate"}
FEW_ANSWER = 0.5  # of those asked: below it those who do not answer may well say something else


def sentences(study: VoiceStudy) -> tuple[Note, ...]:
    """How satisfied customers are, what goes with it, what they write, and what they did afterwards."""
    return tuple(
        note for note in (_scores(study), _month(study), _segment(study), _drivers(study), _topics(study),
                          _needs(study), _afterwards(study))
        if note
    )  # fmt: skip


def _row(study: VoiceStudy, measure: str) -> tuple[float, float, float, int] | None:
    """Value, ends of its interval and answers of a measure; None where there is none."""
    if measure not in study.together.index:
        return None
    value, low, high, n = study.together.loc[[measure], ["value", "low", "high", "n"]].to_numpy(dtype=float)[0]
    return None if np.isnan(value) else (float(value), float(low), float(high), int(n))


def _scores(study: VoiceStudy) -> Note:
    nps, csat = _row(study, "nps"), _row(study, "csat")
    if nps is not None:
        said = {"nps": nps[0], "low": nps[1], "high": nps[2], "n": nps[3]}
        if csat is not None:
            return Note("voice.answer.nps_and_csat", **said, csat=csat[0])
        return Note("voice.answer.nps", **said)
    if csat is not None:
        return Note("voice.answer.csat", csat=csat[0], low=csat[1], high=csat[2], n=csat[3])
    if study.overall is None:
        return Note("voice.answer.no_score", n=len(study.answers))
    given = study.answers[study.overall].dropna().astype(float)
    return Note("voice.answer.overall", question=study.overall, mean=float(given.mean()), n=len(given))


def standing_out(segments: pd.DataFrame) -> pd.DataFrame:
    """Segments that differ significantly from the others, lowest p-value first."""
    return segments[segments["news"] & segments["segment"].notna()].sort_values("p_value", kind="stable")


def _month(study: VoiceStudy) -> Note | None:
    told = standing_out(study.months)
    if told.empty:
        return None
    row = told.iloc[0]
    return Note("voice.answer.month", month=pd.Period(str(row["segment"])).start_time, measure=str(row["measure"]),
                value=score(row["measure"], row["value"]), rest=score(row["measure"], row["rest"]))  # fmt: skip


def _segment(study: VoiceStudy) -> Note | None:
    if study.segments.empty:
        return None
    told = standing_out(study.segments)
    if told.empty:
        return Note("voice.answer.no_segment", division=str(study.division))
    row = told.iloc[0]
    return Note("voice.answer.segment", segment=str(row["segment"]), measure=str(row["measure"]),
                value=score(row["measure"], row["value"]), rest=score(row["measure"], row["rest"]))  # fmt: skip


def _drivers(study: VoiceStudy) -> Note | None:
    found = study.drivers
    if found.empty or not np.isfinite(found["importance"].iloc[0]):
        return None
    first, second = found.iloc[0], found.iloc[1]
    apart = first["importance_low"] > second["importance_high"]
    improve = [str(each) for each in found.index[found["quadrant"] == "improve"]]
    look = (
        Note("voice.answer.improve", items=improve) if improve else Note("voice.answer.keep", item=str(found.index[0]))
    )
    return Note(
        "voice.answer.drivers" if apart else "voice.answer.drivers_alike", item=str(found.index[0]),
        share=float(first["importance"]), low=float(first["importance_low"]), high=float(first["importance_high"]),
        second=str(found.index[1]), overall=str(study.overall), score=float(first["score"]), look=look,
    )  # fmt: skip


def _topics(study: VoiceStudy) -> Note | None:
    found = study.topic_table
    if found.empty or "score" not in found:
        return None
    known = found[(found["comments"] >= 10) & (found.index != "no_topic")].dropna(subset=["score"])
    if len(known) < 2:
        return None
    lowest = known.sort_values("score", kind="stable").iloc[0]
    return Note("voice.answer.topics", most=str(known.index[0]), share=float(known["share"].iloc[0]),
                lowest=str(lowest.name), score=float(lowest["score"]))  # fmt: skip


def _needs(study: VoiceStudy) -> Note | None:
    if study.needs.empty:
        return None
    told = study.needs[study.needs["news"] & (study.needs["difference"] > 0)]
    if told.empty:
        return Note("voice.answer.no_need", n=len(study.needs))
    row = told.iloc[0]
    return Note("voice.answer.need", need=need(row), left=float(row["left"]), others=float(row["left_others"]))


def need(row: pd.Series) -> Note:
    """What was complained of or written about, as it is said."""
    if row["source"] == "comment":
        return Note("voice.need.comment", topic=str(row["need"]))
    return Note("voice.need.complaint", about=str(row["need"]))


def _afterwards(study: VoiceStudy) -> Note | None:
    if study.afterwards.empty:
        return None
    row = study.afterwards.reset_index().to_dict("records")[0]
    said = {"question": str(row["question"]), "points": abs(float(row["per_point"])), "low": float(row["low"]),
            "high": float(row["high"]), "n": int(row["customers"])}  # fmt: skip
    if row["low"] <= 0.0 <= row["high"]:
        return Note("voice.answer.no_difference_later", **said)
    return Note("voice.answer.fewer_left" if row["per_point"] < 0 else "voice.answer.more_left", **said)


def score(measure: object, value: float) -> Note:
    """A score as it is written: points or a share."""
    code = "voice.cells.points" if MEASURES[str(measure)].kind == "net" else "voice.cells.percent"
    return Note(code, value=float(value))


def metrics(study: VoiceStudy) -> tuple[Metric, ...]:
    """Recommendation, satisfaction and response, with their intervals."""
    found = []
    for name, label in SCORES.items():
        row = _row(study, name)
        if row is not None:
            found.append(Metric(
                label=Note(label), value=row[0], low=row[1], high=row[2], interval="confidence95",
                kind=MEASURES[name].number, digits=MEASURES[name].digits, note=counted(name, row[3]),
            ))  # fmt: skip
    return tuple(found) or _overall(study)


def _overall(study: VoiceStudy) -> tuple[Metric, ...]:
    """The mean of another overall answer, and how many there are."""
    answered = Metric(label=Note("voice.metrics.answered"), value=float(len(study.answers)), digits=0)
    if study.overall is None:
        return (answered,)
    given = study.answers[study.overall].dropna().to_numpy(dtype=float)
    value, low, high = (float(each) for each in mean(len(given), given.sum(), (given**2).sum(), (given**3).sum()))
    label = Note("voice.metrics.overall")
    return (Metric(label=label, value=value, low=low, high=high, interval="confidence95", digits=2), answered)


def cautions(study: VoiceStudy) -> list[tuple[Note, Level]]:
    """Who did not answer, and what could not be told."""
    found: list[tuple[Note, Level]] = []
    answered = _row(study, "response_rate")
    if answered is not None and answered[0] < FEW_ANSWER:
        found.append((Note("voice.few_answer", share=answered[0], n=answered[3]), "warning"))
    if isinstance(study.ordinal, Note):
        found.append((study.ordinal, "info"))
    return found
