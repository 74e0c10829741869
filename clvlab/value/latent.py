r"""How much a customer is worth by nature: the value behind rates that nobody sees, and how sure it is.

A customer's latent value is margin x E[spend | own mean spend] x E[discounted purchases in (0, H] | own rate, own
dropout], and 0 for who has dropped out. The value that comes differs from it by luck alone. Its distribution given the
history is that of the population's parameters (draws of the fits) and of the customer's own quantities under each:

- lambda ~ Gamma(r + x, alpha + T) for who is active, which has the chance P(alive);
- BG/NBD p ~ Beta(a, b + x), MBG/NBD p ~ Beta(a, b + x + 1), one trial more survived: after t a buyer who leaves with
  chance p after each purchase is there with chance exp(-lambda p t), so purchases come at lambda exp(-lambda p t);
- Pareto/NBD mu ~ Gamma(s, beta + T): purchases come at lambda exp(-mu t); NBD: at lambda;
- Gamma-Gamma nu ~ Gamma(p x + q, v + x m), mean spend p / nu.

Discounted by exp(-delta t) up to H, purchases at lambda exp(-k t) are lambda (1 - exp(-(k + delta) H)) / (k + delta).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special
from scipy.stats import qmc

from clvlab.arguments import instance, number, whole
from clvlab.errors import InputError
from clvlab.formulas import bg_nbd, mbg_nbd, nbd, pareto_nbd
from clvlab.inference.factored import Groups
from clvlab.models.outlook import count, thinned
from clvlab.models.spend import SpendFit
from clvlab.models.transactions import TransactionFit, check_horizon
from clvlab.models.units import needed_unit
from clvlab.value.discounting import discount_rate_per_unit
from clvlab.value.members import members_of, runs

Float = NDArray[np.float64]
Rows = NDArray[np.int64]
Table = Mapping[str, Float]

NAMES = tuple(formula.NAME for formula in (bg_nbd, mbg_nbd, nbd, pareto_nbd))
NODES = 1024
SETTINGS = 64  # draws of the population's parameters among the nodes
BLOCK = 1_000_000  # numbers in one (nodes x customers) array: 8 MB
SAMPLED, SAMPLED_NODES = 1000, 128  # customers and nodes that tell how totals vary with the parameters
SURE = 1.959963984540054  # standard errors of 95 %
TINY = 1e-300


@dataclass(frozen=True)
class _Nodes:
    """Where the latent quantities are looked at: equally likely points.

    Attributes
    ----------
    often, much : dict of arrays, shape (settings,)
        Parameters of purchases and of spend.
    u : array, shape (3, settings, points)
        Chances below, of rate, dropout and spend.
    """

    often: Table
    much: Table
    u: Float

    def each(self, params: Table) -> dict[str, Float]:
        """Parameters of each node, shape (nodes, 1)."""
        return {name: np.repeat(values, self.u.shape[2])[:, None] for name, values in params.items()}

    @property
    def columns(self) -> Float:
        """Chances of each node, shape (3, nodes, 1)."""
        return self.u.reshape(3, -1, 1)


def tier_chances(
    fit: TransactionFit,
    spend: SpendFit,
    histories: pd.DataFrame,
    *,
    horizon: float,
    boundaries: Sequence[float],
    discount_rate: float = 0.10,
    margin: float = 1.0,
    nodes: int = NODES,
    seed: int = 0,
) -> Float:
    """Chance that each customer's latent value lies in each tier, given the history.

    Parameters
    ----------
    fit : TransactionFit
        Of BG/NBD, MBG/NBD, Pareto/NBD or NBD.
    spend : SpendFit
    histories : DataFrame, one row per customer
    horizon : float
        In the histories' unit.
    boundaries : sequence of float
        In money, above 0 and ascending: tiers lie below the first, between two, and from the last on.
    discount_rate : float
        A year.
    margin : float
        Share of spend that is earned.
    nodes : int
        Points at which the latent quantities are looked at, a power of 2.
    seed : int
        Of the points.

    Returns
    -------
    array, shape (customers, len(boundaries) + 1)
        Each row sums to 1. Who has dropped out is in the first tier.

    Raises
    ------
    InputError
        Another model, or one whose customers differ by covariates or segments; boundaries that do not ascend.

    Notes
    -----
    Quasi-Monte Carlo: a scrambled Sobol sequence (Owen 1998) over the fits' draws, rate, dropout and spend; P(alive) is
    exact under each draw.

    Examples
    --------
    >>> from clvlab.models import BGNBD, GammaGamma
    >>> often = BGNBD().at(r=0.243, alpha=4.414, a=0.793, b=2.426, unit="week")
    >>> much = GammaGamma().at(p=6.2488, q=3.74459, v=15.44775)
    >>> ann = pd.DataFrame({"frequency": [2], "recency": [30.43], "T": [38.86], "monetary_value": [22.345]})
    >>> ann.attrs["unit"] = "week"
    >>> tier_chances(often, much, ann, horizon=52, boundaries=[20, 80]).round(2).tolist()
    [[0.38, 0.5, 0.11]]
    """
    asked = _asked(fit, spend, histories, horizon, boundaries, discount_rate, margin)
    points = _nodes(fit.in_unit_of(histories), spend, _power(nodes), whole(seed))
    found = np.zeros((len(histories), len(asked.boundaries) + 1))
    for rows, alive, below in _below(asked, points):
        _fill(found, rows, [np.einsum("kc,kc->c", alive, each) / len(alive) for each in below], alive.mean(axis=0))
    return found


def tier_counts(
    fit: TransactionFit,
    spend: SpendFit,
    histories: pd.DataFrame,
    chances: Float,
    *,
    horizon: float,
    boundaries: Sequence[float],
    discount_rate: float = 0.10,
    margin: float = 1.0,
    seed: int = 0,
) -> pd.DataFrame:
    """How many customers' latent values lie in each tier.

    Parameters
    ----------
    chances : array
        As ``tier_chances`` returned them, with the same arguments.

    Returns
    -------
    DataFrame, one row per tier, lowest first
        expected (customers), low, high: 95 %. Customers are independent given the population's parameters, and all
        follow these: the variance is the sum of p (1 - p) plus that of the expected number over the fits' draws, which
        an even sample of customers tells.
    """
    n = len(histories)
    sample = histories.iloc[np.linspace(0, n - 1, min(n, SAMPLED)).round().astype(int)]
    sample.attrs = histories.attrs
    asked = _asked(fit, spend, sample, horizon, boundaries, discount_rate, margin)
    points = _nodes(fit.in_unit_of(sample), spend, SAMPLED_NODES, whole(seed))
    shares = []
    # Every draw of the parameters at the same points of the latent quantities, whose error then moves all alike.
    u = points.u.reshape(3, 1, -1)
    for k in range(points.u.shape[1]):
        at = _Nodes({m: v[k : k + 1] for m, v in points.often.items()},
                    {m: v[k : k + 1] for m, v in points.much.items()}, u)  # fmt: skip
        found = np.zeros((len(sample), chances.shape[1]))
        for rows, alive, below in _below(asked, at):
            _fill(found, rows, [alive[0] * each[0] for each in below], alive[0])
        shares.append(found.mean(axis=0))
    shared = np.var(shares, axis=0) * n**2
    half = SURE * np.sqrt((chances * (1.0 - chances)).sum(axis=0) + shared)
    expected = chances.sum(axis=0)
    ends = {"low": np.maximum(expected - half, 0.0), "high": np.minimum(expected + half, n)}
    return pd.DataFrame({"expected": expected, **ends})


@dataclass(frozen=True)
class _Asked:
    """What is asked, checked: purchases of whom, over which horizon, against which boundaries."""

    fit: TransactionFit
    groups: Groups
    x: Float
    spent: Float
    horizon: float
    delta: float
    boundaries: Float


def _asked(
    fit: TransactionFit, spend: SpendFit, histories: pd.DataFrame, horizon: float, boundaries: Sequence[float],
    discount_rate: float, margin: float,
) -> _Asked:  # fmt: skip
    instance(fit, TransactionFit, "fit", "clv.BGNBD().fit(histories) makes one, as the other transaction models do")
    instance(spend, SpendFit, "spend", "clv.GammaGamma().fit(histories) makes one")
    instance(histories, pd.DataFrame, "histories", "clv.histories(orders) makes them")
    if fit.name not in NAMES:
        raise InputError(
            f"Latent values are known of {', '.join(NAMES)}; found {fit.name}. Fit clv.MBGNBD() or clv.ParetoNBD()."
        )
    differ = [*fit.link.columns, *spend.link.columns]
    if differ:
        raise InputError(
            f"Latent values are of customers who share all parameters; here they differ by {', '.join(differ)}. "
            "Fit without covariates and segments, or each segment by itself."
        )
    number(discount_rate, "discount_rate", above=-1, most=1, example="0.10, which is ten percent a year")
    number(margin, "margin", above=0, most=1, example="0.3, the share of spend that is earned")
    ends = np.asarray(boundaries, dtype=float)
    if ends.ndim != 1 or not ends.size or not np.isfinite(ends).all() or (np.diff(ends, prepend=0.0) <= 0).any():
        raise InputError(f"boundaries= are amounts above 0, ascending, such as [50, 200]; found {boundaries!r}.")
    delta = discount_rate_per_unit(discount_rate, needed_unit(histories, None, "Discounting"))
    fit = fit.in_unit_of(histories)
    money = spend.columns(histories)
    spent = np.where(money["x"] > 0, money["x"] * np.nan_to_num(money["m_x"]), 0.0)
    groups = Groups(fit.columns(histories))
    return _Asked(fit, groups, money["x"], spent, check_horizon(horizon), delta, ends / margin)


def _power(nodes: int) -> int:
    found = whole(nodes, "nodes")
    if found < 16 or found & (found - 1):
        raise InputError(f"nodes= is a power of 2, 16 or more, such as {NODES}; found {nodes!r}.")
    return found


def _nodes(fit: TransactionFit, spend: SpendFit, nodes: int, seed: int) -> _Nodes:
    """Points over parameters and latent quantities; where fits have no draws, all at their parameters."""
    often, much = fit.posterior, spend.posterior
    most = max(count(often), count(much))
    settings = 1 if most == 1 else min(SETTINGS, nodes // 4)
    points = qmc.Sobol(4, scramble=True, rng=np.random.default_rng(seed)).random(nodes)
    # Of a scrambled sequence every run of 1 / settings of the first coordinate holds as many points.
    by = np.argsort(points[:, 0], kind="stable")
    u = np.clip(points[by, 1:], 1e-12, 1.0 - 1e-12).T.reshape(3, settings, -1)
    return _Nodes(_taken(often, settings), _taken(much, settings), u)


def _taken(params: Table, settings: int) -> dict[str, Float]:
    """So many draws, evenly spaced; the same one again where there are fewer."""
    return {name: np.resize(values, settings) for name, values in thinned(params, settings).items()}


def _below(asked: _Asked, points: _Nodes) -> Iterator[tuple[Rows, Float, list[Float]]]:
    """Customers, some at a time: P(alive), and the share of active ones' values below each boundary, by setting.

    Arrays are of shape (settings, customers).
    """
    process, groups = asked.fit.process, asked.groups
    settings, each = points.u.shape[1:]
    often, v = points.each(points.often), points.each(points.much)["v"]
    rate, gone = _inverses(asked, points)
    spends, spend_code = _mean_spends(asked, points)
    x_all, members = np.unique(groups.values["x"]), members_of(groups)
    for batch in process.blocks(groups, settings * each):
        alive = np.broadcast_to(process.alive(points.often, batch), (settings, len(batch.rows)))
        x_code = np.searchsorted(x_all, batch.state["x"])
        purchases = _purchases(asked, often, rate[:, x_code], gone, x_code, batch.state["T"])
        for rows, group in runs(members, batch.rows, max(1, BLOCK // (settings * each))):
            kinds, kind = np.unique(batch.level[group] * spends.shape[1] + spend_code[rows], return_inverse=True)
            worth = purchases[:, kinds // spends.shape[1]] * spends[:, kinds % spends.shape[1]]
            value = worth[:, kind] * (v + asked.spent[rows])
            below = [
                (value < end).reshape(settings, each, -1).sum(axis=1, dtype=np.int32) / each for end in asked.boundaries
            ]
            yield rows, alive[:, group], below


def _inverses(asked: _Asked, points: _Nodes) -> tuple[Float, Float | None]:
    """Rate times (alpha + T), and chance or pace of dropout, of each node and distinct number of purchases."""
    often, x = points.each(points.often), np.unique(asked.groups.values["x"])
    u_rate, u_gone, _ = points.columns
    rate = special.gammaincinv(often["r"] + x, u_rate)
    if asked.fit.name == nbd.NAME:
        return rate, None
    if asked.fit.name == pareto_nbd.NAME:
        return rate, special.gammaincinv(often["s"], u_gone)
    survived = x + (1.0 if asked.fit.name == mbg_nbd.NAME else 0.0)
    return rate, special.betaincinv(often["a"], often["b"] + survived, u_gone)


def _purchases(asked: _Asked, often: Table, rate: Float, gone: Float | None, x_code: Rows, T: Float) -> Float:
    """Discounted purchases of an active customer, of each node and state."""
    rate = rate / (often["alpha"] + T)
    fading: Float | float = 0.0
    if gone is not None:
        fading = gone / (often["beta"] + T) if asked.fit.name == pareto_nbd.NAME else rate * gone[:, x_code]
    # (1 - exp(-k H)) / k, which is H where k is 0.
    found: Float = rate * asked.horizon * special.exprel(-(fading + asked.delta) * asked.horizon)
    return found


def _mean_spends(asked: _Asked, points: _Nodes) -> tuple[Float, Rows]:
    """P over a Gamma(p x + q) of each node and distinct number of amounts, and each customer's number."""
    much = points.each(points.much)
    x, code = np.unique(asked.x, return_inverse=True)
    nu = special.gammaincinv(much["p"] * x + much["q"], points.columns[2])
    return much["p"] / np.maximum(nu, TINY), code.astype(np.int64)


def _fill(found: Float, rows: Rows, below: list[Float], alive: Float) -> None:
    """Chances of tiers, from those of being active with a value below each boundary."""
    ends = [*below, alive]
    found[rows, 0] = ends[0] + 1.0 - alive
    for tier in range(1, len(ends)):
        found[rows, tier] = ends[tier] - ends[tier - 1]
