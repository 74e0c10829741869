"""The last good run that asked the same question, and its headline numbers to compare with."""

import re
from collections.abc import Mapping
from typing import cast

from clvlab.pages.exhibits import Answer, Before
from clvlab.pages.exhibits.codec import decode, encode
from clvlab.reports.execute import DONE
from clvlab.reports.parameters import is_secret
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


def comparable(before: Mapping[str, object], now: Mapping[str, object]) -> bool:
    """Whether two runs differ in their data, days and seeds only, so that a change of a number means something.

    >>> comparable({"horizon": 52, "as_of": "1998-05-31"}, {"horizon": 52, "as_of": "1998-06-30"})
    True
    >>> comparable({"horizon": 52}, {"horizon": 26})
    False
    """

    def may_differ(name: str) -> bool:
        if name in ("title", "language") or "seed" in name or is_secret(name):
            return True
        if name in ("orders", "subscriptions"):  # newer data of one's own, but never the demo data beside them
            return (before.get(name) is None) == (now.get(name) is None)
        ends = (before.get(name), now.get(name))
        return all(end is None or re.match(r"\d{4}-\d{2}-\d{2}", str(end)) for end in ends)

    return all(may_differ(name) for name in {*before, *now} if before.get(name) != now.get(name))
