"""A model before it meets data: a formula, priors, covariates, pooling, and how to estimate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.data.units import days_in
from clvlab.errors import InputError
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.link import Link
from clvlab.inference.priors import Normal, Prior
from clvlab.models.columns import columns_of
from clvlab.models.covariates import Encoding, Segments
from clvlab.models.estimation import METHODS, Task
from clvlab.models.fit import SEGMENT, Fit

COEFFICIENT = Normal(mean=0.0, spread=1.0)


@dataclass(frozen=True, kw_only=True)
class Model:
    """A frozen description; ``fit`` and ``at`` make a ``Fit`` of it.

    Parameters
    ----------
    priors : mapping, optional
        Parameter (or ``"parameter:covariate"``) to prior, replacing the model's own. Priors of parameters that
        measure time are stated in weeks. Maximum likelihood uses none.
    covariates : mapping, optional
        Parameter to the attributes that act on it: log(parameter) moves by coefficient x attribute. Numbers are used
        as they are; of anything else the most frequent level is the reference.
    pooled_by : str, optional
        Attribute whose segments get parameters of their own, drawn from a common population, so that small segments
        borrow from large ones; estimated by NUTS.
    method : {"ml", "map", "laplace", "nuts"}, optional
        The default of ``fit``: maximum likelihood, or NUTS where pooled.
    options : mapping
        Default keyword arguments of that method.
    """

    priors: Mapping[str, Prior] = field(default_factory=dict)
    covariates: Mapping[str, Sequence[str]] = field(default_factory=dict)
    pooled_by: str | None = None
    method: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    formula: ClassVar[Any]
    fit_class: ClassVar[type[Fit]]
    default_priors: ClassVar[Mapping[str, Prior]]
    likelihood_class: ClassVar[type[Likelihood]] = Likelihood
    sampler: ClassVar[str] = "nuts"

    def __post_init__(self) -> None:
        known = self.formula.PARAMETERS
        unknown = {name.partition(":")[0] for name in self.priors} | set(self.covariates)
        unknown -= set(known)
        if unknown:
            raise InputError(
                f"{self.name} has the parameters {', '.join(known)}; priors or covariates name "
                f"{', '.join(sorted(unknown))}."
            )
        if self.method is not None:
            self._check_method(self.method)

    @property
    def name(self) -> str:
        """As the literature calls it."""
        return str(self.formula.NAME)

    def using(self, method: str, **options: Any) -> Self:
        """The same model, estimated by ``method`` when ``fit`` names none."""
        return replace(self, method=method, options=options)

    def at(self, *, unit: str | None = None, **params: float) -> Any:
        """A ``Fit`` with known parameters and no uncertainty.

        Parameters
        ----------
        unit : str, optional
            The unit of time the parameters are in; needed to convert, simulate or discount.
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

    def fit(
        self,
        histories: pd.DataFrame,
        *,
        method: str | None = None,
        seed: int = 0,
        unit: str | None = None,
        **options: Any,
    ) -> Any:
        """Estimate the parameters.

        Parameters
        ----------
        histories : DataFrame
            As ``clv.histories`` makes it: one row a customer.
        method : {"ml", "map", "laplace", "nuts"}, optional
            ml: maximum likelihood. map: the posterior's mode. laplace: draws around the mode, weighed and resampled;
            falls back to NUTS, saying so, where its weights are too uneven. nuts: PyMC's NUTS through nutpie. Options:
            draws; for nuts also tune, chains, cores.
        seed : int
            Of the draws.
        unit : str, optional
            Unit of time of the histories, where the frame does not carry it (``histories.attrs["unit"]``).

        Returns
        -------
        Fit

        Raises
        ------
        InputError
            Rows that cannot be histories; nobody to learn from.
        FitError
            The likelihood has no maximum that could be reached.
        """
        chosen = method or self.method or ("nuts" if self.pooled_by else "ml")
        self._check_method(chosen)
        unit = unit or histories.attrs.get("unit")
        usable, left_out = self.usable(histories)
        self._check_informative(usable)
        likelihood, encoding, segments = self.likelihood(usable)
        found = METHODS[chosen](
            Task(
                name=self.name,
                likelihood=likelihood,
                priors=self.priors_for(usable, unit, likelihood.link),
                start={**dict.fromkeys(likelihood.link.names, 0.0), **self._start(usable)},
                seed=seed,
                # Options of the model's own method are not another method's.
                sampler=self.sampler,
                options={**(self.options if chosen == (self.method or chosen) else {}), **options},
            )
        )
        return self.fit_class(
            model=self,
            method=found.method,
            params=found.params,
            log_likelihood=found.log_likelihood,
            draws=found.draws,
            covariance=found.covariance,
            idata=found.idata,
            unit=unit,
            n_customers=likelihood.n_customers,
            n_purchases=float(usable["frequency"].sum()) if "frequency" in usable else 0.0,
            end=histories.attrs.get("end"),
            seed=seed,
            encoding=encoding,
            segments=segments,
            diagnostics=replace(found.told, left_out=left_out),
        )

    def likelihood(self, histories: pd.DataFrame) -> tuple[Likelihood, Encoding, Segments | None]:
        """The log-likelihood of these histories, and how their attributes and segments were read."""
        rows, weights = self.rows(histories)
        encoding = Encoding.learn(
            rows, list(dict.fromkeys(name for names in self.covariates.values() for name in names))
        )
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
        return histories, None

    def described(self) -> dict[str, Any]:
        """What ``load_fit`` needs to make this model again; priors, which forecasts do not use, are left out."""
        return {"covariates": {k: list(v) for k, v in self.covariates.items()}, "pooled_by": self.pooled_by}

    def priors_for(
        self, histories: pd.DataFrame, unit: str | None = None, link: Link | None = None
    ) -> dict[str, Prior]:
        """The priors in these histories' units: those of time are stated a week and converted."""
        unit = unit or histories.attrs.get("unit") or "week"
        weeks = days_in("week") / days_in(unit)
        stated = {**self.default_priors, **self.priors}
        powers = self.formula.TIME_POWERS
        names = self.formula.PARAMETERS if link is None else link.names
        return {name: stated.get(name, COEFFICIENT).scaled(weeks ** powers.get(name, 0)) for name in names}

    def usable(self, histories: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, list[object]]]:
        """The customers the likelihood can use, checked, and the others by reason."""
        columns_of(histories, self.formula.HISTORY)
        return histories, {}

    def _check_informative(self, histories: pd.DataFrame) -> None:
        """Refuse data from which nothing can be learned."""

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        """Where the climb begins, in the histories' units."""
        raise NotImplementedError

    def _check_method(self, method: str) -> None:
        methods = ("ml", "map", "laplace", self.sampler)
        if method not in methods:
            raise InputError(f"A method of estimation of {self.name} is one of {', '.join(methods)}; found {method!r}.")
        if self.pooled_by and method != "nuts":
            raise InputError(
                f"A model pooled across {self.pooled_by} is estimated by method='nuts': how much segments differ has "
                f"no maximum worth having; found {method!r}."
            )
