"""The last good run that asked the same question, and its headline numbers to compare with."""

from collections.abc import Mapping
from typing import cast

from clvlab.pages.exhibits import Answer, Before
from clvlab.pages.exhibits.codec import decode, encode
from clvlab.reports.comparability import comparable
from clvlab.reports.execute import DONE
from clvlab.reports.shapes import NotebookRecord, PreviousRecord, RunRecord


def answer_in(record: NotebookRecord) -> Answer | None:
    """The answer of a run, from its record."""
    told = record.get("results", {}).get("answer")
    found = None if told is None else decode(told)
    return found if isinstance(found, Answer) else None


def before_of(record: NotebookRecord) -> Before | None:
    """The headline numbers to compare a run with, from its record."""
    told = record.get("previous") or {}
    return Before(when=told["when"], values=told["values"]) if told.get("values") else None


def previous(name: str, parameters: Mapping[str, object], history: list[RunRecord]) -> PreviousRecord:
    """Headline numbers of the last good run that asked the same question, of older data perhaps."""
    for run in reversed(history):
        for record in run["notebooks"]:
            if record["notebook"] == name and record["exit_code"] == DONE:
                answer = answer_in(record)
                if answer is None or not comparable(record["parameters"], parameters):
                    continue
                values = {metric.identity: cast(float | None, encode(metric.value)) for metric in answer.metrics}
                return {"when": record["started"][:10], "values": {k: v for k, v in values.items() if v == v}}
    return {}
