"""Forecasts from closed-form formulas: the future of a customer alive at T depends on a state."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import numpy as np

from clvlab.formulas.protocols import TransactionFormula
from clvlab.inference.cubature import representatives
from clvlab.inference.factored import Groups
from clvlab.models import forecast
from clvlab.models.discounting import discounted_purchases
from clvlab.models.forecast import PREDICTIVE_DRAWS, TAIL, Batch, Process, spread
from clvlab.models.outlook import Counts, Estimates, Float, Outlook, Params, Rows, count, interval, thinned


@dataclass(frozen=True)
class ClosedOutlook:
    """Some groups of customers under draws of the parameters."""

    process: Process
    params: Params
    batch: Batch

    def alive(self, ahead: float = 0.0) -> Float:
        """P(alive ``ahead`` of the end of the history)."""
        return self.process.alive(self.params, self.batch) * self._stays(ahead)

    def dropout(self, ahead: float) -> Float:
        """P(alive now, and gone by ``ahead``)."""
        return self.process.alive(self.params, self.batch) * (1.0 - self._stays(ahead))

    def expectations(self, horizon: float) -> dict[str, Float]:
        """Chances and expected purchases."""
        return forecast.expectations(self.process, self.params, self.batch, horizon)

    def discounted(self, horizon: float, delta: float) -> Float:
        """Expected purchases in the horizon, each discounted by exp(-delta t)."""
        state = self.process.state(self.params, self.batch)
        each = discounted_purchases(self.process.forward, state, horizon, delta)
        return self.process.alive(self.params, self.batch) * spread(each, self.batch.level)

    def count_interval(self, horizon: float) -> tuple[Float, Float]:
        """The 90 % predictive interval of the count."""
        return forecast.count_interval(self.process, self.params, self.batch, horizon)

    def count_distribution(self, horizon: float) -> Counts:
        """The distribution of the count."""
        return forecast.count_distribution(self.process, self.params, self.batch, horizon)

    def _stays(self, ahead: float) -> Float:
        """P(still alive after ``ahead``, given alive now)."""
        if not ahead:
            return np.ones((1, 1))
        stays = self.process.forward.prob_alive_later(ahead, **self.process.state(self.params, self.batch))
        return spread(stays, self.batch.level)


class ClosedForecasts:
    """The engine of formulas with ``FORWARD`` and ``given_alive``."""

    def __init__(self, estimates: Estimates) -> None:
        self.estimates = estimates
        self.formula = cast(TransactionFormula, estimates.formula)
        self.process = Process(self.formula, estimates.link)

    @property
    def draws(self) -> Params:
        """All of them."""
        return self.estimates.posterior

    @property
    def mixed(self) -> Params:
        """Few points that stand for all draws; where each segment has its own parameters, some of the draws."""
        if self.estimates.link.segment:
            return thinned(self.draws, PREDICTIVE_DRAWS)
        return representatives(self.estimates.link, self.draws)

    def outlooks(self, groups: Groups, *params: Params) -> Iterator[tuple[Rows, list[Outlook]]]:
        """Groups that share states, some at a time."""
        for batch in self.process.blocks(groups, max(map(count, params))):
            yield batch.rows, [ClosedOutlook(self.process, each, batch) for each in params]

    def count_scores(
        self, groups: Groups, horizon: float, observed: Float, *, whole: bool = True
    ) -> tuple[Float, Float, Float]:
        """From the distribution of the count, parameters integrated out."""
        tail = TAIL if whole else 1.0
        return forecast.count_scores(self.process, self.draws, groups, horizon, observed, tail=tail)

    def of_new_customer(self, times: Float, customer: Mapping[str, Float]) -> dict[str, Float]:
        """Expected purchases by each time, in closed form."""

        def expected_under(params: Params) -> Float:
            natural = self.process.natural(params, customer)
            return np.asarray(self.formula.expected_purchases(times, **natural))

        point = self.estimates.point
        over_draws = expected_under(self.draws)
        low, high = interval(over_draws)
        expected = (over_draws if point is None else expected_under(point)).mean(axis=0)
        return {"": expected, "_low": low, "_high": high}

    def totals(self, columns: Mapping[str, Float], horizons: Float) -> Float:
        """Sums of expectations."""
        groups, params = Groups(columns), self._some
        found = np.zeros(len(horizons))
        for batch in self.process.blocks(groups, count(params)):
            counts = groups.counts[batch.rows]
            for i, horizon in enumerate(horizons):
                expected = forecast.expectations(self.process, params, batch, horizon)["expected_purchases"]
                found[i] += float(counts @ expected.mean(axis=0))
        return found

    def so_far(self, columns: Mapping[str, Float], ends: Float) -> Float:
        """Sums of a new customer's expectations at the age each had."""
        age = "T" if "T" in columns else "n"
        groups = Groups({name: columns[name] for name in (age, *self.estimates.link.columns)})
        natural = self.process.natural(self._some, groups.values)
        ages = (np.maximum(groups.values[age] + end, 0.0) for end in ends)
        expected = (self.formula.expected_purchases(age, **natural).mean(axis=0) for age in ages)
        return np.array([groups.counts @ each for each in expected])

    def futures(
        self, columns: Mapping[str, Float], horizon: float, *, draws: int, seed: int
    ) -> tuple[Rows, Rows, Float]:
        """Each future under its own draw of the parameters."""
        rng = np.random.default_rng(seed)
        history = {name: columns[name] for name in self.formula.HISTORY}
        state = {name: columns[name] for name in self.formula.STATE}
        params = thinned(self.draws, draws)
        available, n, parts = count(params), len(next(iter(columns.values()))), []
        for d in range(draws):
            drawn = {name: values[d % available] for name, values in params.items()}
            at = self.estimates.link.natural(drawn, columns)
            alive = np.flatnonzero(rng.random(n) < self.formula.prob_alive(**history, **at))
            after = {k: _of(v, alive) for k, v in self.formula.given_alive(**state, **at).items()}
            customer, time, _ = self.process.forward.simulate(rng, np.full(len(alive), horizon), **after)
            parts.append((np.full(len(customer), d), alive[customer], time))
        draw, customer, time = (np.concatenate(part) for part in zip(*parts, strict=True))
        return draw, customer, time

    @property
    def _some(self) -> Params:
        """What sums over all customers are made from."""
        return self.estimates.point or thinned(self.draws, PREDICTIVE_DRAWS)


def _of(values: Float, rows: Rows) -> Float:
    """Those of some customers, of one value each or one for all."""
    return values[rows] if np.ndim(values) and len(values) > 1 else values
