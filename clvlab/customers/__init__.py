"""Customers measured: how many, how they buy and stay, what they cost, answer and do."""

from clvlab.customers import intervals
from clvlab.customers.audit import Audit, AuditStudy, audit, audit_study
from clvlab.customers.board import Board, board
from clvlab.customers.channels import channels, value_of_customers
from clvlab.customers.engagement import engagement_and_buying
from clvlab.customers.facts import Facts, MissingInput, facts
from clvlab.customers.measure import Measure
from clvlab.customers.measures import MEASURES, MeasureRecord
from clvlab.customers.pipeline import stages
from clvlab.customers.profile import Profile, profile
from clvlab.customers.study import BaseStudy, study
from clvlab.customers.targets import read_targets
from clvlab.customers.voice import (
    cronbach_alpha,
    csat,
    drivers,
    mcdonald_omega,
    mean_score,
    nps,
    response_rate,
    satisfaction_index,
)

__all__ = [
    "MEASURES",
    "Audit",
    "AuditStudy",
    "BaseStudy",
    "Board",
    "Facts",
    "Measure",
    "MeasureRecord",
    "MissingInput",
    "Profile",
    "audit",
    "audit_study",
    "board",
    "channels",
    "cronbach_alpha",
    "csat",
    "drivers",
    "engagement_and_buying",
    "facts",
    "intervals",
    "mcdonald_omega",
    "mean_score",
    "nps",
    "profile",
    "read_targets",
    "response_rate",
    "satisfaction_index",
    "stages",
    "study",
    "value_of_customers",
]
