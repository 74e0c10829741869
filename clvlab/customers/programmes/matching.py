"""Each joiner beside customers who had not joined: the same day, the same tenure, the same past."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clvlab.customers.programmes.alive import parameters, prob_active
from clvlab.customers.programmes.lives import NEVER, Flags, Float, Lives, Whole

NEAR = 60  # customers acquired next before, and next after, who are looked at
BAND = 30  # days by which tenures differ at most
PAST = (1, 3, 6)  # classes of purchases before the window before: none, 1 or 2, 3 to 5, 6 and more


@dataclass(frozen=True, eq=False)
class Matched:
    """Joiners and, one entry per pair, customers who had not joined on the joiner's day.

    Attributes
    ----------
    joiner, day : array of int, one entry per joiner
        Number of the customer, and the day of joining.
    of, control : array of int, one entry per pair
        Place in ``joiner``, and number of the other customer.
    active : array of float
        P(the other was still active on that day): joiners were.
    staying : array of float, shape (periods, pairs)
        P(an active one has not joined by the middle of the period after).
    left_out : dict of str to int
        Joiners by why they are not compared: "short_before", "short_after", "no_match".
    params : array or None
        Of the Pareto/NBD that ``active`` is from; None where none could be fitted, and all count as active.
    """

    joiner: Whole
    day: Whole
    of: Whole
    control: Whole
    active: Float
    staying: Float
    left_out: dict[str, int]
    params: Float | None


@dataclass(frozen=True, eq=False)
class _Near:
    """Customers acquired next to some joiners: arrays of (joiners, near)."""

    who: Whole
    near: Flags  # acquired within the band
    waiting: Flags  # and not yet joined on the joiner's day


def match(lives: Lives, *, before: int, after: int, period: int) -> Matched:
    """Match each joiner to customers who had not joined.

    Joiners were active on the day they joined; who had not joined may have left unseen. Left alone, that difference
    would count as the programme's. So each control counts by P(active on that day | its purchases until then), from a
    Pareto/NBD (``alive``): as purchases are made by active customers only, the controls' purchases before then stand
    for active ones, and their purchases after it are divided by how many were active.

    A control is followed until it joins itself. Only active ones join, so those left would look ever less active: what
    they buy is divided by the chance of an active one to have not joined, from the joiners among the same customers
    (Nelson 1969; Aalen 1978): each joining counts 1 over the active who could have joined on that day.

    Parameters
    ----------
    lives : Lives
    before, after : int
        Days compared before and after joining.
    period : int
        Days of a period.
    """
    params = parameters(lives)
    order = np.argsort(lives.first, kind="stable")
    rank = np.empty(lives.n, dtype=np.int64)
    rank[order] = np.arange(lives.n)
    joiners = np.flatnonzero(lives.joined < NEVER)
    around = _near(lives, joiners, order, rank)
    active = np.zeros(around.who.shape)
    days = np.broadcast_to(lives.joined[joiners][:, None], around.who.shape)
    active[around.waiting] = prob_active(lives, params, around.who[around.waiting], days[around.waiting])
    pace = np.zeros(lives.n)  # of joining: 1 over the active who could have joined that day
    pace[joiners] = 1.0 / (1.0 + active.sum(axis=1))

    tenure = lives.joined[joiners] - lives.first[joiners]
    short_before, short_after = tenure <= before, lives.joined[joiners] + after > lives.end
    kept = ~short_before & ~short_after
    left_out = {"short_before": int(short_before.sum()), "short_after": int((~short_before & short_after).sum())}
    joiner, who, waiting, active = joiners[kept], around.who[kept], around.waiting[kept], active[kept]
    start = lives.joined[joiner]
    waiting = waiting & (start[:, None] - lives.first[who] > before)
    waiting &= _past(lives, joiner, start, before)[:, None] == _past_of(lives, who, start, before, waiting)
    hazard = _Hazard.of(lives.joined[who], np.where(around.near[kept], pace[who], 0.0))
    row, column = np.nonzero(waiting)
    control, p = who[row, column], active[row, column]
    # Unseen leavers did not join because they could not: not having joined speaks slightly for having left, by the
    # chance to join between the middle of the silence and that day.
    last = lives.first[control] + lives.history(control, start[row])[1]
    unlikely = np.exp(-hazard.between(row, (last + start[row]) / 2.0, start[row]))
    p = p * unlikely / np.maximum(p * unlikely + 1.0 - p, 1e-12)
    middles = start[row][None, :] + period * (np.arange(after // period)[:, None] + 0.5)
    staying = np.stack([np.exp(-hazard.between(row, start[row], middle)) for middle in middles])
    some = np.bincount(row, weights=p, minlength=len(joiner)) > 0
    left_out["no_match"] = int((~some).sum())
    place = np.cumsum(some) - 1
    held = some[row]
    return Matched(joiner[some], start[some], place[row[held]], control[held], p[held], staying[:, held], left_out,
                   params)  # fmt: skip


def _near(lives: Lives, joiners: Whole, order: Whole, rank: Whole) -> _Near:
    steps = np.concatenate([np.arange(-NEAR, 0), np.arange(1, NEAR + 1)])
    place = rank[joiners][:, None] + steps
    inside = (place >= 0) & (place < lives.n)
    who = order[np.clip(place, 0, lives.n - 1)]
    near = inside & (np.abs(lives.first[who] - lives.first[joiners][:, None]) <= BAND)
    day = lives.joined[joiners][:, None]
    return _Near(who, near, near & (lives.joined[who] > day) & (lives.first[who] < day))


def _past(lives: Lives, who: Whole, day: Whole, before: int) -> NDArray[np.int64]:
    """Class of purchases before the window before, the first one left out."""
    bought = lives.orders.total("purchases", who, lives.first[who], day - 1 - before)
    return np.searchsorted(np.array(PAST), bought, side="right")


def _past_of(lives: Lives, who: Whole, day: Whole, before: int, waiting: Flags) -> Whole:
    found = np.full(who.shape, -1)
    days = np.broadcast_to(day[:, None], who.shape)
    found[waiting] = _past(lives, who[waiting], days[waiting], before)
    return found


@dataclass(frozen=True, eq=False)
class _Hazard:
    """Cumulative hazard of joining among the customers of each row."""

    days: Float
    running: Float
    width: int
    span: float

    @classmethod
    def of(cls, joined: Whole, pace: Float) -> "_Hazard":
        rows, width = joined.shape
        order = np.argsort(joined, axis=1, kind="stable")
        span = 4.0 * NEVER
        days = np.take_along_axis(joined, order, axis=1) + np.arange(rows)[:, None] * span
        running = np.concatenate([[0.0], np.cumsum(np.take_along_axis(pace, order, axis=1))])
        return cls(days.ravel(), running, width, span)

    def between(self, row: Whole, after: Whole | Float, until: Whole | Float) -> Float:
        """Hazard of (after, until] in rows."""
        ends = [np.searchsorted(self.days, (row * self.span + day).astype(float), "right") for day in (after, until)]
        return np.asarray(np.maximum(self.running[ends[1]] - self.running[ends[0]], 0.0))
