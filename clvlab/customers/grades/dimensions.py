"""The eight dimensions of a company's customers, each scored 0 to 100."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from clvlab.customers.facts import Facts, MissingInput
from clvlab.customers.grades.fitted import AHEAD, CompanyFit, fitted
from clvlab.customers.grades.parts import DIMENSION, Part, Sources
from clvlab.errors import FitError, InputError
from clvlab.notes import Note
from clvlab.shown import Shown


@dataclass(frozen=True, eq=False, repr=False)
class Dimensions(Shown):
    """What is known of each customer, dimension by dimension.

    Attributes
    ----------
    table : DataFrame, index customer_id
        One column per dimension that there is data for, in order of value, potential, loyalty, interaction,
        satisfaction, lifecycle, behaviour, profit: 0 to 100, the mean of its parts' scores. Missing without a purchase.
    parts : DataFrame, index customer_id
        Raw measures in their own units, a column "dimension_part"; missing where nothing is known.
    scored : DataFrame, index customer_id
        The same columns as scores of 0 to 100, missing ones as the mean of the others.
    notes : tuple of Note
        Dimensions left out, parts filled with the mean, and customers without a purchase.
    """

    table: pd.DataFrame
    parts: pd.DataFrame
    scored: pd.DataFrame
    notes: tuple[Note, ...]

    @cached_property
    def left_out(self) -> tuple[str, ...]:
        """Dimensions without data."""
        return tuple(name for name in DIMENSION if name not in self.table)


def dimensions(facts: Facts, *, fit: CompanyFit | Note | None = None) -> Dimensions:
    """Score a company's customers on each dimension that there is data for.

    Parameters
    ----------
    facts : Facts
    fit : CompanyFit or Note, optional
        Made once by ``fitted(facts)``, or why there is none; made here unless given.

    Returns
    -------
    Dimensions
        A dimension without data is left out and named in ``notes``; a customer for whom a part is unknown gets the
        mean of the others, which is counted.

    Raises
    ------
    MissingInput
        There are no orders.
    """
    made = fit if fit is not None else fit_or_note(facts)
    buyers = facts.first_day < np.iinfo(np.int64).max
    of = Sources(facts, made if isinstance(made, CompanyFit) else None, buyers)
    table, raw, scored, notes = {}, {}, {}, []
    for name, measured in DIMENSION.items():
        try:
            parts = measured(of)
        except MissingInput as lacking:
            needs = made if isinstance(made, Note) and name in ("value", "potential") else lacking.note
            notes.append(Note("grades.left_out", dimension=name, needs=needs))
            continue
        except InputError as error:
            notes.append(Note("grades.left_out", dimension=name, needs=Note("grades.no_model", reason=str(error))))
            continue
        own = []
        for part in parts:
            score, note = _filled(name, part, buyers)
            notes += note
            own.append(score)
            raw[f"{name}_{part.name}"], scored[f"{name}_{part.name}"] = part.column(), score
        table[name] = np.mean(own, axis=0)
    if not buyers.all():
        notes.append(Note("grades.without_purchase", customers=int((~buyers).sum()), of=facts.n))
    totals, measures, scores = (pd.DataFrame(columns).set_axis(facts.ids) for columns in (table, raw, scored))
    return Dimensions(totals, measures, scores, tuple(notes))


def fit_or_note(facts: Facts, *, horizon: float = AHEAD) -> CompanyFit | Note:
    """The fit that all share, or why there is none."""
    try:
        return fitted(facts, horizon=horizon)
    except MissingInput as lacking:
        return lacking.note
    except (FitError, InputError) as error:
        return Note("grades.no_model", reason=str(error))


def _filled(dimension: str, part: Part, buyers: np.ndarray) -> tuple[np.ndarray, list[Note]]:
    unknown = buyers & np.isnan(part.raw)
    if not unknown.any():
        return part.score, []
    known = buyers & ~unknown
    mean = float(part.score[known].mean()) if known.any() else 50.0
    note = Note("grades.filled", dimension=dimension, part=part.name, customers=int(unknown.sum()),
                of=int(buyers.sum()), score=mean)  # fmt: skip
    return np.where(buyers & np.isnan(part.score), mean, part.score), [note]
