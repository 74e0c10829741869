"""What the page shows of segments, each part computed when first asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from clvlab.arguments import instance, whole
from clvlab.customers.facts import Facts, facts
from clvlab.customers.intervals import false_discovery
from clvlab.customers.segments.clusters import Clusters
from clvlab.customers.segments.comparing import COMPARED, NOISE, profile
from clvlab.customers.segments.groups import clustered, divisions, group_clusters, several
from clvlab.customers.segments.lifecycle import Lifecycle, lifecycle
from clvlab.customers.segments.rfm import RFM, rfm
from clvlab.data.company import Company
from clvlab.data.order_book import Orders
from clvlab.notes import Note
from clvlab.shown import Shown


@dataclass(frozen=True, eq=False, repr=False)
class SegmentStudy(Shown):
    """A company's customers in segments.

    Attributes
    ----------
    facts : Facts
    seed : int
        Of clusters.
    """

    facts: Facts
    seed: int = 1

    @cached_property
    def rfm(self) -> RFM:
        """Scores of recency, frequency and monetary value."""
        orders = self.facts.company.read["orders"]
        assert isinstance(orders, Orders)
        return rfm(orders, as_of=self.facts.company.as_of)

    @cached_property
    def lifecycle(self) -> Lifecycle:
        """Stages of customers' lives by period."""
        return lifecycle(self.facts)

    @cached_property
    def clusters(self) -> Mapping[str, Clusters | Note]:
        """Clusters of behaviour, taste and attitude, or why there are none."""
        return group_clusters(self.facts, seed=self.seed)

    @cached_property
    def divisions(self) -> dict[str, pd.Series]:
        """Segments that are not made of purchases: by the tables, and by clusters of taste and attitude."""
        by_answers = {name: each for name, each in self.clusters.items() if name != "behaviour"}
        return divisions(self.facts) | several(self.facts, clustered(by_answers))

    @cached_property
    def compared(self) -> pd.DataFrame:
        """Each segment of ``divisions`` against the others of its division.

        Returns
        -------
        DataFrame, one row per division, segment and measure
            division, segment, customers, share (of all); measure ("active_share", "spend_per_customer"), value, low,
            high (95 %), rest, change, p_value; news: whether a false discovery rate of .10 over all rows allows to call
            it a difference. Empty where customers cannot be divided.
        """
        rows = [self._rows(division, segment) for division, segment in self.divisions.items()]
        if not rows:
            return pd.DataFrame(columns=["division", "segment", "customers", "share", "measure", "value", "news"])
        found = pd.concat(rows, ignore_index=True)
        return found.assign(news=false_discovery(found["p_value"].to_numpy(float), rate=NOISE))

    def _rows(self, division: str, segment: pd.Series) -> pd.DataFrame:
        wide = profile(self.facts, segment)
        parts = []
        for record in COMPARED:
            names = {record.id: "value"} | {
                f"{record.id}_{end}": end for end in ("low", "high", "rest", "change", "p_value")
            }
            own = wide[["customers", "share", *names]].rename(columns=names)
            parts.append(own.assign(division=division, measure=record.id).reset_index())
        return pd.concat(parts, ignore_index=True).dropna(subset=["value"])


def segment_study(company: Company | Facts, *, seed: int = 1) -> SegmentStudy:
    """Study a company's customers by segment.

    Parameters
    ----------
    company : Company or Facts
    seed : int
        Of clusters.

    Examples
    --------
    >>> import clvlab as clv
    >>> study = segment_study(clv.simulate.company(300, seed=1).company())
    >>> study.rfm.segments["customers"].sum()
    np.int64(300)
    """
    instance(company, (Company, Facts), "company", "clv.read_company(folder) makes one")
    return SegmentStudy(company if isinstance(company, Facts) else facts(company), whole(seed))
