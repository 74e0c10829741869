"""How long customers stay, by what is known of them: accelerated failure time models."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from clvlab.errors import InputError
from clvlab.formulas import log_logistic, log_normal, weibull
from clvlab.inference.factored import Groups
from clvlab.inference.link import Link
from clvlab.inference.priors import LogNormal, Prior
from clvlab.models.columns import columns_of
from clvlab.models.fit import Fit
from clvlab.models.forecast import BLOCK, interval
from clvlab.models.model import Model

Float = NDArray[np.float64]
SHOWN = 5
NOTHING_SEEN = "nothing was seen of them (duration 0, no event)"


@dataclass(frozen=True, kw_only=True, repr=False, eq=False)
class SurvivalFit(Fit):
    """A fitted model of the time to an event.

    Forecasts take a frame with the covariates and the segment of each row, and no more unless said. Times are in the
    frame's unit where it carries one (``frame.attrs["unit"]``), else in the fit's. All intervals are 90 % credible
    intervals of the quantity (NaN where the fit carries no draws); they do not say how customers who are alike differ.
    """

    @property
    def n_events(self) -> int:
        """Of how many customers the event was seen; kept as ``n_purchases``, the number of times that were observed."""
        return int(self.n_purchases)

    def predict(self, frame: pd.DataFrame, times: ArrayLike) -> pd.DataFrame:
        """Each row's chance to be without the event after each time.

        Parameters
        ----------
        times : array-like, shape (times,)
            Since the customer's start, 0 or more.

        Returns
        -------
        DataFrame, indexed like ``frame``, one column a time

        Examples
        --------
        >>> known = WeibullAFT().at(scale=20.0, shape=1.5)
        >>> known.predict(pd.DataFrame(index=["Ann"]), [0, 12]).round(4).loc["Ann"].to_dict()
        {0.0: 1.0, 12.0: 0.6283}
        """
        t = _times(times)
        found = self._survival(frame, t, ends=False)
        return pd.DataFrame(found[""], index=frame.index, columns=pd.Index(t, name="time"))

    def survival(self, frame: pd.DataFrame, times: ArrayLike) -> pd.DataFrame:
        """As ``predict``, with intervals, one line a row and time.

        Returns
        -------
        DataFrame, indexed by the rows of ``frame`` and ``time``
            ``survival`` with ``_low`` and ``_high``.
        """
        t = _times(times)
        names = [frame.index.name or "row", "time"]
        index = pd.MultiIndex.from_product([frame.index, t], names=names)
        return _table("survival", self._survival(frame, t), index)

    def median(self, frame: pd.DataFrame) -> pd.DataFrame:
        """The time by which half of the customers like each row have had the event.

        Returns
        -------
        DataFrame, indexed like ``frame``
            ``median`` with ``_low`` and ``_high``, in units of time since the customer's start.

        Examples
        --------
        >>> known = WeibullAFT().at(scale=20.0, shape=1.5)
        >>> known.median(pd.DataFrame(index=["Ann"]))["median"].round(2).to_dict()
        {'Ann': 15.66}
        """
        fit = self.in_unit_of(frame)
        found = fit._over_rows(frame, lambda _, params: fit.model.formula.quantile(0.5, **params))
        return _table("median", found, frame.index)

    def restricted_mean(self, frame: pd.DataFrame, until: float) -> pd.DataFrame:
        """Expected time without the event of customers like each row, within the first ``until`` of their time.

        Returns
        -------
        DataFrame, indexed like ``frame``
            ``restricted_mean`` with ``_low`` and ``_high``, in units of time.
        """
        _above_zero("until", until)
        fit = self.in_unit_of(frame)
        found = fit._over_rows(frame, lambda _, params: fit.model.formula.restricted_mean(until, **params))
        return _table("restricted_mean", found, frame.index)

    def conditional(self, frame: pd.DataFrame, horizon: float) -> pd.DataFrame:
        """The chance that who is still here after ``duration`` leaves within the next ``horizon``.

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
        >>> known = WeibullAFT().at(scale=20.0, shape=1.5)
        >>> customers = pd.DataFrame({"duration": [0.0, 12.0]}, index=["new", "old"])
        >>> known.conditional(customers, horizon=3.0)["prob_churn"].round(3).to_dict()
        {'new': 0.056, 'old': 0.169}
        """
        _above_zero("A horizon", horizon)
        _need(frame, ("duration",))
        fit = self.in_unit_of(frame)
        here = columns_of(frame, ("time",))["time"]

        def leaves(own: Mapping[str, Float], params: Mapping[str, Float]) -> Float:
            gone = fit.model.formula.log_likelihood(own["duration"], own["duration"] + horizon, 0.0, **params)
            return np.asarray(-np.expm1(gone))

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
        DataFrame, one row a customer seen
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
        time, event, seen = self.model.formula.simulate(rng, watched, **self.params, entry=began)
        index = pd.RangeIndex(len(time), name="customer_id")
        drawn = pd.DataFrame({"duration": time, "event": event.astype(np.int64), "entry": began}, index=index)
        drawn = drawn[seen]
        if self.unit is not None:
            drawn.attrs["unit"] = self.unit
        return drawn

    def _survival(self, frame: pd.DataFrame, t: Float, *, ends: bool = True) -> dict[str, Float]:
        fit = self.in_unit_of(frame)
        return fit._over_rows(frame, lambda _, params: fit.model.formula.survival(t, **params), len(t), ends=ends)

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


@dataclass(frozen=True, kw_only=True)
class _Survival(Model):
    """What the accelerated failure time models share.

    They are fitted to a frame of one row a customer: ``duration``, the time from the customer's start to the event, or
    to the end of watching where there was none yet; ``event``, 1 or 0 (or a bool); and, where customers came under
    watch only some time after their start, ``entry``: that time. Customers who left before they could be watched are
    not in the records, and ``entry`` is what allows for that.

    Parameters
    ----------
    priors : mapping, optional
        For scale, shape and coefficients. The default median of the scale is twice the customers' mean duration, so
        that no unit of time is favoured; a prior given here is stated in weeks, as everywhere.
    covariates : mapping, optional
        ``{"scale": [...]}`` is the accelerated failure time model: exp(coefficient) is the factor by which a unit of
        the attribute stretches the time to the event. Scale numbers first, about mean 0 and standard deviation 1: the
        coefficient's prior is normal with standard deviation 1, and a covariate far from 0 or of large or small numbers
        (an age in days, a salary) is hard to tell from the scale itself, so that intervals may be withheld.
    """

    fit_class: ClassVar[type[Fit]] = SurvivalFit
    default_priors: ClassVar[Mapping[str, Prior]] = {
        "scale": LogNormal(median=2.0, spread=1.5),
        "shape": LogNormal(median=1.0, spread=1.0),
    }

    def fit(self, histories: pd.DataFrame, **keywords: Any) -> Any:
        """As ``Model.fit``, from a frame with ``duration``, ``event``, and ``entry`` where watching began late."""
        fit = super().fit(histories, **keywords)
        # Each event's time is a density, which changes with the unit; a purchase's time is in other models.
        rows = self.usable(histories)[0]
        events = columns_of(rows, self.formula.HISTORY)["event"].sum()
        told, advice = fit.diagnostics, _to_be_scaled(fit.encoding.columns(rows))
        if advice and not told.trusted:
            told = replace(told, messages=(*told.messages, advice))
        elif advice:
            told = replace(told, notes=(*told.notes, advice))
        return replace(fit, n_purchases=float(events), diagnostics=told)

    def usable(self, histories: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, list[object]]]:
        """The customers of whom something was seen, checked; the others by reason."""
        rows, _ = self.rows(histories)
        seen = columns_of(rows, self.formula.HISTORY)["time"] > 0
        left_out = {} if seen.all() else {NOTHING_SEEN: rows.index[~seen].tolist()}
        return rows[seen], left_out

    def rows(self, histories: pd.DataFrame) -> tuple[pd.DataFrame, None]:
        """The frame with an ``entry`` of 0 where it has none."""
        _need(histories, ("duration", "event"))
        if "entry" not in histories.columns:
            histories = histories.assign(entry=0.0)
        return histories, None

    def priors_for(
        self, histories: pd.DataFrame, unit: str | None = None, link: Link | None = None
    ) -> dict[str, Prior]:
        """The priors; the scale's own is a multiple of the mean duration of these customers."""
        priors = super().priors_for(histories, unit, link)
        if "scale" in self.priors:
            return priors
        typical = float(columns_of(self.usable(histories)[0], ("time",))["time"].mean())
        return {**priors, "scale": self.default_priors["scale"].scaled(typical)}

    def _check_informative(self, histories: pd.DataFrame) -> None:
        if histories.empty or not columns_of(histories, self.formula.HISTORY)["event"].any():
            raise InputError(
                f"{self.name} learns from customers whose event was seen; of {len(histories):,} with a duration above "
                "0 nobody had it. Watch them for longer, or check the column event."
            )

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        columns = columns_of(histories, self.formula.HISTORY)
        watched = float((columns["time"] - columns["entry"]).sum())
        return {"scale": watched / float(columns["event"].sum()), "shape": 1.0}


