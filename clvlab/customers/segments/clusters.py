"""Groups of customers who are alike in several features, and whether there are any."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from clvlab.arguments import instance, whole
from clvlab.customers.segments.choosing import found_in
from clvlab.customers.segments.partition import CRITERIA, METHODS, Method
from clvlab.errors import InputError
from clvlab.notes import Note
from clvlab.shown import Shown

Float = NDArray[np.float64]
Whole = NDArray[np.int64]

OUTERMOST = 4.0  # standard deviations: what lies beyond counts as that far
TELLING = 2  # features that tell a cluster


@dataclass(frozen=True, eq=False, repr=False)
class Clusters(Shown):
    """Customers in clusters, the largest first.

    Attributes
    ----------
    assigned : Series of Int64, index customer
        Number of the cluster, 1 to k; missing for who lacks a feature.
    k : int
    method : str
    choice : DataFrame, index k
        criterion (``criterion`` says which), gap (by which share the sum of squares within k groups, by k-means, lies
        below that of one group with the same margins and correlations), silhouette (mean over customers, -1 to 1),
        stability (mean adjusted Rand index of partitions of resamples, on customers held out; 1 is the same every time,
        0 is chance; missing where the p value says one group). Empty where k was given or could not be chosen.
    p_value : float
        Of there being one group; NaN where that was not tested.
    centres : DataFrame, index cluster
        Median of each feature, in its own unit.
    apart : DataFrame, index cluster
        By how many pooled standard deviations (of the features as they were compared) a cluster's mean lies above that
        of all the others; missing of one cluster.
    agreement : Series, index cluster
        Mean Jaccard index of the cluster with the one most like it in partitions of resamples: .75 and more is stable,
        below .6 is not to be trusted (Hennig 2007). NaN where it was not computed.
    left_out : Series of int, index feature
        Customers who lack it; one who lacks two counts in both.
    notes : tuple of Note
    """

    assigned: pd.Series
    k: int
    method: str
    choice: pd.DataFrame
    p_value: float
    centres: pd.DataFrame
    apart: pd.DataFrame
    agreement: pd.Series
    left_out: pd.Series
    notes: tuple[Note, ...]

    @property
    def criterion(self) -> str:
        """What k was chosen by: "silhouette" (k-means, higher is better) or "bic" (mixture, lower is better)."""
        return CRITERIA[self.method]

    @property
    def sizes(self) -> pd.DataFrame:
        """Index cluster; customers, share (of those in a cluster)."""
        count = self.assigned.value_counts().reindex(self.centres.index, fill_value=0).astype(int)
        return pd.DataFrame({"customers": count, "share": count / count.sum()})

    @property
    def marks(self) -> pd.DataFrame:
        """What tells each cluster: cluster, feature, side ("high" or "low"), apart; two features a cluster at most.

        Only features half a standard deviation apart or more.
        """
        rows = []
        for cluster, own in self.apart.iterrows():
            told = own[own.abs() >= 0.5]
            for feature in told.abs().sort_values(ascending=False, kind="stable").index[:TELLING]:
                rows.append((cluster, feature, "high" if told[feature] > 0 else "low", float(told[feature])))
        return pd.DataFrame(rows, columns=["cluster", "feature", "side", "apart"])


def clusters(
    table: pd.DataFrame, *, k: int | None = None, method: Method = "kmeans", most: int = 8, seed: int = 1
) -> Clusters:
    """Find groups of customers who are alike, where there are any.

    Parameters
    ----------
    table : DataFrame, index customer
        Numeric features. Each is compared as the standardised inverse hyperbolic sine of its values over their median
        size: a logarithm that takes 0 and numbers below it.
    k : int, optional
        Number of clusters. Unset it is chosen: one, unless p < .05 against tables drawn from one group whose features
        have the same margins and correlations; else the best by the criterion of those with a gap of .05 or more,
        stability of .70 or more and a silhouette of .25 or more; one where there is none.
    method : {"kmeans", "mixture"}
        K-means, or a mixture of normal distributions with covariances of their own.
    most : int
        Largest number of clusters, 2 or more.
    seed : int
        Of the sample of 4,000 customers on whom k is chosen, of starts and of resamples.

    Returns
    -------
    Clusters
        Everybody who has all features is assigned.

    Raises
    ------
    InputError
        No features, one that is not numeric, a customer listed twice, nobody with all features, or more clusters than
        different customers.

    Notes
    -----
    Sources: Tibshirani, Walther & Hastie (2001); Ben-Hur, Elisseeff & Guyon (2002) and Hennig (2007) for stability;
    Hubert & Arabie (1985) for the Rand index.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> group = rng.integers(0, 2, size=(400, 1))
    >>> table = pd.DataFrame(np.exp(rng.normal(size=(400, 3)) + 5 * group), columns=["visits", "spend", "calls"])
    >>> found = clusters(table, most=4)
    >>> found.k, found.sizes["customers"].sum(), found.p_value
    (2, np.int64(400), 0.01)
    """
    _check(table, k, method, most)
    seed = whole(seed)
    given = table.to_numpy(dtype=float, na_value=np.nan)
    given = np.where(np.isfinite(given), given, np.nan)
    complete = ~np.isnan(given).any(axis=1)
    if not complete.any():
        raise InputError(f"No customer has all of {', '.join(map(str, table.columns))}. Leave out a feature few have.")
    left_out = pd.Series(np.isnan(given).sum(axis=0), index=table.columns, name="customers")
    own = given[complete]
    varies = np.ptp(own, axis=0) > 0
    constant = [Note("segments.constant_feature", feature=str(name)) for name in table.columns[~varies]]
    points = _compared(own[:, varies])
    with threadpool_limits(1):  # threads that wait for each other spin where other work runs
        found = found_in(points, k, method, most, seed)
    label, k = found.label, found.k
    index = pd.RangeIndex(1, k + 1, name="cluster")
    assigned = np.zeros(len(table), dtype=np.int64)
    assigned[complete] = label + 1
    return Clusters(
        assigned=pd.Series(assigned, index=table.index, dtype="Int64", name="cluster").mask(assigned == 0),
        k=k,
        method=method,
        choice=found.choice,
        p_value=found.p_value,
        centres=pd.DataFrame(own, columns=table.columns).groupby(label).median().set_index(index),
        apart=_apart(points, label, k).set_axis(index).set_axis(table.columns[varies], axis=1),
        agreement=pd.Series(np.nan if found.agreement is None else found.agreement, index=index, name="agreement"),
        left_out=left_out,
        notes=(*constant, *found.notes),
    )


def _check(table: pd.DataFrame, k: int | None, method: str, most: int) -> None:
    instance(table, pd.DataFrame, "table", "give a DataFrame: one row per customer, one numeric column per feature")
    if method not in METHODS:
        raise InputError(f"method= is one of {', '.join(METHODS)}; found {method!r}.")
    for name, value, least in (("k", k, 1), ("most", most, 2)):
        if value is not None and whole(value, name) < least:
            raise InputError(f"{name}= is a whole number of {least} or more; found {value!r}.")
    words = [str(name) for name in table if not pd.api.types.is_numeric_dtype(table[name])]
    if words or not len(table.columns):
        raise InputError(
            f"Features are numeric columns of table; found {', '.join(words) or 'none'}. Code or drop them."
        )
    if table.columns.has_duplicates or table.index.has_duplicates:
        twice = [*table.columns[table.columns.duplicated()], *table.index[table.index.duplicated()]]
        raise InputError(
            f"table has one row per customer, one column per feature, once each; {twice[0]!r} is there twice."
        )


def _compared(given: Float) -> Float:
    """Features as they are compared: symmetric and of one scale."""
    size = np.abs(given)
    typical = np.array([np.median(each[each > 0]) for each in size.T])
    found = np.arcsinh(given / typical)
    return np.asarray(np.clip((found - found.mean(axis=0)) / found.std(axis=0), -OUTERMOST, OUTERMOST))


def _apart(points: Float, label: Whole, k: int) -> pd.DataFrame:
    n = np.bincount(label, minlength=k).astype(float)
    found = np.full((k, points.shape[1]), np.nan)
    if k == 1:
        return pd.DataFrame(found)
    for j, value in enumerate(points.T):
        one, two = (np.bincount(label, weights=value**power, minlength=k) for power in (1, 2))
        rest, rest_two, others = one.sum() - one, two.sum() - two, n.sum() - n
        within = (two - one**2 / n) + (rest_two - rest**2 / others)
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = np.sqrt(np.maximum(within, 0.0) / (n.sum() - 2.0))
            found[:, j] = (one / n - rest / others) / spread
    return pd.DataFrame(found)
