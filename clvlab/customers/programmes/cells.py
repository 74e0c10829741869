"""From means of joiners and others, period by period, to what joiners had beyond the expected."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from clvlab.customers.programmes.cell_means import CellMeans, Complex

OUTCOMES = ("purchases", "spend", "profit")
COSTS = ("rewards", "fees")
Z = float(stats.norm.ppf(0.975))
ALPHA = 0.05  # of the test of trends


@dataclass(frozen=True, eq=False)
class CellEstimates:
    """Estimates from means of cells: outcome by outcome joiners then others, period by period.

    Attributes
    ----------
    means : CellMeans
    outcomes : tuple of str
    early, late : int
        Periods before and after.
    """

    means: CellMeans
    outcomes: tuple[str, ...]
    early: int
    late: int

    def _split(self, values: Complex, outcome: str) -> tuple[Complex, Complex, Complex, Complex]:
        """Joiners before and after, the others before and after: one entry per period each."""
        per = self.early + self.late
        place = 2 * self.outcomes.index(outcome) * per
        own, others = values[place : place + per], values[place + per : place + 2 * per]
        return own[: self.early], own[self.early :], others[: self.early], others[self.early :]

    @property
    def told(self) -> list[str]:
        """Outcomes that can be compared: both sides had some before, and the others some after."""
        found = []
        for name in (each for each in OUTCOMES if each in self.outcomes):
            own, _, others, others_after = self._split(self.means.value.astype(complex), name)
            if min(own.sum().real, others.sum().real, others_after.sum().real) > 0.0:
                found.append(name)
        return found

    def beyond(self, values: Complex, outcome: str) -> Complex:
        """What joiners had after, less what they had before times the others' change."""
        own, own_after, others, others_after = self._split(values, outcome)
        return np.asarray(own_after.sum() - own.sum() * others_after.sum() / others.sum())

    def additive(self, values: Complex, outcome: str) -> Complex:
        """Difference in differences; the time before scaled to that after."""
        own, own_after, others, others_after = self._split(values, outcome)
        scale = self.late / self.early
        return np.asarray(own_after.sum() - others_after.sum() - scale * (own.sum() - others.sum()))

    def net(self, values: Complex) -> Complex:
        """Profit beyond the expected, less rewards, with fees: of these two the plain difference after joining."""
        found = self.beyond(values, "profit")
        for name, sign in (("rewards", -1.0), ("fees", 1.0)):
            if name in self.outcomes:
                _, own, _, others = self._split(values, name)
                found = found + sign * (own.sum() - others.sum())
        return np.asarray(found)

    def trend(self, outcome: str) -> float:
        """P value of the test that shares of the time before fell into its periods alike (Wald, chi-squared)."""

        def apart(values: Complex) -> Complex:
            own, _, others, _ = self._split(values, outcome)
            return np.asarray((own / own.sum() - others / others.sum())[:-1])

        value, covariance = self.means.function(apart)
        if not np.isfinite(covariance).all() or np.linalg.matrix_rank(covariance) < len(value):
            return np.nan
        return float(stats.chi2.sf(value @ np.linalg.solve(covariance, value), len(value)))

    def table(self) -> pd.DataFrame:
        """One row per outcome; see ``Membership``."""
        rows = {}
        for name in self.told:
            _, own_after, _, _ = self._split(self.means.value.astype(complex), name)
            had = float(own_after.real.sum())
            value, low, high, error = self._with_interval(partial(self.beyond, outcome=name))
            added, added_low, added_high, _ = self._with_interval(partial(self.additive, outcome=name))
            expected = had - value
            ratio, log_error = self._ratio(name)
            p = self.trend(name)
            rows[name] = {
                "joiners": had, "expected": expected, "difference": value, "low": low, "high": high, "error": error,
                "ratio": ratio, "ratio_low": ratio * np.exp(-Z * log_error),
                "ratio_high": ratio * np.exp(Z * log_error), "additive": added, "additive_low": added_low,
                "additive_high": added_high, "trend_p": p, "parallel": bool(p >= ALPHA),
            }  # fmt: skip
        if "profit" in self.told:
            value, low, high, error = self._with_interval(self.net)
            rows["net"] = {"difference": value, "low": low, "high": high, "error": error,
                           "trend_p": rows["profit"]["trend_p"], "parallel": rows["profit"]["parallel"]}  # fmt: skip
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("outcome")

    def _ratio(self, outcome: str) -> tuple[float, float]:
        def ratio(values: Complex) -> Complex:
            own, own_after, others, others_after = self._split(values, outcome)
            return np.asarray(own_after.sum() / own.sum() * others.sum() / others_after.sum())

        value, covariance = self.means.function(ratio)
        return float(value[0]), float(np.sqrt(covariance[0, 0]) / value[0]) if value[0] > 0 else np.nan

    def _with_interval(self, found: Callable[[Complex], Complex]) -> tuple[float, float, float, float]:
        value, covariance = self.means.function(found)
        error = float(np.sqrt(covariance[0, 0]))
        return float(value[0]), float(value[0] - Z * error), float(value[0] + Z * error), error

    def by_period(self) -> pd.DataFrame:
        """One row per outcome and period; see ``Membership``."""
        rows = []
        numbers = [*range(-self.early, 0), *range(1, self.late + 1)]
        for name in self.told:

            def apart(values: Complex, name: str = name) -> Complex:
                own, own_after, others, others_after = self._split(values, name)
                pace = own.sum() / others.sum()
                return np.concatenate([own, own_after]) - pace * np.concatenate([others, others_after])

            value, covariance = self.means.function(apart)
            error = np.sqrt(np.diag(covariance))
            own, own_after, _, _ = self._split(self.means.value.astype(complex), name)
            had = np.concatenate([own, own_after]).real
            rows.append(pd.DataFrame({
                "outcome": name, "period": numbers, "joiners": had, "expected": had - value, "difference": value,
                "low": value - Z * error, "high": value + Z * error,
            }))  # fmt: skip
        return pd.concat(rows, ignore_index=True)
