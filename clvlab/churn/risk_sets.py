"""Sums over risk sets, for the baseline hazard and the residuals of a Cox regression."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.churn.partial_likelihood import from_the_end

Float = NDArray[np.float64]
Codes = NDArray[np.int64]
LATE_LEAVINGS = 20  # the recent rate comes from so many leavings at least


@dataclass(frozen=True, eq=False)
class StratumHazard:
    """Of one stratum: times of leaving; there Efron's hazard, its variance, and Breslow's hazard; residuals.

    From tenure ``late`` on, which is before the last twenty leavings or 0, the average customer leaves at ``rate``,
    known from ``leavings``; NaN where nobody left.
    """

    time: Float
    hazard: Float
    variance: Float
    breslow: Float
    longest: float
    event_time: Float
    residuals: Float
    late: float
    rate: float
    leavings: int


@dataclass(frozen=True, eq=False)
class RiskSets:
    """All strata, at one set of coefficients.

    Attributes
    ----------
    centre : array, shape (coefficients,)
        Mean covariates, which the baseline hazard is of.
    """

    strata: tuple[StratumHazard, ...]
    centre: Float

    @classmethod
    def of(cls, table: pd.DataFrame, columns: Float, coefficients: Float, stratum: Codes) -> Self:
        """Sums over risk sets, in time n log n."""
        centre = columns.mean(axis=0)
        arrays = (table[name].to_numpy() for name in ("entry", "duration", "event"))
        entry, duration, event = arrays
        parts = []
        for code in range(int(stratum.max()) + 1):
            own = stratum == code
            parts.append(_stratum(entry[own], duration[own], event[own], columns[own] - centre, coefficients))
        return cls(tuple(parts), centre)

    def cumulative_hazard(self, stratum: Codes, times: Float) -> Float:
        """Of the average customer by each time, shape (rows, times); NaN beyond the longest spell watched."""
        found = np.full((len(stratum), len(times)), np.nan)
        for code, part in enumerate(self.strata):
            own = stratum == code
            sums = np.append(0.0, np.cumsum(part.hazard))[np.searchsorted(part.time, times, side="right")]
            found[own] = np.where(times > part.longest, np.nan, sums)
        return found

    def hazard_between(self, stratum: Codes, begin: Float, end: Float, *, breslow: bool = False) -> tuple[Float, Float]:
        """Hazard of the average customer within (begin, end] of each row, and its variance."""
        hazard, variance = np.zeros(len(stratum)), np.zeros(len(stratum))
        for code, part in enumerate(self.strata):
            own = stratum == code
            # Nobody is truncated who was there from the beginning: leaving at 0 is within (0, end] for them.
            first = np.where(begin[own] > 0, np.searchsorted(part.time, begin[own], side="right"), 0)
            last = np.searchsorted(part.time, end[own], side="right")
            for into, each in ((hazard, part.breslow if breslow else part.hazard), (variance, part.variance)):
                sums = np.append(0.0, np.cumsum(each))
                into[own] = sums[last] - sums[first]
        return hazard, variance

    def hazard_ahead(self, stratum: Codes, begin: Float, end: Float) -> tuple[Float, Float]:
        """Hazard of the average customer within (begin, end] of each row, and its variance, wherever ``end`` lies.

        Over the last stretch of tenure, where few are left and each leaving is a large step, and beyond it hazard is
        constant: leavings over time at risk in the stretch. NaN where that is needed and nobody left.
        """
        late = self.late(stratum)
        hazard, variance = self.hazard_between(stratum, np.minimum(begin, late), np.minimum(end, late))
        for code, part in enumerate(self.strata):
            own = stratum == code
            along = np.maximum(end[own] - np.maximum(begin[own], part.late), 0.0)
            hazard[own] += along * part.rate
            variance[own] += (along * part.rate) ** 2 / max(part.leavings, 1)
        return hazard, variance

    def late(self, stratum: Codes) -> Float:
        """Where the last stretch of tenure with twenty leavings begins in each row's stratum."""
        return np.array([part.late for part in self.strata])[stratum]

    def longest(self, stratum: Codes) -> Float:
        """Longest tenure watched in each row's stratum."""
        return np.array([part.longest for part in self.strata])[stratum]

    def schoenfeld(self) -> tuple[Float, Float]:
        """Time of each leaving, and who left less the mean of those at risk: (events,), (events, coefficients)."""
        time = np.concatenate([part.event_time for part in self.strata])
        residuals = np.concatenate([part.residuals for part in self.strata])
        order = np.argsort(time, kind="stable")
        return time[order], residuals[order]


def _stratum(
    entry: Float, duration: Float, event: NDArray[np.bool_], columns: Float, coefficients: Float
) -> StratumHazard:
    weight = np.exp(columns @ coefficients)
    time = np.unique(duration[event])
    weighted = np.column_stack([weight, columns * weight[:, None]])
    late = entry > 0
    sums = _not_before(duration, weighted, time) - _not_before(entry[late], weighted[late], time)
    total = sums[:, 0]
    place = np.searchsorted(time, duration[event])
    leavings = np.bincount(place, minlength=len(time)).astype(float)
    # Efron: those who leave together are taken away one by one, on average.
    tied = np.zeros_like(sums)
    np.add.at(tied, place, weighted[event])
    hazard, variance, mean = _efron(leavings, sums, tied)
    begins = _begin_of_the_last(duration[event])
    at_risk = np.maximum(duration - np.maximum(entry, begins), 0.0) @ weight
    last = int((duration[event] > begins).sum())
    return StratumHazard(
        time,
        hazard,
        variance,
        leavings / total,
        float(duration.max(initial=0.0)),
        duration[event],
        columns[event] - mean[place],
        begins,
        last / float(at_risk) if last and at_risk > 0 else float("nan"),
        last,
    )


def _begin_of_the_last(event_time: Float) -> float:
    """The latest leaving after which there are twenty more; 0 where there are not so many."""
    ordered = np.sort(event_time)
    before = ordered[ordered < ordered[-LATE_LEAVINGS]] if len(ordered) > LATE_LEAVINGS else ordered[:0]
    return float(before[-1]) if len(before) else 0.0


def _not_before(since: Float, values: Float, time: Float) -> Float:
    """Sum of values of rows with ``since`` at each time or later."""
    order = np.argsort(since, kind="stable")
    return from_the_end(values[order])[np.searchsorted(since[order], time, side="left")]


def _efron(leavings: Float, sums: Float, tied: Float) -> tuple[Float, Float, Float]:
    """Hazard at each time, its variance, and the mean covariates of those at risk."""
    d = leavings.astype(np.int64)
    at = np.repeat(np.arange(len(d)), d)
    nth = np.arange(len(at)) - np.repeat(np.cumsum(d) - d, d)
    left = sums[at] - (nth / leavings[at])[:, None] * tied[at]
    one = 1.0 / left[:, 0]
    mean = np.zeros((len(d), sums.shape[1] - 1))
    np.add.at(mean, at, left[:, 1:] * one[:, None])
    hazard, variance = (np.bincount(at, weights=each, minlength=len(d)) for each in (one, one**2))
    return hazard, variance, mean / leavings[:, None]
