"""Targets of measures, from a file."""

import tomllib
from pathlib import Path

import pandas as pd

from clvlab.customers.measures import MEASURES
from clvlab.errors import InputError

FORM = "A CSV file has the columns measure and target; a TOML file has lines such as churn_rate = 0.05"


def read_targets(path: str | Path | None) -> dict[str, float]:
    """Targets by measure; none of no file.

    Parameters
    ----------
    path : path or None
        CSV with the columns measure and target, or TOML. Shares are between 0 and 1.

    Raises
    ------
    InputError
        No such file, another form, a measure of no such name, or a target that is no number.

    Examples
    --------
    >>> read_targets(None)
    {}
    """
    if path is None:
        return {}
    file = Path(path)
    if not file.is_file():
        raise InputError(f"There is no file of targets {str(path)!r}. {FORM}.")
    try:
        if file.suffix.casefold() == ".toml":
            found: dict[str, object] = dict(tomllib.loads(file.read_text("utf-8-sig")))
        else:
            table = pd.read_csv(file, encoding="utf-8-sig")
            found = dict(zip(table["measure"].astype(str).str.strip(), table["target"], strict=True))
    except (KeyError, ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{file.name!r} holds no targets ({error}). {FORM}.") from None
    targets = {}
    for name, value in found.items():
        if name not in MEASURES:
            raise InputError(f"{file.name!r} names no such measure: {name!r}; there are {', '.join(MEASURES)}.")
        try:
            targets[name] = float(str(value))
        except ValueError:
            raise InputError(f"The target of {name} in {file.name!r} is no number: {value!r}. {FORM}.") from None
    return targets
