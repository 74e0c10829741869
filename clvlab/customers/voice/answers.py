"""Answers as numbers: missing ones are NaN, and values outside the scale are refused."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from clvlab.arguments import instance
from clvlab.errors import InputError

Float = NDArray[np.float64]
SHOWN = 5  # values named in an error


def answers_of(given: ArrayLike | Iterable[object], what: str, *, low: float = -np.inf, high: float = np.inf) -> Float:
    """Answers as floats.

    Parameters
    ----------
    given : array_like
        One a respondent; None, NaN and NA are missing.
    what : str
        What they are called in an error.
    low, high : float
        Ends of the scale.

    Returns
    -------
    ndarray, of the same length
        NaN where missing.

    Raises
    ------
    InputError
        An answer that is no number, or is off the scale.

    Examples
    --------
    >>> answers_of([9, None, 10], "nps", low=0, high=10).tolist()
    [9.0, nan, 10.0]
    """
    told = pd.Series(given if isinstance(given, pd.Series) else list(given)).reset_index(drop=True)  # type: ignore[arg-type]
    read = pd.to_numeric(told, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    words = told[np.isnan(read) & told.notna().to_numpy()]
    if len(words):
        raise InputError(
            f"Answers to {what} are numbers; found {_listed(words)}. "
            "Code them as numbers, and leave cells without an answer empty."
        )
    off = (read < low) | (read > high) | np.isinf(read)
    if off.any():
        raise InputError(
            f"Answers to {what} lie between {low:g} and {high:g}; found {_listed(told[off])}. "
            "Leave codes such as 99 for no answer empty, or give the scale that was asked."
        )
    return read


def items_of(
    answers: pd.DataFrame, items: Sequence[str], *, least: int, low: float = -np.inf, high: float = np.inf
) -> Float:
    """Answers to several items, respondents x items.

    Raises
    ------
    InputError
        Fewer items than ``least``, an item twice or that is no column, an answer that is none on the scale.
    """
    instance(answers, pd.DataFrame, "answers", "give a DataFrame with one row per respondent and one column per item")
    if isinstance(items, str) or len(items) < least or len(set(items)) < len(items):
        raise InputError(f"items= names {least} or more columns of answers, each once; found {items!r}.")
    absent = [str(item) for item in items if item not in answers.columns]
    if absent:
        there = ", ".join(map(str, answers.columns))
        raise InputError(f"items= names columns of answers; there is no {', '.join(absent)}, only {there}.")
    return np.column_stack([answers_of(answers[item], str(item), low=low, high=high) for item in items])


def _listed(values: pd.Series) -> str:
    """The first distinct values, with the number of all."""
    distinct = values.unique()[:SHOWN]
    return f"{', '.join(map(str, distinct))} ({len(values)} in all)"
