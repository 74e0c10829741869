"""Customers divided: by recency, frequency and spend, by stage of life, by clusters, and by what the tables hold."""

from clvlab.customers.segments.clusters import Clusters, clusters
from clvlab.customers.segments.comparing import profile
from clvlab.customers.segments.features import attitudes, behaviour, tastes
from clvlab.customers.segments.groups import group_clusters, groups
from clvlab.customers.segments.lifecycle import STAGES, Lifecycle, lifecycle, stages_at
from clvlab.customers.segments.rfm import RFM, RULES, rfm
from clvlab.customers.segments.study import SegmentStudy, segment_study

__all__ = [
    "RFM",
    "RULES",
    "STAGES",
    "Clusters",
    "Lifecycle",
    "SegmentStudy",
    "attitudes",
    "behaviour",
    "clusters",
    "group_clusters",
    "groups",
    "lifecycle",
    "profile",
    "rfm",
    "segment_study",
    "stages_at",
    "tastes",
]
