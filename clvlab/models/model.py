"""A model before it is fitted: a formula, priors, covariates, pooling, and the method of estimation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.arguments import instance, whole
from clvlab.data.units import days_in
from clvlab.errors import InputError
from clvlab.formulas.protocols import Formula
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.link import Link
from clvlab.inference.priors import Normal, Prior
from clvlab.models.closed_forecasts import ClosedForecasts
from clvlab.models.columns import columns_of
from clvlab.models.constants import best_constant
from clvlab.models.covariates import Encoding, Segments
from clvlab.models.estimation import METHODS, Option, Task, methods_with
from clvlab.models.evidence import PURCHASES, Evidence, LeftOut
from clvlab.models.fit import SEGMENT, Fit
from clvlab.models.outlook import Engine
from clvlab.models.units import needed_unit, unit_of

if TYPE_CHECKING:
    import pymc as pm

COEFFICIENT = Normal(mean=0.0, spread=1.0)


@dataclass(frozen=True, kw_only=True)
class Model[F: Fit]:
    """A frozen description; ``fit`` and ``at`` make a ``Fit`` of it, of the kind F that the model has.

    Parameters
    ----------
    priors : mapping, optional
        Parameter (or ``"parameter:covariate"``) to prior, replacing the model's own. Priors of parameters that
        measure time are stated in weeks. Maximum likelihood uses none of them.
    covariates : mapping, optional
        Parameter to the attributes that act on it: log(parameter) moves by coefficient x attribute. Numbers are used
        as they are; of anything else the most frequent level is the reference.
    pooled_by : str, optional
        Attribute whose segments get parameters of their own, drawn from a common population, so that small segments
        borrow from large ones; estimated by Laplace, or by NUTS on request.
    method : {"ml", "map", "laplace", "nuts"}, optional
        The default of ``fit``: maximum likelihood, or Laplace where pooled.
    options : mapping
        Default keyword arguments of that method.

    Notes
    -----
    A model is a subclass that names its ``formula``, its ``fit_class``, the ``default_priors`` of its parameters, and
    where a climb starts (``_start``). What it learns from is ``evidence``; ``constants`` are fields of its own, each
    with the values that are tried, of which the likeliest is taken where the field is None.
    """

    priors: Mapping[str, Prior] = field(default_factory=dict)
    covariates: Mapping[str, Sequence[str]] = field(default_factory=dict)
    pooled_by: str | None = None
    method: str | None = None
    options: Mapping[str, Option] = field(default_factory=dict)

    default_priors: ClassVar[Mapping[str, Prior]]
    evidence: ClassVar[Evidence] = PURCHASES
    engine_class: ClassVar[type[Engine]] = ClosedForecasts
    likelihood_class: ClassVar[type[Likelihood]] = Likelihood
    sampler: ClassVar[str] = "nuts"
    constants: ClassVar[Mapping[str, Sequence[int]]] = {}

    def __post_init__(self) -> None:
        known = self.formula.PARAMETERS
        unknown = {name.partition(":")[0] for name in self.priors} | set(self.covariates)
        unknown -= set(known)
        if unknown:
            raise InputError(
                f"{self.name} has the parameters {', '.join(known)}; priors or covariates name "
                f"{', '.join(sorted(unknown))}."
            )
        if self.pooled_by is not None and not self.formula.DIFFERENCES:
            raise InputError(
                f"{self.name} is not pooled across segments. Let covariates tell them apart "
                f"(covariates={{'alpha': [{self.pooled_by!r}]}}), or pool BG/NBD or MBG/NBD."
            )
        if self.method is not None:
            self._check_method(self.method)

    @property
    def formula(self) -> Formula:
        """The model's formula."""
        raise NotImplementedError

    @property
    def fit_class(self) -> type[F]:
        """What ``fit`` and ``at`` make."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        """As the literature calls it."""
        return str(self.formula.NAME)

    def using(self, method: str, **options: Option) -> Self:
        """The same model, estimated by ``method`` when ``fit`` names none."""
        return replace(self, method=method, options=options)

    def at(self, *, unit: str | None = None, **params: float) -> F:
        """A ``Fit`` with known parameters and no uncertainty.

        Parameters
        ----------
        unit : str, optional
            The unit of time the parameters are in; needed to convert, simulate or discount. Without it histories are
            taken to be in that of the parameters.
        **params : float
            Every parameter of the model, all positive.
        """
        if self.covariates or self.pooled_by:
            raise InputError("at() gives all customers the same parameters; this model has covariates or segments.")
        if set(params) != set(self.formula.PARAMETERS):
            raise InputError(
                f"{self.name} needs exactly the parameters {', '.join(self.formula.PARAMETERS)}; "
                f"found {', '.join(params) or 'none'}."
            )
        bad = {name: value for name, value in params.items() if not (np.isfinite(value) and value > 0)}
        if bad:
            raise InputError(f"Parameters of {self.name} must be positive numbers; found {bad}.")
        if unit is not None:
            days_in(unit)
        ordered = {name: float(params[name]) for name in self.formula.PARAMETERS}
        return self.fit_class(model=self, method="given", params=ordered, unit=unit)

    def to_pymc(self, histories: pd.DataFrame, *, unit: str | None = None) -> "pm.Model":
        """Return the same posterior as a PyMC model: to change, extend or sample it there.

        Parameters
        ----------
        histories : DataFrame
            As ``fit`` takes it.
        unit : str, optional
            As ``fit`` takes it.

        Returns
        -------
        pymc.Model
            Parameters under the names of ``fit(histories).params``, with the model's priors; the likelihood is a
            Potential over distinct histories.

        Raises
        ------
        InputError
            As ``fit`` raises; models whose likelihood is not a formula (Pareto/GGG); a constant that is not chosen.

        Examples
        --------
        >>> from clvlab.data import datasets
        >>> from clvlab.models import BGNBD
        >>> [variable.name for variable in BGNBD().to_pymc(datasets.cdnow_summary(), unit="week").free_RVs]
        ['r', 'alpha', 'a', 'b']
        """
        from clvlab.inference.pymc_model import pymc_model  # heavy to import

        instance(histories, pd.DataFrame, "histories", "clv.histories(orders) makes them, one row per customer")
        if self.sampler != "nuts":
            raise InputError(f"{self.name} has no PyMC model: its likelihood is a sum over nodes that move.")
        for name in self.constants:
            if getattr(self, name) is None:
                raise InputError(f"A PyMC model has one {name}: give {name}=, or take the model of a fit, fit.model.")
        usable, _ = self.usable(histories)
        unit = needed_unit(histories, unit, f"A model of {self.name}") if self._timed else unit_of(histories, unit)
        likelihood, _, _ = self.likelihood(usable)
        return pymc_model(likelihood, self.priors_for(usable, unit, likelihood.link))

    def fit(
        self,
        histories: pd.DataFrame,
        *,
        method: str | None = None,
        seed: int = 0,
        unit: str | None = None,
        **options: Option,
    ) -> F:
        """Estimate the parameters.

        Parameters
        ----------
        histories : DataFrame
            As ``clv.histories`` makes it: one row per customer.
        method : {"ml", "map", "laplace", "nuts"}, optional
            ml: maximum likelihood. map: the posterior's mode. laplace: draws around the mode, weighed and resampled;
            falls back to NUTS, saying so, where its weights are too uneven. nuts: the No-U-Turn sampler, by nutpie.
            Options: draws; for nuts also tune, chains, cores.
        seed : int
            Of the draws.
        unit : str, optional
            Unit of time of histories that have lost their own (``histories.attrs["unit"]``).

        Returns
        -------
        Fit

        Raises
        ------
        InputError
            Rows that cannot be histories; a frame that has lost its unit of time; nobody to learn from.
        FitError
            The likelihood has no maximum that could be reached.
        """
        instance(histories, pd.DataFrame, "histories", "clv.histories(orders) makes them, one row per customer")
        seed = whole(seed)
        for name, values in self.constants.items():
            if getattr(self, name) is None:
                tried = replace(self, method="ml", options={}, pooled_by=None)
                found = {k: tried._with(name, k).fit(histories, unit=unit).log_likelihood for k in values}
                best, note = best_constant(found)
                fit = self._with(name, best).fit(histories, method=method, seed=seed, unit=unit, **options)
                return replace(fit, diagnostics=fit.diagnostics.noted(note), chosen=(*fit.chosen, name))
        chosen = method or self.method or ("laplace" if self.pooled_by else "ml")
        self._check_method(chosen)
        usable, left_out = self.usable(histories)
        lacking = self.evidence.lacking(*self.rows(usable))
        if lacking:
            raise InputError(f"{self.name} {lacking}")
        unit = needed_unit(histories, unit, f"Fitting {self.name}") if self._timed else unit_of(histories, unit)
        likelihood, encoding, segments = self.likelihood(usable)
        stated = replace(self, priors={}) if chosen == "ml" else self
        found_by = METHODS[chosen].estimate(
            Task(
                name=self.name,
                likelihood=likelihood,
                priors=stated.priors_for(usable, unit, likelihood.link),
                start={**dict.fromkeys(likelihood.link.names, 0.0), **self._start(usable)},
                seed=seed,
                # Options of the model's own method are not another method's.
                sampler=self.sampler,
                options={**(self.options if chosen == (self.method or chosen) else {}), **options},
            )
        )
        told, remarks = found_by.told, self.evidence.remarks(encoding.columns(usable))
        told = told.noted(*remarks) if told.trusted else told.doubted(*remarks)
        made = self.fit_class(
            model=self,
            method=found_by.method,
            params=found_by.params,
            log_likelihood=found_by.log_likelihood,
            draws=found_by.draws,
            covariance=found_by.covariance,
            idata=found_by.idata,
            unit=unit,
            n_customers=likelihood.n_customers,
            n_purchases=self.evidence.times_seen(usable),
            end=histories.attrs.get("end"),
            seed=seed,
            encoding=encoding,
            segments=segments,
            diagnostics=replace(told, left_out=left_out),
        )
        return made.settled()

    def likelihood(self, histories: pd.DataFrame) -> tuple[Likelihood, Encoding, Segments | None]:
        """The log-likelihood of these histories, and how their attributes and segments were read."""
        rows, weights = self.rows(histories)
        encoding = Encoding.learn(rows, self._attributes)
        segments = None if self.pooled_by is None else Segments.learn(rows, self.pooled_by)
        columns = columns_of(rows, self.formula.HISTORY) | encoding.columns(rows)
        if segments is not None:
            columns[SEGMENT] = segments.codes(rows).astype(float)
        likelihood = self.likelihood_class(self.formula, columns, self.link(encoding, segments), weights)
        return likelihood, encoding, segments

    def link(self, encoding: Encoding, segments: Segments | None) -> Link:
        """How what is estimated becomes each customer's parameters."""
        acting = {
            name: tuple(column for attribute in attributes for column in encoding.names(attribute))
            for name, attributes in self.covariates.items()
        }
        if segments is None:
            return Link(self.formula.PARAMETERS, acting)
        return Link(self.formula.PARAMETERS, acting, SEGMENT, self.formula.DIFFERENCES)

    def rows(self, histories: pd.DataFrame) -> tuple[pd.DataFrame, NDArray[np.float64] | None]:
        """What the likelihood reads, and how many customers each row stands for (None: one each)."""
        return self.evidence.rows(histories, [*self._attributes, *([self.pooled_by] if self.pooled_by else [])])

    def usable(self, histories: pd.DataFrame) -> tuple[pd.DataFrame, LeftOut]:
        """The customers the likelihood can use, checked, and the others by the code of the reason."""
        return self.evidence.usable(histories, self.formula)

    def described(self) -> dict[str, object]:
        """What ``load_fit`` needs to make this model again; priors, which forecasts do not use, are left out."""
        own = {name: getattr(self, name) for name in self.constants}
        return {"covariates": {k: list(v) for k, v in self.covariates.items()}, "pooled_by": self.pooled_by, **own}

    def priors_for(
        self, histories: pd.DataFrame, unit: str | None = None, link: Link | None = None
    ) -> dict[str, Prior]:
        """The priors in these histories' units: those of time are stated a week and converted.

        Raises
        ------
        InputError
            One of time cannot be converted: the frame has lost its unit.
        """
        typical, powers = self.evidence.typical(histories), self.formula.TIME_POWERS
        names = self.formula.PARAMETERS if link is None else link.names
        found: dict[str, Prior] = {}
        for name in names:
            prior = self.priors.get(name, self.default_priors.get(name, COEFFICIENT))
            if name in typical and name not in self.priors:
                found[name] = prior.scaled(typical[name])
            elif powers.get(name, 0):
                weeks = days_in("week") / days_in(
                    needed_unit(histories, unit, f"The prior of {name}, stated in weeks,")
                )
                found[name] = prior.scaled(weeks ** powers[name])
            else:
                found[name] = prior.scaled(1.0)
        return found

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        """Where the climb begins, in the histories' units."""
        raise NotImplementedError

    def _with(self, name: str, value: int) -> Self:
        """The same model with a constant of its formula set."""
        chosen: Any = {name: value}
        return replace(self, **chosen)

    @property
    def _attributes(self) -> list[str]:
        return list(dict.fromkeys(name for names in self.covariates.values() for name in names))

    @property
    def _timed(self) -> bool:
        return self.evidence.timed and bool(self.formula.TIME_POWERS)

    def _check_method(self, method: str) -> None:
        methods = methods_with(self.sampler)
        if method not in methods:
            raise InputError(f"A method of estimation of {self.name} is one of {', '.join(methods)}; found {method!r}.")
        if self.pooled_by and not METHODS[method].mean:
            raise InputError(
                f"A model pooled across {self.pooled_by} is estimated by method='laplace' or {self.sampler!r}: how "
                f"much segments differ has no usable maximum; found {method!r}."
            )
