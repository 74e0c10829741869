"""Forecasts of grouped histories from parameter draws, streamed so that (draws x customers) is never in memory.

A customer alive at T goes on in a state that few columns of the history determine (for most models x and T), so all
that depends on the horizon is computed once a distinct state; only P(alive) needs the whole history.
"""

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clvlab.formulas.protocols import Forward, TransactionFormula
from clvlab.inference.factored import Groups
from clvlab.inference.link import Link
from clvlab.models.outlook import LEVEL, Counts, Float, Params
from clvlab.models.outlook import interval as interval
from clvlab.models.outlook import thinned as thinned

BLOCK = 2_000_000  # numbers in one (draws x groups) array: 16 MB
PREDICTIVE_DRAWS = 200  # draws mixed into the distribution of a count, whose own spread dwarfs theirs
TAIL = 1e-4
TINY = 1e-9  # a chance that moves no end of an interval
EXACT = 200.0  # purchases up to which ends of an interval are exact
NOTHING = 1e-6  # a chance beyond the mean after which hardly any is left


@dataclass(frozen=True)
class Batch:
    """Some groups of customers, and their distinct states.

    Attributes
    ----------
    rows : array, shape (groups,)
        Which groups.
    level : array, shape (groups,)
        Each group's state, by number.
    history : dict of arrays, shape (groups,)
    state : dict of arrays, shape (states,)
        The columns that determine it, covariates included.
    """

    rows: NDArray[np.int64]
    level: NDArray[np.int64]
    history: dict[str, Float]
    state: dict[str, Float]


