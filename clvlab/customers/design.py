"""Columns of a frame as a matrix: numbers standardised, categories as indicators."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.errors import InputError

Float = NDArray[np.float64]
Whole = NDArray[np.int64]

MOST_LEVELS = 30


@dataclass(frozen=True, eq=False)
class Design:
    """What was known before, as numbers.

    Attributes
    ----------
    columns : array, shape (rows, columns)
        Without a column of ones; each with mean 0 and standard deviation 1.
    names : list of str
        Of each: the frame's column, or column and level.
    source : array of int
        Which of ``before`` each comes from.
    before : tuple of str
    """

    columns: Float
    names: list[str]
    source: Whole
    before: tuple[str, ...]

    @property
    def with_ones(self) -> Float:
        """The columns after one of ones."""
        return np.column_stack([np.ones(len(self.columns)), self.columns])


def design(frame: pd.DataFrame, before: Sequence[str]) -> Design:
    """Make a matrix of columns; a missing number counts as the mean, with an indicator of its own.

    Raises
    ------
    InputError
        No such column, or one with very many levels.
    """
    absent = [name for name in before if name not in frame]
    if absent:
        raise InputError(f"before= names columns of the frame; there is no column {', '.join(map(repr, absent))}.")
    parts: list[Float] = []
    names: list[str] = []
    source: list[int] = []

    def add(values: Float, name: str, place: int) -> None:
        spread = values.std()
        if spread > 1e-12:
            parts.append((values - values.mean()) / spread)
            names.append(name)
            source.append(place)

    for place, name in enumerate(before):
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column.dtype):
            values = column.to_numpy(dtype=float, na_value=np.nan)
            missing = ~np.isfinite(values)
            add(np.where(missing, values[~missing].mean() if (~missing).any() else 0.0, values), name, place)
            add(missing.astype(float), f"{name}: ?", place)
        else:
            text = column.astype(str).where(column.notna(), "?")
            levels = text.value_counts().index[1:]
            if len(levels) >= MOST_LEVELS:
                raise InputError(
                    f"before= names {name}, which has {len(levels) + 1} levels; {MOST_LEVELS} at most are compared. "
                    "Group them."
                )
            for level in levels:
                add((text == level).to_numpy(float), f"{name}: {level}", place)
    held = np.column_stack(parts) if parts else np.empty((len(frame), 0))
    return Design(held, names, np.array(source, dtype=np.int64), tuple(before))
