"""Whether customers fall into several groups: against tables drawn from one group with the same margins."""

import numpy as np
from numpy.typing import NDArray

Float = NDArray[np.float64]

DRAWS = 99
TESTED = 1000  # customers
ROUNDS = 6  # of bringing latent correlations to those observed
STEPS = 12  # of k-means


def against_one_group(points: Float, *, most: int, seed: int, draws: int = DRAWS) -> tuple[float, Float]:
    """Whether customers are more in groups than one group whose features correlate, by simulation.

    Tables of the null have every feature's own values and, as nearly as their ties allow, the same correlations: they
    are drawn from a Gaussian copula. The statistic is how far the sum of squares within k groups (logarithm, k-means)
    lies below that of the null, in its standard deviations, at the k where that is furthest.

    Parameters
    ----------
    points : ndarray, shape (customers, features)
        Standardised; a seeded sample of 1,000 is tested.
    most : int
        Largest number of groups.
    seed : int
    draws : int
        Tables of the null.

    Returns
    -------
    p_value : float
        Share of all tables, the observed one included, at least as far in groups.
    gap : ndarray, shape (most - 1,)
        Of 2 to ``most`` groups: by which share the sum of squares within them lies below that of the null (mean of
        logarithms).

    Notes
    -----
    Sources: Tibshirani, Walther & Hastie (2001), whose statistic and reference this takes, with a copula in place of
    a box; Cario & Nelson (1997) for the correlations of the copula.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> one = rng.normal(size=(300, 3))
    >>> two = one + 5.0 * rng.integers(0, 2, size=(300, 1))
    >>> against_one_group(one, most=4, seed=1)[0] > 0.05
    True
    >>> p_value, gap = against_one_group(two, most=4, seed=1)
    >>> p_value, bool(gap[0] > 0.3)
    (0.01, True)
    """
    rng = np.random.default_rng(seed)
    if len(points) > TESTED:
        points = points[rng.choice(len(points), TESTED, replace=False)]
    within = _within(np.concatenate([points[None], _drawn(points, draws, rng)]), most)
    spread = within.std(axis=0)
    far = (within.mean(axis=0) - within)[:, spread > 1e-9] / spread[spread > 1e-9]
    furthest = far.max(axis=1, initial=0.0)
    gap = -np.expm1(within[0] - within[1:].mean(axis=0))
    return float((furthest >= furthest[0] - 1e-9).mean()), gap


def _drawn(points: Float, draws: int, rng: np.random.Generator) -> Float:
    """Tables of one group, shape (draws, customers, features)."""
    n, d = points.shape
    root = _root(points, rng)
    ordered = np.sort(points, axis=0)
    found = np.empty((draws, n, d))
    for b in range(draws):
        drawn = rng.standard_normal((n, d))
        # Sample correlations are exactly the latent ones: those of the table tested are estimated from it too.
        left, _, right = np.linalg.svd(drawn - drawn.mean(axis=0), full_matrices=False)
        latent = (left @ right) @ root.T
        for j in range(d):
            found[b, np.argsort(latent[:, j], kind="stable"), j] = ordered[:, j]
    return found


def _root(points: Float, rng: np.random.Generator) -> Float:
    """A root of the correlations of normals which, given the features' values by rank, correlate as these do."""
    n, d = points.shape
    wanted = np.asarray(np.corrcoef(points, rowvar=False))
    ordered = np.sort(points, axis=0)
    drawn = rng.standard_normal((4 * max(n, 250), d))
    latent: Float = wanted.copy()
    for _ in range(ROUNDS):
        rank = np.argsort(np.argsort(drawn @ _square_root(latent).T, axis=0), axis=0)
        reached = np.corrcoef(np.take_along_axis(ordered, rank * n // len(drawn), axis=0), rowvar=False)
        latent = np.asarray(np.clip(latent + wanted - reached, -1.0, 1.0))
        np.fill_diagonal(latent, 1.0)
    return _square_root(latent)


def _square_root(of: Float) -> Float:
    """Of the nearest correlations that are possible."""
    values, vectors = np.linalg.eigh(of)
    root = vectors * np.sqrt(np.clip(values, 0.0, None))
    return np.asarray(root / np.sqrt((root**2).sum(axis=1))[:, None])


def _within(tables: Float, most: int) -> Float:
    """Logarithm of the sum of squares within 2 to ``most`` groups of each table, shape (tables, most - 1).

    K-means of all tables at once; each further centre halves the group with the largest sum of squares.
    """
    b, n, _ = tables.shape
    every = np.arange(b)
    norms = (tables**2).sum(axis=2)
    label = np.zeros((b, n), dtype=np.int64)
    centres = tables.mean(axis=1, keepdims=True)
    found = np.empty((b, most - 1))
    for k in range(2, most + 1):
        away = norms + _apart(tables, centres).min(axis=2)
        largest = (_flags(label, k - 1) * away[:, :, None]).sum(axis=1).argmax(axis=1)
        own = label == largest[:, None]
        middle = centres[every, largest]
        part = (tables - middle[:, None]) * own[:, :, None]
        values, vectors = np.linalg.eigh(part.transpose(0, 2, 1) @ part / own.sum(axis=1)[:, None, None])
        step = 0.8 * np.sqrt(np.maximum(values[:, -1:], 0.0)) * vectors[:, :, -1]  # a half of a normal is that far out
        centres = np.concatenate([centres, (middle + step)[:, None]], axis=1)
        centres[every, largest] = middle - step
        for _ in range(STEPS):
            label = _apart(tables, centres).argmin(axis=2)
            flags = _flags(label, k)
            size = flags.sum(axis=1)[:, :, None]
            centres = np.where(size > 0, flags.transpose(0, 2, 1) @ tables / np.maximum(size, 1.0), centres)
        nearest = _apart(tables, centres)
        label = nearest.argmin(axis=2)
        found[:, k - 2] = np.log(np.maximum((norms + nearest.min(axis=2)).sum(axis=1), 1e-9))
    return found


def _apart(tables: Float, centres: Float) -> Float:
    """Squared distances to centres, less the points' own squares."""
    return np.asarray((centres**2).sum(axis=2)[:, None, :] - 2.0 * tables @ centres.transpose(0, 2, 1))


def _flags(label: NDArray[np.int64], k: int) -> Float:
    return np.asarray(label[:, :, None] == np.arange(k), dtype=float)
