"""Confidence intervals of shares, net shares, means, ratios, rates and their changes, by group."""

from clvlab.customers.intervals.changes import Difference, change, difference, false_discovery
from clvlab.customers.intervals.means import mean
from clvlab.customers.intervals.net_shares import net_share
from clvlab.customers.intervals.rates import rate
from clvlab.customers.intervals.ratios import ratio
from clvlab.customers.intervals.shares import share

__all__ = ["Difference", "change", "difference", "false_discovery", "mean", "net_share", "rate", "ratio", "share"]