@dataclass(frozen=True, kw_only=True)
class WeibullAFT(_Survival):
    """Time to an event that is Weibull: the risk of leaving falls (shape below 1) or rises with time.

    See ``clvlab.models.survival`` for the frame it is fitted to; covariates of ``scale`` stretch time.

    Examples
    --------
    >>> WeibullAFT().at(scale=20.0, shape=1.5, unit="month")
    <Weibull AFT by given: scale 20, shape 1.5 (a month)>
    >>> model = WeibullAFT(covariates={"scale": ["plan"]})
    """

    formula: ClassVar[Any] = weibull


@dataclass(frozen=True, kw_only=True)
class LogNormalAFT(_Survival):
    """Time to an event whose logarithm is normal: the risk of leaving rises, then falls; ``scale`` is the median.

    Examples
    --------
    >>> LogNormalAFT().at(scale=20.0, shape=1.5)
    <Log-normal AFT by given: scale 20, shape 1.5>
    """

    formula: ClassVar[Any] = log_normal


@dataclass(frozen=True, kw_only=True)
class LogLogisticAFT(_Survival):
    """Time to an event whose log odds go with log time: as the log-normal with a longer tail; ``scale`` is the median.

    Examples
    --------
    >>> LogLogisticAFT().at(scale=20.0, shape=1.5)
    <Log-logistic AFT by given: scale 20, shape 1.5>
    """

    formula: ClassVar[Any] = log_logistic


