"""Forecasts where every customer's own rates are integrated out on nodes, or drawn from them.

Expectations are computed; the distribution of a count is drawn, a thousand futures of each distinct history, so that
the ends of its interval carry Monte Carlo error but are the same each time they are asked for.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from clvlab.data.units import days_in
from clvlab.formulas import gamma_gaps, pareto_ggg
from clvlab.formulas.pareto_ggg import Mixture
from clvlab.inference.factored import Groups
from clvlab.models.forecast import crps_of_samples
from clvlab.models.node_outlook import NodeOutlook
from clvlab.models.outlook import Estimates, Float, Outlook, Params, Rows, interval, thinned

DRAWS = 200  # draws of the population that forecasts are made from
FUTURES = 1000  # of all customers, for sums over them
STORIES = 20  # times that all customers' past is lived again
BLOCK = 40  # distinct histories worked on at once


class NodeForecasts:
    """The engine of Pareto/GGG."""

    def __init__(self, estimates: Estimates) -> None:
        self.estimates, self.link = estimates, estimates.link

    @property
    def draws(self) -> Params:
        """Few of them: each takes milliseconds a history."""
        return thinned(self.estimates.posterior, DRAWS)

    @property
    def mixed(self) -> Params:
        """All of those."""
        return self.draws

    def outlooks(self, groups: Groups, *params: Params) -> Iterator[tuple[Rows, list[Outlook]]]:
        """Histories of like length, some at a time."""
        for rows, found in self._outlooks(groups, *params):
            yield rows, list(found)

    def count_scores(
        self, groups: Groups, horizon: float, observed: Float, *, whole: bool = True
    ) -> tuple[Float, Float, Float]:
        """As shares of simulated futures; a share of 0 is half a future, so that its logarithm is finite."""
        del whole
        below, at, crps = (np.empty(len(groups)) for _ in range(3))
        for rows, (outlook,) in self._outlooks(groups, self.draws):
            counts = outlook.counts(horizon)
            below[rows] = (counts < observed[rows]).mean(axis=0)
            at[rows] = np.maximum((counts == observed[rows]).mean(axis=0), 0.5 / len(counts))
            crps[rows] = crps_of_samples(counts.astype(float), observed[rows])
        return below, at, crps

    def of_new_customer(self, times: Float, customer: Mapping[str, Float]) -> dict[str, Float]:
        """Expected purchases by each time of who has just bought for the first time."""
        just_bought = Groups({**dict.fromkeys(pareto_ggg.HISTORY, np.zeros(1)), **customer})
        found = {end: np.empty(len(times)) for end in ("", "_low", "_high")}
        for _, (drawn, known) in self._outlooks(just_bought, self.draws, self.estimates.point or self.draws):
            for i, time in enumerate(times):
                over_draws = drawn.expectations(float(time))["expected_purchases"]
                point = over_draws
                if self.estimates.point is not None:
                    point = known.expectations(float(time))["expected_purchases"]
                found[""][i] = point.mean(axis=0)[0]
                found["_low"][i], found["_high"][i] = (end[0] for end in interval(over_draws))
        return found

    def totals(self, columns: Mapping[str, Float], horizons: Float) -> Float:
        """Means over futures."""
        found = np.zeros(len(horizons))
        longest = float(np.max(horizons))
        for _, time in self._futures(columns, longest, self.estimates.point, FUTURES, self.estimates.seed):
            found += np.searchsorted(np.sort(time), horizons, side="right")
        return found / FUTURES

    def so_far(self, columns: Mapping[str, Float], ends: Float) -> Float:
        """Means over pasts lived again."""
        age, estimates = columns["T"], self.estimates
        draws = estimates.point or thinned(estimates.posterior, STORIES)
        totals, rng = np.zeros(len(ends)), np.random.default_rng(estimates.seed)
        for d in range(STORIES):
            drawn = {name: values[d % len(values)] for name, values in draws.items()}
            customer, time, _ = pareto_ggg.simulate(rng, age, **self.link.natural(drawn, columns))
            totals += np.searchsorted(np.sort(time - age[customer]), ends, side="right")
        return totals / STORIES

    def futures(
        self, columns: Mapping[str, Float], horizon: float, *, draws: int, seed: int
    ) -> tuple[Rows, Rows, Float]:
        """Each future under a draw of the population and of each customer."""
        parts = []
        for d, (customer, time) in enumerate(self._futures(columns, horizon, None, draws, seed)):
            parts.append((np.full(len(customer), d), customer, time))
        draw, customer, time = (np.concatenate(part) for part in zip(*parts, strict=True))
        return draw, customer, time

    def _outlooks(self, groups: Groups, *params: Params) -> Iterator[tuple[Rows, list[NodeOutlook]]]:
        estimates = self.estimates
        for rows in pareto_ggg.blocks(groups.values["x"], BLOCK):
            history = {name: groups.values[name][rows] for name in pareto_ggg.HISTORY}
            with np.errstate(all="ignore"):
                mixture = Mixture(history, self._natural(estimates.params, groups, rows))
            seeds = [[estimates.seed, *_told(groups, row, estimates.unit)] for row in rows]
            yield rows, [NodeOutlook(mixture, self._natural(each, groups, rows), seeds) for each in params]

    def _futures(
        self, columns: Mapping[str, Float], horizon: float, params: Params | None, draws: int, seed: int
    ) -> Iterator[tuple[Rows, Float]]:
        """Futures, one after the other: (customer, time from now) of each purchase."""
        groups, rng = Groups(columns), np.random.default_rng(seed)
        # Under each draw of the population another draw of each customer, however few the former.
        people, n = min(draws, DRAWS), len(groups.inverse)
        known = thinned(self.estimates.posterior if params is None else params, people)
        population = {name: np.resize(values, people) for name, values in known.items()}
        individuals = {name: np.empty((people, n)) for name in ("k", "lambda", "tau")}
        for rows, (outlook,) in self._outlooks(groups, population):
            local = np.full(len(groups), -1)
            local[rows] = np.arange(len(rows))
            who = np.flatnonzero(local[groups.inverse] >= 0)
            for start in range(0, len(who), BLOCK):
                members = who[start : start + BLOCK]
                drawn = outlook.individuals(rng, local[groups.inverse[members]])
                for name, values in drawn.items():
                    individuals[name][:, members] = values
        for d in range(draws):
            k, rate, tau = (individuals[name][d % people] for name in ("k", "lambda", "tau"))
            yield gamma_gaps.simulate_individuals(rng, horizon, columns["t_x"], columns["T"], k, rate, tau)

    def _natural(self, params: Mapping[str, float] | Params, groups: Groups, rows: Rows) -> dict[str, Float]:
        columns = {name: groups.values[name][rows] for name in self.link.columns}
        return self.link.natural({name: np.asarray(values)[..., None] for name, values in params.items()}, columns)


def _told(groups: Groups, row: np.int64, unit: str | None) -> list[int]:
    """A history in whole numbers that do not depend on the unit of time."""
    own = {name: float(values[row]) for name, values in groups.values.items()}
    days = 1.0 if unit is None else days_in(unit)
    own |= {"t_x": own["t_x"] * days, "T": own["T"] * days, "log_gap_sum": own["log_gap_sum"] + own["x"] * np.log(days)}
    words: list[int] = (np.round([*own.values()], 4) + 0.0).view(np.uint32).tolist()
    return words
