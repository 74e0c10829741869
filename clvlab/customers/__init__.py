"""Customers measured: how many, how they buy and stay, what they cost, answer and do."""

from clvlab.customers import intervals
from clvlab.customers.audit import Audit, AuditStudy, audit, audit_study
from clvlab.customers.baskets import Baskets, Rules, baskets, rules
from clvlab.customers.board import Board, board
from clvlab.customers.care import under_management
from clvlab.customers.channels import channels, value_of_customers
from clvlab.customers.engagement import engagement_and_buying
from clvlab.customers.facts import Facts, MissingInput, facts
from clvlab.customers.grades import (
    Grades,
    GradeStudy,
    ahp,
    dimensions,
    entropy_weights,
    grade,
    grade_study,
    migration,
    read_actions,
    value_tiers,
)
from clvlab.customers.measure import Measure
from clvlab.customers.measures import MEASURES, MeasureRecord
from clvlab.customers.next_product import (
    NextProduct,
    NextProductStudy,
    next_product,
    next_product_study,
    study_lines,
)
from clvlab.customers.pipeline import stages
from clvlab.customers.profile import Profile, profile
from clvlab.customers.segments import (
    RFM,
    Clusters,
    Lifecycle,
    SegmentStudy,
    clusters,
    groups,
    lifecycle,
    rfm,
    segment_study,
)
from clvlab.customers.study import BaseStudy, study
from clvlab.customers.targets import read_targets
from clvlab.customers.voice import (
    VoiceStudy,
    cronbach_alpha,
    csat,
    drivers,
    importance_performance,
    later,
    mcdonald_omega,
    mean_score,
    needs,
    nps,
    ordinal_drivers,
    read_topics,
    response_rate,
    satisfaction_index,
    score_and_later,
    study_answers,
    telling_words,
    topic_table,
    voice_study,
)

__all__ = [
    "MEASURES",
    "RFM",
    "Audit",
    "AuditStudy",
    "BaseStudy",
    "Baskets",
    "Board",
    "Clusters",
    "Facts",
    "GradeStudy",
    "Grades",
    "Lifecycle",
    "Measure",
    "MeasureRecord",
    "MissingInput",
    "NextProduct",
    "NextProductStudy",
    "Profile",
    "Rules",
    "SegmentStudy",
    "VoiceStudy",
    "ahp",
    "audit",
    "audit_study",
    "baskets",
    "board",
    "channels",
    "clusters",
    "cronbach_alpha",
    "csat",
    "dimensions",
    "drivers",
    "engagement_and_buying",
    "entropy_weights",
    "facts",
    "grade",
    "grade_study",
    "groups",
    "importance_performance",
    "intervals",
    "later",
    "lifecycle",
    "mcdonald_omega",
    "mean_score",
    "migration",
    "needs",
    "next_product",
    "next_product_study",
    "nps",
    "ordinal_drivers",
    "profile",
    "read_actions",
    "read_targets",
    "read_topics",
    "response_rate",
    "rfm",
    "rules",
    "satisfaction_index",
    "score_and_later",
    "segment_study",
    "stages",
    "study",
    "study_answers",
    "study_lines",
    "telling_words",
    "topic_table",
    "under_management",
    "value_of_customers",
    "value_tiers",
    "voice_study",
]


def __dir__() -> list[str]:
    return sorted(__all__)
