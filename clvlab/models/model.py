"""A model before it meets data: a formula, priors, and how to estimate."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from clvlab.data.units import days_in
from clvlab.errors import FitError, InputError
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.maximum import Maximum, maximize
from clvlab.inference.priors import LogNormal
from clvlab.models import diagnostics
from clvlab.models.columns import columns_of
from clvlab.models.fit import Fit, dataset

ML_DRAWS = 1000
METHODS = ("ml", "nuts")


@dataclass(frozen=True, kw_only=True)
class Model:
    """A frozen description; ``fit`` and ``at`` make a ``Fit`` of it.

    Parameters
    ----------
    priors : mapping, optional
        Parameter name to prior, replacing the model's own. Priors of parameters that measure time are stated in
        weeks; used by ``method="nuts"`` only.
    method : {"ml", "nuts"}
        The default of ``fit``.
    options : mapping
        Default keyword arguments of that method.
    """

    priors: Mapping[str, LogNormal] = field(default_factory=dict)
    method: str = "ml"
    options: Mapping[str, Any] = field(default_factory=dict)

    formula: ClassVar[ModuleType]
    fit_class: ClassVar[type[Fit]]
    default_priors: ClassVar[Mapping[str, LogNormal]]

    def __post_init__(self) -> None:
        unknown = set(self.priors) - set(self.formula.PARAMETERS)
        if unknown:
            raise InputError(
                f"{self.name} has the parameters {', '.join(self.formula.PARAMETERS)}; "
                f"priors were given for {', '.join(sorted(unknown))}."
            )
        _check_method(self.method)

    @property
    def name(self) -> str:
        """As the literature calls it."""
        return str(self.formula.NAME)

    def using(self, method: str, **options: Any) -> Self:
        """The same model, estimated by ``method`` when ``fit`` names none."""
        _check_method(method)
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
        method : {"ml", "nuts"}, optional
            Maximum likelihood, or PyMC's NUTS through nutpie (options: draws, tune, chains, cores).
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
        method = method or self.method
        _check_method(method)
        unit = unit or histories.attrs.get("unit")
        usable, left_out = self.usable(histories)
        likelihood = Likelihood(self.formula, columns_of(usable, self.formula.HISTORY))
        self._check_informative(usable)
        estimate = self._by_ml if method == "ml" else self._by_nuts
        found, told = estimate(usable, likelihood, unit, seed, {**self.options, **options})
        return self.fit_class(
            model=self,
            method=method,
            unit=unit,
            n_customers=len(usable),
            n_purchases=float(usable["frequency"].sum()),
            end=histories.attrs.get("end"),
            seed=seed,
            diagnostics=replace(told, left_out=left_out),
            **found,
        )

    def priors_for(self, histories: pd.DataFrame, unit: str | None = None) -> dict[str, LogNormal]:
        """The priors in these histories' units: those of time are stated a week and converted."""
        unit = unit or histories.attrs.get("unit") or "week"
        weeks = days_in("week") / days_in(unit)
        stated = {**self.default_priors, **self.priors}
        powers = self.formula.TIME_POWERS
        return {name: stated[name].scaled(weeks ** powers.get(name, 0)) for name in self.formula.PARAMETERS}

    def usable(self, histories: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, list[object]]]:
        """The customers the likelihood can use, and the others by reason."""
        return histories, {}

    def _check_informative(self, histories: pd.DataFrame) -> None:
        """Refuse data from which nothing can be learned."""

    def _start(self, histories: pd.DataFrame) -> dict[str, float]:
        """Where the climb begins, in the histories' units."""
        raise NotImplementedError

    def _by_ml(
        self,
        histories: pd.DataFrame,
        likelihood: Likelihood,
        unit: str | None,
        seed: int,
        options: dict[str, Any],
    ) -> tuple[dict[str, Any], diagnostics.Diagnostics]:
        del unit
        draws = int(options.pop("draws", ML_DRAWS))
        if options:
            raise InputError(f"Maximum likelihood takes the option draws; found {', '.join(options)}.")
        names = self.formula.PARAMETERS
        start = self._start(histories)
        best = maximize(
            likelihood.derivatives,
            likelihood.value,
            np.log([start[name] for name in names]),
        )
        inside = np.abs(best.gradient[~best.edge]).max(initial=0.0)
        per_customer = float(inside) / likelihood.n_customers
        if not (best.converged or per_customer < 1e-8):
            raise FitError(self._no_maximum(best, per_customer))
        told = diagnostics.of_maximum(
            iterations=best.iterations,
            gradient_norm=per_customer,
            condition_number=best.condition_number,
            identified=best.identified,
            edge=[name for name, held in zip(names, best.edge, strict=True) if held],
        )
        found: dict[str, Any] = {
            "params": dict(zip(names, np.exp(best.at).tolist(), strict=True)),
            "log_likelihood": best.value,
        }
        if best.identified:
            found["covariance"] = pd.DataFrame(best.covariance, index=list(names), columns=list(names))
            spread = np.random.default_rng(seed).multivariate_normal(best.at, best.covariance, size=draws)
            found["draws"] = dataset(dict(zip(names, np.exp(spread).T, strict=True)))
        return found, told

    def _by_nuts(
        self,
        histories: pd.DataFrame,
        likelihood: Likelihood,
        unit: str | None,
        seed: int,
        options: dict[str, Any],
    ) -> tuple[dict[str, Any], diagnostics.Diagnostics]:
        from clvlab.inference import nuts

        settings: dict[str, Any] = {"draws": 1000, "tune": 1000, "chains": 4, "cores": None}
        if set(options) - set(settings):
            raise InputError(f"NUTS takes the options {', '.join(settings)}; found {', '.join(options)}.")
        settings |= options
        idata = nuts.sample(likelihood, self.priors_for(histories, unit), seed=seed, **settings)
        posterior = idata["posterior"].to_dataset()
        draws = {name: posterior[name].to_numpy().ravel() for name in self.formula.PARAMETERS}
        params = {name: float(values.mean()) for name, values in draws.items()}
        told = diagnostics.of_nuts(
            {**nuts.convergence(idata), "chains": settings["chains"], "draws": settings["draws"]}
        )
        value = likelihood.value(np.log(list(params.values())))
        return {"params": params, "log_likelihood": value, "draws": dataset(draws), "idata": idata}, told

    def _no_maximum(self, best: Maximum, gradient: float) -> str:
        at = ", ".join(
            f"{name} = {value:.3g}" for name, value in zip(self.formula.PARAMETERS, np.exp(best.at), strict=True)
        )
        return (
            f"{self.name} found no maximum of its likelihood: after {best.iterations} steps it stands at {at} with a "
            f"gradient of {gradient:.2g} a customer, still rising. A parameter running to 0 or infinity means these "
            "customers carry no sign of that part of the story (nobody drops out, or all buy alike). Try "
            "method='nuts', whose priors keep parameters finite, a longer calibration period, or look for extreme "
            "values in frequency and T."
        )


def _check_method(method: str) -> None:
    if method not in METHODS:
        raise InputError(f"A method of estimation is one of {', '.join(METHODS)}; found {method!r}.")
