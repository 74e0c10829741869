"""Secrets in exhibits, blanked out from within."""

from collections.abc import Sequence

import pandas as pd

from clvlab.pages.exhibits.codec import JSON, TAG, decode, encode
from clvlab.reports.parameters import scrub


def scrubbed(told: JSON, secrets: Sequence[str]) -> JSON:
    """An exhibit as JSON, with secrets blanked out of frames, notes, titles and sources, and nothing else touched.

    Keys, formats and kinds are the package's own words: a secret that is equal to one of them is still there.
    """
    if isinstance(told, list):
        return [scrubbed(each, secrets) for each in told]
    if not isinstance(told, dict):
        return told
    tag = told.get(TAG)
    if tag == "frame":
        frame = decode(told)
        return encode(_without(frame, secrets)) if isinstance(frame, pd.DataFrame) else told
    if tag == "note":
        return {**told, "values": _texts(told["values"], secrets)}
    if tag == "record":
        fields = told["fields"]
        assert isinstance(fields, dict)
        own = ("text_of_user", "source")
        clean = {k: _texts(v, secrets) if k in own else scrubbed(v, secrets) for k, v in fields.items()}
        return {**told, "fields": clean}
    return {name: scrubbed(each, secrets) for name, each in told.items()}


def _texts(told: JSON, secrets: Sequence[str]) -> JSON:
    """Every text below, but for tags and codes."""
    if isinstance(told, str):
        return scrub(told, secrets)
    if isinstance(told, list):
        return [_texts(each, secrets) for each in told]
    if isinstance(told, dict):
        return {name: each if name in (TAG, "code") else _texts(each, secrets) for name, each in told.items()}
    return told


def _without(frame: pd.DataFrame, secrets: Sequence[str]) -> pd.DataFrame:
    """A frame without secrets in its texts."""
    found = frame.copy()
    for place in range(found.shape[1]):
        column = found.iloc[:, place]
        if column.dtype == object or pd.api.types.is_string_dtype(column.dtype):
            found.isetitem(place, [scrub(each, secrets) if isinstance(each, str) else each for each in column])
    found.index = found.index.map(lambda each: scrub(each, secrets) if isinstance(each, str) else each)
    found.index.names = frame.index.names
    return found
