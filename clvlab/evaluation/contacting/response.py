"""What a contact changes: the extra purchases it causes, and how sure that is."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clvlab.arguments import number
from clvlab.errors import InputError
from clvlab.notes import Note

Float = NDArray[np.float64]

POINTS = 1000
CENTRES = (np.arange(POINTS) + 0.5) / POINTS
LEVEL = 0.90


@dataclass(frozen=True, eq=False)
class Response:
    """Extra purchases that a contact causes.

    Attributes
    ----------
    kind : {"lift", "flat"}
        "lift": a share of the customer's own expected purchases; "flat": a number of purchases, the same for everybody.
    mean, low, high : float
        Its expectation and 90 % interval.
    points : array, shape (1000,)
        Equally likely values, ascending.
    source : Note
        Where it is from.
    days : float or None
        Over how many days from the contact it was measured; None: over the whole window asked for.
    cost : float or None
        Mean cost of a contact, where the campaign it was measured from has it on record.
    """

    kind: Literal["lift", "flat"]
    mean: float
    low: float
    high: float
    points: Float
    source: Note
    days: float | None = None
    cost: float | None = None

    @property
    def sd(self) -> float:
        """Standard deviation of what is known of it."""
        return float(self.points.std())

    def drawn(self, count: int, rng: np.random.Generator) -> Float:
        """So many draws, spread evenly over its distribution, in random order."""
        return np.interp((rng.permutation(count) + 0.5) / count, CENTRES, self.points)


def lift_response(
    lift: float, *, low: float | None = None, high: float | None = None, sd: float | None = None, level: float = LEVEL
) -> Response:
    """A lift that you know or assume: extra purchases as a share of the customer's own expected ones.

    Parameters
    ----------
    lift : float
        0.10 is a tenth more purchases.
    low, high : float, optional
        Its interval at ``level``, taken as a normal distribution's.
    sd : float, optional
        Its standard deviation, instead. Without either the lift is taken as known.
    level : float

    Raises
    ------
    InputError
        A lift below -1; one end of an interval only; both an interval and ``sd``; ends that do not hold the lift.

    Examples
    --------
    >>> found = lift_response(0.10, low=0.02, high=0.18)
    >>> found.mean, round(found.sd, 3), found.source.code
    (0.1, 0.049, 'contacting.response_given')
    >>> print(lift_response(0.10).source)
    contacting.lift_taken_as_known (lift=0.1)
    """
    middle = number(lift, "lift", least=-1, example="0.10, a tenth more purchases")
    if (low is None) != (high is None) or (low is not None and sd is not None):
        raise InputError("How sure a lift is, is given by low= and high= together, or by sd=, or not at all.")
    spread = 0.0 if sd is None else number(sd, "sd", least=0, example="0.05")
    if low is not None and high is not None:
        if not low <= middle <= high:
            raise InputError(f"low= and high= lie on both sides of the lift; found {low:g}, {middle:g} and {high:g}.")
        number(level, "level", above=0, most=0.999, example="0.90")
        spread = (high - low) / 2.0 / float(special.ndtri((1.0 + level) / 2.0))
    if not spread:
        note = Note("contacting.lift_taken_as_known", lift=middle)
        return Response("lift", middle, middle, middle, np.full(POINTS, middle), note)
    points = middle + spread * special.ndtri(CENTRES)
    at = spread * float(special.ndtri((1.0 + LEVEL) / 2.0))
    note = Note("contacting.response_given", lift=middle, low=middle - at, high=middle + at)
    return Response("lift", middle, middle - at, middle + at, points, note)


def flat_response(
    chance: float | None = None,
    *,
    successes: float | None = None,
    contacts: float | None = None,
    control_successes: float = 0.0,
    control_contacts: float | None = None,
) -> Response:
    """One more purchase of the customer's mean spend, with the same chance for everybody.

    Parameters
    ----------
    chance : float, optional
        Taken as known.
    successes, contacts : float, optional
        Instead: purchases caused, out of contacts. The chance is Beta(successes + 1/2, failures + 1/2).
    control_successes, control_contacts : float, optional
        Those who bought without a contact, out of a random control group: the chance is what remains above theirs.

    Raises
    ------
    InputError
        Neither a chance nor counts, or both; counts that are no counts.

    Examples
    --------
    >>> round(flat_response(successes=30, contacts=1000).mean, 4)
    0.0305
    >>> round(flat_response(successes=30, contacts=1000, control_successes=20, control_contacts=1000).mean, 4)
    0.01
    """
    if (chance is None) == (successes is None or contacts is None):
        raise InputError("A flat response is a chance, or successes= out of contacts=: give one of the two.")
    if chance is not None:
        known = number(chance, "chance", least=0, most=1, example="0.02")
        note = Note("contacting.chance_taken_as_known", chance=known)
        return Response("flat", known, known, known, np.full(POINTS, known), note)
    mean, points = _beta(successes, contacts, "successes", "contacts")
    if control_contacts is not None:
        less, without = _beta(control_successes, control_contacts, "control_successes", "control_contacts")
        mean -= less
        points = np.quantile(points[:, None] - without[None, :], CENTRES)
    low, high = np.interp([(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0], CENTRES, points).tolist()
    note = Note("contacting.response_counted", chance=mean, low=low, high=high, successes=successes, contacts=contacts)
    return Response("flat", mean, low, high, points, note)


def _beta(hits: float | None, of: float | None, name: str, whole: str) -> tuple[float, Float]:
    n = number(of, whole, above=0, example="1000")
    y = number(hits, name, least=0, most=n, example="30")
    return (y + 0.5) / (n + 1.0), special.betaincinv(y + 0.5, n - y + 0.5, CENTRES)
