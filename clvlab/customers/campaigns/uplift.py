"""Who answers a campaign more than others: an uplift model, and whether its order is better than a random one."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from clvlab.arguments import whole
from clvlab.customers.campaigns.arms import given
from clvlab.customers.campaigns.balance import NOT_RANDOM, p_alike
from clvlab.customers.campaigns.columns import KnownColumns
from clvlab.customers.campaigns.estimate import Flags, Float, means
from clvlab.customers.campaigns.qini import gains, qini, spread_of_gains
from clvlab.customers.campaigns.rules import Learner, UpliftRule, learn
from clvlab.errors import InputError
from clvlab.notes import Note
from clvlab.shown import Shown

FEWEST = 150  # customers an arm
FOLDS = 5
ALPHA = 0.025  # one-sided: the lower end of the 95 % interval
SHARES = np.linspace(0.0, 1.0, 51)
DRAWS = 200
Z = float(stats.norm.ppf(0.975))


@dataclass(frozen=True, eq=False, repr=False)
class Uplift(Shown):
    """Who answers a campaign more than others, and whether that can be shown.

    Attributes
    ----------
    qini, low, high, error : float
        The Qini coefficient, in units of the outcome per customer of the base: the area between ``curve``'s gain and
        the line of a random order; 95 % confidence interval. It is the mean of ``folds`` - 1 rules, each learnt from
        earlier folds and judged on the next: not that of the best rule there is, and not of a rule learnt from all.
    p_value : float
        One-sided, of no rule being better than a random order.
    differs : bool
        p_value below .025, that is, low above 0: the data show that uplift differs and that the order finds some of it.
        Where uplift is the same for everybody, this is so in 2.5 % of campaigns.
    average, average_low, average_high : float
        Effect of the campaign on all its customers, as ``campaign`` has it.
    curve : DataFrame, index share (of customers contacted, those of the largest predicted uplift first)
        gain (what contacting them brings in per customer of the base), random (that of as many drawn by chance), beyond
        (their difference) with low and high (95 % confidence, each point by itself).
    customers : DataFrame, index of the frame
        uplift: predicted by a rule learnt from the customers of other folds.
    n, control_n : int
    arm, control, outcome : str
    before : tuple of str
    binary : bool
        Whether the outcome is 0 or 1.
    folds : int
    notes : tuple of Note
    """

    qini: float
    low: float
    high: float
    error: float
    p_value: float
    differs: bool
    average: float
    average_low: float
    average_high: float
    curve: pd.DataFrame
    customers: pd.DataFrame
    n: int
    control_n: int
    arm: str
    control: str
    outcome: str
    before: tuple[str, ...]
    binary: bool
    folds: int
    notes: tuple[Note, ...]
    _known: KnownColumns
    _rule: UpliftRule

    def predict(self, frame: pd.DataFrame) -> pd.Series:
        """Predicted uplift of any customers, by the rule learnt from all customers of the campaign.

        Raises
        ------
        InputError
            A column of ``before`` is not there.
        """
        return pd.Series(self._rule.uplift(self._known.matrix(frame)), index=frame.index, name="uplift")


@dataclass(frozen=True, eq=False)
class Judged:
    """Rules judged on customers they had not seen: rule k on ``rows[k]``, with doubly robust ``effects[k]``."""

    rules: list[UpliftRule]
    rows: list[np.ndarray]
    effects: list[Float]
    ranked: list[Float]

    def qini(self) -> tuple[float, float]:
        """Mean Qini coefficient of the rules, and its standard error."""
        found = [qini(effect, score) for effect, score in zip(self.effects, self.ranked, strict=True)]
        values, errors = (np.array(each) for each in zip(*found, strict=True))
        return float(values.mean()), float(np.sqrt((errors**2).sum()) / len(errors))

    def curve(self, seed: int) -> pd.DataFrame:
        """Mean curve of the rules, with intervals point by point."""
        rng = np.random.default_rng(seed)
        pairs = list(zip(self.effects, self.ranked, strict=True))
        gain = np.mean([gains(effect, score, SHARES) for effect, score in pairs], axis=0)
        spread = [spread_of_gains(effect, score, SHARES, draws=DRAWS, rng=rng) for effect, score in pairs]
        half = Z * np.sqrt(np.sum(spread, axis=0)) / len(pairs)
        random = SHARES * gain[-1]
        beyond = gain - random
        return pd.DataFrame({"gain": gain, "random": random, "beyond": beyond, "beyond_low": beyond - half,
                             "beyond_high": beyond + half}, index=pd.Index(SHARES.round(2), name="share"))  # fmt: skip


def uplift(
    frame: pd.DataFrame, *, treatment: str, control: str, outcome: str, before: Sequence[str], arm: str | None = None,
    learner: Learner | None = None, folds: int = FOLDS, seed: int = 0,
) -> Uplift:  # fmt: skip
    """Learn who answers a campaign more than others, and judge it on customers the model had not seen.

    Parameters
    ----------
    frame : DataFrame
        One row per customer.
    treatment : str
        Column of arms; who was given which was drawn by chance.
    control : str
        The arm that was left alone.
    outcome : str
        Column of numbers, or of yes and no: what came after.
    before : sequence of str
        Columns known before anybody was assigned (numbers or categories), by which uplift may differ.
    arm : str, optional
        The arm compared with ``control``; needed where there are several.
    learner : regressor, optional
        In scikit-learn's way (``fit``, ``predict``), of the doubly robust scores; ridge regression on ranks and their
        squares where unset.
    folds : int
        Parts the customers are divided into at random, as many of each arm in all.
    seed : int

    Returns
    -------
    Uplift

    Raises
    ------
    InputError
        As ``campaign`` raises; fewer than 150 customers in an arm; no column by which customers differ; several arms
        and none named.

    Notes
    -----
    Each rule is learnt from the folds before and judged on the next fold only. So the terms of the mean are a
    martingale, and its error is right although rules share customers; usual cross-validation has more false alarms.
    Source: Radcliffe (2007), the curve; Yadlowsky, Fleming, Shah, Brunskill & Wager (2025), the coefficient and its
    error; Luedtke & van der Laan (2016) and Wager (2024), judging in sequence; Kennedy (2023), the rule.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> arm, past = rng.choice(["mail", "none"], 3000), rng.gamma(2.0, 20.0, 3000)
    >>> frame = pd.DataFrame({"arm": arm, "past": past,
    ...                       "visit": rng.random(3000) < 0.1 + 0.2 * (arm == "mail") * (past > 40)})
    >>> found = uplift(frame, treatment="arm", control="none", outcome="visit", before=["past"])
    >>> found.differs, bool(found.predict(frame)[past > 60].mean() > found.predict(frame)[past < 20].mean())
    (True, True)
    """
    arms, y, kept, notes = given(frame, treatment, control, outcome)
    arm = _arm(arms, control, arm)
    inside = (arms == control) | (arms == arm)
    treated, y, kept = (arms == arm)[inside], y[inside], kept[inside]
    n, control_n = int(treated.sum()), int((~treated).sum())
    if min(n, control_n) < FEWEST:
        raise InputError(f"Whether uplift differs is judged with {FEWEST} customers an arm or more; {arm!r} has {n} "
                         f"and {control!r} {control_n}.")  # fmt: skip
    if not 3 <= whole(folds, "folds") <= 20:
        raise InputError(f"folds= is 3 to 20; found {folds!r}.")
    known = KnownColumns.of(kept, before)
    columns = known.matrix(kept)
    fold = folds_of(treated, folds, whole(seed))
    share = n / (n + control_n)
    judged = judge(columns, treated, y, fold, share, learner)
    value, error = judged.qini()
    p_value = float(stats.norm.sf(value / error)) if error > 0 else 1.0
    every, binary = means(y, treated, columns), bool(np.isin(y, (0.0, 1.0)).all())
    predicted = _out_of_fold(columns, treated, y, fold, share, learner)
    alike = p_alike(columns, treated)
    if alike < NOT_RANDOM:
        notes.append(Note("campaigns.not_random", p=alike, columns=list(before)))
    return Uplift(
        value, value - Z * error, value + Z * error, error, p_value, p_value < ALPHA, every.value, *every.interval(),
        judged.curve(seed), pd.DataFrame({"uplift": predicted}, kept.index), n, control_n, arm, control, outcome,
        tuple(before), binary, folds, tuple(notes), known, learn(columns, treated, y, share, learner),
    )  # fmt: skip


def _arm(arms: np.ndarray, control: str, arm: str | None) -> str:
    others = sorted({str(each) for each in arms} - {control})
    if arm is None:
        if len(others) > 1:
            raise InputError(f"There are several arms: {', '.join(others)}. Say which to compare: arm={others[0]!r}.")
        return others[0]
    if arm not in others:
        raise InputError(f"arm= is one of {', '.join(others)}; found {arm!r}.")
    return arm


def folds_of(treated: Flags, folds: int, seed: int) -> np.ndarray:
    """Random folds with as many of each arm."""
    fold = np.empty(len(treated), dtype=np.int64)
    rng = np.random.default_rng(seed)
    for side in (treated, ~treated):
        fold[side] = rng.permutation(int(side.sum())) % folds
    return fold


def judge(
    columns: Float, treated: Flags, outcome: Float, fold: np.ndarray, share: float, learner: Learner | None = None
) -> Judged:  # fmt: skip
    """Learn a rule from each number of first folds, and judge it on the fold that follows."""
    judged = Judged([], [], [], [])
    for each in range(1, int(fold.max()) + 1):
        past, rows = fold < each, np.flatnonzero(fold == each)
        rule = learn(columns[past], treated[past], outcome[past], share, learner)
        judged.rules.append(rule)
        judged.rows.append(rows)
        judged.effects.append(rule.scores(columns[rows], treated[rows], outcome[rows], share))
        judged.ranked.append(rule.uplift(columns[rows]))
    return judged


def _out_of_fold(
    columns: Float, treated: Flags, outcome: Float, fold: np.ndarray, share: float, learner: Learner | None
) -> Float:  # fmt: skip
    found = np.empty(len(outcome))
    for each in np.unique(fold):
        out = fold == each
        found[out] = learn(columns[~out], treated[~out], outcome[~out], share, learner).uplift(columns[out])
    return found
