"""What a formula is: a module, or a frozen object, with these names; which ones depends on what it is a formula of."""

from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clvlab.formulas.namespace import Number

Float = NDArray[np.float64]
Walk = tuple[NDArray[np.int64], Float, NDArray[np.bool_]]


class Formula(Protocol):
    """What estimation needs: the log-likelihood of a history, over any namespace, and the names in it.

    ``TIME_POWERS`` holds the power of time in each parameter that has one; ``DIFFERENCES`` in what segments differ,
    each with the power with which parameters follow.
    """

    @property
    def NAME(self) -> str: ...

    @property
    def PARAMETERS(self) -> tuple[str, ...]: ...

    @property
    def TIME_POWERS(self) -> Mapping[str, int]: ...

    @property
    def HISTORY(self) -> tuple[str, ...]: ...

    @property
    def DIFFERENCES(self) -> Mapping[str, Mapping[str, float]]: ...

    @property
    def log_likelihood(self) -> Callable[..., Number]: ...


class Forward(Protocol):
    """What an alive customer does from now on; functions of the state that ``given_alive`` returns."""

    @property
    def expected_purchases(self) -> Callable[..., Float]: ...

    @property
    def pmf(self) -> Callable[..., Float]: ...

    @property
    def prob_no_purchase(self) -> Callable[..., Float]: ...

    @property
    def prob_alive_later(self) -> Callable[..., Float]: ...

    @property
    def simulate(self) -> Callable[..., Walk]: ...


class StoryFormula(Formula, Protocol):
    """Of purchases and dropout: the latent story of new customers can be drawn."""

    @property
    def simulate(self) -> Callable[..., Walk]: ...


class TransactionFormula(StoryFormula, Protocol):
    """Of purchases and dropout, in closed form: what an alive customer does follows from a state."""

    @property
    def STATE(self) -> tuple[str, ...]: ...

    @property
    def FORWARD(self) -> Forward: ...

    @property
    def prob_alive(self) -> Callable[..., Float]: ...

    @property
    def given_alive(self) -> Callable[..., dict[str, Float]]: ...

    @property
    def expected_purchases(self) -> Callable[..., Float]: ...


class Nodes(Protocol):
    """Some histories with nodes for each customer's own rates."""

    def log_likelihood(self, natural: Mapping[str, Number]) -> Float: ...

    def moments(self, natural: Mapping[str, Float]) -> tuple[Float, Float, Float]: ...


class MixtureFormula(StoryFormula, Protocol):
    """Of purchases and dropout, integrated over nodes."""

    @property
    def Mixture(self) -> Callable[..., Nodes]: ...

    @property
    def nodes(self) -> Callable[[Float], NDArray[np.int64]]: ...

    @property
    def blocks(self) -> Callable[[Float, int], Iterator[NDArray[np.int64]]]: ...


class SpendFormula(Formula, Protocol):
    """Of what a purchase is worth."""

    @property
    def expected_spend(self) -> Callable[..., Float]: ...

    @property
    def given_history(self) -> Callable[..., dict[str, Float]]: ...


class ContractFormula(Formula, Protocol):
    """Of how many contract periods customers stay."""

    @property
    def survival(self) -> Callable[..., Float]: ...

    @property
    def retention(self) -> Callable[..., Float]: ...

    @property
    def expected_renewals(self) -> Callable[..., Float]: ...

    @property
    def simulate(self) -> Callable[..., tuple[Float, NDArray[np.bool_]]]: ...


class SurvivalFormula(Formula, Protocol):
    """Of the time to an event."""

    @property
    def survival(self) -> Callable[..., Float]: ...

    @property
    def quantile(self) -> Callable[..., Float]: ...

    @property
    def restricted_mean(self) -> Callable[..., Float]: ...

    @property
    def simulate(self) -> Callable[..., tuple[Float, NDArray[np.bool_], NDArray[np.bool_]]]: ...
