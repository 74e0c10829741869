"""What customers spend per purchase: fits of spend models."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Self, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.errors import InputError
from clvlab.formulas import gamma_gamma
from clvlab.formulas.protocols import Formula, SpendFormula
from clvlab.inference.cubature import representatives
from clvlab.inference.link import Link
from clvlab.inference.priors import AboveOne, LogNormal, Prior
from clvlab.models.columns import columns_of
from clvlab.models.evidence import Evidence, LeftOut
from clvlab.models.fit import SEGMENT, Fit
from clvlab.models.forecast import BLOCK
from clvlab.models.model import Model
from clvlab.models.outlook import interval
from clvlab.models.spend_law import SpendLaw
from clvlab.notes import Note

__all__ = ["GammaGamma"]

Float = NDArray[np.float64]

ALIKE = 0.05  # standard deviations of logarithms, whose squares are all that an interval would be widened by


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class SpendFit(Fit):
    """A fitted spend model."""

    @property
    def formula(self) -> SpendFormula:
        """The model's."""
        return cast(SpendFormula, self.model.formula)

    def predict(self, histories: pd.DataFrame) -> pd.DataFrame:
        """Each customer's expected spend per purchase (money).

        Returns
        -------
        DataFrame, indexed like ``histories``
            ``expected_spend`` with ``_low`` and ``_high``, its 90 % credible interval. A customer without a positive
            mean repeat spend gets the population's mean.

        Raises
        ------
        InputError
            Someone's expectation is infinite at the parameters (p x + q <= 1).

        Examples
        --------
        >>> import pandas as pd
        >>> from clvlab.models import GammaGamma
        >>> known = GammaGamma().at(p=6.2488, q=3.74459, v=15.44775)
        >>> histories = pd.DataFrame({"frequency": [2, 0], "monetary_value": [22.345, None]}, index=["Ann", "Bo"])
        >>> known.predict(histories)["expected_spend"].round(2).to_dict()
        {'Ann': 24.65, 'Bo': 35.17}
        """
        columns = self.columns(histories)
        point = self.expected_spend(columns, self.point or self.posterior).mean(axis=0)
        table = {"expected_spend": point}
        ends = [np.full(len(histories), np.nan)] * 2
        if self.draws is not None:
            size = max(1, BLOCK // len(self.draws["draw"]))
            parts = [
                interval(self.expected_spend({k: v[i : i + size] for k, v in columns.items()}, self.posterior))
                for i in range(0, len(histories), size)
            ]
            ends = [np.concatenate(side) for side in zip(*parts, strict=True)]
        table["expected_spend_low"], table["expected_spend_high"] = ends
        return pd.DataFrame(table, index=histories.index)

    def settled(self) -> Self:
        """Without draws of q at 1 or below, where the mean spend of customers without repeat purchases is infinite."""
        if self.draws is None or self.segments is not None:
            return self
        finite = (self.draws["q"] > 1.0).to_numpy()
        if finite.all() or not finite.any():
            return self
        message = Note("models.infinite_spend", n=int((~finite).sum()), of=len(finite))
        return replace(self, draws=self.draws.isel(draw=finite), diagnostics=self.diagnostics.doubted(message))

    def columns(self, histories: pd.DataFrame) -> dict[str, Float]:
        """X and m_x, with x set to 0 where there is no positive mean repeat spend to learn from."""
        columns = super().columns(histories)
        known = (columns["x"] > 0) & (columns["m_x"] > 0)
        own = {"x": np.where(known, columns["x"], 0.0), "m_x": np.where(known, columns["m_x"], np.nan)}
        return columns | own

    def expected_spend(self, columns: Mapping[str, Float], params: Mapping[str, Float]) -> Float:
        """Expected spend of each draw and customer, shape (draws, customers)."""
        natural = self.process.natural(params, columns)
        expected = np.asarray(self.formula.expected_spend(columns["x"], columns["m_x"], **natural))
        if np.isnan(expected).any():
            raise InputError(
                f"The Gamma-Gamma has q = {self.params['q']:.3g}, where customers without repeat purchases have no "
                "finite expected spend: amounts are too heavy-tailed. Fit with method='laplace' or 'nuts', whose prior "
                "keeps q above 1, value only customers with repeat purchases, or cap extreme order amounts."
            )
        return expected

    def law(self, columns: Mapping[str, Float]) -> SpendLaw:
        """What these customers' coming purchases are worth, under few points that stand for all draws."""
        points = representatives(self.link, self.posterior)
        if not self.link.columns and _alike(points):
            points = {name: np.exp(np.log(values).mean(keepdims=True)) for name, values in points.items()}
        natural = self.process.natural(points, columns)
        after = self.formula.given_history(columns["x"], columns["m_x"], **natural)
        p, q, v = np.broadcast_arrays(after["p"], after["q"], after["v"])
        return SpendLaw(1.0 / p, p * v, q)

    def simulate_spend(
        self, columns: Mapping[str, Float], draw: NDArray[np.int64], customer: NDArray[np.int64], seed: int
    ) -> Float:
        """The spend of each simulated purchase, shape (purchases,): the customer's nu is drawn once a future.

        Parameters
        ----------
        draw, customer : arrays of int, shape (purchases,)
            Which future, and whose; sorted by both.
        """
        rng = np.random.default_rng(seed)
        pair = draw.astype(np.int64) * len(columns["x"]) + customer
        pairs, which = np.unique(pair, return_inverse=True)
        at = pairs // len(columns["x"])
        whose = pairs % len(columns["x"])
        drawn = {name: values[at % len(values)] for name, values in self.posterior.items()}
        own = {name: values[whose] for name, values in columns.items()}
        if self.segments is not None:
            # One segment's parameters a pair: what natural() would take from (pairs, segments).
            mine = np.arange(len(pairs)), own[SEGMENT].astype(int)
            drawn = {name: values[mine] if values.ndim > 1 else values for name, values in drawn.items()}
        link = Link(self.link.parameters, self.link.covariates)
        after = self.formula.given_history(own["x"], own["m_x"], **link.natural(drawn, own))
        nu = rng.gamma(after["q"], 1.0 / after["v"])
        return rng.gamma(np.broadcast_to(after["p"], len(pairs))[which], 1.0 / nu[which])


def _alike(points: Mapping[str, Float]) -> bool:
    """Whether points differ so little in mean spend and in its spread that one may stand for all."""
    p, q, v = (np.asarray(points[name], dtype=float) for name in ("p", "q", "v"))
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log([p * v / (q - 1.0), 1.0 / p + 1.0 / q])
    return bool((found.std(axis=1) < ALIKE).all())


class Spending:
    """Customers' mean repeat spend: ``frequency`` and ``monetary_value``."""

    timed = False

    def rows(self, frame: pd.DataFrame, attributes: Sequence[str]) -> tuple[pd.DataFrame, None]:
        """As they are."""
        del attributes
        return frame, None

    def usable(self, frame: pd.DataFrame, formula: Formula) -> tuple[pd.DataFrame, LeftOut]:
        """Customers with repeat purchases of positive mean spend."""
        columns = columns_of(frame, formula.HISTORY)
        repeats = columns["x"] > 0
        positive = repeats & (columns["m_x"] > 0)
        left_out = {
            "models.no_repeat_purchase": frame.index[~repeats].tolist(),
            "models.spend_not_positive": frame.index[repeats & ~positive].tolist(),
        }
        return frame[positive], {reason: who for reason, who in left_out.items() if who}

    def lacking(self, rows: pd.DataFrame, weights: Float | None) -> str:
        """One customer, or several with equal spend, give no information on how customers differ."""
        del weights
        different = rows["monetary_value"].nunique()
        if len(rows) >= 2 and different >= 2:
            return ""
        return (
            f"compares customers' mean repeat spend; found {len(rows)} customers with {different} different values. "
            "It needs at least two that differ."
        )

    def times_seen(self, rows: pd.DataFrame) -> float:
        """Repeat purchases."""
        return float(rows["frequency"].sum())

    def typical(self, rows: pd.DataFrame) -> Mapping[str, float]:
        """None: the model scales every prior of v, its own or not."""
        del rows
        return {}

    def remarks(self, covariates: Mapping[str, Float]) -> tuple[Note, ...]:
        """None."""
        del covariates
        return ()


@dataclass(frozen=True, kw_only=True)
class GammaGamma(Model[SpendFit]):
    """Gamma-Gamma spend of Fader & Hardie (2013): each customer's purchases vary around their own mean.

    Draws after maximum likelihood with q at 1 or below, where one-timers' spend has no mean, are left out.

    Parameters
    ----------
    priors : mapping, optional
        For p, q and v; v's median is a multiple of the customers' mean spend, so that no currency is favoured.
    """

    formula: ClassVar[SpendFormula] = gamma_gamma
    fit_class: ClassVar[type[SpendFit]] = SpendFit
    evidence: ClassVar[Evidence] = Spending()
    default_priors: ClassVar[Mapping[str, Prior]] = {
        "p": LogNormal(median=3.0, spread=1.5),
        "q": AboveOne(LogNormal(median=2.0, spread=1.5)),
        "v": LogNormal(median=1.0, spread=1.5),
    }

    def priors_for(
        self, histories: pd.DataFrame, unit: str | None = None, link: Link | None = None
    ) -> dict[str, Prior]:
        """The priors with v's median times the mean spend of these customers."""
        stated = super().priors_for(histories, unit, link)
        return {**stated, "v": stated["v"].scaled(float(self.usable(histories)[0]["monetary_value"].mean()))}

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        return {"p": 2.0, "q": 3.0, "v": float(histories["monetary_value"].mean())}