def _to_be_scaled(columns: Mapping[str, Float]) -> str:
    """What to do about covariates that are far from mean 0 and standard deviation 1; empty where there are none."""
    far = {}
    for name, values in columns.items():
        mean, deviation = float(values.mean()), float(values.std())
        two_levels = ((values == values.min()) | (values == values.max())).all()
        if not two_levels and not (0.1 < deviation < 10.0 and abs(mean) < 3.0 * deviation):
            far[name] = f"{name} (mean {mean:.3g}, standard deviation {deviation:.3g})"
    if not far:
        return ""
    return (
        f"Covariates are best scaled to about mean 0 and standard deviation 1: {', '.join(far.values())}. As they are, "
        "they can look like a ridge, for which standard errors are withheld, and the prior of a coefficient, normal "
        "with standard deviation 1, means little. Subtract the mean and divide by the standard deviation, and keep "
        "both for forecasts."
    )


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


def _need(frame: pd.DataFrame, wanted: tuple[str, ...]) -> None:
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        raise InputError(
            "Times to an event are learned from a frame with the columns duration (from the customer's start) and "
            f"event (1 or 0), and entry where watching began later; missing: {', '.join(missing)}. It has "
            f"{', '.join(map(str, frame)) or 'no columns'}."
        )
    if frame.empty:
        raise InputError("Times to an event need at least one row; the frame is empty.")
