"""Columns of text, made without a loop: numbered identifiers as Arrow strings, labels as categories."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def numbered(prefix: str, numbers: np.ndarray, *, digits: int) -> pd.Series:
    """Identifiers of numbers; those below 0 have none.

    Examples
    --------
    >>> numbered("C", np.array([0, 12, -1]), digits=4).tolist()
    ['C0001', 'C0013', nan]
    """
    text = pc.utf8_lpad(pa.array(numbers + 1).cast(pa.string()), width=digits, padding="0")
    named = pc.binary_join_element_wise(prefix, text, "")
    return as_text(named, missing=numbers < 0)


def as_text(found: pa.Array, *, missing: np.ndarray | None = None) -> pd.Series:
    """An Arrow array of strings as a column."""
    if missing is not None and missing.any():
        found = pc.if_else(pa.array(missing), pa.scalar(None, pa.string()), found)
    column: pd.Series = pd.Series(found.to_pandas(), dtype="str")
    return column


def joined(parts: Sequence[tuple[Sequence[str], np.ndarray]], between: str) -> pa.Array:
    """Strings of parts, each taken from a list by its places."""
    taken = [pa.array(list(labels)).take(pa.array(places)) for labels, places in parts]
    return pc.binary_join_element_wise(*taken, between)


def labelled(labels: Sequence[str], codes: np.ndarray) -> pd.Series:
    """Labels by their places in a list; those below 0 have none.

    Examples
    --------
    >>> labelled(["a", "b"], np.array([1, -1])).tolist()
    ['b', nan]
    """
    column: pd.Series = pd.Series(pd.Categorical.from_codes(codes, categories=pd.Index(list(labels))))
    return column


def yes_no(flags: np.ndarray) -> pd.Series:
    """Flags as people write them."""
    return labelled(["no", "yes"], flags.astype(np.int8))


def width(n: int) -> int:
    """Digits that number ``n`` things, five at least.

    >>> width(3000), width(1_000_000)
    (5, 7)
    """
    return max(5, len(str(n)))
