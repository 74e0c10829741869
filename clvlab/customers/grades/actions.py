"""What is done for the customers of each tier: a table that anybody may edit."""

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from clvlab.customers.grades.cuts import TIERS
from clvlab.errors import InputError

OURS = Path(__file__).parent / "actions.toml"
FIELDS = ("actions", "service", "contact_every", "budget")
FORM = (
    'A table of actions has a section a tier, such as [A], with actions = ["cross_sell"], service = "standard", '
    "contact_every = 90 (days) and budget = 0.2 (a share; they sum to 1)"
)


def read_actions(path: str | Path | None = None, *, tiers: Sequence[str] = TIERS) -> pd.DataFrame:
    """Read what is done for each tier.

    Parameters
    ----------
    path : path, optional
        TOML file of the form of ``actions.toml`` of this package, which is read unless another is given.
    tiers : sequence of str
        Each needs a section.

    Returns
    -------
    DataFrame, index tier
        actions (tuple of ids), service (id), contact_every (days), budget (share; they sum to 1).

    Raises
    ------
    InputError
        No such file, another form, a tier without a section or a section without a tier.

    Examples
    --------
    >>> read_actions().loc["D", "actions"]
    ('automated_mail', 'win_back_offer')
    """
    file = OURS if path is None else Path(path)
    if not file.is_file():
        raise InputError(f"There is no file of actions {str(path)!r}. {FORM}.")
    try:
        told = tomllib.loads(file.read_text("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{file.name!r} is no TOML file ({error}). {FORM}.") from None
    lacking, strange = [each for each in tiers if each not in told], [each for each in told if each not in tiers]
    if lacking or strange:
        wrong = f"lacks {', '.join(lacking)}" if lacking else f"has {', '.join(strange)}, which is no tier"
        raise InputError(f"{file.name!r} {wrong}; tiers are {', '.join(tiers)}. {FORM}.")
    rows = {tier: _row(file.name, tier, told[tier]) for tier in tiers}
    budget = sum(float(str(row["budget"])) for row in rows.values())
    if abs(budget - 1.0) > 1e-6:
        raise InputError(f"Budgets in {file.name!r} sum to {budget:g}, not 1. {FORM}.")
    found = pd.DataFrame.from_dict(rows, orient="index", columns=[*FIELDS])
    return found.rename_axis("tier")


def _row(file: str, tier: str, told: object) -> dict[str, object]:
    if not isinstance(told, dict) or set(told) != set(FIELDS):
        found = ", ".join(map(str, told)) if isinstance(told, dict) else repr(told)
        raise InputError(f"[{tier}] in {file!r} has {', '.join(FIELDS)}; found {found}. {FORM}.")
    actions, service, days, budget = (told[name] for name in FIELDS)
    ids = [*actions, service] if isinstance(actions, list) else [None]
    wrong = [each for each in ids if not isinstance(each, str) or not re.fullmatch(r"[a-z][a-z0-9_]*", each)]
    if wrong or len(ids) < 2:
        raise InputError(f"actions and service of [{tier}] in {file!r} are ids in snake_case; found {wrong!r}. {FORM}.")
    if isinstance(days, bool) or not isinstance(days, int) or days < 1:
        raise InputError(f"contact_every of [{tier}] in {file!r} is a number of days, 1 or more; found {days!r}.")
    if (
        isinstance(budget, bool)
        or not isinstance(budget, int | float)
        or not np.isfinite(budget)
        or not 0 <= budget <= 1
    ):
        raise InputError(f"budget of [{tier}] in {file!r} is a share, 0 to 1; found {budget!r}.")
    return {"actions": tuple(actions), "service": service, "contact_every": days, "budget": float(budget)}
