"""Was it drawn by chance? A test that arms are alike in what was so before a campaign."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from clvlab.customers.campaigns.estimate import Float

NOT_RANDOM = 0.001  # p value of arms being alike before, below which no chance drew them


def p_alike(before: Float, arm: NDArray[np.object_] | NDArray[np.bool_]) -> float:
    """How likely arms drawn by chance are at least as unlike in ranks of ``before``: a p value.

    Notes
    -----
    Pillai's trace of a multivariate analysis of variance of ranks, which for two arms is Hotelling's test (Mardia,
    Kent & Bibby 1979, ch. 12).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> past, arm = rng.gamma(1.0, size=(500, 2)), rng.random(500) < 0.3
    >>> p_alike(past, arm) > 0.01, p_alike(past, past[:, 0] > 1.0) < 1e-6
    (True, True)
    """
    ranks = np.column_stack([stats.rankdata(each) for each in before.T]) if before.shape[1] else before
    ranks = ranks[:, ranks.std(axis=0) > 0] if ranks.size else ranks
    names, place = np.unique(arm.astype(str), return_inverse=True)
    if not ranks.size or len(names) < 2:
        return 1.0
    centred = ranks - ranks.mean(axis=0)
    centred /= centred.std(axis=0)
    k = int(np.linalg.matrix_rank(centred))
    n, groups = len(ranks), len(names)
    size = np.bincount(place).astype(float)
    middle = np.column_stack([np.bincount(place, column) for column in centred.T]) / size[:, None]
    between = (middle * size[:, None]).T @ middle
    trace = float(np.trace(between @ np.linalg.pinv(centred.T @ centred)))
    s = min(k, groups - 1)
    above = s * (abs(k - groups + 1) + s)
    below = s * (n - groups - k + s)
    if below < 1 or trace >= s:
        return 1.0 if below < 1 else 0.0
    return float(stats.f.sf(below * trace / (above * (s - trace)), above, below))
