"""Which customers leave sooner: Cox regression, its check of proportional hazards, and forecasts from it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from clvlab.churn import partial_likelihood
from clvlab.churn.checks import check_events, hold
from clvlab.churn.curves import Z
from clvlab.churn.pairs import concordant_pairs
from clvlab.churn.proportional import Transform, score_test
from clvlab.churn.risk_sets import RiskSets
from clvlab.churn.spell_table import Spells
from clvlab.errors import FitError, InputError
from clvlab.models.covariates import Encoding
from clvlab.shown import Shown

Float = NDArray[np.float64]
FARTHEST = 20.0  # standard deviations of a covariate times its coefficient: a hazard ratio of half a billion


@dataclass(frozen=True, eq=False, repr=False)
class CoxFit(Shown):
    """A fitted Cox regression.

    Attributes
    ----------
    table : DataFrame, one row per coefficient
        coef (log hazard ratio), std_error, hazard_ratio with low and high (90 %), z, p_value.
    log_likelihood : float
        Partial, at the estimate.
    covariance : array
        Of the coefficients.
    encoding : Encoding
        How covariates became columns; of anything but numbers the most frequent level is the reference.
    spells : Spells
        What it was fitted to.
    strata : tuple of str
        Each combination has a baseline hazard of its own.
    """

    table: pd.DataFrame
    log_likelihood: float
    covariance: Float
    encoding: Encoding
    spells: Spells
    strata: tuple[str, ...]

    @cached_property
    def risk_sets(self) -> RiskSets:
        """Sums over those at risk at each time of leaving, at the estimate."""
        table = self.spells.table
        return RiskSets.of(table, self.columns(table), self.coefficients, self._stratum(table))

    @property
    def coefficients(self) -> Float:
        """Log hazard ratios, in the order of the table."""
        return self.table["coef"].to_numpy()

    def columns(self, table: pd.DataFrame) -> Float:
        """Covariates as numbers, shape (rows, coefficients)."""
        columns = self.encoding.columns(table)
        return np.column_stack([columns[name] for name in self.table.index])

    def risk(self, table: pd.DataFrame) -> Float:
        """Log hazard relative to covariates of 0, shape (rows,): higher leaves sooner."""
        return np.asarray(self.columns(table) @ self.coefficients)

    def survival(self, table: pd.DataFrame, times: ArrayLike) -> Float:
        """Share still here at each tenure, shape (rows, times), seen from the beginning."""
        at = np.atleast_1d(np.asarray(times, dtype=float))
        baseline = self.risk_sets.cumulative_hazard(self._stratum(table), at)
        return np.asarray(np.exp(-baseline * np.exp(self._centred(table))[:, None]))

    def conditional(self, table: pd.DataFrame, horizon: float) -> pd.DataFrame:
        """Chance that someone still here after ``duration`` leaves within the next ``horizon``.

        Over the last stretch of tenure, which holds twenty leavings, and beyond what was watched hazard is constant.
        ``beyond`` says whose chance rests on that going on.

        Returns
        -------
        DataFrame, indexed like ``table``
            chance with low and high (90 %: of the coefficients and of the baseline hazard together); NaN where the
            stretch is needed and nobody of the stratum left.
        """
        if not horizon > 0:
            raise InputError(f"horizon is how far ahead, above 0; found {horizon!r}.")
        now = table["duration"].to_numpy(dtype=float)
        hazard, variance = self.risk_sets.hazard_ahead(self._stratum(table), now, now + horizon)
        centred = self.columns(table) - self.risk_sets.centre
        with np.errstate(divide="ignore", invalid="ignore"):
            log_hazard = np.log(hazard) + centred @ self.coefficients
            relative = np.where(hazard > 0, variance / hazard**2, 0.0)
        spread = np.sqrt(relative + np.einsum("ij,jk,ik->i", centred, self.covariance, centred))
        ends = {"chance": log_hazard, "low": log_hazard - Z * spread, "high": log_hazard + Z * spread}
        return pd.DataFrame({name: -np.expm1(-np.exp(value)) for name, value in ends.items()}, index=table.index)

    def beyond(self, table: pd.DataFrame, horizon: float) -> pd.Series:
        """Length of the last stretch, whose leaving rate is assumed beyond the longest spell; NaN within it."""
        stratum = self._stratum(table)
        longest = self.risk_sets.longest(stratum)
        end = table["duration"].to_numpy(dtype=float) + horizon
        return pd.Series(np.where(end > longest, longest - self.risk_sets.late(stratum), np.nan), index=table.index)

    @property
    def concordance(self) -> float:
        """Harrell's c on the customers it was fitted to; with strata, of pairs within one. Truncation is left aside."""
        table = self.spells.table
        stratum = self._stratum(table)
        pairs = total = 0.0
        for code in np.unique(stratum):
            own = stratum == code
            part = table[own]
            if not part["event"].any() or own.sum() < 2:
                continue
            event = part["event"].to_numpy()
            duration = part["duration"].to_numpy()
            agree, weight = concordant_pairs(self.risk(part), duration, event, event, np.ones(len(part)))
            pairs, total = pairs + agree, total + weight
        return pairs / total if total else float("nan")

    def proportional_hazards(self, *, terms: bool = False, transform: Transform = "km") -> pd.DataFrame:
        """Whether hazard ratios stay the same over tenure: the score test of Grambsch & Therneau (1994).

        Each coefficient is let change as beta + theta g(tenure), and theta = 0 tested, exactly, as R's ``cox.zph``
        does since survival 3.

        Parameters
        ----------
        terms : bool
            One row per covariate, whose levels are tested together, instead of one row per coefficient.
        transform : {"km", "rank", "identity", "log"}
            g: one less the share still here before (Kaplan-Meier, whatever the strata), the rank among all tenures,
            tenure itself, or its logarithm. "km" weighs all leavings alike, so that a few at long tenures do not
            decide.

        Returns
        -------
        DataFrame, one row per coefficient (or covariate), and GLOBAL, all together
            statistic (chi-squared), df (its degrees of freedom) and p_value; NaN where nothing can change, as when all
            left at one tenure. With many customers negligible changes become significant: look at the plot.

        Examples
        --------
        >>> from clvlab.churn.spells import spells
        >>> rng = np.random.default_rng(1)
        >>> plan = rng.choice(["basic", "plus"], 1000)
        >>> tenure = rng.weibull(np.where(plan == "plus", 2.0, 1.0)) * 10.0
        >>> table = pd.DataFrame({"plan": plan, "tenure": tenure, "left": 1})
        >>> fit = cox(spells(table, duration="tenure", event="left"))
        >>> fit.proportional_hazards(terms=True)["p_value"].lt(0.001).to_dict()
        {'plan': True, 'GLOBAL': True}
        """
        table = self.spells.table
        places = {str(name): [place] for place, name in enumerate(self.table.index)}
        if terms:
            levels = {name: self.encoding.names(name) for name in self.encoding.levels}
            places = {name: [places[each][0] for each in own] for name, own in levels.items()}
        columns, stratum = self.columns(table), self._stratum(table)
        return score_test(table, columns, self.coefficients, stratum, places=places, transform=transform)

    def most_bent(self, most: int = 6) -> list[int]:
        """Places of the coefficients that change most with tenure."""
        statistic = self.proportional_hazards()["statistic"].to_numpy()[:-1]
        return [int(place) for place in np.argsort(-statistic)[:most]]

    def schoenfeld(self) -> tuple[Float, Float]:
        """Tenure of each leaving, and scaled Schoenfeld residuals plus coefficient: (events,), (events, coefficients).

        Their smooth over tenure is the coefficient as it changes.
        """
        time, residuals = self.risk_sets.schoenfeld()
        return time, len(time) * residuals @ self.covariance + self.coefficients

    def martingale(self) -> pd.Series:
        """Each spell's leaving (1 or 0) less its cumulative hazard: mean 0; a trend shows a wrong form."""
        table = self.spells.table
        stratum = self._stratum(table)
        entry, duration = (table[name].to_numpy() for name in ("entry", "duration"))
        # By Breslow's hazard, with which residuals add up to 0 whatever the ties.
        hazard, _ = self.risk_sets.hazard_between(stratum, entry, duration, breslow=True)
        return table["event"] - hazard * np.exp(self._centred(table))

    def drivers(self, table: pd.DataFrame) -> pd.DataFrame:
        """What each covariate adds to a customer's log hazard, beyond that of the average customer."""
        parts = (self.columns(table) - self.risk_sets.centre) * self.coefficients
        columns = pd.DataFrame(parts, index=table.index, columns=self.table.index)
        whole = {name: list(self.encoding.names(name)) for name in self.encoding.levels}
        return pd.DataFrame({name: columns[own].sum(axis=1) for name, own in whole.items()})

    def _centred(self, table: pd.DataFrame) -> Float:
        return np.asarray((self.columns(table) - self.risk_sets.centre) @ self.coefficients)

    @cached_property
    def _strata_labels(self) -> pd.Index:
        return pd.Index(np.unique(_joined(self.spells.table, self.strata)))

    def _stratum(self, table: pd.DataFrame) -> NDArray[np.int64]:
        if not self.strata:
            return np.zeros(len(table), dtype=np.int64)
        codes = self._strata_labels.get_indexer(pd.Index(_joined(table, self.strata)))
        hold(table, f"the strata ({', '.join(self.strata)}) must be among those it was fitted to", codes < 0)
        return codes.astype(np.int64)

    def __repr__(self) -> str:
        return f"<Cox regression of {self.spells!r}: {len(self.table)} coefficients>"