@dataclass(frozen=True)
class Process:
    """A formula behind its link: what a customer does under draws of the estimated values."""

    formula: TransactionFormula
    link: Link

    @property
    def forward(self) -> Forward:
        """The functions of a customer who is alive now."""
        return self.formula.FORWARD

    def blocks(self, groups: Groups, draws: int) -> Iterator[Batch]:
        """Groups in runs that share states, as many at a time as ``BLOCK`` allows."""
        names = frozenset({*self.formula.STATE, *self.link.columns})
        first, codes = groups.level(names)
        order = np.argsort(codes, kind="stable")
        size = max(1, BLOCK // max(draws, 1))
        for start in range(0, len(order), size):
            rows = order[start : start + size]
            states, level = np.unique(codes[rows], return_inverse=True)
            history = {name: groups.values[name][rows] for name in self.formula.HISTORY}
            state = {name: groups.values[name][first[states]] for name in names}
            yield Batch(rows, level, history, state)

    def natural(self, params: Params, columns: Mapping[str, Float]) -> dict[str, Float]:
        """The formula's parameters of each draw and customer, shape (draws, customers); (draws, 1) where shared."""
        drawn = {k: v if v.ndim > 1 else v[:, None] for k, v in params.items()}
        return self.link.natural(drawn, columns)

    def alive(self, params: Params, block: Batch) -> Float:
        """P(alive) of each draw and group."""
        natural = {k: spread(v, block.level) for k, v in self.natural(params, block.state).items()}
        return np.asarray(self.formula.prob_alive(**block.history, **natural))

    def state(self, params: Params, block: Batch) -> dict[str, Float]:
        """The state of an alive customer, for each draw and distinct state."""
        columns = {name: block.state[name] for name in self.formula.STATE}
        return dict(self.formula.given_alive(**columns, **self.natural(params, block.state)))


def expectations(process: Process, params: Params, block: Batch, horizon: float) -> dict[str, Float]:
    """P(alive), P(at least one purchase) and expected purchases of each draw and group: arrays (draws, groups)."""
    alive, state = process.alive(params, block), process.state(params, block)
    mean = process.forward.expected_purchases(horizon, **state)
    none = process.forward.prob_no_purchase(horizon, **state)
    return {
        "prob_alive": alive,
        "prob_purchase": alive * spread(1.0 - none, block.level),
        "expected_purchases": alive * spread(mean, block.level),
    }


def counts(
    process: Process, params: Params, block: Batch, horizon: float, *, exact: float = np.inf
) -> Generator[Float, NDArray[np.bool_] | None]:
    """P(y purchases in the horizon) of each group for y = 0, 1, ...: the mixture over draws.

    Beyond ``exact`` of counts only one in ``_width``, in their midst.

    Send a boolean array over the block's groups to stop computing those that need no more; they are then given 0.
    """
    params = thinned(params, PREDICTIVE_DRAWS)
    alive = process.alive(params, block)
    shape = (len(next(iter(params.values()))), len(next(iter(block.state.values()))))
    alive = np.broadcast_to(alive, (shape[0], len(block.rows)))
    state = {k: np.broadcast_to(v, shape) for k, v in process.state(params, block).items()}
    wanted = np.ones(len(block.rows), dtype=bool)
    y = 0.0
    while True:
        width = _width(y, exact)
        levels, position = np.unique(block.level[wanted], return_inverse=True)
        pmf = process.forward.pmf(y + (width - 1.0) / 2.0, horizon, **{k: v[:, levels] for k, v in state.items()})
        found = np.zeros(len(block.rows))
        found[wanted] = np.einsum("dg,dg->g", alive[:, wanted], pmf[:, position]) / len(alive)
        if y == 0:
            found += 1.0 - alive.mean(axis=0)
        done = yield found
        if done is not None:
            wanted = wanted & ~done
        y += width


def count_interval(process: Process, params: Params, block: Batch, horizon: float) -> tuple[Float, Float]:
    """Central predictive interval of the count: the smallest y with P(Y <= y) at least .05, and at least .95.

    Beyond ``EXACT`` purchases it lies between the counts that were computed.
    """
    tail = (1.0 - LEVEL) / 2.0
    low, high = (np.full(len(block.rows), -1.0) for _ in range(2))
    cumulated = np.zeros(len(block.rows))
    stream = counts(process, params, block, horizon, exact=EXACT)
    probability, y = next(stream), 0.0
    while True:
        width = _width(y, EXACT)
        before, cumulated = cumulated, cumulated + probability * width
        for end, level in ((low, tail), (high, 1.0 - tail)):
            here = (end < 0) & (cumulated >= level)
            # The last of the counts up to which the level is reached, of those that one stands for.
            part = np.ceil((level - before[here]) / probability[here]) if width > 1.0 else 1.0
            end[here] = y - 1.0 + np.clip(part, 1.0, width)
        if (high >= 0).all():
            return low, high
        probability, y = stream.send(high >= 0), y + width


def count_distribution(process: Process, params: Params, block: Batch, horizon: float) -> Counts:
    """Chances of counts of each group, until less than ``TAIL`` is left; of large counts one stands for some."""
    state = process.state(thinned(params, PREDICTIVE_DRAWS), block)
    usual = spread(process.forward.expected_purchases(horizon, **state), block.level).max(axis=0)
    reached, done = np.zeros(len(block.rows)), np.zeros(len(block.rows), dtype=bool)
    stream = counts(process, params, block, horizon, exact=0.0)
    found, rows, purchases, y = [], [], [], 0.0
    chance = next(stream)
    while True:
        width = _width(y, 0.0)
        chance = chance * width
        reached += chance
        kept = np.flatnonzero(chance > TINY)
        rows.append(kept)
        purchases.append(np.full(len(kept), y + (width - 1.0) / 2.0))
        found.append(chance[kept])
        # What one count in several stands for sums to 1 nearly, so that the tail may never seem to be reached.
        done |= (reached > 1.0 - TAIL) | ((y > usual) & ~(chance > NOTHING))
        if done.all():
            break
        chance, y = stream.send(done), y + width
    row = np.concatenate(rows)
    order = np.argsort(row, kind="stable")
    row, chances = row[order], np.concatenate(found)[order]
    chances /= np.bincount(row, weights=chances, minlength=len(reached))[row]
    return Counts(row, np.concatenate(purchases)[order], chances)


def _width(y: float, exact: float) -> float:
    """How many counts from y on one stands for: about half their standard deviation, and odd, to have a middle."""
    return 1.0 if y < exact else 1.0 + 2.0 * int(np.sqrt(y) / 4.0)


def count_scores(
    process: Process, params: Params, groups: Groups, horizon: float, observed: Float, *, tail: float = TAIL
) -> tuple[Float, Float, Float]:
    """P(Y < y), P(Y = y) and the continuous ranked probability score at each group's observed count y.

    The score (purchases, 0 is perfect) is the sum over k of (P(Y <= k) - [k >= y])^2, cut where less than ``tail`` of
    probability is left. Source: Gneiting & Raftery (2007), eq. 20, for counts.
    """
    below, at, crps = (np.zeros(len(groups)) for _ in range(3))
    for block in process.blocks(groups, PREDICTIVE_DRAWS):
        target = observed[block.rows]
        cumulated, score, before, here = (np.zeros(len(target)) for _ in range(4))
        done = np.zeros(len(target), dtype=bool)
        stream = counts(process, params, block, horizon)
        probability, k = next(stream), 0
        while True:
            before += np.where(k < target, probability, 0.0)
            here += np.where(k == target, probability, 0.0)
            cumulated += probability
            score += np.where(done, 0.0, np.where(k < target, cumulated, 1.0 - cumulated) ** 2)
            done = (k >= target) & (cumulated > 1.0 - tail)
            if done.all():
                break
            probability, k = stream.send(done), k + 1
        below[block.rows], at[block.rows], crps[block.rows] = before, here, score
    return below, at, crps


def crps_of_samples(samples: Float, observed: Float) -> Float:
    """Continuous ranked probability score from equally likely samples, shape (draws, customers), of each customer.

    E|X - y| - E|X - X'| / 2, the second mean over pairs of different draws, so that few draws do not bias it.

    Examples
    --------
    >>> crps_of_samples(np.array([[0.0, 1.0], [2.0, 1.0]]), np.array([1.0, 3.0]))
    array([0., 2.])
    """
    n = len(samples)
    ordered = np.sort(samples, axis=0)
    weights = (2.0 * np.arange(1, n + 1) - n - 1.0) / (n * max(n - 1, 1))
    return np.asarray(np.abs(samples - observed).mean(axis=0) - weights @ ordered)


def spread(values: Float, level: NDArray[np.int64]) -> Float:
    """One value per group, from one per state or one for all."""
    return values[:, level] if values.shape[1] > 1 else np.asarray(values)
