"""Ordinal regression of the overall answer on the items: the effect of a point of each."""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import special
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.tools.sm_exceptions import ConvergenceWarning, HessianInversionWarning

from clvlab.customers.summing import Z
from clvlab.customers.voice.answers import Float, items_of
from clvlab.errors import FitError, InputError


def ordinal_drivers(
    answers: pd.DataFrame, *, overall: str, items: Sequence[str], satisfied: float | None = None
) -> pd.DataFrame:
    """Average marginal effects of each item on the chance of a high overall answer, with the others held constant.

    A proportional-odds (ordered logit) model of the overall answer; an effect is the mean over respondents of the
    change in the chance of an answer of ``satisfied`` or more per point of the item. It says what goes together.

    Parameters
    ----------
    answers : DataFrame
        One row per respondent; only who answered everything counts.
    overall : str
        Column of the overall answer.
    items : sequence of str
        Columns of the items.
    satisfied : float, optional
        Where a high answer begins; unset, four fifths of the way from the least to the highest given.

    Returns
    -------
    DataFrame, index item, the largest effect first
        effect, low, high (95 %, delta method; change of the chance per point), coefficient and odds_ratio of the
        proportional odds. ``attrs``: n, satisfied, chance (share of high answers).

    Raises
    ------
    InputError
        No such column, or answers that do not vary.
    FitError
        The model cannot be fitted: an item or the overall answer is told exactly by the others.

    Notes
    -----
    Source: McCullagh (1980); fitted by statsmodels.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> items = pd.DataFrame(rng.integers(1, 11, (400, 2)), columns=["price", "service"])
    >>> latent = 0.2 * items["price"] + 0.6 * items["service"] + rng.logistic(size=400)
    >>> items["overall"] = np.digitize(latent, [2.0, 3.5, 5.0, 6.5])
    >>> ordinal_drivers(items, overall="overall", items=["price", "service"])["coefficient"].round(1).to_dict()
    {'service': 0.6, 'price': 0.2}
    """
    if overall in items:
        raise InputError(
            f"The overall answer cannot be among the items that go with it; take {overall!r} out of items=."
        )
    given = items_of(answers, [*items, overall], least=2)
    given = given[~np.isnan(given).any(axis=1)]
    x, y = given[:, :-1], given[:, -1]
    levels = np.unique(y)
    still = (
        [name for name, column in zip([*items, overall], given.T, strict=True) if np.ptp(column) == 0]
        if len(y)
        else [overall]
    )
    if still:
        raise InputError(f"All answers to {', '.join(still)} are the same, so nothing can go with them.")
    if satisfied is None:
        satisfied = float(levels[levels >= levels[0] + 0.8 * (levels[-1] - levels[0]) - 1e-9][0])
    above = int(np.searchsorted(levels, satisfied))
    if not 0 < above < len(levels):
        raise InputError(
            f"satisfied= lies above the least answer and up to the highest, {levels[0]:g} to {levels[-1]:g}."
        )
    centre = x.mean(axis=0)
    remedy = "Leave out items that repeat others, or take fewer."
    if np.linalg.matrix_rank(x - centre) < x.shape[1]:
        raise FitError(
            f"The ordinal regression of {overall!r} cannot be fitted: some items predict others exactly. {remedy}"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("error", ConvergenceWarning)
        warnings.simplefilter("error", HessianInversionWarning)
        try:
            fit = OrderedModel(np.searchsorted(levels, y), x - centre, distr="logit").fit(
                method="bfgs", maxiter=500, disp=False
            )
            covariance = np.asarray(fit.cov_params())
        except (ConvergenceWarning, HessianInversionWarning, np.linalg.LinAlgError, ValueError) as error:
            raise FitError(f"The ordinal regression of {overall!r} cannot be fitted ({error}). {remedy}") from None
    params = np.asarray(fit.params)
    k = x.shape[1]

    def effects(at: Float) -> Float:
        # statsmodels' thresholds: the first, then logarithms of the steps
        cut = at[k] + np.exp(at[k + 1 : k + above]).sum()
        p = special.expit((x - centre) @ at[:k] - cut)
        return at[:k] * float((p * (1.0 - p)).mean())

    value = effects(params)
    steps = 1e-5 * np.maximum(np.abs(params), 1.0)
    slopes = np.column_stack([
        (effects(params + step * unit) - effects(params - step * unit)) / (2.0 * step)
        for step, unit in zip(steps, np.eye(len(params)), strict=True)
    ])  # fmt: skip
    spread = np.sqrt(np.diag(slopes @ covariance @ slopes.T))
    table = pd.DataFrame(
        {"effect": value, "low": value - Z * spread, "high": value + Z * spread, "coefficient": params[:k],
         "odds_ratio": np.exp(params[:k])}, index=pd.Index(list(items), name="item"),
    ).sort_values("effect", ascending=False, kind="stable")  # fmt: skip
    table.attrs = {"n": len(y), "satisfied": satisfied, "chance": float((y >= satisfied).mean())}
    return table
