"""Notes and numbers as JSON, for fits that are saved, and back."""

from collections.abc import Mapping
from datetime import date

import numpy as np

from clvlab.notes import Note, Span

FORMAT = 2  # of saved fits; 1 held sentences where 2 holds codes with values


def number_to_json(value: float) -> float | None:
    """A finite number, or null."""
    return float(value) if np.isfinite(value) else None


def number_from_json(value: float | None) -> float:
    """The reverse; null is NaN."""
    return float("nan") if value is None else float(value)


def note_to_json(note: Note) -> dict[str, object]:
    """A note's code and values.

    Examples
    --------
    >>> note_to_json(Note("models.ridge", condition_number=float("inf"), method="nuts"))
    {'code': 'models.ridge', 'values': {'condition_number': {'number': 'inf'}, 'method': 'nuts'}}
    """
    return {"code": note.code, "values": {name: _to_json(value) for name, value in note.values.items()}}


def note_from_json(content: Mapping[str, object]) -> Note:
    """The reverse of ``note_to_json``.

    Raises
    ------
    TypeError, KeyError
        It is no note.
    """
    code, values = content["code"], content["values"]
    if not isinstance(code, str) or not isinstance(values, dict):
        raise TypeError(f"no note: {content!r}")
    return Note(code, **{name: _from_json(value) for name, value in values.items()})


def _to_json(value: object) -> object:
    if isinstance(value, Note):
        return note_to_json(value)
    if isinstance(value, Span):
        return {"span": value.length, "unit": value.unit}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, float) and not np.isfinite(value):
        return {"number": str(value)}
    if isinstance(value, tuple):
        return [_to_json(each) for each in value]
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"A note of a saved fit holds text, numbers, days, spans, notes or lists of them; found {value!r}.")


def _from_json(value: object) -> object:
    if isinstance(value, list):
        return tuple(_from_json(each) for each in value)
    if not isinstance(value, dict):
        return value
    if "code" in value:
        return note_from_json(value)
    if "span" in value:
        return Span(value["span"], value["unit"])
    return date.fromisoformat(value["day"]) if "day" in value else float(value["number"])
