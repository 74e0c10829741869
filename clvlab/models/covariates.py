"""Customer attributes as numbers for the link."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.errors import InputError

Float = NDArray[np.float64]


@dataclass(frozen=True)
class Encoding:
    """How attributes became columns, learned once and used for every forecast.

    Attributes
    ----------
    levels : dict
        Attribute to its levels, the reference level first; empty where the attribute is a number, used as it is.
    """

    levels: Mapping[str, tuple[str, ...]]

    @classmethod
    def learn(cls, frame: pd.DataFrame, attributes: Sequence[str]) -> Self:
        """Take numbers as they are; of anything else, the most frequent level is the reference.

        Raises
        ------
        InputError
            An attribute is missing, has missing values, or does not vary.
        """
        levels: dict[str, tuple[str, ...]] = {}
        for name in attributes:
            values = _column(frame, name)
            if values.iloc[:1000].nunique() < 2 and values.nunique() < 2:
                raise InputError(
                    f"The covariate {name} has one value for all customers ({values.iloc[0]!r}): it explains nothing."
                )
            if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
                levels[name] = ()
            else:
                counts = values.astype(str).value_counts()
                levels[name] = tuple(sorted(counts.index, key=lambda level: (-counts[level], level)))
        return cls(levels)

    def names(self, attribute: str) -> tuple[str, ...]:
        """The columns an attribute became."""
        levels = self.levels[attribute]
        return tuple(f"{attribute}={level}" for level in levels[1:]) if levels else (attribute,)

    def columns(self, frame: pd.DataFrame) -> dict[str, Float]:
        """The columns of any customers.

        Raises
        ------
        InputError
            An attribute is missing, or has a level that was not there when the model was fitted.
        """
        found: dict[str, Float] = {}
        for name, levels in self.levels.items():
            values = _column(frame, name)
            if not levels:
                found[name] = values.to_numpy(dtype=float)
                continue
            text = values.astype(str)
            unseen = text[~text.isin(levels)]
            if len(unseen):
                raise InputError(
                    f"The covariate {name} has levels the fit never saw: {', '.join(sorted(unseen.unique())[:5])} "
                    f"({len(unseen)} customers). It knows {', '.join(levels[:8])}."
                )
            for level, column in zip(levels[1:], self.names(name), strict=True):
                found[column] = np.asarray(text == level, dtype=float)
        return found


@dataclass(frozen=True)
class Segments:
    """Segments of a pooled model, and how many customers each had.

    Attributes
    ----------
    by : str
        The attribute.
    labels : tuple of str
        Sorted; a customer of any other segment is taken as one more draw from the population of segments.
    """

    by: str
    labels: tuple[str, ...]

    @classmethod
    def learn(cls, frame: pd.DataFrame, by: str) -> Self:
        """The segments of a frame, at least two."""
        labels = tuple(sorted(_column(frame, by).astype(str).unique()))
        if len(labels) < 2:
            raise InputError(f"Pooling across {by} needs at least two segments; found only {labels[0]!r}.")
        return cls(by, labels)

    def codes(self, frame: pd.DataFrame) -> NDArray[np.int64]:
        """Each customer's segment by number; ``len(labels)`` stands for one never seen."""
        codes = pd.Index(self.labels).get_indexer(pd.Index(_column(frame, self.by).astype(str)))
        return np.where(codes < 0, len(self.labels), codes).astype(np.int64)


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    if name not in frame.columns:
        raise InputError(
            f"The model uses the attribute {name}, which the histories lack; they have {', '.join(map(str, frame))}. "
            "read_orders(attributes=[...]) or histories(customers=frame) carries attributes along."
        )
    values = frame[name]
    if values.isna().any():
        missing = values.index[values.isna()]
        raise InputError(
            f"The attribute {name} is missing for {len(missing)} customers (such as "
            f"{', '.join(map(repr, missing[:5].tolist()))}): fill it, or leave them out by histories(customers=)."
        )
    if pd.api.types.is_numeric_dtype(values) and np.isinf(values.to_numpy(dtype=float)).any():
        infinite = values.index[np.isinf(values.to_numpy(dtype=float))]
        raise InputError(
            f"The attribute {name} must be finite; it is infinite for {len(infinite)} customers (such as "
            f"{', '.join(map(repr, infinite[:5].tolist()))})."
        )
    return values
