"""What a forecast engine is: from draws of the parameters to what customers will do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clvlab.formulas.protocols import Formula
from clvlab.inference.factored import Groups
from clvlab.inference.link import Link

Float = NDArray[np.float64]
Rows = NDArray[np.int64]
Params = Mapping[str, Float]

LEVEL = 0.90


@dataclass(frozen=True)
class Estimates:
    """What an engine forecasts from.

    Attributes
    ----------
    params : mapping of name to float
        Point estimates.
    posterior : mapping of name to array
        Draws; a single one at ``params`` where there are none.
    point : mapping of name to array, or None
        What point forecasts are made at; None where they are means over the posterior.
    unit : str or None
        Of time.
    """

    formula: Formula
    link: Link
    params: Mapping[str, float]
    posterior: Params
    point: Params | None
    unit: str | None
    seed: int


@dataclass(frozen=True)
class Counts:
    """The distribution of each group's count, parameters integrated out: what has a chance, one entry each.

    Attributes
    ----------
    row : array of int, shape (entries,)
        Whose, by number within the groups asked of; sorted.
    purchases : array, shape (entries,)
        A count, ascending within a row.
    chance : array, shape (entries,)
        Its probability; they sum to 1 over a row.
    """

    row: Rows
    purchases: Float
    chance: Float


class Outlook(Protocol):
    """Some groups of customers under draws of the parameters: what values are made of, whatever the model.

    All arrays are of shape (draws, groups), or broadcast to it.
    """

    def alive(self, ahead: float = 0.0) -> Float:
        """P(alive ``ahead`` of the end of the history)."""
        ...

    def dropout(self, ahead: float) -> Float:
        """P(alive now, and gone by ``ahead``)."""
        ...

    def expectations(self, horizon: float) -> dict[str, Float]:
        """``prob_alive``, ``prob_purchase`` and ``expected_purchases``."""
        ...

    def discounted(self, horizon: float, delta: float) -> Float:
        """Expected purchases in the horizon, each discounted by exp(-delta t)."""
        ...

    def count_interval(self, horizon: float) -> tuple[Float, Float]:
        """The 90 % predictive interval of the count, over draws: two arrays of shape (groups,)."""
        ...

    def count_distribution(self, horizon: float) -> Counts:
        """The distribution of the count, over draws."""
        ...


class Engine(Protocol):
    """Forecasts of grouped histories, all times in the unit of the estimates."""

    def __init__(self, estimates: Estimates) -> None: ...

    @property
    def draws(self) -> Params:
        """Draws of the parameters that forecasts are made from."""
        ...

    @property
    def mixed(self) -> Params:
        """Points over which the distribution of a count is mixed: its own spread dwarfs theirs."""
        ...

    def outlooks(self, groups: Groups, *params: Params) -> Iterator[tuple[Rows, list[Outlook]]]:
        """Some groups at a time under each set of parameter draws: their rows, and what to expect of them."""
        ...

    def count_scores(
        self, groups: Groups, horizon: float, observed: Float, *, whole: bool = True
    ) -> tuple[Float, Float, Float]:
        """P(Y < y), P(Y = y) and the continuous ranked probability score at each group's observed count y.

        The score may be wrong where ``whole`` is false, which is quicker.
        """
        ...

    def of_new_customer(self, times: Float, customer: Mapping[str, Float]) -> dict[str, Float]:
        """Expected purchases of a new customer by each time: "", "_low" and "_high", shape (times,)."""
        ...

    def totals(self, columns: Mapping[str, Float], horizons: Float) -> Float:
        """Expected purchases of all these customers together over each horizon."""
        ...

    def so_far(self, columns: Mapping[str, Float], ends: Float) -> Float:
        """Repeat purchases to be expected by each time, 0 or before now, seen from the first purchase."""
        ...

    def futures(
        self, columns: Mapping[str, Float], horizon: float, *, draws: int, seed: int
    ) -> tuple[Rows, Rows, Float]:
        """Futures drawn from the latent story: (draw, customer, time from now) of each purchase."""
        ...


def interval(values: Float) -> tuple[Float, Float]:
    """Central 90 % interval over draws (the first axis)."""
    low, high = np.quantile(values, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0], axis=0)
    return low, high


def thinned(params: Params, most: int) -> dict[str, Float]:
    """At most ``most`` draws, evenly spaced."""
    available = count(params)
    kept = np.linspace(0, available - 1, min(most, available)).round().astype(int)
    return {name: np.asarray(values)[kept] for name, values in params.items()}


def count(params: Params) -> int:
    """How many draws there are."""
    return len(next(iter(params.values())))
