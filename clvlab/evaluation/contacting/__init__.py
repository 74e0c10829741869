"""Whom to contact: what a contact changes, the list that pays, a test first, and whether simple rules do as well."""

from clvlab.evaluation.contacting.against_rules import AgainstRules, against_rules
from clvlab.evaluation.contacting.measured import response_of
from clvlab.evaluation.contacting.plan import ContactPlan, contact_plan
from clvlab.evaluation.contacting.response import Response, flat_response, lift_response
from clvlab.evaluation.contacting.study import ContactStudy, contact_study
from clvlab.evaluation.contacting.testing_first import ValueOfTest, normal_gain, plan_tested, value_of_test

__all__ = [
    "AgainstRules",
    "ContactPlan",
    "ContactStudy",
    "Response",
    "ValueOfTest",
    "against_rules",
    "contact_plan",
    "contact_study",
    "flat_response",
    "lift_response",
    "normal_gain",
    "plan_tested",
    "response_of",
    "value_of_test",
]
