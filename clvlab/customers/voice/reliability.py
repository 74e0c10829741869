"""Whether items of a questionnaire measure one thing: Cronbach's alpha and McDonald's omega."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import special, stats

from clvlab.arguments import number, whole
from clvlab.customers.measure import LEVEL, Measure
from clvlab.customers.voice.answers import Float, items_of
from clvlab.customers.voice.one_factor import OneFactor, one_factor
from clvlab.customers.voice.resampling import covariance, resampled_covariances
from clvlab.notes import Note

DRAWS = 1_000
NONE = float("nan")
ROUNDING = 1e-12
FITS = 0.08  # root mean square error of approximation above which one factor does not describe the items
SURE = 0.01  # p value of the test of one factor


def cronbach_alpha(answers: pd.DataFrame, *, items: Sequence[str]) -> Measure:
    """Cronbach's alpha: the consistency of the sum of items, 1 if all items agree.

    Parameters
    ----------
    answers : DataFrame
        One row per respondent; only who answered every item counts.
    items : sequence of str
        Two columns or more, all worded in one direction; one that is not is named in ``notes``.

    Returns
    -------
    Measure
        ``n`` counts complete answers. NaN where their sum does not vary. The interval assumes nothing of how answers
        are distributed; it is that of log(1 - alpha), so that it ends below 1.

    Raises
    ------
    InputError
        Fewer than two items, or no such column.

    Notes
    -----
    Source: Cronbach (1951). The interval is the jackknife's of log(1 - alpha): free of distribution as that of
    Maydeu-Olivares, Coffman & Hartmann (2007), and nearer its level with few respondents (``docs/measures.md``).

    Examples
    --------
    >>> answers = pd.DataFrame({"a": [1, 2, 3, 4, 5, 4], "b": [2, 2, 3, 5, 5, 3], "c": [1, 3, 3, 4, 4, 5]})
    >>> cronbach_alpha(answers, items=["a", "b", "c"])
    <cronbach_alpha 0.9087 (0.1928 to 0.9897), n = 6>
    """
    given = _complete(answers, items, least=2)
    definition = Note("measures.cronbach_alpha.definition", items=[str(item) for item in items])
    value, low, high = _alpha(given)
    return Measure("cronbach_alpha", value, low, high, len(given), definition, _reversed(given, items))


def mcdonald_omega(answers: pd.DataFrame, *, items: Sequence[str], draws: int = DRAWS, seed: int = 1) -> Measure:
    """McDonald's omega: the part of the variance of the sum of items that one factor behind them explains.

    Unlike alpha it lets items weigh differently on what they share.

    Parameters
    ----------
    answers : DataFrame
        One row per respondent; only who answered every item counts.
    items : sequence of str
        Three columns or more.
    draws : int
        Samples of respondents behind the interval.
    seed : int
        Of those samples.

    Returns
    -------
    Measure
        ``n`` counts complete answers. NaN where fewer than three items vary, or no more respondents than items
        answered. ``notes`` say where one factor does not describe the items, where an item has next to no variance of
        its own (a Heywood case), and which items run against the others.

    Raises
    ------
    InputError
        Fewer than three items, or no such column.

    Notes
    -----
    Source: McDonald (1999), ch. 6; the interval by percentiles of the bootstrap (Kelley & Pornprasertmanit 2016).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> shared = rng.normal(size=200)
    >>> answers = pd.DataFrame({item: shared + rng.normal(size=200) for item in "abcd"})
    >>> round(mcdonald_omega(answers, items=list("abcd")).value, 2)
    0.77
    """
    given = _complete(answers, items, least=3)
    number(draws, "draws", least=2, example="500")
    whole(seed)
    n, k = given.shape
    definition = Note("measures.mcdonald_omega.definition", items=[str(item) for item in items])
    varies = given.std(axis=0) > 1e-9 if n else np.zeros(k, dtype=bool)
    if n <= k or varies.sum() < 3:
        return Measure("mcdonald_omega", NONE, NONE, NONE, n, definition, _reversed(given, items))
    fit = one_factor(covariance(given[:, varies]))
    drawn = _omega(one_factor(resampled_covariances(given[:, varies], draws=draws, seed=seed), tolerance=1e-5))
    low, high = np.nanquantile(drawn, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
    names = [str(item) for item, kept in zip(items, varies, strict=True) if kept]
    notes = (*_misfit(fit, n, names), *_reversed(given, items))
    return Measure("mcdonald_omega", float(_omega(fit)), float(low), float(high), n, definition, notes)


def _alpha(given: Float) -> tuple[float, float, float]:
    """Alpha with its interval, by the jackknife of log(1 - alpha)."""
    n, k = given.shape
    if n < 2:
        return NONE, NONE, NONE
    from_mean = given - given.mean(axis=0)
    apart, whole_sum = (from_mean**2).sum(axis=1), from_mean.sum(axis=1) ** 2
    if whole_sum.sum() <= ROUNDING * apart.sum() or not apart.sum() > 0:
        return NONE, NONE, NONE
    disagreement = 1.0 - k / (k - 1.0) * (1.0 - apart.sum() / whole_sum.sum())  # 1 - alpha
    value = 1.0 - float(disagreement)
    # Sums of squares without a respondent: what is left about the mean of the others.
    left = n / (n - 1.0)
    others, others_sum = apart.sum() - left * apart, whole_sum.sum() - left * whole_sum
    without = 1.0 - k / (k - 1.0) * (1.0 - others / np.where(others_sum > 0, others_sum, np.nan))
    if n < 3 or disagreement < ROUNDING or not (without > ROUNDING).all():
        return value, NONE, NONE
    error = (n - 1.0) * np.log(without).std(ddof=1) / np.sqrt(n)
    half = float(special.stdtrit(n - 1.0, (1.0 + LEVEL) / 2.0) * error)
    if half == 0.0:
        return value, NONE, NONE
    return value, 1.0 - float(disagreement * np.exp(half)), 1.0 - float(disagreement * np.exp(-half))


def _omega(fit: OneFactor) -> Float:
    shared = fit.loadings.sum(axis=-1) ** 2
    return np.asarray(shared / (shared + fit.own.sum(axis=-1)))


def _misfit(fit: OneFactor, n: int, names: Sequence[str]) -> tuple[Note, ...]:
    found = []
    k = len(names)
    free = k * (k - 3) / 2
    if free > 0:
        # Bartlett's correction.
        statistic = max((n - 1.0 - (2.0 * k + 5.0) / 6.0 - 2.0 / 3.0) * float(fit.discrepancy), 0.0)
        rmsea = float(np.sqrt(max(statistic - free, 0.0) / (free * (n - 1.0))))
        if rmsea > FITS and stats.chi2.sf(statistic, free) < SURE:
            found.append(Note("measures.notes.one_factor_does_not_fit", rmsea=rmsea, most=FITS))
    if fit.heywood.any():
        at = [name for name, bound in zip(names, fit.heywood, strict=True) if bound]
        found.append(Note("measures.notes.heywood_case", items=at))
    return tuple(found)


def _reversed(given: Float, items: Sequence[str]) -> tuple[Note, ...]:
    """Items that go against the sum of the others."""
    if len(given) < 3:
        return ()
    from_mean = given - given.mean(axis=0)
    others = from_mean.sum(axis=1, keepdims=True) - from_mean
    with np.errstate(invalid="ignore", divide="ignore"):
        together = (from_mean * others).sum(axis=0) / np.sqrt((from_mean**2).sum(axis=0) * (others**2).sum(axis=0))
    # Beyond what chance makes of items that have nothing in common.
    against = together < -2.0 / np.sqrt(len(given))
    named = [str(item) for item, is_against in zip(items, against, strict=True) if is_against]
    return (Note("measures.notes.reversed_items", items=named),) if named else ()


def _complete(answers: pd.DataFrame, items: Sequence[str], *, least: int) -> Float:
    given = items_of(answers, items, least=least)
    return given[~np.isnan(given).any(axis=1)]