def cox(spells: Spells, *, covariates: Sequence[str] | None = None, strata: Sequence[str] = ()) -> CoxFit:
    """Cox regression: Efron's ties, strata, left truncation, and rows that start and stop.

    Parameters
    ----------
    covariates : sequence of str, optional
        All of the spells', but for the strata, unless given.
    strata : sequence of str
        Covariates whose combinations have baselines of their own, instead of hazard ratios.

    Raises
    ------
    InputError
        Nobody left; a covariate is missing, does not vary, or tells exactly who leaves.
    FitError
        The estimate diverges.

    Examples
    --------
    >>> from clvlab.churn.spells import spells
    >>> rng = np.random.default_rng(1)
    >>> plan = rng.choice(["basic", "plus"], 400)
    >>> tenure = rng.exponential(np.where(plan == "plus", 20.0, 10.0))
    >>> table = pd.DataFrame({"plan": plan, "tenure": tenure, "left": 1})
    >>> fit = cox(spells(table, duration="tenure", event="left"), covariates=["plan"])
    >>> bool(abs(np.log(fit.table["hazard_ratio"].iloc[0]) / np.log(2.0)) > 0.8)
    True
    """
    check_events(spells, "Cox regression")
    chosen = list(covariates) if covariates is not None else [c for c in spells.covariates if c not in strata]
    if not chosen:
        raise InputError("Cox regression needs a covariate at least.")
    for name in (*chosen, *strata):
        if name not in spells.covariates:
            raise InputError(f"There is no covariate {name}; there are {', '.join(spells.covariates) or 'none'}.")
    table = spells.table
    for name in strata:
        hold(table, f"{name} must be known: it is a stratum", table[name].isna())
    encoding = Encoding.learn(table, chosen)
    columns = encoding.columns(table)
    check_separation(columns, table["event"].to_numpy())
    return _fitted(spells, encoding, columns, tuple(strata))


