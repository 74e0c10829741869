"""Expected value of each kind of customer with its credible interval, and the totals of every draw."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clvlab.inference.factored import Groups
from clvlab.models.forecast import BLOCK
from clvlab.models.outlook import count
from clvlab.models.spend import SpendFit
from clvlab.models.transactions import TransactionFit
from clvlab.value.in_purchases import EachPurchase
from clvlab.value.kinds import Kinds
from clvlab.value.multiplied import DRAWS, AllDraws, DrawnProducts, expanded

Float = NDArray[np.float64]

LARGE = 20_000  # kinds from which on expansions are tried
SAMPLED = 300  # kinds computed both ways
WITHIN = 0.003  # of the width of an interval, three standard deviations or so, that an end may be off
COLUMNS = ("clv", "clv_low", "clv_high", "expected_purchases", "expected_spend", "prob_alive")


@dataclass(frozen=True)
class ExpectedValue:
    """What is expected.

    Attributes
    ----------
    table : dict of arrays, shape (kinds,)
        The columns of ``customer_value``, a margin of 1.
    totals : array, shape (draws, totals)
        Sums over customers under every draw.
    kept, typical : arrays, shape (histories,)
        Expected discounted purchases, a mean over draws, and purchases of who buys at all.
    """

    table: dict[str, Float]
    totals: Float
    kept: Float
    typical: Float


def expectation(
    fit: TransactionFit,
    spend: SpendFit | EachPurchase,
    groups: Groups,
    kinds: Kinds,
    horizon: float,
    delta: float,
) -> ExpectedValue:
    """By all draws of a small base; of a large one by expansions, where they agree on some of it."""
    totals, most = kinds.totals, max(count(fit.posterior), count(spend.posterior))
    if len(kinds) >= LARGE and most > 1:
        points = expanded(fit.posterior, fit.link, spend.posterior, getattr(spend, "link", None), totals)
        if points is not None and _agree(fit, spend, kinds, groups, horizon, delta):
            return _computed(fit, spend, groups, kinds, horizon, delta, points)
    return _computed(fit, spend, groups, kinds, horizon, delta, AllDraws(fit.posterior, spend.posterior, totals))


def _agree(
    fit: TransactionFit, spend: SpendFit | EachPurchase, kinds: Kinds, groups: Groups, horizon: float, delta: float
) -> bool:
    """Whether an expansion gives the ends that all draws give, of an even sample and of who bought most."""
    even = np.linspace(0, len(kinds) - 1, SAMPLED).round().astype(int)
    busy = np.argsort(groups.values[next(iter(groups.values))][kinds.group], kind="stable")[-SAMPLED // 4 :]
    some = np.union1d(even, busy)
    group = kinds.group[some]
    part = Groups({name: values[group] for name, values in groups.values.items()})
    own = Kinds(part, kinds.spending(some), np.zeros(len(some), dtype=np.int64))
    points = expanded(fit.posterior, fit.link, spend.posterior, getattr(spend, "link", None), 1)
    assert points is not None
    told = _computed(fit, spend, part, own, horizon, delta, points)
    known = _computed(fit, spend, part, own, horizon, delta, AllDraws(fit.posterior, spend.posterior, 1))
    width = known.table["clv_high"] - known.table["clv_low"]
    for name in ("clv_low", "clv_high"):
        apart = np.abs(told.table[name] - known.table[name])
        if (apart > WITHIN * width + 1e-7 * known.table["clv"]).any():
            return False
    spread = np.ptp(known.totals)
    return bool(np.abs(told.totals - known.totals).max() <= WITHIN * spread + 1e-9 * known.totals.max())


def _computed(
    fit: TransactionFit,
    spend: SpendFit | EachPurchase,
    groups: Groups,
    kinds: Kinds,
    horizon: float,
    delta: float,
    draws: DrawnProducts,
) -> ExpectedValue:
    at = (fit.point, spend.point) if fit.point is not None and spend.point is not None else None
    uncertain = max(count(fit.posterior), count(spend.posterior)) > 1
    kept, typical = np.zeros((2, len(groups)))
    table = {name: np.full(len(kinds), np.nan) for name in COLUMNS}
    size = max(1, BLOCK // min(DRAWS, count(draws.often) + count(draws.much)))
    for block, (drawn, known) in fit.given(groups, draws.often, draws.often if at is None else at[0]):
        over = drawn.discounted(horizon, delta)
        kept[block] = draws.mean(over)
        # Here a mean over points is that over draws: of what depends on one of the models alone.
        shown = known.expectations(horizon)
        purchases, some, alive = (
            draws.mean(shown[name]) if at is None else shown[name].mean(axis=0)
            for name in ("expected_purchases", "prob_purchase", "prob_alive")
        )
        discounted = kept[block] if at is None else known.discounted(horizon, delta).mean(axis=0)
        typical[block] = np.divide(purchases, some, out=np.zeros_like(purchases), where=some > 0)
        for rows, place in kinds.within(block, size):
            own = kinds.spending(rows)
            each = spend.expected_spend(own, draws.much)
            draws.add(kinds, rows, over[:, place], each)
            if uncertain:
                table["clv_low"][rows], table["clv_high"][rows] = draws.interval(over[:, place], each)
            usual = draws.mean_spend(each) if at is None else spend.expected_spend(own, at[1]).mean(axis=0)
            told = (usual * discounted[place], purchases[place], usual, np.broadcast_to(alive, purchases.shape)[place])
            names = ("clv", "expected_purchases", "expected_spend", "prob_alive")
            for name, values in zip(names, told, strict=True):
                table[name][rows] = values
    return ExpectedValue(table, draws.totals(), kept, typical)
