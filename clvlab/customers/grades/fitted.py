"""One fit of a company's customers, which dimensions, tiers and movements share."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clvlab.customers.channels import RATE, share_earned
from clvlab.customers.facts import Facts, MissingInput
from clvlab.data.histories import histories
from clvlab.data.order_book import Orders
from clvlab.models.family import MBGNBD
from clvlab.models.spend import GammaGamma, SpendFit
from clvlab.models.transactions import TransactionFit
from clvlab.value.expected import expected_value
from clvlab.value.latent import tier_chances, tier_counts

Float = NDArray[np.float64]

AHEAD = 52.0  # weeks


@dataclass(frozen=True, eq=False)
class CompanyFit:
    """MBG/NBD and Gamma-Gamma of a company's customers, by maximum likelihood: draws tell how sure parameters are.

    Attributes
    ----------
    histories : DataFrame, one row per buyer
    often : TransactionFit
    much : SpendFit
    margin : float
        Share of spend that is earned: of order lines with a cost; 1 without.
    horizon : float
        Weeks.
    """

    histories: pd.DataFrame
    often: TransactionFit
    much: SpendFit
    margin: float
    horizon: float

    @cached_property
    def expected(self) -> pd.DataFrame:
        """What to expect of each buyer over the horizon.

        Returns
        -------
        DataFrame, index customer_id
            value (margin, discounted at 10 % a year), purchases (count), spend (money a purchase), prob_alive.

        Raises
        ------
        InputError
            Gamma-Gamma expects an infinite spend of somebody.
        """
        found = expected_value(
            self.often, self.much, self.histories, horizon=self.horizon, discount_rate=RATE, margin=self.margin
        )
        names = {"clv": "value", "expected_purchases": "purchases", "expected_spend": "spend"}
        return found.rename(columns=names)

    def chances(self, boundaries: list[float], *, seed: int = 0) -> Float:
        """Chance of each tier of latent value, lowest first, of each buyer."""
        return tier_chances(
            self.often, self.much, self.histories, horizon=self.horizon, boundaries=boundaries, discount_rate=RATE,
            margin=self.margin, seed=seed,
        )  # fmt: skip

    def counts(self, chances: Float, boundaries: list[float], *, seed: int = 0) -> pd.DataFrame:
        """How many customers are in each tier of latent value, lowest first: expected, low, high (95 %)."""
        return tier_counts(
            self.often, self.much, self.histories, chances, horizon=self.horizon, boundaries=boundaries,
            discount_rate=RATE, margin=self.margin, seed=seed,
        )  # fmt: skip


def fitted(facts: Facts, *, horizon: float = AHEAD, until: pd.Timestamp | None = None) -> CompanyFit:
    """Fit a company's customers once.

    Parameters
    ----------
    facts : Facts
    horizon : float
        Weeks ahead.
    until : Timestamp, optional
        Last day of the records that counts; now unless given.

    Raises
    ------
    MissingInput
        There are no amounts.
    FitError
        MBG/NBD or Gamma-Gamma cannot be fitted to these customers.
    """
    book = facts.company.read["orders"]
    assert isinstance(book, Orders)
    if not book.has_amounts:
        raise MissingInput("orders", ("amount",))
    end = min(facts.company.as_of, book.last_date) if until is None else until
    kept = share_earned(facts, end)
    past = histories(book, end=end, unit="week")
    return CompanyFit(past, MBGNBD().fit(past), GammaGamma().fit(past), kept, horizon)
