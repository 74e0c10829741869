"""Log-likelihood plus log-priors, with exact derivatives, in the estimated values."""

from collections.abc import Mapping
from typing import cast

import numpy as np
from numpy.typing import NDArray

from clvlab.formulas.namespace import NUMPY
from clvlab.inference.jets import JETS, Jet, variables
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.priors import Prior

Float = NDArray[np.float64]


class Posterior:
    """The unnormalised log-density of the estimated values given the data.

    Parameters
    ----------
    likelihood : Likelihood
    priors : mapping of estimated value's name to Prior
    """

    def __init__(self, likelihood: Likelihood, priors: Mapping[str, Prior]) -> None:
        self.likelihood = likelihood
        self.priors = [priors[name] for name in likelihood.link.names]

    def value(self, theta: Float) -> float:
        """Log-density at ``theta``."""
        prior = sum(float(np.asarray(prior.log_density(u, NUMPY))) for prior, u in zip(self.priors, theta, strict=True))
        return self.likelihood.value(theta) + prior

    def values(self, thetas: Float) -> Float:
        """Log-density at each row of ``thetas``."""
        priors = sum(np.asarray(prior.log_density(thetas[:, i], NUMPY)) for i, prior in enumerate(self.priors))
        return self.likelihood.values(thetas) + priors

    def derivatives(self, theta: Float) -> tuple[float, Float, Float]:
        """Log-density, gradient and Hessian."""
        value, gradient, hessian = self.likelihood.derivatives(theta)
        for i, (prior, u) in enumerate(zip(self.priors, theta, strict=True)):
            jet = cast(Jet, prior.log_density(variables([float(u)])[0], JETS))
            value += float(np.asarray(jet.value))
            gradient[i] += float(np.asarray(jet.first.get(0, 0.0)))
            hessian[i, i] += float(np.asarray(jet.second.get((0, 0), 0.0)))
        return value, gradient, hessian
