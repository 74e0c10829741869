"""Rules that predict each customer's uplift, learnt from a campaign that was drawn by chance."""

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import RidgeCV

from clvlab.customers.campaigns.estimate import Flags, Float

PENALTIES = np.logspace(-3.0, 3.0, 13)  # of ridge, times the number of customers


class Learner(Protocol):
    """A regressor in scikit-learn's way."""

    def fit(self, X: Float, y: Float) -> Self:
        """Learn from columns and what they tell of."""

    def predict(self, X: Float) -> Float:
        """What columns tell of."""


@dataclass(frozen=True, eq=False)
class UpliftRule:
    """Predicts outcomes with and without the contact, and their difference, the uplift.

    Attributes
    ----------
    contacted, left_alone : Learner
        Mean outcomes of both arms.
    difference : Learner
        The uplift, learnt from doubly robust scores.
    """

    contacted: Learner
    left_alone: Learner
    difference: Learner

    def uplift(self, columns: Float) -> Float:
        """Predicted uplift, one entry a row."""
        return np.asarray(self.difference.predict(columns), dtype=float)

    def scores(self, columns: Float, treated: Flags, outcome: Float, share: float) -> Float:
        """Doubly robust scores: of each customer, unbiased of its own effect where the rule never saw it."""
        own, other = self.contacted.predict(columns), self.left_alone.predict(columns)
        return doubly_robust_scores(treated, outcome, own, other, share)


def doubly_robust_scores(treated: Flags, outcome: Float, own: Float, other: Float, share: float) -> Float:
    """m1 - m0 + T (y - m1) / e - (1 - T) (y - m0) / (1 - e), of means m and the share e that was contacted.

    Notes
    -----
    Source: Robins, Rotnitzky & Zhao (1994). As e is known, the mean given the columns is the effect whatever m1 and m0.
    """
    t = treated.astype(float)
    return np.asarray(own - other + t * (outcome - own) / share - (1.0 - t) * (outcome - other) / (1.0 - share))


def learn(columns: Float, treated: Flags, outcome: Float, share: float, learner: Learner | None = None) -> UpliftRule:
    """Learn a rule.

    Means of both arms by ridge regression; then the doubly robust scores of the same customers, and a regression of
    them, by default ridge, whose penalty is chosen by leave-one-out errors: where uplift hardly differs, predictions
    are drawn to its mean.

    Notes
    -----
    Source: Kennedy (2023), the DR-learner.
    """
    means = [_ridge(int(side.sum())).fit(columns[side], outcome[side]) for side in (treated, ~treated)]
    own, other = (mean.predict(columns) for mean in means)
    scores = doubly_robust_scores(treated, outcome, own, other, share)
    difference: Learner = _ridge(len(outcome)) if learner is None else clone(learner)
    return UpliftRule(means[0], means[1], difference.fit(columns, scores))


def _ridge(n: int) -> RidgeCV:
    return RidgeCV(alphas=PENALTIES * n)
