"""Columns known before a campaign as a matrix, the same for customers of the campaign and for others."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clvlab.customers.campaigns.estimate import Float
from clvlab.errors import InputError

MOST_LEVELS = 30
CURVED = 5  # distinct numbers from which a column may matter in its middle


@dataclass(frozen=True, eq=False)
class KnownColumns:
    """How columns become a matrix: ranks among the customers of the campaign, levels as indicators.

    Attributes
    ----------
    numbers : dict of str to array
        Sorted values of each column of numbers.
    levels : dict of str to tuple of str
        Levels of each other column but the most frequent one; a missing value is "?".
    """

    numbers: dict[str, Float]
    levels: dict[str, tuple[str, ...]]

    @classmethod
    def of(cls, frame: pd.DataFrame, before: Sequence[str]) -> "KnownColumns":
        """Learn ranks and levels of these columns.

        Raises
        ------
        InputError
            No such column, one with very many levels, or none that tells customers apart.
        """
        absent = [name for name in before if name not in frame]
        if absent:
            raise InputError(f"before= names columns of the frame; there is no column {', '.join(map(repr, absent))}.")
        numbers: dict[str, Float] = {}
        levels: dict[str, tuple[str, ...]] = {}
        for name in before:
            if pd.api.types.is_numeric_dtype(frame[name].dtype) and not pd.api.types.is_bool_dtype(frame[name].dtype):
                values = frame[name].to_numpy(dtype=float, na_value=np.nan)
                numbers[name] = np.sort(values[np.isfinite(values)])
            else:
                found = _text(frame[name]).value_counts().index[1:]
                if len(found) >= MOST_LEVELS:
                    raise InputError(f"before= names {name}, which has {len(found) + 1} levels; {MOST_LEVELS} at most "
                                     "are compared. Group them.")  # fmt: skip
                levels[name] = tuple(map(str, found))
        made = cls(numbers, levels)
        if not len(before) or not np.ptp(made.matrix(frame), axis=0).any():
            raise InputError("before= names columns known before the campaign by which customers differ; without one, "
                             "nobody can be predicted to answer more than others.")  # fmt: skip
        return made

    def matrix(self, frame: pd.DataFrame) -> Float:
        """These columns of any customers: a number's rank and its square, indicators of levels and of missing numbers.

        Returns
        -------
        array, shape (rows, columns)
            Each with a mean near 0 and a standard deviation near 1 among the customers of the campaign.
        """
        absent = [name for name in (*self.numbers, *self.levels) if name not in frame]
        if absent:
            raise InputError(f"The frame has no column {', '.join(map(repr, absent))}, by which uplift is predicted.")
        parts: list[Float] = []
        for name, known in self.numbers.items():
            values = frame[name].to_numpy(dtype=float, na_value=np.nan)
            missing = ~np.isfinite(values)
            at = np.where(missing, np.nan, values)
            rank = (np.searchsorted(known, at, "left") + np.searchsorted(known, at, "right")) / max(2 * len(known), 1)
            place = np.where(missing, 0.0, 2.0 * rank - 1.0)
            parts.append(np.sqrt(3.0) * place)
            if len(np.unique(known)) >= CURVED:
                parts.append(np.where(missing, 0.0, np.sqrt(5.0) * (3.0 * place**2 - 1.0) / 2.0))
            parts.append(missing.astype(float))
        for name, levels in self.levels.items():
            text = _text(frame[name])
            parts += [np.where(text == level, 1.0, 0.0) for level in levels]
        return np.column_stack(parts) if parts else np.empty((len(frame), 0))


def _text(column: pd.Series) -> pd.Series:
    return column.astype(str).where(column.notna(), "?")
