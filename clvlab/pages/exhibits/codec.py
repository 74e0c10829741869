"""What an exhibit holds, as JSON and back: frames, notes, days and numbers, each to the last digit."""

import base64
import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from clvlab.notes import Note, Span
from clvlab.words import Locale

type JSON = bool | int | float | str | list[JSON] | dict[str, JSON] | None

TAG = "$"
_kinds: dict[str, type] = {}


def registered[T: type](kind: T) -> T:
    """Let a dataclass be written and read, under its name."""
    _kinds[kind.__name__] = kind
    return kind


for each in (Span, Locale):
    registered(each)


def encode(value: object) -> JSON:
    """As JSON holds it.

    Examples
    --------
    >>> encode(Note("models.ridge", share=float("nan")))
    {'$': 'note', 'code': 'models.ridge', 'values': {'share': {'$': 'float', 'is': 'nan'}}}
    >>> decode(encode({"a": (1, Span(2.0, "week"))}))
    {'a': (1, Span(length=2.0, unit='week'))}
    """
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    if is_dataclass(value) and type(value).__name__ in _kinds:
        content: dict[str, JSON] = {field.name: encode(getattr(value, field.name)) for field in fields(value)}
        return {TAG: "record", "kind": type(value).__name__, "fields": content}
    if getattr(value, "shape", None) == () and hasattr(value, "item"):
        return encode(value.item())
    raise TypeError(f"An exhibit cannot hold a {type(value).__name__}.")


def decode(told: object) -> object:
    """The value behind what `encode` wrote."""
    if isinstance(told, list):
        return tuple(decode(each) for each in told)
    if isinstance(told, dict):
        return _READERS[str(told[TAG])](told)
    return told


def _float(value: float) -> JSON:
    return value if math.isfinite(value) else {TAG: "float", "is": str(value)}


def _mapping(value: Mapping[object, object]) -> JSON:
    return {TAG: "mapping", "is": [[encode(key), encode(each)] for key, each in value.items()]}


def _array(value: np.ndarray) -> JSON:
    return {TAG: "array", "is": encode(value.tolist())}


def _frame(frame: pd.DataFrame) -> JSON:
    """Arrow's columns, compressed; a column or level of the index that Arrow has no type for, value by value."""
    import json

    import pyarrow as pa

    plain = frame.copy(deep=False)
    plain.attrs = {}
    apart: list[int] = []
    for place in range(plain.shape[1]):
        column = plain.iloc[:, place]
        if column.dtype == object and _odd(column):
            apart.append(place)
            plain.isetitem(place, [json.dumps(encode(value)) for value in column])
    levels = [plain.index.get_level_values(level) for level in range(plain.index.nlevels)]
    odd = [level for level, values in enumerate(levels) if values.dtype == object and _odd(values.to_series())]
    if odd:
        for level in odd:
            texts = [json.dumps(encode(value)) for value in levels[level]]
            levels[level] = pd.Index(texts, name=levels[level].name)
        plain.index = pd.MultiIndex.from_arrays(levels) if len(levels) > 1 else levels[0]
    table = pa.Table.from_pandas(plain)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    content = base64.b64encode(sink.getvalue().to_pybytes()).decode("ascii")
    return {TAG: "frame", "apart": [*apart], "apart_levels": [*odd], "arrow": content}


def _odd(column: pd.Series) -> bool:
    import pyarrow as pa

    if any(isinstance(value, Note | Span | tuple | list) for value in column):
        return True
    try:
        pa.Array.from_pandas(column)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return True
    return False


def _read_frame(told: Mapping[str, object]) -> pd.DataFrame:
    import json

    import pyarrow as pa

    _know_periods()
    with pa.ipc.open_stream(base64.b64decode(str(told["arrow"]))) as reader:
        frame: pd.DataFrame = reader.read_all().to_pandas()
    apart = told["apart"]
    for place in apart if isinstance(apart, list) else []:
        column = pd.Series([decode(json.loads(value)) for value in frame.iloc[:, place]], dtype=object)
        frame.isetitem(place, column.to_numpy())
    odd = told["apart_levels"]
    if isinstance(odd, list) and odd:
        levels = [frame.index.get_level_values(level) for level in range(frame.index.nlevels)]
        for level in odd:
            values = pd.Series([decode(json.loads(value)) for value in levels[level]], dtype=object)
            levels[level] = pd.Index(values, name=levels[level].name)
        frame.index = pd.MultiIndex.from_arrays(levels) if len(levels) > 1 else levels[0]
    return frame


@cache
def _know_periods() -> None:
    """Have Arrow told of pandas' periods, which a process that wrote none would read as numbers."""
    import pyarrow as pa

    pa.array(pd.PeriodIndex(["2000"], freq="Y"))


def _series(series: pd.Series) -> JSON:
    return {TAG: "series", "name": encode(series.name), "frame": _frame(series.rename("value").to_frame())}


def _read_series(told: Mapping[str, object]) -> pd.Series:
    frame = decode(told["frame"])
    assert isinstance(frame, pd.DataFrame)
    found: pd.Series = frame["value"]
    name = decode(told["name"])
    assert isinstance(name, Hashable)
    found.name = name
    return found


def _read_record(told: Mapping[str, object]) -> object:
    content = told["fields"]
    assert isinstance(content, dict)
    return _kinds[str(told["kind"])](**{name: decode(value) for name, value in content.items()})


def _read_note(told: Mapping[str, object]) -> Note:
    values = told["values"]
    assert isinstance(values, dict)
    return Note(str(told["code"]), **{name: decode(value) for name, value in values.items()})


def _read_mapping(told: Mapping[str, object]) -> dict[object, object]:
    pairs = told["is"]
    assert isinstance(pairs, list)
    return {decode(key): decode(value) for key, value in pairs}


_WRITERS: tuple[tuple[type | tuple[type, ...], Callable[..., JSON]], ...] = (
    ((type(None), bool, int, str), lambda value: value),
    (float, _float),
    (Note, lambda note: {TAG: "note", "code": note.code, "values": {k: encode(v) for k, v in note.values.items()}}),
    (pd.Period, lambda period: {TAG: "period", "is": str(period), "freq": period.freqstr}),
    (date, lambda day: {TAG: "day", "is": day.isoformat()}),
    (pd.DataFrame, _frame),
    (pd.Series, _series),
    (np.ndarray, _array),
    (Mapping, _mapping),
    (Sequence, lambda items: [encode(each) for each in items]),
)
_READERS: dict[str, Callable[..., object]] = {
    "float": lambda told: float(told["is"]),
    "note": _read_note,
    "period": lambda told: pd.Period(told["is"], freq=told["freq"]),
    "day": lambda told: pd.Timestamp(told["is"]),
    "frame": _read_frame,
    "series": _read_series,
    "array": lambda told: np.array(decode(told["is"])),
    "mapping": _read_mapping,
    "record": _read_record,
}
