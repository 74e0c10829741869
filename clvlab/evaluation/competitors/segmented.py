"""One model by segment: fitted separately, to all together, or partially pooled."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from clvlab.errors import FitError, InputError
from clvlab.evaluation.competitors.base import Past, Waiting
from clvlab.evaluation.competitors.forecast import Forecast
from clvlab.evaluation.competitors.models import ModelCompetitor
from clvlab.models.model import Model
from clvlab.models.transactions import TransactionFit
from clvlab.notes import Note

WAYS = ("together", "apart", "pooled")


@dataclass(frozen=True, eq=False)
class Separate:
    """A model fitted to each segment separately.

    A segment the model cannot be fitted to (too few customers, no repeat buyers) is forecast by the fit to all, and the
    notes say which.

    Parameters
    ----------
    model : Model
    by : str
        Attribute of the histories.
    seed : int
    """

    model: Model[TransactionFit]
    by: str
    seed: int = 0

    def fit(self, past: Past) -> Waiting:
        """Nothing is fitted until the horizon is known."""
        if self.by not in past.histories:
            raise InputError(
                f"The histories have no attribute {self.by}; read_orders(attributes=[{self.by!r}]) adds it."
            )
        return Waiting(past, self._forecast)

    def _forecast(self, past: Past, horizon: float) -> Forecast:
        """Fit and forecast segment by segment, in the order of the histories."""
        known, model = past.histories, ModelCompetitor(self.model, self.seed)
        everybody = None
        parts: list[Forecast] = []
        alone: list[Note] = []
        for name, own in known.groupby(known[self.by].astype(str), sort=True):
            own.attrs = known.attrs
            those = replace(past, histories=own)
            try:
                parts.append(model.fit(those).forecast(horizon))
            except (InputError, FitError):
                everybody = everybody or model.fit(past)
                parts.append(replace(everybody, past=those).forecast(horizon))
                alone.append(Note("evaluation.segment_of_few", segment=name, n=len(own)))
        periods = sum(part.by_period["expected"] for part in parts if part.by_period is not None)
        notes = (Note("evaluation.segments_forecast_by_the_fit_to_all", segments=alone),)
        return Forecast(
            pd.concat([part.expected_purchases for part in parts]).reindex(known.index),
            prob_purchase=pd.concat([part.prob_purchase for part in parts if part.prob_purchase is not None]).reindex(
                known.index
            ),
            intervals=pd.concat([part.intervals for part in parts if part.intervals is not None]).reindex(known.index),
            by_period=pd.DataFrame({"expected": periods}),
            notes=notes if alone else (),
        )


def three_ways(
    model: type[Model[TransactionFit]], by: str, *, seed: int = 0
) -> Mapping[str, Model[TransactionFit] | Separate]:
    """A model fully pooled, fitted to each segment apart, and partially pooled: competitors for ``compare``.

    Examples
    --------
    >>> from clvlab.models import BGNBD
    >>> list(three_ways(BGNBD, "country"))
    ['BG/NBD:together', 'BG/NBD:apart', 'BG/NBD:pooled']
    """
    name = model().name
    return {
        f"{name}:together": model(),
        f"{name}:apart": Separate(model(), by, seed),
        f"{name}:pooled": model(pooled_by=by),
    }


def way_of(key: str) -> tuple[str, str] | None:
    """The model and the way ("together", "apart", "pooled") of a key of ``three_ways``; None of any other.

    Examples
    --------
    >>> way_of("BG/NBD:apart"), way_of("BG/NBD"), way_of("mine: apart")
    (('BG/NBD', 'apart'), None, None)
    """
    name, _, way = key.rpartition(":")
    return (name, way) if name and way in WAYS else None
