"""Remarks as a code with values: pages turn them into sentences in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

type Scalar = str | int | float | bool | date | None
type Value = Scalar | Span | Note | Sequence[Value]


@dataclass(frozen=True)
class Span:
    """A length of time in a unit: ``Span(39, "week")``, written "39 weeks" or "39 周"."""

    length: float
    unit: str

    def __str__(self) -> str:
        return f"{self.length:g} {self.unit}{'' if self.length == 1 else 's'}"


@dataclass(frozen=True, init=False)
class Note:
    """A remark: a code, which a catalogue of ``clvlab.words`` turns into a sentence, and the values that go into it.

    Parameters
    ----------
    code : str
        Floor and remark, as ``"models.ridge"``: the file ``words/en/models.toml`` holds the sentence ``ridge``.
    **values
        Text, numbers, days, spans, notes, or lists of them. The identifier of a competitor stays an identifier.

    Examples
    --------
    >>> print(Note("models.ridge", condition_number=2.5e9, parameters=["a", "b"]))
    models.ridge (condition_number=2.5e+09, parameters=a, b)
    """

    code: str
    values: Mapping[str, object] = field(hash=False)

    def __init__(self, code: str, /, **values: object) -> None:
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "values", {name: _kept(value) for name, value in values.items()})

    def __str__(self) -> str:
        listed = ", ".join(f"{name}={_written(value)}" for name, value in self.values.items())
        return f"{self.code} ({listed})" if listed else self.code

    __repr__ = __str__


def _kept(value: object) -> object:
    """As Python has it: NumPy's scalars become Python's, sequences become tuples."""
    if isinstance(value, list | tuple):
        return tuple(_kept(each) for each in value)
    if not isinstance(value, date) and hasattr(value, "item") and getattr(value, "shape", None) == ():
        return value.item()
    return value


def _written(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(_written(each) for each in value)
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:%Y-%m-%d}" if isinstance(value, date) else str(value)
