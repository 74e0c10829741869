"""Which columns say who somebody is, by their headings and by what stands in them."""

import re
import tomllib
from functools import cache
from importlib import resources

import pandas as pd

from clvlab.data.hiding import hidden_column, hider
from clvlab.data.tables.contract import plain

_FEWEST, _SHARE = 20, 0.9
_TRAILING = re.compile(r"\d+$")


def says_who(heading: str) -> bool:
    """Whether a column's heading says that it names people, or how to reach them.

    Examples
    --------
    >>> [says_who(each) for each in ("Latin name", "E-mail 2", "手机号", "Plan", "phone_calls", "product_name")]
    [True, True, True, False, False, False]
    """
    text = _TRAILING.sub("", plain(heading))
    return text in _headings("whole") or text.endswith(_headings("ends"))


def without_people(column: pd.Series, heading: str) -> pd.Series:
    """A column in no role, hidden where it says who somebody is. Unchanged where identifiers are shown.

    It does by its heading, or because nearly every row has a text or number of its own that is no measurement.
    """
    if hider() is None or not (says_who(heading) or _one_a_row(column, plain(heading))):
        return column
    return hidden_column(column)


@cache
def _headings(which: str) -> tuple[str, ...]:
    text = resources.files("clvlab.data").joinpath("people.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)[which])


def _one_a_row(column: pd.Series, heading: str) -> bool:
    known = column.dropna()
    if len(known) < _FEWEST or known.nunique() < _SHARE * len(known):
        return False
    if heading.endswith(_headings("numbers")):
        return True
    if not pd.api.types.is_string_dtype(column):
        return False
    known = known.astype("str")
    return bool(known.str.contains(r"[^\W\d_]{2}", regex=True).mean() >= _SHARE)
