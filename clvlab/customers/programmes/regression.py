"""Least squares of the outcome on the group and the past: how much each measured column explains."""

from dataclasses import dataclass

import numpy as np

from clvlab.customers.design import Design
from clvlab.customers.programmes.lives import Flags, Float


@dataclass(frozen=True)
class Strength:
    """What a measured column explains, besides all others.

    Attributes
    ----------
    column : str
    of_group, of_outcome : float
        Partial R squared: share of what is left unexplained of being in the group, and of the outcome.
    """

    column: str
    of_group: float
    of_outcome: float


def measured_strength(known: Design, group: Flags, y: Float) -> Strength | None:
    """The strongest measured column, by the lesser of its two shares; None without columns that tell anything.

    Notes
    -----
    Source: Cinelli & Hazlett (2020), section 4.4.
    """
    t = group.astype(float)
    columns = known.with_ones
    left = _left(np.column_stack([columns, t]), y)
    norm = float(np.square(_left(columns, t)).sum())
    if norm <= 1e-12 * len(y) or float(left @ left) <= 1e-12 * max(float(y @ y), 1e-300):
        return None
    found = []
    for place, name in enumerate(known.before):
        others = known.source != place
        if others.all():
            continue
        less = np.column_stack([np.ones(len(y)), known.columns[:, others]])
        of_group = 1.0 - norm / float(np.square(_left(less, t)).sum())
        of_outcome = 1.0 - float(left @ left) / float(np.square(_left(np.column_stack([less, t]), y)).sum())
        found.append(Strength(name, of_group, of_outcome))
    return max(found, key=lambda each: min(each.of_group, each.of_outcome)) if found else None


def _left(columns: Float, values: Float) -> Float:
    """What least squares leaves."""
    found: Float = values - columns @ np.linalg.lstsq(columns, values, rcond=None)[0]
    return found
