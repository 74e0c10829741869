"""One model in each segment: apart, all together, or pooled between the two."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from clvlab import words
from clvlab.errors import FitError, InputError
from clvlab.evaluation.competitors.base import Forecast, Past, Waiting
from clvlab.evaluation.competitors.models import ModelCompetitor
from clvlab.models.model import Model


@dataclass(frozen=True, eq=False)
class Separate:
    """A model fitted to each segment apart.

    A segment the model cannot be fitted to (too few customers, no repeat buyers) is forecast by the fit to all, and the
    notes say which.

    Parameters
    ----------
    model : Model
    by : str
        Attribute of the histories.
    seed : int
    """

    model: Model
    by: str
    seed: int = 0

    def fit(self, past: Past) -> Waiting:
        """Nothing is fitted until the horizon is known."""
        if self.by not in past.histories:
            raise InputError(
                f"The histories carry no attribute {self.by}; read_orders(attributes=[{self.by!r}]) carries it along."
            )
        return Waiting(past, self._forecast)

    def _forecast(self, past: Past, horizon: float) -> Forecast:
        """Fit and forecast segment by segment, in the order of the histories."""
        known, model = past.histories, ModelCompetitor(self.model, self.seed)
        everybody = None
        parts: list[Forecast] = []
        alone: list[str] = []
        for label, own in known.groupby(known[self.by].astype(str), sort=True):
            own.attrs = known.attrs
            those = replace(past, histories=own)
            try:
                parts.append(model.fit(those).forecast(horizon))
            except (InputError, FitError):
                everybody = everybody or model.fit(past)
                parts.append(replace(everybody, past=those).forecast(horizon))
                alone.append(f"{label} ({len(own)})")
        periods = sum(part.by_period["expected"] for part in parts if part.by_period is not None)
        notes = (
            words.say("sentences.segments_forecast_by_the_fit_to_all", segments=words.say("numbers.comma").join(alone)),
        )
        return Forecast(
            pd.concat([part.expected_purchases for part in parts]).reindex(known.index),
            prob_purchase=pd.concat([part.prob_purchase for part in parts if part.prob_purchase is not None]).reindex(
                known.index
            ),
            intervals=pd.concat([part.intervals for part in parts if part.intervals is not None]).reindex(known.index),
            by_period=pd.DataFrame({"expected": periods}),
            notes=notes if alone else (),
        )


def three_ways(model: type[Model], by: str, *, seed: int = 0) -> Mapping[str, Model | Separate]:
    """A model fully pooled, fitted to each segment apart, and partially pooled by NUTS: competitors for ``compare``.

    Examples
    --------
    >>> from clvlab.models import BGNBD
    >>> list(three_ways(BGNBD, "country"))
    ['BG/NBD, all together', 'BG/NBD, each apart', 'BG/NBD, partially pooled']
    """
    name = model().name
    return {
        words.say("sentences.all_together", model=name): model(),
        words.say("sentences.each_apart", model=name): Separate(model(), by, seed),
        words.say("sentences.partially_pooled", model=name): model(pooled_by=by),
    }
