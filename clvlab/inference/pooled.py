r"""Draws from the posterior of a pooled model, without chains: segments integrated out one by one.

What all segments share, psi, is the population's level of each parameter, coefficients, and the spreads s, each as the
normal score of its half-normal prior: where segments tell nothing of a spread, it is standard normal. Given psi
segments are independent: each has moved by s z, z standard normal, so

    p(psi | data) is proportional to p(psi) times the product over segments g of L_g(psi) = E_z[ l_g(psi, z) ].

1. Each segment's log-likelihood is replaced by its parabola at the segment's own mode; L_g is then a Gaussian integral,
   and the mode over psi is found with the segments' modes in turn (Tierney & Kadane 1986; Rue, Martino & Chopin 2009).
2. psi is drawn from that approximation by importance resampling.
3. For each draw every segment proposes a few z around its conditional mode, weighed by its true likelihood. Their mean
   weight estimates L_g without bias, so that weights of psi by the product of these means are right for the true
   posterior however few they are (Andrieu & Roberts 2009); a segment's z is taken among its own by their weights.
"""

from collections.abc import Callable, Mapping
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import special

from clvlab.formulas.namespace import NUMPY
from clvlab.inference.information import eigenvectors
from clvlab.inference.jets import JETS, Jet, variables
from clvlab.inference.likelihood import Likelihood
from clvlab.inference.link import Link
from clvlab.inference.maximum import Maximum, maximize
from clvlab.inference.posterior import Posterior
from clvlab.inference.priors import Prior
from clvlab.inference.target import SEGMENT_SPREAD

Float = NDArray[np.float64]

STEP = 2e-3  # of log parameters, for differences
ROUNDS, CLOSE, FARTHEST = 60, 1e-3, 0.7  # of segments' modes in turn: how far psi still moves, and may move at once


class PooledPosterior:
    """The approximation of step 1: parabolas of segments' log-likelihoods, given where they are taken.

    Vectors are (estimated values, scores of spreads).
    """

    def __init__(self, likelihood: Likelihood, priors: Mapping[str, Prior]) -> None:
        link = likelihood.link
        self.priors = [priors[name] for name in link.names]
        self.plain = Link(link.parameters, link.covariates)
        self.moves = np.array(
            [[power.get(name, 0.0) for power in link.differences.values()] for name in link.names]
        )  # fmt: skip
        codes = likelihood.groups.values[link.segment].astype(np.int64)
        self.parts = [self._part(likelihood, codes == code) for code in range(codes.max() + 1)]
        self.terms, self.differences = self.moves.shape

    def _part(self, likelihood: Likelihood, own: NDArray[np.bool_]) -> Likelihood:
        columns = {name: values[own] for name, values in likelihood.groups.values.items()}
        return type(likelihood)(likelihood.formula, columns, self.plain, likelihood.groups.counts[own])

    def expand(self, at: Float) -> None:
        """Take each segment's parabola at its row of ``at``, shape (segments, terms)."""
        self.at, slopes, curvatures = at, [], []
        for part, theta in zip(self.parts, at, strict=True):
            _, slope, hessian = part.derivatives(theta)
            values, vectors = eigenvectors(-hessian)
            slopes.append(slope)
            curvatures.append((vectors * np.maximum(values, 0.0)) @ vectors.T)
        self.slope, self.curvature = np.array(slopes), np.array(curvatures)
        self.across = np.einsum("iw,gij,jv->gwv", self.moves, self.curvature, self.moves)

    def conditional(self, vectors: Float) -> tuple[Float, Float, Float]:
        """Of each vector and segment z's mean and root of its precision, and the log of the integral over z.

        The integral leaves out the segment's log-likelihood where its parabola was taken.
        """
        shared, spread = vectors[:, : self.terms], spread_of(vectors[:, self.terms :])
        away = shared[:, None, :] - self.at
        pulled = np.einsum("gij,dgj->dgi", self.curvature, away)
        linear = ((self.slope - pulled) @ self.moves) * spread[:, None, :]
        precision = self.across * (spread[:, :, None] * spread[:, None, :])[:, None] + np.eye(self.differences)
        root = np.linalg.cholesky(precision)
        mean = np.linalg.solve(precision, linear[..., None])[..., 0]
        value = np.einsum("dgi,gi->dg", away, self.slope) - 0.5 * np.einsum("dgi,dgi->dg", away, pulled)
        value += 0.5 * (linear * mean).sum(axis=-1) - np.log(np.einsum("dgww->dgw", root)).sum(axis=-1)
        return mean, root, value

    def values(self, vectors: Float) -> Float:
        """Log-density of each row."""
        prior = -0.5 * (vectors[:, self.terms :] ** 2).sum(axis=1)
        for i, each in enumerate(self.priors):
            prior = prior + np.asarray(each.log_density(vectors[:, i], NUMPY))
        good = np.isfinite(prior)
        found = np.full(len(vectors), -np.inf)
        found[good] = prior[good] + self.conditional(vectors[good])[2].sum(axis=1)
        return found

    def value(self, vector: Float) -> float:
        """Log-density."""
        return float(self.values(vector[None])[0])

    def derivatives(self, vector: Float) -> tuple[float, Float, Float]:
        """Log-density with its gradient and Hessian."""
        return by_differences(self.values, vector)

    def level(self, scores: Float) -> tuple[Float, Float]:
        """What segments share, given scores of spreads: mean, and root of the precision, of the parabola in it.

        Priors count by their slopes and curvatures at the population's level among the segments.
        """
        middle = self.at.mean(axis=0)
        each_prior = zip(self.priors, (variables([u])[0] for u in middle), strict=True)
        priors = [cast(Jet, prior.log_density(u, JETS)) for prior, u in each_prior]
        slope = np.array([float(np.asarray(each.first.get(0, 0.0))) for each in priors])
        curve = np.array([-float(np.asarray(each.second.get((0, 0), 0.0))) for each in priors])
        reach = self.moves * spread_of(scores)[:, None, :]
        inner = np.einsum("diw,gij,djv->dgwv", reach, self.curvature, reach, optimize=True) + np.eye(self.differences)
        pulled = np.einsum("gij,djw->dgiw", self.curvature, reach)
        # Of each segment's parabola what is left once its own z is integrated out.
        solved = np.linalg.solve(inner, np.swapaxes(pulled, -1, -2))
        precision = self.curvature - pulled @ solved
        away = self.slope + np.einsum("gij,gj->gi", self.curvature, self.at - middle)
        back = np.einsum("diw,gi->dgw", reach, away)
        linear = (away - np.einsum("dgwi,dgw->dgi", solved, back)).sum(axis=1) + slope
        root = np.linalg.cholesky(precision.sum(axis=1) + np.diag(np.maximum(curve, 1e-6)))
        mean = middle + np.linalg.solve(root @ np.swapaxes(root, 1, 2), linear[..., None])[..., 0]
        return mean, root

    def modes(self, vector: Float, z: Float) -> Float:
        """Each segment's z at its conditional mode, shape (segments, differences), found from ``z`` on."""
        shared, reach = vector[: self.terms], self.moves * spread_of(vector[self.terms :])

        def mode(part: Likelihood, start: Float) -> Float:
            def value(z: Float) -> float:
                return part.value(shared + reach @ z) - 0.5 * float(z @ z)

            def derivatives(z: Float) -> tuple[float, Float, Float]:
                found, gradient, hessian = part.derivatives(shared + reach @ z)
                prior = np.eye(len(z))
                return found - 0.5 * float(z @ z), reach.T @ gradient - z, reach.T @ hessian @ reach - prior

            return maximize(derivatives, value, start).at

        return np.array([mode(part, start) for part, start in zip(self.parts, z, strict=True)])

    def at_modes(self, vector: Float, z: Float) -> Float:
        """Take each segment's parabola at its conditional mode; ``modes`` of these."""
        found = self.modes(vector, z)
        self.expand(vector[: self.terms] + (found * spread_of(vector[self.terms :])) @ self.moves.T)
        return found


