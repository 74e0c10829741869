"""The pages of reports: one module per page, made of exhibits."""

from clvlab.pages.actions import ActionsPage
from clvlab.pages.audit import AuditPage
from clvlab.pages.churn import ChurnPage
from clvlab.pages.customer_base import CustomerBasePage
from clvlab.pages.customer_value import CustomerValuePage
from clvlab.pages.model_comparison import ComparisonPage
from clvlab.pages.next_product import NextProductPage
from clvlab.pages.page import Page
from clvlab.pages.segments_and_grades import SegmentsAndGradesPage
from clvlab.pages.voice_of_customer import VoicePage

__all__ = [
    "ActionsPage",
    "AuditPage",
    "ChurnPage",
    "ComparisonPage",
    "CustomerBasePage",
    "CustomerValuePage",
    "NextProductPage",
    "Page",
    "SegmentsAndGradesPage",
    "VoicePage",
]
