"""Forecasts of grouped histories from parameter draws, streamed so that (draws x customers) never stands in memory.

A customer alive at T goes on as a new customer whose parameters were updated by x and T (``given_alive``), so all
that depends on the horizon is computed once a distinct (x, T); only P(alive) needs the whole history.
"""

from collections.abc import Generator, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clvlab.inference.factored import Groups

Float = NDArray[np.float64]
Params = Mapping[str, Float]

BLOCK = 2_000_000  # numbers in one (draws x groups) array: 16 MB
PREDICTIVE_DRAWS = 200  # draws mixed into the distribution of a count, whose own spread dwarfs theirs
LEVEL = 0.90


class Block:
    """Some groups, and their distinct (x, T)."""

    def __init__(self, groups: Groups, rows: NDArray[np.int64], level_codes: NDArray[np.int64]) -> None:
        self.rows = rows
        x_T, self.level = np.unique(level_codes[rows], return_inverse=True)
        first = groups.level(frozenset({"x", "T"}))[0][x_T]
        self.history = {name: values[rows] for name, values in groups.values.items()}
        self.x, self.T = groups.values["x"][first], groups.values["T"][first]


def blocks(groups: Groups, draws: int) -> Iterator[Block]:
    """Groups in runs that share (x, T), as many at a time as ``BLOCK`` allows."""
    _, codes = groups.level(frozenset({"x", "T"}))
    order = np.argsort(codes, kind="stable")
    size = max(1, BLOCK // max(draws, 1))
    for start in range(0, len(order), size):
        yield Block(groups, order[start : start + size], codes)


def expectations(formula: Any, params: Params, block: Block, horizon: float) -> dict[str, Float]:
    """P(alive), P(at least one purchase) and expected purchases of each draw and group: arrays (draws, groups)."""
    column = {name: np.asarray(values, dtype=float)[:, None] for name, values in params.items()}
    alive = formula.prob_alive(**block.history, **column)
    after = formula.given_alive(block.x, block.T, **column)
    mean = formula.expected_purchases(horizon, **after)
    none = formula.prob_no_purchase(horizon, **after)
    return {
        "prob_alive": alive,
        "prob_purchase": alive * (1.0 - none)[:, block.level],
        "expected_purchases": alive * mean[:, block.level],
    }


def counts(formula: Any, params: Params, block: Block, horizon: float) -> Generator[Float, NDArray[np.bool_] | None]:
    """P(y purchases in the horizon) of each group for y = 0, 1, ...: the mixture over draws.

    Send a boolean array over the block's groups to stop computing those that need no more; they are then given 0.
    """
    params = thinned(params, PREDICTIVE_DRAWS)
    column = {name: np.asarray(values, dtype=float)[:, None] for name, values in params.items()}
    alive = formula.prob_alive(**block.history, **column)
    after = {k: np.broadcast_to(v, (len(alive), len(block.x))) for k, v in
             formula.given_alive(block.x, block.T, **column).items()}  # fmt: skip
    wanted = np.ones(len(block.rows), dtype=bool)
    y = 0
    while True:
        levels, position = np.unique(block.level[wanted], return_inverse=True)
        pmf = formula.pmf(float(y), horizon, **{k: v[:, levels] for k, v in after.items()})
        found = np.zeros(len(block.rows))
        found[wanted] = np.einsum("dg,dg->g", alive[:, wanted], pmf[:, position]) / len(alive)
        if y == 0:
            found += 1.0 - alive.mean(axis=0)
        done = yield found
        if done is not None:
            wanted = wanted & ~done
        y += 1


def count_interval(formula: Any, params: Params, block: Block, horizon: float) -> tuple[Float, Float]:
    """Central predictive interval of the count: the smallest y with P(Y <= y) at least .05, and at least .95."""
    tail = (1.0 - LEVEL) / 2.0
    low, high = (np.full(len(block.rows), -1.0) for _ in range(2))
    cumulated = np.zeros(len(block.rows))
    stream = counts(formula, params, block, horizon)
    probability, y = next(stream), 0
    while True:
        cumulated += probability
        low[(low < 0) & (cumulated >= tail)] = y
        high[(high < 0) & (cumulated >= 1.0 - tail)] = y
        if (high >= 0).all():
            return low, high
        probability, y = stream.send(high >= 0), y + 1


def count_probabilities(
    formula: Any, params: Params, groups: Groups, horizon: float, observed: Float
) -> tuple[Float, Float]:
    """P(Y < y) and P(Y = y) at each group's observed count y, shape (groups,)."""
    below, at = np.zeros(len(groups)), np.zeros(len(groups))
    for block in blocks(groups, PREDICTIVE_DRAWS):
        target = observed[block.rows]
        stream = counts(formula, params, block, horizon)
        probability = next(stream)
        for y in range(int(target.max()) + 1):
            below[block.rows] += np.where(y < target, probability, 0.0)
            at[block.rows] += np.where(y == target, probability, 0.0)
            probability = stream.send(y >= target)
    return below, at


def interval(values: Float) -> tuple[Float, Float]:
    """Central 90 % interval over draws (the first axis)."""
    low, high = np.quantile(values, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0], axis=0)
    return low, high


def thinned(params: Params, most: int) -> dict[str, Float]:
    """At most ``most`` draws, evenly spaced."""
    available = len(next(iter(params.values())))
    kept = np.linspace(0, available - 1, min(most, available)).round().astype(int)
    return {name: np.asarray(values)[kept] for name, values in params.items()}