def _fitted(spells: Spells, encoding: Encoding, columns: dict[str, Float], strata: tuple[str, ...]) -> CoxFit:
    table = spells.table
    matrix = np.column_stack(list(columns.values()))
    centre, scale = matrix.mean(axis=0), matrix.std(axis=0)
    names = list(columns)
    flat = [name for name, each in zip(names, scale, strict=True) if not each > 0]
    if flat:
        raise InputError(f"{', '.join(flat)} has one value for everybody: it explains nothing.")
    entry, duration, event = (table[name].to_numpy() for name in ("entry", "duration", "event"))
    group = np.zeros(len(table), dtype=np.int64) if not strata else pd.factorize(_joined(table, strata))[0]
    scaled = (matrix - centre) / scale
    try:
        estimate, value, covariance = partial_likelihood.maximize(scaled, entry, duration, event, group)
    except FitError as failed:
        raise FitError(_runs_away(_repeated(matrix, names), str(failed))) from failed
    error = np.sqrt(np.abs(np.diag(covariance)))
    if not np.isfinite(covariance).all() or (np.abs(estimate) > FARTHEST).any() or (error > FARTHEST).any():
        odd = [n for n, v, e in zip(names, estimate, error, strict=True) if max(abs(v), e) > FARTHEST]
        raise FitError(_runs_away(", ".join(odd), "estimates without end"))
    coefficients, covariance = estimate / scale, covariance / np.outer(scale, scale)
    error = np.sqrt(np.diag(covariance))
    z = coefficients / error
    described = pd.DataFrame(
        {
            "coef": coefficients,
            "std_error": error,
            "hazard_ratio": np.exp(coefficients),
            "low": np.exp(coefficients - Z * error),
            "high": np.exp(coefficients + Z * error),
            "z": z,
            "p_value": 2.0 * stats.norm.sf(np.abs(z)),
        },
        index=pd.Index(names, name="covariate"),
    )
    return CoxFit(described, value, covariance, encoding, spells, strata)


def _runs_away(names: str, how: str) -> str:
    return (
        f"The estimate diverges ({how}): {names} predict exactly who leaves, or repeat others. Leave one out, "
        "or merge rare levels."
    )


def _repeated(matrix: Float, names: Sequence[str]) -> str:
    """The two columns that go together most closely, or the only one."""
    if len(names) == 1:
        return names[0]
    together = np.abs(np.nan_to_num(np.corrcoef(matrix.T))) - np.eye(len(names))
    one, two = divmod(int(together.argmax()), len(names))
    return f"{names[one]} and {names[two]}" if together.max() > 0.99 else "some covariates together"


def check_separation(columns: dict[str, Float], event: NDArray[np.bool_]) -> None:
    """Refuse a covariate with two values if nobody with one of them left."""
    for name, values in columns.items():
        kinds = np.unique(values)
        if len(kinds) != 2:
            continue
        for kind in kinds:
            own = values == kind
            if not event[own].any():
                who = name if kind == kinds[1] else f"not {name}"
                raise InputError(
                    f"None of the {int(own.sum()):,} customers with {who} left, so its hazard ratio is 0 or infinite: "
                    "the covariate separates perfectly. Leave it out, merge the level with another, or make it a "
                    "stratum."
                )


def _joined(table: pd.DataFrame, strata: Sequence[str]) -> NDArray[np.object_]:
    text = table[list(strata)].astype(str)
    first = text.iloc[:, 0]
    return (first.str.cat(text.iloc[:, 1:], sep=" · ") if len(strata) > 1 else first).to_numpy()
