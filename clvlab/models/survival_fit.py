"""How long customers stay, by their attributes: fits of accelerated failure time models."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self, cast

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from clvlab.errors import InputError
from clvlab.formulas.protocols import SurvivalFormula
from clvlab.inference.factored import Groups
from clvlab.models.columns import columns_of
from clvlab.models.durations import check_durations
from clvlab.models.fit import Fit
from clvlab.models.forecast import BLOCK
from clvlab.models.outlook import interval
from clvlab.models.units import unit_of

Float = NDArray[np.float64]
SHOWN = 5


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class SurvivalFit(Fit):
    """A fitted model of the time to an event.

    Forecasts take a frame with the covariates and the segment of each row, and no more unless said. Times are in the
    frame's unit (``frame.attrs["unit"]``, or ``unit``); a frame that holds no durations and carries no unit is in the
    fit's. All intervals are 90 % credible
    intervals of the quantity (NaN where the fit carries no draws); they do not say how customers who are alike differ.
    """

    @property
    def formula(self) -> SurvivalFormula:
        """The model's."""
        return cast(SurvivalFormula, self.model.formula)

    @property
    def n_events(self) -> int:
        """Of how many customers the event was seen; kept as ``n_purchases``, the number of times that were observed."""
        return int(self.n_purchases)

    def in_unit_of(self, histories: pd.DataFrame, unit: str | None = None) -> Self:
        """This fit in the unit of the frame; as it is where the frame says nothing of time."""
        if unit_of(histories, unit) is None and not {"duration", "entry"} & set(histories.columns):
            return self
        return super().in_unit_of(histories, unit)

    def predict(self, frame: pd.DataFrame, times: ArrayLike, *, unit: str | None = None) -> pd.DataFrame:
        """Each row's chance to be without the event after each time.

        Parameters
        ----------
        times : array-like, shape (times,)
            Since the customer's start, 0 or more.

        Returns
        -------
        DataFrame, indexed like ``frame``, one column per time

        Examples
        --------
        >>> from clvlab.models import WeibullAFT
        >>> known = WeibullAFT().at(scale=20.0, shape=1.5)
        >>> known.predict(pd.DataFrame(index=["Ann"]), [0, 12]).round(4).loc["Ann"].to_dict()
        {0.0: 1.0, 12.0: 0.6283}
        """
        t = _times(times)
        found = self._survival(frame, t, unit, ends=False)
        return pd.DataFrame(found[""], index=frame.index, columns=pd.Index(t, name="time"))

    def survival(self, frame: pd.DataFrame, times: ArrayLike, *, unit: str | None = None) -> pd.DataFrame:
        """As ``predict``, with intervals, one line per row and time.

        Returns
        -------
        DataFrame, indexed by the rows of ``frame`` and ``time``
            ``survival`` with ``_low`` and ``_high``.
        """
        t = _times(times)
        names = [frame.index.name or "row", "time"]
        index = pd.MultiIndex.from_product([frame.index, t], names=names)
        return _table("survival", self._survival(frame, t, unit), index)

    def median(self, frame: pd.DataFrame, *, unit: str | None = None) -> pd.DataFrame:
        """The time by which half of the customers like each row have had the event.

        Returns
        -------
        DataFrame, indexed like ``frame``
            ``median`` with ``_low`` and ``_high``, in units of time since the customer's start.

        Examples
        --------
        >>> from clvlab.models import WeibullAFT
        >>> known = WeibullAFT().at(scale=20.0, shape=1.5)
        >>> known.median(pd.DataFrame(index=["Ann"]))["median"].round(2).to_dict()
        {'Ann': 15.66}
        """
        fit = self.in_unit_of(frame, unit)
        found = fit._over_rows(frame, lambda _, params: fit.formula.quantile(0.5, **params))
        return _table("median", found, frame.index)

    def restricted_mean(self, frame: pd.DataFrame, until: float, *, unit: str | None = None) -> pd.DataFrame:
        """Expected time without the event of customers like each row, within the first ``until`` of their time.

        Returns
        -------
        DataFrame, indexed like ``frame``
            ``restricted_mean`` with ``_low`` and ``_high``, in units of time.
        """
        _above_zero("until", until)
        fit = self.in_unit_of(frame, unit)
        found = fit._over_rows(frame, lambda _, params: fit.formula.restricted_mean(until, **params))
        return _table("restricted_mean", found, frame.index)

    def conditional(self, frame: pd.DataFrame, horizon: float, *, unit: str | None = None) -> pd.DataFrame:
        """The chance that a customer still here after ``duration`` leaves within the next ``horizon``.

        Parameters
        ----------
        frame : DataFrame
            ``duration``, how long each customer has been here (0 or more), and the covariates. Where there is also
            ``event``, rows that have had it get NaN: they are not here.
        horizon : float
            In units of time, above 0.

        Returns
        -------
        DataFrame, indexed like ``frame``
            ``prob_churn`` = 1 - S(duration + horizon) / S(duration), with ``_low`` and ``_high``.

        Examples
        --------
        >>> from clvlab.models import WeibullAFT
        >>> known = WeibullAFT().at(scale=20.0, shape=1.5)
        >>> customers = pd.DataFrame({"duration": [0.0, 12.0]}, index=["new", "old"])
        >>> known.conditional(customers, horizon=3.0)["prob_churn"].round(3).to_dict()
        {'new': 0.056, 'old': 0.169}
        """
        _above_zero("A horizon", horizon)
        check_durations(frame, ("duration",))
        fit = self.in_unit_of(frame, unit)
        here = columns_of(frame, ("time",))["time"]

        def leaves(own: Mapping[str, Float], params: Mapping[str, Float]) -> Float:
            gone = fit.formula.log_likelihood(own["duration"], own["duration"] + horizon, 0.0, **params)
            return np.asarray(-np.expm1(np.asarray(gone)))

        found = fit._over_rows(frame, leaves, duration=here)
        if "event" in frame.columns:
            gone = columns_of(frame, ("event",))["event"] > 0
            found = {end: np.where(gone[:, None], np.nan, values) for end, values in found.items()}
        return _table("prob_churn", found, frame.index)

    def simulate_spells(self, until: ArrayLike, *, entry: ArrayLike = 0.0, seed: int) -> pd.DataFrame:
        """Customers drawn from the latent story at ``params``.

        Parameters
        ----------
        until : array-like, shape (customers,)
            How long after their start each is watched.
        entry : array-like, optional
            How long after their start the watching begins.

        Returns
        -------
        DataFrame, one row per customer seen
            ``duration``, ``event`` and ``entry``, as ``fit`` takes them. Who had the event before ``entry`` is not
            seen, so there may be fewer rows than in ``until``.

        Raises
        ------
        InputError
            Customers of this fit differ by covariates or segments.
        """
        self.check_alike()
        watched, began = (np.array(v) for v in np.broadcast_arrays(np.atleast_1d(until).astype(float), entry))
        if not (np.isfinite(watched) & (watched > began) & (began >= 0)).all():
            raise InputError("Customers are watched from entry, 0 or more, until a later time that is finite.")
        rng = np.random.default_rng(seed)
        time, event, seen = self.formula.simulate(rng, watched, **self.params, entry=began)
        index = pd.RangeIndex(len(time), name="customer_id")
        drawn = pd.DataFrame({"duration": time, "event": event.astype(np.int64), "entry": began}, index=index)
        drawn = drawn[seen]
        if self.unit is not None:
            drawn.attrs["unit"] = self.unit
        return drawn

    def _survival(self, frame: pd.DataFrame, t: Float, unit: str | None, *, ends: bool = True) -> dict[str, Float]:
        fit = self.in_unit_of(frame, unit)
        return fit._over_rows(frame, lambda _, params: fit.formula.survival(t, **params), len(t), ends=ends)

    def _over_rows(
        self,
        frame: pd.DataFrame,
        function: Callable[[Mapping[str, Float], Mapping[str, Float]], Float],
        width: int = 1,
        *,
        ends: bool = True,
        **own: Float,
    ) -> dict[str, Float]:
        """A function of each row's own columns and parameters, and the ends of its interval, shape (rows, width).

        Rows that are alike are computed once, a few at a time, so that (draws x rows) never stands in memory.
        """
        if not len(frame):
            raise InputError("A forecast needs at least one row; the frame is empty.")
        columns = self.attributes(frame) | own
        groups = Groups(columns or {"": np.zeros(len(frame))})
        with_ends = ends and self.draws is not None
        params = self.posterior if with_ends or self.point is None else self.point
        size = max(1, BLOCK // (len(next(iter(params.values()))) * width))
        parts = []
        for i in range(0, len(groups), size):
            part = {name: values[i : i + size] for name, values in groups.values.items()}
            rows = len(next(iter(part.values())))

            def at(params: Mapping[str, Float], part: Mapping[str, Float] = part, rows: int = rows) -> Float:
                natural = {k: v[..., None] for k, v in self.process.natural(params, part).items()}
                values = np.asarray(function({name: part[name][:, None] for name in own}, natural))
                return np.broadcast_to(values, (len(values), rows, width))

            found = at(params)
            point = found.mean(axis=0) if self.point is None else at(self.point)[0]
            parts.append((point, *(interval(found) if with_ends else (np.full_like(point, np.nan),) * 2)))
        joined = (np.concatenate(side)[groups.inverse] for side in zip(*parts, strict=True))
        return dict(zip(("", "_low", "_high"), joined, strict=True))


def _table(name: str, found: Mapping[str, Float], index: pd.Index) -> pd.DataFrame:
    return pd.DataFrame({f"{name}{end}": values.ravel() for end, values in found.items()}, index=index)


def _times(times: ArrayLike) -> Float:
    t = np.atleast_1d(np.asarray(times, dtype=float))
    if not (np.isfinite(t) & (t >= 0)).all() or t.ndim != 1 or not t.size:
        raise InputError(f"Times are finite numbers, 0 or more, at least one; found {t.ravel()[:SHOWN].tolist()}.")
    return t


def _above_zero(what: str, value: float) -> None:
    if not (np.isfinite(value) and value > 0):
        raise InputError(f"{what} is a length of time above 0; found {value!r}.")
