"""Which of two nested models describes the customers better than chance would let it."""

from dataclasses import dataclass

from scipy import stats

from clvlab.errors import FitError, InputError
from clvlab.models.fit import Fit

# The smaller model is the larger one where nobody drops out, and there the larger one's dropout has no parameters.
WITHOUT_DROPOUT = {("NBD", "BGNBD"), ("NBD", "MBGNBD"), ("NBD", "ParetoNBD")}
NESTED = {*WITHOUT_DROPOUT, ("ShiftedBetaGeometric", "BetaDiscreteWeibull")}


@dataclass(frozen=True)
class LikelihoodRatio:
    """Whether a larger model describes the customers better than chance would let it.

    Attributes
    ----------
    statistic : float
        Twice the difference of log-likelihoods.
    degrees_of_freedom : int
        Values the larger model estimates more.
    p_value : float
        How often so large a statistic would come if the smaller model were true; an upper bound where ``at_boundary``.
    at_boundary : bool
        The smaller model is the larger one where nobody drops out.
    """

    statistic: float
    degrees_of_freedom: int
    p_value: float
    at_boundary: bool


def likelihood_ratio(small_fit: Fit, large_fit: Fit) -> LikelihoodRatio:
    """Compare two models of which the larger one can do all that the smaller one can.

    These are nested: a model within itself with more covariates; the shifted-beta-geometric within the
    beta-discrete-Weibull (c = 1); the NBD within BG/NBD, MBG/NBD and Pareto/NBD, as customers who never drop out.

    The statistic is referred to chi-squared, its degrees of freedom being the values the larger model estimates more.
    In the NBD's case that is not its distribution. No dropout lies at the boundary of what the larger model allows, and
    chance can fall on either side of a boundary while the estimate can not. Were the larger model one parameter larger,
    half the p-value would be right. But it is two larger, and where nobody drops out the second, which tells how
    dropout differs between customers, means nothing: the p-value given, by two degrees of freedom, is then an upper
    bound, and it is not halved (of a thousand customers who never drop out, five samples in six give a statistic of 0).
    No pair here is one that allows halving.

    Parameters
    ----------
    small_fit, large_fit : Fit
        By maximum likelihood, of the same customers.

    Raises
    ------
    InputError
        The models are not nested, the fits are not of the same customers, or not by maximum likelihood.
    FitError
        The larger model was found less likely: its maximum was not reached.

    Examples
    --------
    >>> from clvlab.data import datasets
    >>> from clvlab.models import BGNBD, NBD
    >>> summary = datasets.cdnow_summary()
    >>> summary.attrs["unit"] = "week"
    >>> likelihood_ratio(NBD().fit(summary), BGNBD().fit(summary)).degrees_of_freedom
    2
    """
    _check_nested(small_fit, large_fit)
    if small_fit.unit is not None and large_fit.unit is not None:
        large_fit = large_fit.to_unit(small_fit.unit)
    statistic = 2.0 * (large_fit.log_likelihood - small_fit.log_likelihood)
    if statistic < -1e-3:
        raise FitError(
            f"{large_fit.name} holds {small_fit.name} within it and cannot be less likely; found "
            f"{large_fit.log_likelihood:.3f} below {small_fit.log_likelihood:.3f}: its maximum was not reached. "
            "Its diagnostics say how far the climb came."
        )
    more = len(large_fit.params) - len(small_fit.params)
    statistic = max(statistic, 0.0)
    pair = type(small_fit.model).__name__, type(large_fit.model).__name__
    return LikelihoodRatio(statistic, more, float(stats.chi2.sf(statistic, more)), pair in WITHOUT_DROPOUT)


def _check_nested(small: Fit, large: Fit) -> None:
    for fit in (small, large):
        if fit.method != "ml":
            raise InputError(
                f"A likelihood ratio compares maxima of likelihoods; {fit.name} was fitted by {fit.method!r}."
            )
    pair = type(small.model).__name__, type(large.model).__name__
    same = small.model.formula == large.model.formula
    fewer = set(small.params) < set(large.params)
    if not fewer or not (same or pair in NESTED):
        raise InputError(
            f"A likelihood ratio needs a model within a larger one; {small.name} ({', '.join(small.params)}) is not "
            f"nested in {large.name} ({', '.join(large.params)}). Compare aic or bic, or forecasts by clv.compare."
        )
    told = [(fit.n_customers, fit.n_purchases, fit.end) for fit in (small, large)]
    if told[0] != told[1]:
        raise InputError(
            "A likelihood ratio needs two fits of the same customers; found "
            + " and ".join(f"{n:,} customers with {x:,.0f} repeat purchases by {end}" for n, x, end in told)
            + "."
        )
