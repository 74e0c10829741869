"""Two groups that were not drawn at random, compared among customers who were alike before."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from clvlab.arguments import whole
from clvlab.customers.design import Design, design
from clvlab.customers.programmes.balance import balance, overlap
from clvlab.customers.programmes.lives import Flags, Float, Whole
from clvlab.customers.programmes.logistic import logistic
from clvlab.customers.programmes.regression import Strength, measured_strength
from clvlab.customers.programmes.sensitivity import Robustness, e_value, robustness_value
from clvlab.errors import InputError
from clvlab.notes import Note
from clvlab.shown import Shown

FEWEST = 30  # customers a group
RIDGE = 1.0  # of the chances to be in the group
Z = float(stats.norm.ppf(0.975))
TARGETS = ("overlap", "all", "treated")
NEVER_OVER = 0.999  # chances to be in the group are held within .001 and .999


@dataclass(frozen=True, eq=False, repr=False)
class Adjusted(Shown):
    """Difference between two groups that were not drawn at random, at equal measured past.

    Attributes
    ----------
    difference, low, high, error, p_value : float
        Of means of the outcome, the group less the others; 95 % confidence interval. It is no proof of what being in
        the group did: reasons that were not measured may differ.
    mean, mean_others : float
        Adjusted means of both.
    ratio, ratio_low, ratio_high : float
        Of these means, NaN where one is not above 0.
    plain, plain_low, plain_high : float
        The difference without adjustment.
    n, others : int
        Customers of the group, and the others.
    balance : DataFrame, index column
        difference_before, difference_after: standardised mean differences, plain and weighted. Below .1 in size is
        commonly called balanced.
    overlap : dict of str to float
        group_low, group_high, others_low, others_high (5 % and 95 % points of the chance to be in the group), outside
        (share of all whose chance is below .05 or above .95), effective_n (Kish, of both groups weighted).
    robustness : Robustness
        Of the difference and its standard error, as if a coefficient of least squares with the same columns.
    strongest : Strength or None
        The measured column that explains most, to compare ``robustness`` with.
    e_value, e_value_low : float
        Of the ratio, and of the end of its interval that is nearer to 1; NaN without a ratio.
    target : {"overlap", "all", "treated"}
    notes : tuple of Note
    """

    difference: float
    low: float
    high: float
    error: float
    p_value: float
    mean: float
    mean_others: float
    ratio: float
    ratio_low: float
    ratio_high: float
    plain: float
    plain_low: float
    plain_high: float
    n: int
    others: int
    balance: pd.DataFrame
    overlap: dict[str, float]
    robustness: Robustness
    strongest: Strength | None
    e_value: float
    e_value_low: float
    target: str
    notes: tuple[Note, ...] = ()


def adjusted_comparison(
    frame: pd.DataFrame, *, treated: str, outcome: str, before: Sequence[str], target: str = "overlap", folds: int = 5,
    seed: int = 0,
) -> Adjusted:  # fmt: skip
    """Compare two groups that were not drawn at random, at equal past.

    Doubly robust: the difference is right where either the chances to be in the group or the means of the outcome are
    modelled right (logistic and linear in the columns, a logistic mean for outcomes of 0 and 1), and nothing differs
    between the groups that matters and is not in ``before``. Nothing in the records shows the latter: see
    ``robustness`` and ``e_value``.

    Parameters
    ----------
    frame : DataFrame
        One row per customer.
    treated : str
        Column of yes and no (or 1 and 0): who was in the group.
    outcome : str
        Column of numbers, afterwards.
    before : sequence of str
        Columns, numbers or categories, known before anybody was chosen for the group.
    target : {"overlap", "all", "treated"}
        Of whom the difference is: customers who could have been in either (weighted by the chance to be in the group
        times that not to be: the steadiest), all, or those in the group.
    folds : int
        Both models are fitted on the other folds.
    seed : int
        Of the folds.

    Raises
    ------
    InputError
        A column that is not there or is of the wrong kind, or a group of fewer than 30.

    Notes
    -----
    Source: Robins, Rotnitzky & Zhao (1994); Chernozhukov et al. (2018), cross-fitting; Li, Morgan & Zaslavsky (2018),
    overlap weights; Cinelli & Hazlett (2020); VanderWeele & Ding (2017).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> past = rng.normal(size=2000)
    >>> group = rng.random(2000) < 1.0 / (1.0 + np.exp(-past))
    >>> frame = pd.DataFrame({"past": past, "group": group, "spend": 2.0 * past + rng.normal(size=2000)})
    >>> found = adjusted_comparison(frame, treated="group", outcome="spend", before=["past"])
    >>> found.plain_low > 1.0, found.low < 0.0 < found.high
    (True, True)
    """
    if target not in TARGETS:
        raise InputError(f"target= is one of {', '.join(TARGETS)}; got {target!r}.")
    group, y, kept = _given(frame, treated, outcome, folds)
    known = design(kept, before)
    chance, own, others = crossed(known, group, y, folds=folds, seed=whole(seed))
    values, influence = doubly_robust(group, y, chance, own, others, target)
    covariance = influence.T @ influence / len(y) ** 2
    difference = float(values[0] - values[1])
    error = float(np.sqrt(covariance[0, 0] + covariance[1, 1] - 2.0 * covariance[0, 1]))
    ratio, ratio_error = _ratio(values, covariance)
    ends = (ratio * np.exp(-Z * ratio_error), ratio * np.exp(Z * ratio_error))
    strength = e_value(ratio, *ends) if np.isfinite(ratio) else (np.nan, np.nan)
    plain, plain_error = _plain(group, y)
    strongest = measured_strength(known, group, y)
    df = float(len(y) - known.columns.shape[1] - 2)
    robustness = robustness_value(difference, error, df) if error > 0 and df > 1 else Robustness(np.nan, np.nan)
    weight = weights(group, chance, target)
    table = balance(known, group, weight)
    about = overlap(group, chance, weight)
    return Adjusted(
        difference, difference - Z * error, difference + Z * error, error,
        float(2.0 * stats.norm.sf(abs(difference) / error)) if error > 0 else np.nan, float(values[0]),
        float(values[1]), ratio, *ends, plain, plain - Z * plain_error, plain + Z * plain_error, int(group.sum()),
        int((~group).sum()), table, about, robustness, strongest, *strength, target, _notes(table, about, frame, kept),
    )  # fmt: skip


def _given(frame: pd.DataFrame, treated: str, outcome: str, folds: int) -> tuple[Flags, Float, pd.DataFrame]:
    for name in (treated, outcome):
        if name not in frame:
            raise InputError(f"The frame has no column {name!r}; it has {', '.join(map(str, frame.columns))}.")
    if not pd.api.types.is_numeric_dtype(frame[outcome].dtype):
        raise InputError(f"outcome= is a column of numbers; {outcome!r} holds {frame[outcome].dtype}.")
    kept = frame[frame[outcome].notna() & frame[treated].notna()]
    flags = kept[treated]
    if not set(flags.unique()) <= {0, 1}:
        raise InputError(f"treated= is a column of True and False (or 1 and 0); {treated!r} holds other values.")
    group = flags.to_numpy(bool)
    if min(int(group.sum()), int((~group).sum())) < FEWEST:
        raise InputError(
            f"A comparison needs {FEWEST} customers on either side; {treated!r} has {int(group.sum())} and "
            f"{int((~group).sum())}."
        )
    if not 2 <= folds <= 20:
        raise InputError(f"folds= is 2 to 20; got {folds!r}.")
    return group, kept[outcome].to_numpy(float), kept


def crossed(known: Design, group: Flags, y: Float, *, folds: int, seed: int) -> tuple[Float, Float, Float]:
    """Chance to be in the group, and expected outcomes in it and outside, of models fitted on the other folds."""
    fold = _folds(group, folds, seed)
    columns = known.with_ones
    chance, own, others = (np.empty(len(y)) for _ in range(3))
    binary = bool(np.isin(y, (0.0, 1.0)).all())
    for each in range(folds):
        out = fold == each
        chance[out] = logistic(columns[~out], group[~out].astype(float), ridge=RIDGE).chance(columns[out])
        for mean, side in ((own, group), (others, ~group)):
            rows = ~out & side
            mean[out] = _expected(columns[rows], y[rows], columns[out], binary=binary)
    return np.clip(chance, 1.0 - NEVER_OVER, NEVER_OVER), own, others


def _folds(group: Flags, folds: int, seed: int) -> Whole:
    """Folds with as many of each side."""
    fold = np.empty(len(group), dtype=np.int64)
    rng = np.random.default_rng(seed)
    for side in (group, ~group):
        fold[side] = rng.permutation(int(side.sum())) % folds
    return fold


def _expected(columns: Float, y: Float, at: Float, *, binary: bool) -> Float:
    if binary:
        return logistic(columns, y, ridge=RIDGE).chance(at)
    penalty = np.full(columns.shape[1], RIDGE)
    penalty[0] = 0.0
    return np.asarray(at @ np.linalg.solve(columns.T @ columns + np.diag(penalty) + 1e-10 * np.eye(len(penalty)),
                                           columns.T @ y))  # fmt: skip


def doubly_robust(
    group: Flags, y: Float, chance: Float, own: Float, others: Float, target: str
) -> tuple[Float, Float]:  # fmt: skip
    """Adjusted means of both sides, and the influence of each customer on them.

    With e the chance to be in the group, customers count by h(e): 1 of all, e of those in the group, e (1 - e) of those
    who could be in either. The mean of the group is sum of h m1 + h t / e (y - m1) over the sum of h, likewise of the
    others; that h is estimated adds h'(e) (t - e) (m1 - mean) to the influence.

    Returns
    -------
    values : array, shape (2,)
        Group, others.
    influence : array, shape (customers, 2)
        With mean 0.
    """
    t = group.astype(float)
    h, slope = {
        "all": (np.ones_like(chance), np.zeros_like(chance)),
        "treated": (chance, np.ones_like(chance)),
        "overlap": (chance * (1.0 - chance), 1.0 - 2.0 * chance),
    }[target]
    # The chance itself, plus what is observed of it, sums the customers who count (of "treated": those in the group).
    counted = h + slope * (t - chance)
    of_group = counted * own + h / chance * t * (y - own)
    of_others = counted * others + h / (1.0 - chance) * (1.0 - t) * (y - others)
    size = counted.mean()
    values = np.array([of_group.mean(), of_others.mean()]) / size
    influence = (np.column_stack([of_group, of_others]) - counted[:, None] * values) / size
    return values, influence


def weights(group: Flags, chance: Float, target: str) -> Float:
    """Weights under which both sides have the same past, if chances are right."""
    h = {"all": np.ones_like(chance), "treated": chance, "overlap": chance * (1.0 - chance)}[target]
    found: Float = np.where(group, h / chance, h / (1.0 - chance))
    return found


def _ratio(values: Float, covariance: Float) -> tuple[float, float]:
    if values.min() <= 0.0:
        return np.nan, np.nan
    slope = np.array([1.0 / values[0], -1.0 / values[1]])
    return float(values[0] / values[1]), float(np.sqrt(slope @ covariance @ slope))


def _plain(group: Flags, y: Float) -> tuple[float, float]:
    sides = [y[group], y[~group]]
    error = np.sqrt(sum(each.var(ddof=1) / len(each) for each in sides))
    return float(sides[0].mean() - sides[1].mean()), float(error)


def _notes(table: pd.DataFrame, about: dict[str, float], frame: pd.DataFrame, kept: pd.DataFrame) -> tuple[Note, ...]:
    notes = []
    worst = table["difference_after"].abs().max() if len(table) else 0.0
    if worst > 0.1:
        most = str(table["difference_after"].abs().idxmax())
        notes.append(Note("actions_programmes.adjusted.unbalanced", column=most, size=float(worst)))
    if about["outside"] > 0.1:
        notes.append(Note("actions_programmes.adjusted.little_overlap", share=about["outside"]))
    if len(kept) < len(frame):
        notes.append(Note("actions_programmes.adjusted.rows_without", n=len(frame) - len(kept)))
    return tuple(notes)
