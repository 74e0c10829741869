"""Offers to lost customers: who came back, at what offer, worth what."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from clvlab.arguments import number, whole
from clvlab.customers.design import Design, design
from clvlab.customers.intervals import share
from clvlab.customers.programmes.lives import Float, Whole
from clvlab.customers.programmes.logistic import Logistic, logistic
from clvlab.errors import InputError
from clvlab.notes import Note
from clvlab.shown import Shown

FEWEST = 20  # customers who came back, and who did not
FEW_OFFERS = 6  # distinct offers up to which each stands for itself
GRID = 9  # offers shown of many
DRAWS = 500
PAID = ("returned", "always", "included")
Z = float(stats.norm.ppf(0.975))


@dataclass(frozen=True, eq=False, repr=False)
class WinBack(Shown):
    """What became of offers to lost customers.

    Offers were not drawn at random as far as is known, so differences between offers may be those of the customers who
    got them: columns of ``before`` are held equal, others are not.

    Attributes
    ----------
    coefficients : DataFrame, index column
        Of coming back, logistic regression: odds_ratio with low and high, p_value; numbers of ``before`` per standard
        deviation, offers per offer or per unit.
    by_offer : DataFrame, index offer
        customers, came_back, share with share_low and share_high: as recorded. chance, value, profit, each with _low
        and _high: at the same customers' past, of coming back, of who comes back, and per customer asked. alike:
        whether the 95 % interval of its profit less the best's holds 0. Intervals: 95 %, bootstrap of customers; those
        of shares mid-P.
    best : float
        The offer with most expected profit, of those seen.
    n, returned : int
    paid : {"returned", "always", "included"}
    notes : tuple of Note
    """

    coefficients: pd.DataFrame
    by_offer: pd.DataFrame
    best: float
    n: int
    returned: int
    paid: str
    notes: tuple[Note, ...]
    _models: "_Models"

    @property
    def seen(self) -> tuple[float, float]:
        """The least and the greatest offer made."""
        return self._models.least, self._models.most

    def at(self, offer: float) -> pd.Series:
        """Expected chance, value and profit at an offer.

        Raises
        ------
        InputError
            The offer is outside those made, or, of few distinct offers, was not made: nothing is known of it.
        """
        asked = number(offer, "offer", example=f"{self.best:g}")
        least, most = self.seen
        if not least <= asked <= most:
            raise InputError(f"Offers made were {least:g} to {most:g}: nothing is known of {asked:g}.")
        known = self._models.levels
        if known is not None and not np.isclose(known, asked).any():
            raise InputError(
                f"Offers made were {', '.join(f'{each:g}' for each in known)}: nothing is known of {asked:g}."
            )
        found = self._models.expected(np.array([asked]), self._models.rows)
        return pd.Series({name: float(each[0]) for name, each in found.items()}, name=asked)


def win_back(
    frame: pd.DataFrame, *, returned: str = "reacquire", offer: str = "offer", value: str = "sclv",
    before: Sequence[str] = (), paid: str = "returned", draws: int = DRAWS, seed: int = 0,
) -> WinBack:  # fmt: skip
    """Say who came back at what offer, and what that is worth.

    Parameters
    ----------
    frame : DataFrame
        One row per lost customer who got an offer.
    returned : str
        Column of 1 and 0 (or True and False): came back.
    offer : str
        Column of the offer's size, in money.
    value : str
        Column of the value since: of who came back, and, where it is not missing, of who did not (what asking cost).
    before : sequence of str
        Columns known before the offer, held equal between offers.
    paid : {"returned", "always", "included"}
        Whether the offer is paid to who comes back, to everybody, or is in ``value`` already.
    draws : int
        Bootstrap samples.
    seed : int

    Raises
    ------
    InputError
        A column that is not there, one offer only, or fewer than 20 who came back or did not.

    Notes
    -----
    Chances are a logistic regression of coming back, values a least-squares regression among who came back; both on
    the offer and ``before``, averaged over all customers (g-computation). Source: Kumar & Petersen (2012), Statistical
    Methods in Customer Relationship Management, chapter on win-back; Robins (1986).

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> size = rng.choice([10.0, 20.0], 400)
    >>> back = rng.random(400) < size / 40
    >>> frame = pd.DataFrame({"offer": size, "reacquire": back, "sclv": np.where(back, 100.0, 0.0)})
    >>> found = win_back(frame, draws=50)
    >>> found.best, found.by_offer["profit"].round(0).tolist()
    (20.0, [22.0, 42.0])
    """
    if paid not in PAID:
        raise InputError(f"paid= is one of {', '.join(PAID)}; got {paid!r}.")
    rows = _rows(frame, returned, offer, value, before)
    models = _Models.of(rows, paid)
    offers = models.shown
    expected = models.expected(offers, rows)
    rng = np.random.default_rng(whole(seed))
    drawn: dict[str, list[Float]] = {name: [] for name in expected}
    for _ in range(draws):
        sample = rows.take(rng.integers(0, rows.n, rows.n))
        if min(sample.back.sum(), (1.0 - sample.back).sum()) < 2:
            continue
        found = _Models.of(sample, paid, levels=models.levels).expected(offers, sample)
        for name, each in found.items():
            drawn[name].append(each)
    table = _recorded(rows, offers, models.levels)
    for name, each in expected.items():
        table[name] = each
        table[f"{name}_low"], table[f"{name}_high"] = np.nanquantile(np.array(drawn[name]), [0.025, 0.975], axis=0)
    best = int(np.argmax(expected["profit"]))
    profits = np.array(drawn["profit"])
    low, high = np.nanquantile(profits - profits[:, [best]], [0.025, 0.975], axis=0)
    table["alike"] = (low <= 0.0) & (high >= 0.0)
    notes = [Note("actions_programmes.win_back.not_random")]
    if not models.back.converged:
        notes.append(Note("actions_programmes.win_back.separated"))
    return WinBack(_coefficients(models, rows), table, float(offers[best]), rows.n, int(rows.back.sum()), paid,
                   tuple(notes), models)  # fmt: skip


@dataclass(frozen=True, eq=False)
class _Rows:
    """Offers as arrays: 1 for who came back, the offer, the value (NaN where unknown), what was known before."""

    back: Float
    offer: Float
    value: Float
    before: Float
    names: list[str]

    @property
    def n(self) -> int:
        return len(self.back)

    def take(self, rows: Whole) -> "_Rows":
        return _Rows(self.back[rows], self.offer[rows], self.value[rows], self.before[rows], self.names)


def _rows(frame: pd.DataFrame, returned: str, offer: str, value: str, before: Sequence[str]) -> _Rows:
    for name in (returned, offer, value):
        if name not in frame:
            raise InputError(f"The frame has no column {name!r}; it has {', '.join(map(str, frame.columns))}.")
    kept = frame[frame[returned].notna() & frame[offer].notna()]
    if not set(kept[returned].unique()) <= {0, 1}:
        raise InputError(f"returned= is a column of 1 and 0 (or True and False); {returned!r} holds other values.")
    back = kept[returned].to_numpy(dtype=float)
    if min(back.sum(), (1.0 - back).sum()) < FEWEST:
        raise InputError(
            f"Win-back needs {FEWEST} customers who came back and {FEWEST} who did not; there are {int(back.sum())} "
            f"and {int((1.0 - back).sum())}."
        )
    size = kept[offer].to_numpy(dtype=float)
    if len(np.unique(size)) < 2:
        raise InputError(f"All offers were {size[0]:g}: nothing can be said of others.")
    known: Design = design(kept, before)
    return _Rows(back, size, kept[value].to_numpy(dtype=float, na_value=np.nan), known.columns, known.names)


@dataclass(frozen=True, eq=False)
class _Models:
    """Chance of coming back and value of who came back, as functions of the offer and of what was known before."""

    back: Logistic
    value: Float
    without: float
    levels: Float | None
    least: float
    most: float
    paid: str
    rows: _Rows

    @classmethod
    def of(cls, rows: _Rows, paid: str, *, levels: Float | None = None) -> "_Models":
        offers = np.unique(rows.offer)
        if levels is None and len(offers) <= FEW_OFFERS:
            levels = offers
        columns = _columns(rows.offer, rows.before, levels)
        came = (rows.back == 1.0) & ~np.isnan(rows.value)
        value = np.linalg.lstsq(columns[came], rows.value[came], rcond=None)[0]
        others = rows.value[(rows.back == 0.0) & ~np.isnan(rows.value)]
        return cls(logistic(columns, rows.back), value, float(others.mean()) if len(others) else 0.0, levels,
                   float(offers[0]), float(offers[-1]), paid, rows)  # fmt: skip

    @property
    def shown(self) -> Float:
        """Offers to show: those made, or of many a grid within them."""
        if self.levels is not None:
            return self.levels
        return np.quantile(self.rows.offer, 0.05) + np.linspace(0.0, 1.0, GRID) * np.ptp(
            np.quantile(self.rows.offer, [0.05, 0.95])
        )

    def expected(self, offers: Float, rows: _Rows) -> dict[str, Float]:
        """Chance, value of who comes back, and profit per customer asked, averaged over customers."""
        found: dict[str, list[float]] = {"chance": [], "value": [], "profit": []}
        for offer in offers:
            columns = _columns(np.full(rows.n, offer), rows.before, self.levels)
            chance, value = self.back.chance(columns), columns @ self.value
            cost = {"returned": chance * offer, "always": np.full(rows.n, offer), "included": np.zeros(rows.n)}
            found["chance"].append(float(chance.mean()))
            found["value"].append(float((chance * value).sum() / chance.sum()))
            found["profit"].append(float((chance * value + (1.0 - chance) * self.without - cost[self.paid]).mean()))
        return {name: np.array(each) for name, each in found.items()}


def _columns(offer: Float, before: Float, levels: Float | None) -> Float:
    """Ones, the offer (an indicator for each but the first, or its size and square root), what was known before."""
    if levels is not None:
        of_offer = (np.abs(offer[:, None] - levels[None, 1:]) < 1e-9).astype(float)
    else:
        of_offer = np.column_stack([offer, np.sqrt(np.maximum(offer, 0.0))])
    return np.column_stack([np.ones(len(offer)), of_offer, before])


def _recorded(rows: _Rows, offers: Float, levels: Float | None) -> pd.DataFrame:
    table = pd.DataFrame(index=pd.Index(offers, name="offer"))
    if levels is None:
        return table
    at = [np.abs(rows.offer - each) < 1e-9 for each in offers]
    table["customers"] = [int(each.sum()) for each in at]
    table["came_back"] = [int(rows.back[each].sum()) for each in at]
    table["share"], table["share_low"], table["share_high"] = share(table["came_back"], table["customers"])
    return table


def _coefficients(models: _Models, rows: _Rows) -> pd.DataFrame:
    if models.levels is not None:
        names = [f"offer {each:g}" for each in models.levels[1:]]
    else:
        names = ["offer", "square root of offer"]
    value = models.back.coefficients[1:]
    error = np.sqrt(np.diag(models.back.covariance))[1:]
    table = {"odds_ratio": np.exp(value), "low": np.exp(value - Z * error), "high": np.exp(value + Z * error),
             "p_value": 2.0 * stats.norm.sf(np.abs(value / error))}  # fmt: skip
    return pd.DataFrame(table, index=pd.Index([*names, *rows.names], name="column"))
