"""Whether the records begin with customers who had bought before."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clvlab.notes import Note


@dataclass(frozen=True)
class Opening:
    """First purchases in the first month of the records, against the months after it.

    Buy-till-you-die models need each customer's true first purchase. Where the first month of the records
    holds far more first purchases than the months after it, most of those customers bought before.

    Attributes
    ----------
    customers
        Customers whose first purchase on record falls in the first month.
    total
        All customers.
    share
        ``customers / total``.
    even_share
        What the share would be, had the first month brought as many new customers as the next three months
        that brought any; NaN where no later month brought any (a cohort, or records of one month).
    outsized
        Whether the first month holds more than 1.5 times that, and more than chance (three standard
        deviations of a count) explains.
    until
        Last day of the opening period; ``acquired_from`` the day after it leaves those customers out.
    """

    customers: int
    total: int
    share: float
    even_share: float
    outsized: bool
    until: pd.Timestamp

    @property
    def acquired_from(self) -> pd.Timestamp:
        """The first day after the opening period."""
        return self.until + pd.Timedelta(days=1)

    @property
    def note(self) -> Note:
        """What it means for a study of these records."""
        if not self.total:
            return Note("data.no_purchase_stands")
        if not self.outsized:
            return Note("data.opening", n=self.customers, total=self.total, share=self.share, until=self.until)
        return Note(
            "data.opening_outsized",
            n=self.customers,
            total=self.total,
            share=self.share,
            until=self.until,
            even_share=self.even_share,
            acquired_from=self.acquired_from,
        )


def opening_of(first_purchases: np.ndarray, start: pd.Timestamp) -> Opening:
    """Judge the opening month.

    Parameters
    ----------
    first_purchases
        Each customer's first day, in days since 1970-01-01.
    start
        First day of the records.
    """
    edges = np.array(
        [(start + pd.DateOffset(months=month) - pd.Timestamp(0)).days for month in range(0, 12 * 301)]
        if len(first_purchases) and first_purchases.max() - first_purchases.min() > 3600
        else [(start + pd.DateOffset(months=month) - pd.Timestamp(0)).days for month in range(0, 122)]
    )
    counts = np.histogram(first_purchases, bins=edges)[0]
    total, first = len(first_purchases), int(counts[0])
    later = counts[1:][counts[1:] > 0][:3]
    expected = float(later.mean()) if len(later) else np.nan
    outsized = bool(len(later) and first > 1.5 * expected and first > expected + 3 * np.sqrt(expected))
    return Opening(
        customers=first,
        total=total,
        share=first / total if total else np.nan,
        even_share=min(1.0, expected / (total - first + expected)) if total and len(later) else np.nan,
        outsized=outsized,
        until=start + pd.DateOffset(months=1) - pd.Timedelta(days=1),
    )