def by_differences(values: Callable[[Float], Float], vector: Float) -> tuple[float, Float, Float]:
    """A function of rows at one of them, with its gradient and Hessian."""
    n = len(vector)
    steps = STEP * np.eye(n)
    pairs = [(i, j) for i in range(n) for j in range(i)]
    corners = [a * steps[i] + b * steps[j] for i, j in pairs for a, b in ((1, 1), (1, -1), (-1, 1), (-1, -1))]
    found = values(vector + np.array([np.zeros(n), *steps, *-steps, *corners]))
    here, up, down, mixed = found[0], found[1 : n + 1], found[n + 1 : 2 * n + 1], found[2 * n + 1 :].reshape(-1, 4)
    hessian = np.diag((up + down - 2.0 * here) / STEP**2)
    for (i, j), each in zip(pairs, mixed, strict=True):
        hessian[i, j] = hessian[j, i] = (each[0] - each[1] - each[2] + each[3]) / (4.0 * STEP**2)
    return float(here), (up - down) / (2.0 * STEP), hessian


def spread_of(score: Float) -> Float:
    """The spread whose half-normal prior has this normal score.

    Examples
    --------
    >>> spread_of(np.array([-3.0, 0.0, 3.0])).round(5).tolist()
    [0.00085, 0.33724, 1.60258]
    """
    found: Float = -SEGMENT_SPREAD * special.ndtri_exp(special.log_ndtr(-score) - np.log(2.0))
    return found


def pooled_mode(posterior: PooledPosterior, whole: Posterior, start: Float) -> Maximum | None:
    """The mode over what segments share, their parabolas taken at their own modes; None where none is found.

    Parameters
    ----------
    whole : Posterior
        Of the same customers in one segment, where the climb begins.
    """
    level = maximize(whole.derivatives, whole.value, start).at
    vector = np.append(level, np.zeros(posterior.differences))
    z = np.zeros((len(posterior.parts), posterior.differences))
    for _ in range(ROUNDS):
        z = posterior.at_modes(vector, z)
        best = maximize(posterior.derivatives, posterior.value, vector)
        if not (np.isfinite(best.at).all() and np.isfinite(best.value)):
            return None
        step = best.at - vector
        # A parabola tells little far from where it was taken.
        step = step * min(1.0, FARTHEST / max(float(np.abs(step).max()), CLOSE))
        vector = vector + step
        if float(np.abs(step).max()) < CLOSE:
            return best
    return None
