"""Net promoter score, satisfaction and response rate."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import ArrayLike

from clvlab.customers.intervals import mean, net_share, share
from clvlab.customers.measure import LEVEL, Measure
from clvlab.customers.voice.answers import answers_of
from clvlab.errors import InputError
from clvlab.notes import Note

type Answers = ArrayLike | Iterable[object]
RECOMMEND = (0, 10)  # the scale of "how likely are you to recommend us"


def nps(scores: Answers, *, promoters: float = 9, detractors: float = 6) -> Measure:
    """Net promoter score: the share of promoters less that of detractors, in points from -100 to 100.

    Parameters
    ----------
    scores : array_like
        How likely to recommend, 0 to 10, one an answer; missing ones are left out.
    promoters : float
        Who answers this or more is a promoter.
    detractors : float
        Who answers this or less is a detractor.

    Returns
    -------
    Measure
        ``n`` counts answers; value and interval are NaN of none.

    Raises
    ------
    InputError
        An answer off the scale, or promoters who are detractors too.

    Notes
    -----
    Source: Reichheld (2003); the interval as ``intervals.net_share``.

    Examples
    --------
    >>> nps([10, 9, 9, 8, 7, 3, None])
    <nps 33.33 (-34.92 to 80.61), n = 6>
    """
    low, high = RECOMMEND
    if not low <= detractors < promoters <= high:
        raise InputError(
            f"Detractors answer less than promoters, both {low} to {high}; found detractors={detractors!r}, "
            f"promoters={promoters!r}."
        )
    found = _answered(scores, "the recommendation question", low, high)
    value, least, most = net_share((found >= promoters).sum(), (found <= detractors).sum(), len(found), level=LEVEL)
    definition = Note("measures.nps.definition", promoters=promoters, detractors=detractors)
    return Measure("nps", 100.0 * float(value), 100.0 * float(least), 100.0 * float(most), len(found), definition)


def csat(scores: Answers, *, satisfied: float = 4, of: float = 5) -> Measure:
    """Customer satisfaction: the share of satisfied answers, by default the top two of five.

    Parameters
    ----------
    scores : array_like
        Satisfaction, 1 to ``of``, one an answer; missing ones are left out.
    satisfied : float
        Who answers this or more is satisfied.
    of : float
        The best answer of the scale.

    Returns
    -------
    Measure
        A share, 0 to 1; ``n`` counts answers; value and interval are NaN of none.

    Raises
    ------
    InputError
        An answer off the scale, or ``satisfied`` off it.

    Examples
    --------
    >>> csat([5, 4, 4, 2, None])
    <csat 0.75 (0.2423 to 0.9875), n = 4>
    """
    if not 1 < satisfied <= of:
        raise InputError(f"satisfied= is an answer above 1 and up to of={of!r}; found {satisfied!r}.")
    found = _answered(scores, "the satisfaction question", 1, of)
    value, low, high = share((found >= satisfied).sum(), len(found), level=LEVEL)
    definition = Note("measures.csat.definition", satisfied=satisfied, of=of)
    return Measure("csat", float(value), float(low), float(high), len(found), definition)


def mean_score(scores: Answers, *, of: float = 5) -> Measure:
    """Mean satisfaction score, 1 to ``of``.

    Parameters
    ----------
    scores : array_like
        Satisfaction, 1 to ``of``, one an answer; missing ones are left out.
    of : float
        The best answer of the scale.

    Returns
    -------
    Measure
        In points of the scale; ``n`` counts answers. There is no interval where all answers are alike.

    Raises
    ------
    InputError
        An answer off the scale.

    Examples
    --------
    >>> mean_score([5, 4, 4, 2, None])
    <mean_score 3.75 (1 to 5), n = 4>
    """
    found = _answered(scores, "the satisfaction question", 1, of)
    return Measure("mean_score", *mean_within(found, 1.0, float(of)), len(found),
                   Note("measures.mean_score.definition", of=of))  # fmt: skip


def response_rate(answered: int, asked: int) -> Measure:
    """The share of those asked who answered.

    Parameters
    ----------
    answered, asked : int
        How many answered, of how many asked.

    Returns
    -------
    Measure
        A share, 0 to 1; ``n`` is those asked; value and interval are NaN where nobody was.

    Raises
    ------
    InputError
        More answered than were asked.

    Examples
    --------
    >>> response_rate(30, 120)
    <response_rate 0.25 (0.1787 to 0.3332), n = 120>
    """
    if not 0 <= answered <= asked:
        raise InputError(
            f"Who answered was asked: answered= lies between 0 and asked={asked!r}; found {answered!r}. "
            "Count invitations, those not answered included."
        )
    value, low, high = share(answered, asked, level=LEVEL)
    return Measure("response_rate", float(value), float(low), float(high), int(asked),
                   Note("measures.response_rate.definition"))  # fmt: skip


def mean_within(values: np.ndarray, low: float, high: float) -> tuple[float, float, float]:
    """A mean with its interval, which ends where the scale does.

    >>> mean_within(np.array([1.0, 2.0, 2.0]), 1.0, 5.0)[0]
    1.6666666666666667
    """
    # Sums about the middle of the scale lose no digits.
    middle = (low + high) / 2.0
    from_middle = values - middle
    value, least, most = mean(
        len(values), from_middle.sum(), (from_middle**2).sum(), (from_middle**3).sum(), level=LEVEL
    )
    return float(value) + middle, max(float(least) + middle, low), min(float(most) + middle, high)


def _answered(scores: Answers, what: str, low: float, high: float) -> np.ndarray:
    found = answers_of(scores, what, low=low, high=high)
    return found[~np.isnan(found)]
