"""Identifiers are text: as written, a number without the decimal that a float gave it."""

from collections.abc import Iterable

import numpy as np
import pandas as pd


def identifier(value: object) -> str:
    """One identifier as text.

    Examples
    --------
    >>> identifier(7043), identifier(7043.0), identifier("007"), identifier(1.5)
    ('7043', '7043', '007', '1.5')
    """
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def identifiers(values: Iterable[object]) -> pd.Index:
    """Identifiers as an index of text."""
    return pd.Index([identifier(value) for value in values], dtype="str")
